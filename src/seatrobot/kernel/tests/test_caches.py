"""What is kept in memory of organizations is looked after for each of them by itself."""

from __future__ import annotations

from seatrobot.kernel import caches
from seatrobot.kernel.ids import new_id


def test_one_organization_that_fails_keeps_nothing_of_others_in_memory(monkeypatch):
    broken, gone = new_id(), new_id()
    kept = {broken, gone}

    def is_alive(organization_id):
        if organization_id == broken:
            raise RuntimeError("nobody knows")
        return False

    monkeypatch.setattr(caches, "_caches", {})
    monkeypatch.setattr(caches, "_is_alive", [is_alive])
    caches.register("first", lambda: [broken], kept.discard)
    caches.register("second", lambda: [gone], kept.discard)
    caches.drop_deleted()
    assert kept == {broken}
