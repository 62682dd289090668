"""An address is public when no registry gives its network to anything else."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from seatrobot.kernel import networks

PUBLIC = ["1.1.1.1", "8.8.8.8", "99.255.255.255", "100.128.0.0", "172.32.0.1", "192.0.1.1"]
PUBLIC += ["198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2a00:1450::1"]
PUBLIC += ["2001:200::1", "2003::1", "::ffff:8.8.8.8"]

NOT_PUBLIC = ["0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254"]
NOT_PUBLIC += ["169.254.169.254", "172.16.0.1", "172.31.255.255", "192.168.1.1", "192.0.0.8"]
NOT_PUBLIC += ["192.0.0.192", "192.0.0.9", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.0.1"]
NOT_PUBLIC += ["198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1"]
NOT_PUBLIC += ["255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1"]
NOT_PUBLIC += ["::ffff:192.0.0.8", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1"]
NOT_PUBLIC += ["100::1", "100:0:0:1::1", "2001::1", "2001:2::1", "2001:10::1", "2001:20::1"]
NOT_PUBLIC += ["2001:db8::1", "2002:7f00:1::1", "2620:4f:8000::1", "3fff::1", "5f00::1"]
NOT_PUBLIC += ["fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "4000::1"]


@pytest.mark.parametrize("text", PUBLIC)
def test_public(text):
    assert networks.is_public(ip_address(text))


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_not_public(text):
    assert not networks.is_public(ip_address(text))


@pytest.mark.parametrize("text", [*networks.SPECIAL_IPV4, *networks.SPECIAL_IPV6])
def test_both_ends_of_every_network_of_the_table(text):
    network = ip_network(text)
    assert not networks.is_public(network[0])
    assert not networks.is_public(network[-1])


@pytest.mark.parametrize(
    "text", ["10.1.2.3", "172.20.0.1", "192.168.0.1", "fd12::1", "::ffff:10.0.0.1"]
)
def test_private(text):
    assert networks.is_private(ip_address(text))


@pytest.mark.parametrize("text", ["8.8.8.8", "127.0.0.1", "169.254.1.1", "100.64.0.1", "fe80::1"])
def test_not_private(text):
    assert not networks.is_private(ip_address(text))
