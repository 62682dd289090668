"""A compiled query answers as its queryset does, again and again, and only for whom it may."""

from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from seatrobot.conftest import as_
from seatrobot.events.models import Event
from seatrobot.kernel.compiled import Compiled

EXAMPLE = UUID(int=1)


def capacity() -> Compiled:
    return Compiled(
        lambda event: Event.objects.filter(pk=event).values_list(
            "activities__capacity", "time_zone"
        ),
        event=EXAMPLE,
    )


def test_it_answers_as_the_queryset_with_new_values_each_time(alice, dinner):
    query = capacity()
    with as_(alice):
        assert query.first(event=EXAMPLE) is None
        assert query.first(event=dinner.pk) == (540, "America/New_York")
        assert query.first(event=EXAMPLE) is None


def test_it_is_one_statement(alice, dinner):
    query = capacity()
    with as_(alice), CaptureQueriesContext(connection) as captured:
        query.first(event=dinner.pk)
    assert len(captured) == 1


def test_row_level_security_holds_it(alice, charlie, dinner):
    query = capacity()
    with as_(alice):
        assert query.first(event=dinner.pk)
    with as_(charlie):
        assert query.first(event=dinner.pk) is None


def test_an_example_that_the_query_does_not_carry_is_refused(alice):
    query = Compiled(
        lambda event, more: Event.objects.filter(pk=event).values_list("pk"),
        event=EXAMPLE,
        more=2,
    )
    with as_(alice), pytest.raises(TypeError):
        query.first(event=EXAMPLE, more=2)


def test_a_value_that_was_not_named_is_refused(alice, dinner):
    with as_(alice), pytest.raises(TypeError):
        capacity().first(guest=dinner.pk)
