"""Who unsubscribed gets no mail: tried over the real path, and looked for in what was sent."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from seatrobot.accounts.mail import NOWHERE
from seatrobot.events import services as events
from seatrobot.events.facts import EventFacts
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import editing
from seatrobot.guests.statuses import Facts
from seatrobot.invitations import tokens
from seatrobot.invitations.feature import Action
from seatrobot.invitations.mailer import MailOffice
from seatrobot.invitations.models import Delivery, Mailing, Message, Suppression
from seatrobot.invitations.outbox import Outbox, Prepared
from seatrobot.invitations.records import MailingRecord
from seatrobot.invitations.services import mailings, messages, suppressing
from seatrobot.invitations.smtp import Server
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.promises.declaring import CannotMeasure, Measure, Measurement, promise
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.practices.checks.browser import Browser
from seatrobot.practices.checks.probe import ProbeOrganization, probe_organization

OK = 200
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
EVERYTHING, ONE_EVENT, LATE, CONTROL = "everything", "one-event", "late", "control"
WHO = (EVERYTHING, ONE_EVENT, LATE, CONTROL)
STARTS = datetime(2100, 1, 1, 18, tzinfo=UTC)
PERIOD = timedelta(days=90)
SLACK = "5 seconds"
"""Between the end of a message and the moment that is noted for it."""
LATER = """
    SELECT count(*) FROM invitations_delivery d JOIN invitations_suppression s
      ON s.organization_id = d.organization_id AND s.address_index = d.address_index
     AND (s.event_id IS NULL OR s.event_id = d.event_id)
    WHERE d.kind IN ('mailing', 'told') AND d.handed_at > s.at + %(slack)s::interval
      AND s.reason IN ('unsubscribed', 'complained')
"""
LOST = """
    SELECT count(*) FROM journal_entry e
    WHERE e.action = %(add)s AND e.event_id IS NULL AND e.at > %(since)s
      AND e.organization_id IN (SELECT id FROM organizations_organization)
      AND NOT EXISTS (SELECT FROM invitations_suppression s WHERE s.id = e.subject_id)
      AND NOT EXISTS (SELECT FROM journal_entry l
          WHERE l.organization_id = e.organization_id AND l.action = %(lift)s
            AND l.subject_id = e.subject_id)
"""


@promise(
    "confidentiality.unsubscribed",
    sentence=_(
        "Guests who unsubscribed get no more mail from that organization, but codes they ask for."
    ),
    measured_by=_(
        "In an organization kept for this a message is sent to four guests, over the way that every"
        " message takes, up to a mail server of the examination itself. One of them then"
        " unsubscribes from everything and one from the event, by the links in their mails, which"
        " are posted to the running web server as mail programs do; one does so in the moment after"
        " the next message was taken from the queue. Two more messages are sent: none may reach"
        " them, and the fourth guest must get every one. The choice of guests must leave them out"
        " as well. Then another database role counts, over all organizations, the messages that"
        " were handed to a mail server after their address had unsubscribed, and the"
        " unsubscriptions that the access logs of 90 days have and the database has no more,"
        " although nobody took them back."
    ),
    measures=[
        Measure("tried", _("messages tried to guests who had unsubscribed"), least=6),
        Measure("mailed", _("of them handed to the mail server"), most=0),
        Measure("offered", _("guests who had unsubscribed, chosen for a message"), most=0),
        Measure("control", _("messages to the guest who wants them"), least=3),
        Measure("later", _("messages of any organization sent after an unsubscription"), most=0),
        Measure("lost", _("unsubscriptions that went away by themselves"), most=0),
    ],
    fresh_for=timedelta(hours=3),
    every=timedelta(hours=1),
    timeout=timedelta(seconds=60),
)
def unsubscribed() -> Measurement:
    with probe_organization() as probe:
        found = _try(probe)
    with examining() as examiner:
        [(later,)] = examiner.execute(LATER, {"slack": SLACK}).fetchall()
        said = {
            "add": Action.SUPPRESSION_ADD,
            "lift": Action.SUPPRESSION_LIFT,
            "since": now() - PERIOD,
        }
        [(lost,)] = examiner.execute(LOST, said).fetchall()
    return Measurement({**found, "later": later, "lost": lost})


def _try(probe: ProbeOrganization) -> dict[str, int]:
    """Send three messages, and have three guests unsubscribe behind the first."""
    sink = Sink()
    owner = probe.owner
    with owner.acting():
        facts = EventFacts("Probe (mail)", STARTS, STARTS + timedelta(hours=2))
        event = events.create(actor=owner, facts=facts)
        for name in WHO:
            record = GuestRecord("Probe", name, email=f"{name}{NOWHERE}")
            editing.add(actor=owner, event=event, record=record, facts=Facts())
        message = messages.create(actor=owner, event=event, kind="thanks")
    office = _Office(probe.organization_id, sink, {})
    _send(probe, message, office)
    first = sorted(sink.taken)
    if first != sorted(f"{name}{NOWHERE}" for name in WHO):
        raise CannotMeasure(_("The first message did not reach everybody."))
    links = _links(probe)
    browser = Browser()
    answers = [
        browser.send(links[EVERYTHING], ONE_CLICK),
        browser.send(links[ONE_EVENT], {"do": "event"}),
    ]
    if any(answer.status != OK for answer in answers):
        raise CannotMeasure(_("The web server takes no unsubscription."))
    sink.taken.clear()
    _send(probe, message, _Office(probe.organization_id, sink, {LATE: links[LATE]}))
    with owner.acting():
        selection = mailings.choose(owner, message, "", again=True)
    offered = [each for each in selection.recipients if not each.address.startswith(CONTROL)]
    _send(probe, message, office, force=True)
    control = f"{CONTROL}{NOWHERE}"
    mailed = [address for address in sink.taken if address != control]
    count = sum(address == control for address in sink.taken) + first.count(control)
    return {"tried": 6, "mailed": len(mailed), "offered": len(offered), "control": count}


def _send(
    probe: ProbeOrganization, message: Message, office: _Office, *, force: bool = False
) -> None:
    """Send a message to all guests, as a mailing that begins now.

    force: queue it for everybody, whoever the choice of guests leaves out.
    """
    owner = probe.owner
    with owner.acting():
        mailing = Mailing.objects.create(
            organization_id=probe.organization_id,
            event_id=message.event_id,
            version=messages.version_of(message),
            kind=message.kind,
            state=Mailing.State.WAITING,
            send_at=now(),
            created_at=now(),
            sealed=MailingRecord("again=1"),
        )
        mailings.begin(actor=owner, event_id=message.event_id, mailing_id=mailing.pk)
        had = set(Delivery.objects.filter(mailing=mailing).values_list("guest_id", flat=True))
        missing = Delivery.objects.filter(event_id=message.event_id).exclude(guest_id__in=had)
        for row in {each.guest_id: each for each in missing}.values() if force else ():
            mailings.queue_again(earlier=row, mailing=mailing)
    Outbox(probe.organization_id, office).run(seconds=20)


def _links(probe: ProbeOrganization) -> dict[str, str]:
    """Return the path that unsubscribes, of each guest's first message."""
    with probe.owner.acting():
        rows = list(Delivery.objects.filter(organization_id=probe.organization_id))
        return {
            row.sealed.to.partition("@")[0]: urlsplit(
                tokens.unsubscribe_link(probe.organization_id, row.pk)
            ).path
            for row in rows
        }


class _Office(MailOffice):
    """The organization's outbox with another mail server. late: who unsubscribes meanwhile."""

    def __init__(self, organization_id: UUID, sink: Sink, late: dict[str, str]) -> None:
        super().__init__(organization_id, lambda: acting(ACTOR, organization_id))
        self.sink, self.late = sink, late

    def server(self) -> Server:
        return Server("sink", 25, "none", dial=self.sink.dial)

    def prepare(self, ids: Sequence[UUID]) -> list[Prepared]:
        found = super().prepare(ids)
        for name in self.late:
            suppressing.suppress(
                organization_id=self.organization_id,
                address=f"{name}{NOWHERE}",
                reason=Suppression.Reason.UNSUBSCRIBED,
            )
        return found


class Sink:
    """A mail server without a network, which notes whom each message was for."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def dial(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        ours.settimeout(20)
        threading.Thread(target=self._serve, args=(theirs,), daemon=True).start()
        return ours

    def _serve(self, wire: socket.socket) -> None:
        with wire, wire.makefile("rwb", buffering=0) as lines:
            lines.write(b"220 sink\r\n")
            to = ""
            while line := lines.readline():
                word = line[:4].upper()
                if word == b"RCPT":
                    to = line.decode("utf-8", "replace").partition("<")[2].partition(">")[0]
                if word == b"DATA":
                    lines.write(b"354 go on\r\n")
                    if not _read_message(lines.readline):
                        return
                    self.taken.append(to)
                lines.write(b"250 kept\r\n")
                if word == b"QUIT":
                    return


def _read_message(readline: Callable[[], bytes]) -> bool:
    """Read up to the dot; False where the connection ends before."""
    while line := readline():
        if line == b".\r\n":
            return True
    return False
