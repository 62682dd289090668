"""Who runs the service, and whether each may see Customer Data; background checks; the export."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seatrobot.accounts import unsent
from seatrobot.accounts.assurance import (
    fresh_sign_in_required,
    fresh_sign_in_required_to_download,
    releases,
)
from seatrobot.accounts.models import StaffMember
from seatrobot.accounts.pages import StaffRequest, staff_page
from seatrobot.accounts.staff import checks
from seatrobot.kernel.answers import form_page
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import services as journal
from seatrobot.personnel import people, text
from seatrobot.personnel.duties import duties_of
from seatrobot.personnel.feature import Action
from seatrobot.personnel.forms import CheckForm


@require_safe
@staff_page
def show_all(request: StaffRequest) -> HttpResponse:
    journal.record(Action.PEOPLE_VIEW)
    context = {"people": people.lines(), "headings": people.headings()}
    return render(request, "personnel/people.html", context)


@require_safe
@staff_page
def person(request: StaffRequest, person: UUID) -> HttpResponse:
    member = _load(person)
    return render(request, "personnel/person.html", _context(request, member, CheckForm()))


@require_http_methods(["POST"])
@staff_page
@fresh_sign_in_required
@unsent.read_by(CheckForm)
def record_check(request: StaffRequest, person: UUID) -> HttpResponse:
    member = _load(person)
    form = CheckForm(request.POST)

    def done(_check: object) -> HttpResponse:
        messages.success(request, _("Recorded. A second person has to confirm it."))
        return redirect("staff-people:person", person)

    return form_page(
        request,
        form,
        act=lambda: checks.record(member=member, **form.cleaned_data),
        done=done,
        template="personnel/person.html",
        context=lambda: _context(request, member, form),
    )


@require_POST
@staff_page
@fresh_sign_in_required
def confirm_check(request: StaffRequest, person: UUID, check: UUID) -> HttpResponse:
    checks.confirm(member=_load(person), check_id=check)
    messages.success(request, _("The background check is confirmed."))
    return redirect("staff-people:person", person)


@require_safe
@staff_page
@releases(gettext_lazy("who runs this service, with their checks, signatures and courses"))
@fresh_sign_in_required_to_download
def export(request: StaffRequest) -> HttpResponse:  # noqa: ARG001  staff see everybody
    journal.record(Action.PEOPLE_EXPORT, people=StaffMember.objects.count())
    answer = HttpResponse(people.table(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="people-{now():%Y-%m-%d}.csv"'
    return answer


def _load(person: UUID) -> StaffMember:
    member = StaffMember.objects.select_related("account").filter(pk=person).first()
    if member is None:
        raise Http404
    return member


def _context(request: StaffRequest, member: StaffMember, form: CheckForm) -> dict[str, Any]:
    journal.record(Action.PEOPLE_VIEW, person=str(member.pk))
    return {
        "person": people.line(member),
        "is_other": member.pk != request.staff.pk,
        "checks": checks.lines(member, request.staff.pk),
        "duties": [text.DutyLine.of(each) for each in duties_of(member.pk)],
        "form": form,
    }
