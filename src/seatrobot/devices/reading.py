"""What can be seen of laptops: those of a person, of everybody, and whether a person's are well."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.accounts import services as accounts
from seatrobot.devices import judging, signatures
from seatrobot.devices.judging import FRESH_FOR, Problem
from seatrobot.devices.models import Device
from seatrobot.kernel.clock import now
from seatrobot.kernel.outside import read_json


class State(models.TextChoices):
    """How a laptop is now."""

    WELL = "well", gettext_lazy("In posture")
    OUT = "out", gettext_lazy("Out of posture")
    SILENT = "silent", gettext_lazy("No report for a day")
    NEW = "new", gettext_lazy("Has not reported yet")
    UNCONFIRMED = "unconfirmed", gettext_lazy("To be confirmed")


@dataclass(frozen=True, slots=True)
class Posture:
    """until: when it ends if no laptop reports again. what_to_do: "" while it holds."""

    holds: bool
    until: datetime | None = None
    what_to_do: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A laptop as a page shows it. owner: the person's name."""

    id: UUID
    name: str
    owner: str
    fingerprint: str
    state: State
    reported_at: datetime | None
    release: str
    problems: Sequence[Problem]

    @property
    def tone(self) -> str:
        tones = {State.WELL: "green", State.OUT: "red", State.SILENT: "amber"}
        return tones.get(self.state, "grey")


def posture_of(account_id: UUID) -> Posture:
    """Return whether a person's laptops are well; it opens nothing sealed.

    One whose last report was bad counts until it reports well or is removed, however long it is
    silent; a silent one whose last report was good does not, while another one reports.
    """
    rows = [
        (row, state_of(row)) for row in Device.objects.filter(account=account_id).defer("sealed")
    ]
    if any(state == State.OUT for _row, state in rows):
        what = _("Put right what your laptop reported, and have it report again.")
        return Posture(holds=False, what_to_do=what)
    well = [row.reported_at for row, state in rows if state == State.WELL and row.reported_at]
    if well:
        return Posture(holds=True, until=max(well) + FRESH_FOR)
    if any(state in {State.SILENT, State.NEW} for _row, state in rows):
        return Posture(
            holds=False,
            what_to_do=_("Have your laptop report: `python3 seatrobot-device.pyz report`."),
        )
    return Posture(holds=False, what_to_do=_("Enrol your laptop."))


def state_of(row: Device) -> State:
    """Return how a laptop is now."""
    if row.confirmed_at is None:
        return State.UNCONFIRMED
    if row.copied_at or row.problems:
        return State.OUT
    if row.reported_at is None or row.problems is None:
        return State.NEW
    is_fresh = row.reported_at <= now() < row.reported_at + FRESH_FOR
    return State.WELL if is_fresh else State.SILENT


def problems_of(row: Device) -> list[str]:
    """Return the codes of what is wrong with a laptop."""
    return [*([judging.COPIED] if row.copied_at else []), *(row.problems or [])]


def lines(rows: Iterable[Device]) -> list[Line]:
    """Return laptops as pages show them, by owner; call inside `acting`."""
    found = list(rows)
    people = accounts.people(row.account_id for row in found)
    made = [_line(row, people[row.account_id].name) for row in found if row.account_id in people]
    return sorted(made, key=lambda line: (line.owner.casefold(), line.name.casefold()))


def of_account(account_id: UUID) -> list[Line]:
    return lines(Device.objects.filter(account=account_id))


def of_staff() -> list[Line]:
    """Return the laptops of everybody who is enabled."""
    return lines(Device.objects.filter(account__staff__is_enabled=True))


def _line(row: Device, owner: str) -> Line:
    record = row.sealed
    report = read_report(record.report) if record.report else None
    return Line(
        id=row.pk,
        name=record.name,
        owner=owner,
        fingerprint=signatures.fingerprint(record.key),
        state=state_of(row),
        reported_at=row.reported_at,
        release=report.facts.release if report else "",
        problems=[judging.explain(code) for code in problems_of(row)],
    )


def read_report(text: str) -> judging.Report:
    """Return a report from its text; raise NotReadable for what is none."""
    return read_json(text, judging.Report)
