"""Pages of contacts: load and authorise, parse, call one service, render."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seatrobot.contacts import attendance, services
from seatrobot.contacts.contact_list import open_contacts
from seatrobot.contacts.feature import Action, Permission
from seatrobot.contacts.forms import ContactForm
from seatrobot.contacts.models import Contact, ContactRecord
from seatrobot.deletion.feature import Permission as DeletionPermission
from seatrobot.kernel.answers import form_page
from seatrobot.kernel.journal import services as journal
from seatrobot.organizations.pages import MemberRequest, member_page

PAGE = 50
LONGEST_QUERY = 200


@require_safe
@member_page(Permission.CONTACT_VIEW)
def contact_list(request: MemberRequest) -> HttpResponse:
    contacts = open_contacts(request.member)
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    found = contacts.find(query)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    journal.shown(contact.id for contact in page)
    journal.record(Action.CONTACT_LIST, count=len(found), page=page.number)
    context = {
        "query": query,
        "total": len(contacts),
        "page": page,
        "organization": request.member.organization_id,
        "may_change": request.member.may(Permission.CONTACT_CHANGE),
    }
    is_part = request.headers.get("HX-Request") and not request.headers.get("HX-Boosted")
    template = "contacts/table.html" if is_part else "contacts/list.html"
    return render(request, template, context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.CONTACT_CHANGE)
def new(request: MemberRequest) -> HttpResponse:
    form = ContactForm(request.POST or None, record=ContactRecord())

    def done(contact: Contact) -> HttpResponse:
        messages.success(request, _("The contact is added."))
        return redirect("contacts:contact", contact.organization_id, contact.pk)

    return form_page(
        request,
        form,
        act=lambda: services.create(
            actor=request.member, record=form.record, contact_id=form.cleaned_data["contact_id"]
        ),
        done=done,
        template="contacts/new.html",
        context={"organization": request.member.organization_id},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Permission.CONTACT_VIEW)
def show(request: MemberRequest, contact: UUID) -> HttpResponse:
    if request.method == "POST":
        request.member.require(Permission.CONTACT_CHANGE)
    person, version = services.load_contact(request.member, contact)
    posted = request.POST if request.method == "POST" else None
    form = ContactForm(posted, record=person.sealed, seen=version)

    def done(_result: object) -> HttpResponse:
        messages.success(request, _("The contact is saved."))
        return redirect("contacts:contact", person.organization_id, contact)

    def current() -> ContactForm:
        row, now = services.load_contact(request.member, contact)
        return ContactForm(record=row.sealed, seen=now)

    journal.record(Action.CONTACT_VIEW, subject_id=contact)
    return form_page(
        request,
        form,
        act=lambda: services.change(
            actor=request.member,
            contact=person,
            record=form.record,
            seen=form.cleaned_data["seen"],
        ),
        done=done,
        current=current,
        template="contacts/contact.html",
        context=lambda: {
            "person": person,
            "name": person.sealed.full_name or person.sealed.sort_name,
            "attendances": attendance.of_contact(request.member, contact),
            "organization": person.organization_id,
            "may_change": request.member.may(Permission.CONTACT_CHANGE),
            "may_see_person": request.member.may(DeletionPermission.PERSON_VIEW),
        },
    )


@require_POST
@member_page(Permission.CONTACT_CHANGE)
def remove(request: MemberRequest, contact: UUID) -> HttpResponse:
    person, _seen = services.load_contact(request.member, contact)
    services.remove(actor=request.member, contact=person)
    messages.success(request, _("The contact is removed."))
    return redirect("contacts:list", request.member.organization_id)
