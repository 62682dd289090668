"""Whose turn it is, and who makes room: by networks, so that many addresses of one line are one."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from seatrobot.runtime import keeper
from seatrobot.runtime.front import Front, Site, Turns
from seatrobot.runtime.receiving import RefusedRequest

STRANGER = "198.51.100.7"


def of_line(number: int) -> str:
    """Return a /64 of one line that has a /48."""
    return keeper.source_of(f"2001:db8:7:{number:x}::1")


def test_networks_of_a_source():
    assert keeper.networks_of(STRANGER) == (STRANGER,)
    assert keeper.networks_of(keeper.source_of("2001:db8:7:1234::1")) == (
        "2001:db8:7/48",
        "2001:db8:7:12/56",
        "2001:db8:7:1234",
    )
    assert keeper.networks_of(keeper.source_of("::1"))[1] == "0:0:0:0/56"
    assert [most for _network, most in keeper.bounds(of_line(1), 100)] == [100, 150, 200]


def jobs(turns: Turns, source: str, number: int, *, may_go: bool = True) -> list[asyncio.Future]:
    futures = [asyncio.Future() for _ in range(number)]
    for future in futures:
        turns.put(source, (lambda: source, future, may_go))
    return futures


def in_loop(test):
    """Run a test in a loop: a future belongs to one."""

    def run():
        async def inside():
            test()

        asyncio.run(inside())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


@in_loop
def test_many_networks_of_one_line_have_one_turn_together():
    turns = Turns()
    for number in range(200):
        jobs(turns, of_line(number), 1)
    jobs(turns, STRANGER, 3)
    jobs(turns, "203.0.113.9", 2)
    first = [turns.get()[0]() for _ in range(8)]
    assert first.count(STRANGER) == 3
    assert first.count("203.0.113.9") == 2
    rest = {turns.get()[0]() for _ in range(197)}
    assert rest | set(first) >= {of_line(number) for number in range(200)}
    assert turns.line.count == 0
    assert not turns.line.within


@in_loop
def test_the_line_makes_room_though_each_of_its_networks_has_one():
    turns, waiting = Turns(), Counter()
    for number in range(400):
        jobs(turns, of_line(number), 1)
        waiting.update(keeper.networks_of(of_line(number)))
    assert turns.displace(STRANGER, waiting) is not None
    assert turns.line.count == 399
    assert turns.displace(of_line(500), waiting) is not None, "a neighbour, of a /56 with fewer"
    assert turns.displace(of_line(3), waiting) is None, "it would make room for itself"
    assert {turns.get()[0]() for _ in range(398)}
    assert turns.line.count == 0


@in_loop
def test_what_has_begun_is_not_taken_away():
    turns, waiting = Turns(), Counter({STRANGER: 4})
    jobs(turns, STRANGER, 4, may_go=False)
    assert turns.displace("203.0.113.9", waiting) is None
    newest = jobs(turns, STRANGER, 2)[-1]
    assert turns.displace("203.0.113.9", waiting) is newest


def test_a_line_has_so_much_waiting_in_all(monkeypatch):
    monkeypatch.setattr("seatrobot.runtime.front.WAITING_PER_SOURCE", 10)
    site = Site(lambda *_: [], lambda _: False, lambda _: False, lambda _: "")
    front = Front(site, threads=1, beat=lambda: None)
    held = [front._counted(of_line(number)) for number in range(20)]
    for each in held[:15]:
        each.__enter__()
    with pytest.raises(RefusedRequest), front._counted(of_line(20)):
        pass
    with front._counted(STRANGER), front._counted(keeper.source_of("2001:db8:8::1")):
        assert front.waiting_in_all == 17
    with front._counted(of_line(0x1234)):
        pass
    for each in held[:15]:
        each.__exit__(None, None, None)
    assert (front.waiting_in_all, len(front.waiting)) == (0, 0)
