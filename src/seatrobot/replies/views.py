"""The pages behind a guest's link: one party, in the scope of that party, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from http import HTTPStatus
from typing import Any, cast

from babel.dates import get_timezone_name
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seatrobot.accounts.sign_in_log.kinds import Method, Reason
from seatrobot.accounts.sign_in_log.recording import count_refusal
from seatrobot.kernel import acting
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.refusal import LinkDead, Refused
from seatrobot.kernel.routes import Audience, open_to
from seatrobot.kernel.versions import ChangedMeanwhile
from seatrobot.replies import calendar, codes, language, links, look, services, stamps, telling
from seatrobot.replies.feature import Action
from seatrobot.replies.forms import ReplyForm, title_of
from seatrobot.replies.links import LinkHolder, Resolved
from seatrobot.replies.models import Answer, Link, Picture
from seatrobot.replies.reading import Invitation, load

REVIEW, RECORD = 1, 2
ASSISTANT = Link.Kind.ASSISTANT


class GuestRequest(HttpRequest):
    """link: whose it is. holder: who may what. invitation: what the party's page is made of.

    seen: what the access log says of the party, read before the scope of the party is entered.
    """

    token: str
    link: Resolved
    holder: LinkHolder
    invitation: Invitation
    shown_in: str
    seen: list[telling.Seen]


View = Callable[..., HttpResponseBase]


def guest_page(view: View) -> View:
    """Guard a page of the holder of a link: in the scope of their party, and in their language."""

    @wraps(view)
    @language.in_language_of_the_browser
    def guarded(request: HttpRequest, token: str, **parts: Any) -> HttpResponseBase:
        try:
            link = links.resolve(token)
            if request.method != "POST" and view.__name__ == "data":
                request.seen = telling.seen(link)  # type: ignore[attr-defined]  # see GuestRequest
            proof = request.COOKIES.get(cookie_name(), "")
            holder = links.holder(link, has_code=stamps.proves(proof, link.id))
            with holder.acting(link.scope):
                invitation = load(holder, link.event_id, link.party_id)
                guest = cast("GuestRequest", request)
                guest.token, guest.link, guest.holder = token, link, holder
                guest.invitation = invitation
                guest.shown_in = language.chosen(request, invitation.party.language)
                zone = timezone.override(invitation.event.zone)
                with translation.override(guest.shown_in), zone:
                    response = view(request, **parts)
        except (LinkDead, Http404) as error:
            return _dead(request, error)
        except Refused as refusal:
            context = {"sentence": refusal.sentence, "token": token}
            return render(request, "replies/refused.html", context, status=refusal.status)
        response["Referrer-Policy"] = "same-origin"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return open_to(Audience.LINK)(guarded)


def _dead(request: HttpRequest, error: Exception) -> HttpResponse:
    count_refusal(request, Method.INVITATION_LINK, Reason.DEAD_LINK)
    sentence = (
        error.sentence
        if isinstance(error, LinkDead)
        else _("This invitation is no longer there. Please ask your host.")
    )
    context = {"sentence": sentence}
    return render(request, "replies/dead.html", context, status=HTTPStatus.GONE)


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def page(request: GuestRequest) -> HttpResponse:
    """Show the invitation; ask again what was said; record it, in this order."""
    journal.record(
        Action.PAGE_VIEW, event_id=request.link.event_id, subject_id=request.link.party_id
    )
    journal.shown(each.id for each in request.invitation.guests)
    if request.method != "POST":
        return _show(request, ReplyForm(invitation=request.invitation))
    form = ReplyForm(request.POST, invitation=request.invitation)
    if request.invitation.closed:
        return _show(request, form, services.why_closed(request.invitation), HTTPStatus.CONFLICT)
    if request.POST.get("step") == "edit":
        return _show(request, form, is_open=True)
    return _refused(request, form) or _next(request, form)


def _refused(request: GuestRequest, form: ReplyForm) -> HttpResponse | None:
    """Return the page again where what was sent is no answer; None where it is one."""
    if form.is_by_machine:
        return _again(request, form, _("Please leave the field that nobody sees empty."))
    if not form.is_valid():
        return _again(request, form)
    if form.cleaned_data["seen"] != request.invitation.version:
        return _changed(request)
    return None


def _next(request: GuestRequest, form: ReplyForm) -> HttpResponse:
    """Ask once more, or record what was asked once more."""
    stamp, link = request.POST.get("stamp", ""), request.link
    if request.POST.get("step") != "record":
        if stamps.is_good(stamp, link.id, REVIEW):
            return _review(request, form)
        sentence = _("That was quick, or the page was open for long. Please continue once more.")
        return _again(request, form, sentence)
    if not stamps.is_good(stamp, link.id, RECORD, form.sent):
        return _review(request, form, _("Please look once more, and send it then."))
    if request.POST.get("mine") != "yes":
        return _review(request, form, _("Please tick the box to say that this is your answer."))
    return _record(request, form)


def _record(request: GuestRequest, form: ReplyForm) -> HttpResponse:
    link = request.link
    channel = Answer.Channel.ASSISTANT if link.kind == ASSISTANT else Answer.Channel.LINK
    try:
        with acting.savepoint():
            services.answer(
                actor=request.holder,
                event_id=link.event_id,
                party_id=link.party_id,
                said=form.said,
                seen=form.cleaned_data["seen"],
                channel=channel,
                link=link,
            )
    except ChangedMeanwhile:
        return _changed(request)
    except services.CodeNeeded as refusal:
        return _ask_code(request, refusal.sentence)
    except Refused as refusal:
        return _show(request, form, refusal.sentence, refusal.status, is_open=True)
    return redirect(f"{address(request)}?said=1{_in_language(request, '&')}")


def _changed(request: GuestRequest) -> HttpResponse:
    request.invitation = load(request.holder, request.link.event_id, request.link.party_id)
    fresh = ReplyForm(invitation=request.invitation)
    sentence = _("Something of your invitation changed meanwhile. Please look at it again.")
    return _show(request, fresh, sentence, HTTPStatus.CONFLICT, is_open=True)


def _again(request: GuestRequest, form: ReplyForm, sentence: str = "") -> HttpResponse:
    return _show(request, form, sentence, HTTPStatus.UNPROCESSABLE_ENTITY, is_open=True)


def _show(
    request: GuestRequest,
    form: ReplyForm,
    sentence: str = "",
    status: int = HTTPStatus.OK,
    *,
    is_open: bool = False,
) -> HttpResponse:
    invitation = request.invitation
    context = {
        **frame(request),
        "form": form,
        "sentence": sentence,
        "stamp": stamps.make(request.link.id, REVIEW),
        "is_open": is_open or not invitation.is_answered,
        "is_recorded": request.GET.get("said") == "1" and invitation.is_answered,
        "closed": services.why_closed(invitation) if invitation.closed else "",
        "assistant": Link.objects.filter(
            party_id=request.link.party_id, kind=ASSISTANT, revoked_at=None
        ).first()
        if request.link.kind != ASSISTANT
        else None,
        "is_assistant": request.link.kind == ASSISTANT,
        "can_mail": codes.can_mail(invitation),
        "has_code": request.holder.has_code,
    }
    return render(request, "replies/page.html", context, status=status)


def _review(request: GuestRequest, form: ReplyForm, sentence: str = "") -> HttpResponse:
    context = {
        **frame(request),
        "form": form,
        "sentence": sentence,
        "stamp": stamps.make(request.link.id, RECORD, form.sent),
        "people": _reviewed(form),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if sentence else HTTPStatus.OK
    return render(request, "replies/review.html", context, status=status)


def _reviewed(form: ReplyForm) -> list[dict[str, Any]]:
    """Return who comes and what they said, to be read once more before it is recorded."""
    said, invitation = form.said, form.invitation
    rows = []
    pairs = [(title_of(each, invitation), said.guests[each.id]) for each in invitation.guests]
    pairs += [(_("Somebody you bring"), each) for each in said.brought]
    labels = {each.id: each for each in invitation.fields}
    for title, person in pairs:
        name = f"{person.first_name} {person.last_name}".strip() or title
        facts = [
            (labels[key].label, labels[key].shown(answer))
            for key, answer in person.answers.items()
            if answer and key in labels
        ]
        going = [each.sealed.title for each in invitation.further if person.attends.get(each.pk)]
        rows.append({"name": name, "comes": person.comes, "facts": facts, "activities": going})
    return rows


def frame(request: GuestRequest) -> dict[str, Any]:
    """Return what every page of a link shows around its content."""
    invitation = request.invitation
    return {
        "invitation": invitation,
        "event": invitation.event,
        "token": request.token,
        "here": address(request),
        "starts_at": invitation.event.starts_at,
        "ends_at": invitation.event.ends_at,
        "is_one_day": _day(invitation.event.starts_at) == _day(invitation.event.ends_at),
        "zone": get_timezone_name(
            timezone.localtime(invitation.event.starts_at), locale=request.shown_in
        ),
        "reply_by": invitation.reply_by,
        "languages": [(tag, name) for tag, name in language.LANGUAGES.items()],
        "shown_in": request.shown_in,
        "lang": _in_language(request, "?"),
        "banner": invitation.pictures.get(Picture.Place.BANNER),
        "logo": invitation.pictures.get(Picture.Place.LOGO),
        "guests": [(title_of(each, invitation), each) for each in invitation.guests],
    }


def _day(moment: datetime) -> date:
    """Return the day of a moment where the event is."""
    return timezone.localtime(moment).date()


def address(request: GuestRequest, name: str = "page") -> str:
    return reverse(f"replies:{name}", kwargs={"token": request.token})


def _in_language(request: GuestRequest, sign: str) -> str:
    asked = language.supported(request.GET.get("lang", "") or request.POST.get("lang", ""))
    return f"{sign}lang={asked}" if asked else ""


def cookie_name() -> str:
    return "__Host-answer" if settings.CONFIG.secure else "answer"


@require_safe
@guest_page
def calendar_file(request: GuestRequest) -> HttpResponse:
    """Return the event for a calendar; the same for everybody, without the link."""
    response = HttpResponse(calendar.of(request.invitation), content_type=calendar.TYPE)
    response["Content-Disposition"] = 'attachment; filename="invitation.ics"'
    return response


@require_safe
@guest_page
def style(request: GuestRequest) -> HttpResponse:
    """Return the colours of the host, each with enough contrast."""
    return _kept(HttpResponse(look.css(request.invitation.page.accent), content_type="text/css"))


@require_safe
@guest_page
def picture(request: GuestRequest, place: str) -> HttpResponse:
    row = Picture.objects.filter(event_id=request.link.event_id, place=place).first()
    if row is None:
        return HttpResponse(status=HTTPStatus.NOT_FOUND)
    return _kept(HttpResponse(row.sealed.data, content_type=row.sealed.kind))


def _kept(response: HttpResponse) -> HttpResponse:
    """Let the browser keep what no answer changes; nobody between keeps it."""
    response["Cache-Control"] = "private, max-age=600"
    return response


@require_POST
@guest_page
def assistant(request: GuestRequest) -> HttpResponse:
    """Make a link that the guest hands to an assistant, or withdraw it."""
    if request.link.kind == ASSISTANT:
        raise Http404
    party_id = request.link.party_id
    if request.POST.get("do") == "revoke":
        links.revoke(actor=request.holder, party_id=party_id, kind=ASSISTANT)
        return redirect(f"{address(request)}{_in_language(request, '?')}#assistant")
    url = links.issue(actor=request.holder, party_id=party_id, kind=ASSISTANT)
    return render(request, "replies/assistant.html", {**frame(request), "url": url})


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def code(request: GuestRequest) -> HttpResponse:
    """Mail a code, or take the one that was typed."""
    typed = request.POST.get("code", "")
    if request.method == "POST" and typed:
        try:
            codes.use(request.holder, typed)
        except codes.WrongCode as refusal:
            return _ask_code(request, refusal.sentence)
        response = redirect(f"{address(request)}{_in_language(request, '?')}")
        response.set_cookie(
            cookie_name(),
            stamps.prove(request.link.id),
            max_age=stamps.PROVEN,
            secure=settings.CONFIG.secure,
            httponly=True,
            samesite="Strict",
        )
        return response
    sentence = ""
    if request.method == "POST":
        sentence = codes.send(request.holder, request.invitation)
    return _ask_code(request, sentence)


def _ask_code(request: GuestRequest, sentence: str) -> HttpResponse:
    context = {
        **frame(request),
        "sentence": sentence,
        "can_mail": codes.can_mail(request.invitation),
        "is_sent": codes.is_waiting(request.holder),
    }
    return render(request, "replies/code.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def data(request: GuestRequest) -> HttpResponse:
    """Say what is known of the party, who saw it and until when it is kept; take a request."""
    invitation = request.invitation
    if request.method == "POST":
        kind = request.POST.get("ask", "")
        if kind not in telling.REQUESTS:
            raise Http404
        journal.record(
            Action.CORRECTION,
            event_id=request.link.event_id,
            subject_id=request.link.party_id,
            kind=kind,
        )
        defer("replies.note-request", party_id=str(request.link.party_id), kind=kind)
        return redirect(f"{address(request, 'data')}?asked={kind}{_in_language(request, '&')}")
    journal.record(
        Action.PAGE_VIEW, event_id=request.link.event_id, subject_id=request.link.party_id
    )
    journal.shown(each.id for each in invitation.guests)
    context = {
        **frame(request),
        "known": telling.known(invitation),
        "seen": request.seen,
        "kept_until": telling.kept_until(invitation),
        "asked": request.GET.get("asked", ""),
        "answers": telling.answers(request.link.party_id),
        "stop_mail": telling.stop_mail(request.link),
    }
    return render(request, "replies/data.html", context)
