"""Pages of doubles: found, looked at side by side, merged, and parted again."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from seatrobot.contacts import doubles, merging, services
from seatrobot.contacts.feature import Action, Permission
from seatrobot.contacts.forms import LABELS
from seatrobot.contacts.models import Delivery
from seatrobot.kernel import acting
from seatrobot.kernel.ids import is_uuid
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.progress.models import Progress
from seatrobot.kernel.refusal import Refused
from seatrobot.organizations.pages import MemberRequest, member_page

PAGE = 20


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.CONTACT_CHANGE)
def show(request: MemberRequest) -> HttpResponse:
    """Show the pairs of the last search; a POST asks for a new one."""
    organization = request.member.organization_id
    if request.method == "POST":
        doubles.start(actor=request.member)
        return redirect("contacts:doubles", organization)
    found, row = doubles.pairs(request.member)
    work = doubles.progress_of(row)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    journal.shown(each.id for pair in page for each in (pair.one, pair.other))
    journal.record(Action.CONTACT_LIST, count=len(found), page=page.number)
    context = {
        "organization": organization,
        "page": page,
        "work": work,
        "is_running": work is not None and work.shown_state == Progress.State.RUNNING,
        "searched_at": work.finished_at if work is not None else None,
    }
    if request.headers.get("HX-Request") and not request.headers.get("HX-Boosted"):
        return render(request, "contacts/doubles_part.html", context)
    return render(request, "contacts/doubles.html", context)


@require_POST
@member_page(Permission.CONTACT_CHANGE)
def dismiss(request: MemberRequest) -> HttpResponse:
    one, other = request.POST.get("one", ""), request.POST.get("other", "")
    if is_uuid(one) and is_uuid(other):
        doubles.dismiss(actor=request.member, one=UUID(one), other=UUID(other))
        messages.success(request, _("They stay two contacts and are not shown together again."))
    return redirect("contacts:doubles", request.member.organization_id)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.CONTACT_CHANGE)
def merge(request: MemberRequest, contact: UUID, other: UUID) -> HttpResponse:
    """Show what becomes of two contacts, and do it. The first one is kept."""
    kept, kept_version = services.load_contact(request.member, contact)
    gone, gone_version = services.load_contact(request.member, other)
    if request.method == "POST":
        taken = {name: request.POST.get(f"take-{name}", "") for name in merging.CHOSEN}
        seen = (request.POST.get("seen_kept", ""), request.POST.get("seen_gone", ""))
        try:
            with acting.savepoint():
                merging.merge(
                    actor=request.member,
                    kept_id=contact,
                    gone_id=other,
                    seen=seen,
                    taken={name: said for name, said in taken.items() if said},
                )
        except Refused as refusal:
            messages.error(request, refusal.sentence)
            return redirect("contacts:merge", kept.organization_id, contact, other)
        messages.success(request, _("The contacts are one now; this can be undone for a month."))
        return redirect("contacts:contact", kept.organization_id, contact)
    journal.shown([contact, other])
    journal.record(Action.CONTACT_VIEW, subject_id=contact)
    journal.record(Action.CONTACT_VIEW, subject_id=other)
    pointing = merging.pointing([contact, other])
    preview = merging.merged_record(kept.sealed, gone.sealed, {})
    context = {
        "organization": kept.organization_id,
        "kept": kept,
        "gone": gone,
        "seen_kept": kept_version,
        "seen_gone": gone_version,
        "sides": [
            {"label": LABELS[side.name], "side": side}
            for side in merging.sides(kept.sealed, gone.sealed)
            if side.kept or side.gone
        ],
        "preview": preview,
        "problems": [sentence for _field, sentence in preview.check()],
        "kept_guests": pointing[contact],
        "gone_guests": pointing[other],
        "mail_stops": {kept.delivery, gone.delivery} != {Delivery.ACTIVE.value},
    }
    return render(request, "contacts/merge.html", context)


@require_POST
@member_page(Permission.CONTACT_CHANGE)
def undo(request: MemberRequest, merge: UUID) -> HttpResponse:
    back = merging.undo(actor=request.member, merge_id=merge)
    messages.success(request, _("The merge is undone; these are two contacts again."))
    return redirect("contacts:contact", request.member.organization_id, back)
