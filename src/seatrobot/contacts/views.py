"""Pages of contacts: load and authorise, parse, call one service, render."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from seatrobot.accounts.assurance import fresh_sign_in_required_to_download, releases
from seatrobot.contacts import (
    attendance,
    bulk,
    delivery,
    exporting,
    extensions,
    filters,
    history,
    merging,
    relating,
    services,
)
from seatrobot.contacts.contact_list import ContactList, open_contacts
from seatrobot.contacts.feature import Action, Permission
from seatrobot.contacts.forms import AssistantForm, ContactForm, DeliveryForm, FilterForm
from seatrobot.contacts.models import Contact, ContactRecord, Delivery, Source
from seatrobot.contacts.searching import NEVER_MAILED, PAGE, Listing
from seatrobot.deletion.feature import Permission as DeletionPermission
from seatrobot.kernel import acting
from seatrobot.kernel.answers import form_page
from seatrobot.kernel.ids import is_uuid
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.principals import Principal
from seatrobot.kernel.refusal import Refused
from seatrobot.organizations.feature import Permission as OrganizationPermission
from seatrobot.organizations.log.entries import fold, lines_of
from seatrobot.organizations.pages import MemberRequest, member_page

MOST_TAGS_OFFERED = 300
HISTORY = 30
TWO = 2


@require_safe
@member_page(Permission.CONTACT_VIEW)
def contact_list(request: MemberRequest) -> HttpResponse:
    contacts = open_contacts(request.member)
    listing = Listing.read(request.GET)
    found = listing.find(contacts)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    journal.shown(contact.id for contact in page)
    journal.record(Action.CONTACT_LIST, count=len(found), page=page.number)
    may_change = request.member.may(Permission.CONTACT_CHANGE)
    context = {
        "listing": listing,
        "query": listing.query(),
        "total": len(contacts),
        "page": page,
        "organization": request.member.organization_id,
        "may_change": may_change,
        "may_export": request.member.may(Permission.CONTACT_EXPORT),
        "choices": extensions.choices(request.member) if may_change else [],
        "tags": contacts.tags[:MOST_TAGS_OFFERED],
    }
    if request.headers.get("HX-Request") and not request.headers.get("HX-Boosted"):
        return render(request, "contacts/table.html", context)
    return render(request, "contacts/list.html", context | _controls(request, contacts, listing))


@require_safe
@member_page(Permission.CONTACT_EXPORT)
@releases(gettext_lazy("the contacts"))
@fresh_sign_in_required_to_download
def export(request: MemberRequest) -> HttpResponse:
    """Give the contacts that the list would show as vCards."""
    data = exporting.export(actor=request.member, listing=Listing.read(request.GET))
    return HttpResponse(
        data,
        content_type="text/vcard; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="contacts.vcf"'},
    )


@require_POST
@member_page(Permission.CONTACT_CHANGE)
def change_many(request: MemberRequest) -> HttpResponse:
    query = request.POST.get("query", "")
    ids = chosen(request.member, request.POST)
    if request.POST.get("do") == "merge" and len(ids) == TWO:
        return redirect("contacts:merge", request.member.organization_id, *ids)
    if ids:
        try:
            with acting.savepoint():
                sentence = _do(request.member, ids, request.POST)
            messages.success(request, sentence)
        except Refused as refusal:
            messages.error(request, refusal.sentence)
    else:
        messages.warning(request, _("Nobody was selected, so nothing was changed."))
    return redirect(_list_url(request, Listing.read(QueryDict(query)).query()))


@require_POST
@member_page(Permission.CONTACT_CHANGE)
def save_filter(request: MemberRequest) -> HttpResponse:
    form = FilterForm(request.POST)
    query = Listing.read(QueryDict(request.POST.get("query", ""))).query()
    try:
        if form.is_valid():
            with acting.savepoint():
                filters.save(actor=request.member, name=form.cleaned_data["name"], query=query)
            messages.success(request, _("The filter is saved."))
        else:
            messages.error(request, " ".join(map(str, form.errors["name"])))
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    return redirect(_list_url(request, query))


@require_POST
@member_page(Permission.CONTACT_CHANGE)
def remove_filter(request: MemberRequest, saved: UUID) -> HttpResponse:
    filters.remove(actor=request.member, filter_id=saved)
    messages.success(request, _("The filter is removed."))
    return redirect(_list_url(request, ""))


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
        context=lambda: _page_of(request, person),
    )


@require_POST
@member_page(Permission.CONTACT_CHANGE)
def remove(request: MemberRequest, contact: UUID) -> HttpResponse:
    person, _seen = services.load_contact(request.member, contact)
    services.remove(actor=request.member, contact=person)
    messages.success(request, _("The contact is removed."))
    return redirect("contacts:list", request.member.organization_id)


@require_POST
@member_page(Permission.CONTACT_CHANGE)
def mail(request: MemberRequest, contact: UUID) -> HttpResponse:
    """Stop mail to a contact, or allow it again."""
    person, _seen = services.load_contact(request.member, contact)
    form = DeliveryForm(request.POST)
    form.is_valid()  # two ticks, which cannot be wrong
    wants = form.cleaned_data["mail"]
    try:
        with acting.savepoint():
            services.set_delivery(
                actor=request.member,
                contact_ids=[person.pk],
                state=Delivery.ACTIVE if wants else Delivery.BLOCKED,
                source=Source.STAFF,
                asked_again=form.cleaned_data["asked_again"],
            )
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        sentence = _("The contact may be mailed.") if wants else _("Nothing is sent to them now.")
        messages.success(request, sentence)
    return redirect("contacts:contact", person.organization_id, contact)


@require_POST
@member_page(Permission.CONTACT_CHANGE)
def relate(request: MemberRequest, contact: UUID) -> HttpResponse:
    """Note who acts for a contact: found by words, or, with `assistant`, one that does already."""
    person, _seen = services.load_contact(request.member, contact)
    try:
        with acting.savepoint():
            _relate(request.member, person, request.POST)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, _("The assistants are saved."))
    return redirect("contacts:contact", person.organization_id, contact)


def chosen(principal: Principal, posted: QueryDict) -> list[UUID]:
    """Return the contacts that a list's form has selected: ticked ones, or all that were found."""
    if posted.get("all"):
        listing = Listing.read(QueryDict(posted.get("query", "")))
        return [contact.id for contact in listing.find(open_contacts(principal))]
    return [UUID(text) for text in posted.getlist("contact") if is_uuid(text)]


def _relate(member: Principal, person: Contact, posted: QueryDict) -> None:
    """Save what a form says of one who acts for a contact already, or who is to."""
    if is_uuid(known := posted.get("assistant", "")):
        found = UUID(known)
        copies, answers = "copies" in posted, "answers" in posted
    else:
        form = AssistantForm(posted)
        if not form.is_valid():
            sentences = (str(each) for errors in form.errors.values() for each in errors)
            raise Refused(" ".join(sentences))
        said = form.cleaned_data
        copies, answers = said["copies"], said["answers"]
        found = relating.find_assistant(actor=member, contact=person, text=said["who"])
    relating.relate(
        actor=member, contact_id=person.pk, assistant_id=found, copies=copies, answers=answers
    )


def _do(principal: Principal, ids: list[UUID], posted: QueryDict) -> str:
    """Do what the button says; return the sentence that tells it."""
    what, tag = posted.get("do", ""), posted.get("newtag", "").strip()
    if what == "tag":
        count = bulk.add_tag(actor=principal, ids=ids, tag=tag)
        return ngettext(
            "%(count)s contact got the tag “%(tag)s”.",
            "%(count)s contacts got the tag “%(tag)s”.",
            count,
        ) % {"count": count, "tag": tag}
    if what == "untag":
        count = bulk.remove_tag(actor=principal, ids=ids, tag=tag)
        return ngettext(
            "%(count)s contact lost the tag “%(tag)s”.",
            "%(count)s contacts lost the tag “%(tag)s”.",
            count,
        ) % {"count": count, "tag": tag}
    if what == "remove":
        count = bulk.remove(actor=principal, ids=ids)
        return ngettext(
            "%(count)s contact is removed.", "%(count)s contacts are removed.", count
        ) % {"count": count}
    if what == "merge":
        raise Refused(_("Select two contacts to merge them."))
    raise Refused(_("Nothing was changed; choose what to do first."))


def _controls(request: MemberRequest, contacts: ContactList, listing: Listing) -> dict[str, Any]:
    tags = [
        {"key": key, "tag": tag, "count": count, "is_with": key in listing.tags,
         "is_without": key in listing.without}
        for key, tag, count in contacts.tags[:MOST_TAGS_OFFERED]
    ]  # fmt: skip
    mails = [("active", _("May be mailed")), (NEVER_MAILED, _("Not to be mailed, for any reason"))]
    mails += [(value, str(label)) for value, label in Delivery.choices if value]
    return {
        "tag_rows": tags,
        "tags_chosen": len(listing.tags) + len(listing.without),
        "mails": mails,
        "sorts": [
            ("name", _("Name")),
            ("company", _("Company")),
            ("email", _("E-mail")),
            ("changed", _("Last change")),
        ],
        "filters": filters.saved(request.member),
        "links": extensions.links(request.member),
    }


def _page_of(request: MemberRequest, person: Contact) -> dict[str, Any]:
    may = request.member.may
    sees_history = may(OrganizationPermission.JOURNAL_VIEW)
    entries = history.entries_about(person, HISTORY) if sees_history else []
    return {
        "person": person,
        "name": person.sealed.full_name or person.sealed.sort_name,
        "attendances": attendance.of_contact(request.member, person.pk),
        "assistants": relating.assistants_of(request.member, person.pk),
        "assisted": relating.assisted_by(request.member, person.pk),
        "merges": merging.merges_of(person.pk),
        "cards": extensions.cards(request.member, person.pk),
        "is_theirs": person.delivery in delivery.OF_THE_PERSON,
        "assistant_form": AssistantForm(),
        "lines": fold(lines_of(entries)),
        "may_see_history": sees_history,
        "organization": person.organization_id,
        "may_change": may(Permission.CONTACT_CHANGE),
        "may_see_person": may(DeletionPermission.PERSON_VIEW),
    }


def _list_url(request: MemberRequest, query: str) -> str:
    back = reverse("contacts:list", args=[request.member.organization_id])
    return urlsplit(back)._replace(query=query).geturl()
