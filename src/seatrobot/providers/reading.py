"""What can be seen of providers: by staff with names of people, by others what is public."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from seatrobot.accounts import services as accounts
from seatrobot.kernel.clock import now
from seatrobot.providers import statements
from seatrobot.providers.models import Certificate, Provider, Statement

WARNED_AHEAD = timedelta(days=60)


class State(models.TextChoices):
    """How a certificate is today, the best first."""

    VALID = "valid", _("Valid")
    ENDS_SOON = "soon", _("Ends soon")
    UNCHECKED = "unchecked", _("To be looked at again")
    EXPIRED = "expired", _("Expired")
    FOREIGN = "foreign", _("Not signed by us")
    OLD = "old", _("Replaced or dropped")


TONES = {
    State.VALID: "green",
    State.ENDS_SOON: "amber",
    State.UNCHECKED: "amber",
    State.OLD: "grey",
}


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """statement: None without our signature. checked_by: a name; "" for the public."""

    id: UUID
    state: State
    statement: Statement | None
    label: str
    valid_until: date
    next_check: date
    days_left: int
    checked_by: str = ""

    @property
    def tone(self) -> str:
        return TONES.get(self.state, "red")

    @property
    def valid_from(self) -> date | None:
        return date.fromisoformat(self.statement.valid_from) if self.statement else None

    @property
    def checked_on(self) -> date | None:
        return datetime.fromisoformat(self.statement.checked_at).date() if self.statement else None


@dataclass(frozen=True, slots=True)
class ProviderLine:
    """A provider with the certificates that count; without one that is valid it stands out."""

    id: UUID
    name: str
    service: str
    is_public: bool
    certificates: Sequence[CertificateLine] = field(default_factory=list)
    old: Sequence[CertificateLine] = field(default_factory=list)

    @property
    def is_certified(self) -> bool:
        good = {State.VALID, State.ENDS_SOON, State.UNCHECKED}
        return any(each.state in good for each in self.certificates)


def providers(*, public: bool = False) -> list[ProviderLine]:
    """Return the providers that are in use, by name; with names of people unless `public`."""
    rows = Provider.objects.filter(ended_at=None).prefetch_related("certificates")
    found = [row for row in rows if row.is_public or not public]
    return sorted(
        (line(row, public=public) for row in found), key=lambda each: each.name.casefold()
    )


def line(provider: Provider, *, public: bool = False) -> ProviderLine:
    """Return a provider with its certificates, those that count first."""
    rows = sorted(provider.certificates.all(), key=lambda row: row.recorded_at, reverse=True)
    counting = {row.pk for row in newest(rows)}
    names = {} if public else _checker_names(rows)
    lines = [_line(row, names, counts=row.pk in counting) for row in rows]
    return ProviderLine(
        provider.pk,
        provider.name,
        provider.service,
        provider.is_public,
        [each for each in lines if each.state != State.OLD],
        [each for each in lines if each.state == State.OLD],
    )


def newest(rows: Sequence[Certificate]) -> list[Certificate]:
    """Return of each kind the certificate that was recorded last, unless it was dropped."""
    found: dict[str, Certificate] = {}
    for row in sorted(rows, key=lambda row: row.recorded_at):
        found[row.kind] = row
    return [row for row in found.values() if row.dropped_at is None]


def _checker_names(rows: Sequence[Certificate]) -> dict[str, str]:
    stated = [_stated(row) for row in rows]
    people = accounts.people(UUID(each.checked_by) for each in stated if each)
    return {str(pk): person.name for pk, person in people.items()}


def _line(row: Certificate, names: dict[str, str], *, counts: bool) -> CertificateLine:
    statement, today = _stated(row), now().date()
    return CertificateLine(
        row.pk,
        _state(row, statement, today) if counts else State.OLD,
        statement,
        row.get_kind_display(),
        row.valid_until,
        row.next_check,
        (row.valid_until - today).days,
        names.get(statement.checked_by, "") if statement else "",
    )


def _state(row: Certificate, statement: Statement | None, today: date) -> State:
    if statement is None:
        return State.FOREIGN
    if row.valid_until < today:
        return State.EXPIRED
    if row.next_check < today:
        return State.UNCHECKED
    return State.ENDS_SOON if row.valid_until - today <= WARNED_AHEAD else State.VALID


def _stated(row: Certificate) -> Statement | None:
    try:
        return statements.read(row)
    except statements.InvalidStatement:
        return None
