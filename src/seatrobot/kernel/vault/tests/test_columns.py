"""Every column is sealed, a keyed hash, or in clear for a reason that is written down."""

from __future__ import annotations

import pytest

from seatrobot.kernel.vault import columns
from seatrobot.kernel.vault.fields import sealed_fields

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_column_says_what_protects_it(owner_connection):
    found = columns.columns(owner_connection)
    assert columns.findings(found) == []
    sealed = {each.name for each in found if each.protection == "sealed"}
    assert sealed == {f"{field.model._meta.db_table}.{field.column}" for field in sealed_fields()}
    assert {each.protection for each in found} == {"sealed", "keyed hash", "clear"}
    assert all(each.reason for each in found)


@pytest.mark.parametrize("kind", ["text", "integer", "boolean", "bytea", "uuid"])
def test_a_column_that_nobody_has_listed_is_found(kind, owner_connection):
    owner_connection.execute(f"ALTER TABLE guests_guest ADD COLUMN nickname {kind}")
    try:
        [finding] = columns.findings(columns.columns(owner_connection))
        assert "guests_guest.nickname" in finding
    finally:
        owner_connection.execute("ALTER TABLE guests_guest DROP COLUMN nickname")


def test_so_is_one_of_another_schema_and_one_that_is_gone(superuser_connection, monkeypatch):
    gone = columns.Column("guests_guest", "fax", "clear", "nobody has one")
    monkeypatch.setitem(columns.declared(), ("guests_guest", "fax"), gone)
    superuser_connection.execute("CREATE SCHEMA backup; CREATE TABLE backup.names (name text)")
    try:
        findings = columns.findings(columns.columns(superuser_connection))
        assert any("backup.names.name" in each for each in findings)
        assert any("guests_guest.fax" in each and "no such column" in each for each in findings)
    finally:
        superuser_connection.execute("DROP SCHEMA backup CASCADE")
