"""Registering providers and what was found in their certificates. Each inside `acting`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from django.db import IntegrityError
from django.utils.translation import gettext as _

from seatrobot.kernel import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.promises.statements import digest
from seatrobot.kernel.refusal import Refused
from seatrobot.normalizing import clean_line
from seatrobot.providers import statements
from seatrobot.providers.feature import Action
from seatrobot.providers.models import Certificate, Provider, Statement

LONGEST_VALID = timedelta(days=5 * 366)
LONGEST_UNCHECKED = timedelta(days=366)


class ProviderRefused(Refused):
    """What was entered of a provider or a certificate cannot be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFacts:
    """What somebody read in a certificate. valid_until: its last day. document: SHA-256."""

    kind: str
    scope: str
    issuer: str
    valid_from: date
    valid_until: date
    document: str
    source: str
    next_check: date


def add(*, name: str, service: str, is_public: bool) -> Provider:
    """Register a provider; raise ProviderRefused when one of that name is there."""
    name, service = clean_line(name), clean_line(service)
    if not name or not service:
        raise ProviderRefused(_("Give a name, and what the provider does."))
    try:
        with acting.savepoint():
            row = Provider.objects.create(
                name=name, service=service, is_public=is_public, created_at=now()
            )
    except IntegrityError:
        raise ProviderRefused(_("This provider is registered already."), field="name") from None
    journal.record(Action.PROVIDER_ADD, subject_id=row.pk, hash=fingerprint(row))
    return row


def fingerprint(row: Provider) -> str:
    """Return the hash of what is registered of a provider, as the journal keeps it."""
    return digest(json.dumps([row.name, row.service, row.is_public]))


def end(*, provider: Provider) -> None:
    """Note that a provider was given up: its certificates count no more."""
    row = Provider.objects.select_for_update().get(pk=provider.pk)
    if row.ended_at is None:
        row.ended_at = now()
        row.save(update_fields=["ended_at"])
        journal.record(Action.PROVIDER_END, subject_id=row.pk)


def record(*, provider: Provider, by: UUID, facts: CertificateFacts) -> Certificate:
    """Record what somebody found in a certificate, signed; raise ProviderRefused."""
    row = Provider.objects.select_for_update().get(pk=provider.pk)
    if row.ended_at is not None:
        raise ProviderRefused(_("This provider was given up."))
    _check(facts)
    pk, moment = new_id(), now()
    statement = Statement(
        id=str(pk),
        provider=str(row.pk),
        name=row.name,
        kind=facts.kind,
        scope=clean_line(facts.scope),
        issuer=clean_line(facts.issuer),
        valid_from=facts.valid_from.isoformat(),
        valid_until=facts.valid_until.isoformat(),
        document=facts.document,
        source=facts.source,
        checked_by=str(by),
        checked_at=moment.isoformat(),
        next_check=facts.next_check.isoformat(),
    )
    text, signature = statements.sign(statement)
    journal.record(
        Action.CERTIFICATE_RECORD, subject_id=pk, provider=str(row.pk), hash=digest(text)
    )
    return Certificate.objects.create(
        id=pk,
        provider=row,
        kind=facts.kind,
        valid_until=facts.valid_until,
        next_check=facts.next_check,
        recorded_at=moment,
        text=text,
        signature=signature,
    )


def drop(*, certificate: Certificate) -> None:
    """Note that a certificate does not count any more, as one that the provider gave up."""
    changed = Certificate.objects.filter(pk=certificate.pk, dropped_at=None)
    if changed.update(dropped_at=now()):
        journal.record(Action.CERTIFICATE_DROP, subject_id=certificate.pk)


def _check(facts: CertificateFacts) -> None:
    """Raise ProviderRefused with a sentence for each field that cannot be so."""
    today = now().date()
    wrong = []
    if facts.valid_from > facts.valid_until:
        wrong.append(("valid_until", _("It ends before it begins.")))
    elif facts.valid_until < today:
        wrong.append(("valid_until", _("It has expired: ask the provider for the present one.")))
    elif facts.valid_until - facts.valid_from > LONGEST_VALID:
        wrong.append(("valid_until", _("No certificate is valid for more than five years.")))
    if not today < facts.next_check <= today + LONGEST_UNCHECKED:
        wrong.append(("next_check", _("Look again after today and within a year.")))
    if not facts.document:
        wrong.append(("document", _("Choose the document, so that its hash is recorded.")))
    if facts.source and urlsplit(facts.source).scheme != "https":
        wrong.append(("source", _("Give an address that begins with https://.")))
    if wrong:
        raise ProviderRefused.of(wrong)
