import stat

from seatrobot.kernel import keyfiles


def test_a_secret_is_made_once_for_its_owner_alone(tmp_path):
    path = tmp_path / "new" / "some.key"
    assert keyfiles.load_or_create(path, lambda: b"first") == b"first"
    assert keyfiles.load_or_create(path, lambda: b"second") == b"first"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_process_that_was_first_counts(tmp_path):
    path = tmp_path / "some.key"

    def too_late() -> bytes:
        path.write_bytes(b"theirs")
        return b"mine"

    assert keyfiles.load_or_create(path, too_late) == b"theirs"
    assert list(tmp_path.iterdir()) == [path]
