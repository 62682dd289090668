"""Laptops of staff: their signed reports are verified and judged again, from what is stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import psycopg
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from seatrobot.agent import protocol
from seatrobot.devices import conditions, judging, nonces, reading, services, signatures
from seatrobot.devices.feature import Action
from seatrobot.devices.models import Device
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.outside import NotReadable
from seatrobot.kernel.promises.declaring import (
    CannotMeasure,
    Measure,
    Measurement,
    NotSetUp,
    promise,
)
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.promises.statements import Keys
from seatrobot.kernel.vault.errors import VaultError
from seatrobot.practices.checks import duties
from seatrobot.practices.checks.duties import Act

LAPTOPS = """
    SELECT d.id, d.account_id, d.sealed, d.confirmed_at, d.confirmation, d.reported_at, d.problems,
      d.copied_at IS NOT NULL
    FROM devices_device d JOIN accounts_staff_member s USING (account_id)
    WHERE s.is_enabled AND d.confirmed_at IS NOT NULL
"""
COPIED = """
    SELECT subject_id FROM journal_entry WHERE organization_id IS NULL AND action = %s
"""
STAFF = "SELECT account_id FROM accounts_staff_member WHERE is_enabled"
FRESH_FOR = timedelta(hours=24)


class Row(NamedTuple):
    """A laptop as its table has it."""

    id: UUID
    owner: UUID
    sealed: bytes
    confirmed_at: datetime
    confirmation: str
    reported_at: datetime | None
    problems: list[str] | None
    is_copied: bool


class Known(NamedTuple):
    """What the journal has: confirmations by laptop, laptops known as copied, enrolled passkeys."""

    confirmed: Mapping[UUID, Act]
    copied: Container[UUID]
    passkeys: Keys


class Finding(NamedTuple):
    """A laptop as its own report has it. forged: what is stored does not follow from it."""

    row: Row
    problems: list[str]
    forged: bool


@promise(
    "hosts.laptops",
    sentence=_(
        "The laptops of staff lock their screens and are fully encrypted, as each last reported by"
        " itself."
    ),
    measured_by=_(
        "Each laptop signs what it finds of its disks, its swap space and its screen lock; what it"
        " cannot tell counts as wrong. The stored reports are verified with the laptops' keys and"
        " judged again, and for whoever has no laptop that reported well within a day the condition"
        " of access must say no. One laptop at least must have reported within a day; others that"
        " are silent are not counted as wrong. Whose a laptop is, its owner has signed with a"
        " passkey; that, and whether its key was copied, is compared with the journal. A laptop"
        " that somebody controls wholly can report what it likes, and no hardware vouches for it."
    ),
    measures=[
        Measure("laptops", _("laptops that staff enrolled"), least=1),
        Measure("reported", _("of them reported within a day"), least=1),
        Measure("out", _("of them unencrypted, unlocked or unable to tell"), most=0),
        Measure("forged", _("stored reports or verdicts that differ from what was sent"), most=0),
        Measure("unknown", _("laptops of which the journal says something else"), most=0),
        Measure("open", _("staff with access who lack a laptop in posture"), most=0),
    ],
)
def laptops() -> Measurement:
    """Verify and judge the newest report of every laptop of staff."""
    moment = now()
    with examining() as examiner, acting(ACTOR):
        known = _known(examiner)
        found = [_judge(row) for row in _rows(examiner)]
        unknown = [each.row for each in found if not _is_known(each.row, known)]
        staff = [account for (account,) in examiner.execute(STAFF)]
        well = _well(found, moment)
        held = [each for each in staff if conditions.in_posture(each).holds and not well[each]]
    fresh = [each for each in found if _is_fresh(each.row, moment)]
    out = [each for each in found if each.problems and each.row.reported_at]
    forged = [each for each in found if each.forged]
    if not (out or forged or unknown or held):
        if not found:
            raise NotSetUp(
                gettext("Nobody of the staff has enrolled a laptop (seatrobot device enrol).")
            )
        if not fresh:
            raise CannotMeasure(gettext("No laptop of staff has reported within a day."))
    notes = [f"{each.row.id}: {', '.join(each.problems)}" for each in out]
    notes += [f"{each.row.id} is stored otherwise than it reported" for each in forged]
    notes += [f"{row.id} is not what its owner confirmed, or the journal has" for row in unknown]
    notes += [f"{account} has access without a laptop in posture" for account in held]
    return Measurement(
        {
            "laptops": len(found),
            "reported": len(fresh),
            "out": len(out),
            "forged": len(forged),
            "unknown": len(unknown),
            "open": len(held),
        },
        notes,
    )


def _rows(examiner: psycopg.Connection) -> list[Row]:
    return [Row(*row) for row in examiner.execute(LAPTOPS)]


def _known(examiner: psycopg.Connection) -> Known:
    """Return what the journal has of laptops; call inside `acting`."""
    return Known(
        duties.entries(examiner, Action.DEVICE_CONFIRM),
        {subject for (subject,) in examiner.execute(COPIED, [Action.DEVICE_COPIED])},
        duties.enrolled(examiner),
    )


def _is_known(row: Row, known: Known) -> bool:
    """Whether its owner confirmed this laptop with a passkey, and the journal says all the same."""
    try:
        record = Device._meta.get_field("sealed").open_record(row.id, PLATFORM, bytes(row.sealed))
    except VaultError:
        return False
    act = known.confirmed.get(row.id)
    stated = duties.stated_by(row.confirmation, row.owner, row.confirmed_at, act, known.passkeys)
    return (
        stated is not None
        and stated.get("kind") == services.ENROLMENT
        and stated.get("device") == str(row.id)
        and stated.get("key") == signatures.fingerprint(record.key)
        and row.is_copied == (row.id in known.copied)
    )


def _judge(row: Row) -> Finding:
    """Judge a laptop by the report that is stored, as if it came now from itself."""
    copied = [judging.COPIED] if row.is_copied else []
    if row.reported_at is None:
        return Finding(row, copied, forged=row.problems is not None)
    try:
        record = Device._meta.get_field("sealed").open_record(row.id, PLATFORM, bytes(row.sealed))
        signatures.verify(
            record.report.encode(), record.signature, key=record.key, namespace=protocol.LAPTOP
        )
        report = reading.read_report(record.report)
        nonces.moment_of(report.nonce, row.id, row.reported_at)
    except (VaultError, signatures.BadSignature, signatures.BadKey):
        return Finding(row, copied, forged=True)
    except (nonces.BadNonce, NotReadable):
        return Finding(row, copied, forged=True)
    wrong = judging.problems(report, row.reported_at)
    if report.facts.machine != record.machine:
        wrong.append(judging.COPIED)
    is_other = report.device != row.id or _kinds(wrong) != _kinds(row.problems or [])
    return Finding(row, [*copied, *wrong], forged=is_other)


def _kinds(problems: list[str]) -> list[str]:
    return sorted(each.partition("=")[0] for each in problems)


def _is_fresh(row: Row, moment: datetime) -> bool:
    return row.reported_at is not None and row.reported_at <= moment < row.reported_at + FRESH_FOR


def _well(found: list[Finding], moment: datetime) -> defaultdict[UUID, bool]:
    """Return of each owner whether a laptop is well and fresh, and none of theirs is out."""
    well: defaultdict[UUID, bool] = defaultdict(bool)
    for each in found:
        well[each.row.owner] |= _is_fresh(each.row, moment) and not each.problems
    for each in found:
        if each.problems and each.row.reported_at:
            well[each.row.owner] = False
    return well
