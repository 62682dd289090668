"""Events: made, changed, deleted; each page per role; what is refused in one sentence."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, connections

from seatrobot.conftest import as_
from seatrobot.events import services
from seatrobot.events.facts import ActivityFacts, EventFacts, WrongEvent
from seatrobot.events.feature import Action
from seatrobot.events.models import Activity, Event, EventRecord
from seatrobot.events.reading import LONGEST_QUERY, activity_versions
from seatrobot.events.templatetags.event_times import when
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.principals import NotAllowed
from seatrobot.kernel.refusal import Refused

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
        ({"starts_at": "0001-01-01T00:00"}, "Choose a date in the years 1900 to 2199."),
        ({"ends_at": "9999-12-31T23:59"}, "Choose a date in the years 1900 to 2199."),
        (
            {"ends_at": "9999-12-31T23:59", "time_zone": "America/New_York"},
            "Choose a date in the years 1900 to 2199.",
        ),
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


def test_a_title_with_spaces_around_is_typed_as_it_is_shown(client_of, alice, dinner, address):
    with as_(alice):
        dinner.sealed = EventRecord("  Congress   Dinner ")
        dinner.save()
    client_of(alice).post(address(f"{dinner.pk}/delete/"), {"title": "Congress Dinner"})
    with as_(alice):
        assert not Event.objects.exists()


def test_search_ignores_case_and_accents(client_of, alice, dinner, address):
    browser = client_of(alice)
    browser.post(address("new/"), SAID)
    found = browser.get(address("?q=GROSSENWAHN cafe")).context["cards"]
    assert [card["event"].title for card in found] == ["Summer party"]


def test_a_search_is_read_no_further_than_a_title_is_long(client_of, alice, address):
    page = client_of(alice).get(address(), {"q": "summer " * 500 + "winter"})
    assert len(page.context["query"]) == LONGEST_QUERY


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


@pytest.mark.django_db(transaction=True)
def test_two_who_change_one_event_hear_of_each_other(client_of, alice, dinner, address):
    browser = client_of(alice)
    where = address(f"{dinner.pk}/settings/")
    first = browser.get(where).context["form"]
    said = {field.html_name: field.value() for field in first if field.value() is not None}
    said |= {"starts_at": "2027-01-20T18:00", "ends_at": "2027-01-20T22:00"}
    assert browser.post(where, said | {"capacity": "7"}).status_code == 302
    page = browser.post(where, said | {"title": "Another title"})
    assert page.status_code == 422
    assert "Somebody else changed this event meanwhile" in page.content.decode()
    assert 'value="Another title"' in page.content.decode()
    with as_(alice):
        event = Event.objects.get()
        assert (event.title, event.capacity) == ("Congress Dinner", 7)


def test_a_form_sent_twice_makes_one_event(client_of, alice, address):
    browser = client_of(alice)
    key = browser.get(address("new/")).context["form"]["event_id"].value()
    for _ in range(2):
        assert browser.post(address("new/"), SAID | {"event_id": str(key)}).status_code == 302
    with as_(alice):
        assert Event.objects.count() == Activity.objects.count() == 1


ACTIVITY = {"title": "Ceremony", "place": "Chapel", "starts_at": "2027-01-20T16:00"}


def test_an_activity_is_added_once_changed_and_removed(client_of, alice, dinner, address):
    browser = client_of(alice)
    where = address(f"{dinner.pk}/activities/")
    key = UUID(browser.get(where).context["form"]["activity_id"].value())
    for _ in range(2):
        page = browser.post(where, ACTIVITY | {"activity_id": str(key)}, follow=True)
        assert "Ceremony" in page.content.decode()
    with as_(alice):
        ceremony = Activity.objects.get(position=1)
        assert (ceremony.pk, ceremony.sealed.place) == (key, "Chapel")
        assert ceremony.starts_at == datetime(2027, 1, 20, 21, tzinfo=UTC)
    row = browser.get(where).context["rows"][0]
    said = ACTIVITY | {"title": "Vows", "capacity": "9", "seen": row["form"]["seen"].value()}
    page = browser.post(f"{where}{key}/", said, follow=True)
    assert "The activity is saved." in page.content.decode()
    page = browser.post(f"{where}{key}/", said | {"ends_at": "2027-01-20T15:00"})
    assert page.status_code == 422
    assert "The activity ends before it starts" in page.content.decode()
    browser.post(f"{where}{key}/", {"do": "remove"})
    with as_(alice):
        assert [activity.position for activity in Activity.objects.all()] == [0]


def test_the_first_activity_goes_with_the_event_alone(alice, dinner):
    with as_(alice), pytest.raises(Refused, match="delete the event instead"):
        services.remove_activity(actor=alice, activity=dinner.activity)


def test_an_activity_where_somebody_has_arrived_stays(alice, dinner):
    from seatrobot.guests import arrivals
    from seatrobot.guests.records import GuestRecord
    from seatrobot.guests.services import editing

    with as_(alice):
        ceremony = services.add_activity(actor=alice, event=dinner, facts=ActivityFacts("Ceremony"))
        guest = editing.add(actor=alice, event=dinner, record=GuestRecord(last_name="A"))
        arrivals.arrive(event_id=dinner.pk, activity_id=ceremony.pk, guest_ids=[guest.pk], by=None)
        with pytest.raises(Refused, match="undo the check-ins first"):
            services.remove_activity(actor=alice, activity=ceremony)
        arrivals.take_back(event_id=dinner.pk, guest_ids=[guest.pk], by=None, everywhere=True)
        services.remove_activity(actor=alice, activity=ceremony)


def test_nobody_with_one_activity_reads_the_word(client_of, alice, dinner, address):
    page = client_of(alice).get(address(f"{dinner.pk}/"))
    assert "ctivit" not in page.content.decode()


def test_every_date_that_a_form_takes_is_shown_in_every_zone(client_of, alice, dinner, address):
    browser = client_of(alice)
    where = address(f"{dinner.pk}/activities/")
    for wrong in ("9999-12-31T20:00", "0001-01-01T00:00", "2200-01-01T00:00", "1899-12-31T23:59"):
        page = browser.post(where, {"title": "Ceremony", "starts_at": wrong})
        assert page.status_code == 422
    said = {"title": "Ceremony", "starts_at": "1900-01-01T00:00", "ends_at": "2199-12-31T23:59"}
    assert browser.post(where, said).status_code == 302
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"):
        with as_(alice):
            Event.objects.update(time_zone=zone)
        assert browser.get(where).status_code == 200


@pytest.mark.parametrize("moment", ["0001-12-31 00:00:00+00 BC", "10000-01-01 00:00:00+00"])
@pytest.mark.parametrize("table", ["events_event", "events_activity"])
def test_the_database_keeps_no_date_that_python_cannot_read(table, moment, alice, dinner):
    column = "starts_at" if "BC" in moment else "ends_at"
    with pytest.raises(IntegrityError, match="_dates"), as_(alice), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s", [moment])


def test_the_first_activity_is_changed_with_the_event_alone(client_of, alice, dinner, address):
    with as_(alice):
        before = Activity.objects.get()
        seen = activity_versions(dinner.pk)[before.pk]
    where = address(f"{dinner.pk}/activities/{before.pk}/")
    page = client_of(alice).post(where, ACTIVITY | {"capacity": "1", "seen": seen})
    assert page.status_code == 422
    with as_(alice):
        assert Activity.objects.get().capacity == before.capacity
        with pytest.raises(Refused, match="change the event instead"):
            services.change_activity(
                actor=alice, activity=before, facts=ActivityFacts("Ceremony"), seen=seen
            )


def test_a_form_with_the_identifier_of_others_is_refused(
    client_of, alice, charlie, dinner, address
):
    theirs = f"/o/{charlie.organization_id}/events/new/"
    page = client_of(charlie).post(theirs, SAID | {"event_id": str(dinner.pk)})
    assert page.status_code == 422
    assert "This form cannot be used again" in page.content.decode()
    browser = client_of(alice)
    browser.post(address("new/"), SAID)
    with as_(alice):
        other = Activity.objects.exclude(event=dinner).get()
    where = address(f"{dinner.pk}/activities/")
    page = browser.post(where, ACTIVITY | {"activity_id": str(other.pk)})
    assert page.status_code == 422
    assert "This form cannot be used again" in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_several_times_at_one_moment_makes_one_event(client_of, alice, address):
    browsers = [client_of(alice) for _ in range(6)]
    said = SAID | {"event_id": str(new_id())}
    barrier = Barrier(len(browsers))

    def send(browser):
        barrier.wait()
        try:
            return browser.post(address("new/"), said).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(browsers)) as pool:
        assert set(pool.map(send, browsers)) == {302}
    with as_(alice):
        assert Event.objects.count() == Activity.objects.count() == 1
        assert Entry.objects.filter(action=Action.EVENT_CREATE).count() == 1


def local_event(client_of, alice, address, starts, ends):
    """Make an event in Berlin by the form; return how its times are said."""
    said = {"title": "Night", "starts_at": starts, "ends_at": ends, "time_zone": "Europe/Berlin"}
    answer = client_of(alice).post(address("new/"), said)
    assert answer.status_code == 302, answer.context["form"].errors
    with as_(alice):
        return when(Event.objects.latest("created_at"))


def test_an_end_after_the_clocks_change_has_its_own_zone(client_of, alice, address):
    text = local_event(client_of, alice, address, "2027-10-30T20:00", "2027-10-31T04:00")
    assert "(CEST) to" in text
    assert text.endswith("(CET)")


def test_the_second_of_two_equal_hours_can_be_the_end(client_of, alice, address):
    text = local_event(client_of, alice, address, "2027-10-31T02:45", "2027-10-31T02:15")
    assert text.endswith("(CET)")
