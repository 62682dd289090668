"""The last save does not win in silence: each form carries the version it shows."""

from __future__ import annotations

import html

import pytest

from seatrobot.conftest import as_
from seatrobot.contacts.models import ContactRecord
from seatrobot.contacts.services import create
from seatrobot.events import services as events
from seatrobot.events.facts import ActivityFacts
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import bulk, editing
from seatrobot.guests.services.fields import FieldFacts
from seatrobot.guests.services.fields import add as add_field
from seatrobot.organizations.models import Membership
from seatrobot.organizations.permissions import GrantedRole, Role
from seatrobot.organizations.services import change_member
from seatrobot.web.tests.page_forms import forms_of

PAGES = {
    "event": ("venue", "Old Hall", "title", "Late Dinner", "Congress Dinner"),
    "activity": ("place", "Chapel", "title", "Vespers", "Ceremony"),
    "organization": ("name", "Fund", "name", "Trust", "Foundation"),
    "security": ("session_hours", "8", "domains", "example.org", ""),
    "member": ("role-None", "door", "until-None", "2027-05-01", ""),
    "contact": ("company", "ACME", "phone", "+49 30 1234", ""),
    "guest": ("company", "Globex", "notes", "Comes late", ""),
    "party": ("party-label", "Adams", "party-note", "By the stage", ""),
    "column": ("label", "Lodging", "choices", "Ritz\nPlaza", ""),
}
"""For each form: what Bob saves, and what Alice has typed meanwhile; last what she saw there."""


@pytest.fixture
def places(alice, bob, dinner):
    """The page and the address of each form."""
    with as_(alice):
        guest = editing.add(actor=alice, event=dinner, record=GuestRecord("Alma", "Adams"))
        contact = create(actor=alice, record=ContactRecord(first_name="Kim", emails=["k@x.test"]))
        activity = events.add_activity(actor=alice, event=dinner, facts=ActivityFacts("Ceremony"))
        field = add_field(actor=alice, event=dinner, facts=FieldFacts("Hotel"))
        membership = Membership.objects.get(account_id=bob.account_id)
        everywhere = [GrantedRole(Role.VIEWER, None)]
        change_member(
            actor=alice, membership_id=membership.pk, role=Role.LIMITED, grants=everywhere
        )
    home = f"/o/{alice.organization_id}/"
    event = f"{home}events/{dinner.pk}/"
    person = f"{event}guests/{guest.pk}/"
    return {
        "event": (f"{event}settings/", f"{event}settings/"),
        "activity": (f"{event}activities/", f"{event}activities/{activity.pk}/"),
        "organization": (f"{home}settings/", f"{home}settings/"),
        "security": (f"{home}settings/security/", f"{home}settings/security/"),
        "member": (f"{home}members/{membership.pk}/", f"{home}members/{membership.pk}/"),
        "contact": (f"{home}contacts/{contact.pk}/", f"{home}contacts/{contact.pk}/"),
        "guest": (person, person),
        "party": (person, f"{person}party/"),
        "column": (f"{event}guests/columns/", f"{event}guests/columns/{field.pk}/"),
        "ids": (guest, dinner),
    }


def opened(browser, place, name, where):
    """Return the form of a page as it would be sent unchanged."""
    return form_in(browser.get(place).content.decode(), place, name, where)


def form_in(text, place, name, where):
    action = "" if place == where else where
    forms = (form.values for form in forms_of(text) if form.action == action)
    return next(values for values in forms if name in values)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("page", PAGES)
def test_two_who_save_one_form_hear_of_each_other(client_of, alice, places, page):
    place, where = places[page]
    theirs, they_say, mine, i_say, _before = PAGES[page]
    browser = client_of(alice)
    form = opened(browser, place, mine, where)
    assert browser.post(where, form | {theirs: [they_say]}).status_code == 302
    answer = browser.post(where, form | {mine: [i_say]})
    text = html.unescape(answer.content.decode())
    assert answer.status_code == 422
    assert "meanwhile" in text
    table = text.partition('class="differences"')[2].partition("</section>")[0]
    assert shown(they_say) in table
    kept = form_in(answer.content.decode(), place, mine, where)
    assert kept[mine] == [i_say]
    if theirs != mine:
        assert kept[theirs] == [they_say]  # Alice had not touched it
    again = browser.post(where, kept)
    assert again.status_code == 302
    last = opened(browser, place, mine, where)
    assert last[mine] == [i_say]
    assert last[theirs] == [i_say if theirs == mine else they_say]


def shown(value):
    return {"8": "8 hours", "door": "Door: checks guests in, sees nothing else"}.get(value, value)


@pytest.mark.django_db(transaction=True)
def test_a_change_of_something_else_stops_nobody(client_of, alice, places):
    """A check-in changes the guest's row, and nothing that the form shows."""
    place, where = places["guest"]
    guest, dinner = places["ids"]
    browser = client_of(alice)
    form = opened(browser, place, "notes", where)
    with as_(alice):
        bulk.check_in(actor=alice, event=dinner, ids=[guest.pk])
    assert browser.post(where, form | {"notes": ["Comes late"]}).status_code == 302
    with as_(alice):
        guest.refresh_from_db()
        assert (guest.sealed.notes, guest.checked_in_at is not None) == ("Comes late", True)
