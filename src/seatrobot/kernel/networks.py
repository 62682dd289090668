"""Networks that are not the public internet: nothing is sent there for a customer.

From IANA's registries of special-purpose addresses for IPv4 and IPv6 (iana.org/assignments/
iana-ipv4-special-registry and iana-ipv6-special-registry, as of October 2025), with multicast and
what was deprecated. Python's `is_global` follows them by years, and differently in each release.
Also those are here that the registries call globally reachable: no customer's server is there, and
some of them stand for an IPv4 address that may be a private one.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address

SPECIAL_IPV4: dict[str, str] = {
    "0.0.0.0/8": "this network (RFC 791)",
    "10.0.0.0/8": "private (RFC 1918)",
    "100.64.0.0/10": "shared between a provider and its customers (RFC 6598)",
    "127.0.0.0/8": "loopback (RFC 1122)",
    "169.254.0.0/16": "link-local (RFC 3927)",
    "172.16.0.0/12": "private (RFC 1918)",
    "192.0.0.0/24": "protocol assignments (RFC 6890)",
    "192.0.2.0/24": "documentation (RFC 5737)",
    "192.31.196.0/24": "AS112 (RFC 7535)",
    "192.52.193.0/24": "multicast tunnelling (RFC 7450)",
    "192.88.99.0/24": "6to4 relays, deprecated (RFC 7526)",
    "192.168.0.0/16": "private (RFC 1918)",
    "192.175.48.0/24": "AS112 (RFC 7534)",
    "198.18.0.0/15": "benchmarking (RFC 2544)",
    "198.51.100.0/24": "documentation (RFC 5737)",
    "203.0.113.0/24": "documentation (RFC 5737)",
    "224.0.0.0/4": "multicast (RFC 5771)",
    "240.0.0.0/4": "reserved, with the broadcast address (RFC 1112, RFC 8190)",
}
GLOBAL_UNICAST = IPv6Network("2000::/3")
"""All that IANA hands out of IPv6 (RFC 4291). Outside of it, among others: unspecified, loopback,
IPv4-compatible, -mapped and -translated, NAT64 (RFC 6052, RFC 8215), discard-only (RFC 6666), dummy
(RFC 9780), segment identifiers (RFC 9602), unique local, link-local, site-local, multicast."""
SPECIAL_IPV6: dict[str, str] = {
    "2001::/23": "protocol assignments, with Teredo, ORCHID and benchmarking (RFC 2928)",
    "2001:db8::/32": "documentation (RFC 3849)",
    "2002::/16": "6to4, which stands for an IPv4 address (RFC 3056)",
    "2620:4f:8000::/48": "AS112 (RFC 7534)",
    "3fff::/20": "documentation (RFC 9637)",
}
PRIVATE: dict[str, str] = {
    "10.0.0.0/8": "RFC 1918",
    "172.16.0.0/12": "RFC 1918",
    "192.168.0.0/16": "RFC 1918",
    "fc00::/7": "RFC 4193",
}

_IPV4 = [IPv4Network(text) for text in SPECIAL_IPV4]
_IPV6 = [IPv6Network(text) for text in SPECIAL_IPV6]
_PRIVATE_IPV4 = [IPv4Network(text) for text in PRIVATE if ":" not in text]
_PRIVATE_IPV6 = [IPv6Network(text) for text in PRIVATE if ":" in text]


def meant(address: Address) -> Address:
    """Return the IPv4 address that an IPv4-mapped address means; any other as it is."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def is_public(address: Address) -> bool:
    """Whether the address is one of the public internet."""
    plain = meant(address)
    if isinstance(plain, IPv4Address):
        return not any(plain in network for network in _IPV4)
    return plain in GLOBAL_UNICAST and not any(plain in network for network in _IPV6)


def is_private(address: Address) -> bool:
    """Whether the address is one that organizations give out inside their own networks."""
    plain = meant(address)
    if isinstance(plain, IPv4Address):
        return any(plain in network for network in _PRIVATE_IPV4)
    return any(plain in network for network in _PRIVATE_IPV6)
