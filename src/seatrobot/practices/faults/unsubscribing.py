"""Faults of mail to guests: somebody who unsubscribed gets some all the same."""

from __future__ import annotations

from collections.abc import Iterator

from seatrobot.invitations import outbox
from seatrobot.invitations.feature import Action
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.practices.checks.unsubscribing import LOST, PERIOD
from seatrobot.practices.faults.declaring import Instance, fault

PROMISE = "confidentiality.unsubscribed"
OUTBOX = "seatrobot.invitations.outbox"
SWALLOW = """
    CREATE FUNCTION public.suppression_goes() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RETURN NULL; END $$;
    CREATE TRIGGER suppression_goes BEFORE INSERT ON invitations_suppression
        FOR EACH ROW EXECUTE FUNCTION public.suppression_goes();
    ALTER TABLE invitations_suppression ENABLE ALWAYS TRIGGER suppression_goes
"""
NO_SWALLOW = """
    DROP TRIGGER suppression_goes ON invitations_suppression;
    DROP FUNCTION public.suppression_goes()
"""
WHICH = LOST.replace("count(*)", "e.organization_id, e.subject_id")


@fault(PROMISE, "a web server that says that somebody is unsubscribed, and notes nothing")
def web_forgets(instance: Instance) -> Iterator[None]:
    name = "seatrobot.invitations.services.suppressing.unsubscribe"
    with instance.patched_web(name, "lambda **_: True"):
        yield


@fault(PROMISE, "an outbox that does not ask who unsubscribed")
def outbox_forgets(instance: Instance) -> Iterator[None]:
    claim = outbox._CLAIM.replace(outbox.SUPPRESSED, "false")  # noqa: SLF001  what is broken
    dot = outbox._DOT.replace(outbox.SUPPRESSED, "false")  # noqa: SLF001  what is broken
    with instance.patched(f"{OUTBOX}._CLAIM", claim), instance.patched(f"{OUTBOX}._DOT", dot):
        yield


@fault(PROMISE, "an outbox that asks only when it takes a message from the queue")
def asks_too_early(instance: Instance) -> Iterator[None]:
    dot = outbox._DOT.replace(outbox.SUPPRESSED, "false")  # noqa: SLF001  what is broken
    with instance.patched(f"{OUTBOX}._DOT", dot):
        yield


@fault(PROMISE, "a choice of guests that offers those who unsubscribed")
def offered(instance: Instance) -> Iterator[None]:
    with instance.patched("seatrobot.invitations.addresses.suppressed", _nobody):
        yield


@fault(PROMISE, "a table of unsubscriptions that takes none")
def swallowed(instance: Instance) -> Iterator[None]:
    try:
        with instance.changed(SWALLOW, NO_SWALLOW):
            yield
    finally:
        _take_back()


def _take_back() -> None:
    """Take back the unsubscriptions that the log has and the database never took."""
    with examining() as examiner:
        said = {
            "add": Action.SUPPRESSION_ADD,
            "lift": Action.SUPPRESSION_LIFT,
            "since": now() - PERIOD,
        }
        lost = examiner.execute(WHICH, said).fetchall()
    for organization_id, subject_id in lost:
        with acting(ACTOR, organization_id):
            journal.record(Action.SUPPRESSION_LIFT, subject_id=subject_id)


def _nobody(*_said: object) -> dict[str, str]:
    return {}
