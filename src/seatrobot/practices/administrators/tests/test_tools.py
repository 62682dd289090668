"""What administrators set stops people, and settings that stop nobody are found."""

from __future__ import annotations

import pytest

from seatrobot.kernel.acting import acting
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.organizations.models import SecuritySettings
from seatrobot.organizations.security.demands import Demand
from seatrobot.practices.administrators import settings
from seatrobot.practices.probe.models import Probe

pytestmark = pytest.mark.django_db(transaction=True)


def test_each_setting_stops_a_member(web, used):
    found = settings.look()
    assert found.measurements == {"tried": 8, "ineffective": 0, "sticking": 0}, found.notes


def test_settings_that_are_not_looked_at_are_found(web, used, monkeypatch):
    monkeypatch.setattr("seatrobot.organizations.pages.demand", lambda *_: None)
    found = settings.look()
    assert found.measurements["ineffective"] == len(settings.CASES), found.notes


def test_members_who_cannot_be_signed_out_are_found(web, used, monkeypatch):
    for verb in ("sign_out_member", "sign_out_everybody"):
        monkeypatch.setattr(settings.security, verb, lambda **_: 0)
    assert settings.look().measurements["ineffective"] == 2


def test_a_guard_that_lets_nobody_in_is_found(web, used, monkeypatch):
    monkeypatch.setattr("seatrobot.organizations.pages.demand", lambda *_: Demand.NETWORK)
    assert settings.look().measurements["sticking"] == 8


def test_nothing_stays_set(web, used):
    settings.look()
    probe = Probe.objects.get()
    with acting(ACTOR, probe.organization_id):
        assert not SecuritySettings.objects.exists()
