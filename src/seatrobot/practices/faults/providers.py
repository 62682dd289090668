"""Faults of the register of providers: certificates that end, and rows that somebody changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.practices.faults import people
from seatrobot.practices.faults.declaring import Instance, fault
from seatrobot.providers import services
from seatrobot.providers.models import Certificate, Kind
from seatrobot.providers.services import CertificateFacts

PROMISE = "compliance.providers"
NOW = "seatrobot.practices.checks.providers.now"
ONE = "(SELECT id FROM providers_certificate LIMIT 1)"


def register(name: str = "Example Hosting", *, days: int = 200) -> Certificate:
    """Register a made-up provider with a certificate that is valid for so many days."""
    owner = people.staff_member("Dana")
    today = now().date()
    with acting(Actor.staff(owner.pk)):
        provider = services.add(name=name, service="servers", is_public=True)
        facts = CertificateFacts(
            kind=Kind.ISO_27001,
            scope="made up",
            issuer="made up",
            valid_from=today - timedelta(days=100),
            valid_until=today + timedelta(days=days),
            document="0" * 64,
            source="",
            next_check=today + timedelta(days=min(days, 100)),
        )
        return services.record(provider=provider, by=owner.pk, facts=facts)


@fault(PROMISE, "a certificate that has expired")
def expired(instance: Instance) -> Iterator[None]:
    later = now() + timedelta(days=201)
    with instance.patched(NOW, lambda: later):
        yield


@fault(PROMISE, "a certificate at which nobody has looked again")
def not_looked_at(instance: Instance) -> Iterator[None]:
    later = now() + timedelta(days=101)
    with instance.patched(NOW, lambda: later):
        yield


@fault(PROMISE, "a provider without any certificate")
def without(_instance: Instance) -> Iterator[None]:
    owner = people.staff_member("Dana")
    with acting(Actor.staff(owner.pk)):
        provider = services.add(name="Another", service="backups", is_public=False)
    yield
    with acting(Actor.staff(owner.pk)):
        services.end(provider=provider)


@fault(PROMISE, "let a certificate end later, as superuser")
def prolonged(instance: Instance) -> Iterator[None]:
    with instance.changed(
        f"UPDATE providers_certificate SET valid_until = valid_until + 365 WHERE id = {ONE}",
        f"UPDATE providers_certificate SET valid_until = valid_until - 365 WHERE id = {ONE}",
    ):
        yield


@fault(PROMISE, "write another day into what was signed")
def rewritten(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "CREATE TEMP TABLE certified AS SELECT id, text FROM providers_certificate;"
        ' UPDATE providers_certificate SET text = replace(text, \'"valid_until":"2\','
        ' \'"valid_until":"3\')',
        "UPDATE providers_certificate p SET text = c.text FROM certified c WHERE p.id = c.id;"
        " DROP TABLE certified",
    ):
        yield


@fault(PROMISE, "give a provider up that nobody gave up")
def given_up(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "UPDATE providers_provider SET ended_at = now() WHERE name = 'Example Hosting'",
        "UPDATE providers_provider SET ended_at = NULL WHERE name = 'Example Hosting'",
    ):
        yield


@fault(PROMISE, "another service for a provider than was registered")
def another_service(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "UPDATE providers_provider SET service = service || ' and more'",
        "UPDATE providers_provider SET service = left(service, -9)",
    ):
        yield


@fault(PROMISE, "take a certificate away")
def taken_away(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "CREATE TEMP TABLE had_certificate AS SELECT * FROM providers_certificate;"
        " DELETE FROM providers_certificate",
        "INSERT INTO providers_certificate SELECT * FROM had_certificate;"
        " DROP TABLE had_certificate",
    ):
        yield
