"""Every address of the running web is asked as people whom it is not meant for."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.security import SecurityMiddleware
from django.template import base
from django.urls import get_resolver, path, resolve

from seatrobot.accounts import pages
from seatrobot.accounts.models import Account, StaffMember
from seatrobot.accounts.signing_in.sessions import SessionStore
from seatrobot.kernel import loaded, reports
from seatrobot.kernel.promises.declaring import CannotMeasure
from seatrobot.kernel.routes import Audience, open_to, routes
from seatrobot.organizations import members
from seatrobot.organizations.members import Member
from seatrobot.practices.checks import asking
from seatrobot.practices.checks.confidentiality import guarded
from seatrobot.practices.models import Probe
from seatrobot.web import middleware

pytestmark = pytest.mark.django_db(transaction=True)
SOME = (
    *("accounts:account", "accounts:reset", "contacts:list", "guests:list", "organizations:log"),
    *("organizations:settings", "practices:page", "seating:clear", "staff:home"),
)


@pytest.fixture
def served(instance, web, used):
    """The web server of this test has said which addresses it answers."""
    publish(instance)
    return instance


@pytest.fixture
def few(monkeypatch, served):
    """Few addresses are enough to see each kind of fault."""
    here = [each for each in routes() if each.name in SOME]
    monkeypatch.setattr(asking, "routes", lambda: here)
    publish(served, here)
    return here


def publish(data, here=None):
    said = loaded.statement(answers=True)
    said.routes = said.routes if here is None else here
    reports.write(data, f"web{loaded.SUFFIX}", {1: said})


def wrong() -> dict[str, float]:
    found = guarded().values
    return {name: count for name, count in found.items() if count and name != "asked"}


def test_a_web_that_guards_everything_is_kept(served):
    found = guarded()
    assert found.values.pop("asked") > 1500
    assert set(found.values.values()) == {0}, found.notes
    staff = StaffMember.objects.get(pk=Probe.objects.get().staff_id)
    assert not staff.is_enabled
    assert not Account.objects.get(pk=staff.pk).sessions.exists()


def test_what_is_asked_for_is_an_address_of_the_site():
    """Otherwise 404 would be taken for a refusal."""
    for route in routes():
        filled = {
            part: asking._filling(part, kind, asking.KNOWN_PARTS)
            for part, kind in route.parts.items()
        }
        assert resolve(route.filled(filled)).route.removeprefix("^") == route.path.removeprefix("/")


def test_nothing_is_measured_of_a_web_that_has_said_nothing(web, used, instance):
    with pytest.raises(CannotMeasure, match="has not said"):
        guarded()


def test_an_address_that_only_the_web_server_has(few, served):
    def debug(_request):
        return HttpResponse("names")

    here = get_resolver().url_patterns
    here.append(path("debug/guests/", open_to(Audience.EVERYBODY)(debug)))
    try:
        publish(served, [*few, *(each for each in routes() if each.path == "/debug/guests/")])
        assert wrong() == {"strange": 1}
    finally:
        here.pop()


def test_an_address_that_the_web_server_declares_otherwise(few, served):
    open_one = next(each for each in few if each.name == "guests:list")
    other = loaded.Route(open_one.path, open_one.name, str(Audience.EVERYBODY), "")
    publish(served, [other if each is open_one else each for each in few])
    assert wrong() == {"strange": 1}


@pytest.mark.parametrize(
    ("place", "name", "value", "kinds"),
    [
        pytest.param(Member, "may", lambda *_: True, {"open"}, id="every role may everything"),
        pytest.param(
            members,
            "load",
            lambda account, organization, actor=None: Member(
                actor=actor or members.Actor.member(account),
                organization_id=organization,
                role=members.Role.OWNER,
            ),
            {"open"},
            id="everybody owns everything",
        ),
        pytest.param(
            pages,
            "_guarded",
            lambda _area, view, request, parts: _unguarded(view, request, parts),
            {"open"},
            id="pages of accounts without a guard",
        ),
        pytest.param(middleware, "HEADERS", {}, {"bare"}, id="no policy of content"),
        pytest.param(
            SecurityMiddleware,
            "process_response",
            lambda _self, _request, response: response,
            {"bare"},
            id="no headers of Django",
        ),
        pytest.param(
            SessionStore, "delete", lambda *_: None, {"lasting"}, id="sessions that do not end"
        ),
        pytest.param(
            CsrfViewMiddleware,
            "_check_token",
            lambda *_: None,
            {"taken"},
            id="forms of other sites are taken",
        ),
        pytest.param(
            CsrfViewMiddleware,
            "_origin_verified",
            lambda *_: True,
            {"taken"},
            id="every origin is taken for the own",
        ),
        pytest.param(base, "conditional_escape", str, {"raw"}, id="typed markup is a page's own"),
    ],
)
def test_a_fault_of_the_web_server_is_noticed(few, monkeypatch, place, name, value, kinds):
    guarded()  # what the probe needs is made before
    monkeypatch.setattr(place, name, value)
    assert kinds <= wrong().keys()


def _unguarded(view, request, parts):
    request.staff = Account.objects.first()
    request.user = request.staff
    return view(request, **parts)


def test_cookies_that_scripts_may_read(few, settings):
    settings.SESSION_COOKIE_HTTPONLY = False
    assert wrong().keys() == {"loose"}
