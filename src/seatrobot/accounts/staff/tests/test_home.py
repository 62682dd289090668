"""What staff see: each other, their own sessions, the platform's attempts; no member's."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client, RequestFactory

from seatrobot.accounts.models import Session, SignIn
from seatrobot.accounts.sign_in_log import reading, recording
from seatrobot.accounts.sign_in_log.kinds import Method, Outcome, Reason
from seatrobot.accounts.sign_in_log.tests.people import FIREFOX, as_anybody, browser
from seatrobot.accounts.sign_in_log.tests.people import sign_in as give_password
from seatrobot.accounts.staff.sessions import LONGEST, LONGEST_IDLE
from seatrobot.conftest import as_
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor

from .people import account_of, disable, is_in, make_staff, sign_in


def as_dana():
    return acting(Actor.staff(account_of().pk))


def wind_back(**ago: timedelta) -> None:
    for row in Session.objects.all():
        for name, value in ago.items():
            setattr(row, name, getattr(row, name) - value)
        Session.objects.filter(pk=row.pk).update(**{name: getattr(row, name) for name in ago})


@pytest.fixture
def attempts(dana, alice):
    """One attempt of a stranger, one of a member with a wrong password, one of staff."""
    give_password(browser(ip="203.0.113.5"), "eve")
    give_password(browser(), "alice", "wrong horse battery staple")
    give_password(browser(), "alice")
    dana.post("/staff/sign-in/", {"answer": "{"}, HTTP_USER_AGENT=FIREFOX)


class TestPeople:
    def test_everybody_with_passkeys_and_last_sign_in(self, dana):
        make_staff("sam@seatrobot.test", "Sam")
        page = dana.get("/staff/").content.decode()
        assert "Dana" in page
        assert "sam@seatrobot.test" in page
        assert "never" in page

    def test_who_is_disabled(self, dana):
        make_staff("sam@seatrobot.test", "Sam")
        disable("sam@seatrobot.test")
        assert "Disabled" in dana.get("/staff/").content.decode()


class TestSessions:
    def test_one_ends(self, dana, key):
        other = Client()
        sign_in(other, key)
        mine, theirs = Session.objects.order_by("created_at")
        assert "This one" in dana.get("/staff/").content.decode()
        dana.post(f"/staff/sessions/{theirs.pk}/end/")
        assert (is_in(dana), is_in(other)) == (True, False)
        assert Session.objects.get().pk == mine.pk

    def test_all_others_end(self, dana, key):
        other = Client()
        sign_in(other, key)
        dana.post("/staff/sessions/end-others/")
        assert (is_in(dana), is_in(other)) == (True, False)

    def test_that_of_somebody_else_is_not_there(self, dana, alice):
        give_password(browser())
        theirs = Session.objects.get(account=alice.account_id)
        assert dana.post(f"/staff/sessions/{theirs.pk}/end/").status_code == 404
        assert Session.objects.filter(pk=theirs.pk).exists()

    def test_it_ends_after_twelve_hours_however_much_it_is_used(self, dana):
        wind_back(created_at=LONGEST - timedelta(minutes=1))
        assert is_in(dana)
        wind_back(created_at=timedelta(minutes=2))
        assert not is_in(dana)
        assert timedelta(hours=12) == LONGEST

    def test_it_ends_after_thirty_minutes_without_use(self, dana):
        wind_back(used_at=LONGEST_IDLE - timedelta(minutes=1))
        assert is_in(dana)
        wind_back(used_at=LONGEST_IDLE)
        assert not is_in(dana)
        assert timedelta(minutes=30) == LONGEST_IDLE

    def test_one_that_is_over_is_not_listed(self, dana, key):
        wind_back(used_at=LONGEST_IDLE)
        again = Client()
        sign_in(again, key)
        assert again.get("/staff/").content.decode().count("This one") == 1
        assert "/staff/sessions/" not in again.get("/staff/").content.decode()


class TestPlatformLog:
    def test_shows_strangers_and_staff_and_no_member(self, dana, attempts):
        page = dana.get("/staff/sign-ins/").content.decode()
        assert "Nobody has this address" in page
        assert "203.0.113.5" in page
        assert "Passkey not accepted" in page
        assert "Wrong password" not in page
        assert "Firefox 140.0" in page
        assert "Windows" in page

    def test_shows_what_was_refused_unexamined_as_one_line(self, dana):
        for _ in range(3):
            browser(ip="2001:db8:7::1").get("/staff/enrol/nonsense/")
        page = dana.get("/staff/sign-ins/").content.decode()
        assert "2001:db8:7::/64" in page
        assert "Link wrong, used or too old" in page
        [line] = reading_as_dana()
        assert (line.method, line.count) == ("Staff link", 3)

    def test_the_database_decides_it(self, dana, attempts, alice):
        with as_dana():
            seen = set(SignIn.objects.values_list("account_id", flat=True))
        assert seen == {None, account_of().pk}
        with as_(alice):
            assert {row.account_id for row in SignIn.objects.all()} == {alice.account_id}
        with acting(Actor.member(alice.account_id)):
            assert {row.account_id for row in SignIn.objects.all()} == {alice.account_id}
        assert as_anybody("SELECT * FROM accounts_sign_in") == []

    def test_a_disabled_person_sees_only_their_own(self, dana, attempts):
        make_staff("sam@seatrobot.test", "Sam")
        disable()
        with as_dana():
            assert set(SignIn.objects.values_list("account_id", flat=True)) == {account_of().pk}

    def test_pages_go_on_by_key_without_gap_or_repetition(self, dana, attempts):
        for number in range(9):
            give_password(browser(ip=f"203.0.113.{number}"), f"mallory{number}")
        with as_dana():
            everything = [line.id for line in reading.platform_sign_ins(None)[0]]
            pages, before = [], None
            while True:
                shown, before = reading.platform_sign_ins(before, size=4)
                pages += [line.id for line in shown]
                if before is None:
                    break
        assert pages == everything == sorted(everything, reverse=True)
        assert len(everything) == 13

    def test_a_page_follows_the_next(self, dana):
        for _ in range(60):
            _attempt()
        first = dana.get("/staff/sign-ins/").content.decode()
        assert first.count("<tr>") == reading.PLATFORM_PAGE + 1
        older = first.partition("?before=")[2].partition('"')[0]
        second = dana.get(f"/staff/sign-ins/?before={older}").content.decode()
        assert second.count("<tr>") == 62 - reading.PLATFORM_PAGE + 1
        assert dana.get("/staff/sign-ins/?before=nonsense").status_code == 200

    def test_an_index_gives_the_strangers_in_order(self, dana):
        rows = SignIn.objects.filter(organization_id=None, account_id=None)
        rows = rows.order_by("-organization_id", "-account_id", "-id")[:50]
        with as_dana(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            plan = rows.explain()
        assert "sign_in_by_member" in plan
        assert "Sort" not in plan


def reading_as_dana() -> list[reading.RefusalLine]:
    with as_dana():
        return reading.recent_refusals()


def _attempt() -> None:
    recording.record(
        RequestFactory().post("/sign-in/"),
        account=None,
        method=Method.PASSWORD,
        outcome=Outcome.FAILURE,
        reason=Reason.UNKNOWN_ADDRESS,
    )
