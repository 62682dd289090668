"""A mail server for tests: takes messages over SMTP, can be told to misbehave."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP


@dataclass
class Taken:
    """One message: the envelope and what was said with it."""

    sender: str
    to: str
    content: bytes
    envid: str = ""
    notify: str = ""


@dataclass
class Relay:
    """What it does with each address: `answers` at RCPT, and at the end of DATA `ends`.

    silent: addresses after whose message the connection is closed without an answer, taken all the
    same. log: where each message is noted, for another process to read.
    """

    answers: dict[str, list[str]] = field(default_factory=dict)
    ends: dict[str, list[str]] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    log: str = ""
    taken: list[Taken] = field(default_factory=list)
    connections: int = 0

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802  aiosmtpd's
        said = self.answers.get(address)
        if said:
            return said.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  aiosmtpd's
        to = envelope.rcpt_tos[0]
        if said := self.ends.get(to):
            return said.pop(0)
        self.keep(Taken(envelope.mail_from, to, envelope.content, *server.asked))
        if to in self.silent:
            server.transport.close()
        return "250 2.0.0 Ok: queued as 4FZ"

    def keep(self, message):
        self.taken.append(message)
        if self.log:
            with open(self.log, "a") as log:  # noqa: PTH123  appended to, a line at a time
                log.write(f"{message.envid}\n")

    def to(self, address):
        return [each for each in self.taken if each.to == address]


class _Dsn(SMTP):
    """aiosmtpd's server, which also takes the parameters of RFC 3461."""

    asked = ("", "")

    async def smtp_EHLO(self, hostname):  # noqa: N802  aiosmtpd's
        self.event_handler.connections += 1
        await super().smtp_EHLO(hostname)

    async def push(self, status):
        if isinstance(status, str) and status.startswith("250-SIZE"):
            await super().push("250-DSN")
        await super().push(status)

    async def smtp_MAIL(self, arg):  # noqa: N802  aiosmtpd's
        address, *options = arg.split(" ")
        said = dict(option.partition("=")[::2] for option in options)
        self.asked = (said.pop("ENVID", ""), "")
        said.pop("RET", None)
        rest = [f"{name}={value}" if value else name for name, value in said.items()]
        await super().smtp_MAIL(" ".join([address, *rest]))

    async def smtp_RCPT(self, arg):  # noqa: N802  aiosmtpd's
        address, *options = arg.split(" ")
        said = dict(option.partition("=")[::2] for option in options)
        self.asked = (self.asked[0], said.get("NOTIFY", ""))
        await super().smtp_RCPT(address)


class _Controller(Controller):
    def factory(self):
        return _Dsn(self.handler, enable_SMTPUTF8=True, data_size_limit=2_000_000)


def start(relay):
    """Start a server for a relay; return its controller, whose `port` it listens at."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = _Controller(relay, hostname="127.0.0.1", port=port)
    server.start()
    return server
