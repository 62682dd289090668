"""security.txt is right by another's judgement (sectxt) and signed with the published key."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta

import pysequoia
import pytest
import sectxt
from django.test import Client

from seatrobot.kernel import keyfiles
from seatrobot.kernel.clock import now
from seatrobot.practices.contact import openpgp, security_txt
from seatrobot.practices.profile import Profile

ADDRESS = "https://guests.example.org/.well-known/security.txt"
pytestmark = pytest.mark.usefixtures("instance")


def fetched() -> bytes:
    answer = Client().get("/.well-known/security.txt")
    assert answer.status_code == 200
    return answer.content


def lines() -> list[str]:
    return fetched().decode().split("\n\n")[1].splitlines()


def judged(data: bytes) -> sectxt.Parser:
    return sectxt.Parser(data, urls=ADDRESS)


def test_sectxt_finds_nothing_wrong(operator):
    operator(
        'email = "security@example.org"\nurl = "https://example.org/contact"\n'
        'policy_url = "https://example.org/policy"\nthanks_url = "https://example.org/thanks"\n'
        'languages = "en, de"\n'
    )
    said = judged(fetched())
    assert said.errors == []
    assert said.recommendations == []
    assert said.notifications == []
    assert said.preferred_languages == ["en", "de"]


def test_without_an_operators_word_it_names_the_contact_page():
    assert judged(fetched()).errors == []
    assert "Contact: https://guests.example.org/practices/contact/" in lines()


def test_it_says_what_the_operator_says(operator):
    operator('email = "o+security@example.org"\nthanks_url = "https://example.org/thanks"\n')
    assert "Contact: mailto:o+security@example.org" in lines()
    assert "Acknowledgments: https://example.org/thanks" in lines()
    assert "Canonical: " + ADDRESS in lines()
    assert "Policy: https://guests.example.org/practices/contact/" in lines()


def test_a_change_of_the_operators_file_shows_at_once(operator):
    operator('email = "old@example.org"\n')
    before = lines()
    operator('email = "new@example.org"\n# changed\n')
    assert "Contact: mailto:old@example.org" in before
    assert "Contact: mailto:new@example.org" in lines()


@pytest.mark.parametrize(
    "day", [datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC)]
)
def test_it_never_expires_within_a_month_nor_after_a_year(monkeypatch, day):
    monkeypatch.setattr(security_txt, "now", lambda: day)
    expires = next(line for line in lines() if line.startswith("Expires: "))
    left = datetime.fromisoformat(expires.removeprefix("Expires: ")) - day
    assert timedelta(days=31) < left < timedelta(days=365)


def test_the_published_key_has_signed_it():
    key = Client().get("/.well-known/openpgp-key.asc")
    assert key.status_code == 200
    certificate = pysequoia.Cert.from_bytes(key.content)
    verified = pysequoia.verify(bytes=fetched(), store=lambda _: [certificate])
    assert verified.bytes.startswith(b"Contact: ")
    assert [sig.certificate for sig in verified.valid_sigs] == [certificate.fingerprint]
    assert b"PRIVATE" not in key.content


def test_the_secret_key_is_its_owners_alone_and_stays(instance):
    first = openpgp.fingerprint()
    assert stat.S_IMODE((instance / "keys" / "openpgp.key").stat().st_mode) == 0o600
    openpgp._signing_key.cache_clear()
    assert openpgp.fingerprint() == first
    assert [path.name for path in (instance / "keys").iterdir()] == ["openpgp.key"]


def test_the_key_of_another_process_counts(instance, monkeypatch):
    theirs = pysequoia.Tsk.generate(user_id="first")

    def link(_draft, place):
        place.write_text(str(theirs))
        raise FileExistsError

    monkeypatch.setattr(keyfiles.os, "link", link)
    assert openpgp.certificate().fingerprint == theirs.extract_certificate().fingerprint


def test_over_plain_http_it_leaves_out_what_must_be_https(settings, operator):
    settings.BASE_URL = "http://localhost:8080"
    operator('email = "security@example.org"\n')
    said = judged(fetched())
    assert [error["code"] for error in said.errors] == []
    assert not any("http://" in line for line in lines())


@pytest.mark.parametrize("sign", ["\n", "\r", "\u2028", "\u0085", "\x00"])
def test_no_value_makes_a_line_of_its_own(sign):
    profile = Profile(email="a@example.org", languages=f"en{sign}Contact: mailto:eve@example.org")
    with pytest.raises(ValueError, match="line break"):
        security_txt.written(security_txt.fields(profile, now().date()))


def test_an_address_with_a_line_break_in_the_file_reaches_nobody_else(operator):
    operator('email = "a@example.org\\nContact: mailto:eve@example.org"\n')
    assert b"eve" not in fetched()
    assert judged(fetched()).errors == []


def test_the_old_place_leads_to_the_new_one():
    answer = Client().get("/security.txt")
    assert (answer.status_code, answer["Location"]) == (301, "/.well-known/security.txt")


@pytest.mark.parametrize("place", ["/.well-known/security.txt", "/.well-known/openpgp-key.asc"])
def test_it_is_read_only_and_sets_no_cookie(place):
    assert Client().post(place).status_code == 405
    head = Client().head(place)
    assert (head.status_code, head.cookies.output()) == (200, "")


def test_it_is_plain_text_in_utf_8():
    assert Client().get("/.well-known/security.txt")["Content-Type"] == "text/plain; charset=utf-8"
