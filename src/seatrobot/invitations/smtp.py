"""A connection to a mail server, over which messages are handed one after the other.

`smtplib.sendmail` does not tell whether the end of a message was sent before a connection broke;
this does: until the dot nothing was accepted (RFC 5321, 4.1.1.4), after it nobody knows.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext as _

from seatrobot.kernel import outgoing, tls
from seatrobot.kernel.unit_of_work import require_committed

PORTS = {"smtp": 587, "smtps": 465}
TIMEOUT_SECONDS = 20.0
OK, GO_ON, CLOSING = 250, 354, 421
PERMANENT = 500
LONGEST_ANSWER = 200
_DOTS = re.compile(rb"(?m)^\.")
"""What begins a line is doubled (RFC 5321, 4.5.2)."""


class ServerFailed(Exception):
    """The server was not reached, or takes no mail of us at all; the text is a sentence."""


class NotTaken(Exception):
    """A message was certainly not accepted. permanent: trying again would not help.

    answer: what the server said. is_closed: the connection is gone.
    """

    def __init__(self, answer: str, *, permanent: bool = False, is_closed: bool = False) -> None:
        super().__init__(answer)
        self.answer, self.permanent, self.is_closed = answer, permanent, is_closed


class Unsure(Exception):
    """The end of a message was sent and no answer came: it may have been accepted."""


class Withdrawn(Exception):
    """A message was not ended, because it was stopped or its address unsubscribed meanwhile."""


@dataclass(frozen=True, slots=True)
class Server:
    """security: "tls" from the beginning, "starttls", or "none" on this machine alone.

    is_typed: whether a customer typed the host, so that it has to be a public one. dial: makes the
    connection in place of the network, as an examination does.
    """

    host: str
    port: int
    security: str
    user: str = ""
    password: str = field(default="", repr=False)
    is_typed: bool = False
    dial: Callable[[], socket.socket] | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """What is handed over: envelope and content, with CRLF. envid: known to reports (RFC 3461)."""

    envid: str
    return_path: str
    to: str
    content: bytes


def server_of(url: str) -> Server:
    """Return the server that `SEATROBOT_SMTP_URL` names; raises ServerFailed."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ServerFailed(_("SEATROBOT_SMTP_URL must look like smtp://user:password@host:port."))
    is_plain = parts.scheme == "smtp" and tls.is_here(parts.hostname)
    security = "tls" if parts.scheme == "smtps" else "none" if is_plain else "starttls"
    return Server(
        parts.hostname,
        parts.port or PORTS[parts.scheme],
        security,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


class Connection:
    """One connection, held for many messages.

    asks_reports: whether the server is asked to report what it accepted (RFC 3461, NOTIFY=SUCCESS);
    known only when it is open, as the server has to say that it can.
    """

    def __init__(self, server: Server) -> None:
        self.server = server
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def is_open(self) -> bool:
        return self._smtp is not None and self._smtp.sock is not None

    @property
    def asks_reports(self) -> bool:
        return self._smtp is not None and self._smtp.has_extn("dsn")

    def open(self) -> None:
        """Connect, speak TLS, sign in; raises ServerFailed."""
        require_committed("a mail")
        self.close()
        try:
            self._smtp = self._connect()
        except smtplib.SMTPAuthenticationError:
            raise ServerFailed(_("The mail server refused the user or the password.")) from None
        except smtplib.SMTPNotSupportedError:
            raise ServerFailed(
                _("The mail server offers no encryption or no sign-in on this port.")
            ) from None
        except smtplib.SMTPResponseException as error:
            raise ServerFailed(_("The mail server answered %d.") % error.smtp_code) from None
        except outgoing.BadAddress as error:
            raise ServerFailed(str(error)) from None
        except ssl.SSLCertVerificationError:
            raise ServerFailed(_("The certificate of the mail server is not valid.")) from None
        except (smtplib.SMTPException, OSError) as error:
            if tls.is_too_old(error):
                raise ServerFailed(
                    _("The mail server speaks only versions of TLS that are not used here.")
                ) from None
            reason = type(error).__name__
            raise ServerFailed(_("The mail server was not reached (%s).") % reason) from None

    def close(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        try:
            if smtp.sock is not None:
                smtp.quit()
        except (smtplib.SMTPException, OSError):
            pass
        finally:
            smtp.close()

    def drop(self) -> None:
        """Close without a word, in the middle of a message."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()

    def hand(self, letter: Letter, before_dot: Callable[[], bool]) -> str:
        """Hand one message over and return the server's answer.

        before_dot: called when all but the end was sent; False withdraws the message. Raises
        NotTaken, Unsure, Withdrawn, ServerFailed (which this message is not the reason for).
        """
        assert self._smtp is not None
        smtp = self._smtp
        try:
            self._begin(smtp, letter)
            smtp.send(_DOTS.sub(b"..", letter.content))
        except (smtplib.SMTPException, OSError) as error:
            self.drop()
            raise NotTaken(type(error).__name__, is_closed=True) from None
        try:
            goes_on = before_dot()
        except BaseException:
            self.drop()
            raise
        if not goes_on:
            self.drop()
            raise Withdrawn
        try:
            smtp.send(b".\r\n")
            code, text = smtp.getreply()
        except (smtplib.SMTPException, OSError):
            self.drop()
            raise Unsure from None
        answer = _said(code, text)
        if code == OK:
            return answer
        if code == CLOSING:
            self.drop()
        raise NotTaken(answer, permanent=code >= PERMANENT, is_closed=code == CLOSING)

    def _connect(self) -> smtplib.SMTP:
        server = self.server
        found: type[_Plain] = _Tls if server.security == "tls" else _Plain
        smtp = found(server)
        try:
            smtp.ehlo()
            if server.security == "starttls":
                smtp.starttls(context=tls.client_context())
                smtp.ehlo()
            if server.user:
                smtp.login(server.user, server.password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _begin(self, smtp: smtplib.SMTP, letter: Letter) -> None:
        """Send envelope and DATA."""
        options = [f"ENVID={letter.envid}", "RET=HDRS"] if self.asks_reports else []
        needs_utf8 = not (letter.to.isascii() and letter.return_path.isascii())
        if needs_utf8 and not smtp.has_extn("smtputf8"):
            raise NotTaken(_("The mail server takes only addresses in ASCII."), permanent=True)
        if needs_utf8:
            smtp.command_encoding = "utf-8"
            options += ["SMTPUTF8", "BODY=8BITMIME"]
        code, text = smtp.mail(letter.return_path, options)
        if code != OK:
            self.drop()
            answer = _said(code, text)
            raise ServerFailed(_("The mail server refused the sender: %s") % answer)
        wanted = [f"NOTIFY=SUCCESS,FAILURE,DELAY ORCPT={_orcpt(letter.to)}"]
        code, text = smtp.rcpt(letter.to, wanted if self.asks_reports else [])
        if code not in {OK, OK + 1}:
            self._refused(smtp, code, text)
        smtp.putcmd("data")
        code, text = smtp.getreply()
        if code != GO_ON:
            self._refused(smtp, code, text)

    def _refused(self, smtp: smtplib.SMTP, code: int, text: bytes) -> None:
        if code == CLOSING:
            self.drop()
        else:
            smtp.rset()
        raise NotTaken(_said(code, text), permanent=code >= PERMANENT, is_closed=code == CLOSING)


class _Plain(smtplib.SMTP):
    """The library's client, which connects to an address that was looked at before."""

    def __init__(self, server: Server) -> None:
        self.server = server
        super().__init__(server.host, server.port, timeout=TIMEOUT_SECONDS)

    def _get_socket(self, host: str, port: int, timeout: float) -> Any:
        if self.server.dial:
            return self.server.dial()
        if not self.server.is_typed:
            return socket.create_connection((host, port), timeout)
        shown = f"[{host}]" if ":" in host else host
        address = outgoing.resolve(urlsplit(f"https://{shown}:{port}"))
        return socket.create_connection((str(address), port), timeout)


class _Tls(_Plain):
    def _get_socket(self, host: str, port: int, timeout: float) -> Any:
        plain = super()._get_socket(host, port, timeout)
        return tls.client_context().wrap_socket(plain, server_hostname=self.server.host)


def _said(code: int, text: bytes) -> str:
    """Return an answer in one line; servers fold them anywhere."""
    words = re.sub(r"\s+", " ", text.decode("utf-8", "replace")).strip()
    printable = "".join(each if each.isprintable() else "?" for each in words)
    return f"{code} {printable}"[:LONGEST_ANSWER]


def _orcpt(address: str) -> str:
    """Return an address as ORCPT names it (RFC 3461, xtext; RFC 6533 for others than ASCII)."""
    if address.isascii():
        return "rfc822;" + "".join(
            each if "!" <= each <= "~" and each not in "+=" else f"+{ord(each):02X}"
            for each in address
        )
    return "utf-8;" + "".join(
        each if "!" <= each <= "~" and each not in "+=\\" else f"\\x{{{ord(each):X}}}"
        for each in address
    )
