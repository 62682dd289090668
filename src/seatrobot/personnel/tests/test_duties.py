"""Signing policies by passkey and taking courses, as Dana does it on her pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError

from seatrobot.accounts.factors import statements
from seatrobot.accounts.factors.tests.device import PRESENT, Device
from seatrobot.accounts.models import Account
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.staff import conditions
from seatrobot.personnel import services
from seatrobot.personnel.models import Edition, Kind, Result, Signature

from .conftest import publish
from .signing import DUTIES, POLICIES, answers, condition, do_everything, options, sign, take
from .test_markdown import FILL

TEXT = f"# Access to Customer Data\n\nOnly on Mondays. {FILL}\n"


def change_policy(data, text=TEXT) -> None:
    (data / "policies" / "customer-data.md").write_text(text)
    publish()


def later(monkeypatch, **ahead) -> None:
    """Move the clock of what counts."""
    moment = now() + timedelta(**ahead)
    for module in ("personnel.duties", "personnel.services", "kernel.staff.conditions"):
        monkeypatch.setattr(f"seatrobot.{module}.now", lambda: moment)
    conditions.forget()


def test_from_nothing_to_everything(dana, key, account):
    page = dana.get(DUTIES).content.decode()
    assert "things are missing" in page
    assert page.count("Not signed") == 4
    for name in ("policies-signed", "training-done"):
        assert not condition(account.pk, name).holds
    assert "Read “" in condition(account.pk, "policies-signed").what_to_do
    do_everything(dana, key)
    for name in ("policies-signed", "training-done"):
        assert condition(account.pk, name).holds
    assert (
        condition(account.pk, "training-done").until.date() == (now() + timedelta(days=365)).date()
    )
    page = dana.get(DUTIES).content.decode()
    assert "Not signed" not in page
    assert "Not passed" not in page


def test_a_policy_is_shown_whole_and_signed_over_its_hash(dana, key, account):
    page = dana.get(f"{DUTIES}policies/incident/").content.decode()
    edition = services.in_force(Kind.POLICY, "incident")
    assert edition.digest in page
    assert "Nobody hides an incident" in page
    assert sign(dana, key, "incident").status_code == 302
    row = Signature.objects.get()
    signed = statements.unpack(row.signed)
    statements.verify(signed)
    assert signed.facts["text"] == edition.digest
    assert (row.account_id, row.edition_id) == (account.pk, edition.pk)
    assert "You signed this text" in dana.get(f"{DUTIES}policies/incident/").content.decode()
    again = sign(dana, key, "incident")
    assert again.status_code == 422
    assert "signed this text already" in again.content.decode()


def test_nobody_signs_with_another_passkey_or_without_being_verified(dana, key):
    assert sign(dana, Device(), "incident").status_code == 422
    key.flags = PRESENT
    assert sign(dana, key, "incident").status_code == 422
    assert not Signature.objects.exists()


def test_a_signature_of_one_policy_is_none_of_another(dana, key):
    answer = key.get(options(dana, "incident").json()["challenge"])
    answered = dana.post(f"{DUTIES}policies/customer-data/", {"answer": answer})
    assert answered.status_code == 422
    assert "changed while you read it" in answered.content.decode()
    assert not Signature.objects.exists()


def test_a_policy_changed_while_being_signed_is_refused(dana, key, texts_of_the_operator):
    before = services.in_force(Kind.POLICY, "customer-data")
    answer = key.get(options(dana, "customer-data").json()["challenge"])
    change_policy(texts_of_the_operator)
    answered = dana.post(f"{DUTIES}policies/customer-data/", {"answer": answer})
    assert answered.status_code == 422
    page = answered.content.decode()
    assert "changed while you read it" in page
    assert "Only on Mondays" in page
    assert not Signature.objects.exists()
    assert options(dana, "customer-data", before.pk).status_code == 409
    assert sign(dana, key, "customer-data").status_code == 302


def test_the_database_takes_signatures_of_the_person_under_the_text_in_force_alone(
    dana, daniel, key, account, texts_of_the_operator
):
    old = services.in_force(Kind.POLICY, "customer-data")
    change_policy(texts_of_the_operator)
    new = services.in_force(Kind.POLICY, "customer-data")
    course = services.in_force(Kind.COURSE, "privacy")
    other = Account.objects.exclude(pk=account.pk).get(staff__isnull=False)

    def make(edition, account_id):
        Signature.objects.create(account_id=account_id, edition=edition, at=now(), signed="{}")

    for edition, who, what in (
        (old, account.pk, "not in force"),
        (course, account.pk, "not in force"),
        (new, other.pk, "row-level security"),
    ):
        with pytest.raises((DatabaseError, IntegrityError), match=what):
            with acting(Actor.staff(account.pk)):
                make(edition, who)
    with pytest.raises(DatabaseError, match="row-level security"), acting(Actor.system("x")):
        make(new, account.pk)
    with pytest.raises(DatabaseError, match="row-level security"):
        with acting(Actor.staff(account.pk)):
            Edition.objects.create(
                kind="policy",
                name="own",
                number=1,
                title="Own",
                digest="0" * 64,
                text="",
                published_at=now(),
            )
    for change in (
        lambda: Edition.objects.update(text="other"),
        lambda: Signature.objects.all()._raw_delete("default"),
        lambda: Result.objects.update(passed=True),
    ):
        with pytest.raises(DatabaseError, match="permission denied"):
            with acting(Actor.system("x")):
                change()


def test_a_new_text_gives_14_days(dana, key, account, texts_of_the_operator, monkeypatch):
    do_everything(dana, key)
    change_policy(texts_of_the_operator)
    held = condition(account.pk, "policies-signed")
    assert held.holds
    assert held.until.date() == (now() + timedelta(days=14)).date()
    assert "New text" in dana.get(DUTIES).content.decode()
    later(monkeypatch, days=14, minutes=1)
    assert not condition(account.pk, "policies-signed").holds
    assert sign(dana, key, "customer-data").status_code == 302
    assert condition(account.pk, "policies-signed").holds
    earlier = dana.get(f"{DUTIES}policies/customer-data/1/").content.decode()
    assert "Not in force any more" in earlier
    assert "You signed this text" in earlier


def test_what_is_withdrawn_binds_nobody(dana, key, account, texts_of_the_operator):
    do_everything(dana, key)
    extra = texts_of_the_operator / "policies" / "parking.md"
    extra.write_text(f"# Parking\n\n{FILL}\n")
    publish()
    assert not condition(account.pk, "policies-signed").holds
    extra.unlink()
    publish()
    assert condition(account.pk, "policies-signed").holds
    assert dana.get(f"{DUTIES}policies/parking/").status_code == 404


def test_a_course_tells_what_was_wrong(dana, account):
    failed = take(dana, "privacy", wrong=3).content.decode()
    assert "Not passed yet" in failed
    assert "lists do not travel by mail" in failed
    assert not condition(account.pk, "training-done").holds
    passed = take(dana, "privacy", wrong=1).content.decode()
    assert "5 of 6 questions right" in passed
    assert "What was not right" in passed
    row = Result.objects.order_by("at").last()
    assert (row.asked, row.wrong, row.passed) == (6, [0], True)


def test_a_page_tells_no_right_answer_before(dana):
    page = dana.get(f"{DUTIES}courses/privacy/").content.decode()
    assert "[x]" not in page
    assert "lists do not travel by mail" not in page
    assert "checked" not in page


def test_every_question_is_answered_and_nothing_made_up(dana):
    url = f"{DUTIES}courses/privacy/"
    given = answers("privacy")
    del given["question-2"]
    page = dana.post(url, given)
    assert page.status_code == 422
    assert "Answer this question." in page.content.decode()
    assert dana.post(url, answers("privacy") | {"question-1": "7"}).status_code == 422
    assert dana.post(url, answers("privacy") | {"text": "x"}).status_code == 422
    assert not Result.objects.exists()


def test_a_course_changed_meanwhile_is_refused(dana, texts_of_the_operator, account):
    given = answers("privacy")
    text = services.in_force(Kind.COURSE, "privacy").text
    changed = text.replace("count until they expire", "count for 30 days")
    (texts_of_the_operator / "courses" / "privacy.md").write_text(changed)
    publish()
    answered = dana.post(f"{DUTIES}courses/privacy/", given)
    assert answered.status_code == 422
    assert "changed while you read it" in answered.content.decode()
    assert "within 30 days of its publication" in answered.content.decode()
    assert not Result.objects.exists()


def test_guessing_ends_after_ten_tries_a_day(dana):
    for _time in range(services.MOST_TRIES):
        take(dana, "privacy", wrong=6)
    refused = dana.post(f"{DUTIES}courses/privacy/", answers("privacy"))
    assert refused.status_code == 422
    assert "10 times today" in refused.content.decode()


def test_a_year_later_it_is_overdue(dana, key, account, monkeypatch):
    do_everything(dana, key)
    later(monkeypatch, days=364, hours=23)
    assert condition(account.pk, "training-done").holds
    later(monkeypatch, days=366)
    assert not condition(account.pk, "training-done").holds


def test_somebody_elses_result_is_not_there(dana, daniel):
    place = take(dana, "privacy").redirect_chain[-1][0]
    assert dana.get(place).status_code == 200
    assert daniel.get(place).status_code == 404


def test_the_policies_are_those_of_the_test(published):
    assert {each.name for each in Edition.objects.filter(kind=Kind.POLICY)} == set(POLICIES)
