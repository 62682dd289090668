"""Enrolling laptops, taking their reports, removing them. Each inside `acting`.

A laptop is enrolled in two steps: a token that its owner took from their page lets it send its
public key, and the owner confirms that key, by its fingerprint, with a passkey.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

import msgspec
from django.utils.translation import gettext as _

from seatrobot.accounts.factors import statements
from seatrobot.accounts.models import Account, StaffMember
from seatrobot.agent import protocol
from seatrobot.devices import judging, nonces, reading, signatures
from seatrobot.devices.feature import Action
from seatrobot.devices.models import Device, DeviceRecord, EnrolmentToken
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.outside import NotReadable, read_json
from seatrobot.kernel.refusal import LinkDead, Refused
from seatrobot.kernel.staff.conditions import changed
from seatrobot.kernel.tokens import new_token, token_hash
from seatrobot.normalizing import clean_line

TOKEN_VALID_FOR = timedelta(minutes=15)
UNCONFIRMED_FOR = timedelta(hours=24)
MOST_DEVICES = 10
ENROLMENT = "device-enrolment"
"""Kind of the statement with which an owner confirms a key."""


class DeviceRefused(Refused):
    """An act on a laptop is not possible."""


class ReportRefused(Refused):
    """A message of a laptop is not taken; reason: one word that a test or a log can compare."""

    status: ClassVar[int] = 403

    def __init__(self, reason: str, sentence: object) -> None:
        super().__init__(sentence, reason=reason)
        self.reason = reason


class NoReport(ReportRefused):
    """A message has another form than the program on a laptop gives it."""

    status: ClassVar[int] = 422

    def __init__(self, sentence: object = "") -> None:
        super().__init__("form", sentence or _("This is no message of a laptop."))


class Enrolment(msgspec.Struct):
    """The message with which a laptop sends its public key."""

    version: int
    token: str
    name: str
    key: str
    machine: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a report. problems: codes of `judging`. is_copy: its key is used elsewhere."""

    problems: list[str]
    is_copy: bool = False


def give_token(*, account: Account) -> str:
    """Return a new token, with which one laptop can send its key; an earlier one is void."""
    if Device.objects.filter(account=account).count() >= MOST_DEVICES:
        sentence = _("You have %d laptops: remove one that you do not use any more.")
        raise DeviceRefused(sentence % MOST_DEVICES)
    token = new_token()
    EnrolmentToken.objects.update_or_create(
        account=account,
        defaults={"token_hash": token_hash(token), "expires_at": now() + TOKEN_VALID_FOR},
    )
    journal.record(Action.DEVICE_TOKEN, subject_id=account.pk)
    return token


def enrol(*, text: str, signature: str) -> Device:
    """Keep the key that a laptop sent, until its owner confirms it; raise LinkDead, ReportRefused.

    An earlier laptop of the person that nobody confirmed is forgotten.
    """
    try:
        message = read_json(text, Enrolment)
        blob = signatures.blob_of(message.key)
        signatures.verify(text.encode(), signature, key=message.key, namespace=protocol.ENROLMENT)
    except (NotReadable, signatures.BadKey) as error:
        raise NoReport from error
    except signatures.BadSignature as error:
        raise ReportRefused("signature", _("The key has not signed this enrolment.")) from error
    account = _use_token(message.token)
    key_hash = hashlib.sha256(blob).digest()
    if Device.objects.filter(key_hash=key_hash).exists():
        raise ReportRefused("known", _("This key is enrolled already: make a new one."))
    Device.objects.filter(account=account, confirmed_at=None).delete()
    name = clean_line(message.name)[: protocol.LONGEST_NAME] or _("Laptop")
    device = Device.objects.create(
        account=account,
        key_hash=key_hash,
        sealed=DeviceRecord(name, " ".join(message.key.split()[:2]), message.machine[:64]),
        created_at=now(),
    )
    journal.record(Action.DEVICE_ENROL, subject_id=device.pk, account=str(account.pk))
    return device


def _use_token(token: str) -> Account:
    """Delete a token and return whose it was; raise LinkDead."""
    rows = EnrolmentToken.objects.select_for_update().filter(
        token_hash=token_hash(token), expires_at__gt=now(), account__staff__is_enabled=True
    )
    found = rows.select_related("account").first()
    if found is None:
        raise LinkDead(_("This token does not work: it was used, replaced, or is too old."))
    account: Account = found.account
    found.delete()
    return account


def statement_of(device: Device) -> dict[str, str]:
    """Return the facts that an owner signs with a passkey to confirm a laptop."""
    return {
        "kind": ENROLMENT,
        "device": str(device.pk),
        "key": signatures.fingerprint(device.sealed.key),
    }


def confirm(*, account: Account, device: Device, signed: statements.Signed) -> None:
    """Let a laptop report from now on; raise DeviceRefused when something else was signed."""
    row = _lock(device.pk)
    if row is None or row.account_id != account.pk:
        raise DeviceRefused(_("This laptop is not there any more."))
    if row.confirmed_at is not None:
        return
    if any(signed.facts.get(name) != fact for name, fact in statement_of(row).items()):
        raise DeviceRefused(_("Something else was signed: open the page again."))
    _forget_older(row)
    row.confirmed_at, row.confirmation = now(), signed.packed()
    row.save(update_fields=["confirmed_at", "confirmation"])
    journal.record(
        Action.DEVICE_CONFIRM, subject_id=row.pk, account=str(account.pk), hash=signed.digest
    )
    changed(account.pk)


def _forget_older(device: Device) -> None:
    """Forget what the same machine was enrolled as before: it is enrolled again."""
    machine = device.sealed.machine
    for row in Device.objects.filter(account=device.account_id).exclude(pk=device.pk):
        if machine and row.sealed.machine == machine:
            journal.record(Action.DEVICE_REMOVE, subject_id=row.pk, account=str(row.account_id))
            row.delete()


def remove(*, account: Account, device: Device) -> None:
    """Forget a laptop and its key."""
    row = _lock(device.pk)
    if row is None or row.account_id != account.pk:
        return
    journal.record(Action.DEVICE_REMOVE, subject_id=row.pk, account=str(account.pk))
    row.delete()
    changed(account.pk)


def receive(*, text: str, signature: str) -> Verdict:
    """Take the report of a laptop and judge it; raise ReportRefused.

    What the key did not sign changes nothing. A signed report that does not continue the newest
    one, or comes from another machine, shows that the key is used twice: it is not taken, and the
    laptop counts as out of posture until it is enrolled again.
    """
    try:
        report = reading.read_report(text)
    except NotReadable as error:
        raise NoReport from error
    row = _lock(report.device)
    if row is None or row.confirmed_at is None or not _works_here(row):
        raise ReportRefused("unknown", _("This laptop is not enrolled, or not confirmed yet."))
    record = row.sealed
    try:
        signatures.verify(text.encode(), signature, key=record.key, namespace=protocol.LAPTOP)
        made = nonces.moment_of(report.nonce, row.pk)
    except signatures.BadSignature as error:
        raise ReportRefused("signature", _("Its key has not signed this report.")) from error
    except nonces.BadNonce as error:
        raise ReportRefused("nonce", _("The report is too old: report again.")) from error
    if made <= row.last_nonce:
        raise ReportRefused("nonce", _("The report was taken already, or a newer one was."))
    if row.copied_at or _is_copy(row, record, report):
        return _note_copy(row)
    return _take(row, record, report, text, signature)


def _is_copy(row: Device, record: DeviceRecord, report: judging.Report) -> bool:
    """Whether a signed report comes from elsewhere than the one before it."""
    if report.facts.machine != record.machine:
        return True
    return bool(row.last_report) and row.last_report not in report.previous


def _note_copy(row: Device) -> Verdict:
    if row.copied_at is None:
        row.copied_at = now()
        row.save(update_fields=["copied_at"])
        journal.record(Action.DEVICE_COPIED, subject_id=row.pk, account=str(row.account_id))
        defer("devices.tell-owner", device_id=str(row.pk))
        changed(row.account_id)
    return Verdict([judging.COPIED, *(row.problems or [])], is_copy=True)


def _take(
    row: Device, record: DeviceRecord, report: judging.Report, text: str, signature: str
) -> Verdict:
    moment = now()
    found = judging.problems(report, moment)
    before = reading.state_of(row)
    was_bad = bool(row.problems)
    row.sealed = msgspec.structs.replace(record, report=text, signature=signature)
    row.reported_at, row.problems = moment, found
    row.last_nonce = nonces.moment_of(report.nonce, row.pk)
    row.last_report = protocol.digest(text)
    row.save(update_fields=["sealed", "reported_at", "problems", "last_nonce", "last_report"])
    if found and not was_bad:
        journal.record(Action.DEVICE_LOST, subject_id=row.pk, account=str(row.account_id))
        defer("devices.tell-owner", device_id=str(row.pk))
    elif not found and before != reading.State.WELL:
        journal.record(Action.DEVICE_REGAINED, subject_id=row.pk, account=str(row.account_id))
    changed(row.account_id)
    return Verdict(found)


def _works_here(row: Device) -> bool:
    return StaffMember.objects.filter(pk=row.account_id, is_enabled=True).exists()


def _lock(device_id: UUID) -> Device | None:
    return Device.objects.select_for_update().filter(pk=device_id).first()


def purge(moment: datetime) -> int:
    """Delete tokens that are over, and laptops that nobody confirmed within a day."""
    EnrolmentToken.objects.filter(expires_at__lt=moment).delete()
    old = Device.objects.filter(confirmed_at=None, created_at__lt=moment - UNCONFIRMED_FOR)
    gone, _of_each = old.delete()
    return gone
