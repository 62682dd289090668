"""Network and place of an address, from MaxMind databases where the operator supplies them.

Seatrobot ships none: their licences require operators to fetch their own (GeoLite2 or GeoIP2, City
and ASN; the DB-IP and IPinfo files of the same format work too).
"""

from __future__ import annotations

import logging
from functools import cache
from ipaddress import ip_address, ip_network
from typing import Any

import maxminddb
from django.conf import settings

log = logging.getLogger(__name__)

IPV4_PROVIDER = 16
IPV6_PROVIDER = 32


def network_of(ip: str) -> str:
    """Return the network and its operator, such as `AS3320 Deutsche Telekom AG`, or ""."""
    found = _look_up(settings.CONFIG.geoip_asn, ip)
    number = found.get("autonomous_system_number")
    parts = (f"AS{number}" if number else "", found.get("autonomous_system_organization", ""))
    return " ".join(filter(None, parts))


def place_of(ip: str) -> str:
    """Return the place in English, such as `Berlin, Germany`, or ""."""
    found = _look_up(settings.CONFIG.geoip_city, ip)
    names = (found.get(part, {}).get("names", {}).get("en", "") for part in ("city", "country"))
    return ", ".join(filter(None, names))


def provider_of(ip: str) -> str:
    """Return what makes an address a known one: its network, else a prefix of a provider's size."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ""
    prefix = IPV4_PROVIDER if address.version == 4 else IPV6_PROVIDER  # noqa: PLR2004  the version's name
    return network_of(ip).partition(" ")[0] or str(ip_network((address, prefix), strict=False))


def _look_up(path: str, ip: str) -> dict[str, Any]:
    reader = _reader(path) if path and ip else None
    try:
        found = reader.get(ip) if reader else None
    except (ValueError, maxminddb.InvalidDatabaseError):
        return {}
    return found if isinstance(found, dict) else {}


@cache
def _reader(path: str) -> maxminddb.Reader | None:
    """Open a database once; log a warning and return None where it cannot be read."""
    try:
        return maxminddb.open_database(path)
    except (OSError, maxminddb.InvalidDatabaseError) as error:
        log.warning("The MaxMind database %s cannot be read: %s", path, error)
        return None
