"""The page of a receipt: for whoever holds its link, before and after the organization is gone."""

from __future__ import annotations

from django.test import Client

from seatrobot.conftest import colleague
from seatrobot.deletion import erasing, steps
from seatrobot.deletion.feature import Action
from seatrobot.deletion.models import Deletion, State
from seatrobot.deletion.tests.conftest import NAME, ask
from seatrobot.kernel.acting import acting
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import signing
from seatrobot.kernel.vault import own
from seatrobot.organizations.permissions import Role

from . import verify_receipt


def test_the_receipt_is_there_when_nothing_else_is(filled, client_of):
    alice, bob, _charlie = filled
    deletion = ask(alice, at_once=False)
    page = f"/receipts/{deletion.token}/"
    browser = Client()
    waiting = browser.get(page).content.decode()
    assert "The deletion is requested" in waiting
    assert f"/o/{alice.organization_id}/settings/delete/" in waiting
    pending = client_of(alice).get(f"/o/{alice.organization_id}/settings/delete/").content.decode()
    assert page in pending
    assert "Cancel the deletion" in (
        client_of(alice).get(f"/o/{alice.organization_id}/settings/delete/").content.decode()
    )
    with steps.acting(steps.ACTOR, alice.organization_id):
        type(deletion).objects.filter(pk=deletion.pk).update(due_at=deletion.requested_at)
    steps.advance_all()
    shown = browser.get(page).content.decode()
    assert "The deletion is under way" in shown
    assert "Rows deleted" in shown
    file = browser.get(f"{page}receipt.txt").content.decode()
    facts = verify_receipt.verify(file, signing.verifier_key())
    assert facts["organization"] == str(alice.organization_id)
    assert browser.get("/receipts/wrong/").status_code == 410
    gone = client_of(bob).get(f"/o/{alice.organization_id}/settings/")
    assert gone.status_code == 404


def test_administrators_find_the_receipts_and_team_members_do_not(filled, client_of):
    alice, bob, _charlie = filled
    administrator = colleague("Ada", Role.ADMINISTRATOR, alice)
    home, link = f"/o/{alice.organization_id}/", f'href="/o/{alice.organization_id}/deletions/"'
    assert link in client_of(administrator).get(f"{home}events/").content.decode()
    assert link not in client_of(bob).get(f"{home}events/").content.decode()
    empty = client_of(administrator).get(f"{home}deletions/").content.decode()
    assert "Nothing was deleted yet" in empty
    assert "/help/deleting/" in empty


def test_a_form_that_was_used_for_another_deletion_says_so(filled, client_of):
    """As after the way back to it in the browser, once that deletion was cancelled."""
    alice, _bob, charlie = filled
    browser, page = client_of(alice), f"/o/{alice.organization_id}/settings/delete/"
    used = {"name": NAME, "deletion_id": browser.get(page).context["form"]["deletion_id"].value()}
    assert browser.post(page, used)["Location"].startswith("/receipts/")
    assert browser.post(f"{page}cancel/").status_code == 302
    theirs = f"/o/{charlie.organization_id}/settings/delete/"
    for client, address, name in (
        (browser, page, NAME),
        (client_of(charlie), theirs, "Competitor"),
    ):
        answer = client.post(address, used | {"name": name})
        assert answer.status_code == 422
        assert "This form cannot be used again" in answer.content.decode()
    fresh = browser.get(page).context["form"]["deletion_id"].value()
    assert browser.post(page, used | {"deletion_id": fresh}).status_code == 302


def test_the_primary_owner_deletes_what_is_locked(filled, client_of, superuser_connection):
    """Nothing of it is opened: the owner types their own address; the platform says so."""
    alice, bob, charlie = filled
    administrator = colleague("Ada", Role.ADMINISTRATOR, alice)
    page = f"/organizations/{alice.organization_id}/locked/delete/"
    browser = client_of(alice)
    assert browser.get(page).url == f"/o/{alice.organization_id}/settings/delete/", "it is open"
    sheet = own.adopt(alice.organization_id)
    own.prove(alice.organization_id, sheet.words)
    own.lock(alice.organization_id)
    assert page in browser.get(f"/organizations/{alice.organization_id}/locked/").content.decode()
    for member in (bob, administrator):
        assert client_of(member).get(page).status_code == 403
        assert client_of(member).post(page, {"cancel": "1"}).status_code == 403
    assert client_of(charlie).get(page).status_code == 404

    form = browser.get(page).context["form"]
    said = {"deletion_id": form["deletion_id"].value(), "name": "Foundation"}
    wrong = browser.post(page, said)
    assert wrong.status_code == 422
    assert "your own address" in wrong.content.decode()
    said["name"] = "alice@seatrobot.test"
    for _time in range(2):  # a form that is sent twice asks once
        answer = browser.post(page, said)
        assert answer.status_code == 302, answer.context["form"].errors
    assert "Cancel the deletion" in browser.get(page).content.decode()
    assert browser.post(page, {"cancel": "1"}).status_code == 302
    with acting(steps.ACTOR):
        assert Deletion.objects.get().state == State.CANCELLED
    again = said | {"deletion_id": str(new_id()), "at_once": "on"}
    answer = browser.post(page, again)
    assert answer.status_code == 302
    steps.advance_all()
    assert not erasing.count(alice.organization_id)
    assert browser.get(answer.url).status_code == 200, "the receipt's page"
    told = superuser_connection.execute(
        "SELECT action FROM journal_entry WHERE organization_id IS NULL AND subject_id = %s",
        [alice.organization_id],
    ).fetchall()
    wanted = {Action.DELETION_REQUEST, Action.DELETION_CANCEL, Action.DELETION_LOCK}
    assert {action for (action,) in told} >= {each.value for each in wanted}
