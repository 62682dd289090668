"""Whoever meets an organization whose keys are lost reads a sentence."""

from __future__ import annotations

import pytest

from seatrobot.kernel.vault import services as vault

SENTENCE = "The keys of an organization are missing"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lost(alice, dinner):
    vault.destroy_keyring(alice.organization_id)
    return alice


@pytest.mark.parametrize("page", ["", "events/", "events/{event}/guests/", "contacts/", "log/"])
def test_a_page_of_the_organization_says_so(page, client_of, lost, dinner):
    address = f"/o/{lost.organization_id}/{page.format(event=dinner.pk)}"
    answer = client_of(lost).get(address, follow=True)
    assert answer.status_code == 503
    assert SENTENCE in answer.content.decode()


def test_a_script_gets_a_problem_document(client_of, lost, dinner):
    address = f"/o/{lost.organization_id}/events/{dinner.pk}/guests/"
    answer = client_of(lost).get(address, headers={"Accept": "application/json"})
    assert answer.status_code == 503
    assert SENTENCE in answer.content.decode()


def test_other_organizations_are_as_they_were(client_of, lost, charlie):
    answer = client_of(charlie).get(f"/o/{charlie.organization_id}/", follow=True)
    assert answer.status_code == 200
