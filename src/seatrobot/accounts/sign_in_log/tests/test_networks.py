"""Network and place, where the operator supplies databases; nothing and no error where not."""

from dataclasses import replace
from ipaddress import ip_network

import pytest

from seatrobot.accounts.sign_in_log import origins
from seatrobot.accounts.sign_in_log.tests import mmdb
from seatrobot.accounts.sign_in_log.tests.people import browser, copies, own_rows, sign_in

NETWORK = ip_network("192.0.2.0/24")
CITY = {
    "city": {"names": {"en": "Berlin", "de": "Berlin"}},
    "country": {"names": {"en": "Germany"}},
}
ASN = {"autonomous_system_number": 3320, "autonomous_system_organization": "Deutsche Telekom AG"}


@pytest.fixture
def databases(settings, tmp_path):
    city = mmdb.write(tmp_path / "city.mmdb", NETWORK, CITY)
    asn = mmdb.write(tmp_path / "asn.mmdb", NETWORK, ASN)
    settings.CONFIG = replace(settings.CONFIG, geoip_city=str(city), geoip_asn=str(asn))


def test_the_row_and_its_copy_name_network_and_place(databases, alice):
    client = browser()
    sign_in(client)
    for row in own_rows(alice) + copies(alice):
        assert row.sealed.place == "Berlin, Germany"
        assert row.sealed.network == "AS3320 Deutsche Telekom AG"
    assert client.get("/account/").content.decode().count("Berlin, Germany") == 2


@pytest.mark.parametrize("ip", ["203.0.113.9", "2001:db8::1", "unix:", ""])
def test_an_address_that_is_not_in_them_has_none(databases, ip):
    assert origins.network_of(ip) == ""
    assert origins.place_of(ip) == ""


def test_without_databases_there_is_none():
    assert origins.place_of("192.0.2.7") == ""


def test_a_broken_database_is_said_in_the_log_once(settings, tmp_path, caplog):
    broken = tmp_path / "broken.mmdb"
    broken.write_bytes(b"not a database")
    settings.CONFIG = replace(settings.CONFIG, geoip_city=str(broken))
    for _ in range(2):
        assert origins.place_of("192.0.2.7") == ""
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_one_network_is_one_neighbourhood(databases):
    assert origins.provider_of("192.0.2.7") == "AS3320"
    assert origins.provider_of("203.0.113.9") == "203.0.0.0/16"
    assert origins.provider_of("2001:db8:7::1") == "2001:db8::/32"
    assert origins.provider_of("nonsense") == ""
