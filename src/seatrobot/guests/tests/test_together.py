"""Several at once: places are never overbooked unknowingly, processes agree, nothing is lost."""

import json
import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from seatrobot.conftest import as_
from seatrobot.documents.reading import read_sheet
from seatrobot.guests import arrivals, capacity
from seatrobot.guests.capacity import CapacityExceeded
from seatrobot.guests.guest_list import open_list
from seatrobot.guests.models import Guest
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import bulk, editing, imports
from seatrobot.guests.services.editing import ChangedMeanwhile
from seatrobot.guests.statuses import CONFIRMED, HELD, Status
from seatrobot.kernel.ids import new_id
from seatrobot.runtime import roles

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(acts):
    """Run all of these at one moment, each with a connection of its own; return what came of it."""
    barrier = Barrier(len(acts))

    def run(act):
        barrier.wait()
        try:
            return act()
        except CapacityExceeded as full:
            return full
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_a_pool_is_never_overbooked_unknowingly(alice, dinner, add):
    """Every way to a place at one moment: five places, and twelve who want one."""
    host, *waiting = [add("Alma Adams"), *(add(f"W {n}", Status.WAITLISTED) for n in range(6))]
    with as_(alice):
        dinner.activity.capacity = 6
        dinner.activity.save()
    record = GuestRecord(last_name="X")

    def acting(service, **said):
        def act():
            with as_(alice):
                return service(actor=alice, **said)

        return act

    def imported():
        with as_(alice):
            capacity.lock_list(dinner.pk)
            sheet = read_sheet(b"name\nAnn Lee\nBo Li\n", "guests.csv")
            listed = open_list(alice, dinner.pk)
            found = imports.comparison(listed, sheet, imports.guessed(sheet), Status.CONFIRMED)
            imports.finish(actor=alice, event=dinner, incoming=found, skip_problems=False)

    acts = [
        *(acting(editing.add, event=dinner, record=record) for _ in range(2)),
        *(acting(editing.add_plus_one, host=host, record=GuestRecord(), facts=HELD) for _ in "ab"),
        acting(editing.change, guest=waiting[0], record=record, reply="confirmed"),
        acting(editing.change, guest=waiting[1], record=record, reply="confirmed"),
        acting(bulk.set_reply, event=dinner, ids=[g.pk for g in waiting[2:4]], reply="confirmed"),
        acting(bulk.check_in, event=dinner, ids=[waiting[4].pk]),
        imported,
    ]
    results = at_once(acts)
    assert any(isinstance(result, CapacityExceeded) for result in results)
    with as_(alice):
        assert capacity.taken(dinner.activity) <= 6
        if not any(isinstance(r, CapacityExceeded) and r.facts["wanted"] > 1 for r in results):
            assert capacity.taken(dinner.activity) == 6


def test_a_claim_alone_lets_one_at_a_time_take_places(alice, dinner, add):
    """As the door does, which locks nothing else of the list."""
    waiting = [add(f"W {n}", Status.WAITLISTED) for n in range(4)]
    with as_(alice):
        dinner.activity.capacity = 1
        dinner.activity.save()

    def come(guest):
        def act():
            with as_(alice):
                capacity.reserve(dinner.activity)
                Guest.objects.filter(pk=guest.pk).update(reply="confirmed")

        return act

    results = at_once([come(guest) for guest in waiting])
    assert sum(isinstance(result, CapacityExceeded) for result in results) == 3
    with as_(alice):
        assert capacity.taken(dinner.activity) == 1


SHOW = """
import json, sys
from uuid import UUID
from seatrobot.runtime.application import application
with application():
    from seatrobot.guests.forms import GuestForm
    from seatrobot.guests.guest_list import open_list
    from seatrobot.guests.reading import load_guest
    from seatrobot.kernel.principals import Operator
    organization, event, guest = (UUID(text) for text in sys.argv[1:])
    operator = Operator.service(organization, "tests")
    with operator.acting():
        listed = open_list(operator, event)
        form = GuestForm(guest_list=listed, record=load_guest(operator, event, guest).sealed)
        columns = [(bound.html_name, bound.label, bound.value()) for bound in form.answer_fields]
        print(json.dumps({"columns": columns, "version": listed.version}))
"""


def test_columns_are_named_and_ordered_alike_in_two_processes(alice, dinner, add, field, postgres):
    """Saving a guest unchanged once swapped two columns, as each process had its own order."""
    hotel, allergy, *others = [field(label, 1) for label in ("Hotel", "Allergy", *"abcdef")]
    add("Anna One", answers={hotel.pk: "Ritz"})
    ben = add("Ben Two", answers={allergy.pk: "Nuts", hotel.pk: "Plaza"})
    url = postgres.url(roles.APP)

    def in_a_process(seed):
        environment = os.environ | {"PYTHONHASHSEED": seed, "DATABASE_URL": url}
        arguments = [str(dinner.organization_id), str(dinner.pk), str(ben.pk)]
        command = [sys.executable, "-c", SHOW, *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, check=False, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    first, second = in_a_process("1"), in_a_process("2")
    with as_(alice):
        version = open_list(alice, dinner.pk).version
    assert first == second
    assert first["version"] == version
    keys = sorted(own.pk for own in (hotel, allergy, *others))
    assert [name for name, _label, _value in first["columns"]] == [
        f"answer_{key.hex}" for key in keys
    ]
    values = {label: value for _name, label, value in first["columns"] if value}
    assert values == {"Hotel": "Plaza", "Allergy": "Nuts"}


@pytest.mark.parametrize("seed", range(4))
def test_nothing_that_was_acknowledged_is_lost(alice, dinner, add, seed):
    """Check-ins, taking back, replies, tags, edits and imports of several people at random."""
    chance = random.Random(seed)
    guests = [add(f"Guest {n}", email=f"g{n}@dinner.example", reference=f"R{n}") for n in range(6)]
    ids = [guest.pk for guest in guests]

    def check_in(who):
        with as_(alice):
            arrivals.arrive(event_id=dinner.pk, guest_ids=[ids[who]], by=None, ids=[new_id()])

    def tag(who):
        with as_(alice):
            bulk.add_tag(actor=alice, event=dinner, ids=[ids[who]], tag=f"t{who}")

    def reply(who):
        with as_(alice):
            bulk.set_reply(actor=alice, event=dinner, ids=[ids[who]], reply="tentative")

    def edit(who):
        with as_(alice):
            guest = Guest.objects.select_related("event").get(pk=ids[who])
            record = guest.sealed
            record.company = f"c{who}"
            try:
                editing.change(actor=alice, guest=guest, record=record, seen=guest.changed_at)
            except ChangedMeanwhile:
                return False
        return True

    def phones(_who):
        rows = "".join(f"R{n},Guest,{n},+{n}\n" for n in range(6))
        sheet = read_sheet(f"reference,first name,last name,phone\n{rows}".encode(), "a.csv")
        with as_(alice):
            capacity.lock_list(dinner.pk)
            listed = open_list(alice, dinner.pk)
            found = imports.comparison(listed, sheet, imports.guessed(sheet), Status.CONFIRMED)
            imports.finish(actor=alice, event=dinner, incoming=found, skip_problems=False)

    acts = [(act, who) for act in (check_in, tag, reply, edit) for who in range(6)]
    acts += [(phones, 0)] * 2
    chance.shuffle(acts)

    def worker(share):
        try:
            return [(act, who) for act, who in share if act(who) is not False]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        done = [one for part in pool.map(worker, [acts[n::4] for n in range(4)]) for one in part]
    with as_(alice):
        listed = open_list(alice, dinner.pk)
        for act, who in done:
            guest = listed.guests[ids[who]]
            told = {
                check_in: guest.checked_in_at is not None,
                tag: f"t{who}" in guest.record.tags,
                reply: guest.facts.reply_word == "tentative",
                edit: guest.record.company == f"c{who}",
                phones: all(
                    g.record.phone == f"+{n}" for n, g in enumerate(map(listed.guests.get, ids))
                ),
            }
            assert told[act], (act.__name__, who)


def test_a_host_who_declines_is_asked_about_plus_ones(client_of, alice, dinner, add, address):
    robert = add("Robert Aderholt")
    with as_(alice):
        for record in (GuestRecord(first_name="Kim"), GuestRecord()):
            facts = CONFIRMED if record.first_name else HELD
            editing.add_plus_one(actor=alice, host=robert, record=record, facts=facts)
    browser = client_of(alice)

    def save(**said):
        form = browser.get(address(f"{robert.pk}/")).context["form"]
        values = {f.html_name: f.value() for f in form if f.value() not in (None, False)}
        return browser.post(address(f"{robert.pk}/"), values | said)

    def statuses():
        with as_(alice):
            return sorted(Guest.objects.filter(event=dinner).values_list("status", flat=True))

    asked = save(reply="declined")
    assert asked.status_code == 422
    assert "2 guests come with this one" in asked.content.decode()
    assert statuses() == ["confirmed", "confirmed", "held"]
    assert save(reply="declined", plus_ones="keep").status_code == 302
    assert statuses() == ["confirmed", "declined", "held"]
    assert save(reply="confirmed").status_code == 302
    assert save(reply="declined", plus_ones="decline").status_code == 302
    assert statuses() == ["declined"] * 3
