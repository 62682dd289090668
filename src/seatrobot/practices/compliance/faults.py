"""What must be noticed when somebody changes what people have attested."""

from __future__ import annotations

from collections.abc import Iterator

from seatrobot.kernel.promises.standing import State
from seatrobot.practices.faults.declaring import Instance, fault, viewed


@fault("compliance.providers", "change an attestation", turns=State.UNPROVEN, look=viewed)
def changed(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "CREATE TEMP TABLE said AS SELECT id, text FROM promises_attestation;"
        ' UPDATE promises_attestation SET text = replace(text, \'"until":"2\', \'"until":"3\')',
        "UPDATE promises_attestation a SET text = said.text FROM said WHERE a.id = said.id;"
        " DROP TABLE said",
    ):
        yield
