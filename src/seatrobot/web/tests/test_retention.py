"""Rows that only grow are deleted after the time that the organization's page states."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps

from seatrobot.archive.models import Archive, ArchiveRecord
from seatrobot.conftest import as_
from seatrobot.deletion.models import Deletion, DeletionRecord, Kind, State, SubjectRequest
from seatrobot.grants.models import Category, Recording, RecordingRecord, StaffGrant
from seatrobot.guests.services import imports
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.jobs import Work
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.progress import services as progress
from seatrobot.kernel.tenancy.models import TenantModel
from seatrobot.organizations import retention
from seatrobot.organizations.feature import Action
from seatrobot.organizations.jobs import purge
from seatrobot.organizations.models import MailRecord, SentMail
from seatrobot.seating.models import Proposal, Report, Room, Step

LASTS = {
    "archive_piece": "goes with its archive",
    "accounts_account": "people, until they are removed",
    "contacts_address": "goes with its contact",
    "contacts_contact": "data of the organization, until it is deleted",
    "events_activity": "goes with its event",
    "events_event": "data of the organization, until it is deleted",
    "events_field": "goes with its event",
    "grants_decision": "goes with its grant",
    "grants_rule": "one row",
    "grants_staff_grant": "who had access, kept as long as the organization",
    "guests_arrival": "goes with its guest",
    "guests_guest": "data of the organization, until it is deleted",
    "guests_import_memory": "one row for each set of headings, no data of a guest",
    "guests_party": "goes with its last guest",
    "journal_entry": "append only: kept as long as the organization",
    "organizations_grant": "goes with its membership",
    "organizations_invitation": "until accepted or withdrawn",
    "organizations_membership": "until the member is removed",
    "organizations_security": "one row",
    "organizations_sign_in": "append only: kept as long as the organization",
    "seating_assignment": "goes with its guest",
    "seating_place": "goes with its room",
    "seating_room": "goes with its activity",
    "seating_rule": "until it is removed",
    "seating_rule_guest": "goes with its rule",
    "seating_rule_table": "goes with its rule",
    "seating_table": "until it is removed",
    "subscribing_administrator_mail": "one row for each administrator who wants mail",
    "subscribing_hook": "until it is removed",
}
"""Tables of an organization that do not only grow, or may not be cut."""


def test_every_table_of_an_organization_has_a_time_or_a_reason(alice):
    with as_(alice):
        kept = {each.rows.model._meta.db_table for each in retention.everything()}
    tables = {
        model._meta.db_table
        for model in apps.get_models()
        if issubclass(model, TenantModel) and not model._meta.abstract
    }
    unknown = tables - kept - LASTS.keys()
    assert not unknown, f"say how long rows of {unknown} are kept"
    assert not kept & LASTS.keys()


def make_one_of_each(alice, dinner):
    """Make a row of every kind that is kept for a time."""
    csv = b"first_name,last_name\nAlma,Adams\n"
    imports.receive(actor=alice, event=dinner, filename="a.csv", data=csv)
    shown = progress.start("guests.import", event_id=dinner.pk)
    progress.finish(shown.pk, "1 guest added")
    common = {"organization_id": alice.organization_id}
    SentMail.objects.create(**common, sealed=MailRecord("a@x.test", "Hello", "…"), created_at=now())
    room, _made = Room.objects.get_or_create(**common, event=dinner, activity=dinner.activity)
    Step.objects.create(
        **common, event=dinner, room=room, kind="move", before=[], after=[], at=now()
    )
    grant = StaffGrant.objects.create(
        **common,
        account_id=new_id(),
        category=Category.FAULT,
        minutes=60,
        asked_at=now(),
    )
    Recording.objects.create(
        **common, grant=grant, command="shell", at=now(), sealed=RecordingRecord("1", "1")
    )
    Deletion.objects.create(
        customer_id=alice.organization_id,
        kind=Kind.EVENT,
        state=State.FINAL,
        requested_at=now(),
        due_at=now(),
        final_at=now(),
        sealed=DeletionRecord(),
    )
    SubjectRequest.objects.create(
        **common, kind="access", received_on=now(), due_on=now(), closed_at=now()
    )
    Proposal.objects.create(
        **common,
        event=dinner,
        room=room,
        progress_id=shown.pk,
        mode=Proposal.Mode.AGAIN,
        outcome="seated",
        seconds_allowed=1,
        created_at=now(),
        sealed=Report(),
    )
    Archive.objects.create(
        **common,
        direction=Archive.Direction.OUT,
        progress_id=shown.pk,
        created_at=now(),
        sealed=ArchiveRecord("archive.zip"),
    )


def counts():
    return {each.name: each.rows.count() for each in retention.everything()}


@pytest.mark.django_db(transaction=True)
def test_what_is_old_is_deleted_and_what_is_not_stays(alice, dinner, client_of, monkeypatch):
    with as_(alice):
        make_one_of_each(alice, dinner)
        assert set(counts().values()) == {1}
        days = {each.name: each.days for each in retention.everything()}
    page = client_of(alice).get(f"/o/{alice.organization_id}/practices/").content.decode()
    with as_(alice):
        assert all(each.what in page for each in retention.everything())
    work = Work("organizations.purge", None, None)
    purge(work)
    for day in sorted(set(days.values())):
        with as_(alice):
            assert counts() == {name: int(wanted >= day) for name, wanted in days.items()}
        later = now() + timedelta(days=day, hours=1)
        with monkeypatch.context() as patch:
            patch.setattr("seatrobot.organizations.retention.now", lambda later=later: later)
            purge(work)
    with as_(alice):
        assert set(counts().values()) == {0}
        entries = Entry.objects.filter(action=Action.DATA_PURGE).order_by("pk")
        told = [entry.sealed.facts for entry in entries]
        assert sorted(name for facts in told for name in facts) == sorted(days)
