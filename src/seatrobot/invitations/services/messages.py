"""Messages to the guests of an event: written, checked, kept as templates, versioned when sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec
from django.db.models.expressions import RawSQL
from django.http import Http404
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.events.models import Event
from seatrobot.guests.guest_list import GuestList, OpenGuest
from seatrobot.invitations import pictures, placeholders, rendering
from seatrobot.invitations.feature import Action, Permission
from seatrobot.invitations.models import Kind, Message, Picture, Template, Version
from seatrobot.invitations.records import MessageRecord, Text
from seatrobot.invitations.starters import starter
from seatrobot.invitations.writing import ANSWERED_BY_LINK
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.repeats import once
from seatrobot.kernel.versions import ChangedMeanwhile

MOST_MESSAGES, MOST_TEMPLATES = 200, 100
LONGEST = {"name": 100, "subject": 150, "preheader": 150, "body": 20_000, "button": 60, "alt": 200}
_VERSION = RawSQL("invitations_message.changed_xid::text", [])


class WrongMessage(Refused):
    """What cannot be a message."""

    status = 422


class Finding(NamedTuple):
    """Something to see to before a message is sent. is_serious: it cannot be sent so."""

    sentence: str
    is_serious: bool


def load_message(
    principal: Principal, event_id: UUID, message_id: UUID, *, for_update: bool = False
) -> tuple[Message, str]:
    """Return a message of an event and its version; Http404 when there is none to see."""
    principal.require(Permission.MESSAGE_VIEW, event_id)
    rows = Message.objects.select_related("event").filter(event_id=event_id, pk=message_id)
    if for_update:
        rows = rows.select_for_update(of=("self",), no_key=True)
    row = rows.annotate(version=_VERSION).first()
    if row is None:
        raise Http404
    return row, row.version


def create(
    *,
    actor: Principal,
    event: Event,
    kind: str,
    template_id: UUID | None = None,
    message_id: UUID | None = None,
) -> Message:
    """Begin a message with the words of a template or ours; a form sent twice begins one."""
    actor.require(Permission.MESSAGE_CHANGE, event.pk)
    rows = Message.objects.filter(event=event)
    key = message_id or new_id()

    def make() -> Message:
        if rows.count() >= MOST_MESSAGES:
            raise WrongMessage(_("An event has at most %d messages.") % MOST_MESSAGES)
        record = starter(kind)
        if template_id is not None:
            record = _template(actor, template_id).sealed
        row = Message.objects.create(
            pk=key,
            organization_id=event.organization_id,
            event=event,
            kind=kind,
            sealed=record,
            created_at=now(),
            changed_at=now(),
        )
        journal.record(Action.MESSAGE_CREATE, event_id=event.pk, subject_id=row.pk, kind=kind)
        return row

    return once(rows.filter(pk=key).first, make)


def change(
    *, actor: Principal, message: Message, language: str, record: MessageRecord, seen: str
) -> None:
    """Change what holds for all languages, and the text in one of them."""
    actor.require(Permission.MESSAGE_CHANGE, message.event_id)
    _check(record)
    message, version = load_message(actor, message.event_id, message.pk, for_update=True)
    if version != seen:
        raise ChangedMeanwhile(_("Somebody else changed this message meanwhile."))
    texts = {**message.sealed.texts, language: record.texts[language]}
    _save(message, msgspec.structs.replace(record, texts=texts))


def add_language(*, actor: Principal, message: Message, language: str) -> None:
    """Begin the text in another language, with our words for this kind of message."""
    actor.require(Permission.MESSAGE_CHANGE, message.event_id)
    message, _seen = load_message(actor, message.event_id, message.pk, for_update=True)
    if language in message.sealed.texts:
        return
    with translation.override(language):
        text = starter(message.kind).texts[""]
    texts = {**message.sealed.texts, language: text}
    _save(message, msgspec.structs.replace(message.sealed, texts=texts))


def remove_language(*, actor: Principal, message: Message, language: str) -> None:
    """Remove the text in a language; the one of the event team stays."""
    actor.require(Permission.MESSAGE_CHANGE, message.event_id)
    message, _seen = load_message(actor, message.event_id, message.pk, for_update=True)
    if not language:
        raise WrongMessage(_("A message needs its first text; change it instead."))
    texts = {key: text for key, text in message.sealed.texts.items() if key != language}
    _save(message, msgspec.structs.replace(message.sealed, texts=texts))


def set_picture(*, actor: Principal, message: Message, data: bytes) -> None:
    """Give a message a picture, encoded anew; raises pictures.WrongPicture."""
    actor.require(Permission.MESSAGE_CHANGE, message.event_id)
    record = pictures.reencode(data)
    message, _seen = load_message(actor, message.event_id, message.pk, for_update=True)
    _take_picture(message)
    Picture.objects.create(
        organization_id=message.organization_id,
        event_id=message.event_id,
        message=message,
        sealed=record,
    )
    _save(message, message.sealed)


def remove_picture(*, actor: Principal, message: Message) -> None:
    actor.require(Permission.MESSAGE_CHANGE, message.event_id)
    message, _seen = load_message(actor, message.event_id, message.pk, for_update=True)
    _take_picture(message)
    _save(message, message.sealed)


def picture_of(message: Message) -> Picture | None:
    return Picture.objects.filter(message=message, current=True).first()


def remove(*, actor: Principal, message: Message) -> None:
    """Remove a message that was never sent."""
    actor.require(Permission.MESSAGE_CHANGE, message.event_id)
    if Version.objects.filter(message=message, mailings__isnull=False).exists():
        raise WrongMessage(_("This message was sent; it is kept with what became of it."))
    journal.record(Action.MESSAGE_REMOVE, event_id=message.event_id, subject_id=message.pk)
    message.delete()


def keep_as_template(*, actor: Principal, message: Message) -> Template:
    """Keep the words of a message for other events; the picture stays with the message."""
    actor.require(Permission.MESSAGE_CHANGE, message.event_id)
    if Template.objects.filter(organization_id=actor.organization_id).count() >= MOST_TEMPLATES:
        raise WrongMessage(_("There are at most %d templates.") % MOST_TEMPLATES)
    row = Template.objects.create(
        organization_id=actor.organization_id,
        kind=message.kind,
        sealed=message.sealed,
        created_at=now(),
    )
    journal.record(Action.MESSAGE_CREATE, subject_id=row.pk, kind=message.kind)
    return row


def templates(actor: Principal, event_id: UUID) -> list[Template]:
    actor.require(Permission.MESSAGE_VIEW, event_id)
    rows = Template.objects.filter(organization_id=actor.organization_id)
    return sorted(rows, key=lambda row: (row.kind, row.sealed.name))


def remove_template(*, actor: Principal, event_id: UUID, template_id: UUID) -> None:
    actor.require(Permission.MESSAGE_CHANGE, event_id)
    row = _template(actor, template_id)
    journal.record(Action.MESSAGE_REMOVE, subject_id=row.pk)
    row.delete()


def version_of(message: Message) -> Version:
    """Return the message as it is now, as a version that does not change any more."""
    picture = picture_of(message)
    last = Version.objects.filter(message=message).order_by("-number").first()
    if last and last.sealed == message.sealed and last.picture_id == (picture and picture.pk):
        return last
    return Version.objects.create(
        organization_id=message.organization_id,
        event_id=message.event_id,
        message=message,
        picture=picture,
        number=last.number + 1 if last else 1,
        sealed=message.sealed,
        created_at=now(),
    )


def findings(
    message: Message, guest_list: GuestList, guests: Sequence[OpenGuest]
) -> Iterator[Finding]:
    """Yield what is to be seen to before a message goes to these guests."""
    record = message.sealed
    for language, text in record.texts.items():
        yield from _of_text(message.kind, language, text)
    if wrong := rendering.linked_wrongly(record):
        names = ", ".join(f"{{{name}}}" for name in wrong)
        yield Finding(
            _("In the address of a link only links may stand, not %(names)s.") % {"names": names},
            True,
        )
    if not record.alt and picture_of(message):
        yield Finding(_("Say what the picture shows, for those who do not see it."), False)
    yield from _empty(record, guest_list, guests)
    yield from _languages(record, guest_list, guests)


def _of_text(kind: str, language: str, text: Text) -> Iterator[Finding]:
    whole = "\n".join((text.subject, text.preheader, text.body, text.button))
    suffix = f" ({rendering.language_name(language)})" if language else ""
    for sentence in placeholders.problems(whole):
        yield Finding(sentence + suffix, True)
    if not text.subject.strip():
        yield Finding(_("There is no subject.") + suffix, True)
    if not text.body.strip():
        yield Finding(_("There is no text.") + suffix, True)
    leads = text.button or "answer_link" in placeholders.used(text.body)
    if kind in ANSWERED_BY_LINK and not leads:
        yield Finding(_("Nothing leads to the page where guests answer.") + suffix, True)


def _empty(
    record: MessageRecord, guest_list: GuestList, guests: Sequence[OpenGuest]
) -> Iterator[Finding]:
    """Say of which placeholders how many guests have nothing, and for which nothing stands in."""
    texts = record.texts.values()
    wanted = set[str]().union(
        *(placeholders.used(f"{each.subject}\n{each.body}") for each in texts)
    )
    for name in placeholders.OF_GUEST:
        if name not in wanted:
            continue
        count = sum(not _value(name, guest_list, guest) for guest in guests)
        if count:
            label = str(placeholders.OF_GUEST[name])
            said = ngettext(
                "%(count)d guest has nothing for “%(label)s” ({%(name)s}).",
                "%(count)d guests have nothing for “%(label)s” ({%(name)s}).",
                count,
            )
            yield Finding(said % {"count": count, "label": label, "name": name}, False)


def _value(name: str, guest_list: GuestList, guest: OpenGuest) -> object:
    party = guest_list.parties.get(guest.party_id)
    if name == "party":
        return party.label if party else ""
    if name == "answer_by":
        return party.reply_by if party else None
    if name == "name":
        return guest.record.full_name
    return getattr(guest.record, name)


def _languages(
    record: MessageRecord, guest_list: GuestList, guests: Sequence[OpenGuest]
) -> Iterator[Finding]:
    missing: dict[str, int] = {}
    for party_id in {guest.party_id for guest in guests}:
        party = guest_list.parties.get(party_id)
        language = party.language if party else ""
        if language and not record.text_in(language)[0]:
            missing[language] = missing.get(language, 0) + 1
    for language, count in sorted(missing.items()):
        said = ngettext(
            "%(count)d party reads %(language)s, in which there is no text.",
            "%(count)d parties read %(language)s, in which there is no text.",
            count,
        )
        name = rendering.language_name(language)
        yield Finding(said % {"count": count, "language": name}, False)


def _check(record: MessageRecord) -> None:
    problems = list(_too_long(record))
    if record.accent and not rendering.COLOUR.fullmatch(record.accent):
        problems.append(("accent", _("Choose a colour such as #2b4c8c.")))
    if problems:
        raise WrongMessage.of(problems)


def _too_long(record: MessageRecord) -> Iterable[tuple[str, str]]:
    for field, limit in LONGEST.items():
        if field in {"name", "alt"}:
            texts = [getattr(record, field)]
        else:
            texts = [getattr(text, field) for text in record.texts.values()]
        if any(len(text) > limit for text in texts):
            yield field, _("At most %(limit)s characters are allowed.") % {"limit": limit}


def _save(message: Message, record: MessageRecord) -> None:
    message.sealed, message.changed_at = record, now()
    message.save(update_fields=["sealed", "changed_at"])
    journal.record(Action.MESSAGE_CHANGE, event_id=message.event_id, subject_id=message.pk)


def _take_picture(message: Message) -> None:
    """Take the picture away; versions that were sent keep it."""
    rows = Picture.objects.filter(message=message, current=True)
    for row in rows:
        if Version.objects.filter(picture=row).exists():
            row.current = False
            row.save(update_fields=["current"])
        else:
            row.delete()


def _template(actor: Principal, template_id: UUID) -> Template:
    rows = Template.objects.filter(organization_id=actor.organization_id, pk=template_id)
    row = rows.first()
    if row is None:
        raise Http404
    assert row.kind in Kind.values
    return row
