"""What an organization asks is asked of everybody at every page, and of nobody elsewhere."""

from datetime import timedelta

import pytest
from django.contrib.auth import SESSION_KEY
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from seatrobot.accounts.models import Account, Session
from seatrobot.conftest import as_
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal.models import Entry
from seatrobot.organizations import services as organizations
from seatrobot.organizations.feature import Action
from seatrobot.organizations.models import Membership
from seatrobot.organizations.permissions import Role
from seatrobot.organizations.security.models import SecuritySettings
from seatrobot.organizations.security.policy import Factor

JSON = {"accept": "application/json"}
HTMX = {"HX-Request": "true"}
CHOOSE = "/organizations/"


def events(member) -> str:
    return reverse("events:list", args=[member.organization_id])


def wind_back(days: int) -> None:
    """Pretend that the settings and memberships are older."""
    for row in SecuritySettings.objects.exclude(factor_since=None):
        row.factor_since -= timedelta(days=days)
        row.save(update_fields=["factor_since"])
    for member in Membership.objects.all():
        member.created_at -= timedelta(days=days)
        member.save(update_fields=["created_at"])


class TestSecondFactor:
    def test_without_one_nothing_is_reachable_but_the_way_to_it(self, ask, browser_of, bob, dinner):
        ask(factor=Factor.SECOND)
        browser = browser_of(bob)
        for address in (
            events(bob),
            reverse("guests:list", args=[bob.organization_id, dinner.pk]),
            reverse("seating:state", args=[bob.organization_id, dinner.pk]),
            reverse("checkin:counts", args=[bob.organization_id, dinner.pk]),
        ):
            answer = browser.get(address)
            assert answer.status_code == 403
            page = answer.content.decode()
            assert "This organization asks for a second factor" in page
            assert reverse("accounts:factors") in page
            assert "Congress Dinner" not in page
            assert "Foundation" not in page
        assert browser.get("/account/").status_code == 200

    @pytest.mark.parametrize("headers", [JSON, HTMX])
    def test_a_script_gets_one_sentence(self, ask, browser_of, bob, dinner, headers):
        ask(factor=Factor.SECOND)
        door = reverse("checkin:check-in", args=[bob.organization_id, dinner.pk])
        answer = browser_of(bob).post(door, {"guest": str(dinner.pk)}, headers=headers)
        assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
        assert answer.json()["detail"] == "This organization asks for a second factor."

    @pytest.mark.parametrize("method", ["totp", "recovery-code", "passkey"])
    def test_with_one_everything_is(self, ask, browser_of, bob, method):
        ask(factor=Factor.SECOND)
        assert browser_of(bob, method).get(events(bob)).status_code == 200

    def test_a_code_is_not_resistant_to_phishing(self, ask, browser_of, bob):
        ask(factor=Factor.PHISHING_RESISTANT)
        answer = browser_of(bob, "totp").get(events(bob))
        assert answer.status_code == 403
        assert "asks for a passkey" in answer.content.decode()
        assert browser_of(bob, "passkey").get(events(bob)).status_code == 200

    def test_whoever_has_a_factor_is_asked_to_show_it(self, ask, browser_of, bob, monkeypatch):
        from seatrobot.accounts.factors.services import Enrolled
        from seatrobot.organizations.security import answers

        monkeypatch.setattr(
            answers, "enrolled", lambda _id: Enrolled(1, totp=False, recovery_codes=0)
        )
        ask(factor=Factor.SECOND)
        page = browser_of(bob).get(events(bob)).content.decode()
        assert f"{reverse('accounts:confirm')}?next=" in page

    def test_grace_shows_the_date_and_then_ends(self, ask, browser_of, alice, bob):
        ask(factor=Factor.SECOND, grace_days=7)
        browser = browser_of(bob)
        answer = browser.get(events(bob))
        assert answer.status_code == 200
        until = now() + timedelta(days=7)
        assert f"From {until:%b}" in answer.content.decode()
        assert "security-banner" not in browser_of(bob, "totp").get(events(bob)).content.decode()
        with as_(alice):
            wind_back(8)
        assert browser.get(events(bob)).status_code == 403

    def test_the_door_shows_the_date_too(self, ask, browser_of, doris, dinner):
        ask(factor=Factor.SECOND, grace_days=7)
        door = reverse("checkin:door", args=[doris.organization_id, dinner.pk])
        assert (
            "can be entered only with a second factor"
            in browser_of(doris).get(door).content.decode()
        )

    def test_a_new_member_gets_the_same_grace(self, ask, browser_of, alice, bob):
        ask(factor=Factor.SECOND, grace_days=7)
        with as_(alice):
            wind_back(30)
            Membership.objects.filter(account_id=bob.account_id).update(created_at=now())
        assert browser_of(bob).get(events(bob)).status_code == 200
        assert browser_of(alice).get(events(alice)).status_code == 403

    def test_raising_the_demand_begins_the_grace_anew_and_saving_again_does_not(
        self, ask, browser_of, alice, bob
    ):
        ask(factor=Factor.SECOND, grace_days=7)
        with as_(alice):
            wind_back(30)
        ask(factor=Factor.SECOND, grace_days=7, idle_minutes=30)
        assert browser_of(bob).get(events(bob)).status_code == 403
        ask(factor=Factor.PHISHING_RESISTANT, grace_days=7)
        assert browser_of(bob).get(events(bob)).status_code == 200

    def test_being_kept_out_is_journalled(self, ask, browser_of, alice, bob):
        ask(factor=Factor.SECOND)
        browser_of(bob).get(events(bob))
        with as_(alice):
            entry = Entry.objects.get(action=Action.SECURITY_REFUSE)
            assert (entry.actor_id, entry.sealed.facts) == (
                bob.account_id,
                {"lacking": "second-factor"},
            )


class TestNetworks:
    HERE, ELSEWHERE = "203.0.113.7", "198.51.100.7"

    def test_only_from_there(self, ask, browser_of, bob):
        ask(networks=("203.0.113.0/24", "2001:db8::/32"), address=self.HERE)
        browser = browser_of(bob)
        for address, status in (
            (self.HERE, 200),
            (self.ELSEWHERE, 403),
            ("2001:db8:1::9", 200),
            ("2001:db9::1", 403),
            ("::ffff:203.0.113.9", 200),
        ):
            assert browser.get(events(bob), REMOTE_ADDR=address).status_code == status, address

    def test_the_sentence_names_the_address(self, ask, browser_of, bob):
        ask(networks=("203.0.113.0/24",), address=self.HERE)
        answer = browser_of(bob).get(events(bob), REMOTE_ADDR=self.ELSEWHERE, headers=JSON)
        assert answer.status_code == 403
        assert f"{self.ELSEWHERE} is in none of them" in answer.json()["detail"]

    def test_a_forged_header_opens_nothing(self, ask, browser_of, bob, settings):
        ask(networks=("203.0.113.0/24",), address=self.HERE)
        forged = {"X-Forwarded-For": self.HERE}
        browser = browser_of(bob)
        outside = {"REMOTE_ADDR": self.ELSEWHERE}
        assert browser.get(events(bob), headers=forged, **outside).status_code == 403
        settings.TRUSTED_PROXIES = 1
        behind = {"X-Forwarded-For": f"{self.HERE}, {self.ELSEWHERE}"}
        assert browser.get(events(bob), headers=behind, REMOTE_ADDR="10.0.0.1").status_code == 403
        real = {"X-Forwarded-For": f"{self.ELSEWHERE}, {self.HERE}"}
        assert browser.get(events(bob), headers=real, REMOTE_ADDR="10.0.0.1").status_code == 200


class TestSessions:
    @pytest.fixture
    def later(self, bob):
        def later(**ago: timedelta) -> None:
            for row in Session.objects.filter(account_id=bob.account_id):
                for name, value in ago.items():
                    setattr(row, name, getattr(row, name) - value)
                row.save(update_fields=[*ago])

        return later

    def test_a_session_ends_after_the_longest_time(self, ask, browser_of, bob, later):
        ask(session_hours=8)
        browser = browser_of(bob)
        later(created_at=timedelta(hours=7, minutes=59))
        assert browser.get(events(bob)).status_code == 200
        later(created_at=timedelta(minutes=2))
        answer = browser.get(events(bob), follow=True)
        assert answer.redirect_chain[0][0].startswith("/sign-in/?next=/o/")
        assert "This organization ends sessions after some time" in answer.content.decode()
        assert not Session.objects.filter(account_id=bob.account_id).exists()

    def test_a_session_ends_when_it_is_not_used(self, ask, browser_of, bob, later):
        ask(idle_minutes=30)
        browser = browser_of(bob)
        later(used_at=timedelta(minutes=25))
        assert browser.get(events(bob)).status_code == 200
        later(used_at=timedelta(minutes=31))
        assert browser.get(events(bob)).status_code == 302

    def test_a_visit_elsewhere_does_not_hide_that_it_was_not_used(
        self, ask, browser_of, bob, later
    ):
        ask(idle_minutes=30)
        browser = browser_of(bob)
        later(used_at=timedelta(minutes=45))
        assert browser.get("/account/").status_code == 200
        assert browser.get(events(bob)).status_code == 302

    @pytest.mark.parametrize("headers", [JSON, HTMX])
    def test_a_script_is_told_to_sign_in(self, ask, browser_of, bob, later, headers):
        ask(session_hours=1)
        browser = browser_of(bob)
        later(created_at=timedelta(hours=2))
        answer = browser.get(events(bob), headers=headers)
        assert (answer.status_code, answer["HX-Redirect"]) == (401, "/sign-in/")
        assert "Sign in again" in answer.json()["detail"]

    def test_asking_again_who_it_is_does_not_prolong_a_session(self, ask, browser_of, bob, later):
        ask(session_hours=8)
        browser = browser_of(bob)
        later(created_at=timedelta(hours=9))
        session = browser.session
        assert session[SESSION_KEY]
        session.cycle_key()
        session.save()
        browser.cookies["session"] = session.session_key
        assert browser.get("/account/").status_code == 200
        assert browser.get(events(bob)).status_code == 302


class TestTwoOrganizations:
    @pytest.fixture
    def bob_at_both(self, bob, charlie):
        with as_(charlie):
            account = Account.objects.get(pk=bob.account_id)
            organizations.add_member(charlie.organization_id, account, Role.TEAM)
        return bob

    def test_each_asks_for_its_own(self, ask, browser_of, alice, charlie, bob_at_both):
        ask(factor=Factor.SECOND)
        ask(by=charlie, factor=Factor.PHISHING_RESISTANT)
        browser = browser_of(bob_at_both, "totp")
        assert browser.get(events(alice)).status_code == 200
        assert browser.get(events(charlie)).status_code == 403
        assert browser.get(reverse("organizations:choose")).status_code == 200

    def test_the_choice_names_those_alone_whose_demands_are_met(
        self, ask, browser_of, alice, charlie, bob_at_both
    ):
        page = browser_of(bob_at_both).get(CHOOSE).content.decode()
        assert ("Foundation" in page, "Competitor" in page) == (True, True)
        ask(factor=Factor.SECOND)
        page = browser_of(bob_at_both).get(CHOOSE).content.decode()
        assert ("Foundation" in page, "Competitor" in page) == (False, True)
        assert reverse("organizations:enter", args=[alice.organization_id]) in page
        ask(by=charlie, networks=("203.0.113.0/24",), address="203.0.113.7")
        browser = browser_of(bob_at_both, "totp")
        page = browser.get(CHOOSE).content.decode()
        assert ("Foundation" in page, "Competitor" in page) == (True, False)
        with acting(Actor.member(charlie.account_id), charlie.organization_id):
            before = Entry.objects.count()
            browser.get(CHOOSE)
            assert Entry.objects.count() == before
        page = browser.get(CHOOSE, REMOTE_ADDR="203.0.113.9").content.decode()
        assert ("Foundation" in page, "Competitor" in page) == (True, True)

    def test_the_settings_of_one_are_nothing_to_the_other(
        self, ask, browser_of, alice, charlie, bob_at_both
    ):
        ask(by=charlie, factor=Factor.SECOND, session_hours=1, networks=("127.0.0.0/8",))
        assert browser_of(bob_at_both).get(events(alice)).status_code == 200
        with acting(Actor.member(alice.account_id), alice.organization_id):
            assert not SecuritySettings.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_demands_cost_no_statement(ask, browser_of, doris, dinner):
    counts = reverse("checkin:counts", args=[doris.organization_id, dinner.pk])

    def statements() -> int:
        browser = browser_of(doris, "passkey")
        browser.get(counts)
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(counts).status_code == 200
        return len(captured)

    before = statements()
    ask(
        factor=Factor.PHISHING_RESISTANT,
        grace_days=7,
        session_hours=8,
        idle_minutes=30,
        networks=("127.0.0.0/8",),
    )
    assert statements() == before
