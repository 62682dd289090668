"""Administrators choose what is asked; nobody locks themselves out; the journal tells it all."""

import pytest
from django.urls import reverse

from seatrobot.accounts import assurance
from seatrobot.accounts.models import Account, Session
from seatrobot.conftest import as_, colleague
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.refusal import Refused
from seatrobot.organizations import services as organizations
from seatrobot.organizations.feature import Action
from seatrobot.organizations.models import Invitation, Membership, SentMail
from seatrobot.organizations.permissions import Role
from seatrobot.organizations.security import services
from seatrobot.organizations.security.policy import Factor
from seatrobot.organizations.security.services import Wanted

NOTHING = {"factor": "any", "grace_days": "0", "session_hours": "", "idle_minutes": ""}


@pytest.fixture
def page(alice) -> str:
    return reverse("organizations:security", args=[alice.organization_id])


def save(browser, page, **changed):
    return browser.post(page, NOTHING | changed)


def in_force(member) -> Wanted:
    with as_(member):
        return services.load(member)


def test_an_administrator_saves_everything(browser_of, alice, page):
    adam = colleague("Adam", Role.ADMINISTRATOR, alice)
    answer = save(
        browser_of(adam, "passkey"),
        page,
        factor="phishing-resistant",
        grace_days="7",
        session_hours="8",
        idle_minutes="30",
        domains="Foundation.example\n@bücher.example",
        networks="127.0.0.1\n2001:db8::1/32, 127.0.0.1",
    )
    assert answer.status_code == 302
    assert in_force(alice) == Wanted(
        factor=Factor.PHISHING_RESISTANT,
        grace_days=7,
        session_hours=8,
        idle_minutes=30,
        domains=("foundation.example", "xn--bcher-kva.example"),
        networks=("127.0.0.1/32", "2001:db8::/32"),
    )
    shown = browser_of(adam, "passkey").get(page).content.decode()
    assert "xn--bcher-kva.example" in shown
    assert "2001:db8::/32" in shown


def test_before_and_after_are_in_the_journal(browser_of, alice, page):
    browser = browser_of(alice, "totp")
    save(browser, page, session_hours="8")
    save(browser, page, session_hours="24", factor="second")
    save(browser, page, session_hours="24", factor="second")
    with as_(alice):
        last, first = Entry.objects.filter(action=Action.SECURITY_CHANGE).order_by("-id")
        assert first.sealed.facts == {
            "before": ["session_hours: none"],
            "after": ["session_hours: 8"],
        }
        assert last.sealed.facts == {
            "before": ["factor: any", "session_hours: 8"],
            "after": ["factor: second", "session_hours: 24"],
        }


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"networks": "203.0.113.0/24"}, "your own address 127.0.0.1 is in none"),
        ({"factor": "second"}, "first sign in with a second factor yourself"),
        ({"factor": "phishing-resistant"}, "first sign in with a passkey yourself"),
        ({"networks": "10.0.0.300"}, "“10.0.0.300” is not a network"),
        ({"networks": "everything"}, "“everything” is not a network"),
        ({"domains": "not a domain"}, "“not” is not a domain"),
        ({"domains": "x" * 6000}, "at most 5000 characters"),
        ({"factor": "telepathy"}, "not one of the available choices"),
        ({"session_hours": "7"}, "not one of the available choices"),
    ],
)
def test_what_would_lock_out_or_means_nothing_is_refused(
    browser_of, alice, page, changed, sentence
):
    answer = save(browser_of(alice), page, **changed)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert in_force(alice) == Wanted()


def test_whoever_is_no_administrator_is_refused(browser_of, bob, page):
    assert browser_of(bob, "passkey").get(page).status_code == 403
    assert save(browser_of(bob, "passkey"), page, session_hours="1").status_code == 403


def test_a_fresh_sign_in_is_asked_for(browser_of, alice, page):
    browser = browser_of(alice, "passkey")
    session = browser.session
    session[assurance.KEY] = {"methods": ["passkey"], "at": "2026-01-01T00:00:00+00:00"}
    session.save()
    for answer in (browser.get(page), save(browser, page, session_hours="1")):
        assert answer.url.startswith(reverse("accounts:confirm"))
    assert in_force(alice) == Wanted()


def test_domains_and_networks_are_sealed(ask, superuser_connection, transactional_db, alice):
    ask(domains=("canary.example",), networks=("127.0.0.0/8", "203.0.113.0/24"))
    rows = superuser_connection.execute("SELECT t::text FROM organizations_security t").fetchall()
    assert len(rows) == 1
    stored = superuser_connection.execute("SELECT sealed FROM organizations_security").fetchone()
    assert b"canary" not in stored[0]
    assert "203.0.113" not in str(rows)


class TestSigningOutEverybody:
    def test_ends_every_session_but_ones_own(self, browser_of, alice, bob, charlie, page):
        mine, phone, his, foreign = (browser_of(who) for who in (alice, alice, bob, charlie))
        answer = mine.post(f"{page}sign-out-everybody/", follow=True)
        assert "2 sessions have ended" in answer.content.decode()
        assert [browser.get("/account/").status_code for browser in (mine, foreign)] == [200, 200]
        assert [browser.get("/account/").status_code for browser in (phone, his)] == [302, 302]
        with as_(alice):
            assert Entry.objects.get(action=Action.SECURITY_SIGN_OUT).sealed.facts == {
                "sessions": 2
            }

    def test_is_not_for_everybody(self, browser_of, bob, page):
        assert browser_of(bob).post(f"{page}sign-out-everybody/").status_code == 403
        assert Session.objects.filter(account_id=bob.account_id).exists()


class TestSigningOutOne:
    @staticmethod
    def place(administrator, person) -> str:
        with as_(administrator):
            row = Membership.objects.get(account_id=person.account_id)
        return reverse(
            "organizations:sign-out-member", args=[administrator.organization_id, row.pk]
        )

    def test_ends_the_sessions_of_that_member(self, browser_of, alice, bob, doris):
        mine, his, phone, hers = (browser_of(who) for who in (alice, bob, bob, doris))
        answer = mine.post(self.place(alice, bob), follow=True)
        assert "2 sessions of Bob have ended" in answer.content.decode()
        statuses = [browser.get("/account/").status_code for browser in (mine, his, phone, hers)]
        assert statuses == [200, 302, 302, 200]
        with as_(alice):
            entry = Entry.objects.get(action=Action.MEMBER_SIGN_OUT)
            assert entry.sealed.facts == {"sessions": 2}

    @pytest.mark.parametrize("whom", ["one", "everybody"])
    def test_somebody_of_two_organizations_stays_signed_in_at_the_other(
        self, browser_of, alice, bob, charlie, page, whom
    ):
        with as_(charlie):
            organizations.add_member(
                charlie.organization_id, Account.objects.get(pk=bob.account_id), Role.TEAM
            )
        his = browser_of(bob)
        here, there = (f"/o/{who.organization_id}/events/" for who in (alice, charlie))
        assert his.get(here).status_code == 200
        place = self.place(alice, bob) if whom == "one" else f"{page}sign-out-everybody/"
        browser_of(alice).post(place)
        assert his.get(there).status_code == 200
        assert "/sign-in/" in his.get(here).url
        assert browser_of(bob).get(here).status_code == 200

    def test_nobody_ends_their_own_here_or_those_of_others_elsewhere(
        self, browser_of, alice, bob, charlie
    ):
        mine, his = browser_of(alice), browser_of(bob)
        assert (
            "page of your account"
            in mine.post(self.place(alice, alice), follow=True).content.decode()
        )
        foreign = reverse(
            "organizations:sign-out-member",
            args=[charlie.organization_id, self.place(alice, bob).split("/")[-3]],
        )
        assert browser_of(charlie).post(foreign).status_code == 404
        assert his.get("/account/").status_code == 200


class TestDomains:
    def test_nobody_else_is_invited(self, ask, alice):
        ask(domains=("foundation.example",))
        with as_(alice):
            for email in ("eve@elsewhere.example", "eve@sub.foundation.example"):
                with pytest.raises(Refused, match="need an address at foundation"):
                    organizations.invite(actor=alice, email=email, name="Eve", role=Role.TEAM)
            organizations.invite(
                actor=alice, email="eve@Foundation.Example", name="Eve", role=Role.TEAM
            )

    def test_an_older_invitation_does_not_help(self, ask, alice, client):
        link = self._invited(alice, "eve@elsewhere.example")
        ask(domains=("foundation.example",))
        form = {"name": "Eve", "password": "zebra umbrella lantern accordion"}
        answer = client.post(link, form)
        assert "need an address at foundation.example" in answer.content.decode()
        with as_(alice):
            assert Membership.objects.count() == 1

    def test_nor_does_another_account(self, ask, alice, charlie, browser_of):
        link = self._invited(alice, "eve@foundation.example")
        ask(domains=("foundation.example",))
        answer = browser_of(charlie).post(link, follow=True)
        assert "need an address at foundation.example" in answer.content.decode()
        with as_(alice):
            assert Membership.objects.count() == 1
            assert Invitation.objects.count() == 1

    def test_who_is_a_member_stays(self, ask, browser_of, bob):
        ask(domains=("foundation.example",))
        events = reverse("events:list", args=[bob.organization_id])
        assert browser_of(bob).get(events).status_code == 200

    @staticmethod
    def _invited(alice, email: str) -> str:
        with as_(alice):
            organizations.invite(actor=alice, email=email, name="Eve", role=Role.TEAM)
            body = SentMail.objects.latest("created_at").sealed.body
        return "/join/" + body.partition("/join/")[2].split()[0]


def test_a_visitor_reads_no_settings(ask, alice):
    from seatrobot.organizations.security.models import SecuritySettings

    ask(session_hours=1)
    with acting(Actor.visitor()):
        assert not SecuritySettings.objects.exists()
