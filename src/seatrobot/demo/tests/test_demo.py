"""The demonstration is the real input: everybody arrives whole, sits, and no hard rule breaks."""

import csv
import io

import pytest
from django.conf import settings

from seatrobot import demo
from seatrobot.accounts.models import Account
from seatrobot.accounts.services import find
from seatrobot.archive import verifying
from seatrobot.archive.tests.organizations import archive_of, lines_of
from seatrobot.demo.dinner import demonstration_file
from seatrobot.events.models import Event
from seatrobot.guests.guest_list import open_list
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.organizations import members
from seatrobot.organizations.models import Membership
from seatrobot.seating.models import Proposal, SeatAssignment

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines(tmp_path, monkeypatch):
    from dataclasses import replace

    monkeypatch.setattr(settings, "CONFIG", replace(settings.CONFIG, data=tmp_path))
    return demo.prepare()


def test_everybody_of_the_file_arrives_whole_and_sits(lines):
    rows = list(csv.DictReader(io.StringIO(demonstration_file().decode())))
    account = find("alice@seatrobot.example")
    with acting(Actor.member(account.pk)):
        organization = Membership.objects.get(account=account).organization_id
    with acting(Actor.member(account.pk), organization):
        alice = members.load(account.pk, organization)
        event = Event.objects.get()
        guests = open_list(alice, event.pk)
        own = {field.label: field.id for field in guests.fields}
        by_reference = {g.record.reference: g.record for g in guests.guests.values()}
        assert len(by_reference) == len(rows) == 537
        for row in rows:
            record = by_reference[row["reference"]]
            for field in ("title", "first_name", "last_name", "suffix", "email", "phone"):
                assert getattr(record, field) == row[field]
            assert record.company == row["organization"]
            for column in ("party", "state", "committees"):
                assert record.answers.get(own[column], "") == row[column]
            assert record.tags == [tag.strip() for tag in row["tags"].split(";") if tag.strip()]
        assert SeatAssignment.objects.count() == 537
        assert Proposal.objects.get().sealed.quality > 90


def test_an_archive_of_it_is_read_back_whole(lines):
    account = find("alice@seatrobot.example")
    with acting(Actor.member(account.pk)):
        organization = Membership.objects.get(account=account).organization_id
    with acting(Actor.member(account.pk), organization):
        data = archive_of(members.load(account.pk, organization))
        assert len(lines_of(data, "guests_guest")) == 537
        assert verifying.read_back(data, organization) == []


def test_the_second_time_says_the_same_and_makes_nothing(lines):
    assert demo.prepare() == lines
    assert Account.objects.count() == 3


def test_the_sign_ins_work(lines):
    email, password = lines[1].split()[:2]
    assert find(email).check_password(password)
