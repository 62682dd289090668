"""Pages of deletion: load and authorise, parse, call one service, render."""

from __future__ import annotations

import json
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seatrobot.accounts.assurance import fresh_sign_in_required
from seatrobot.accounts.pages import StaffRequest, staff_page
from seatrobot.deletion import alerts, erasing, people, receipts, requests, services, text
from seatrobot.deletion.feature import Action, Permission
from seatrobot.deletion.forms import DeleteOrganizationForm, SubjectRequestForm
from seatrobot.deletion.models import Deletion, State
from seatrobot.kernel import caches
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.answers import form_page
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.refusal import LinkDead
from seatrobot.kernel.routes import Audience, open_to
from seatrobot.kernel.vault import services as vault
from seatrobot.organizations import loaders
from seatrobot.organizations.pages import MemberRequest, member_page


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.ORGANIZATION_DELETE)
@fresh_sign_in_required
def delete_organization(request: MemberRequest) -> HttpResponse:
    """Show what would go, and take the request; the answer is the page of its receipt."""
    organization = loaders.load_organization(request.member)
    form = DeleteOrganizationForm(request.POST or None)

    def asked(result: tuple[Deletion, str]) -> HttpResponse:
        return redirect("deletion:receipt", token=result[1])

    return form_page(
        request,
        form,
        act=lambda: services.request(
            actor=request.member,
            typed_name=form.cleaned_data["name"],
            at_once=form.cleaned_data["at_once"],
            deletion_id=form.cleaned_data["deletion_id"],
        ),
        done=asked,
        template="deletion/organization.html",
        context=lambda: {
            "organization": organization,
            "counts": text.counted(erasing.count(organization.pk)),
            "pending": (pending := services.open_request(organization.pk)),
            "token": services.token_of(pending.pk) if pending else "",
        },
    )


@require_POST
@member_page(Permission.ORGANIZATION_DELETE)
@fresh_sign_in_required
def cancel(request: MemberRequest) -> HttpResponse:
    services.cancel(actor=request.member)
    messages.success(request, _("The deletion is cancelled; nothing was deleted."))
    return redirect("organizations:settings", organization=request.member.organization_id)


@require_safe
@member_page(Permission.DELETION_VIEW)
def deletions(request: MemberRequest) -> HttpResponse:
    """List what was deleted, each with its receipt."""
    rows = services.load_deletions(request.member)
    journal.record(Action.DELETION_VIEW, count=len(rows))
    lines = [text.line(row) for row in rows]
    context = {"lines": lines, "waiting": requests.waiting(request.member)}
    return render(request, "deletion/list.html", context)


@require_safe
@member_page(Permission.DELETION_VIEW)
@fresh_sign_in_required
def member_receipt(request: MemberRequest, deletion: UUID) -> HttpResponse:
    row = services.load_deletion(request.member, deletion)
    journal.record(Action.DELETION_RECEIPT, subject_id=row.pk)
    return _file(row)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.PERSON_VIEW)
@fresh_sign_in_required
def person(request: MemberRequest, subject: UUID) -> HttpResponse:
    """Show everything that is known of a person, and note a request of theirs."""
    who, found = people.load(request.member, subject)
    form = SubjectRequestForm(request.POST or None)

    def noted(_result: object) -> HttpResponse:
        messages.success(request, _("The request is noted; Deletions shows when it is due."))
        return redirect("deletion:person", request.member.organization_id, subject)

    journal.record(Action.PERSON_VIEW, subject_id=subject, count=len(found))
    return form_page(
        request,
        form,
        act=lambda: requests.note(
            actor=request.member,
            subject_id=subject,
            kind=form.cleaned_data["kind"],
            received_on=form.cleaned_data["received_on"],
            request_id=form.cleaned_data["request_id"],
        ),
        done=noted,
        template="deletion/person.html",
        context=lambda: {
            "subject": subject,
            "person": who,
            "found": found,
            "waiting": requests.waiting(request.member, subject),
            "organization": request.member.organization_id,
        },
    )


@require_POST
@member_page(Permission.PERSON_VIEW)
def close_request(request: MemberRequest, subject_request: UUID) -> HttpResponse:
    requests.close(actor=request.member, request_id=subject_request)
    messages.success(request, _("The request is answered."))
    return redirect("deletion:list", organization=request.member.organization_id)


@require_POST
@member_page(Permission.PERSON_VIEW)
@fresh_sign_in_required
def person_archive(request: MemberRequest, subject: UUID) -> HttpResponse:
    """Give what is known of a person, as far as it is chosen, as a file for them."""
    who, everything = people.load(request.member, subject)
    found = people.for_them(everything, request.POST.getlist("what"))
    journal.record(Action.PERSON_EXPORT, subject_id=subject, count=len(found))
    text = json.dumps(people.archive(who, found), ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": 'attachment; filename="about-you.json"'}
    return HttpResponse(text, "application/json", headers=headers)


@require_POST
@member_page(Permission.PERSON_ERASE)
@fresh_sign_in_required
def erase_person(request: MemberRequest, subject: UUID) -> HttpResponse:
    keys = set(request.POST.getlist("what"))
    people.erase(actor=request.member, subject_id=subject, keys=keys)
    messages.success(
        request, _("It is erased. The receipt stands here, and is final once it was verified.")
    )
    return redirect("deletion:list", organization=request.member.organization_id)


@require_safe
@staff_page
def late(request: StaffRequest) -> HttpResponse:
    """Show the staff which deletions are late, by their own identifiers alone."""
    journal.record(Action.ALERT_VIEW)
    return render(request, "deletion/late.html", {"alerts": alerts.shown()})


@require_safe
@open_to(Audience.LINK)
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """Show how far the deletion of an organization has come, to whoever holds its link."""
    row = _by_token(token)
    context = {
        "deletion": row,
        "token": token,
        "steps": text.steps(row),
        "counts": text.counted(row.counts),
        "is_cancelled": row.state == State.CANCELLED,
        "is_waiting": row.state == State.REQUESTED,
        "is_final": row.state == State.FINAL,
    }
    return render(request, "deletion/receipt.html", context)


@require_safe
@open_to(Audience.LINK)
def receipt_file(_request: HttpRequest, token: str) -> HttpResponse:
    row = _by_token(token)
    with acting(Actor.link("receipt", row.pk)):
        return _file(row)


@require_safe
@open_to(Audience.EVERYBODY)
def held(_request: HttpRequest, organization: UUID) -> JsonResponse:
    """Tell what this process still holds in memory of an organization that has no keys.

    Of one that has some nothing is told, not even that there is one.
    """
    if vault.exists(organization):
        raise Http404
    found = caches.held(organization)
    return JsonResponse({"caches": caches.names(), "held": found})


def _by_token(token: str) -> Deletion:
    """Return the deletion of a link; raises LinkDead."""
    with acting(Actor.link("receipt")):
        row = services.find_by_token(token)
    if row is None:
        raise LinkDead(_("There is no receipt under this link."))
    return row


def _file(row: Deletion) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{receipts.file_name(row)}"'}
    return HttpResponse(receipts.make(row), "text/plain; charset=utf-8", headers=headers)
