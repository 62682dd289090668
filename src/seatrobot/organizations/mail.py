"""Mail of an organization: stored sealed, then handed to SMTP by a job where one is configured."""

from __future__ import annotations

from uuid import UUID

from seatrobot.accounts import mail as transport
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import defer
from seatrobot.organizations.models import MailRecord, SentMail


def send(organization_id: UUID, to: str, subject: str, body: str) -> SentMail:
    """Send plain text to one address when this transaction commits.

    Without an SMTP server the message stays on the page "Sent mail", and nowhere else.
    """
    message = SentMail.objects.create(
        organization_id=organization_id,
        sealed=MailRecord(to, " ".join(subject.split()), body),
        created_at=now(),
    )
    if transport.has_server():
        defer("organizations.deliver-mail", mail_id=str(message.pk))
    return message
