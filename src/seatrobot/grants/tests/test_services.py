"""Grants from the request to the review: what each side can do, and what is refused."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from seatrobot.accounts import mail as transport
from seatrobot.accounts.models import Passkey, StaffMember
from seatrobot.accounts.staff import services as staff
from seatrobot.grants import jobs, reading
from seatrobot.grants.feature import Action
from seatrobot.grants.models import Category, Decision, Mode, Review, Rule, StaffGrant, State
from seatrobot.grants.refusals import GrantNotPossible
from seatrobot.grants.services import asking, common, deciding, reviewing
from seatrobot.grants.services.common import as_staff
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.jobs import Work
from seatrobot.kernel.principals import NotAllowed
from seatrobot.kernel.staff import conditions
from seatrobot.kernel.staff.standing import GrantRefused
from seatrobot.kernel.vault import services as vault
from seatrobot.organizations.models import Membership, Organization, SentMail
from seatrobot.organizations.permissions import Role

from .asks import WANTED, ago, ask, current, end, entries, lockbox, stored


def why(act) -> str:
    with pytest.raises(GrantNotPossible) as caught:
        act()
    assert caught.value.sentence
    return caught.value.why


def approve(member, row, **more):
    with member.acting():
        return deciding.approve(actor=member, grant_id=row.pk, **more)


def review(staff_id, row, outcome=Review.FINE, note="Read the log"):
    with as_staff(staff_id, row.organization_id):
        return reviewing.review(
            staff_id=staff_id,
            organization_id=row.organization_id,
            grant_id=row.pk,
            outcome=outcome,
            note=note,
        )


def approve_emergency(staff_id, row):
    with as_staff(staff_id, row.organization_id):
        return asking.approve_emergency(
            staff_id=staff_id, organization_id=row.organization_id, grant_id=row.pk
        )


def test_an_organization_that_is_told_opens_at_once_for_the_time_asked(alice, dana):
    row = ask(dana, alice.organization_id, minutes=90)
    assert row.state == State.LIVE
    assert row.expires_at - row.opens_at == timedelta(minutes=90)
    told = [entry.action for entry in entries(alice.organization_id)]
    assert told[-2:] == ["support:grant:ask", "support:grant:open"]
    assert asking.Wanted(category=Category.FAULT, reason="").minutes == 4 * 60


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("reason", "help"),
        ("reason", "   "),
        ("reason", "."),
        ("reason", ". . . ."),
        ("reason", "test test TEST"),
        ("reason", "\u200b \u200b"),
        ("reason", "1 2 3"),
        ("reason", "very long " * 100),
        ("ticket", "x" * 100),
        ("minutes", 24 * 60 + 1),
        ("minutes", 1),
        ("minutes", -60),
        ("event_ids", []),
    ],
)
def test_a_request_that_states_no_need_is_refused_by_its_field(field, wrong, alice, dana):
    with pytest.raises(GrantNotPossible) as caught:
        ask(dana, alice.organization_id, **{field: wrong})
    assert caught.value.field == field.removesuffix("_ids") + ("s" if field == "event_ids" else "")
    assert not entries(alice.organization_id, "support:grant:ask")


def test_what_staff_were_refused_is_told_in_the_log_also_after_a_form(alice, dana, erik):
    with acting(Actor.staff(dana)), suppress(GrantNotPossible):
        ask(dana, alice.organization_id, reason=".")
    row = ask(dana, alice.organization_id, is_emergency=True)
    assert why(lambda: approve_emergency(dana, row)) == "own"
    told = entries(alice.organization_id, "support:grant:refuse")
    with alice.acting():
        assert [each.sealed.facts["why"] for each in told] == ["reason", "own"]
    assert {each.actor_id for each in told} == {dana}


def test_help_that_somebody_asked_for_has_a_ticket(alice, dana):
    wanted = {"category": Category.SUPPORT, "ticket": " . "}
    assert why(lambda: ask(dana, alice.organization_id, **wanted)) == "ticket"
    assert ask(dana, alice.organization_id, **wanted | {"ticket": "SR-1"}).state == State.LIVE


def test_one_open_grant_a_person_and_organization(alice, charlie, dana, erik):
    ask(dana, alice.organization_id)
    assert why(lambda: ask(dana, alice.organization_id)) == "twice"
    ask(erik, alice.organization_id)
    ask(dana, charlie.organization_id)


def test_who_lacks_a_condition_asks_in_vain(alice, dana):
    Passkey.objects.update(created_at=ago(hours=13))
    conditions.forget()
    with pytest.raises(GrantRefused, match="passkey"):
        ask(dana, alice.organization_id)


def test_a_member_and_nobody_ask_in_vain(alice, charlie, nobody):
    for person in (charlie.account_id, nobody):
        with pytest.raises(GrantRefused):
            ask(person, alice.organization_id)


def test_an_organization_that_is_gone_is_not_asked(alice, dana):
    assert why(lambda: ask(dana, new_id())) == "gone"
    vault.destroy_keyring(alice.organization_id)
    with pytest.raises(GrantNotPossible):
        ask(dana, alice.organization_id)


def test_the_grants_of_a_deleted_organization_are_gone(alice, dana):
    row = ask(dana, alice.organization_id)
    with acting(Actor.system("tests"), alice.organization_id):
        Membership.objects.all().delete()
        Organization.objects.filter(pk=alice.organization_id).delete()
    assert why(lambda: end(dana, row)) == "gone"


def test_nothing_opens_before_an_administrator_approves(alice, dana):
    lockbox(alice)
    row = ask(dana, alice.organization_id)
    assert row.state == State.ASKED
    approve(alice, row)
    row = current(row)
    assert (row.state, row.decided_by) == (State.LIVE, alice.account_id)
    assert [entry.action for entry in entries(alice.organization_id)][-1] == "support:grant:approve"


def test_of_two_who_approve_the_second_is_told(alice, dana):
    lockbox(alice)
    row = ask(dana, alice.organization_id)
    approve(alice, row)
    assert why(lambda: approve(alice, row)) == "live"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_in_the_same_moment_one_does(alice, dana):
    """Each by its own connection: whoever comes second waits, and is told what became of it."""
    lockbox(alice)
    row = ask(dana, alice.organization_id)
    begin, said = threading.Barrier(2), []

    def decide(verb):
        try:
            begin.wait()
            with alice.acting():
                verb(actor=alice, grant_id=row.pk)
            said.append("done")
        except GrantNotPossible as refusal:
            said.append(refusal.why)
        finally:
            connection.close()

    acts = (deciding.approve, deciding.deny)
    threads = [threading.Thread(target=decide, args=(verb,)) for verb in acts]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(said) in (["denied", "done"], ["done", "live"])
    with alice.acting():
        assert Decision.objects.count() == 1
    decisions = {str(Action.GRANT_APPROVE), str(Action.GRANT_DENY)}
    told = decisions & {entry.action for entry in entries(alice.organization_id)}
    assert len(told) == 1
    assert (current(row).state == State.LIVE) == (Action.GRANT_APPROVE in told)


def test_a_request_counts_for_twelve_hours(alice, dana):
    lockbox(alice)
    row = stored(dana, alice.organization_id, asked=ago(hours=12, seconds=1), opened=False)
    assert why(lambda: approve(alice, row)) == "lapsed"
    with alice.acting(), pytest.raises(DatabaseError), transaction.atomic():
        common.open_now(common.lock(row.pk, row.organization_id), decided_by=alice.account_id)
    ask(dana, alice.organization_id)


def test_only_administrators_decide_and_their_role_of_now_counts(alice, bob, dana):
    lockbox(alice)
    row = ask(dana, alice.organization_id)
    for act in (deciding.approve, deciding.deny, deciding.withdraw):
        with bob.acting(), pytest.raises(NotAllowed):
            act(actor=bob, grant_id=row.pk)
    promoted = replace(bob, role=Role.ADMINISTRATOR)  # as a page that was open before
    assert why(lambda: approve(promoted, row)) == "role"
    with promoted.acting(), pytest.raises(DatabaseError), transaction.atomic():
        common.open_now(common.lock(row.pk, row.organization_id), decided_by=bob.account_id)
    assert current(row).state == State.ASKED


def test_a_member_of_another_organization_decides_nothing(alice, charlie, dana):
    lockbox(alice)
    row = ask(dana, alice.organization_id)
    assert why(lambda: approve(charlie, row)) == "gone"


def test_a_condition_that_lapsed_meanwhile_is_not_approved(alice, dana):
    lockbox(alice)
    row = ask(dana, alice.organization_id)
    with acting(Actor.operator("tests")):
        staff.disable(email="dana@staff.seatrobot.test")
    assert why(lambda: approve(alice, row)) == "condition"


@pytest.mark.parametrize("ends", ["disabled", "last day"])
def test_who_is_let_in_again_has_nothing_open(ends, alice, dana):
    row, email = ask(dana, alice.organization_id), "dana@staff.seatrobot.test"
    with acting(Actor.operator("tests")):
        if ends == "disabled":
            staff.disable(email=email)
            staff.enable(email=email)
        else:
            staff.set_last_day(email=email, ends_on=ago(days=2).date())
            staff.set_last_day(email=email, ends_on=None)
    assert current(row).state == State.CLOSED
    [entry] = entries(alice.organization_id, "support:grant:close")
    assert entry.subject_id == dana


def test_many_requests_hide_none_that_is_open_and_are_limited(alice, dana, erik, monkeypatch):
    row = ask(dana, alice.organization_id)
    monkeypatch.setattr(reading, "MOST_PAST", 3)
    for _each in range(asking.MOST_AN_HOUR):
        end(erik, ask(erik, alice.organization_id))
    assert why(lambda: ask(erik, alice.organization_id)) == "often"
    with alice.acting():
        shown = reading.of_organization(alice)
        assert [line.id for line in shown if line.is_open] == [row.pk]
        assert len(shown) == 4
        assert len(reading.grants_before(alice, None, 100)) == asking.MOST_AN_HOUR + 1
    with acting(Actor.staff(erik)):
        assert len(reading.of_staff(erik)) == 3


def test_a_clock_that_went_back_decides_nothing(alice, dana):
    lockbox(alice)
    row = stored(dana, alice.organization_id, asked=now() + timedelta(minutes=5), opened=False)
    assert why(lambda: approve(alice, row)) == "clock"


def test_either_side_ends_at_once(alice, dana):
    row = ask(dana, alice.organization_id)
    with alice.acting():
        deciding.withdraw(actor=alice, grant_id=row.pk)
    assert current(row).state == State.WITHDRAWN
    row = ask(dana, alice.organization_id)
    assert end(dana, row) == State.ENDED
    assert end(dana, row) == State.ENDED
    lockbox(alice)
    row = ask(dana, alice.organization_id)
    assert end(dana, row) == State.CANCELLED
    row = ask(dana, alice.organization_id)
    with alice.acting():
        deciding.deny(actor=alice, grant_id=row.pk)
    assert current(row).state == State.DENIED
    assert why(lambda: approve(alice, row)) == "denied"


def test_nobody_ends_or_approves_the_grant_of_another(alice, dana, erik):
    row = ask(dana, alice.organization_id)
    with pytest.raises(GrantNotPossible):
        end(erik, row)
    lockbox(alice)
    row = ask(erik, alice.organization_id)
    assert why(lambda: approve_emergency(dana, row)) == "no-emergency"


def test_an_emergency_takes_a_second_of_the_staff_and_lasts_an_hour(alice, dana, erik):
    row = ask(dana, alice.organization_id, is_emergency=True, minutes=600)
    assert row.state == State.ASKED
    assert why(lambda: approve_emergency(dana, row)) == "own"
    assert why(lambda: approve(alice, row)) == "emergency"
    row = approve_emergency(erik, row)
    assert row.expires_at - row.opens_at == timedelta(hours=1)
    assert row.review_due_at - row.opens_at == timedelta(hours=72)
    with as_staff(dana, alice.organization_id):
        assert reading.to_review(erik) == []
    end(dana, row)
    assert why(lambda: review(dana, row)) == "own"
    assert why(lambda: review(erik, row)) == "approver"


def review_as_member(member, row, note="Read the log"):
    with member.acting():
        return reviewing.review_as_member(
            actor=member, grant_id=row.pk, outcome=Review.FINE, note=note
        )


def test_of_two_people_of_the_staff_nobody_is_left_so_the_organization_reviews(alice, dana, erik):
    row = ask(dana, alice.organization_id, is_emergency=True, minutes=600)
    assert row.minutes == 60
    approve_emergency(erik, row)
    assert why(lambda: review_as_member(alice, row)) == "open"
    end(dana, row)
    with alice.acting():
        assert reading.reviewers_left(reading.of_organization_one(alice, row.pk)) == 0
    mailed = told(alice, row, "ended")
    assert "Nobody of the staff is left who may review this access, so please do" in mailed
    assert why(lambda: review_as_member(alice, row, note="ok")) == "note"
    review_as_member(alice, row)
    assert why(lambda: review_as_member(alice, row)) == "twice"
    assert current(row).reviewed_by == alice.account_id
    [entry] = entries(alice.organization_id, "support:grant:review")
    assert (entry.actor_id, entry.subject_id) == (alice.account_id, dana)


def test_one_person_alone_has_no_emergency_and_is_reviewed_by_the_organization(alice, bob, dana):
    row = ask(dana, alice.organization_id)
    end(dana, row)
    assert "so please do" in told(alice, row, "ended")
    with pytest.raises(NotAllowed):
        review_as_member(bob, row)
    review_as_member(alice, row)
    with as_staff(dana, alice.organization_id):
        assert reading.emergencies(dana) == []


def test_with_a_third_of_the_staff_the_organization_may_review_but_is_not_asked_to(
    alice, dana, erik
):
    row = ask(dana, alice.organization_id)
    end(dana, row)
    mailed = told(alice, row, "ended")
    assert "Somebody else of the staff reviews this access by" in mailed
    assert "so please do" not in mailed
    assert current(row).reviewed_at is None


def test_a_grant_is_reviewed_afterwards_by_another_with_a_word(alice, dana, erik):
    row = ask(dana, alice.organization_id)
    assert why(lambda: review(erik, row)) == "open"
    end(dana, row)
    assert why(lambda: review(erik, row, note="ok")) == "note"
    with as_staff(erik, alice.organization_id):
        assert [line.id for line in reading.to_review(erik)] == [row.pk]
        assert reading.to_review(dana) == []
    review(erik, row, note="Only the plan was opened")
    assert why(lambda: review(erik, row)) == "twice"
    with alice.acting():
        line = reading.of_organization_one(alice, row.pk)
    assert (line.reviewer, line.review_note) == ("Erik", "Only the plan was opened")


@pytest.mark.parametrize(
    "change",
    [
        {"expires_at": now() + timedelta(hours=30)},
        {"account_id": new_id()},
        {"minutes": 1400},
        {"may_change": True},
        {"state": "asked"},
        {"decided_by": new_id()},
    ],
)
def test_the_database_holds_what_a_grant_may_become(change, alice, dana):
    row = ask(dana, alice.organization_id)
    with (
        acting(Actor.system("tests"), alice.organization_id),
        pytest.raises(DatabaseError),
        transaction.atomic(),
    ):
        StaffGrant.objects.filter(pk=row.pk).update(**change)


def test_the_database_opens_nothing_that_nobody_approved(alice, dana):
    lockbox(alice)
    row = ask(dana, alice.organization_id)
    opened = {"state": "live", "opens_at": now(), "expires_at": now() + timedelta(minutes=30)}
    for decided_by in (None, dana, new_id()):
        with as_staff(dana, alice.organization_id), pytest.raises(DatabaseError):
            with transaction.atomic():
                rows = StaffGrant.objects.filter(pk=row.pk)
                rows.update(**opened, decided_by=decided_by)
    end(dana, row)
    with as_staff(dana, alice.organization_id), pytest.raises(DatabaseError), transaction.atomic():
        StaffGrant.objects.filter(pk=row.pk).update(state="live")


def test_staff_do_not_change_the_rule_of_an_organization(alice, dana):
    lockbox(alice)
    row = ask(dana, alice.organization_id)
    approve(alice, row)
    with as_staff(dana, alice.organization_id):
        assert reading.mode_of(alice.organization_id) == Mode.APPROVE
        with pytest.raises(DatabaseError), transaction.atomic():
            Rule.objects.update(mode=Mode.NOTIFY)


def sweep():
    jobs.sweep(Work("grants.sweep", None, None))


def test_the_clock_and_conditions_end_what_is_open(alice, charlie, dana, erik):
    expired = stored(dana, alice.organization_id, asked=ago(hours=2), opened=True)
    lapsed = stored(dana, charlie.organization_id, asked=ago(hours=13), opened=False)
    closed = ask(erik, alice.organization_id)
    StaffMember.objects.filter(pk=erik)
    with acting(Actor.operator("tests")):
        staff.disable(email="erik@staff.seatrobot.test")
    sweep()
    states = [current(row).state for row in (expired, lapsed, closed)]
    assert states == [State.EXPIRED, State.LAPSED, State.CLOSED]
    assert entries(alice.organization_id, "support:grant:close")
    assert entries(charlie.organization_id, "support:grant:lapse")
    sweep()
    assert len(entries(alice.organization_id, "support:grant:close")) == 1


def told(member, row, news) -> str:
    """Return the mail that an organization's administrator gets."""
    jobs.tell(Work("grants.tell", None, None), str(row.pk), str(row.organization_id), news)
    with member.acting():
        return str(SentMail.objects.order_by("id").last().sealed.body)


def test_a_mail_says_what_became_of_access_why_and_when(alice, dana, erik):
    row = ask(dana, alice.organization_id, is_emergency=True)
    asked = told(alice, row, "asked")
    assert "For: 1 hour\n" in asked
    assert "It is an emergency: nobody of your organization has to approve it." in asked
    approve_emergency(erik, row)
    opened = told(alice, row, "opened")
    assert "It is an emergency: Erik of the staff approved it" in opened
    with alice.acting():
        deciding.withdraw(actor=alice, grant_id=row.pk)
    ended = told(alice, row, "ended")
    assert "Alice of your organization ended it." in ended
    for body in (asked, opened, ended):
        assert "Dana of the staff of this service" in body
        assert "\n\n\n" not in body
    assert f"/o/{alice.organization_id}/log/?show=everything&account=staff" in ended
    assert ended.count(" UTC") == 3  # open from, to, and until when it is reviewed


def test_who_lost_access_is_told_what_is_not_true_any_more(alice, dana, monkeypatch):
    row = ask(dana, alice.organization_id)
    Passkey.objects.filter(account=dana).update(created_at=ago(hours=13))
    conditions.forget()
    sweep()
    sent = []
    monkeypatch.setattr(transport, "post", sent.append)
    work = Work("grants.tell-holder", None, None)
    jobs.tell_holder(work, str(row.pk), str(row.organization_id))
    [message] = sent
    assert f"Your access to the organization {alice.organization_id} was closed at" in message.body
    assert "Not true any more:\n\n- You signed in with your passkey" in message.body
    assert "To do: Sign in with your passkey again." in message.body


def test_administrators_are_told_by_mail(alice, bob, dana):
    lockbox(alice)
    row = ask(dana, alice.organization_id)
    work = Work("grants.tell", None, None)
    for news in ("asked", "opened", "ended"):
        if news == "opened":
            approve(alice, row)
        jobs.tell(work, str(row.pk), str(alice.organization_id), news)
    with alice.acting():
        sent = [mail.sealed for mail in SentMail.objects.order_by("id")]
    assert {mail.to for mail in sent} == {"alice@seatrobot.test"}
    assert [mail.subject for mail in sent] == [
        "Staff ask to see data of Foundation",
        "Staff can see data of Foundation",
        "Access to Foundation has ended",
    ]
    for mail in sent:
        assert "Dana" in mail.body
        assert WANTED.reason in mail.body
        assert f"/o/{alice.organization_id}/settings/support-access/{row.pk}/" in mail.body
