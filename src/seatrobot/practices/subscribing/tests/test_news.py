"""Which changes are told, and in which words."""

from __future__ import annotations

import pytest

from seatrobot.practices.changes import Kind, kind_of


@pytest.mark.parametrize(
    ("before", "state", "stood_before", "kind"),
    [
        ("", "kept", False, None),
        ("", "broken", False, None),
        ("", "unproven", False, None),
        ("kept", "broken", True, Kind.BROKEN),
        ("unproven", "broken", False, Kind.BROKEN),
        ("attested", "broken", False, Kind.BROKEN),
        ("broken", "kept", False, Kind.KEPT_AGAIN),
        ("broken", "unproven", True, None),
        ("unproven", "kept", True, Kind.KEPT_AGAIN),
        ("unproven", "kept", False, None),
        ("unproven", "attested", True, Kind.KEPT_AGAIN),
        ("kept", "unproven", False, Kind.UNPROVEN),
        ("attested", "unproven", False, Kind.UNPROVEN),
        ("kept", "attested", True, None),
        ("attested", "kept", True, None),
    ],
)
def test_what_is_news(before, state, stood_before, kind):
    assert kind_of(before, state, stood_before=stood_before) == kind
