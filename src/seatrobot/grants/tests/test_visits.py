"""The customer's pages as staff see them: masked, under a banner, and closed when the grant is."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from seatrobot.accounts.models import Passkey
from seatrobot.conftest import as_
from seatrobot.contacts import services as contacts
from seatrobot.contacts.models import ContactRecord
from seatrobot.events.models import Field, FieldRecord
from seatrobot.guests.models import PartyRecord
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import editing
from seatrobot.guests.statuses import Facts, Status
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.staff import conditions
from seatrobot.kernel.vault.masking import MASK

from .asks import ago, ask, end, entries
from .conftest import browser

VALUES = (
    *("Zenobia", "Quillfeather", "zenobia@quill.example", "2025550143", "555 0143"),
    *("Inkwell Guild", "Sits by the window", "laureate", "Zimbabwe", "The Quillfeathers"),
)
"""What nobody sees on a visit, wherever it stands."""


@pytest.fixture
def guest(alice, dinner):
    with as_(alice):
        field = Field.objects.create(
            organization_id=alice.organization_id,
            event=dinner,
            position=0,
            sealed=FieldRecord({"": "Country"}),
        )
        record = GuestRecord(
            title="Dame",
            first_name="Zenobia",
            last_name="Quillfeather",
            email="zenobia@quill.example",
            phone="+1 202 555 0143",
            company="Inkwell Guild",
            notes="Sits by the window",
            tags=["laureate"],
            answers={field.pk: "Zimbabwe"},
        )
        facts = Facts().with_status(Status.CONFIRMED)
        guest = editing.add(actor=alice, event=dinner, record=record, facts=facts)
        guest.party.sealed = PartyRecord("The Quillfeathers", "Old friends")
        guest.party.save()
        contact = contacts.create(
            actor=alice, record=ContactRecord(last_name="Quillfeather", emails=["z@quill.example"])
        )
        guest.contact = contact
        guest.save()
    return guest


@pytest.fixture
def dana_sees(dana, alice, guest):
    """Return a grant, and a browser that visits with it: `visit("guests/")`."""
    row = ask(dana, alice.organization_id)
    client = browser(dana)

    def visit(rest="", *, event=True, method="get", **more):
        inside = f"events/{guest.event_id}/{rest}" if event else rest
        where = f"/staff/visit/{row.pk}/o/{alice.organization_id}/{inside}"
        return getattr(client, method)(where, **more)

    visit.grant, visit.client, visit.staff = row, client, dana
    return visit


PAGES = (
    *("", "guests/", "guests/GUEST/", "guests/GUEST/history/", "seating/", "seating/list/"),
    *("seating/setup/", "guests/?q=zenobia", "guests/?q=laureate&sort=company", "seating/state/"),
    *("seating/guests/GUEST/card/", "guests/?tag=laureate"),
)
ORGANIZATION_PAGES = ("events/", "contacts/", "log/", "log/?show=everything", "contacts/CONTACT/")


def test_no_page_of_a_visit_shows_a_personal_field(dana_sees, guest):
    at = {"GUEST": str(guest.pk), "CONTACT": str(guest.contact_id)}
    shown = 0
    for event, pages in ((True, PAGES), (False, ORGANIZATION_PAGES)):
        for page in pages:
            rest = re.sub(r"[A-Z]{5,}", lambda word: at[word[0]], page)
            for headers in ({}, {"HX-Request": "true"}):
                answer = dana_sees(rest, event=event, headers=headers)
                assert answer.status_code == 200, (page, answer.status_code)
                text = answer.content.decode()
                found = [value for value in VALUES if value.lower() in typed_out(text).lower()]
                assert not found, (page, found)
                shown += MASK in text
    assert shown > len(PAGES)


def typed_out(text: str) -> str:
    """Return a page without what the visitor typed into its search themself."""
    return re.sub(r'(value="[^"]*"|q=[^"&]*|tag=[^"&]*|“[^”]*”)', "", text)


def test_every_page_has_the_banner_and_leads_on_within_the_visit(dana_sees, guest):
    page = dana_sees("guests/").content.decode()
    for text in ("Dana, you are looking at Foundation as staff", "End now", "empty table"):
        assert text in page
    links = set(re.findall(r'href="(/[^"]*)"', page))
    inside = f"/staff/visit/{dana_sees.grant.pk}/o/"
    out = {link for link in links if not link.startswith((inside, "/static/", "/staff/grants/"))}
    assert out <= {"/practices/", "/help/"}  # public
    assert any(link.startswith(f"{inside}{guest.organization_id}/contacts/") for link in links)
    missing = dana_sees("guests/nothing/")
    assert missing.status_code == 404


def test_an_idle_floor_plan_leaves_no_entry(dana_sees, alice):
    """It asks every four seconds whether something has changed; nothing of it is opened then."""
    state = dana_sees("seating/state/")
    before = len(entries(alice.organization_id))
    known = {"If-None-Match": state["ETag"], "Accept": "application/json"}
    for _ in range(3):
        assert dana_sees("seating/state/", headers=known).status_code == 304
        assert dana_sees.client.get(f"/staff/grants/{dana_sees.grant.pk}/pulse/").status_code == 204
    assert len(entries(alice.organization_id)) == before


def test_what_is_not_there_is_said_without_what_is(dana_sees):
    missing = dana_sees(f"guests/{new_id()}/")
    assert missing.status_code == 404
    assert f"/staff/grants/{dana_sees.grant.pk}/" in missing.content.decode()


def test_a_page_that_a_visit_does_not_include_says_so(dana_sees):
    refused = dana_sees("members/", event=False)
    assert refused.status_code == 403
    assert "Your support access does not include this page" in refused.content.decode()
    guest = dana_sees("guests/").content.decode()
    assert "Your role does not include" not in guest


def test_what_stands_on_a_visit_is_in_the_log_with_the_grant(dana_sees, alice):
    dana_sees("guests/")
    [listed] = entries(alice.organization_id, "guest:list:view")
    assert (listed.actor_kind, listed.actor_id) == ("staff", dana_sees.staff)
    with as_(alice):
        assert listed.sealed.facts["grant"] == str(dana_sees.grant.pk)


def test_one_field_is_shown_and_the_log_names_it(dana_sees, alice, guest, client_of):
    page = dana_sees(f"guests/{guest.pk}/").content.decode()
    fields = re.findall(r'name="field" value="([^"]+)"', page)
    assert {"name", "email", "phone", "notes", "party_label"} <= set(fields)
    said = {"kind": "guest", "person": str(guest.pk), "field": "email"}
    answer = dana_sees("visit/unmask/", event=False, method="post", data=said)
    text = answer.content.decode()
    assert "zenobia@quill.example" in text
    assert "Zenobia" not in text.replace("zenobia@quill.example", "")
    fragment = dana_sees(
        "visit/unmask/", event=False, method="post", data=said, headers={"HX-Request": "true"}
    )
    assert fragment.content.decode().strip() == (
        '<span class="unmasked" role="status">zenobia@quill.example</span>'
    )
    assert "zenobia@quill" not in dana_sees(f"guests/{guest.pk}/").content.decode()
    shown = entries(alice.organization_id, "support:field:unmask")
    assert len(shown) == 2
    assert {entry.subject_id for entry in shown} == {guest.pk}
    log = client_of(alice).get(f"/o/{alice.organization_id}/log/?show=everything")
    assert "Zenobia Quillfeather" in log.content.decode()
    assert "E-mail" in log.content.decode()


@pytest.mark.parametrize("field", ["name", "tags", "answer", "party_label", "contact"])
def test_every_masked_field_can_be_shown(dana_sees, guest, alice, field):
    said = {"kind": "guest", "person": str(guest.pk), "field": field}
    wanted = {"name": "Dame Zenobia Quillfeather", "tags": "laureate"}.get(field, "Quillfeathers")
    if field == "answer":
        with as_(alice):
            said["field"] = f"field:{Field.objects.get().pk.hex}"
        wanted = "Zimbabwe"
    if field == "contact":
        said = {"kind": "contact", "person": str(guest.contact_id), "field": "emails"}
        wanted = "z@quill.example"
    answer = dana_sees("visit/unmask/", event=False, method="post", data=said)
    assert wanted in answer.content.decode()


def test_nothing_else_is_shown_by_that(dana_sees, guest, charlie, client_of, alice):
    for said in (
        {"kind": "guest", "person": str(guest.pk), "field": "sealed"},
        {"kind": "guest", "person": str(guest.pk), "field": "reference"},
        {"kind": "guest", "person": str(charlie.account_id), "field": "email"},
        {"kind": "account", "person": str(alice.account_id), "field": "email"},
        {"kind": "guest", "person": "", "field": "email"},
    ):
        answer = dana_sees("visit/unmask/", event=False, method="post", data=said)
        assert answer.status_code == 404, said
    said = {"kind": "guest", "person": str(guest.pk), "field": "email"}
    address = f"/o/{alice.organization_id}/visit/unmask/"
    assert client_of(alice).post(address, said).status_code == 403
    assert not entries(alice.organization_id, "support:field:unmask")


def test_a_grant_that_ended_shows_nothing_more(dana_sees):
    assert dana_sees("guests/").status_code == 200
    end(dana_sees.staff, dana_sees.grant)
    page = dana_sees("guests/")
    assert page.status_code == 403
    assert "You ended this grant" in page.content.decode()
    assert f"/staff/grants/{dana_sees.grant.pk}/" in page.content.decode()
    fragment = dana_sees("guests/", headers={"HX-Request": "true"})
    assert fragment["HX-Redirect"] == f"/staff/grants/{dana_sees.grant.pk}/"


def test_an_open_page_learns_that_its_grant_is_over(dana_sees, erik):
    pulse = f"/staff/grants/{dana_sees.grant.pk}/pulse/"
    assert "HX-Redirect" not in dana_sees.client.get(pulse)
    assert "HX-Redirect" in browser(erik).get(pulse)
    Passkey.objects.filter(account=dana_sees.staff).update(created_at=ago(hours=13))
    conditions.forget()
    over = dana_sees.client.get(pulse)
    assert over["HX-Redirect"] == f"/staff/grants/{dana_sees.grant.pk}/"
    page = dana_sees("guests/")
    assert page.status_code == 403
    told = dana_sees.client.get(over["HX-Redirect"]).content.decode()
    assert "You may not see data of any organization now" in told


def test_a_visit_is_its_holders_alone(dana_sees, erik, alice, client_of, charlie, guest):
    inside = f"/staff/visit/{dana_sees.grant.pk}/o"
    address = f"{inside}/{alice.organization_id}/events/"
    assert browser(erik).get(address).status_code in {403, 404}
    assert client_of(alice).get(address)["Location"].startswith("/staff/sign-in/")
    assert Client().get(address)["Location"].startswith("/staff/sign-in/")
    elsewhere = dana_sees.client.get(f"{inside}/{charlie.organization_id}/events/")
    assert elsewhere.status_code == 404
    for path in (f"{inside[:-2]}/account/", f"{inside[:-2]}/staff/", f"{inside}/x/events/"):
        assert dana_sees.client.get(path).status_code == 404
    assert dana_sees.client.get(f"/o/{alice.organization_id}/events/").status_code == 302


def test_a_grant_for_one_event_shows_no_other(dana, alice, dinner, guest):
    row = ask(dana, alice.organization_id, event_ids=[alice.organization_id])
    client, inside = browser(dana), f"/staff/visit/{row.pk}/o/{alice.organization_id}"
    assert client.get(f"{inside}/events/{dinner.pk}/guests/").status_code == 404
    for page in ("contacts/", "log/"):
        assert client.get(f"{inside}/{page}").status_code == 403
    assert "Congress Dinner" not in client.get(f"{inside}/events/").content.decode()


def test_whoever_may_change_changes_no_person(dana, alice, dinner, guest):
    row = ask(dana, alice.organization_id, may_change=True)
    client = browser(dana)
    inside = f"/staff/visit/{row.pk}/o/{alice.organization_id}/events/{dinner.pk}"
    page = client.get(f"{inside}/settings/")
    form = page.context["form"]
    values = {field.html_name: field.value() for field in form}
    said = {name: value for name, value in values.items() if value not in (None, False)}
    assert said["description"] == MASK
    answer = client.post(f"{inside}/settings/", said | {"title": "Gala Dinner"})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    assert answer["Location"].startswith("/staff/visit/")
    with as_(alice):
        dinner.refresh_from_db()
        assert (dinner.sealed.title, dinner.sealed.description) == ("Gala Dinner", "Black tie")
    assert client.post(f"{inside}/guests/{guest.pk}/", {"last_name": "X"}).status_code == 403
    assert client.post(f"{inside}/guests/{guest.pk}/remove/").status_code == 403


def test_whoever_may_only_read_changes_nothing(dana_sees):
    assert dana_sees("settings/").status_code == 403
    assert dana_sees("seating/setup/tables/", method="post").status_code == 403
