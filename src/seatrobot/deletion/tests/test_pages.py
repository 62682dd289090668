"""The page of a receipt: for whoever holds its link, before and after the organization is gone."""

from __future__ import annotations

from django.test import Client

from seatrobot.conftest import colleague
from seatrobot.deletion import steps
from seatrobot.deletion.tests.conftest import NAME, ask
from seatrobot.kernel.journal import signing
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
