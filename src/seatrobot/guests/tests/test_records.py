from uuid import UUID

import msgspec
import pytest

from seatrobot.guests.records import LIMITS, GuestRecord
from seatrobot.normalizing import fold, is_email


def test_names_as_said_and_as_looked_up():
    guest = GuestRecord(title="Rep.", first_name="Sanford", last_name="Bishop", suffix="Jr.")
    assert guest.full_name == "Rep. Sanford Bishop Jr."
    assert guest.sort_name == "Bishop, Sanford Jr."
    assert GuestRecord(last_name="Cher").sort_name == "Cher"
    assert GuestRecord().full_name == ""


def test_search_text_has_no_case_and_no_accents():
    guest = GuestRecord(
        first_name="Nguyễn",
        last_name="Łódź",
        company="Straße",
        tags=["VIP"],
        answers={UUID(int=1): "NC"},
    )
    for word in ("nguyen", "lodz", "strasse", "vip", "nc"):
        assert word in guest.search_text


def test_fold_of_many_scripts():
    assert fold("ŒUVRE Ångström ĐẶNG İ") == "oeuvre angstrom dang i"
    assert fold("ΣΊΣΥΦΟΣ") == "σισυφοσ"
    assert fold("ﬁ") == "fi"


def test_a_record_survives_sealing():
    guest = GuestRecord(first_name="Alice", tags=["a"], answers={UUID(int=1): "c"})
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(guest), type=GuestRecord) == guest
    assert len(msgspec.msgpack.encode(GuestRecord())) == 1


@pytest.mark.parametrize("field", LIMITS)
def test_each_field_names_itself_when_too_long(field):
    guest = GuestRecord(**{field: "x" * (LIMITS[field] + 1)})
    (sentence,) = guest.check()
    assert f"at most {LIMITS[field]} are allowed." in sentence


def test_tags_have_limits():
    assert list(GuestRecord(tags=[str(n) for n in range(51)]).check()) == [
        "Tags: 51 tags are given; at most 50 are allowed."
    ]


@pytest.mark.parametrize(
    "text", ["a@b.example", "o'neil+x@mail.b-c.example", "josé@bücher.example"]
)
def test_addresses(text):
    assert is_email(text)


@pytest.mark.parametrize("text", ["a", "a@b", "a b@c.example", "a@b..c", ".a@b.c", "a@-b.example"])
def test_not_addresses(text):
    assert not is_email(text)
