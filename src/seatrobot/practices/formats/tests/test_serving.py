"""Documents are for everybody, from any page, and each is signed so that a pair verifies."""

from __future__ import annotations

import base64
from datetime import timedelta

import msgspec
import pytest
from django.test import Client

from seatrobot.cli import main
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal import signing
from seatrobot.kernel.journal.signing import BadKey, read_key
from seatrobot.practices.formats import editions
from seatrobot.practices.formats.documents import DOCUMENTS
from seatrobot.practices.formats.tests.conftest import examine_all

PATHS = [*(document.path for document in DOCUMENTS), "access.doors/badge.svg"]


def key():
    return read_key(Client().get("/practices/key").content.decode())


@pytest.mark.parametrize("path", PATHS)
def test_a_document_and_its_signature_verify(four, path):
    document = Client().get(f"/practices/{path}")
    signature = Client().get(f"/practices/{path}.sig")
    assert document.status_code == signature.status_code == 200
    signing.verify_bytes(document.content, signature.content.decode(), key())


@pytest.mark.parametrize("path", PATHS)
def test_the_signature_also_comes_with_the_document(four, path):
    document = Client().get(f"/practices/{path}")
    signature = base64.b64decode(document["Seatrobot-Signature"]).decode()
    signing.verify_bytes(document.content, signature, key())


def test_another_document_does_not_verify(four):
    document = Client().get("/practices/practices.json")
    signature = Client().get("/practices/feed.atom.sig").content.decode()
    with pytest.raises(signing.BadSignature):
        signing.verify_bytes(document.content, signature, key())
    with pytest.raises(signing.BadSignature):
        signing.verify_bytes(document.content.replace(b"broken", b"kept"), signature, key())


def test_a_signature_fetched_later_fits_the_document_of_before(doors, monkeypatch):
    document = Client().get("/practices/practices.json")
    link = document["Link"].split(">")[0].removeprefix("<https://guests.example.org")
    doors[0] = 5
    examine_all()
    monkeypatch.setattr(editions, "now", lambda: now() + timedelta(minutes=10))
    assert Client().get("/practices/practices.json").content != document.content
    signature = Client().get(link).content.decode()
    signing.verify_bytes(document.content, signature, key())


def test_an_edition_can_be_fetched_again(doors):
    first = Client().get("/practices/practices.json")
    edition = first["Link"].split("at=")[1].split(">")[0]
    doors[0] = 5
    examine_all()
    assert Client().get(f"/practices/practices.json?at={edition}").content == first.content


def test_editions_are_forgotten_after_a_quarter_of_an_hour(doors, monkeypatch, instance):
    first = Client().get("/practices/practices.json")
    edition = first["Link"].split("at=")[1].split(">")[0]
    monkeypatch.setattr(editions, "now", lambda: now() + timedelta(minutes=17))
    Client().get("/practices/practices.json")
    assert len(list((instance / "published" / "json").iterdir())) == 1
    gone = Client().get(f"/practices/practices.json.sig?at={edition}")
    assert (gone.status_code, b"no longer kept" in gone.content) == (404, True)


@pytest.mark.parametrize(
    "edition",
    ["../../secret.key", "20261124T2215Z-0123456789ab/..", "x", "20261124T2215Z-0123456789ab"],
)
def test_a_made_up_edition_is_not_there(four, edition):
    assert Client().get("/practices/practices.json", {"at": edition}).status_code == 404


def test_no_edition_leads_out_of_its_folder(four, instance):
    Client().get("/practices/practices.json")
    outside = editions.PublishedDocument("planted", b"planted", "", now())
    (instance / "planted").write_bytes(msgspec.msgpack.encode(outside))
    answer = Client().get("/practices/practices.json", {"at": "../../planted"})
    assert answer.status_code == 404


def test_the_bytes_of_the_process_that_was_first_count(doors, monkeypatch):
    theirs = Client().get("/practices/practices.json").content
    monkeypatch.setattr(editions, "_read", _not_at_first(editions._read))
    assert Client().get("/practices/practices.json").content == theirs


def _not_at_first(read):
    calls = iter([None])
    return lambda path: next(calls, read(path))


def test_a_full_disk_does_not_silence_it(doors, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(editions.os, "link", full)
    document = Client().get("/practices/practices.json")
    signature = base64.b64decode(document["Seatrobot-Signature"]).decode()
    signing.verify_bytes(document.content, signature, key())


@pytest.mark.parametrize("path", [*PATHS, *(f"{path}.sig" for path in PATHS), "key"])
def test_everybody_may_read_it_from_any_page_and_leaves_no_cookie(four, path):
    answer = Client().get(f"/practices/{path}", headers={"Origin": "https://elsewhere.example"})
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer["Cache-Control"] == "public, max-age=60"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer.cookies.output() == ""


@pytest.mark.parametrize("path", PATHS)
def test_it_is_read_only(four, path):
    browser = Client(enforce_csrf_checks=True)
    assert browser.post(f"/practices/{path}").status_code == 405
    head = Client().head(f"/practices/{path}")
    assert (head.status_code, head.content) == (200, b"")


def test_the_rest_of_the_site_stays_closed_to_other_pages(four):
    answer = Client().get("/sign-in/")
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in answer


def test_who_has_it_already_is_told_so(four):
    first = Client().get("/practices/practices.json")
    again = Client().get("/practices/practices.json", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_command_verifies_without_a_network(four, tmp_path, capsys):
    document, signature = tmp_path / "practices.json", tmp_path / "practices.json.sig"
    document.write_bytes(Client().get("/practices/practices.json").content)
    signature.write_bytes(Client().get("/practices/practices.json.sig").content)
    words = ["practices", "verify", str(document), str(signature)]
    line = Client().get("/practices/key").content.decode().strip()
    assert main(words) == 0
    assert main([*words, "--key", line]) == 0
    document.write_bytes(document.read_bytes().replace(b"broken", b"kept"))
    assert main([*words, "--key", line]) == 1
    assert "Not verified" in capsys.readouterr().err
    assert main([*words, "--key", line.replace("+", "-")]) == 2
    assert main(["practices", "verify", str(document), str(tmp_path / "none")]) == 2


@pytest.mark.parametrize(
    "change", [lambda k: k[:-4], lambda k: "x" + k, lambda k: "", lambda k: "a+b+c"]
)
def test_a_mistyped_key_is_refused(instance, change):
    with pytest.raises(BadKey):
        read_key(change(signing.verifier_key()))
