"""What packages above know of a contact's part in events, shown on the contact's page."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from seatrobot.kernel import features
from seatrobot.kernel.principals import Principal


@dataclass(frozen=True, slots=True)
class Attendance:
    """One event that somebody is on the list of. status: the word for it. url: their page there."""

    event_id: UUID
    title: str
    starts_at: datetime
    time_zone: str
    status: str
    url: str


class Attendances(ABC):
    """Implemented by the package that has guests."""

    @abstractmethod
    def of_contact(self, principal: Principal, contact_id: UUID) -> Iterable[Attendance]:
        """Return the events of a contact that the principal sees, the latest first."""


def of_contact(principal: Principal, contact_id: UUID) -> list[Attendance]:
    return [
        attendance
        for extension in features.extensions(Attendances)
        for attendance in extension.of_contact(principal, contact_id)
    ]
