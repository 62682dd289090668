"""The page of a receipt: for whoever holds its link, before and after the organization is gone."""

from __future__ import annotations

from django.test import Client

from seatrobot.deletion import steps
from seatrobot.deletion.tests.conftest import ask
from seatrobot.kernel.journal import signing

from . import verify_receipt


def test_the_receipt_is_there_when_nothing_else_is(filled, client_of):
    alice, bob, _charlie = filled
    deletion = ask(alice, at_once=False)
    page = f"/receipts/{deletion.token}/"
    browser = Client()
    assert "The deletion is requested" in browser.get(page).content.decode()
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
