"""Places: a link never overbooks, parties wait whole and in their order, whatever comes at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from seatrobot.conftest import as_
from seatrobot.events.models import Activity
from seatrobot.guests.models import Guest
from seatrobot.guests.services import bulk
from seatrobot.guests.statuses import Status
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.principals import Operator
from seatrobot.kernel.refusal import Refused
from seatrobot.replies import links, services, waiting
from seatrobot.replies.models import Answer, Page, PageRecord, Waiting
from seatrobot.replies.reading import load
from seatrobot.replies.services import Person, Said

TABLES = 12


@pytest.fixture
def say(alice):
    """Answer for a party by its link: `say(party, True)`."""

    def say(party, *comes, brought=()):
        with as_(alice):
            url = links.current(actor=alice, party_id=party.pk)
        resolved = links.resolve(url.split("/i/")[1].strip("/"))
        holder = links.holder(resolved, has_code=True)
        with holder.acting(resolved.scope):
            invitation = load(holder, resolved.event_id, resolved.party_id)
        people = {
            each.id: Person(comes=word) for each, word in zip(invitation.guests, comes, strict=True)
        }
        with holder.acting(resolved.scope):
            return services.answer(
                actor=holder,
                event_id=resolved.event_id,
                party_id=resolved.party_id,
                said=Said(people, brought),
                seen=invitation.version,
                channel=Answer.Channel.LINK,
                link=resolved,
            )

    return say


@pytest.fixture
def places(alice, dinner):
    def places(number):
        with as_(alice):
            Activity.objects.filter(event=dinner, position=0).update(capacity=number)

    return places


def status_of(alice, party):
    with as_(alice):
        return [guest.status for guest in Guest.objects.filter(party=party).order_by("created_at")]


@pytest.fixture
def promote(alice, dinner):
    def promote():
        actor = Operator.service(alice.organization_id, "commands")
        with actor.acting():
            return waiting.promote(actor=actor, event_id=dinner.pk)

    return promote


def test_parties_wait_whole_and_are_promoted_in_their_order(
    alice, dinner, invite, say, places, promote
):
    places(3)
    first, pair, trio, single = (
        invite("Alma Adams", "Ada Adams"),
        invite("Ben Bell", "Bea Bell"),
        invite("Carl Cole", "Cid Cole", "Cy Cole"),
        invite("Dora Dean"),
    )
    say(first, True, True)
    assert status_of(alice, first) == [Status.CONFIRMED] * 2
    assert say(pair, True, True).waiting == 2
    assert status_of(alice, pair) == [Status.WAITLISTED] * 2, "one place is free: not half of them"
    say(trio, True, True, True)
    assert say(single, True).coming == 1, "nobody who waits fits into the one place"
    say(first, False, True)
    assert promote() == [], "one place, and two wait first"
    say(single, False)
    assert promote() == [pair.pk]
    assert status_of(alice, trio) == [Status.WAITLISTED] * 3
    with as_(alice):
        assert [turn.party_id for turn in Waiting.objects.all()] == [trio.pk]
        given = Entry.objects.get(action="reply:place:give")
        assert given.subject_id == pair.pk
        waits = list(Entry.objects.filter(action="reply:place:wait").order_by("pk"))
        assert [entry.subject_id for entry in waits] == [pair.pk, trio.pk]
        assert given.sealed.facts["since"] == waits[0].sealed.facts["since"]


def test_whoever_waits_is_not_overtaken_by_who_comes_later(invite, say, places, promote, alice):
    places(1)
    first, second, third = (invite(f"{name} Adams") for name in ("Alma", "Ben", "Carl"))
    say(first, True)
    say(second, True)
    say(first, False)
    say(third, True)
    assert status_of(alice, third) == [Status.WAITLISTED], "the place is the second one's"
    assert promote() == [second.pk]


def test_places_that_the_team_frees_are_given_too(alice, dinner, invite, say, places, promote):
    places(1)
    first, second = invite("Alma Adams"), invite("Ben Bell")
    say(first, True)
    say(second, True)
    with as_(alice):
        bulk.remove(actor=alice, event=dinner, ids=[Guest.objects.get(party=first).pk])
    assert promote() == [second.pk]
    assert status_of(alice, second) == [Status.CONFIRMED]


def test_without_a_waiting_list_a_full_event_says_so(alice, dinner, invite, say, places):
    with as_(alice):
        Page.objects.create(
            organization_id=alice.organization_id,
            event=dinner,
            has_list=False,
            sealed=PageRecord(),
        )
    places(1)
    with pytest.raises(Refused, match="Only 1 place is left"):
        say(invite("Alma Adams", "Ada Adams"), True, True)
    say(invite("Ben Bell"), True)
    with pytest.raises(Refused, match="All places are taken"):
        say(invite("Carl Cole"), True)


def test_yes_no_yes_keeps_no_place_for_nobody(alice, invite, say, places):
    places(1)
    party, other = invite("Alma Adams"), invite("Ben Bell")
    for word in (True, False, True):
        say(party, word)
    assert status_of(alice, party) == [Status.CONFIRMED]
    say(other, True)
    assert status_of(alice, other) == [Status.WAITLISTED]


@pytest.mark.django_db(transaction=True)
def test_of_all_who_answer_at_once_as_many_come_as_there_are_places(
    alice, dinner, invite, say, places
):
    places(TABLES // 2 + 1)
    parties = [invite(f"Ann{chr(97 + number)} Adams", places=2) for number in range(TABLES)]
    together = Barrier(4)

    def answer(party):
        try:
            together.wait(timeout=20)
            return say(party, True, brought=[Person(comes=True, first_name="Pat")])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(answer, parties))
    with as_(alice):
        taken = Guest.objects.filter(event=dinner, status=Status.CONFIRMED).count()
        waits = Guest.objects.filter(event=dinner, status=Status.WAITLISTED).count()
    assert (taken, waits) == (TABLES // 2, 2 * TABLES - TABLES // 2), (
        "of seven places six, in pairs"
    )
    assert sum(each.coming for each in answers) == taken
