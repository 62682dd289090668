"""A badge never shows more than is so."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from django.test import Client

from seatrobot.kernel.promises.status import State
from seatrobot.practices.formats import badge
from seatrobot.practices.formats.tests.conftest import declare, examine_all

SVG = "{http://www.w3.org/2000/svg}"


def drawn(path: str = "/practices/badge.svg") -> ET.Element:
    answer = Client().get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/svg+xml; charset=utf-8"
    return ET.fromstring(answer.content)


def words(picture: ET.Element) -> list[str]:
    return [text.text for text in picture.iter(f"{SVG}text")]


def colour(picture: ET.Element) -> str:
    return [rect.get("fill") for rect in picture.iter(f"{SVG}rect")][-1]


def found(kept=0, attested=0, unproven=0, broken=0) -> dict[State, int]:
    return dict(zip(State, [kept, attested, unproven, broken], strict=True))


@pytest.mark.parametrize(
    ("counts", "says", "in_colour"),
    [
        (found(kept=9, unproven=36), "9 of 45 kept", badge.AMBER),
        (found(kept=44, broken=1), "44 of 45 kept, 1 broken", badge.RED),
        (found(kept=44, unproven=1), "44 of 45 kept", badge.AMBER),
        (found(kept=999, unproven=1), "999 of 1000 kept", badge.AMBER),
        (found(unproven=45), "0 of 45 kept", badge.GREY),
        (found(attested=1, unproven=44), "0 of 45 kept, 1 attested", badge.AMBER),
        (found(kept=40, attested=5), "40 of 45 kept, 5 attested", badge.GREEN),
        (found(kept=45), "45 of 45 kept", badge.GREEN),
        (found(), "0 of 0 kept", badge.GREY),
        (found(unproven=44, broken=1), "0 of 45 kept, 1 broken", badge.RED),
    ],
)
def test_it_rounds_nothing_up(counts, says, in_colour):
    assert (badge._summary(counts), badge._colour(counts)) == (says, in_colour)


def test_the_badge_of_all_counts_them(four):
    picture = drawn()
    assert words(picture) == ["security practices", "1 of 4 kept, 1 attested, 1 broken"]
    assert colour(picture) == badge.RED


@pytest.mark.parametrize(
    ("promise", "state", "in_colour"),
    [
        ("access.doors", "kept", badge.GREEN),
        ("hosts.walls", "broken", badge.RED),
        ("network.roof", "unproven", badge.GREY),
        ("personnel.keys", "attested", badge.BLUE),
    ],
)
def test_each_promise_has_its_own(four, promise, state, in_colour):
    picture = drawn(f"/practices/{promise}/badge.svg")
    assert (words(picture), colour(picture)) == ([promise, state], in_colour)


def test_there_is_none_of_what_nobody_promised(four):
    assert Client().get("/practices/access.windows/badge.svg").status_code == 404
    assert Client().get("/practices/access.windows/badge.svg.sig").status_code == 404


def test_it_turns_as_soon_as_something_breaks(doors):
    examine_all()
    assert words(drawn())[1] == "1 of 1 kept"
    doors[0] = 5
    examine_all()
    assert (words(drawn())[1], colour(drawn())) == ("0 of 1 kept, 1 broken", badge.RED)
    doors[0] = 0
    examine_all()
    assert words(drawn())[1] == "1 of 1 kept"


def test_somebody_who_cannot_see_it_hears_what_it_says(four, operator):
    operator('name = "Fish & <Chips>"\n')
    picture = drawn()
    title = picture.find(f"{SVG}title")
    assert (picture.get("role"), picture.get("aria-labelledby")) == ("img", title.get("id"))
    assert title.text.startswith("Security practices of Fish & <Chips>: 1 of 4 kept")


def test_it_is_complete_in_itself(four):
    data = Client().get("/practices/badge.svg").content
    assert len(data) < 2000
    for word in (b"<script", b"<style", b"style=", b"href", b"<image", b"@import"):
        assert word not in data


def test_it_is_grey_while_the_evidence_cannot_be_read(doors, unreadable):
    assert (words(drawn())[1], colour(drawn())) == ("0 of 1 kept", badge.GREY)


def test_a_long_name_widens_it(promises):
    declare("access.every-sign-in-of-everybody", waits_for="Not built.")
    picture = drawn("/practices/access.every-sign-in-of-everybody/badge.svg")
    assert int(picture.get("width")) > 250
