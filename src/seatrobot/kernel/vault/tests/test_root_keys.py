"""The root key in a file, on paper, rotated; and the sentences where something is not right."""

from __future__ import annotations

import itertools
import re
import threading

import pytest

from seatrobot.kernel import keyfiles, tls
from seatrobot.kernel.ids import PLATFORM, new_id
from seatrobot.kernel.vault import checking, configured, rotating, sheets
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import (
    KeyringDamaged,
    PlatformKeyringMissing,
    RootKeyMissing,
    RootKeyWrong,
    StoreUnreachable,
)
from seatrobot.kernel.vault.keyring import Keyring
from seatrobot.kernel.vault.keystore import DirectoryKeyStore, ReplicatedKeyStore
from seatrobot.kernel.vault.rootkey import (
    FileHolder,
    FileRootKey,
    RootKey,
    decode,
    key_values,
    keyset,
    reference_of,
)

NAME = new_id()


def names(count=3):
    made = [new_id() for _ in range(count)]
    for each in made:
        vault.create_keyring(each)
    return made


def test_a_wrapped_keyring_says_which_root_key_opens_it_and_nothing_else(tmp_path):
    root = FileRootKey(tmp_path / "root.key")
    wrapped = root.wrap(b"a keyring", NAME.bytes)
    assert decode(wrapped).root == root.reference
    assert b"a keyring" not in wrapped
    assert root.unwrap(wrapped, NAME.bytes) == b"a keyring"


@pytest.mark.parametrize("at", [3, 4, 30, 80, -40, -1])
def test_a_changed_byte_is_noticed(tmp_path, at):
    root = FileRootKey(tmp_path / "root.key")
    wrapped = bytearray(root.wrap(b"a keyring", NAME.bytes))
    wrapped[at] ^= 1
    with pytest.raises((KeyringDamaged, RootKeyWrong)):
        root.unwrap(bytes(wrapped), NAME.bytes)


@pytest.mark.parametrize("length", [0, 3, 20, 100])
def test_half_a_keyring_is_noticed(tmp_path, length):
    root = FileRootKey(tmp_path / "root.key")
    with pytest.raises(KeyringDamaged):
        root.unwrap(root.wrap(b"a keyring", NAME.bytes)[:length], NAME.bytes)


def test_a_root_key_from_elsewhere_is_named_in_a_sentence(tmp_path):
    ours, other = FileRootKey(tmp_path / "a"), FileRootKey(tmp_path / "b")
    with pytest.raises(RootKeyWrong) as refused:
        other.unwrap(ours.wrap(b"x", NAME.bytes), NAME.bytes)
    assert other.reference in refused.value.cause
    assert ours.reference in refused.value.cause
    assert str(NAME) in refused.value.cause


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"key": 1}', b"\xff", keyset([b"short"])])
def test_a_file_that_is_no_root_key_is_told_from_a_missing_one(tmp_path, content):
    keyfiles.create(tmp_path / "root.key", content)
    with pytest.raises(RootKeyWrong, match=r"is no root key|"):
        FileHolder(tmp_path / "root.key")
    with pytest.raises(RootKeyMissing):
        FileHolder(tmp_path / "other.key")


def test_a_lost_root_key_is_never_made_anew(place, settings):
    vault.create_keyring(NAME)
    content = settings.VAULT_ROOT_KEY.read_bytes()
    settings.VAULT_ROOT_KEY.unlink()
    with pytest.raises(RootKeyMissing) as refused:
        vault.root_key()
    assert "keys recover" in refused.value.cause
    assert not settings.VAULT_ROOT_KEY.exists()
    keyfiles.create(settings.VAULT_ROOT_KEY, content)
    assert vault.root_key().unwrap(vault.key_store().get(NAME), NAME.bytes)


def test_any_three_of_five_sheets_bring_the_root_key_back(tmp_path):
    path = tmp_path / "root.key"
    FileRootKey(path)
    (value,) = key_values(path.read_bytes())
    made = sheets.make(value, need=3, of=5)
    for chosen in itertools.combinations(made, 3):
        assert sheets.combine(list(chosen)) == value
    assert keyset([value]) == path.read_bytes()


def test_sheets_are_typed_as_people_type():
    secret = bytes(range(32))
    made = sheets.make(secret, need=2, of=3)
    numbered = "\n".join(f"{n:2}. {word.upper()}," for n, word in enumerate(made[0].split(), 1))
    short = " ".join(word[:4] for word in made[2].split())
    assert sheets.combine(sheets.read(f"{numbered}\n\n{short}\n")) == secret


def broken(kind, made):
    words = made[0].split()
    return {
        "one": [made[0]],
        "twice": [made[0], made[0]],
        "of another key": [made[0], sheets.make(bytes(32), need=2, of=3)[1]],
        "another word": [" ".join([*words[:-5], "zero", *words[-4:]]), made[1]],
        "swapped": [" ".join([words[1], words[0], *words[2:]]), made[1]],
    }[kind]


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("one", "2 different sheets are needed, and 1 was typed"),
        ("twice", "the same sheet was typed twice"),
        ("of another key", "not all of one key"),
        ("another word", "sheet 1 of those typed is not right"),
        ("swapped", "sheet 1 of those typed is not right"),
    ],
)
def test_sheets_that_do_not_fit_are_refused_in_a_sentence(kind, sentence):
    made = sheets.make(bytes(range(32)), need=2, of=3)
    with pytest.raises(sheets.SheetsRefused, match=sentence):
        sheets.combine(sheets.read("\n".join(broken(kind, made))))


def test_a_word_that_is_on_no_sheet_is_named():
    text = sheets.make(bytes(32), need=2, of=3)[0].split()
    text[7] = "acadmic"
    with pytest.raises(sheets.SheetsRefused, match=r"word 8 of sheet 1, 'acadmic'.*'academic'"):
        sheets.read(" ".join(text))
    with pytest.raises(sheets.SheetsRefused, match="these are 32"):
        sheets.read(" ".join(sheets.make(bytes(32), need=2, of=3)[0].split()[:-1]))


def test_a_rotation_wraps_every_keyring_anew_and_gives_the_old_key_up(place, settings):
    made = names()
    before = vault.root_key()
    old = settings.VAULT_ROOT_KEY.read_bytes()
    copies = {each: vault.key_store().get(each) for each in made}
    sealed = Keyring.unwrap(copies[made[0]], before, made[0].bytes).seal(b"x", b"here")

    done = rotating.rotate()

    assert done.keyrings == 3
    assert done.before == [decode(copies[made[0]]).root]
    after = vault.root_key()
    assert after.reference == done.root != done.before[0]
    for each in made:
        wrapped = vault.key_store().get(each)
        assert decode(wrapped).root == done.root
        assert before.unwrap(wrapped, each.bytes) == after.unwrap(wrapped, each.bytes)
        with pytest.raises(RootKeyWrong):  # the old key is gone from the file
            after.unwrap(copies[each], each.bytes)
    assert (
        Keyring.unwrap(vault.key_store().get(made[0]), after, made[0].bytes).open(sealed, b"here")
        == b"x"
    )
    stolen = place / "old.key"
    keyfiles.create(stolen, old)
    with pytest.raises(RootKeyWrong):  # and opens nothing that was wrapped since
        RootKey(FileHolder(stolen)).unwrap(vault.key_store().get(made[0]), made[0].bytes)


def test_a_rotation_that_was_stopped_goes_on(place, settings, monkeypatch):
    made = names(4)
    replace, done = DirectoryKeyStore.replace, []

    def stopped(self, name, wrapped, version):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(name)
        replace(self, name, wrapped, version)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(DirectoryKeyStore, "replace", stopped)
        rotating.rotate()
    assert len(key_values(settings.VAULT_ROOT_KEY.read_bytes())) == 2
    root = vault.root_key()
    assert all(root.unwrap(vault.key_store().get(each), each.bytes) for each in made)
    assert len({decode(vault.key_store().get(each)).root for each in made}) == 2

    assert rotating.rotate().keyrings == 4
    assert len(key_values(settings.VAULT_ROOT_KEY.read_bytes())) == 1
    assert {decode(vault.key_store().get(each)).root for each in made} == {
        vault.root_key().reference
    }


def test_no_replica_needs_the_key_that_a_rotation_gives_up(place, monkeypatch):
    stores = [DirectoryKeyStore(place / each) for each in ("one", "two", "three")]
    store = ReplicatedKeyStore(stores)
    monkeypatch.setattr(vault, "key_store", lambda: store)
    made = names(2)

    def fails(*_arguments):
        raise StoreUnreachable("it went away in this moment")

    with monkeypatch.context() as patch, pytest.raises(StoreUnreachable):
        patch.setattr(stores[1], "replace", fails)
        rotating.rotate()
    assert stores[0].get(made[0]) != stores[1].get(made[0])
    with monkeypatch.context() as patch, pytest.raises(StoreUnreachable):
        patch.setattr(vault, "settle", lambda: None)
        patch.setattr(stores[2], "get", fails)
        rotating.rotate()
    with monkeypatch.context() as patch:
        patch.setattr(vault, "settle", lambda: None)  # a rotation makes them alike by itself
        done = rotating.rotate()
    root = vault.root_key()
    for each in stores:
        for name in made:
            assert decode(each.get(name)).root == done.root
            root.check(each.get(name), name.bytes)


def test_a_key_that_was_given_up_in_this_moment_is_said_to_be_missing(place):
    vault.create_keyring(NAME)
    root, wrapped = vault.root_key(), vault.key_store().get(NAME)
    reference = decode(wrapped).root
    rotating.rotate()
    assert root.reference != reference
    with pytest.raises(RootKeyWrong, match=r"keys of this service"):
        root.holder.decrypt(decode(wrapped).key, NAME.bytes, reference)


def test_keyrings_that_are_made_during_a_rotation_open_after_it(place):
    names()
    stop, made = threading.Event(), []

    def make():
        while not stop.is_set():
            made.append(new_id())
            vault.create_keyring(made[-1])

    thread = threading.Thread(target=make)
    thread.start()
    try:
        for _ in range(3):
            rotating.rotate()
    finally:
        stop.set()
        thread.join()
    rotating.rotate()
    root = vault.root_key()
    assert made
    assert all(root.unwrap(vault.key_store().get(each), each.bytes) for each in made)


def test_keyrings_move_from_one_root_key_to_another(place, settings):
    made = names()
    before = settings.VAULT_ROOT_KEYS[0]
    FileRootKey(place / "elsewhere" / "new.key")
    settings.VAULT_ROOT_KEYS = (f"file:{place / 'elsewhere' / 'new.key'}", before)
    rotating.rotate()
    settings.VAULT_ROOT_KEYS = settings.VAULT_ROOT_KEYS[:1]
    root = vault.root_key()
    assert all(root.unwrap(vault.key_store().get(each), each.bytes) for each in made)


def problems(organizations=None, *, has_accounts=False):
    return checking.look(organizations, has_accounts=has_accounts)


def test_what_belongs_together_has_no_problem(place):
    vault.create_keyring(PLATFORM)
    made = names()
    state = problems(made, has_accounts=True)
    assert (state.problems, state.remarks, state.is_usable) == ([], [], True)
    assert list(state.wrapped_by.values()) == [4]


def missing(file, _store, _made):
    file.unlink()


def another(file, _store, _made):
    file.unlink()
    FileRootKey(file)


def no_root_key(file, _store, _made):
    file.write_bytes(b"{}")


def unreadable(file, _store, _made):
    file.unlink()
    file.mkdir()


def half_written(_file, store, made):
    (store / f"{made[0]}.keyring").write_bytes(b"SRK1\x93")


def platform_half_written(_file, store, _made):
    path = store / f"{PLATFORM}.keyring"
    path.write_bytes(path.read_bytes()[:50])


def swapped(_file, store, made):
    content = (store / f"{made[0]}.keyring").read_bytes()
    (store / f"{PLATFORM}.keyring").write_bytes(content)


def store_gone(_file, store, made):
    store.rename(store.parent / "aside")
    store.mkdir()
    made.clear()


def older(_file, _store, made):
    made += [new_id(), new_id()]


def store_unreachable(_file, store, _made):
    store.rename(store.parent / "aside")
    store.write_text("")


@pytest.mark.parametrize(
    ("breaking", "sentence", "is_usable"),
    [
        (missing, "is missing, and without it the 4 keyrings", False),
        (another, "4 of 4 keyrings in .* were wrapped by file:", False),
        (no_root_key, "is no root key", False),
        (unreadable, "cannot be read", False),
        (half_written, "1 keyrings in .* are half-written or changed", True),
        (platform_half_written, "1 keyrings in .* are half-written or changed", False),
        (swapped, "is not the one of this name", False),
        (store_gone, "the platform's keyring is not in .*put the key store back", False),
        (older, "2 organizations of the database have no keyring .* older", True),
        (store_unreachable, "cannot be used: Not a directory", False),
    ],
)
def test_what_is_wrong_is_said_precisely_and_nothing_is_changed(
    place, settings, breaking, sentence, is_usable
):
    vault.create_keyring(PLATFORM)
    made = names()
    breaking(settings.VAULT_ROOT_KEY, place / "keystore", made)
    before = {each: each.stat().st_mtime_ns for each in place.rglob("*")}
    state = problems(made, has_accounts=True)
    assert len(state.problems) == 1, state.problems
    assert re.search(sentence, state.problems[0]), state.problems
    assert state.is_usable is is_usable
    assert {each: each.stat().st_mtime_ns for each in place.rglob("*")} == before


def test_a_store_that_is_newer_than_the_database_is_remarked(place):
    vault.create_keyring(PLATFORM)
    made = names()
    state = problems(made[:1], has_accounts=True)
    assert state.problems == []
    assert "2 keyrings" in state.remarks[0]
    assert "older than the key store" in state.remarks[0]


@pytest.mark.django_db(transaction=True)
def test_the_platforms_keyring_is_not_made_again_where_there_are_accounts(alice, place):
    with pytest.raises(PlatformKeyringMissing, match="keys of this service"):
        vault.blind_index(PLATFORM, "x")
    assert vault.key_store().names() == []


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("gcp-kms://x", "must be file:PATH"),
        ("", "must be file:PATH"),
        ("aws-kms://alias/root", "whole ARN"),
        ("openbao://host/transit/root?token-file=/x", "must be openbao://HOST"),
        ("openbao://host/transit/keys/root", "token-file"),
        ("openbao+http://bao.example.org:8200/transit/keys/r?token-file=/x", "in clear"),
        ("pkcs11:token=a;object=b?module-path=/x", "pin-source"),
    ],
)
def test_an_address_that_names_no_root_key_is_refused(url, sentence):
    with pytest.raises(configured.Misconfigured, match=sentence):
        configured.check_root(url)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://x/y", "must be directory"),
        ("postgresql://keys:secret@localhost/keys", "holds a password"),
        ("postgresql://keys@db.example.org/keys", "sslmode=verify-full"),
        ("postgresql://keys@db.example.org/keys?sslmode=require", "sslmode=verify-full"),
        ("s3:///prefix", "must name a bucket"),
        ("s3://bucket?endpoint=http://s3.example.org", "in clear"),
    ],
)
def test_an_address_that_names_no_key_store_is_refused(url, sentence):
    with pytest.raises(configured.Misconfigured, match=sentence):
        configured.check_store(url)


def test_a_process_reaches_what_holds_the_keys_and_nothing_else():
    bao = "openbao://bao.example.org:8200/transit/keys/root?token-file=/run/bao/token"
    store = "postgresql://keys@db.example.org/keys?sslmode=verify-full&passfile=/etc/keys.pass"
    assert configured.ports([bao, store, "directory"]) == [5432, 8200]
    assert ("/etc/keys.pass", False) in list(configured.places([bao, store]))
    assert ("/run/bao", False) in list(configured.places([bao, store]))
    assert configured.ports(["file:/x", "directory"]) == []


@pytest.mark.parametrize(
    ("url", "environment", "ports", "places"),
    [
        ("postgresql:///keys", {}, [], []),
        ("postgresql://keys@/keys?sslmode=disable", {}, [], []),
        ("postgresql:///keys", {"PGHOST": "/run/postgresql"}, [], [("/run/postgresql", True)]),
        ("postgresql:///keys?host=/run/keys", {}, [], [("/run/keys", True)]),
        ("postgresql://%2Frun%2Fkeys/keys", {}, [], [("/run/keys", True)]),
        ("postgresql:///keys?host=@keys", {}, [], []),
        ("postgresql:///keys", {"PGHOST": "127.0.0.1"}, [5432], []),
        ("postgresql:///keys", {"PGHOST": "127.0.0.1", "PGPORT": "6000"}, [6000], []),
        ("postgresql:///keys?hostaddr=127.0.0.1&port=6001", {}, [6001], []),
        ("postgresql:///keys", {"PGHOSTADDR": "127.0.0.1"}, [5432], []),
        ("postgresql://localhost:1,localhost:2/keys", {}, [1, 2], []),
        ("postgresql:///keys?service=keys", {}, None, []),
        ("postgresql:///keys", {"PGSERVICE": "keys"}, None, []),
    ],
)
def test_a_process_reaches_the_database_of_the_keys_where_libpq_connects_to(
    monkeypatch, url, environment, ports, places
):
    for name in ("PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert configured.ports([url]) == ports
    assert list(configured.places([url])) == places


def test_an_address_in_the_environment_counts_where_the_url_names_a_host(monkeypatch):
    monkeypatch.setenv("PGHOSTADDR", "192.0.2.1")
    assert tls.elsewhere("postgresql://localhost/keys") == ["192.0.2.1"]
    with pytest.raises(configured.Misconfigured, match="sslmode=verify-full"):
        configured.check_store("postgresql://localhost/keys")


def test_a_reference_tells_nothing_of_the_key_and_follows_from_it():
    one, two = bytes(32), bytes([1, *bytes(31)])
    assert reference_of(one) == reference_of(bytes(32)) != reference_of(two)


def test_a_key_that_was_replaced_since_the_last_look_is_used(tmp_path):
    """As a process does that wraps something after another one has rotated the root key."""
    root = FileRootKey(tmp_path / "root.key")
    before = root.reference
    rotating._add(tmp_path / "root.key", {before})
    assert isinstance(root.holder.encrypt(b"a data key", NAME.bytes), bytes)
    wrapped = decode(root.wrap(b"a keyring", NAME.bytes))
    assert wrapped.root == root.reference != before
