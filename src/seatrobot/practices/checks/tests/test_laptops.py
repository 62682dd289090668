"""Laptops: without one nothing is known, and what is stored must be what each signed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from seatrobot.accounts import services as accounts
from seatrobot.accounts.staff.tests.conftest import dana, key, known_address, link  # noqa: F401
from seatrobot.accounts.staff.tests.people import make_staff
from seatrobot.agent import protocol
from seatrobot.devices.models import Device
from seatrobot.devices.tests.laptop import enrolled
from seatrobot.kernel.promises.declaring import CannotMeasure
from seatrobot.practices.checks.laptops import laptops

pytestmark = pytest.mark.django_db(transaction=True)


def test_without_a_laptop_nothing_is_known(dana):  # noqa: F811
    with pytest.raises(CannotMeasure, match="enrolled"):
        laptops()


def test_from_the_first_report_to_what_somebody_changed(dana, key, tmp_path, superuser_connection):  # noqa: F811
    laptop = enrolled(dana, key, tmp_path / "one")
    with pytest.raises(CannotMeasure, match="within a day"):
        laptops()
    laptop.report()
    well = {"laptops": 1, "reported": 1, "out": 0, "forged": 0, "unknown": 0, "open": 0}
    assert laptops().values == well
    laptop.report(lock=protocol.lock(False))
    found = laptops()
    assert found.values == well | {"out": 1}
    assert "lock-off" in found.notes[0]
    Device.objects.update(problems=[])
    assert laptops().values == well | {"out": 1, "forged": 1, "open": 1}
    laptop.report(lock=protocol.lock(True, 300))
    assert laptops().values == well
    older = laptop.row.reported_at
    Device.objects.update(reported_at=older - timedelta(minutes=4))
    assert laptops().values["forged"] == 1  # before its nonce was made
    Device.objects.update(reported_at=older)
    other = enrolled(dana, key, tmp_path / "two", machine=protocol.machine("other"))
    other.report(machine=protocol.machine("other"))
    superuser_connection.execute(
        "UPDATE devices_device d SET sealed = o.sealed FROM devices_device o"
        " WHERE d.id = %s AND o.id = %s",
        [other.row.pk, laptop.row.pk],
    )
    assert laptops().values == well | {"laptops": 2, "reported": 2, "forged": 1, "unknown": 1}


def test_whose_it_is_and_that_it_was_copied_is_what_the_journal_has(
    dana,  # noqa: F811
    key,  # noqa: F811
    tmp_path,
    superuser_connection,
):
    laptop = enrolled(dana, key, tmp_path / "one")
    laptop.report()
    make_staff("daniel@seatrobot.test", "Daniel")
    owner, other = laptop.row.account_id, accounts.find("daniel@seatrobot.test").pk
    well = {"laptops": 1, "reported": 1, "out": 0, "forged": 0, "unknown": 0, "open": 0}
    assert laptops().values == well
    Device.objects.update(account_id=other)
    assert laptops().values == well | {"unknown": 1}
    Device.objects.update(account_id=owner, confirmed_at=laptop.row.created_at - timedelta(days=9))
    assert laptops().values == well | {"unknown": 1}
    Device.objects.update(confirmed_at=laptop.row.created_at)
    assert laptops().values == well
    superuser_connection.execute("SET session_replication_role = replica")
    superuser_connection.execute("UPDATE promises_signing_key SET account_id = %s", [other])
    assert laptops().values == well | {"unknown": 1}
    superuser_connection.execute("UPDATE promises_signing_key SET account_id = %s", [owner])
    laptop.refused(machine=protocol.machine("other"))
    found = laptops().values
    assert (found["out"], found["unknown"]) == (1, 0)
    Device.objects.update(copied_at=None)
    found = laptops().values
    assert (found["out"], found["unknown"]) == (0, 1)
