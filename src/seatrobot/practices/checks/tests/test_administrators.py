"""What administrators set stops people, and settings that stop nobody are found."""

from __future__ import annotations

import pytest

from seatrobot.kernel.acting import acting
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.organizations.models import SecuritySettings
from seatrobot.organizations.security.demands import Demand
from seatrobot.practices.checks import administrators
from seatrobot.practices.models import Probe

pytestmark = pytest.mark.django_db(transaction=True)


def test_each_setting_stops_a_member(web, used):
    found = administrators.tools()
    assert found.values == {"tried": 8, "ineffective": 0, "sticking": 0}, found.notes


def test_settings_that_are_not_looked_at_are_found(web, used, monkeypatch):
    monkeypatch.setattr("seatrobot.organizations.pages.demand", lambda *_: None)
    found = administrators.tools()
    assert found.values["ineffective"] == len(administrators.CASES), found.notes


def test_members_who_cannot_be_signed_out_are_found(web, used, monkeypatch):
    for verb in ("sign_out_member", "sign_out_everybody"):
        monkeypatch.setattr(administrators.security, verb, lambda **_: 0)
    assert administrators.tools().values["ineffective"] == 2


def test_a_guard_that_lets_nobody_in_is_found(web, used, monkeypatch):
    monkeypatch.setattr("seatrobot.organizations.pages.demand", lambda *_: Demand.NETWORK)
    assert administrators.tools().values["sticking"] == 8


def test_nothing_stays_set(web, used):
    administrators.tools()
    probe = Probe.objects.get()
    with acting(ACTOR, probe.organization_id):
        assert not SecuritySettings.objects.exists()
