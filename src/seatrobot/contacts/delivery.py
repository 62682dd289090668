"""Whether a contact may be mailed: who said so, when, and what outweighs what."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.contacts.feature import Action, Permission
from seatrobot.contacts.models import (
    Consent,
    Contact,
    ContactAddress,
    Delivery,
    Source,
    StateRecord,
)
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import one_of
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.vault import services as vault

_STRENGTH = {state: strength for strength, state in enumerate(Delivery.values)}
OF_THE_PERSON = frozenset({Delivery.UNSUBSCRIBED.value, Delivery.COMPLAINED.value})
"""What only the person takes back; the team does with a word that they asked for it."""


class StaysUnsubscribed(Refused):
    """The team may not send again to somebody who asked for no mail."""

    def __init__(self) -> None:
        super().__init__(
            _("This person asked for no mail. Tick that they have asked for mail again."),
            field="asked_again",
        )


def set_delivery(  # noqa: PLR0913  all that is said of it
    *,
    actor: Principal,
    contact_ids: Collection[UUID],
    state: Delivery,
    source: Source,
    at: datetime | None = None,
    asked_again: bool = False,
) -> int:
    """Note whether contacts may be mailed; return for how many that is new.

    A weaker reason against mail leaves a stronger one as it is: a bounce does not outweigh that
    somebody unsubscribed. Mail is allowed again by the person (`Source.PERSON`) always; by the team
    after a bounce or their own block, and where the person unsubscribed or complained only with
    `asked_again`, which is kept as consent. Raises StaysUnsubscribed. at: when it happened; what
    happened before the present state was set changes nothing.
    """
    actor.require(Permission.CONTACT_CHANGE)
    moment = at or now()
    rows = Contact.objects.filter(pk__in=one_of(contact_ids)).order_by("pk")
    locked = rows.select_for_update(no_key=True)
    changed: list[UUID] = []
    for pk, before, since in locked.values_list("pk", "delivery", "delivery_at"):
        if before == state or (since is not None and moment < since):
            continue
        if state == Delivery.ACTIVE:
            if not _may_lift(before, source, asked_again=asked_again):
                raise StaysUnsubscribed
        elif _STRENGTH[before] > _STRENGTH[state]:
            continue
        changed.append(pk)
    if not changed:
        return 0
    said = {"delivery": state, "delivery_at": moment, "delivery_source": source}
    if (consent := _consent(state, source, asked_again=asked_again)) is not None:
        said |= {"consent": consent, "consent_at": moment, "consent_source": source}
    Contact.objects.filter(pk__in=one_of(changed)).update(**said, changed_at=now())
    one = changed[0] if len(changed) == 1 else None
    journal.shown(changed)
    journal.record(
        Action.CONTACT_DELIVERY,
        subject_id=one,
        count=len(changed),
        state=state.value or "active",
        source=source.value,
    )
    return len(changed)


def set_delivery_of_address(
    *, actor: Principal, email: str, state: Delivery, source: Source, at: datetime | None = None
) -> int:
    """Do `set_delivery` for every contact that has this address."""
    actor.require(Permission.CONTACT_CHANGE)
    return set_delivery(
        actor=actor,
        contact_ids=at_address(actor.organization_id, email),
        state=state,
        source=source,
        at=at,
    )


def at_address(organization_id: UUID, email: str) -> list[UUID]:
    """Return the contacts that have an address, in any spelling that is the same address."""
    index = vault.blind_index(organization_id, email)
    rows = ContactAddress.objects.filter(organization_id=organization_id, email_index=index)
    return list(rows.order_by("contact_id").values_list("contact_id", flat=True))


def set_consent(
    *,
    actor: Principal,
    contact_id: UUID,
    consent: Consent,
    source: Source,
    at: datetime | None = None,
) -> None:
    """Note what a person said about being written to; withdrawn consent stops mail as well."""
    actor.require(Permission.CONTACT_CHANGE)
    moment = at or now()
    rows = Contact.objects.filter(pk=contact_id).exclude(consent=consent)
    said = {"consent": consent, "consent_at": moment, "consent_source": source}
    if rows.update(**said, changed_at=now()):
        journal.record(Action.CONTACT_DELIVERY, subject_id=contact_id, consent=consent.value)
    if consent == Consent.WITHDRAWN:
        state = Delivery.UNSUBSCRIBED
        set_delivery(actor=actor, contact_ids=[contact_id], state=state, source=source, at=moment)


def may_be_mailed(contact_ids: Collection[UUID]) -> set[UUID]:
    """Return those of the contacts whom nothing keeps from being mailed."""
    rows = Contact.objects.filter(pk__in=one_of(contact_ids), delivery=Delivery.ACTIVE)
    return set(rows.values_list("pk", flat=True))


def stronger(one: StateRecord, other: StateRecord) -> StateRecord:
    """Return the one of two with the stronger reason against mail, the first of equals."""
    return one if _STRENGTH[one.delivery] >= _STRENGTH[other.delivery] else other


def _may_lift(before: str, source: Source, *, asked_again: bool) -> bool:
    if before not in OF_THE_PERSON:
        return source in {Source.STAFF, Source.PERSON}
    return source == Source.PERSON or (source == Source.STAFF and asked_again)


def _consent(state: Delivery, source: Source, *, asked_again: bool) -> Consent | None:
    """Return what a person has said of consent with it, None for nothing."""
    if state == Delivery.ACTIVE and (asked_again or source == Source.PERSON):
        return Consent.GIVEN
    if state == Delivery.UNSUBSCRIBED and source == Source.PERSON:
        return Consent.WITHDRAWN
    return None
