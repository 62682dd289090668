"""The page *Support access* of an organization: requests, what is open, what was, and the rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from seatrobot.accounts import unsent
from seatrobot.accounts.assurance import (
    fresh_sign_in_required,
    fresh_sign_in_required_to_download,
    releases,
)
from seatrobot.accounts.factors import statements, webauthn
from seatrobot.accounts.factors.refusals import FactorRefused
from seatrobot.accounts.factors.services import enrolled
from seatrobot.accounts.pages import account_of
from seatrobot.grants import exporting, reading
from seatrobot.grants.feature import Action, Permission
from seatrobot.grants.forms import ReviewForm
from seatrobot.grants.models import RECORDINGS_DAYS, Decision, Mode, Review, StaffGrant
from seatrobot.grants.refusals import GrantNotPossible
from seatrobot.grants.services import deciding, reviewing
from seatrobot.kernel import acting
from seatrobot.kernel.answers import attempt, form_page, refused
from seatrobot.kernel.ids import is_uuid
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations import event_titles
from seatrobot.organizations.feature import Permission as OrganizationPermission
from seatrobot.organizations.pages import MemberRequest, member_page

View = Callable[..., HttpResponseBase]
LONGEST_NUMBER = 6
SUPPORT_NUMBER = 13
"""Characters of the identifier by which staff find the organization that asks for help."""


class RuleForm(forms.Form):
    """Whether the organization is told of access or asked. seen: what the page showed."""

    mode = forms.ChoiceField(
        label=gettext_lazy("When staff want to see your data"),
        choices=Mode.choices,
        widget=forms.RadioSelect,
    )
    seen = forms.ChoiceField(choices=Mode.choices, required=False, widget=forms.HiddenInput)


@require_safe
@member_page(Permission.GRANT_VIEW)
def show(request: MemberRequest) -> HttpResponse:
    return _page(request, _rule_form(request))


@require_POST
@member_page(Permission.GRANT_DECIDE)
@fresh_sign_in_required
@unsent.read_by(RuleForm)
def change_rule(request: MemberRequest) -> HttpResponse:
    form = RuleForm(request.POST)

    def act() -> bool:
        said = form.cleaned_data
        deciding.change_mode(actor=request.member, mode=Mode(said["mode"]), seen=said["seen"])
        return True

    if form.is_valid() and attempt(form, act):
        messages.success(request, _("Saved: this holds for every request from now on."))
        return redirect("grants:show", organization=request.member.organization_id)
    return _page(request, form)


@require_safe
@member_page(Permission.GRANT_VIEW)
def one(request: MemberRequest, grant: UUID) -> HttpResponse:
    """Show one grant with what can be decided about it; decides nothing.

    Of what commands showed a page has the beginning; `?recording=` shows one of them, by parts.
    """
    if one_of_them := _named(request, "recording"):
        return _recording(request, grant, one_of_them)
    return render(request, "grants/one.html", _one(request, grant) | {"form": ReviewForm()})


@require_POST
@member_page(Permission.GRANT_DECIDE)
def review(request: MemberRequest, grant: UUID) -> HttpResponse:
    """Note what an administrator found about access that is over."""
    form = ReviewForm(request.POST)

    def act() -> StaffGrant:
        return reviewing.review_as_member(
            actor=request.member,
            grant_id=grant,
            outcome=Review(form.cleaned_data["outcome"]),
            note=form.cleaned_data["note"],
        )

    def done(_row: StaffGrant) -> HttpResponse:
        messages.success(request, _("The review is recorded. Thank you."))
        return redirect("grants:one", organization=request.member.organization_id, grant=grant)

    return form_page(
        request,
        form,
        act=act,
        done=done,
        template="grants/one.html",
        context=lambda: _one(request, grant),
    )


def _one(request: MemberRequest, grant: UUID) -> dict[str, Any]:
    """Return what the page of one grant shows, and note that it was looked at."""
    line = reading.of_organization_one(request.member, grant)
    journal.record(Action.GRANT_VIEW, subject_id=line.account_id, grant=str(line.id))
    frame = _frame(request)
    recordings, older = reading.recordings(request.member, grant, _named(request, "before"))
    is_over = line.opens_at is not None and not line.is_open
    took_part = request.member.account_id in (line.account_id, line.decided_by_id)
    return {
        **frame,
        "grant": line,
        "events": _titles(line),
        "nobody_reviews": not reading.reviewers_left(line),
        "may_review": frame["may_decide"]
        and is_over
        and line.reviewed_at is None
        and not (took_part and line.is_emergency),
        "recordings": recordings,
        "older": older,
        "recordings_days": RECORDINGS_DAYS,
    }


def _recording(request: MemberRequest, grant: UUID, recording: UUID) -> HttpResponse:
    """Show a part of what one command showed; the page of the grant once it is not kept."""
    line = reading.of_organization_one(request.member, grant)
    journal.record(Action.GRANT_VIEW, subject_id=line.account_id, grant=str(line.id))
    said = request.GET.get("part", "1")
    part = int(said) if said.isdecimal() and len(said) < LONGEST_NUMBER else 0
    found = reading.recording(request.member, grant, recording, part)
    if found is None:
        return redirect("grants:one", organization=request.member.organization_id, grant=grant)
    shown, parts = found
    context = {
        "grant": line,
        "each": shown,
        "part": part,
        "parts": parts,
        "earlier": part - 1,
        "later": part + 1 if part < parts else 0,
    }
    return render(request, "grants/recording.html", context)


@require_safe
@member_page(Permission.GRANT_VIEW)
@releases(gettext_lazy("who of the staff had access, and who decided"))
@fresh_sign_in_required_to_download
def download(request: MemberRequest) -> HttpResponseBase:
    """Answer with every grant and decision, with the statements that people signed."""
    pieces = exporting.export(request.member)
    answer = StreamingHttpResponse(pieces, content_type="application/json")
    answer["Content-Disposition"] = 'attachment; filename="support-access.json"'
    return answer


def _deciding(kind: Decision.Kind, said: str, verb: Callable[..., StaffGrant]) -> View:
    """Return the view of one decision: signed, or after a fresh sign-in where it opens data."""

    def decide(request: MemberRequest, grant: UUID) -> HttpResponse:
        try:
            with acting.savepoint():
                signed = None
                if "answer" in request.POST:
                    account = account_of(request)
                    signed = statements.receive(request, account, kind=reading.STATEMENT)
                verb(actor=request.member, grant_id=grant, signed=signed)
        except (GrantNotPossible, FactorRefused) as refusal:
            why = refusal.why if isinstance(refusal, GrantNotPossible) else "signature"
            journal.record(Action.GRANT_REFUSE, grant=str(grant), decision=kind.value, why=why)
            return refused(request, refusal)
        messages.success(request, str(said))
        return redirect("grants:show", organization=request.member.organization_id)

    guarded = fresh_sign_in_required(decide) if kind == Decision.Kind.APPROVE else decide

    def choose(request: MemberRequest, grant: UUID) -> HttpResponseBase:
        view = decide if "answer" in request.POST else guarded
        return view(request, grant=grant)

    page = member_page(Permission.GRANT_DECIDE)(choose)
    view: View = sensitive_post_parameters()(require_POST(page))
    return view


def _asking(kind: Decision.Kind) -> View:
    """Return the view that gives a browser the statement to sign for one decision."""

    def ask(request: MemberRequest, grant: UUID) -> HttpResponse:
        row = deciding.load(request.member, grant)
        facts = reading.statement_of(row, kind.value)
        return JsonResponse(statements.ask(request, account_of(request), facts))

    page = member_page(Permission.GRANT_DECIDE)(ask)
    view: View = require_POST(page)
    return view


approve = _deciding(
    Decision.Kind.APPROVE,
    gettext_lazy("Approved: access is open. You can end it at any time."),
    deciding.approve,
)
deny = _deciding(Decision.Kind.DENY, gettext_lazy("Denied: nothing was opened."), deciding.deny)
withdraw = _deciding(
    Decision.Kind.WITHDRAW, gettext_lazy("Ended: nothing can be seen any more."), deciding.withdraw
)
approve_options = _asking(Decision.Kind.APPROVE)
deny_options = _asking(Decision.Kind.DENY)
end_options = _asking(Decision.Kind.WITHDRAW)


def _page(request: MemberRequest, form: RuleForm) -> HttpResponse:
    lines = reading.of_organization(request.member, _named(request, "before"))
    journal.record(Action.GRANT_VIEW)
    past = [line for line in lines if not line.is_open]
    open_ones = [{"grant": line, "events": _titles(line)} for line in lines if line.is_open]
    context = {
        **_frame(request),
        "form": form,
        "support_number": str(request.member.organization_id)[:SUPPORT_NUMBER],
        "open": open_ones,
        "past": past,
        "older": past[-1].id if len(past) >= reading.MOST_PAST else None,
        "may_export": request.member.may(OrganizationPermission.JOURNAL_EXPORT),
    }
    return render(request, "grants/show.html", context, status=422 if form.errors else 200)


def _named(request: HttpRequest, name: str) -> UUID | None:
    """Return the identifier that a query names; None without one, Http404 for what is none."""
    said = request.GET.get(name, "")
    if said and not is_uuid(said):
        raise Http404
    return UUID(said) if said else None


def _frame(request: MemberRequest) -> dict[str, Any]:
    """Return what a page with decisions needs: whether the person signs them with a passkey."""
    assert request.member.account_id is not None
    origin = webauthn.origin() if enrolled(request.member.account_id).passkeys else ""
    return {
        "may_decide": request.member.may(Permission.GRANT_DECIDE),
        "passkey_origin": origin,
        "signs": bool(origin),
    }


def _rule_form(request: HttpRequest) -> RuleForm:
    mode = reading.mode_of(request.member.organization_id)  # type: ignore[attr-defined]  # a MemberRequest
    return RuleForm(initial={"mode": mode, "seen": mode})


def _titles(line: reading.GrantLine) -> list[str]:
    if line.event_ids is None:
        return []
    known = event_titles.titles(set(line.event_ids))
    return [known.get(pk, _("an event that is gone")) for pk in line.event_ids]
