"""The witness over HTTP: `add-checkpoint` of C2SP tlog-witness, its key, and how things stand."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from seatrobot.witness.witness import FORK, PLAIN, SHRUNK, Refusal, Witness

LARGEST = {"/add-checkpoint": 16 * 1024, "/add-streams": 64 * 1024 * 1024}
SECONDS = 10
BODY_SECONDS = 60
"""For a whole body, however it trickles."""
MOST_CONNECTIONS = 64
MOST_LARGE = 2
"""Bodies of streams that are read at one time."""
_PIECE = 64 * 1024
LOOK_SECONDS = 15
SHOWN = 20


class WitnessServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, witness: Witness, host: str, port: int) -> None:
        self.witness = witness
        self.over = threading.Event()
        self.connections = threading.BoundedSemaphore(MOST_CONNECTIONS)
        self.large = threading.BoundedSemaphore(MOST_LARGE)
        super().__init__((host, port), Handler)
        threading.Thread(target=self._look, daemon=True).start()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread; a connection beyond the most is closed unread."""
        if not self.connections.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.connections.release()

    def server_close(self) -> None:
        self.over.set()
        super().server_close()

    def _look(self) -> None:
        while not self.over.wait(LOOK_SECONDS):
            self.witness.look_for_silence()


class Handler(BaseHTTPRequestHandler):
    server: WitnessServer
    protocol_version = "HTTP/1.1"
    timeout = SECONDS

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self.path not in LARGEST:
            self._refuse_unread(HTTPStatus.NOT_FOUND)
            return
        if not length.isdecimal() or not 0 < int(length) <= LARGEST[self.path]:
            self._refuse_unread(HTTPStatus.BAD_REQUEST)
            return
        if self.path == "/add-checkpoint":
            self._act(int(length))
        elif self.server.large.acquire(blocking=False):
            try:
                self._act(int(length))
            finally:
                self.server.large.release()
        else:
            self._refuse_unread(HTTPStatus.SERVICE_UNAVAILABLE)

    def _act(self, length: int) -> None:
        body = self._body(length)
        if body is None:
            self._refuse_unread(HTTPStatus.REQUEST_TIMEOUT)
            return
        witness = self.server.witness
        try:
            if self.path == "/add-streams":
                witness.add_streams(body)
                self._answer(HTTPStatus.OK)
            else:
                self._answer(HTTPStatus.OK, witness.add_checkpoint(body))
        except Refusal as refusal:
            self._answer(refusal.status, refusal.text, refusal.content_type)

    def _body(self, length: int) -> bytes | None:
        """Return the body, None where it takes too long or ends too early."""
        body, until = bytearray(), time.monotonic() + BODY_SECONDS
        while len(body) < length:
            piece = self.rfile.read1(min(_PIECE, length - len(body)))
            if not piece or time.monotonic() > until:
                return None
            body += piece
        return bytes(body)

    def do_GET(self) -> None:
        if self.path == "/key":
            self._answer(HTTPStatus.OK, f"{self.server.witness.verifier_key}\n")
        elif self.path == "/status":
            found = status(self.server.witness)
            lasting = any(each["kind"] in {FORK, SHRUNK} for each in found["alarms"])
            is_wrong = found["silent"] or found["unproven"] or lasting
            code = HTTPStatus.SERVICE_UNAVAILABLE if is_wrong else HTTPStatus.OK
            self._answer(code, json.dumps(found, indent=1) + "\n", "application/json")
        else:
            self._answer(HTTPStatus.NOT_FOUND)

    def log_message(self, *_args: Any) -> None:
        """Say nothing of ordinary requests."""

    def _refuse_unread(self, status: HTTPStatus) -> None:
        self.close_connection = True
        self._answer(status)

    def _answer(self, status: HTTPStatus, text: str = "", content_type: str = PLAIN) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def status(witness: Witness) -> dict[str, Any]:
    """Return what the witness knows of each log, who is silent or unproven, and alarms."""
    known = {log: witness.store.newest(log) for log in witness.logs}
    return {
        "witness": witness.verifier_key,
        "logs": {log: {"size": each.size, "at": _written(each.at)} for log, each in known.items()},
        "silent": {log: round(seconds) for log, seconds in witness.silent().items()},
        "unproven": {log: round(seconds) for log, seconds in witness.unproven().items()},
        "alarms": [
            {"at": _written(each.at), "log": each.origin, "kind": each.kind}
            for each in witness.store.alarms(SHOWN)
        ],
    }


def _written(at: float) -> str | None:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds") if at else None
