"""Support access in the staff area: asking, one's own grants, emergencies, and reviews.

Without a live grant these pages show nothing of an organization but its identifier. Whatever is
done here is in the organization's access log, whoever the grant belongs to.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seatrobot.accounts import unsent
from seatrobot.accounts.assurance import fresh_sign_in_required
from seatrobot.accounts.pages import StaffRequest, staff_page
from seatrobot.grants import reading
from seatrobot.grants.forms import AskForm, ReviewForm
from seatrobot.grants.models import Mode, Review, StaffGrant, State
from seatrobot.grants.reading import GrantLine
from seatrobot.grants.services import asking, commanding, reviewing
from seatrobot.grants.services.common import as_staff
from seatrobot.grants.visit_middleware import home_of
from seatrobot.kernel.answers import form_page
from seatrobot.kernel.ids import moment_of
from seatrobot.kernel.staff import conditions
from seatrobot.kernel.vault import services as vault


@require_safe
@staff_page
def show_all(request: StaffRequest) -> HttpResponse:
    own = reading.of_staff(request.staff.pk)
    context = {
        "open": [line for line in own if line.is_open],
        "past": [line for line in own if not line.is_open],
        "emergencies": reading.emergencies(request.staff.pk),
        "reviews": reading.to_review(request.staff.pk),
        "conditions": conditions.conditions(request.staff.pk),
        "unmet": conditions.unmet(request.staff.pk),
    }
    return render(request, "grants/staff_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
@fresh_sign_in_required
@unsent.read_by(AskForm)
def ask(request: StaffRequest, organization: UUID) -> HttpResponse:
    """Ask for access to one organization."""
    if organization not in vault.organizations():
        raise Http404
    form = AskForm(request.POST or None)

    def act() -> StaffGrant:
        with as_staff(request.staff.pk, organization):
            return asking.ask(
                staff_id=request.staff.pk, organization_id=organization, wanted=form.wanted
            )

    def done(row: StaffGrant) -> HttpResponse:
        if row.state == State.LIVE:
            messages.success(request, _("Access is open, and the organization is told of it."))
        elif row.is_emergency:
            said = _("Another member of the staff has to approve this. The organization is told.")
            messages.success(request, said)
        else:
            messages.success(request, _("The organization is asked. You get no access before."))
        return redirect("staff-grants:grant", grant=row.pk)

    return form_page(
        request,
        form,
        act=act,
        done=done,
        template="grants/staff_ask.html",
        context=lambda: {
            "organization": organization,
            "since": moment_of(organization),
            "unmet": conditions.unmet(request.staff.pk),
            "must_approve": _must_approve(request, organization),
        },
    )


@require_safe
@staff_page
def show(request: StaffRequest, grant: UUID) -> HttpResponse:
    return _page(request, reading.for_staff(grant))


@require_POST
@staff_page
def end(request: StaffRequest, grant: UUID) -> HttpResponse:
    """End one's own access, or take back a request; whoever asks twice gets the same answer."""
    line = reading.for_staff(grant)
    with as_staff(request.staff.pk, line.organization_id):
        asking.end(staff_id=request.staff.pk, organization_id=line.organization_id, grant_id=grant)
    messages.success(request, _("Nothing of the organization is shown to you any more."))
    return redirect("staff-grants:grant", grant=grant)


@require_POST
@staff_page
@fresh_sign_in_required
def approve(request: StaffRequest, grant: UUID) -> HttpResponse:
    """Approve an emergency of somebody else."""
    line = reading.for_staff(grant)
    with as_staff(request.staff.pk, line.organization_id):
        asking.approve_emergency(
            staff_id=request.staff.pk, organization_id=line.organization_id, grant_id=grant
        )
    messages.success(request, _("The emergency access is open for one hour."))
    return redirect("staff-grants:grant", grant=grant)


@require_POST
@staff_page
@fresh_sign_in_required
def make_code(request: StaffRequest, grant: UUID) -> HttpResponse:
    """Show, once, a code with which a command on the server may use one's own grant."""
    line = reading.for_staff(grant)
    with as_staff(request.staff.pk, line.organization_id):
        code = commanding.make_code(
            staff_id=request.staff.pk, organization_id=line.organization_id, grant_id=grant
        )
    return render(request, "grants/staff_grant.html", _context(request, line) | {"code": code})


@require_POST
@staff_page
def review(request: StaffRequest, grant: UUID) -> HttpResponse:
    """Say what one found about the use of somebody else's access."""
    line = reading.for_staff(grant)
    form = ReviewForm(request.POST)

    def act() -> StaffGrant:
        with as_staff(request.staff.pk, line.organization_id):
            return reviewing.review(
                staff_id=request.staff.pk,
                organization_id=line.organization_id,
                grant_id=grant,
                outcome=Review(form.cleaned_data["outcome"]),
                note=form.cleaned_data["note"],
            )

    def done(_row: StaffGrant) -> HttpResponse:
        messages.success(request, _("The review is recorded."))
        return redirect("staff-grants:list")

    return form_page(
        request,
        form,
        act=act,
        done=done,
        template="grants/staff_grant.html",
        context=lambda: _context(request, line),
    )


@require_safe
@staff_page
def pulse(request: StaffRequest, grant: UUID) -> HttpResponse:
    """Answer an open page of a visit: nothing while the grant counts, else where to go."""
    row = reading.row_of(grant)  # opens nothing: an open page asks three times a minute
    counts = row.account_id == request.staff.pk and reading.state_of(row) == State.LIVE
    answer = HttpResponse(status=HTTPStatus.NO_CONTENT)
    if not counts or not conditions.may_hold(request.staff.pk):
        answer["HX-Redirect"] = _address(grant)
    return answer


def _page(request: StaffRequest, line: GrantLine) -> HttpResponse:
    return render(request, "grants/staff_grant.html", _context(request, line))


def _context(request: StaffRequest, line: GrantLine) -> dict[str, Any]:
    me = request.staff.pk
    is_mine = line.account_id == me
    unmet = conditions.unmet(me) if is_mine else []
    may_review = any(each.id == line.id for each in reading.to_review(me))
    return {
        "grant": line,
        "is_mine": is_mine,
        "unmet": unmet,
        "visit_url": home_of(line) if is_mine and line.state == State.LIVE and not unmet else "",
        "may_approve": any(each.id == line.id for each in reading.emergencies(me)),
        "form": ReviewForm() if may_review else None,
        "may_review": may_review,
        "nobody_reviews": not _reviewers_after(line, me),
        "uses": reading.uses_of(line.id),
    }


def _reviewers_after(line: GrantLine, me: UUID) -> int:
    """Return how many of the staff could review a grant, if this person approves it where asked."""
    left = reading.reviewers_left(line)
    would_approve = line.is_emergency and line.state == State.ASKED and line.account_id != me
    return left - would_approve


def _must_approve(request: StaffRequest, organization: UUID) -> bool:
    with as_staff(request.staff.pk, organization):
        return reading.mode_of(organization) == Mode.APPROVE


def _address(grant: UUID) -> str:
    return reverse("staff-grants:grant", kwargs={"grant": grant})


app_name = "staff-grants"
urlpatterns = [
    path("", show_all, name="list"),
    path("ask/<uuid:organization>/", ask, name="ask"),
    path("<uuid:grant>/", show, name="grant"),
    path("<uuid:grant>/end/", end, name="end"),
    path("<uuid:grant>/approve/", approve, name="approve"),
    path("<uuid:grant>/code/", make_code, name="code"),
    path("<uuid:grant>/review/", review, name="review"),
    path("<uuid:grant>/pulse/", pulse, name="pulse"),
]
