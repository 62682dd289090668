"""The page *Support access* of an organization: requests, what is open, what was, and the rule."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from seatrobot.accounts.assurance import (
    fresh_sign_in_required,
    fresh_sign_in_required_to_download,
    releases,
)
from seatrobot.accounts.factors import statements, webauthn
from seatrobot.accounts.factors.refusals import FactorRefused
from seatrobot.accounts.factors.services import enrolled
from seatrobot.accounts.pages import account_of
from seatrobot.grants import reading
from seatrobot.grants.feature import Action, Permission
from seatrobot.grants.models import RECORDINGS_DAYS, Decision, Mode, StaffGrant
from seatrobot.grants.refusals import GrantNotPossible
from seatrobot.grants.services import deciding
from seatrobot.kernel import acting
from seatrobot.kernel.answers import attempt, refused
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations import event_titles
from seatrobot.organizations.feature import Permission as OrganizationPermission
from seatrobot.organizations.pages import MemberRequest, member_page

View = Callable[..., HttpResponseBase]


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
    """Show one grant with what can be decided about it; decides nothing."""
    line = reading.of_organization_one(request.member, grant)
    journal.record(Action.GRANT_VIEW, subject_id=line.account_id, grant=str(line.id))
    context = {
        **_frame(request),
        "grant": line,
        "events": _titles(line),
        "recordings": reading.recordings(request.member, grant),
        "recordings_days": RECORDINGS_DAYS,
    }
    return render(request, "grants/one.html", context)


@require_safe
@member_page(Permission.GRANT_VIEW)
@releases(gettext_lazy("who of the staff had access, and who decided"))
@fresh_sign_in_required_to_download
def download(request: MemberRequest) -> HttpResponse:
    """Answer with every grant and decision, with the statements that people signed."""
    lines = reading.all_of_organization(request.member)
    journal.record(Action.GRANT_EXPORT, rows=len(lines))
    document = {
        "organization": str(request.member.organization_id),
        "grants": [_written(line) for line in lines],
        "decisions": reading.proofs(request.member),
    }
    answer = HttpResponse(json.dumps(document, indent=1), content_type="application/json")
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
                    signed = statements.receive(request, account, kind=deciding.STATEMENT)
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
        facts = deciding.statement(row, kind.value)
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
    lines = reading.of_organization(request.member)
    journal.record(Action.GRANT_VIEW)
    open_ones = [{"grant": line, "events": _titles(line)} for line in lines if line.is_open]
    context = {
        **_frame(request),
        "form": form,
        "open": open_ones,
        "past": [line for line in lines if not line.is_open],
        "may_export": request.member.may(OrganizationPermission.JOURNAL_EXPORT),
    }
    return render(request, "grants/show.html", context, status=422 if form.errors else 200)


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


def _written(line: reading.GrantLine) -> dict[str, object]:
    moments = ("asked_at", "decided_at", "opens_at", "expires_at", "ended_at", "reviewed_at")
    times = {name: getattr(line, name) for name in moments}
    return {
        "id": str(line.id),
        "staff": line.who,
        "staff_id": str(line.account_id),
        "category": line.category,
        "reason": line.reason,
        "ticket": line.ticket,
        "state": line.state.value,
        "emergency": line.is_emergency,
        "may_change": line.may_change,
        "events": [str(pk) for pk in line.event_ids] if line.event_ids is not None else "all",
        "minutes": line.minutes,
        **{name: moment.isoformat() if moment else None for name, moment in times.items()},
        "decided_by": line.decided_by,
        "ended_by": line.ended_by,
        "reviewed_by": line.reviewer,
        "review": line.review,
        "review_note": line.review_note,
        "signature_verifies": line.signed,
    }
