"""What disturbs a deletion: another owner, a wrong clock, a full disk, rows that come late."""

from __future__ import annotations

import resource
from datetime import timedelta

import pytest

from seatrobot.conftest import as_
from seatrobot.deletion import erasing, ledger, services, steps
from seatrobot.deletion.feature import Action
from seatrobot.deletion.models import State
from seatrobot.deletion.tests.conftest import ask, reload
from seatrobot.deletion.tests.test_receipts import verify_all
from seatrobot.grants.models import Category, StaffGrant
from seatrobot.grants.models import State as Grant
from seatrobot.grants.services import closing as ended
from seatrobot.guests.models import Guest
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.principals import NotAllowed
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.vault import own
from seatrobot.kernel.vault import services as vault
from seatrobot.organizations import members
from seatrobot.organizations.models import Membership
from seatrobot.organizations.services import membership


def hand_over(owner, heir, monkeypatch):
    monkeypatch.setattr(membership.accounts, "confirm_password", lambda *_: None)
    with as_(owner):
        row = Membership.objects.get(account_id=heir.account_id)
        membership.transfer_ownership(actor=owner, membership_id=row.pk, password="any")
    with as_(heir):
        return members.load(heir.account_id, heir.organization_id)


def test_what_a_former_owner_asked_for_does_not_begin(filled, monkeypatch):
    alice, bob, _charlie = filled
    deletion = ask(alice, at_once=False)
    heir = hand_over(alice, bob, monkeypatch)
    later = now() + timedelta(hours=2)
    monkeypatch.setattr(steps, "now", lambda: later)
    assert steps.advance(deletion.pk) == State.CANCELLED
    assert reload(deletion).cancelled_at
    with as_(bob):
        assert Guest.objects.count() == 3
        assert services.open_request(bob.organization_id) is None
    assert steps.advance(ask(heir).pk) == State.GONE, "the present owner deletes it all the same"


def test_the_present_owner_cancels_what_the_former_one_asked_for(filled, monkeypatch):
    alice, bob, _charlie = filled
    ask(alice, at_once=False)
    heir = hand_over(alice, bob, monkeypatch)
    with as_(alice):
        former = members.load(alice.account_id, alice.organization_id)
        with pytest.raises(NotAllowed):
            services.cancel(actor=former)
    with as_(heir):
        services.cancel(actor=heir)


def test_a_cancellation_that_comes_while_it_begins_counts(filled, monkeypatch):
    alice, _bob, _charlie = filled
    deletion, count = ask(alice, at_once=False), erasing.count
    cancelled = []

    def counting(organization_id):
        if not cancelled:
            with as_(alice):
                services.cancel(actor=alice)
            cancelled.append(now())
        return count(organization_id)

    later = now() + timedelta(hours=2)
    monkeypatch.setattr(steps, "now", lambda: later)
    monkeypatch.setattr(erasing, "count", counting)
    assert steps.advance(deletion.pk) == State.CANCELLED
    assert cancelled
    assert reload(deletion).cancelled_at
    with as_(alice):
        assert Membership.objects.filter(organization_id=alice.organization_id).count() == 2


def test_what_was_asked_for_goes_on_while_the_organization_is_locked(filled, superuser_connection):
    """With its own key: nothing can be sealed for it, so the platform's journal says it."""
    alice, _bob, _charlie = filled
    deletion = ask(alice)
    with as_(alice):
        grant = StaffGrant.objects.create(
            organization_id=alice.organization_id,
            account_id=new_id(),
            category=Category.SUPPORT,
            minutes=60,
            asked_at=now(),
        )
    sheet = own.adopt(alice.organization_id)
    own.prove(alice.organization_id, sheet.words)
    own.lock(alice.organization_id)
    assert not vault.has_keyring(alice.organization_id)
    assert steps.advance(deletion.pk) == State.GONE
    assert not erasing.count(alice.organization_id)
    told = superuser_connection.execute(
        "SELECT action FROM journal_entry WHERE organization_id IS NULL AND subject_id = ANY (%s)",
        [[alice.organization_id, grant.account_id]],
    ).fetchall()
    wanted = {Action.DELETION_LOCK, Action.KEYRING_DESTROY, ended.ACTIONS[Grant.LAPSED]}
    assert {action for (action,) in told} >= {each.value for each in wanted}
    assert verify_all().remains == []
    steps.advance_all()
    assert reload(deletion).state == State.FINAL


def test_a_form_of_a_second_browser_asks_for_nothing_more(filled):
    alice, _bob, _charlie = filled
    first, again = new_id(), new_id()
    with as_(alice):
        one = services.request(
            actor=alice, typed_name="Foundation", at_once=False, deletion_id=first
        )
        assert one == services.request(
            actor=alice, typed_name="Foundation", at_once=True, deletion_id=first
        )
        with pytest.raises(Refused, match="already"):
            services.request(actor=alice, typed_name="Foundation", at_once=True, deletion_id=again)
    assert steps.advance(first) == State.REQUESTED, "at once was wanted of a request that is there"


def test_a_clock_that_goes_back_does_not_stop_what_has_begun(filled, monkeypatch):
    alice, _bob, _charlie = filled
    deletion = ask(alice)
    monkeypatch.setitem(steps.STEPS, State.LOCKED, lambda _row: False)
    assert steps.advance(deletion.pk) == State.LOCKED
    monkeypatch.undo()
    earlier = now() - timedelta(days=2)
    monkeypatch.setattr(steps, "now", lambda: earlier)
    assert steps.advance(deletion.pk) == State.GONE


def test_a_clock_that_goes_back_leaves_the_hour_to_cancel(filled, monkeypatch):
    alice, _bob, _charlie = filled
    deletion = ask(alice, at_once=False)
    earlier = now() - timedelta(days=2)
    monkeypatch.setattr(steps, "now", lambda: earlier)
    assert steps.advance(deletion.pk) == State.REQUESTED
    with as_(alice):
        services.cancel(actor=alice)


@pytest.fixture
def full_disk():
    """Give what keeps files of this process from growing beyond a size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_delays_the_ledger_and_loses_nothing(filled, ledger_of_its_own, full_disk):
    alice, _bob, _charlie = filled
    known = [new_id() for _ in range(3000)]
    ledger.append("guests_guest", known, now())
    deletion = ask(alice)
    size = ledger_of_its_own.stat().st_size
    full_disk(size + 40)  # a part of a line
    try:
        with pytest.raises(OSError, match="File too large"):
            steps.advance(deletion.pk)
    finally:
        full_disk(resource.RLIM_INFINITY)
    row = reload(deletion)
    assert (row.state, row.entered_at) == (State.GONE, None)
    assert not vault.exists(alice.organization_id)
    assert ledger.read().has("guests_guest", known[-1])
    assert not ledger.read().has("organizations_organization", alice.organization_id)
    steps.advance(deletion.pk)
    assert reload(deletion).entered_at
    assert ledger.read().has("organizations_organization", alice.organization_id)
    assert len(ledger.read()) == 3001


def test_a_row_that_comes_late_goes_with_the_next_try(filled, monkeypatch, owner_connection):
    """An import that began before the lock may end after the rows were deleted."""
    alice, _bob, _charlie = filled
    owner_connection.execute("CREATE TABLE toasts (organization_id uuid)")
    try:
        delete_accounts = erasing.delete_accounts

        def late(accounts):
            owner_connection.execute("INSERT INTO toasts VALUES (%s)", [alice.organization_id])
            return delete_accounts(accounts)

        monkeypatch.setattr(erasing, "delete_accounts", late)
        deletion = ask(alice)
        with pytest.raises(steps.Remains, match="toasts"):
            steps.advance(deletion.pk)
        assert reload(deletion).state == State.UNREADABLE
        monkeypatch.setattr(erasing, "delete_accounts", delete_accounts)
        assert steps.advance(deletion.pk) == State.GONE
    finally:
        owner_connection.execute("DROP TABLE toasts")


def test_what_began_before_it_ends_in_a_refusal_afterwards(filled, client_of):
    """At the door, at the robot, with an archive: each gets an answer, and writes nothing."""
    alice, bob, _charlie = filled
    browser = client_of(bob)
    home = f"/o/{alice.organization_id}/"
    with as_(alice):
        guest = Guest.objects.all()[0]
    steps.advance(ask(alice).pk)
    for path in ("events/", f"events/{guest.event_id}/door/", f"events/{guest.event_id}/seating/"):
        assert browser.get(f"{home}{path}").status_code == 404
    assert browser.post(f"{home}archive/make/", {"id": str(new_id())}).status_code == 404
    assert not erasing.count(alice.organization_id)
