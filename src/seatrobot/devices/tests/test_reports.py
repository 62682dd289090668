"""Reports of laptops: what is taken, what is judged, what is refused and leaves nothing."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest
from django.test import Client

from seatrobot.accounts.models import Attempt
from seatrobot.accounts.staff.tests.people import account_of, disable
from seatrobot.agent import protocol, reporting
from seatrobot.devices import conditions, judging, nonces, reading, services
from seatrobot.devices.feature import Action
from seatrobot.devices.models import Device
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal

from .laptop import GOOD, Laptop, enrolled, said, signed


def holds() -> bool:
    with acting(Actor.system("tests")):
        return conditions.in_posture(account_of().pk).holds


@pytest.fixture(autouse=True)
def recorded(monkeypatch) -> list[str]:
    """The actions of entries, which nobody sees: they are of no account and no organization."""
    found: list[str] = []
    record = journal.record

    def note(action, **facts):
        found.append(action)
        return record(action, **facts)

    monkeypatch.setattr(journal, "record", note)
    return found


def shift(monkeypatch, by: timedelta) -> None:
    for module in (nonces, reading, services):
        monkeypatch.setattr(module, "now", lambda: now() + by)


def disk(name: str, kind: str, encrypted: bool | None) -> dict[str, object]:
    return {"disks": [*GOOD["disks"], protocol.disk(name, kind, encrypted)]}


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"disks": [protocol.disk("/", "system", False)]}, "The disk / is not encrypted"),
        (disk("sdb1", "swap", False), "The swap space sdb1 is not encrypted"),
        (disk("/data", "data", False), "The disk /data is not encrypted"),
        (disk("sdb1", "unmounted", False), "The partition sdb1 is not mounted"),
        (disk("/tank", "data", None), "cannot tell whether /tank is encrypted"),
        ({"disks": None}, "cannot tell whether its disks are encrypted"),
        ({"disks": []}, "cannot tell whether its disks are encrypted"),
        ({"disks": GOOD["disks"][1:]}, "cannot tell whether its disks are encrypted"),
        ({"lock": protocol.lock(False)}, "does not lock by itself"),
        ({"lock": protocol.lock(True, 901)}, "locks only after 15 minutes"),
        ({"lock": protocol.lock(True, 1800)}, "locks only after 30 minutes"),
        ({"lock": protocol.lock(True)}, "cannot tell whether the screen locks"),
        ({"lock": protocol.lock(True, -5)}, "cannot tell whether the screen locks"),
        ({"lock": protocol.lock(None)}, "cannot tell whether the screen locks"),
        ({"container": True}, "comes from a container"),
    ],
)
def test_what_is_not_well_is_said_and_closes_access(facts, sentence, laptop, recorded):
    laptop.report()
    assert holds()
    answer = laptop.report(**facts)
    assert sentence in answer["problems"][0]["sentence"]
    assert answer["problems"][0]["what_to_do"]
    assert not holds()
    assert laptop.report(**GOOD)["problems"] == []
    assert holds()
    counts = [recorded.count(each) for each in (Action.DEVICE_LOST, Action.DEVICE_REGAINED)]
    assert counts == [1, 2]


def test_a_laptop_that_is_well(laptop):
    assert not holds()
    assert laptop.report(lock=protocol.lock(True, 900))["problems"] == []
    assert laptop.report(lock=protocol.lock(True, 0))["problems"] == []
    assert holds()


@pytest.mark.parametrize("off", [-3600, 3600, 10**15, -(10**15)])
def test_a_clock_that_is_off(off, laptop, monkeypatch):
    monkeypatch.setattr(reporting.time, "time", lambda: now().timestamp() + off)
    assert "The clock is off by" in laptop.report()["problems"][0]["sentence"]
    assert not holds()


def test_posture_ends_a_day_after_the_report_and_with_a_clock_that_goes_back(laptop, monkeypatch):
    laptop.report()
    with acting(Actor.system("tests")):
        condition = conditions.in_posture(account_of().pk)
    assert condition.until == laptop.row.reported_at + timedelta(hours=24)
    shift(monkeypatch, timedelta(hours=23, minutes=59))
    assert holds()
    shift(monkeypatch, timedelta(hours=24, seconds=1))
    assert not holds()
    shift(monkeypatch, timedelta(hours=-1))
    assert not holds()


def test_a_second_laptop_that_is_not_well_counts_until_it_is_removed(dana, key, laptop, tmp_path):
    laptop.report()
    other = enrolled(dana, key, tmp_path / "other", machine=protocol.machine("other"))
    assert holds()  # it has not reported yet
    other.report(lock=protocol.lock(False))
    laptop.report()
    assert not holds()
    assert dana.post(f"/staff/devices/{other.row.pk}/remove/").status_code == 302
    assert holds()


class TestRefused:
    """What is refused changes nothing of the laptop."""

    @pytest.fixture(autouse=True)
    def nothing_changes(self, laptop):
        laptop.report()
        before = Device.objects.values().get()
        yield
        assert Device.objects.values().get() == before

    def test_the_same_report_again(self, laptop):
        answer = laptop.send(laptop.sent[-1])
        assert (answer.status_code, answer.json()["reason"]) == (403, "nonce")

    def test_an_old_nonce(self, laptop, monkeypatch):
        old = nonces.new(laptop.row.pk)
        monkeypatch.setattr(nonces, "now", lambda: now() + nonces.VALID_FOR + timedelta(seconds=1))
        message = said(laptop.sent[-1]) | {"nonce": old}
        assert laptop.send(signed(laptop, message, protocol.LAPTOP)).json()["reason"] == "nonce"

    def test_a_nonce_of_another_device_or_of_nobody(self, laptop):
        other = laptop.client.get(f"/devices/nonce/{account_of().pk}/").json()["nonce"]
        for nonce in (other, "", "x", other.replace(".", ":")):
            message = said(laptop.sent[-1]) | {"nonce": nonce}
            assert laptop.send(signed(laptop, message, protocol.LAPTOP)).json()["reason"] == "nonce"

    def test_a_report_that_was_changed(self, laptop):
        body = laptop.sent[-1]
        changed = body["message"].replace('"seconds":300', '"seconds":301')
        assert laptop.send(body | {"message": changed}).json()["reason"] == "signature"

    def test_a_report_signed_for_another_purpose(self, laptop):
        fresh = said(laptop.sent[-1]) | {"nonce": nonces.new(laptop.row.pk)}
        for namespace in (protocol.SERVER, protocol.ENROLMENT, "file"):
            answer = laptop.send(signed(laptop, fresh, namespace))
            assert answer.json()["reason"] == "signature"

    def test_a_report_of_another_machine_with_its_own_key(self, laptop, tmp_path):
        """Replayed in the name of the laptop, as a machine would that is well."""
        place = reporting.Place(tmp_path / "stranger")
        place.directory.mkdir()
        reporting._keygen("-q", "-t", "ed25519", "-N", "", "-f", str(place.key))
        message = said(laptop.sent[-1]) | {"nonce": nonces.new(laptop.row.pk)}
        body = reporting._signed(place.key, message, protocol.LAPTOP)
        assert laptop.send(body).json()["reason"] == "signature"

    @pytest.mark.parametrize(
        "change",
        [
            {"facts": {}},
            {"facts": GOOD | {"disks": "all"}},
            {"facts": GOOD | {"disks": [protocol.disk("x" * 99, "data", True)] * 201}},
            {"facts": GOOD | {"lock": {"enabled": "yes", "seconds": 300}}},
            {"facts": GOOD | {"lock": {"enabled": True, "seconds": True}}},
            {"version": 2},
            {"at": "now"},
            {"device": "nobody"},
            {"previous": ["x"] * 3},
        ],
    )
    def test_a_report_of_another_form(self, change, laptop):
        body = signed(laptop, said(laptop.sent[-1]) | change, protocol.LAPTOP)
        assert laptop.send(body).status_code == 422

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"[]", b'{"message": 1}', b"\xff", b'{"message": "' + b"x" * 70_000]
    )
    def test_what_is_no_message(self, body, laptop):
        for path in ("report", "enrol"):
            answer = Client().post(f"/devices/{path}/", body, content_type="application/json")
            assert answer.status_code == 422

    def test_a_laptop_of_somebody_who_is_disabled(self, laptop):
        disable()
        assert "not enrolled" in laptop.refused()


HOSTILE = [
    b'{"message":"\xff","signature":"x"}',
    b'{"message":"{}","signature":"x","z":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    b'{"message":"{\\"version\\":1,\\"z\\":' + b"[" * 20_000 + b'","signature":"x"}',
    b'{"message":"\\u0000","signature":"x"}',
]


@pytest.mark.parametrize("path", ["enrol", "report"])
def test_what_is_no_message_is_refused_whatever_it_is(path, db, client):
    for body in HOSTILE:
        answer = client.post(f"/devices/{path}/", body, content_type="application/json")
        assert answer.status_code == 422, body[:60]


@pytest.mark.parametrize(
    "facts",
    [
        {"disks": [protocol.disk("sd\0a", "system", False)]},
        {"lock": protocol.lock(True, 10**400)},
        {"release": "\0"},
    ],
)
def test_a_signed_report_of_what_no_column_holds(facts, laptop):
    assert laptop.refused(**facts) == "This is no message of a laptop."


def test_tries_without_a_right_signature_are_counted_and_nothing_else_stays(laptop, recorded):
    laptop.report()
    assert not Attempt.objects.filter(count__gt=0).exists()  # good ones are taken back
    recorded.clear()
    codes = [laptop.send(laptop.sent[-1]).status_code for _ in range(22)]
    assert (codes[0], codes[-1]) == (403, 429)
    assert not recorded
    assert Attempt.objects.filter(count__gt=0).count() == 1


class TestCopies:
    """A key that is used twice: neither counts any more, until the laptop is enrolled again."""

    def copy(self, laptop, tmp_path, **facts) -> Laptop:
        shutil.copytree(laptop.place.directory, tmp_path / "copy")
        return Laptop(tmp_path / "copy", **facts)

    def closed(self, laptop, recorded) -> None:
        assert laptop.row.copied_at
        assert not holds()
        assert recorded.count(Action.DEVICE_COPIED) == 1
        assert "was used by another machine" in laptop.refused()
        assert recorded.count(Action.DEVICE_COPIED) == 1

    def test_a_key_on_another_machine(self, laptop, tmp_path, recorded):
        laptop.report()
        other = self.copy(laptop, tmp_path, machine=protocol.machine("another"))
        assert "was used by another machine" in other.refused()
        self.closed(laptop, recorded)

    def test_a_copy_that_claims_to_be_the_machine(self, laptop, tmp_path, recorded):
        laptop.report()
        other = self.copy(laptop, tmp_path)
        assert other.report()["problems"] == []
        assert "was used by another machine" in laptop.refused()
        self.closed(laptop, recorded)

    def test_a_copy_that_comes_too_late(self, laptop, tmp_path, recorded):
        laptop.report()
        other = self.copy(laptop, tmp_path)
        laptop.report()
        assert "was used by another machine" in other.refused()
        self.closed(laptop, recorded)

    def test_it_is_enrolled_again(self, dana, key, laptop, tmp_path):
        laptop.report()
        self.copy(laptop, tmp_path, machine=protocol.machine("another")).refused()
        again = enrolled(dana, key, laptop.place.directory)
        assert again.report()["problems"] == []
        assert Device.objects.count() == 1
        assert holds()

    def test_an_answer_that_was_lost_is_no_copy(self, laptop, monkeypatch):
        laptop.report()
        with monkeypatch.context() as patch:
            patch.setattr(Laptop, "_post", lost)
            with pytest.raises(reporting.AgentError):
                laptop.report()
        assert laptop.report()["problems"] == []
        with monkeypatch.context() as patch:
            patch.setattr(Laptop, "_post", lambda *_: (_ for _ in ()).throw(reporting.AgentError))
            with pytest.raises(reporting.AgentError):  # it never arrived
                laptop.report()
        assert laptop.report()["problems"] == []
        assert holds()

    def test_a_bad_network_is_no_copy(self, laptop, monkeypatch, recorded):
        """One is taken and its answer lost, others never arrive, one arrives after a later one."""
        laptop.report()
        with monkeypatch.context() as patch:
            patch.setattr(Laptop, "_post", lost)
            with pytest.raises(reporting.AgentError):
                laptop.report()
        late: list[dict[str, str]] = []
        with monkeypatch.context() as patch:
            patch.setattr(Laptop, "_post", lambda *sent: held_up(late, sent[-1]))
            for _time in range(3):
                with pytest.raises(reporting.AgentError):
                    laptop.report()
        assert laptop.report()["problems"] == []
        for each in late:
            assert laptop.send(each).json()["reason"] == "nonce"
        assert laptop.report()["problems"] == []
        assert holds()
        assert Action.DEVICE_COPIED not in recorded

    def test_a_copy_made_on_a_bad_network_is_found(self, laptop, tmp_path, monkeypatch, recorded):
        laptop.report()
        with monkeypatch.context() as patch:
            patch.setattr(Laptop, "_post", lambda *sent: held_up([], sent[-1]))
            with pytest.raises(reporting.AgentError):
                laptop.report()
        other = self.copy(laptop, tmp_path)
        assert other.report()["problems"] == []
        assert "was used by another machine" in laptop.refused()
        self.closed(laptop, recorded)

    def test_two_runs_at_once_go_one_after_the_other(self, laptop, monkeypatch):
        laptop.report()
        monkeypatch.setattr(reporting, "WAIT_SECONDS", 0)
        with laptop.place.alone(), pytest.raises(reporting.AgentError, match="has not ended"):
            laptop.report()
        assert laptop.report()["problems"] == []


def held_up(late: list[dict[str, str]], body: dict[str, str]) -> dict[str, object]:
    late.append(body)
    raise reporting.AgentError("nothing came back")


def lost(laptop: Laptop, _server: str, path: str, body: dict[str, str]) -> dict[str, object]:
    assert laptop.send(body, path).status_code == 200
    raise reporting.AgentError("the answer was lost")


def test_whatever_is_wrong_has_words():
    words = judging._words()
    assert set(words) >= {"disk-plain", "lock-late", judging.COPIED}
    for kind in words:
        detail = "=90" if kind in {"lock-late", "clock-off"} else "=/data"
        assert "%(" not in judging.explain(kind + detail).sentence
