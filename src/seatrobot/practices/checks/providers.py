"""Certificates of providers: what people found in them, by date; nobody's word is changed later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.promises.declaring import Measure, Measurement, NotSetUp, promise
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.promises.statements import digest
from seatrobot.practices.checks import duties
from seatrobot.providers import reading, services, statements
from seatrobot.providers.feature import Action
from seatrobot.providers.models import Certificate, Provider

PROVIDER = ("id", "name", "service", "is_public", "created_at", "ended_at")
CERTIFICATE = (
    *("id", "provider_id", "kind", "valid_until", "next_check", "recorded_at"),
    *("text", "signature", "dropped_at"),
)
PROVIDERS = f"SELECT {', '.join(PROVIDER)} FROM providers_provider"  # noqa: S608  columns above
CERTIFICATES = f"SELECT {', '.join(CERTIFICATE)} FROM providers_certificate"  # noqa: S608  the same
ENTRIES = """
    SELECT id, subject_id, action, sealed FROM journal_entry
    WHERE organization_id IS NULL AND action = ANY(%s)
"""
ACTS = (
    Action.PROVIDER_ADD,
    Action.PROVIDER_END,
    Action.CERTIFICATE_RECORD,
    Action.CERTIFICATE_DROP,
)
AHEAD = timedelta(days=60)


class Register(NamedTuple):
    """The register as its tables have it, and the journal's hashes by act and row."""

    providers: list[Provider]
    certificates: list[Certificate]
    journal: Mapping[str, dict[UUID, str]]


@promise(
    "compliance.providers",
    sentence=_("The certificates of our hosting providers are known and current."),
    measured_by=_(
        "Somebody of the staff looks at each certificate and states what it covers and until when,"
        " which the service signs; whether what it says is true, no machine can measure. The"
        " examination reads the whole register: every provider has a certificate that is valid"
        " today, none has expired, none is past the day to look again, and what was signed,"
        " registered, dropped and given up is what the journal says."
    ),
    measures=[
        Measure("providers", _("providers registered"), least=1),
        Measure("certificates", _("certificates of theirs that count"), least=1),
        Measure("without", _("providers whose certificate is missing or invalid today"), most=0),
        Measure("expired", _("certificates that have expired"), most=0),
        Measure("overdue", _("certificates past the day to look again"), most=0),
        Measure("changed", _("rows that lack a signature or their journal entry"), most=0),
        Measure("missing", _("rows that the journal knows and that are gone"), most=0),
        Measure("soon", _("certificates that end within 60 days")),
    ],
    every=timedelta(minutes=30),
)
def providers() -> Measurement:
    """Compare every certificate with today, and the register with signatures and journal."""
    today = now().date()
    with examining() as examiner, acting(ACTOR):
        register = _register(examiner)
    known = {row.pk for row in register.providers}
    used = [row for row in register.providers if row.ended_at is None]
    signed = {row.pk for row in register.certificates if _is_signed(row, register.journal)}
    foreign = [row for row in register.certificates if row.pk not in signed]
    unknown = [row for row in register.providers if not _is_known(row, register.journal)]
    missing = register.journal[Action.PROVIDER_ADD].keys() - known
    missing |= register.journal[Action.CERTIFICATE_RECORD].keys() - {
        row.pk for row in register.certificates
    }
    counting = _counting(used, [row for row in register.certificates if row.pk in signed])
    certificates = [row for rows in counting.values() for row in rows]
    without = [row for row in used if not any(_is_valid(each, today) for each in counting[row.pk])]
    expired = [row for row in certificates if row.valid_until < today]
    overdue = [row for row in certificates if row.next_check < today]
    if not used and not (missing or foreign or unknown):
        raise NotSetUp(gettext("No provider is registered: staff register those they use."))
    notes = [f"{row.name} has no valid certificate" for row in without]
    notes += [f"{row.pk} ({row.kind}) expired on {row.valid_until}" for row in expired]
    notes += [f"{row.pk} ({row.kind}) was to be looked at on {row.next_check}" for row in overdue]
    notes += [f"{row.pk} is not what was signed and journalled" for row in [*foreign, *unknown]]
    notes += [f"{pk} is gone" for pk in missing]
    return Measurement(
        {
            "providers": len(used),
            "certificates": len(certificates),
            "without": len(without),
            "expired": len(expired),
            "overdue": len(overdue),
            "changed": len(foreign) + len(unknown),
            "missing": len(missing),
            "soon": sum(_ends_soon(row, today) for row in certificates),
        },
        notes,
    )


def _register(examiner: psycopg.Connection) -> Register:
    found = [Provider(**_named(PROVIDER, row)) for row in examiner.execute(PROVIDERS)]
    rows = [Certificate(**_named(CERTIFICATE, row)) for row in examiner.execute(CERTIFICATES)]
    journal: dict[str, dict[UUID, str]] = {str(action): {} for action in ACTS}
    for pk, subject, action, sealed in examiner.execute(ENTRIES, [[str(each) for each in ACTS]]):
        journal[action][subject] = str(duties.facts_of(pk, bytes(sealed)).get("hash", ""))
    return Register(found, rows, journal)


def _named(names: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(names, row, strict=True))


def _is_signed(row: Certificate, journal: Mapping[str, dict[UUID, str]]) -> bool:
    """Whether a certificate is what somebody signed, and dropped only where the journal says so."""
    try:
        statements.read(row)
    except statements.InvalidStatement:
        return False
    if journal[Action.CERTIFICATE_RECORD].get(row.pk) != digest(row.text):
        return False
    return (row.dropped_at is not None) == (row.pk in journal[Action.CERTIFICATE_DROP])


def _is_known(row: Provider, journal: Mapping[str, dict[UUID, str]]) -> bool:
    """Whether a provider is what was registered, and given up only where the journal says so."""
    if journal[Action.PROVIDER_ADD].get(row.pk) != services.fingerprint(row):
        return False
    return (row.pk in journal[Action.PROVIDER_END]) == (row.ended_at is not None)


def _counting(
    used: Iterable[Provider], rows: Iterable[Certificate]
) -> defaultdict[UUID, list[Certificate]]:
    """Return of each provider in use the certificates that count."""
    of_each: defaultdict[UUID, list[Certificate]] = defaultdict(list)
    for row in rows:
        of_each[row.provider_id].append(row)
    found: defaultdict[UUID, list[Certificate]] = defaultdict(list)
    for provider in used:
        found[provider.pk] = reading.newest(of_each[provider.pk])
    return found


def _is_valid(row: Certificate, today: date) -> bool:
    return row.valid_until >= today and statements.is_begun(statements.read(row), today)


def _ends_soon(row: Certificate, today: date) -> bool:
    return today <= row.valid_until <= today + AHEAD
