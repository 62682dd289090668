"""Which clients the listener lets in, and by which TLS people really come."""

from __future__ import annotations

import http.client
import ssl
import time
from collections import Counter
from datetime import timedelta
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from seatrobot.kernel import tls
from seatrobot.kernel.clock import now
from seatrobot.kernel.promises.declaring import (
    CannotMeasure,
    Measure,
    Measurement,
    NotSetUp,
    Readers,
    promise,
)
from seatrobot.practices.checks import arrivals, clients
from seatrobot.practices.checks.listener import SECONDS, Listener, any_client, listener

PAGE = "/sign-in/"
EACH = 4
"""Requests by each protocol: with several workers, more than one of them is asked."""
PATIENCE_SECONDS = 4 * arrivals.WRITTEN_SECONDS
PAUSE_SECONDS = 0.5
FORGED = arrivals.Agreed("SSLv3", "FORGED")
"""What each request claims by the header, which the front must overwrite."""
VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}
MOST_NAMED = 10


@promise(
    "encryption.compatibility",
    sentence=_("The needs of older clients are weighed in the open."),
    measured_by=_(
        "What some sixty browsers and programs offer, read from ClientHellos that others recorded,"
        " is sent to the live listener, and who is let in is compared with the public table of the"
        " TLS profile. Requests for pages are counted by day, by the protocol, suite and group of"
        " keys that TLS agreed on, as far as it is told: by a front for each, by the embedded"
        " listener the protocol of the modern profile alone. Some requests of our own by each"
        " protocol that is taken, with a false claim in the header that the front sets, must be"
        " counted as what they were."
    ),
    measures=[
        Measure("clients", _("recorded clients whose offer was sent"), least=50),
        Measure("let_in", _("of them let in"), least=1),
        Measure("differences", _("differences from the public table"), most=0),
        Measure("asked", _("requests of our own, by each protocol that is taken"), least=1),
        Measure("miscounted", _("of them counted as something else or lost"), most=0),
        Measure("forged", _("false claims of a client that were counted"), most=0),
    ],
    every=timedelta(hours=2),
    fresh_for=timedelta(hours=6),
    timeout=timedelta(seconds=90),
    readers=Readers.EVERYBODY,
)
def compatibility() -> Measurement:
    """Replay the recorded hellos, then be counted; NotSetUp where nobody tells the protocol."""
    found = listener()
    header = settings.CONFIG.tls_header
    if not header and not found.is_own:
        raise NotSetUp(
            gettext(
                "The proxy in front does not tell by which TLS a client came"
                " (SEATROBOT_TLS_HEADER)."
            )
        )
    if not header and len(tls.chosen().versions) > 1:
        raise NotSetUp(
            gettext(
                "The embedded listener does not tell which of the two protocols of the compatible"
                " profile a client came by; a front does (SEATROBOT_TLS_HEADER)."
            )
        )
    differences, let_in = _compared(found)
    before = _counts()
    asked = _ask(found)
    lost = _lost(before, asked)
    forged = _counts()[FORGED] - before[FORGED]
    return Measurement(
        {
            "clients": len(clients.clients()),
            "let_in": let_in,
            "differences": len(differences),
            "asked": sum(asked.values()),
            "miscounted": lost,
            "forged": forged,
        },
        [
            f"the TLS profile is {tls.chosen().name}",
            *(f"by {kind.protocol} {kind.suite}: {number}" for kind, number in asked.items()),
            *differences[:MOST_NAMED],
        ],
    )


def _compared(found: Listener) -> tuple[list[str], int]:
    """Return how the listener differs from the table for its profile, and how many it lets in."""
    try:
        answers = clients.replay(found.host, found.port, found.name)
        is_rsa = _is_rsa(found)
    except OSError as error:
        raise CannotMeasure(
            gettext("The web server does not answer at its own address.")
        ) from error
    differences = []
    for line in clients.table().lines:
        expected = line.modern
        if tls.chosen().name != "modern":
            expected = line.with_rsa if is_rsa else line.compatible
        if bool(answers[line.name]) != expected:
            way = "let in" if answers[line.name] else "kept out"
            differences.append(f"{line.name} is {way}, against the table")
    return differences, sum(bool(each) for each in answers.values())


def _is_rsa(found: Listener) -> bool:
    """Return whether the certificate that an ordinary client gets is of RSA."""
    client = any_client(ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
    connection = http.client.HTTPSConnection(
        found.host, found.port, timeout=SECONDS, context=client
    )
    try:
        connection.connect()
        raw = connection.sock.getpeercert(binary_form=True)
    finally:
        connection.close()
    assert raw is not None, "a TLS handshake that ended shows a certificate"
    return isinstance(x509.load_der_x509_certificate(raw).public_key(), RSAPublicKey)


def _ask(found: Listener) -> Counter[arrivals.Agreed]:
    """Ask for a page some times by each protocol that is taken; return what TLS agreed on."""
    asked: Counter[arrivals.Agreed] = Counter()
    for version in VERSIONS:
        for _again in range(EACH):
            agreed = _asked(found, version)
            if agreed is not None:
                asked[agreed] += 1
    return asked


def _asked(found: Listener, version: str) -> arrivals.Agreed | None:
    """Ask for a page by one protocol; None where it is not taken. A suite counts by a front."""
    context = any_client(VERSIONS[version], VERSIONS[version])
    connection = http.client.HTTPSConnection(
        found.host, found.port, timeout=SECONDS, context=context
    )
    header = settings.CONFIG.tls_header or "X-Client-TLS"
    claim = f"{FORGED.protocol} {FORGED.suite} X25519"
    headers = {"Host": urlsplit(settings.BASE_URL).netloc, header: claim}
    headers[header.replace("-", "_")] = claim
    try:
        connection.connect()
        protocol, cipher = connection.sock.version(), connection.sock.cipher()
        connection.request("GET", PAGE, headers=headers)
        connection.getresponse().read()
    except ssl.SSLError:
        return None
    except (OSError, http.client.HTTPException) as error:
        raise CannotMeasure(
            gettext("The web server does not answer at its own address.")
        ) from error
    finally:
        connection.close()
    assert protocol is not None, "a TLS handshake that ended has a protocol"
    assert cipher is not None, "and a suite"
    return arrivals.Agreed(protocol, cipher[0] if settings.CONFIG.tls_header else "")


def _lost(before: Counter[arrivals.Agreed], asked: Counter[arrivals.Agreed]) -> int:
    """Wait until the workers have written; return how many requests were not counted as asked."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        rise = _counts() - before
        lost = sum((asked - rise).values())
        if not lost or time.monotonic() > until:
            return lost
        time.sleep(PAUSE_SECONDS)


def _counts() -> Counter[arrivals.Agreed]:
    """Return what was counted today and yesterday, by protocol and suite.

    `ssl` does not say which group was used, so groups are left out.
    """
    today = now().date()
    counts: Counter[arrivals.Agreed] = Counter()
    for kind, _local, requests, *_others in arrivals.read_counts(today - timedelta(days=1), today):
        counts[arrivals.Agreed(kind.protocol, kind.suite)] += requests
    return counts
