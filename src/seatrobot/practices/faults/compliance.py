"""Faults of compliance: numbers of cards that are kept; others are in modules of their own."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from seatrobot.contacts.models import Contact, ContactRecord
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.practices.checks.compliance import TEST_CARDS, present_slice
from seatrobot.practices.faults import attestations, providers
from seatrobot.practices.faults.declaring import Instance, fault

ELSEWHERE = (attestations.changed, providers.expired)
CARDS = "compliance.cards"


@fault(CARDS, "a web server that looks for no numbers of cards")
def not_looked_for(instance: Instance) -> Iterator[None]:
    with instance.patched_web("seatrobot.kernel.cards.find", "lambda text: []"):
        yield


@fault(CARDS, "a finder that knows only digits written together")
def spaces_unknown(instance: Instance) -> Iterator[None]:
    with instance.patched_web(
        "seatrobot.kernel.cards._Run._is_grouped", "lambda run, first, last: first == last"
    ):
        yield


@fault(CARDS, "lines of the log that are not cut")
def not_cut(instance: Instance) -> Iterator[None]:
    with instance.patched("seatrobot.kernel.cards.scrubbed", str):
        yield


@fault(CARDS, "a number that was written past every form")
def written_past(instance: Instance) -> Iterator[None]:
    key = UUID(str(new_id())[:-1] + present_slice())
    organization_id = _some_organization()
    with (
        instance.patched("seatrobot.kernel.cards.refuse_record", lambda *_: None),
        acting(ACTOR, organization_id),
    ):
        Contact.objects.create(
            pk=key,
            organization_id=organization_id,
            sealed=ContactRecord(last_name="Seeded", notes=f"Paid with {TEST_CARDS[0]}"),
            created_at=now(),
            changed_at=now(),
        )
    try:
        yield
    finally:
        with acting(ACTOR, organization_id):
            Contact.objects.filter(pk=key).delete()


def _some_organization() -> UUID:
    with examining() as examiner:
        row = examiner.execute("SELECT id FROM organizations_organization LIMIT 1").fetchone()
    assert row is not None
    return UUID(str(row[0]))
