"""Faults of compliance: attestations that are changed."""

from __future__ import annotations

from collections.abc import Iterator

from seatrobot.kernel.promises.status import State
from seatrobot.practices.faults.declaring import Instance, by_reading, fault


@fault("compliance.providers", "change an attestation", expected=State.UNPROVEN, observe=by_reading)
def changed(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "CREATE TEMP TABLE before AS SELECT id, text FROM promises_attestation;"
        ' UPDATE promises_attestation SET text = replace(text, \'"until":"2\', \'"until":"3\')',
        "UPDATE promises_attestation a SET text = b.text FROM before b WHERE a.id = b.id;"
        " DROP TABLE before",
    ):
        yield
