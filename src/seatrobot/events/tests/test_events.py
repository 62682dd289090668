"""Events: made, changed, deleted; each page per role; what is refused in one sentence."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from seatrobot.conftest import as_
from seatrobot.events import services
from seatrobot.events.facts import EventFacts, WrongEvent
from seatrobot.events.feature import Action
from seatrobot.events.models import Event
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.principals import NotAllowed

EVERYBODY = ("alice", "bob", "max_", "vera", "doris", "charlie")
ALL_SEE = ("alice", "bob", "max_", "vera")
PAGES = {
    "": ALL_SEE,
    "new/": ("alice", "bob"),
    "{event}/": ALL_SEE,
    "{event}/settings/": ("alice", "bob", "max_"),
    "{event}/delete/": ("alice", "bob"),
}
SAID = {
    "title": "Summer party",
    "venue": "Café Größenwahn",
    "starts_at": "2027-07-01T19:00",
    "ends_at": "2027-07-01T23:30",
    "time_zone": "Europe/Berlin",
    "capacity": "80",
    "description": "",
}


@pytest.fixture
def people(alice, bob, max_, vera, doris, charlie):
    everybody = (alice, bob, max_, vera, doris, charlie)
    return dict(zip(EVERYBODY, everybody, strict=True))


@pytest.fixture
def address(alice):
    return lambda page="": f"/o/{alice.organization_id}/events/{page}"


@pytest.mark.parametrize("name", EVERYBODY)
def test_pages(name, people, dinner, client_of, address):
    browser = client_of(people[name])
    answers = {
        page: browser.get(address(page.format(event=dinner.pk))).status_code for page in PAGES
    }
    refusal = 404 if name == "charlie" else 403
    wanted = {page: 200 if name in may else refusal for page, may in PAGES.items()}
    if name == "doris":
        wanted[""] = 302  # to her door
    assert answers == wanted


def test_an_event_is_made_in_its_own_zone(client_of, alice, address):
    page = client_of(alice).post(address("new/"), SAID, follow=True)
    assert page.status_code == 200
    assert "Summer party" in page.content.decode()
    assert "7 p.m. to 11:30 p.m. (CEST)" in page.content.decode()
    with as_(alice):
        event = Event.objects.get()
        assert event.starts_at == datetime(2027, 7, 1, 19, tzinfo=ZoneInfo("Europe/Berlin"))
        assert (event.capacity, event.sealed.venue) == (80, "Café Größenwahn")
        assert Entry.objects.filter(action=Action.EVENT_CREATE, subject_id=event.pk).exists()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"ends_at": "2027-07-01T18:00"}, "The event ends before it starts"),
        ({"title": " "}, "This field is required."),
        ({"title": "A" * 201}, "at most 200 characters"),
        ({"time_zone": "Moon/Base"}, "Select a valid choice"),
        ({"capacity": "-1"}, "greater than or equal to 0"),
        ({"starts_at": "soon"}, "Enter a valid date/time."),
        ({"starts_at": "2027-03-28T02:30"}, "The clocks skip this time"),
    ],
)
def test_what_cannot_be_is_said_on_the_field(said, sentence, client_of, alice, address):
    page = client_of(alice).post(address("new/"), SAID | said)
    assert page.status_code == 422
    assert sentence in page.content.decode()
    with as_(alice):
        assert not Event.objects.exists()


def test_the_service_refuses_an_event_that_ends_first(alice):
    start = datetime(2027, 1, 1, tzinfo=UTC)
    with as_(alice), pytest.raises(WrongEvent, match="ends before it starts"):
        services.create(actor=alice, facts=EventFacts("New Year", start, start))


def test_a_change_is_journalled_with_what_changed(client_of, alice, dinner, address):
    browser = client_of(alice)
    form = browser.get(address(f"{dinner.pk}/settings/")).context["form"]
    said = {name: form[name].value() or "" for name in form.fields} | {"venue": "Elsewhere"}
    for name in ("starts_at", "ends_at"):
        said[name] = f"{said[name]:%Y-%m-%dT%H:%M}"
    page = browser.post(address(f"{dinner.pk}/settings/"), said, follow=True)
    assert "Elsewhere" in page.content.decode()
    with as_(alice):
        entry = Entry.objects.get(action=Action.EVENT_CHANGE)
        assert entry.sealed.facts["changed"] == ["venue"]


def test_deleting_needs_the_title_typed(client_of, alice, dinner, address):
    browser = client_of(alice)
    page = browser.post(address(f"{dinner.pk}/delete/"), {"title": "congress dinner"})
    assert "exactly as it is shown" in page.content.decode()
    browser.post(address(f"{dinner.pk}/delete/"), {"title": "Congress Dinner"})
    with as_(alice):
        assert not Event.objects.exists()
        assert Entry.objects.filter(action=Action.EVENT_DELETE, event_id=dinner.pk).exists()


def test_search_ignores_case_and_accents(client_of, alice, dinner, address):
    browser = client_of(alice)
    browser.post(address("new/"), SAID)
    found = browser.get(address("?q=GROSSENWAHN cafe")).context["cards"]
    assert [card["event"].title for card in found] == ["Summer party"]


def test_services_ask_for_themselves(vera, max_, dinner):
    start = datetime(2027, 1, 1, tzinfo=UTC)
    facts = EventFacts("X", start, start.replace(day=2))
    with as_(max_):
        for call in (
            lambda: services.create(actor=max_, facts=facts),
            lambda: services.delete(actor=max_, event=dinner, typed_title="Congress Dinner"),
            lambda: services.change(actor=vera, event=dinner, facts=facts),
        ):
            with pytest.raises(NotAllowed):
                call()
