"""Pages of messages: written, looked at as guests will see them, kept as templates."""

from __future__ import annotations

import base64
from typing import Any
from uuid import UUID

from django.contrib import messages as toasts
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seatrobot.accounts.models import Account
from seatrobot.events.models import Event
from seatrobot.events.reading import load_event
from seatrobot.guests.guest_list import GuestList, OpenGuest, open_list
from seatrobot.guests.models import Party
from seatrobot.guests.searching import Listing
from seatrobot.invitations import placeholders, sending
from seatrobot.invitations.feature import Action, Permission
from seatrobot.invitations.forms import LanguageForm, MessageForm, NewMessageForm
from seatrobot.invitations.models import Message
from seatrobot.invitations.rendering import language_name
from seatrobot.invitations.services import mailings, messages
from seatrobot.invitations.writing import ANSWERED_BY_LINK, Letterhead
from seatrobot.kernel.answers import form_page
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations.pages import MemberRequest, member_page

MOST_OFFERED = 200
PREVIEW_POLICY = "; ".join(
    [
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "form-action 'none'",
        "frame-ancestors 'self'",
        "base-uri 'none'",
        "sandbox",
    ]
)
"""Of a message as it is shown to the team: styles as in a mail, and nothing that could act."""
EDITOR_POLICY = "; ".join(
    [
        *("default-src 'none'", "object-src 'none'", "script-src 'self'", "style-src 'self'"),
        *("font-src 'self'", "img-src 'self' data:", "connect-src 'self'", "manifest-src 'self'"),
        *("form-action 'self'", "frame-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"),
    ]
)
"""The policy of every page, and frames of our own in it."""
FORMATS = ("bold", "italic", "heading", "list", "link", "quote")


@require_safe
@member_page(Permission.MESSAGE_VIEW)
def overview(request: MemberRequest, event_id: UUID) -> HttpResponse:
    event = load_event(request.member, event_id)
    rows = mailings.of_event(request.member, event)
    counts = mailings.counts([row.pk for row in rows])
    journal.record(Action.MESSAGE_VIEW, event_id=event_id)
    written = Message.objects.filter(event=event).order_by("-changed_at")
    context = {
        **frame(request, event),
        "messages_written": list(written),
        "mailings": [mailings.summary(row, counts[row.pk]) for row in rows],
        "templates": messages.templates(request.member, event_id),
    }
    return render(request, "invitations/overview.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.MESSAGE_CHANGE)
def new(request: MemberRequest, event_id: UUID) -> HttpResponse:
    event = load_event(request.member, event_id)
    templates = messages.templates(request.member, event_id)
    form = NewMessageForm(request.POST or None, templates=templates)

    def act() -> Message:
        return messages.create(
            actor=request.member,
            event=event,
            kind=form.kind,
            template_id=form.template.pk if form.template else None,
            message_id=form.cleaned_data["message_id"],
        )

    return form_page(
        request,
        form,
        act=act,
        done=lambda row: redirect("invitations:message", event.organization_id, event_id, row.pk),
        template="invitations/new.html",
        context=lambda: {**frame(request, event), "has_templates": bool(templates)},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.MESSAGE_CHANGE)
def edit(request: MemberRequest, event_id: UUID, message: UUID) -> HttpResponse:
    row, seen = messages.load_message(request.member, event_id, message)
    language = _language(request, row)
    posted: QueryDict | None = request.POST if request.method == "POST" else None
    if posted is not None and (wanted := posted.get("insert", "")):
        posted = _inserted(posted, wanted)
        form = MessageForm(posted, message=row, language=language, seen=seen)
        return _editor(request, row, language, form)
    form = MessageForm(posted, request.FILES or None, message=row, language=language, seen=seen)

    def act() -> None:
        messages.change(
            actor=request.member,
            message=row,
            language=language,
            record=form.record,
            seen=form.cleaned_data["seen"],
        )
        if data := form.cleaned_data["picture"]:
            messages.set_picture(actor=request.member, message=row, data=data)
        elif "take_picture" in request.POST:
            messages.remove_picture(actor=request.member, message=row)

    def done(_result: None) -> HttpResponse:
        toasts.success(request, _("The message is saved."))
        return redirect(_address(row, language))

    def current() -> MessageForm:
        again, now = messages.load_message(request.member, event_id, message)
        return MessageForm(message=again, language=language, seen=now)

    journal.record(Action.MESSAGE_VIEW, event_id=event_id, subject_id=message)
    response = form_page(
        request,
        form,
        act=act,
        done=done,
        current=current,
        template="invitations/editor.html",
        context=lambda: _context(request, row, language),
    )
    response["Content-Security-Policy"] = EDITOR_POLICY
    return response


@require_POST
@member_page(Permission.MESSAGE_CHANGE)
def languages(request: MemberRequest, event_id: UUID, message: UUID) -> HttpResponse:
    row, _seen = messages.load_message(request.member, event_id, message)
    if code := request.POST.get("remove", ""):
        messages.remove_language(actor=request.member, message=row, language=code)
        return redirect(_address(row, ""))
    form = LanguageForm(request.POST, taken=set(row.sealed.texts))
    if not form.is_valid():
        return redirect(_address(row, ""))
    code = form.cleaned_data["language"]
    messages.add_language(actor=request.member, message=row, language=code)
    return redirect(_address(row, code))


@require_safe
@member_page(Permission.MESSAGE_VIEW)
def preview(request: MemberRequest, event_id: UUID, message: UUID) -> HttpResponse:
    """Show the message as one guest gets it, as HTML or as text."""
    row, _seen = messages.load_message(request.member, event_id, message)
    guest_list = open_list(request.member, event_id)
    guest = _guest(request, guest_list)
    letterhead, language = _letterhead(row, guest)
    language = request.GET.get("language", language)
    picture = messages.picture_of(row)
    shown = letterhead.rendered(language, _data_uri(picture) if picture else "")
    party = Party.objects.filter(pk=guest.party_id).first() if guest else None
    values = letterhead.values([guest.record] if guest else [], party, language)
    values |= {name: f"{request.build_absolute_uri('/')}…" for name in placeholders.LINKS}
    journal.shown([guest.id] if guest else [])
    journal.record(Action.MESSAGE_VIEW, event_id=event_id, subject_id=message)
    if "text" in request.GET:
        text = f"{shown.subject_for(values)}\n\n{shown.plain_for(values)}"
        response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    else:
        response = HttpResponse(shown.html_for(values))
        response["Content-Security-Policy"] = PREVIEW_POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"  # the page of the message frames it; no refusal
    return response


@require_POST
@member_page(Permission.MESSAGE_CHANGE)
def send_test(request: MemberRequest, event_id: UUID, message: UUID) -> HttpResponse:
    row, _seen = messages.load_message(request.member, event_id, message)
    guest = _guest(request, open_list(request.member, event_id))
    language = _language(request, row)
    assert request.member.account_id is not None
    address = Account.objects.get(pk=request.member.account_id).sealed.email
    mailings.send_test(
        actor=request.member, message=row, address=address, guest=guest, language=language
    )
    toasts.success(request, _("A test is on its way to %s.") % address)
    return redirect(_address(row, language))


@require_POST
@member_page(Permission.MESSAGE_CHANGE)
def keep(request: MemberRequest, event_id: UUID, message: UUID) -> HttpResponse:
    row, _seen = messages.load_message(request.member, event_id, message)
    messages.keep_as_template(actor=request.member, message=row)
    toasts.success(request, _("The words are kept as a template for every event."))
    return redirect(_address(row, ""))


@require_POST
@member_page(Permission.MESSAGE_CHANGE)
def remove(request: MemberRequest, event_id: UUID, message: UUID) -> HttpResponse:
    row, _seen = messages.load_message(request.member, event_id, message)
    messages.remove(actor=request.member, message=row)
    toasts.success(request, _("The message is removed."))
    return redirect("invitations:overview", row.organization_id, event_id)


@require_POST
@member_page(Permission.MESSAGE_CHANGE)
def remove_template(request: MemberRequest, event_id: UUID, template: UUID) -> HttpResponse:
    messages.remove_template(actor=request.member, event_id=event_id, template_id=template)
    toasts.success(request, _("The template is removed."))
    return redirect("invitations:overview", request.member.organization_id, event_id)


def frame(request: MemberRequest, event: Event) -> dict[str, Any]:
    """Return what every page of messages has."""
    request.event = event  # type: ignore[attr-defined]  # read by web.navigation
    member = request.member
    row = sending.sender_row(event.organization_id)
    return {
        "event": event,
        "organization": event.organization_id,
        "may_change": member.may(Permission.MESSAGE_CHANGE, event.pk),
        "may_send": member.may(Permission.MAILING_SEND, event.pk),
        "may_set_sender": member.may(Permission.SENDER_CHANGE),
        "has_server": sending.has_server(event.organization_id),
        "failing": row if row and row.failing_since else None,
    }


def _editor(request: MemberRequest, row: Message, language: str, form: MessageForm) -> HttpResponse:
    context = {"form": form, **_context(request, row, language)}
    response = render(request, "invitations/editor.html", context)
    response["Content-Security-Policy"] = EDITOR_POLICY
    return response


def _context(request: MemberRequest, row: Message, language: str) -> dict[str, Any]:
    guest_list = open_list(request.member, row.event_id)
    query = mailings.suggested(row.kind)
    chosen = Listing.read(QueryDict(query)).guests(guest_list)
    offered = [each for each in guest_list.by_name if each.is_named][:MOST_OFFERED]
    guest = _guest(request, guest_list)
    journal.shown(each.id for each in offered)
    return {
        **frame(request, row.event),
        "message": row,
        "language": language,
        "tabs": [
            {
                "label": language_name(code) if code else _("Main text"),
                "url": _address(row, code),
                "active": code == language,
                "icon": "",
                "count": None,
            }
            for code in row.sealed.texts
        ],
        "more_languages": LanguageForm(taken=set(row.sealed.texts)),
        "findings": list(messages.findings(row, guest_list, chosen)),
        "has_picture": messages.picture_of(row) is not None,
        "placeholders": [
            (name, label)
            for name, label in placeholders.KNOWN.items()
            if name not in placeholders.LINKS or row.kind in ANSWERED_BY_LINK
        ],
        "formats": FORMATS,
        "guests": [(each.id, guest_list.plain_name(each)) for each in offered],
        "guest": guest,
        "was_sent": row.versions.filter(mailings__isnull=False).exists(),
    }


def _language(request: MemberRequest, row: Message) -> str:
    """Return the language that the address names; Http404 for one without a text."""
    language = request.GET.get("language", "")
    if language not in row.sealed.texts:
        raise Http404
    return language


def _guest(request: MemberRequest, guest_list: GuestList) -> OpenGuest | None:
    """Return the guest whom the page was asked to show, else the first with a name."""
    wanted = request.GET.get("guest", "") or request.POST.get("guest", "")
    for guest in guest_list.by_name:
        if str(guest.id) == wanted or (not wanted and guest.is_named):
            return guest
    return None


def _letterhead(row: Message, guest: OpenGuest | None) -> tuple[Letterhead, str]:
    party = Party.objects.filter(pk=guest.party_id).first() if guest else None
    sender = sending.sender(row.organization_id)
    letterhead = Letterhead(
        row.sealed,
        kind=row.kind,
        event=row.event,
        organization=sending.organization_name(row.organization_id),
        sender=sender,
        has_links=True,
    )
    return letterhead, party.language if party else ""


def _data_uri(picture: Any) -> str:
    data = base64.b64encode(picture.sealed.data).decode()
    return f"data:image/{picture.sealed.kind};base64,{data}"


def _address(row: Message, language: str) -> str:
    url = reverse("invitations:message", args=[row.organization_id, row.event_id, row.pk])
    return f"{url}?language={language}" if language else url


def _inserted(posted: QueryDict, wanted: str) -> QueryDict:
    """Return a form with a format or a placeholder behind its text, as without a script."""
    snippets = {
        "bold": f"**{_('bold text')}**",
        "italic": f"*{_('slanted text')}*",
        "heading": f"\n\n## {_('Heading')}\n\n",
        "list": f"\n\n- {_('first')}\n- {_('second')}\n",
        "link": f"[{_('words')}](https://)",
        "quote": f"\n\n> {_('quotation')}\n\n",
    }
    snippet = snippets.get(wanted, f"{{{wanted}}}" if wanted in placeholders.KNOWN else "")
    changed = posted.copy()
    changed["body"] = f"{posted.get('body', '')}{snippet}"
    return changed
