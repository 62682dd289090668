"""More than one organization on an instance: by a link of the operator or staff, each blind."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from seatrobot.accounts.factors.tests.device import ORIGIN, Device
from seatrobot.accounts.staff.tests.people import enrol, make_staff
from seatrobot.cli import _parser
from seatrobot.conftest import PASSWORD, as_
from seatrobot.events.models import Event
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import moment_of
from seatrobot.kernel.vault import services as vault
from seatrobot.organizations import setup
from seatrobot.organizations.feature import Action
from seatrobot.organizations.models import Membership, Organization, SetupLink

PAGES = ("events:list", "organizations:members", "organizations:log", "organizations:settings")
EVENT_PAGES = ("events:overview", "guests:list", "seating:plan", "checkin:door")
FORM = {
    "organization": "Opera",
    "name": "Olga",
    "email": "olga@seatrobot.test",
    "password": PASSWORD,
}


def link_by_command(capsys) -> str:
    args = _parser().parse_args(["organization", "add"])
    args.run(args)
    return capsys.readouterr().out.splitlines()[0].removeprefix(settings.BASE_URL)


@pytest.fixture
def staff(db, settings):
    settings.BASE_URL = ORIGIN
    client = Client()
    assert enrol(client, make_staff(), Device()).status_code == 302
    return client


def test_the_command_gives_a_link_and_both_organizations_are_blind_to_each_other(
    capsys, client_of, alice, dinner
):
    client, link = Client(), link_by_command(capsys)
    assert client.get(link).status_code == 200
    assert client.post(link, FORM).status_code == 302
    other = client.get("/organizations/").url.split("/")[2]

    hers = [reverse(name, args=[alice.organization_id]) for name in PAGES]
    hers += [reverse(name, args=[alice.organization_id, dinner.pk]) for name in EVENT_PAGES]
    theirs = [reverse(name, args=[other]) for name in PAGES]
    for page in hers:
        assert (client_of(alice).get(page).status_code, client.get(page).status_code) == (200, 404)
    for page in theirs:
        assert (client_of(alice).get(page).status_code, client.get(page).status_code) == (404, 200)
    assert "Congress Dinner" not in client.get(f"/o/{other}/events/").content.decode()

    with as_(alice):
        assert [row.pk for row in Organization.objects.all()] == [alice.organization_id]
        assert Membership.objects.count() == 1
    with acting(Actor.link("tests"), UUID(other)):
        assert [row.sealed.name for row in Organization.objects.all()] == ["Opera"]
        assert not Event.objects.exists()


def test_whoever_is_signed_in_sets_up_one_more_with_their_account(capsys, client_of, alice):
    client, link = client_of(alice), link_by_command(capsys)
    assert "You are signed in as Alice" in client.get(link).content.decode()
    assert client.post(link, {"name": ""}).status_code == 422
    assert client.post(link, {"name": "Opera"}).status_code == 302
    assert client.get(link).status_code == 410
    choices = client.get("/organizations/").content.decode()
    assert "Foundation" in choices
    assert "Opera" in choices


def test_a_link_for_one_more_outlives_a_restart_and_another_link(capsys, alice):
    first, second = link_by_command(capsys), link_by_command(capsys)
    assert setup.first_run_link() is None
    assert Client().get(first).status_code == Client().get(second).status_code == 200


def test_links_that_are_over_are_cleared(capsys, alice):
    link_by_command(capsys)
    SetupLink.objects.update(expires_at=now() - timedelta(seconds=1))
    link_by_command(capsys)
    assert SetupLink.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_command_is_journalled(capsys, superuser_connection):
    link_by_command(capsys)
    query = "SELECT actor_kind, actor_name, organization_id FROM journal_entry WHERE action = %s"
    [found] = superuser_connection.execute(query, [Action.ORGANIZATION_LINK]).fetchall()
    assert found == ("operator", "organization add", None)


def test_an_address_that_is_taken_is_said_at_its_field(capsys, alice):
    answer = Client().post(link_by_command(capsys), FORM | {"email": "alice@seatrobot.test"})
    assert answer.status_code == 422
    assert "signs in with this address already" in answer.content.decode()


class TestStaff:
    def test_see_identifiers_and_no_names(self, staff, alice):
        page = staff.get("/staff/organizations/").content.decode()
        assert str(alice.organization_id) in page
        assert "Foundation" not in page
        assert f"{len(vault.organizations())} organization" in page

    def test_give_out_a_link_that_works(self, staff, alice):
        page = staff.post("/staff/organizations/add/").content.decode()
        link = re.search(r"/set-up/[\w-]+/", page)[0]
        assert Client().post(link, FORM).status_code == 302

    def test_need_a_fresh_passkey_for_the_link(self, staff, alice, monkeypatch):
        later = now() + timedelta(minutes=11)
        monkeypatch.setattr("seatrobot.accounts.assurance.now", lambda: later)
        assert staff.post("/staff/organizations/add/").status_code == 302
        assert not SetupLink.objects.exists()

    def test_are_the_only_ones(self, client_of, alice):
        assert client_of(alice).get("/staff/organizations/").status_code == 302
        assert client_of(alice).post("/staff/organizations/add/").status_code == 302
        assert not SetupLink.objects.exists()


def test_an_identifier_tells_when_it_was_made(alice):
    assert abs(moment_of(alice.organization_id) - now()) < timedelta(minutes=5)
