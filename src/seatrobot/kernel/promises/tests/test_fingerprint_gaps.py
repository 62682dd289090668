"""What changes a helper when its module is imported is part of what decides."""

from __future__ import annotations

import pytest

from seatrobot.kernel.promises.fingerprint import Sources

HELPER = "LIMITS = {'most': 0}\n\n\ndef decide():\n    return LIMITS\n"
CHANGES = {
    "a call": "LIMITS.update(most=9)\n",
    "a loop": "for name in [*LIMITS]:\n    LIMITS[name] = 9\n",
    "a deletion": "del LIMITS['most']\n",
    "a with block": "import contextlib\nwith contextlib.suppress(KeyError):\n    LIMITS = {}\n",
    "an except branch": "try:\n    raise KeyError\nexcept KeyError:\n    LIMITS = {}\n",
    "a match": "match 1:\n    case 1:\n        LIMITS = {}\n",
}


class Check:
    __module__ = "seatrobot.kernel.helper"
    __qualname__ = "decide"


def fingerprint(root, text):
    package = root / "seatrobot" / "kernel"
    package.mkdir(parents=True, exist_ok=True)
    (package / "helper.py").write_text(text, "utf-8")
    check = Check()
    check.__qualname__ = "decide"
    return Sources(root).fingerprint([check])


@pytest.mark.parametrize("change", CHANGES)
def test_a_constant_that_is_changed_after_its_assignment_changes_the_hash(change, tmp_path):
    assert fingerprint(tmp_path, HELPER + CHANGES[change]) != fingerprint(tmp_path, HELPER)
