"""Who may: each page and service per role; Charlie finds nothing anywhere."""

import pytest

from seatrobot.conftest import as_
from seatrobot.events.models import Field
from seatrobot.guests.models import Guest, Import
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.searching import Listing, Search
from seatrobot.guests.services import (
    bulk,
    contacts,
    editing,
    exporting,
    fields,
    imports,
    parties,
)
from seatrobot.guests.services.fields import FieldFacts
from seatrobot.guests.services.parties import PartyFacts
from seatrobot.guests.statuses import Status
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.principals import NotAllowed

SEE, CHANGE = ("alice", "bob", "max_", "vera"), ("alice", "bob", "max_")
EVERYBODY = ("alice", "bob", "max_", "vera", "doris", "charlie")
PAGES = {
    "": SEE,
    "export.csv": CHANGE,
    "export.xlsx": CHANGE,
    "add/": CHANGE,
    "columns/": CHANGE,
    "import/": CHANGE,
    "{guest}/": SEE,
    "import/{upload}/columns/": CHANGE,
    "import/{upload}/check/": CHANGE,
    "import/{upload}/problems.csv": CHANGE,
    "import/{upload}/progress/": CHANGE,
}
ACTIONS = (
    *("bulk/", "add/", "import/", "{guest}/remove/", "{guest}/plus-one/", "{guest}/party/"),
    *(
        "{guest}/together/",
        "{guest}/arrival/",
        "{guest}/contact/",
        "{guest}/delivery/",
        "columns/",
        "columns/{field}/",
    ),
    *("{guest}/", "import/{upload}/columns/", "import/{upload}/run/", "import/{upload}/discard/"),
)


@pytest.fixture
def people(alice, bob, max_, vera, doris, charlie):
    everybody = (alice, bob, max_, vera, doris, charlie)
    return dict(zip(EVERYBODY, everybody, strict=True))


@pytest.fixture
def places(alice, dinner, add, field):
    guest = add("Alma Adams")
    with as_(alice):
        data = b"first name,last name\nBella,Abzug\n"
        upload = imports.receive(actor=alice, event=dinner, filename="a.csv", data=data)
        mapping = imports.guessed(imports.sheet_of(actor=alice, upload=upload))
        imports.set_mapping(
            actor=alice, upload=upload, mapping=mapping, default_status=Status.CONFIRMED
        )
    return {"guest": guest.pk, "upload": upload.pk, "field": field("Hotel").pk}


def refusal(name):
    return 404 if name == "charlie" else 403


@pytest.mark.parametrize("name", EVERYBODY)
def test_pages(name, people, places, client_of, address):
    browser = client_of(people[name])
    answers = {page: browser.get(address(page.format(**places))).status_code for page in PAGES}
    wanted = {
        page: (200, 302) if name in allowed else (refusal(name),) for page, allowed in PAGES.items()
    }
    assert {page: answers[page] in wanted[page] for page in PAGES} == dict.fromkeys(PAGES, True)


@pytest.mark.parametrize("name", ["vera", "doris", "charlie"])
@pytest.mark.parametrize("action", ACTIONS)
def test_actions_of_those_who_may_not(name, action, alice, people, places, client_of, address):
    said = {"all": "1", "do": "remove", "first_name": "X", "label": "X", "type": "text"}
    answer = client_of(people[name]).post(address(action.format(**places)), said)
    assert answer.status_code == refusal(name)
    with as_(alice):
        assert Guest.objects.count() == Import.objects.count() == Field.objects.count() == 1
        assert Guest.objects.get().checked_in_at is None


def test_actions_happen_by_post_alone(alice, places, client_of, address):
    browser = client_of(alice)
    for action in ("bulk/", "{guest}/remove/", "{guest}/plus-one/", "{guest}/party/"):
        assert browser.get(address(action.format(**places))).status_code == 405


@pytest.mark.parametrize("name", ["vera", "doris"])
def test_services_ask_for_themselves(name, people, places, dinner, alice):
    member = people[name]
    with as_(alice):
        guest = Guest.objects.select_related("event").get()
        upload = Import.objects.select_related("event").get()
        several = {"actor": member, "event": dinner, "ids": [guest.pk]}
        record = GuestRecord(last_name="X")
        one = {"actor": member, "record": record}
        party = guest.party
        facts = FieldFacts("Hotel")
        column = {"actor": member, "event": dinner, "field_id": new_id()}
        calls = [
            lambda: editing.add(event=dinner, **one),
            lambda: editing.add_plus_one(host=guest, **one),
            lambda: editing.change(guest=guest, **one),
            lambda: editing.set_delivery(actor=member, guest=guest, delivery=None),
            lambda: parties.join(actor=member, guest=guest, other=guest),
            lambda: parties.leave(actor=member, guest=guest),
            lambda: parties.change(actor=member, party=party, facts=PartyFacts(), seen=""),
            lambda: contacts.keep(actor=member, guest=guest),
            lambda: contacts.unlink(actor=member, guest=guest),
            lambda: contacts.linking(actor=member, event_id=dinner.pk, keep=False),
            lambda: fields.add(actor=member, event=dinner, facts=facts),
            lambda: fields.change(facts=facts, seen="", **column),
            lambda: fields.move(up=True, **column),
            lambda: fields.remove(**column),
            lambda: bulk.set_reply(reply="declined", **several),
            lambda: bulk.check_in(**several),
            lambda: bulk.take_back(**several),
            lambda: bulk.add_tag(tag="x", **several),
            lambda: bulk.remove_tag(tag="x", **several),
            lambda: bulk.remove(**several),
            lambda: imports.receive(actor=member, event=dinner, filename="a", data=b"a,b\n1,2\n"),
            lambda: imports.run(actor=member, upload=upload, skip_problems=True),
            lambda: imports.start(actor=member, event_id=dinner.pk, upload_id=upload.pk),
            lambda: imports.discard(actor=member, upload=upload),
            lambda: exporting.export(
                actor=member, event=dinner, listing=Listing(Search()), kind="csv"
            ),
        ]
        for call in calls:
            with pytest.raises(NotAllowed):
                call()


def test_a_page_asks_the_database_as_often_for_a_thousand_guests(
    alice, dinner, client_of, address, django_assert_num_queries, add
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    add("Alma Adams")
    browser = client_of(alice)
    with CaptureQueriesContext(connection) as few:
        browser.get(address())
    with as_(alice):
        lines = "".join(f"Guest,{number}\n" for number in range(1000)).encode()
        data = b"first name,last name\n" + lines
        upload = imports.receive(actor=alice, event=dinner, filename="a.csv", data=data)
        mapping = imports.guessed(imports.sheet_of(actor=alice, upload=upload))
        imports.set_mapping(
            actor=alice, upload=upload, mapping=mapping, default_status=Status.CONFIRMED
        )
        imports.run(actor=alice, upload=upload, skip_problems=False, overbook=True)
    with django_assert_num_queries(len(few)):
        browser.get(address())
