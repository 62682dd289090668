"""No statement has a parameter for each guest: PostgreSQL takes 65,535, a list has 200,000."""

from __future__ import annotations

from functools import partial

import pytest
from django.db import connection

from seatrobot.conftest import as_
from seatrobot.documents.reading import read_sheet
from seatrobot.guests import capacity, writing
from seatrobot.guests.guest_list import open_list
from seatrobot.guests.models import Guest
from seatrobot.guests.searching import Listing, Search
from seatrobot.guests.services import bulk, exporting, imports
from seatrobot.guests.statuses import Status

PART, FEW, MANY = 10, 20, 60
"""Of a list that is written in parts of PART; no statement may have more when it is longer."""


class Most:
    """The most parameters that one statement had. A list of identifiers is one of them."""

    def __init__(self):
        self.count = 0
        self.statement = ""

    def __call__(self, execute, sql, params, many, context):
        count = len(params) if isinstance(params, list | tuple) else 0
        if count > self.count and "journal_entry" not in sql:
            self.count, self.statement = count, sql
        return execute(sql, params, many, context)


def bring(alice, dinner, count, head="Guest"):
    rows = "".join(f"{head}{n},{n},g{n}@x.example\n" for n in range(count))
    sheet = read_sheet(f"first name,last name,email\n{rows}".encode(), "a.csv")
    capacity.lock_list(dinner.pk)
    listed = open_list(alice, dinner.pk)
    found = imports.comparison(listed, sheet, imports.guessed(sheet), Status.CONFIRMED)
    imports.finish(actor=alice, event=dinner, incoming=found, skip_problems=False)


def everything(alice, dinner, count):
    """Do whatever a person can do with the whole list; return the most parameters of each act."""
    found = {}

    def measure(name, act):
        most = Most()
        with as_(alice), connection.execute_wrapper(most):
            act()
        found[name] = most

    def ids():
        return list(Guest.objects.filter(event=dinner).values_list("pk", flat=True))

    common = {"actor": alice, "event": dinner}
    measure("import", lambda: bring(alice, dinner, count))
    measure("tag", lambda: bulk.add_tag(**common, ids=ids(), tag="vip"))
    measure("untag", lambda: bulk.remove_tag(**common, ids=ids(), tag="vip"))
    measure("reply", lambda: bulk.set_reply(**common, ids=ids(), reply="tentative"))
    measure("confirm", lambda: bulk.set_reply(**common, ids=ids(), reply="confirmed"))
    measure("check in", lambda: bulk.check_in(**common, ids=ids()))
    measure("undo", lambda: bulk.take_back(**common, ids=ids()))
    for kind in exporting.KINDS:
        measure(kind, partial(exporting.export, **common, listing=Listing(Search()), kind=kind))
    measure("remove", lambda: bulk.remove(**common, ids=ids()))
    return found


@pytest.mark.django_db
def test_a_longer_list_needs_no_more_parameters(alice, dinner, monkeypatch):
    monkeypatch.setattr(writing, "ROWS", PART)
    few = everything(alice, dinner, FEW)
    many = everything(alice, dinner, MANY)
    grown = {name: most.statement for name, most in many.items() if most.count > few[name].count}
    assert not grown
