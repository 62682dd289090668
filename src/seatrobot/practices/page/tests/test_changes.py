"""Changes of state and of words, each with its moment."""

from __future__ import annotations

import re

import pytest

from seatrobot.kernel.clock import now
from seatrobot.kernel.promises import services
from seatrobot.kernel.promises.models import Change
from seatrobot.practices import wording

from .conftest import DAY
from .reading_pages import text

pytestmark = pytest.mark.django_db


def changes(client, query=""):
    answer = client.get(f"/practices/changes/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_change_of_state_is_listed_with_what_was_before(client, examined):
    examined()
    services.record_changes()
    examined(found=20 * DAY)
    services.record_changes()
    newest = text(changes(client).split('<ol class="turns">')[1].split("</li>")[0])
    assert "Backups that hold deleted data are destroyed within 14 days." in newest
    assert newest.endswith("Kept Broken")
    assert "Kept Broken" in text(client.get("/practices/retention.backups/").content.decode())


def test_changes_are_read_a_page_at_a_time(client):
    for number in range(60):
        Change.objects.create(promise="access.signins", at=now(), state="kept", reason=f"n{number}")
    first = changes(client)
    assert [int(n) for n in re.findall(r">n(\d+)<", first)] == list(range(59, 9, -1))
    second = changes(client, re.search(r'href="(\?before=[0-9a-f-]+)"', first)[1])
    assert [int(n) for n in re.findall(r">n(\d+)<", second)] == list(range(9, -1, -1))
    assert changes(client, "?before=nonsense") is not None


def test_a_promise_that_is_no_longer_made_is_named_and_not_linked(client):
    Change.objects.create(promise="doors.closed", at=now(), state="kept")
    html = changes(client)
    assert "doors.closed" in html
    assert "/practices/doors.closed/" not in html


def test_the_words_of_every_promise_are_there_with_their_date(client):
    words = text(changes(client))
    assert [e.id for e in wording.load() if e.text and e.text not in words] == []
    assert "First published." in words
