"""Requests are counted by what TLS agreed on, as a front says or the profile leaves open."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError
from django.test import Client

from seatrobot.practices.checks import arrivals
from seatrobot.practices.checks.arrivals import Agreed, Counting
from seatrobot.practices.models import TlsCount
from seatrobot.runtime import address
from seatrobot.runtime.config import Config
from seatrobot.runtime.errors import RefusedError


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("TLSv1.3 TLS_AES_128_GCM_SHA256 X25519MLKEM768",) * 2,
        ("tls1.3 TLS_AES_128_GCM_SHA256", "TLSv1.3 TLS_AES_128_GCM_SHA256 -"),
        (
            "TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 prime256v1",
            "TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 P-256",
        ),
        (
            "tls1.2 TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 CurveP384",
            "TLSv1.2 ECDHE-ECDSA-CHACHA20-POLY1305 P-384",
        ),
        ("TLSv1 AES128-SHA", "TLSv1 AES128-SHA -"),
        ("tls1.0 AES128-SHA", "TLSv1 AES128-SHA -"),
        ("TLSv1.3 TLS_AES_128_GCM_SHA256 0x11ec", "TLSv1.3 TLS_AES_128_GCM_SHA256 X25519MLKEM768"),
        ("TLSv9 AES128-SHA", "- AES128-SHA -"),
        ("TLSv1.3 A B,TLSv1.2 C D", "- - -"),
        ("TLSv1.3 A, TLSv1.2", "- - -"),
        ("", "- - -"),
        ("<script> A", "- - -"),
        ("TLSv1.3 4111111111111111", "- - -"),
        (f"TLSv1.3 {'A' * 61}", "- - -"),
    ],
)
def test_what_fronts_write_is_read_in_one_spelling(said, expected):
    protocol, suite, group = (each.replace("-", "", each == "-") for each in expected.split())
    assert arrivals.read(said) == Agreed(protocol, suite, group)


HEADER = "TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 X25519"


@pytest.mark.parametrize(
    ("header", "certificate", "profile", "secure", "expected"),
    [
        ("", "a.pem", "modern", True, Agreed("TLSv1.3")),
        ("", "a.pem", "compatible", True, Agreed("")),
        ("", "", "modern", True, None),
        ("", "a.pem", "modern", False, None),
        ("X-Client-TLS", "", "modern", True, arrivals.read(HEADER)),
        ("X-Client-TLS", "", "modern", False, arrivals.read(HEADER)),
        ("X-Elsewhere", "a.pem", "modern", True, None),
    ],
)
def test_a_header_counts_only_where_the_operator_names_it(
    header, certificate, profile, secure, expected, settings, monkeypatch
):
    settings.CONFIG = replace(settings.CONFIG, tls_header=header, certificate=certificate)
    monkeypatch.setenv("SEATROBOT_TLS_PROFILE", profile)
    meta = {"HTTP_X_CLIENT_TLS": HEADER}
    assert arrivals.agreed(meta, is_secure=secure) == expected


@pytest.mark.parametrize("text", ["X_Client", "X Client", "X-Client:", "1", "X-Client\n"])
def test_the_name_of_a_header_is_a_name(text, monkeypatch):
    monkeypatch.setenv("SEATROBOT_TLS_HEADER", text)
    with pytest.raises(RefusedError, match="SEATROBOT_TLS_HEADER"):
        Config.from_env()


def test_a_header_without_a_proxy_is_refused(monkeypatch):
    monkeypatch.setenv("SEATROBOT_TLS_HEADER", "X-Client-TLS")
    with pytest.raises(RefusedError, match="anybody could"):
        address.check_proxies(Config.from_env())


def rows():
    values = TlsCount.objects.order_by("protocol", "suite", "is_local")
    return list(values.values_list("protocol", "suite", "is_local", "requests", "networks"))


NEW, OLD = Agreed("TLSv1.3"), Agreed("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256", "X25519")


@pytest.mark.django_db
def test_two_workers_add_to_one_row_and_count_a_network_once_each():
    first, second = Counting(), Counting()
    for network in ("192.0.2.1", "192.0.2.1", "192.0.2.2"):
        first.count(NEW, network, is_local=False)
    second.count(NEW, "192.0.2.1", is_local=False)
    second.count(OLD, "127.0.0.1", is_local=True)
    for counting in (first, second, first):
        counting.write()
    first.count(NEW, "192.0.2.1", is_local=False)
    first.write()
    assert rows() == [("TLSv1.2", OLD.suite, True, 1, 1), ("TLSv1.3", "", False, 5, 3)]


@pytest.mark.django_db
def test_what_could_not_be_written_is_written_the_next_time(monkeypatch):
    counting = Counting()
    counting.count(NEW, "192.0.2.1", is_local=False)
    with monkeypatch.context() as patched:
        patched.setattr(arrivals, "ADD", "INSERT INTO nowhere VALUES (1)")
        with pytest.raises(DatabaseError):
            counting.write()
    counting.count(NEW, "192.0.2.1", is_local=False)
    counting.write()
    assert rows() == [("TLSv1.3", "", False, 2, 1)]


@pytest.mark.django_db
def test_somebody_who_invents_kinds_fills_no_table(monkeypatch):
    monkeypatch.setattr(arrivals, "MOST_KINDS", 3)
    counting = Counting()
    for number in range(50):
        counting.count(Agreed("TLSv1.2", f"S{number}"), "192.0.2.1", is_local=False)
    counting.write()
    assert len(rows()) == 4
    assert sum(row[3] for row in rows()) == 50


@pytest.mark.django_db
def test_the_page_shows_whole_days_and_who_came_from_elsewhere(client: Client):
    page = "/practices/encryption.compatibility/"
    assert "Nothing from elsewhere has been counted yet" in client.get(page).content.decode()
    today = datetime.now(UTC).date()
    for days, agreed, is_local, number in (
        (0, NEW, False, 7777),
        (1, NEW, False, 300),
        (2, OLD, False, 100),
        (3, NEW, True, 5555),
        (40, OLD, False, 9999),
    ):
        TlsCount.objects.create(
            day=today - timedelta(days=days),
            protocol=agreed.protocol,
            suite=agreed.suite,
            group=agreed.group,
            is_local=is_local,
            requests=number,
            networks=1,
        )
    text = client.get(page).content.decode()
    assert "TLSv1.3: 75.0 % of requests." in text
    assert "TLSv1.2: 25.0 % of requests." in text
    assert OLD.suite in text
    assert "5555 further requests" in text
    assert "7777" not in text
    assert "9999" not in text


def test_the_table_changes_once_a_day_when_the_last_counts_are_written():
    midnight = datetime(2026, 11, 30, tzinfo=UTC)
    assert arrivals.last_day(midnight + timedelta(seconds=59)) == date(2026, 11, 28)
    assert arrivals.last_day(midnight + timedelta(seconds=60)) == date(2026, 11, 29)
