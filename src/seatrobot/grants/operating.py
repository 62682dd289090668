"""Commands that touch an organization's data: by a grant of somebody of the staff, and recorded.

    operator = held(args, args.organization, "import", changes=True)     # asks, or refuses
    with recorded(operator, said="import guests.csv"):
        ...                                                              # prints

What is printed leaves only after it is stored, sealed for the organization, and the entry of it is
committed. The command line believes whom it is told; that person, the organization and the reviewer
see the grant.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from uuid import UUID

import msgspec

from seatrobot.accounts import services as accounts
from seatrobot.grants.feature import Action
from seatrobot.grants.models import (
    OPEN_STATES,
    Category,
    Recording,
    RecordingRecord,
    StaffGrant,
    State,
)
from seatrobot.grants.reading import state_of
from seatrobot.grants.services import asking
from seatrobot.grants.services.asking import Wanted
from seatrobot.grants.services.common import as_staff
from seatrobot.kernel import cards
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Operator
from seatrobot.kernel.refusal import Refused

MINUTES = 60
LONGEST_SHOWN = 1_000_000
"""Signs of what was printed that are kept of one command."""


class NoGrant(Refused):
    """A command has no grant for what it would show or change."""


def held(
    args: argparse.Namespace, organization_id: UUID, command: str, *, changes: bool
) -> Operator:
    """Return the operator with a grant that is named, or asked for now; raise Refused.

    changes: whether the command may change something. Where the organization approves access, a
    request is left and the command refuses until somebody has.
    """
    row = _named(args.grant) if args.grant else _asked(args, organization_id, changes=changes)
    if row.organization_id != organization_id:
        raise NoGrant("This grant is for another organization.")
    if changes and not row.may_change:
        raise NoGrant("This grant is to read alone: ask for one that may change something.")
    if row.event_ids is not None:
        raise NoGrant("This grant is for single events: a command needs one for all of them.")
    if row.state == State.ASKED:
        raise NoGrant(
            f"Asked. Once it is approved, run this again with --grant {row.pk} in place of --staff"
            " and --reason."
        )
    operator = Operator.at(organization_id, command, grant=row.pk, staff=row.account_id)
    with operator.acting():
        pass  # GrantRefused before anything else is done
    return operator


def _named(grant_id: UUID) -> StaffGrant:
    with acting(Actor.system("grants")):
        row = StaffGrant.objects.filter(pk=grant_id).first()
    if row is None:
        raise NoGrant("There is no such grant.")
    return row


def _asked(args: argparse.Namespace, organization_id: UUID, *, changes: bool) -> StaffGrant:
    if not args.staff or not args.reason:
        raise NoGrant(
            "Say who of the staff you are and why you have to see this: --staff ADDRESS --reason"
            " TEXT, or --grant ID for a grant that is open."
        )
    account = accounts.find(args.staff)
    if account is None or not accounts.is_staff(account):
        raise NoGrant("Nobody of the staff has this address.")
    with as_staff(account.pk, organization_id):
        open_one = StaffGrant.objects.filter(
            account_id=account.pk, organization_id=organization_id, state__in=OPEN_STATES
        ).first()
    if open_one is not None and state_of(open_one) in OPEN_STATES:
        raise NoGrant(f"You have asked already: run this again with --grant {open_one.pk}.")
    wanted = Wanted(
        category=Category.SUPPORT if args.ticket else Category.FAULT,
        reason=args.reason,
        ticket=args.ticket,
        may_change=changes,
        minutes=MINUTES,
    )
    with as_staff(account.pk, organization_id):
        return asking.ask(staff_id=account.pk, organization_id=organization_id, wanted=wanted)


def keep(operator: Operator, said: str, shown: str) -> None:
    """Store what was said and shown, and note it in the organization's access log."""
    assert operator.grant_id is not None
    said, shown = (cards.scrubbed(text[:LONGEST_SHOWN]) for text in (said, shown))
    record = RecordingRecord(said, shown)
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
            signs=len(shown),
        )


@contextmanager
def recorded(operator: Operator, said: str) -> Iterator[None]:
    """Hold back what the block prints until it is stored; store it also when the block fails."""
    out, err = io.StringIO(), io.StringIO()
    try:
        with redirect_stdout(out), redirect_stderr(err):
            yield
    finally:
        shown = out.getvalue() + err.getvalue()
        keep(operator, said, shown)
        sys.stdout.write(out.getvalue())
        sys.stderr.write(err.getvalue())
