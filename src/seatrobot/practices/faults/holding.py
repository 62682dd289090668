"""Faults of holds on backups: without an investigation, by one person, for longer, untold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from seatrobot.holds import services
from seatrobot.holds.models import Hold
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.practices.faults import people
from seatrobot.practices.faults.declaring import Instance, fault

PROMISE = "retention.investigation"


@contextmanager
def held() -> Iterator[Hold]:
    """Hold the backups of the last days for an investigation, which the end of the block closes."""
    dana, gina = people.staff_member("Dana"), people.staff_member("Gina")
    with acting(Actor.staff(dana.pk)):
        investigation = services.open_investigation(by=dana.pk, title=f"Seeded at {now():%H:%M:%S}")
        row = services.ask(
            investigation=investigation,
            by=dana.pk,
            made_from=now().date() - timedelta(days=10),
            made_through=now().date(),
            days=20,
            reason="seeded to see whether it is noticed",
        )
    with acting(Actor.staff(gina.pk)):
        services.confirm(hold=row, by=gina.pk)
    try:
        yield row
    finally:
        with acting(Actor.staff(dana.pk)):
            services.close_investigation(investigation=investigation, by=dana.pk)


@fault(PROMISE, "prolong a hold, as superuser")
def prolonged(instance: Instance) -> Iterator[None]:
    yield from _changed(
        instance,
        "expires_at = expires_at + interval '9 days'",
        "expires_at = expires_at - interval '9 days'",
    )


@fault(PROMISE, "a hold whose second person never agreed")
def alone(instance: Instance) -> Iterator[None]:
    with held() as row:
        where = f"WHERE id = '{row.pk}'"
        with instance.changed(
            f"UPDATE holds_hold SET confirmed_by = '{new_id()}' {where}",
            f"UPDATE holds_hold SET confirmed_by = '{_second(row)}' {where}",
        ):
            yield


@fault(PROMISE, "an investigation that is opened again, as superuser")
def opened_again(instance: Instance) -> Iterator[None]:
    with held() as row:
        pass
    where = f"WHERE id = '{row.investigation_id}'"
    with instance.changed(
        f"UPDATE holds_investigation SET closed_at = NULL {where}",
        f"UPDATE holds_investigation SET closed_at = now() {where}",
    ):
        yield


@fault(PROMISE, "a hold for other backups than it was asked for")
def other_backups(instance: Instance) -> Iterator[None]:
    yield from _changed(instance, "made_from = made_from - 300", "made_from = made_from + 300")


@fault(PROMISE, "a hold that goes on after it was ended")
def goes_on(instance: Instance) -> Iterator[None]:
    with held() as row:
        with acting(Actor.staff(row.asked_by)):
            services.end(hold=row, by=row.asked_by)
        where = f"WHERE id = '{row.pk}'"
        with instance.changed(
            f"UPDATE holds_hold SET ended_at = NULL {where}",
            f"UPDATE holds_hold SET ended_at = now() {where}",
        ):
            yield


@fault(PROMISE, "take a hold away, with what it kept")
def taken_away(instance: Instance) -> Iterator[None]:
    with (
        held() as row,
        instance.changed(
            f"CREATE TEMP TABLE had_hold AS SELECT * FROM holds_hold WHERE id = '{row.pk}';"
            f" DELETE FROM holds_hold WHERE id = '{row.pk}'",
            "INSERT INTO holds_hold SELECT * FROM had_hold; DROP TABLE had_hold",
        ),
    ):
        yield


@fault(PROMISE, "another title than customers were told")
def retitled(instance: Instance) -> Iterator[None]:
    with held() as row:
        where = f"WHERE id = '{row.investigation_id}'"
        with instance.changed(
            f"UPDATE holds_investigation SET title = title || '!' {where}",
            f"UPDATE holds_investigation SET title = left(title, -1) {where}",
        ):
            yield


@fault(PROMISE, "a database that lets one person hold backups for years")
def lenient(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "ALTER TABLE holds_hold DISABLE TRIGGER holds_take_two",
        "ALTER TABLE holds_hold ENABLE TRIGGER holds_take_two",
    ):
        yield


@fault(PROMISE, "a web server that tells no organization of a hold")
def untold(instance: Instance) -> Iterator[None]:
    with held(), instance.patched_web("seatrobot.holds.reading.concerning", "lambda since: []"):
        yield


def _changed(instance: Instance, change: str, back: str) -> Iterator[None]:
    with held() as row:
        where = f"WHERE id = '{row.pk}'"
        with instance.changed(
            f"UPDATE holds_hold SET {change} {where}", f"UPDATE holds_hold SET {back} {where}"
        ):
            yield


def _second(row: Hold) -> UUID | None:
    """Return who has confirmed a hold."""
    with acting(Actor.staff(row.asked_by)):
        return Hold.objects.get(pk=row.pk).confirmed_by
