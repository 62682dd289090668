"""Where guests sit, for the guest list, which stands below this package."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from uuid import UUID

from django.db.models import Q

from seatrobot.events.models import Activity
from seatrobot.events.reading import activities
from seatrobot.guests import places
from seatrobot.guests.places import Place
from seatrobot.guests.statuses import TAKES_PLACE
from seatrobot.kernel.ids import one_of
from seatrobot.kernel.principals import Principal
from seatrobot.seating.feature import Permission
from seatrobot.seating.models import SeatAssignment, Table
from seatrobot.seating.plan import address
from seatrobot.seating.services import history, rules
from seatrobot.seating.text import name_of


class GuestPlaces(places.Seating):
    """Names the tables of every activity of an event that has some."""

    def rooms(self, principal: Principal, event_id: UUID) -> Iterator[places.Room]:
        if not principal.may(Permission.SEATING_VIEW, event_id):
            return
        every = activities(event_id)
        may_change = principal.may(Permission.SEATING_CHANGE, event_id)
        tables: dict[UUID, list[Table]] = {}
        rows = Table.objects.filter(event_id=event_id).select_related("room")
        for table in rows.order_by("number"):
            tables.setdefault(table.room.activity_id, []).append(table)
        for activity in every:
            if found := tables.get(activity.pk):
                title = name_of(activity) if len(every) > 1 else ""
                yield _room(activity, title, found, may_change=may_change)

    def forget(self, event_id: UUID, guest_ids: Collection[UUID]) -> None:
        rules.forget(event_id, guest_ids)
        history.forget(event_id, guest_ids)


def _room(
    activity: Activity, title: str, tables: Iterable[Table], *, may_change: bool
) -> places.Room:
    names = {table.pk: table.name for table in tables}
    order = {table: position for position, table in enumerate(names)}
    plan = address(activity, "plan")

    def read(guest_ids: Collection[UUID] | None) -> dict[UUID, Place]:
        some = Q() if guest_ids is None else Q(guest_id__in=one_of(guest_ids))
        taken = SeatAssignment.objects.filter(some, table_id__in=one_of(names))
        seats = taken.filter(guest__status__in=TAKES_PLACE)
        rows = seats.values_list("guest_id", "table_id", "seat", "locked")
        return {
            guest: Place(table, names[table], seat + 1, locked, order[table])
            for guest, table, seat, locked in rows
        }

    def url_of(guest_id: UUID) -> str:
        if may_change:
            return address(activity, "guest", guest_id)
        return f"{plan}#guest-{guest_id}"

    key = "table" if activity.position == 0 else f"table:{activity.pk.hex}"
    return places.Room(key, title, names, read, url_of, plan, may_change)
