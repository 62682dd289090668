"""`transparency.contact` asks the running web server, and turns when the contact is gone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pysequoia
import pytest

from seatrobot.kernel.clock import now
from seatrobot.kernel.promises import reading, services
from seatrobot.kernel.promises.declaring import PROMISES
from seatrobot.kernel.promises.status import State
from seatrobot.kernel.promises.tests.running import inline
from seatrobot.practices.checks import transparency
from seatrobot.practices.contact import openpgp, security_txt

CONTACT = PROMISES["transparency.contact"]
pytestmark = pytest.mark.usefixtures("instance")


def state() -> State:
    services.examine(CONTACT, inline)
    return reading.read_status(CONTACT).state


def measured() -> dict[str, float]:
    return services_result().measurements


def services_result() -> services.Result:
    return services.measure(CONTACT, inline)


@pytest.fixture(autouse=True)
def lock_timeout(monkeypatch):
    monkeypatch.setattr(transparency, "WAIT_SECONDS", 0)


@contextmanager
def serving(settings, files: dict[str, str]) -> Iterator[None]:
    """Another web server in place of ours, which answers with these files."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = files.get(self.path)
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write((body or "").encode())

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.CONFIG = replace(settings.CONFIG, host="127.0.0.1", port=server.server_port)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


def text(days: int = 90, contact: str = "Contact: mailto:security@example.org\n") -> str:
    expires = f"{now() + timedelta(days=days, hours=1):%Y-%m-%dT%H:%M:%SZ}"
    return f"{contact}Expires: {expires}\nEncryption: openpgp4fpr:{openpgp.fingerprint()}\n"


def files(text_: str, sign: Callable[[str], str] = openpgp.sign) -> dict[str, str]:
    return {
        security_txt.PLACE: sign(text_),
        security_txt.KEY_PLACE: str(openpgp.certificate()),
    }


@pytest.mark.django_db(transaction=True)
def test_it_is_kept_by_the_real_web_server(live_server, settings, operator):
    operator('email = "security@example.org"\n')
    address = live_server.thread
    settings.CONFIG = replace(settings.CONFIG, host=address.host, port=address.port)
    assert state() == State.KEPT


@pytest.mark.django_db(transaction=True)
def test_it_is_unproven_while_the_operator_names_nobody(live_server, settings):
    address = live_server.thread
    settings.CONFIG = replace(settings.CONFIG, host=address.host, port=address.port)
    assert state() == State.UNPROVEN
    assert "has not said yet" in services_result().failure


@pytest.mark.django_db
def test_it_is_kept_by_any_server_that_answers_right(settings):
    with serving(settings, files(text())):
        assert state() == State.KEPT


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "name"),
    [
        ({"days": -1}, "days"),
        ({"days": 29}, "days"),
        ({"days": 400}, "days"),
        ({"contact": ""}, "contacts"),
        ({"contact": "Contact: somewhere\n"}, "mistakes"),
        ({"contact": "Contact: http://example.org\n"}, "mistakes"),
        (
            {"contact": "Contact: mailto:a@example.org\nExpires: 2027-01-01T00:00:00Z\n"},
            "mistakes",
        ),
        ({"contact": "Contact: mailto:a@example.org\nwithout a colon\n"}, "mistakes"),
    ],
)
def test_a_wrong_file_breaks_it(settings, words, name):
    with serving(settings, files(text(**words))):
        assert state() == State.BROKEN
        wrong = {m.name for m in CONTACT.measures if not m.holds(measured()[m.name])}
    assert name in wrong


@pytest.mark.django_db
def test_a_forged_file_breaks_it(settings):
    forged = files(text(), lambda words: openpgp.sign(words).replace("security@", "eve@"))
    with serving(settings, forged):
        assert state() == State.BROKEN
        assert measured()["signatures"] == 0


@pytest.mark.django_db
def test_an_unsigned_file_breaks_it(settings):
    with serving(settings, files(text(), str)):
        assert state() == State.BROKEN


@pytest.mark.django_db
def test_a_key_of_somebody_else_breaks_it(settings):
    theirs = pysequoia.Tsk.generate(user_id="Eve")

    def sign(words: str) -> str:
        mode = pysequoia.SignatureMode.CLEAR
        return pysequoia.sign(theirs.signer(), words.encode(), mode=mode).decode()

    public = {security_txt.KEY_PLACE: str(theirs.extract_certificate())}
    with serving(settings, files(text(), sign) | public):
        assert state() == State.BROKEN
        assert "The published key is not the one in the data directory." in services_result().notes


@pytest.mark.django_db
def test_a_key_that_is_not_there_breaks_it(settings):
    published = files(text())
    del published[security_txt.KEY_PLACE]
    with serving(settings, published):
        assert state() == State.BROKEN


@pytest.mark.django_db
def test_a_web_that_is_down_breaks_it(settings):
    with serving(settings, {}):
        pass
    assert state() == State.BROKEN
    assert measured()["answers"] == 0


@pytest.mark.django_db
def test_an_endless_answer_breaks_it(settings):
    with serving(settings, files(text()) | {security_txt.PLACE: "x" * 100_000}):
        assert state() == State.BROKEN
        assert "larger than" in services_result().notes[0]


@pytest.mark.django_db
def test_a_server_that_restarts_just_now_is_asked_again(settings, monkeypatch):
    with serving(settings, files(text())):
        ask, refused = transparency._fetch, iter([True])

        def fetch(path: str) -> bytes:
            if next(refused, False):
                raise ConnectionRefusedError
            return ask(path)

        monkeypatch.setattr(transparency, "_fetch", fetch)
        assert state() == State.KEPT
