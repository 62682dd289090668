"""Every page of the door works in the scope of its event, whatever its view asks for."""

from __future__ import annotations

import pytest
from django.urls import reverse

from seatrobot.checkin.urls import urlpatterns
from seatrobot.kernel.tenancy.scopes import Scope
from seatrobot.organizations import pages

acting = pages.acting


@pytest.mark.parametrize("name", [pattern.name for pattern in urlpatterns])
def test_a_page_of_the_door_sees_its_event_alone(name, client_of, doris, dinner, ada, monkeypatch):
    scopes = []

    def noted(*who, scope=None, **more):
        scopes.append(scope)
        return acting(*who, scope=scope, **more)

    monkeypatch.setattr(pages, "acting", noted)
    address = reverse(f"checkin:{name}", args=[dinner.organization_id, dinner.pk])
    browser = client_of(doris)
    browser.get(address)
    browser.post(address, {"guest": ada.pk, "party": ada.party_id})
    assert scopes
    assert set(scopes) == {Scope(dinner.pk)}
