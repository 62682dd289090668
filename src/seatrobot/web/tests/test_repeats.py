"""A form that is sent twice makes one thing: every form that makes something."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from procrastinate.contrib.django.models import ProcrastinateJob

from seatrobot.conftest import as_
from seatrobot.contacts.models import Contact
from seatrobot.events.models import Activity, Event, Field
from seatrobot.guests.models import Guest, Import
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import editing
from seatrobot.kernel import features
from seatrobot.kernel.journal.actions import Kind
from seatrobot.organizations.models import Invitation
from seatrobot.web.tests.page_forms import forms_of

TIMES = {"starts_at": ["2027-05-01T18:00"], "ends_at": ["2027-05-01T23:00"]}
FORMS = {
    "event:event:create": ("events/new/", Event, {"title": "Gala", "time_zone": "UTC", **TIMES}),
    "event:activity:create": ("{event}activities/", Activity, {"title": "Ceremony"}),
    "guest:field:create": ("{event}guests/columns/", Field, {"label": "Hotel"}),
    "guest:guest:create": ("{event}guests/add/", Guest, {"first_name": "Kim", "last_name": "Li"}),
    "plus-one": ("{guest}", Guest, {"first_name": "Pat", "last_name": "Li"}),
    "contact:contact:create": (
        "contacts/new/",
        Contact,
        {"first_name": "Kim", "emails": "kim@x.example"},
    ),
    "organization:member:invite": (
        "members/invite/",
        Invitation,
        {"name": "Ada", "email": "ada@x.example", "role": "team"},
    ),
}
"""By the action: the page, what it makes, and what is typed."""
ELSEWHERE = {
    "checkin:guest:admit": "a tap with an identifier: checkin/tests/test_services.py",
    "checkin:guest:check-in": "a tap with an identifier: checkin/tests/test_services.py",
    "guest:list:import": "below",
    "seating:table:create": "seating/tests",
    "seating:rule:create": "seating/tests",
    "seating:plan:accept": "a proposal is taken once: seating/tests",
    "seating:plan:propose": "one run at a time in a room: seating/tests/test_robot.py",
    "organization:member:join": "by a link that works once",
    "organization:organization:create": "by a link that works once",
    "organization:organization:link": "each link is another one, and the last counts",
    "organization:own-key:adopt": "each sheet is another one, and the last counts",
    "organization:own-key:hold": "the same key twice is the same key; the last counts",
    "organization:own-key:unlock": "what is unlocked stays so: organizations/tests",
    "organization:webhook:create": "the same address is refused: practices/subscribing/tests",
    "support:grant:ask": "one open grant a person: grants/tests/test_services.py",
    "support:grant:approve": "a grant opens once: grants/tests/test_services.py",
    "support:grant:open": "a grant opens once: grants/tests/test_services.py",
    "account:recovery-codes:create": "new codes replace the old ones",
}


def test_every_action_that_makes_something_is_here():
    made = {name for name, action in features.actions().items() if action.kind == Kind.BEGINNING}
    alike = {name for name in made if name.startswith(("account:", "staff:", "promise:"))}
    assert made - alike - FORMS.keys() - ELSEWHERE.keys() == set()


@pytest.mark.parametrize("action", FORMS)
def test_a_form_sent_twice_makes_one(client_of, alice, dinner, action):
    browser = client_of(alice)
    page, model, typed = FORMS[action]
    with as_(alice):
        host = editing.add(actor=alice, event=dinner, record=GuestRecord("Alma", "Adams"))
        before = model.objects.count()
    home = f"/o/{alice.organization_id}/"
    event = f"{home}events/{dinner.pk}/"
    place = page.format(event=event, guest=f"{event}guests/{host.pk}/")
    place = place if place.startswith("/") else home + place
    ending = "plus-one/" if action == "plus-one" else ""
    forms = forms_of(browser.get(place).content.decode())
    names = typed.keys()
    form = next(
        f for f in forms if names <= f.values.keys() | {"role"} and f.action.endswith(ending)
    )
    for _time in range(2):
        assert browser.post(form.action or place, form.values | typed).status_code == 302
    with as_(alice):
        assert model.objects.count() == before + 1
    another = next(
        f for f in forms_of(browser.get(place).content.decode()) if f.action == form.action
    )
    changed = typed | ({"email": "eve@x.example"} if "email" in typed else {})
    assert browser.post(form.action or place, another.values | changed).status_code == 302
    with as_(alice):
        assert model.objects.count() == before + 2


def test_import_pressed_twice_runs_once(client_of, alice, dinner):
    browser = client_of(alice)
    place = f"/o/{alice.organization_id}/events/{dinner.pk}/guests/import/"
    file = SimpleUploadedFile("a.csv", b"first name,last name\nAlma,Adams\n", "text/csv")
    columns = browser.post(place, {"file": file})["Location"]
    form = next(
        f for f in forms_of(browser.get(columns).content.decode()) if "default_status" in f.values
    )
    assert browser.post(columns, form.values).status_code == 302
    with as_(alice):
        upload = Import.objects.get()
    answers = [browser.post(f"{place}{upload.pk}/run/") for _time in range(2)]
    assert [a.status_code for a in answers] == [302, 302]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert ProcrastinateJob.objects.filter(task_name="guests.import").count() == 1
