"""Sessions at the database that no process of the service has opened, as the server's log has them.

What such a session sees of Customer Data is sealed: it has no keys. It can change rows, which other
examinations notice, and it sees who, where and when.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.promises.declaring import Measure, Measurement, NotSetUp, promise
from seatrobot.kernel.sessions import Session, sessions

PERIOD = timedelta(hours=24)
ROLES = {"seatrobot_app", "seatrobot_owner", "seatrobot_examiner", "seatrobot_recorder"}
CLUSTER = "postgresql/cluster"
LOGS = f"{CLUSTER}/log/*.log"
WAIT_SECONDS, PAUSE_SECONDS = 10, 0.2
"""For the line of our own session: the server's log is written by a process of its own."""
MOST_NOTED = 10


@promise(
    "confidentiality.sessions",
    sentence=_(
        "Nobody works at our database past the service under its roles without being noticed."
    ),
    measured_by=_(
        "Every process of the service names itself at the database with a tag that only it can"
        " make. The examination reads the database's own log of connections: each session of the"
        " service's roles of the last 24 hours must bear such a name, and the examination's own"
        " session must be in the log. It cannot see sessions of a database administrator, of"
        " somebody with root on the machine who copies a name or edits the log, or of a database"
        " that the operator runs elsewhere. Whoever has no keys of the service sees sealed values"
        " there, and who, where and when."
    ),
    measures=[
        Measure("sessions", _("sessions of the service's roles in the last 24 hours"), least=1),
        Measure("foreign", _("of them opened by a process from elsewhere"), most=0),
        Measure("unlogged", _("sessions of our own that the log lacks"), most=0),
    ],
    every=timedelta(minutes=15),
)
def worked() -> Measurement:
    """Sign in, find that in the log, and look at who else has signed in."""
    if not (settings.CONFIG.data / CLUSTER).is_dir():
        raise NotSetUp(
            gettext(
                "The database of this service runs elsewhere (DATABASE_URL): only the log of the"
                " embedded one can be read here."
            )
        )
    secret, moment = settings.CONFIG.secret_key(), now()
    with examining() as examiner:
        own = examiner.info.backend_pid
        found = _until_logged(settings.CONFIG.data, moment, own)
    foreign = [each for each in found if not each.is_ours(secret)]
    is_logged = any(each.pid == own for each in found)
    notes = [f"{each.role} from {each.at:%Y-%m-%d %H:%M:%S} UTC" for each in foreign[-MOST_NOTED:]]
    return Measurement(
        {"sessions": len(found), "foreign": len(foreign), "unlogged": int(not is_logged)}, notes
    )


def _until_logged(data: Path, moment: datetime, own: int) -> list[Session]:
    """Return the sessions of the period, once our own is among them or it took too long."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        found = list(_found(data, moment))
        is_there = any(each.pid == own and each.at > moment - PERIOD for each in found)
        if is_there or time.monotonic() > deadline:
            return found
        time.sleep(PAUSE_SECONDS)


def _found(data: Path, moment: datetime) -> Iterator[Session]:
    """Give the sessions of the service's roles in the period before a moment."""
    for file in _logs(data):
        if file.stat().st_mtime < (moment - PERIOD).timestamp():
            continue
        with file.open(errors="replace") as lines:
            for each in sessions(lines):
                if each.role in ROLES and each.at > moment - PERIOD:
                    yield each


def _logs(data: Path) -> list[Path]:
    return sorted(data.glob(LOGS))
