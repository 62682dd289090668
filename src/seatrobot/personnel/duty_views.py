"""What a staff member has to do: policies to read and sign, courses to take."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seatrobot.accounts.factors import statements, verification, webauthn
from seatrobot.accounts.factors.refusals import FactorRefused
from seatrobot.accounts.pages import StaffRequest, staff_page
from seatrobot.kernel.acting import savepoint
from seatrobot.kernel.answers import form_page, problem
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.staff import conditions
from seatrobot.personnel import markdown, services, text
from seatrobot.personnel.duties import duties_of
from seatrobot.personnel.feature import Action
from seatrobot.personnel.forms import CourseForm
from seatrobot.personnel.models import Edition, Kind, Result, Signature
from seatrobot.personnel.services import DutyRefused


@require_safe
@staff_page
def duties(request: StaffRequest) -> HttpResponse:
    journal.record(Action.DUTIES_VIEW)
    lines = duties_of(request.staff.pk)
    found = conditions.conditions(request.staff.pk)
    context = {
        "policies": [text.DutyLine.of(each) for each in lines if each.is_policy],
        "courses": [text.DutyLine.of(each) for each in lines if not each.is_policy],
        "conditions": [text.ConditionLine.of(each) for each in found],
        "unmet": [each for each in found if not each.holds],
    }
    return render(request, "personnel/duties.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def policy(request: StaffRequest, name: str) -> HttpResponseBase:
    """Show a policy whole, and take the signature under it."""
    said = ""
    if request.method == "POST":
        try:
            with savepoint():
                signed = statements.receive(request, request.staff, kind=services.STATEMENT)
                services.sign(account=request.staff, name=name, signed=signed)
        except FactorRefused as refusal:
            verification.journal_refusal(request.staff, refusal)
            said = refusal.sentence
        except DutyRefused as refusal:
            journal.record(Action.POLICY_REFUSE, policy=_load(Kind.POLICY, name).name)
            said = refusal.sentence
        else:
            messages.success(request, _("Signed with your passkey. Thank you."))
            return redirect("staff-duties:list")
    edition = _load(Kind.POLICY, name)
    journal.record(Action.POLICY_VIEW, policy=edition.name, edition=edition.number)
    context = _policy(edition) | {
        "signed_at": _signed_at(request, edition),
        "said": said,
        "passkey_origin": webauthn.origin(),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if said else HTTPStatus.OK
    return render(request, "personnel/policy.html", context, status=status)


@require_safe
@staff_page
def edition(request: StaffRequest, name: str, number: int) -> HttpResponse:
    """Show an edition of a policy that is in force no more, as it was signed."""
    row = Edition.objects.filter(kind=Kind.POLICY, name=name, number=number).first()
    if row is None or not row.digest:
        raise Http404
    journal.record(Action.POLICY_VIEW, policy=row.name, edition=row.number)
    context = _policy(row) | {"signed_at": _signed_at(request, row), "is_earlier": True}
    return render(request, "personnel/policy.html", context)


@require_POST
@staff_page
def sign_options(request: StaffRequest, name: str) -> JsonResponse:
    """Ask the browser for a passkey's signature under the text that its page shows."""
    row = _load(Kind.POLICY, name)
    if request.GET.get("edition") != str(row.pk):
        sentence = _("The policy was changed while you read it: nothing is signed.")
        messages.warning(request, sentence)  # the page is loaded again, with the new text
        return problem(HTTPStatus.CONFLICT, sentence)
    return JsonResponse(statements.ask(request, request.staff, services.statement_of(row)))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def course(request: StaffRequest, name: str) -> HttpResponse:
    row = _load(Kind.COURSE, name)
    found = markdown.course_of(row.text)
    given = request.POST if request.method == "POST" else None
    form = CourseForm(given, course=found, initial={"text": row.digest})

    def context() -> dict[str, Any]:
        journal.record(Action.COURSE_VIEW, course=row.name, edition=row.number)
        duty = next(each for each in duties_of(request.staff.pk) if each.name == row.name)
        return {
            "edition": row,
            "course": found,
            "lesson": markdown.html(found.lesson),
            "line": text.DutyLine.of(duty),
        }

    if given and given.get("text") != row.digest:
        form = CourseForm(course=found, initial={"text": row.digest})
        sentence = _("The course was changed while you read it: nothing is recorded.")
        answer = context() | {"form": form, "said": sentence}
        return render(
            request, "personnel/course.html", answer, status=HTTPStatus.UNPROCESSABLE_ENTITY
        )
    return form_page(
        request,
        form,
        act=lambda: services.answer(
            account=request.staff,
            name=name,
            digest=form.cleaned_data["text"],
            answers=form.answers(),
        ),
        done=lambda result: redirect("staff-duties:result", name, result.pk),
        template="personnel/course.html",
        context=context,
    )


@require_safe
@staff_page
def result(request: StaffRequest, name: str, result_id: UUID) -> HttpResponse:
    """Show the person how they answered a course: what was wrong, and why."""
    rows = Result.objects.select_related("edition").filter(account_id=request.staff.pk)
    row = rows.filter(pk=result_id, edition__name=name).first()
    if row is None:
        raise Http404
    journal.record(Action.COURSE_VIEW, course=name, edition=row.edition.number)
    questions = markdown.course_of(row.edition.text).questions
    context = {
        "result": row,
        "right": row.asked - len(row.wrong),
        "course": markdown.course_of(row.edition.text),
        "wrong": [(place + 1, questions[place]) for place in row.wrong],
    }
    return render(request, "personnel/result.html", context)


def _load(kind: Kind, name: str) -> Edition:
    row = services.in_force(kind, name)
    if row is None:
        raise Http404
    return row


def _policy(row: Edition) -> dict[str, Any]:
    return {"edition": row, "body": markdown.html(markdown.body_of(row.text))}


def _signed_at(request: StaffRequest, row: Edition) -> Any:
    mine = Signature.objects.filter(account_id=request.staff.pk, edition=row)
    return mine.values_list("at", flat=True).first()
