"""Mail out of the instance: over SMTP where configured, else kept sealed for the operator, a day.

`to_person` and `deliver` are for mail that belongs to a person alone, such as a reset link. An
organization's mail goes through `organizations.mail`, which uses the transport below.
"""

from __future__ import annotations

import smtplib
import ssl
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage as EmailMessageText
from email.policy import default
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.template.loader import render_to_string
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import AccountRecord
from seatrobot.kernel import tls
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import PLATFORM, new_id
from seatrobot.kernel.jobs import Work
from seatrobot.kernel.journal import actions
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.unit_of_work import require_committed
from seatrobot.kernel.vault import services as vault

if TYPE_CHECKING:
    from pathlib import Path

PORTS = {"smtp": 587, "smtps": 465}
TIMEOUT_SECONDS = 20
KEPT_FOR = timedelta(days=1)
"""How long mail is kept where no server takes it."""
SUFFIX = ".sealed"
NOWHERE = "@nowhere.test"
"""Addresses of the accounts that examinations use; mail to them is dropped."""


class MailNotSent(Exception):
    """A message was not accepted; the text says why, without any address."""


class _Server(EmailBackend):
    """Django's client of SMTP, by TLS of the profile."""

    @cached_property
    def ssl_context(self) -> ssl.SSLContext:
        return tls.client_context()


def has_server() -> bool:
    return bool(settings.CONFIG.smtp_url)


def to_person(person: AccountRecord, template: str, **facts: object) -> EmailMessage:
    """Return a message to a person from `accounts/mail/<template>.txt`: subject line, then body."""
    text = render_to_string(f"accounts/mail/{template}.txt", {"name": person.name, **facts})
    subject, _newline, body = text.strip().partition("\n")
    return compose(person.email, subject, f"{body.strip()}\n")


def deliver(
    work: Work, message: EmailMessage, *, subject: UUID, sent: actions.Action = Action.MAIL_SEND
) -> None:
    """Send a job's message, and journal how it ended: sent, or failed with the last try.

    subject: the account it is for. sent: the action that a message is journalled as. Raise
    MailNotSent, so that the queue tries again.
    """
    try:
        post(message)
    except MailNotSent as error:
        if work.is_last_try:
            with work.acting():
                journal.record(Action.MAIL_FAIL, subject_id=subject, reason=str(error))
        raise
    with work.acting():
        journal.record(sent, subject_id=subject)


def compose(to: str, subject: str, body: str) -> EmailMessage:
    """Return a plain-text message from the instance to one address; one line of subject."""
    headers = {"Auto-Submitted": "auto-generated"}
    return EmailMessage(" ".join(subject.split()), body, to=[to], headers=headers)


def post(message: EmailMessage) -> None:
    """Send over SMTP, or keep it where none is configured; raise MailNotSent.

    Not inside a unit of work: the entry of what was read for it would not be committed yet.
    """
    require_committed("a mail")
    if all(address.endswith(NOWHERE) for address in message.to):
        return
    if has_server():
        send(message)
    else:
        save(message)


def send(message: EmailMessage) -> None:
    """Hand a message to the SMTP server over verified TLS; plain only on this machine."""
    require_committed("a mail")
    server = _server(settings.CONFIG.smtp_url)
    try:
        server.send_messages([message])
    except smtplib.SMTPResponseException as error:
        raise MailNotSent(_("The mail server answered %d.") % error.smtp_code) from None
    except smtplib.SMTPRecipientsRefused:
        raise MailNotSent(_("The mail server refused the address.")) from None
    except (smtplib.SMTPException, OSError) as error:
        if tls.is_too_old(error):
            raise MailNotSent(
                _("The mail server speaks only versions of TLS that are not used here.")
            ) from None
        reason = type(error).__name__
        raise MailNotSent(_("The mail server was not reached (%s).") % reason) from None
    finally:
        server.fail_silently = True  # the message was taken or refused already
        server.close()


def save(message: EmailMessage) -> None:
    """Keep a message in `mail/` of the data directory, sealed, until `purge_kept`."""
    directory = _directory()
    directory.mkdir(mode=0o700, exist_ok=True)
    name = new_id()
    with acting(Actor.system("mail")):
        sealed = vault.seal(PLATFORM, message.message().as_bytes(), _place(name))
    path = directory / f"{name}{SUFFIX}"
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(sealed)


def kept() -> list[EmailMessageText]:
    """Return the messages that are kept, the oldest first; call inside `acting`."""
    names = sorted(UUID(path.stem) for path in _directory().glob(f"*{SUFFIX}"))
    journal.record(Action.MAIL_KEPT_VIEW, messages=len(names))
    opened = [
        vault.open_sealed(PLATFORM, (_directory() / f"{name}{SUFFIX}").read_bytes(), _place(name))
        for name in names
    ]
    return [message_from_bytes(each, policy=default) for each in opened]


def purge_kept() -> None:
    """Delete kept messages that are older than a day."""
    for path in _directory().glob(f"*{SUFFIX}"):
        if path.stat().st_mtime < (now() - KEPT_FOR).timestamp():
            path.unlink(missing_ok=True)


def _directory() -> Path:
    directory: Path = settings.CONFIG.data / "mail"
    return directory


def _place(name: UUID) -> bytes:
    return b"accounts.mail" + name.bytes


def _server(url: str) -> EmailBackend:
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise MailNotSent(_("SEATROBOT_SMTP_URL must look like smtp://user:password@host:port."))
    return _Server(
        host=parts.hostname,
        port=parts.port or PORTS[parts.scheme],
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        use_ssl=parts.scheme == "smtps",
        use_tls=parts.scheme == "smtp" and not tls.is_here(parts.hostname),
        timeout=TIMEOUT_SECONDS,
    )
