"""Commands that touch an organization's data: by a grant of somebody of the staff, and recorded.

    operator = grant_for_command(args, args.organization, "import", changes=True)
    with hold_back_output(operator, said="import guests.csv"):
        ...                                                              # prints

What is printed leaves only after it is stored, sealed for the organization, and the entry of it is
committed. Whoever types a command shows a code that the holder of the grant made in the staff area
(`services/commanding.py`): the name that the organization reads is that of somebody who was there.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getpass
from uuid import UUID

import msgspec
from django.conf import settings
from django.urls import reverse

from seatrobot.grants.feature import Action
from seatrobot.grants.holding import Held, held_back
from seatrobot.grants.models import Recording, RecordingRecord, StaffGrant
from seatrobot.grants.services import commanding
from seatrobot.grants.services.common import lock
from seatrobot.kernel import cards
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Operator
from seatrobot.kernel.refusal import Refused

LONGEST_SHOWN = 1_000_000
"""Characters of what a command wrote that are stored, and so shown."""
TOO_LONG = f"\nWhat is shown of one command ends after {LONGEST_SHOWN} characters.\n"


class NoGrant(Refused):
    """A command has no grant for what it would show or change."""


def grant_for_command(
    args: argparse.Namespace, organization_id: UUID, command: str, *, changes: bool
) -> Operator:
    """Return the operator with the grant that is named, once who types it has shown its code.

    changes: whether the command may change something. Raises Refused.
    """
    if args.grant is None:
        page = f"{settings.BASE_URL}{reverse('staff-grants:ask', args=[organization_id])}"
        raise NoGrant(
            "An organization is seen by a grant alone. Ask for one in the staff area, and say there"
            f" whether you have to change something: {page} Then run this again with --grant and"
            " --code; the page of the grant gives both."
        )
    row = _load(args.grant)
    if row.organization_id != organization_id:
        raise NoGrant("This grant is for another organization.")
    commanding.require_live(row)
    if changes and not row.may_change:
        raise NoGrant(
            "This grant is to read alone. To change something, end it and ask for one that says so."
        )
    if row.event_ids is not None:
        raise NoGrant("This grant is for single events: a command needs one for all of them.")
    _require_code(row, args.code or _typed_code())
    operator = Operator.at(organization_id, command, grant=row.pk, staff=row.account_id)
    with operator.acting():
        pass  # GrantRefused before anything else is done
    return operator


def _load(grant_id: UUID) -> StaffGrant:
    with acting(Actor.system("grants")):
        row = StaffGrant.objects.filter(pk=grant_id).first()
    if row is None:
        raise NoGrant("There is no such grant.")
    return row


def _require_code(row: StaffGrant, code: str) -> None:
    """Take the code, or refuse; either way it is void, and a wrong one is in the access log."""
    with acting(Actor.system("commands"), row.organization_id):
        locked = lock(row.pk, row.organization_id)
        fits = commanding.take_code(locked, code)
        action, more = (
            (Action.COMMAND_BEGIN, {}) if fits else (Action.GRANT_REFUSE, {"why": "code"})
        )
        journal.record(action, subject_id=row.account_id, grant=str(row.pk), **more)
    if not fits:
        raise NoGrant(
            "This code does not count (any more): it lets in one command, for ten minutes, and a"
            " wrong one voids it. Make another on the page of the grant:"
            f" {settings.BASE_URL}{reverse('staff-grants:grant', args=[row.pk])}"
        )


def _typed_code() -> str:
    """Ask for the code at a terminal; a command that runs without one needs --code."""
    return getpass("Code: ") if sys.stdin.isatty() else ""


def store_recording(operator: Operator, said: str, shown: str) -> None:
    """Store what was said and is shown, and note it in the organization's access log."""
    assert operator.grant_id is not None
    record = RecordingRecord(cards.scrubbed(said[:LONGEST_SHOWN]), shown)
    digest = hashlib.sha256(msgspec.msgpack.encode(record)).hexdigest()
    with acting(Actor.system("recording"), operator.organization_id):
        row = Recording.objects.create(
            organization_id=operator.organization_id,
            grant_id=operator.grant_id,
            command=operator.actor.name,
            at=now(),
            sealed=record,
        )
        journal.record(
            Action.COMMAND_RUN,
            subject_id=operator.staff_id,
            grant=str(operator.grant_id),
            command=operator.actor.name.replace(" ", "-"),
            recording=str(row.pk),
            sha256=digest,
            length=len(shown),
        )


@contextmanager
def hold_back_output(operator: Operator, said: str) -> Iterator[None]:
    """Hold back what the block writes until it is stored; store it also when the block fails.

    What is shown is what was stored, and no more of it: numbers of cards are cut, and what is
    longer than LONGEST_SHOWN ends there.
    """
    held = Held()
    try:
        with held_back(LONGEST_SHOWN) as held:
            yield
    finally:
        out = cards.scrubbed(held.out)[:LONGEST_SHOWN]
        err = cards.scrubbed(held.err)[: LONGEST_SHOWN - len(out)]
        store_recording(operator, said, out + err)
        sys.stdout.write(out)
        sys.stderr.write(err)
        if len(out) + len(err) >= LONGEST_SHOWN:
            sys.stderr.write(TOO_LONG)
