"""What the web server counts and what the log holds is the same number, after a whole day.

The counter sits before everything else of the site and knows nothing of the log: it reads paths,
methods and status codes, as an access log would.
"""

import re

import pytest
from django.test import Client

from seatrobot.accounts.factors.tests.device import ORIGIN, Device
from seatrobot.accounts.models import Account
from seatrobot.accounts.passwords import resetting
from seatrobot.accounts.sign_in_log import recording
from seatrobot.accounts.sign_in_log.tests.people import FIREFOX, IPHONE, browser, sign_in
from seatrobot.accounts.staff.tests import people as staff
from seatrobot.conftest import PASSWORD, as_, founder
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.organizations import members as memberships
from seatrobot.organizations import services as organizations
from seatrobot.organizations import setup
from seatrobot.organizations.members import Member
from seatrobot.organizations.models import Membership, SentMail

NEW = "another long enough password"
STEPS = re.compile(r"^(/staff)?/sign-in/(second-step/|passkey/)?$")
STAFF_LINKS = re.compile(r"^/staff/enrol/[^/]+/(options/)?$")
LINKS = re.compile(r"^/(reset-password/.+/|set-up/|join/)")
OK, REDIRECT, GONE = 200, 302, 410
seen: list[tuple[str, str, int]] = []


def counting(get_response):
    """Django middleware: note every request as a web server's access log does."""

    def middleware(request):
        answer = get_response(request)
        seen.append((request.method, request.path, answer.status_code))
        return answer

    return middleware


def attempts() -> int:
    """Count attempts: every form of a sign-in sent; every link that was used or found dead.

    A staff link counts also when the passkey that was sent with it is refused.
    """
    sent = [path for method, path, _status in seen if method == "POST" and STEPS.match(path)]
    links = [
        path
        for method, path, status in seen
        if LINKS.match(path) and (status == GONE or (method == "POST" and status == REDIRECT))
    ]
    staff = [
        path
        for method, path, status in seen
        if (link := STAFF_LINKS.match(path))
        and (status == GONE or (method == "POST" and not link[1]))
    ]
    return len(sent) + len(links) + len(staff)


@pytest.fixture
def counter(settings):
    seen.clear()
    settings.BASE_URL = ORIGIN
    settings.MIDDLEWARE = [f"{__name__}.counting", *settings.MIDDLEWARE]


@pytest.fixture
def logged(superuser_connection):
    """Return how many attempts the log holds, as the database's administrator sees it."""
    query = (
        "SELECT (SELECT count(*) FROM accounts_sign_in WHERE organization_id IS NULL)"
        " + (SELECT coalesce(sum(count), 0)::int FROM accounts_refusal_count)"
    )
    return lambda: superuser_connection.execute(query).fetchone()[0]


def a_day() -> None:
    """One day: set-up, people who come back, mistakes, guesses, links good and dead."""
    path = setup.first_run_link()
    facts = {"organization": "F", "name": "Alice", "email": "alice@seatrobot.test"}
    browser().get(path)
    browser().post(path, facts | {"password": "short"})
    browser().post(path, facts | {"password": PASSWORD})
    browser().get(path)
    for agent in (FIREFOX, IPHONE, "", "A" * 5000):
        client = browser(agent)
        client.get("/sign-in/")
        sign_in(client)
        client.get("/account/")
        client.post("/sign-out/")
    for number in range(7):
        sign_in(browser(ip="203.0.113.1"), "alice", f"a guess with number {number}")
    for name in ("eve", "mallory", "no address", ""):
        sign_in(browser(ip="203.0.113.2"), name)
    browser().post("/sign-in/", {})
    for bad in ("\x00", "a\r\nb: c"):
        sign_in(browser(bad, "203.0.113.3"), "nobody")
    _reset()
    _join()
    _staff()
    Client(enforce_csrf_checks=False).get("/sign-in/")


def _reset() -> None:
    link = resetting.link(Account.objects.get())
    path = link[link.index("/reset-password") :]
    browser().get(path)
    browser().post(path, {"password": "short"})
    browser().post(path, {"password": NEW})
    browser().get(path)
    sign_in(browser(), password=NEW)


def _join() -> None:
    owner = Account.objects.get()
    with acting(Actor.member(owner.pk)):
        organization = Membership.objects.get(account=owner).organization_id
    with acting(Actor.member(owner.pk), organization):
        alice = memberships.load(owner.pk, organization)
    assert isinstance(alice, Member)
    with as_(alice):
        link = _invite(alice)
    browser().get(link)
    browser().post(link, {"name": "Bob", "password": PASSWORD})
    browser().get(link)
    sign_in(browser(), "bob")


def _staff() -> None:
    """Dana enrols after a mistake, comes back, is refused in every way, and is disabled."""
    link, device, client = staff.make_staff(), Device(), browser()
    client.get(link)
    staff.enrol(client, link, Device(origin="https://evil.test"))
    staff.enrol(client, link, device)
    client.get(link)
    client.post(f"{link}options/")
    client.get("/staff/passkeys/")
    client.post("/staff/sign-out/")
    client.get("/staff/")
    staff.sign_in(client, Device())
    staff.sign_in(client, device)
    client.get("/staff/sign-in/")
    client.post("/staff/sign-in/", {"answer": "{"})
    sign_in(browser(ip="203.0.113.4"), staff.DANA)
    staff.disable()
    client.get("/staff/")
    staff.sign_in(browser(), device)
    for number in range(22):
        browser(ip="203.0.113.5").post("/staff/sign-in/", {"answer": str(number)})


def _invite(alice: Member) -> str:
    organizations.invite(actor=alice, email="bob@seatrobot.test", name="Bob", role="team")
    found = re.search(r"(/join/\S+/)", SentMail.objects.get().sealed.body)
    assert found
    return found[1]


@pytest.mark.django_db(transaction=True)
def test_the_web_server_and_the_log_count_the_same(counter, logged):
    a_day()
    assert attempts() == logged() > 55


@pytest.mark.django_db(transaction=True)
def test_a_sign_in_that_is_not_logged_is_found(counter, logged, monkeypatch):
    """The comparison itself works: one lost row makes the numbers differ."""
    founder("Alice", "Foundation")
    sign_in(browser())
    assert attempts() == logged() == 1
    with monkeypatch.context() as patch:
        patch.setattr(recording, "insert", lambda *_: None)
        sign_in(browser())
    assert attempts() == logged() + 1
