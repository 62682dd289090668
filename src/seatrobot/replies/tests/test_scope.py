"""A link sees one party, whatever a view asks for: the database decides."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import DatabaseError, connection
from django.test import Client

from seatrobot.conftest import as_
from seatrobot.guests import capacity
from seatrobot.guests.models import Guest, Party
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.tenancy.models import TenantModel
from seatrobot.kernel.tenancy.scopes import WiderScope
from seatrobot.replies import links
from seatrobot.replies.models import Link

SEEN_OF_THE_EVENT = {
    "organizations_organization",
    "events_event",
    "events_activity",
    "events_field",
    "replies_page",
    "replies_picture",
    "organizations_security",
}
"""Tables of which a link sees rows that are not its party's, and no person's."""


@pytest.fixture
def two(invite, link):
    """Two parties of one event, each with a link: both parties and the first one's link."""
    mine, theirs = invite("Alma Adams"), invite("Zoe Zander", "Yan Zander")
    path = link(mine)
    link(theirs)
    return mine, theirs, links.resolve(path.split("/")[2])


def test_every_table_shows_one_party(two):
    mine, _theirs, resolved = two
    models = [m for m in apps.get_models() if issubclass(m, TenantModel) and not m._meta.abstract]
    with links.holder(resolved).acting(resolved.scope):
        seen = {
            model._meta.db_table: set(model.objects.values_list("party_id", flat=True))
            for model in models
            if any(field.attname == "party_id" for field in model._meta.concrete_fields)
        }
        assert set().union(*seen.values()) == {mine.pk}
        assert list(Party.objects.values_list("pk", flat=True)) == [mine.pk]
        others = {m._meta.db_table for m in models if m.objects.exists()} - seen.keys()
        assert others <= SEEN_OF_THE_EVENT | {"guests_party"}
        assert not Entry.objects.exists()


def test_no_other_party_is_changed_or_made(two, dinner):
    mine, theirs, resolved = two
    with links.holder(resolved).acting(resolved.scope):
        assert Guest.objects.filter(party_id=theirs.pk).update(reply="declined") == 0
        assert Link.objects.filter(party_id=theirs.pk).update(revoked_at=None) == 0
    with pytest.raises(DatabaseError), links.holder(resolved).acting(resolved.scope):
        Guest.objects.filter(party_id=mine.pk).update(party_id=theirs.pk)


def test_places_are_counted_of_the_whole_event(two, alice, dinner, invite):
    _mine, _theirs, resolved = two
    invite("Carl Cole", held=2)
    with links.holder(resolved).acting(resolved.scope):
        assert capacity.taken(capacity.lock_list(dinner.pk)) == 2
        assert Guest.objects.count() == 1, "the scope is back after the count"


def test_before_a_link_is_known_nothing_is_seen(two, alice):
    with acting(Actor.link("reply"), alice.organization_id, scope=links.NOWHERE):
        assert not Guest.objects.exists()
        assert not Link.objects.exists()
        with connection.cursor() as cursor:
            cursor.execute(links.FIND, [b"\0" * 32, two[2].sent_at])
            assert cursor.fetchall() == []
        assert not Link.objects.exists()


def test_a_unit_of_work_of_a_link_gets_no_wider(two):
    _mine, _theirs, resolved = two
    other = links.Scope(event=resolved.event_id)
    with links.holder(resolved).acting(resolved.scope), pytest.raises(WiderScope):
        with links.holder(resolved).acting(other):
            pass


def test_identifiers_of_others_in_a_form_are_nobody(two, alice, slowly):
    mine, theirs, _resolved = two
    with as_(alice):
        guests = list(Guest.objects.filter(party=theirs))
        url = links.current(actor=alice, party_id=mine.pk)
    path = url[url.index("/i/") :]
    client = Client()
    client.get(path)
    client.post(path, {f"comes_{guest.pk.hex}": "no" for guest in guests})
    with as_(alice):
        assert {g.reply for g in Guest.objects.filter(party=theirs)} == {"outstanding"}
