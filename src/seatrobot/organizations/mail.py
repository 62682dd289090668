"""Mail of an organization: stored sealed, then handed to SMTP by a job where one is configured."""

from __future__ import annotations

from uuid import UUID

from django.template.loader import render_to_string

from seatrobot.accounts import mail as transport
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import defer
from seatrobot.organizations.models import MailRecord, SentMail


def send_template(organization_id: UUID, to: str, template: str, **facts: object) -> SentMail:
    """Send `organizations/mail/<template>.txt`, whose first line is the subject."""
    text = render_to_string(f"organizations/mail/{template}.txt", facts)
    subject, _newline, body = text.strip().partition("\n")
    return send(organization_id, to, subject, f"{body.strip()}\n")


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
