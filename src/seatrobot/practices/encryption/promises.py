"""Data under keys, on the wire and on the disk."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.promises.declaring import Found, Measure, Promise, declare, promise
from seatrobot.practices.encryption import listener, storage


@promise(
    "encryption.transit",
    sentence=_("All traffic is encrypted with the latest recommended protocols."),
    measured_by=_(
        "A client tries new and old protocols and weak cipher suites at the live listener, checks"
        " its certificate as a browser would, and looks whether the answer tells browsers to stay"
        " with TLS; and at the connection to the database."
    ),
    measures=[
        Measure("modern", _("recommended protocol versions offered"), least=1),
        Measure("weak", _("outdated protocols or suites accepted"), most=0),
        Measure("certificate", _("problems with the certificate"), most=0),
        Measure("days", _("days until the certificate expires"), least=7),
        Measure("strict", _("answers that keep browsers on TLS"), least=1),
        Measure("database", _("database connections in clear over a network"), most=0),
    ],
    every=timedelta(minutes=30),
)
def transit() -> Found:
    return listener.look()


@promise(
    "encryption.rest",
    sentence=_(
        "Customer Data is sealed under the organization's own keys before it reaches the database."
    ),
    measured_by=_(
        "Canaries are written through the service and searched for in every table, and, where the"
        " database is on the same machine, in its files, its write-ahead log, logs and mail: what"
        " changed in the last two hours, the newest 256 MB of it. Another database role looks"
        " at the newest and at random values of every sealed column."
    ),
    measures=[
        Measure("places", _("kinds of places searched"), least=1),
        Measure("canaries", _("places where a canary was found in clear"), most=0),
        Measure("columns", _("sealed columns looked at"), least=10),
        Measure("values", _("sealed values looked at"), least=1),
        Measure("clear", _("values that are not sealed"), most=0),
    ],
    fresh_for=timedelta(hours=3),
    every=timedelta(hours=1),
    patience=timedelta(seconds=90),
)
def rest() -> Found:
    return storage.look()


declare(
    Promise(
        "encryption.agility",
        sentence=_("The cryptography follows the landscape promptly."),
        measured_by=_(
            "No key is past its rotation date, and nothing is in use outside the"
            " cryptographic policy."
        ),
        waits_for=_("The cryptographic policy and the inventory of keys are not built yet."),
    )
)
declare(
    Promise(
        "encryption.compatibility",
        sentence=_("The needs of older clients are weighed in the open."),
        measured_by=_("Clients are counted by protocol version."),
        waits_for=_("Clients are not counted yet."),
    )
)
