"""vCards of many programs are read, bad ones too, and what is written comes back."""

import pytest

from seatrobot.contacts.vcard import (
    FOLD,
    MOST_CARDS,
    UnreadableCards,
    looks_like_cards,
    read_cards,
    write_cards,
)
from seatrobot.kernel.ids import new_id


def one(*lines, end="\r\n"):
    data = end.join(["BEGIN:VCARD", *lines, "END:VCARD", ""])
    (card,) = read_cards(data.encode() if isinstance(data, str) else data)
    return card


def test_a_card_of_version_4():
    card = one(
        "VERSION:4.0",
        "FN:Dr. Ana Žižek",
        r"N:Žižek;Ana;Maria\, Luisa;Dr.;MdB",
        r"ORG:Öl\; Gas AG;Board",
        'TEL;VALUE=uri;TYPE="voice,cell":tel:+49-30-12;ext=5',
        "EMAIL;PREF=2:second@x.example",
        "item1.EMAIL;PREF=1;TYPE=work:mailto:first@x.example",
        r"NOTE:One\nTwo\, three",
        r"CATEGORIES:VIP,Press\, Radio",
        "LANG;PREF=1:de",
    )
    assert (card.last_name, card.first_name) == ("Žižek", "Ana Maria, Luisa")
    assert (card.title, card.suffix, card.full_name) == ("Dr.", "MdB", "Dr. Ana Žižek")
    assert card.company == "Öl; Gas AG, Board"
    assert card.phone == "+49-30-12"
    assert card.emails == ["first@x.example", "second@x.example"]
    assert card.notes == "One\nTwo, three"
    assert card.tags == ["VIP", "Press, Radio"]
    assert card.language == "de"
    assert not card.problems


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_folded_lines_are_one_whatever_ends_them(end):
    card = one("VERSION:3.0", "FN:A very ", " long na", "\tme", end=end)
    assert card.full_name == "A very long name"


def test_a_card_of_version_21_in_quoted_printable_and_another_charset():
    lines = [
        b"begin:vcard",
        b"VERSION:2.1",
        b"N;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FCller;J=F6rg",
        b"FN;QUOTED-PRINTABLE;CHARSET=UTF-8:J=C3=B6rg =",
        b"M=C3=BCller",
        b"EMAIL;INTERNET;PREF:j@x.example",
        b"PHOTO;JPEG;ENCODING=BASE64:",
        b" /9j/4AAQSkZJRgABAQAAAQABAAD/",
        b" EMAIL:no@x.example",
        b"",
        b"NOTE;CHARSET=nonsense:caf\xe9",
        b"end:vcard",
    ]
    (card,) = read_cards(b"\r\n".join(lines))
    assert (card.last_name, card.first_name, card.full_name) == ("Müller", "Jörg", "Jörg Müller")
    assert card.emails == ["j@x.example"]
    assert card.notes == "café"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_marks_at_the_beginning_say_the_encoding(encoding):
    data = "BEGIN:VCARD\r\nFN:Łukasz\r\nEND:VCARD\r\n".encode(encoding)
    assert looks_like_cards(data)
    assert [card.full_name for card in read_cards(data)] == ["Łukasz"]


def test_what_is_broken_spoils_no_other_card():
    data = (
        b"rubbish before\r\n"
        b"BEGIN:VCARD\r\nno colon here\r\n"
        b'FN\r\nFN;X="a:b:Quoted\r\n:\r\n;;;:\r\nFN:One\r\nEND:VCARD\r\n'
        b"between\r\nEND:VCARD\r\n"
        b"BEGIN:VCARD\r\nKIND:group\r\nFN:Everybody\r\nEND:VCARD\r\n"
        b"BEGIN:VCARD\r\nFN:Two\r\nAGENT:\r\nBEGIN:VCARD\r\nFN:Agent\r\nEND:VCARD\r\n"
        b"EMAIL:two@x.example\r\nEND:VCARD\r\n"
        b"BEGIN:VCARD\r\nFN:Three\\\r\nN:;;\\;;;;;;;;;\r\nEMAIL: \r\n"
    )
    cards = list(read_cards(data))
    assert [card.full_name for card in cards] == ["One", "Everybody", "Two", "Three\\"]
    assert [card.is_person for card in cards] == [True, False, True, True]
    assert cards[2].emails == ["two@x.example"]
    assert cards[3].problems == ["The file ends in the middle of this card."]


def test_a_large_picture_is_passed_over():
    picture = "\r\n ".join(["PHOTO;ENCODING=b:"] + ["A" * 76] * 50_000)
    card = one("VERSION:3.0", "FN:Big", picture, "NOTE:" + "x" * 200_000)
    assert card.full_name == "Big"
    assert len(card.notes) == 100_000


@pytest.mark.parametrize("data", [b"", b"nothing", b"END:VCARD", b"\xff\xfe"])
def test_a_file_without_cards_is_refused(data):
    with pytest.raises(UnreadableCards, match="holds no vCard"):
        list(read_cards(data))


def test_too_many_cards_are_refused():
    with pytest.raises(UnreadableCards, match="more than"):
        for _card in read_cards(b"BEGIN:VCARD\nEND:VCARD\n" * (MOST_CARDS + 1)):
            pass


def test_what_is_written_comes_back():
    said = {
        "title": "Dr.",
        "first_name": "Ana; Maria, Luisa",
        "last_name": "Žižek\\王",
        "suffix": "Jr.",
        "company": "Öl; Gas, AG",
        "phone": "+49 30 12",
        "language": "de",
        "notes": "One\nBEGIN:VCARD\nTwo, " + "ß" * 200,
    }
    emails, tags = ["a@x.example", "b@x.example"], ["VIP", "Press, Radio"]
    data = write_cards([(new_id(), said, emails, tags), (new_id(), {**said, "notes": ""}, [], [])])
    assert all(len(line) <= FOLD for line in data.split(b"\r\n"))
    card, other = read_cards(data)
    assert {name: getattr(card, name) for name in said} == said
    assert (card.emails, card.tags) == (emails, tags)
    assert (other.notes, other.emails, other.problems) == ("", [], [])
