"""Facts come back as they were told: a count of three is 3, not 3.0."""

import pytest

from seatrobot.conftest import as_
from seatrobot.guests.feature import Action
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.models import Entry

pytestmark = pytest.mark.django_db


def test_numbers_keep_their_kind(alice):
    with as_(alice):
        journal.record(Action.GUEST_LIST, rows=3, quality=99.5, done=True, filters=["tag"])
    with as_(alice):
        facts = Entry.objects.latest("id").sealed.facts
    assert facts == {"rows": 3, "quality": 99.5, "done": True, "filters": ["tag"]}
    assert [type(fact) for fact in facts.values()] == [int, float, bool, list]
