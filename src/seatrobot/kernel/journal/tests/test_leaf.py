"""Every entry has its leaf from its own INSERT, and the leaf's hash can be computed elsewhere."""

from __future__ import annotations

import hashlib

import pytest
from django.db import NotSupportedError, ProgrammingError, connection, transaction

from seatrobot.accounts.feature import Action as AccountAction
from seatrobot.conftest import as_
from seatrobot.events.feature import Action as EventAction
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.ids import PLATFORM, new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.leaf import COLUMNS, HASH_SQL
from seatrobot.kernel.journal.leaf import form as form_of
from seatrobot.kernel.journal.models import Leaf
from seatrobot.kernel.journal.tree import hash_leaf


@pytest.fixture
def entries(alice, dinner):
    """Entries with every column filled and empty, of two streams."""
    with journal.coming_from("203.0.113.7", "Browser/1.0"), as_(alice):
        journal.record(EventAction.EVENT_VIEW, event_id=dinner.pk, subject_id=new_id(), rows=3)
        assert dinner.sealed.title
    with acting(Actor.link("Überraschung ✨")):
        journal.record(AccountAction.ACCOUNT_SIGN_IN_FAIL)


def rows(superuser_or_own):
    names = ", ".join(f"e.{column}" for column in COLUMNS)
    return superuser_or_own.execute(
        f"SELECT {names}, {HASH_SQL}, journal_leaf_hash(e), l.hash, l.stream"
        " FROM journal_entry e JOIN journal_leaf l ON l.entry_id = e.id"
    ).fetchall()


@pytest.mark.django_db(transaction=True)
def test_four_ways_to_the_same_hash(entries, superuser_connection):
    found = rows(superuser_connection)
    assert len(found) == 3
    for *values, ours, function, stored, stream in found:
        row = dict(zip(COLUMNS, values, strict=True))
        assert hash_leaf(form_of(row)) == ours == function == stored
        assert stream == (row["organization_id"] or PLATFORM)


@pytest.mark.django_db(transaction=True)
def test_the_columns_are_all_there_are(superuser_connection, django_db_setup):
    columns = superuser_connection.execute(
        "SELECT attname, atttypid::int FROM pg_attribute WHERE attrelid = 'journal_entry'::regclass"
        " AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
    ).fetchall()
    assert columns == list(COLUMNS.items())


@pytest.mark.django_db
def test_a_form_written_down_by_hand():
    row = dict.fromkeys(COLUMNS) | {"opened": 258, "action": "é"}
    empty = {2950: "00000b86", 1184: "000004a0", 1043: "00000413", 17: "00000011"}
    form = "0000000b" + "".join(
        {"opened": "00000017" + "00000004" + "00000102", "action": "00000413" + "00000002c3a9"}.get(
            column, empty.get(kind, "") + "ffffffff"
        )
        for column, kind in COLUMNS.items()
    )
    assert hash_leaf(form_of(row)) == hashlib.sha256(b"\0" + bytes.fromhex(form)).digest()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO journal_leaf (entry_id, stream, hash) SELECT id, id, '' FROM journal_entry",
        "UPDATE journal_leaf SET hash = ''",
        "UPDATE journal_leaf SET number = 0",
        "DELETE FROM journal_leaf",
        "TRUNCATE journal_leaf",
        "UPDATE journal_checkpoint SET note = ''",
        "DELETE FROM journal_checkpoint",
        "TRUNCATE journal_checkpoint",
    ],
)
def test_the_application_adds_leaves_only_by_writing_entries(statement, entries):
    refused = pytest.raises((ProgrammingError, NotSupportedError), match=r"denied|GENERATED ALWAYS")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_leaf SET hash = ''",
        "DELETE FROM journal_leaf",
        "TRUNCATE journal_leaf",
        "UPDATE journal_checkpoint SET note = ''",
        "DELETE FROM journal_checkpoint",
        "TRUNCATE journal_checkpoint",
    ],
)
def test_nor_can_the_owner_rewrite_the_tree(statement, entries, owner_connection):
    with pytest.raises(Exception, match="the journal only grows"):
        owner_connection.execute(statement)


@pytest.mark.django_db
def test_a_place_is_given_once(entries):
    leaf = Leaf.objects.order_by("number")[0]
    Leaf.objects.filter(pk=leaf.pk).update(place=0)
    for place in (1, None):
        with pytest.raises(ProgrammingError, match="only grows"), transaction.atomic():
            Leaf.objects.filter(pk=leaf.pk).update(place=place)
