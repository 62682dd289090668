"""The examination changes keys and algorithm of the probe, and compares what is in use."""

from __future__ import annotations

from collections import OrderedDict

import pytest

from seatrobot.kernel.examiner import examining
from seatrobot.kernel.promises.declaring import PROMISES, CannotMeasure
from seatrobot.kernel.vault import policy as policies
from seatrobot.kernel.vault import resealing
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import StillGoingOn
from seatrobot.kernel.vault.keystore import DirectoryKeyStore
from seatrobot.practices.checks import encryption, rotating
from seatrobot.practices.models import Probe

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def policy_file(tmp_path, monkeypatch):
    """Keys of this test alone, and a policy that allows the cheap passwords of tests."""
    store = DirectoryKeyStore(tmp_path / "keystore")
    monkeypatch.setattr(vault, "key_store", lambda: store)
    monkeypatch.setattr(vault, "_keyrings", OrderedDict())
    file = policies.path()
    file.parent.mkdir(mode=0o700, exist_ok=True)
    monkeypatch.setattr(policies, "_require_no_weaker", lambda _made, _packaged: None)
    file.write_text("[purposes.passwords]\nmemory_kib = 0\npasses = 0\n")
    yield file
    file.unlink(missing_ok=True)


def outside() -> set[str]:
    """Examine, and return the numbers that are not within their limits."""
    measured = encryption.agility()
    promise = PROMISES["encryption.agility"]
    assert {each.name for each in promise.measures} == measured.values.keys()
    return {
        each.name for each in promise.measures if not each.holds(measured.values[each.name])
    } | ({"notes"} if measured.notes else set())


def algorithms() -> dict[str, str]:
    keys = vault.keys(Probe.objects.get().organization_id)
    return {key.purpose: key.algorithm for key in keys if key.is_primary}


def test_night_after_night_another_algorithm(alice, dinner):
    seen = []
    for _ in range(3):
        assert outside() == set()
        seen.append(algorithms()["sealing"])
    assert seen == ["AES256_GCM_SIV", "XCHACHA20_POLY1305", "AES256_GCM"]
    assert algorithms()["special"] == seen[-1]
    keys = vault.keys(Probe.objects.get().organization_id)
    assert len([key for key in keys if key.purpose == "sealing"]) == 1


def test_a_table_that_is_forgotten_loses_nothing_and_the_next_night_finds_it(
    alice, dinner, monkeypatch
):
    some = [each for each in resealing.fields() if each.model._meta.db_table != "guests_guest"]
    with monkeypatch.context() as patch:
        patch.setattr(resealing, "fields", lambda: some)
        assert outside() == {"left", "closed"}
    assert outside() == set()


def test_what_goes_on_for_too_long_is_unproven(alice, dinner, monkeypatch):
    def busy(*_, **__):
        raise StillGoingOn("somebody writes")

    with monkeypatch.context() as patch:
        patch.setattr(resealing, "retire", busy)
        with pytest.raises(CannotMeasure):
            encryption.agility()
    assert outside() == set()


def test_a_policy_that_is_wrong_is_unproven(alice, policy_file):
    policy_file.write_text("[purposes.sealing]\nalgorithm = 'ROT13'\n")
    with pytest.raises(CannotMeasure, match="ROT13"):
        encryption.agility()


def test_values_of_another_organization_are_strange(alice, charlie, dinner, superuser_connection):
    """The first bytes of what Charlie's keys have sealed, before what Alice's have."""
    with examining() as examiner:
        assert not rotating.strange(examiner)
    superuser_connection.execute("SET session_replication_role = replica")
    superuser_connection.execute(
        "UPDATE events_event SET sealed = substr(o.sealed, 1, 5) || substr(events_event.sealed, 6)"
        " FROM organizations_organization o WHERE o.id = %s",
        [charlie.organization_id],
    )
    with examining() as examiner:
        assert dict(rotating.strange(examiner)) == {"events_event.sealed": 1}
