"""Numbers of cards are found however they are written; what looks alike is not."""

from __future__ import annotations

import random
import sys
from uuid import UUID

import msgspec
import pytest

from seatrobot.kernel import cards

TEST_CARDS = {
    "visa": ["4242424242424242", "4111111111111111", "4012888888881881", "4000056655665556"],
    "visa of 13": ["4222222222222"],
    "mastercard": ["5555555555554444", "2223003122003222", "5200828282828210", "5105105105105100"],
    "american express": ["378282246310005", "371449635398431", "378734493671000"],
    "discover": ["6011111111111117", "6011000990139424", "6445644564456445", "6011981111111113"],
    "diners club": ["30569309025904", "3056930009020004", "36227206271667", "38520000023237"],
    "jcb": ["3566002020360505", "3530111333300000"],
    "unionpay": ["6200000000000005", "6205500000000000004", "6200000000000047"],
    "maestro": ["6759649826438453", "6799990100000000019", "6304000000000000", "5000550000000029"],
    "mir": ["2200000000000004"],
}
EVERY = [number for numbers in TEST_CARDS.values() for number in numbers]
LOOK_ALIKES = [
    "DE89 3704 0044 0532 0130 00",
    "DE89370400440532013000",
    "GB82 WEST 1234 5698 7654 32",
    "FR14 2004 1010 0505 0001 3M02 606",
    "+49 30 1234 5678 9012",
    "+4915112345678901",
    "+1 (415) 555-0132",
    "0049 151 4242 4242",
    "4917612345675",
    "4006381333931",
    "978-3-16-148410-0",
    "424242424242",
    "123e4567-e89b-12d3-a456-426614174000",
    "42424242-4242-4242-4242-424242424242",
    "2026-11-29 20:53:00.123456",
    "1795000000000001",
    "ORD-4242424242424242",
    "order4242424242424242x",
    "https://shop.example/orders/4242424242424242/",
    "4242.4242424242424",
    "4242424242424241",
    "0000000000000000",
    "490154203237518",
    "8949020000000000001",
    "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12",
    "2027-05-01T18:00/2027-05-01T23:00",
    "Table 4, seats 12 14 16 18 20 22",
    "0.4242424242424242",
    "42 42 42 42 42 42 42 42 12 34",
    "+45 42 42 42 42 / +45 42 42 42 42",
    "42 42 42 42, 42 42 42 42",
    "4242424242424242-98765432",
    "4242424242424242@shop.example",
    "x=4&y=2&z=42424242&a=424242",
    "B42424242424242^",
    "a1b2-4242424242424242",
]
FOUR = "4242", "4242", "4242", "4242"


@pytest.mark.parametrize("number", EVERY)
def test_the_cards_of_payment_services_tests_are_found(number):
    assert [number[found.start : found.end] for found in cards.find(number)] == [number]


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_what_looks_alike_is_not(text):
    assert cards.find(text) == []
    assert cards.find(f"Call {text}, please.") == []


@pytest.mark.parametrize(
    "written",
    [
        " ".join(FOUR),
        "-".join(FOUR),
        "\u00a0".join(FOUR),
        "\u2009".join(FOUR),
        "–".join(FOUR),  # noqa: RUF001
        "\u2212".join(FOUR),
        ".".join(FOUR),
        "/".join(FOUR),
        "\n".join(FOUR),
        " - ".join(FOUR),
        "  ".join(FOUR),
        "4242-4242 4242/4242",
        "4242 42424242 4242",
        "42424242 42424242",
        "4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2",
        "\u200b".join("4242424242424242"),
        "4242\u200d42424242\u00ad42424242"[:18],
        "\uff14\uff12" * 8,
        "\u0664\u0662" * 8,
        "\u06f4\u06f2" * 8,
        "\u096a\u0968" * 8,
        "④②" * 8,
        "\u2060424242424242\u20604242",
        "Visa4242424242424242",
        "Visa-4242424242424242",
        "card:4242424242424242",
        "Karte Nr.4242424242424242",
        "(4242 4242 4242 4242)",
        "“4242 4242 4242 4242”",
        "4242424242424242,12/29,123",
        "4242 4242 4242 4242 12/29",
        "4242 4242 4242 4242 exp 12/29 cvc 123",
        "3782 822463 10005",
        "Pay 4242 4242 4242 4242.",
        "4242424242424242/12/29",
        "4242424242424242/1229",
        "4242424242424242-12/2029-123",
        "4242424242424242-123",
        "4242-4242-4242-4242-123",
        "4242-4242-4242-4242 1229 123",
        ";4242424242424242=29121010000012300000?",
        "%B4242424242424242^DOE/JOHN^2912101000001?",
        "B4242 4242 4242 4242^",
        "29.11.2026/4242424242424242",
        "2026-11-29_4242424242424242",
        "1.4242424242424242",
        "12) 4242424242424242",
        "5-4242-4242-4242-4242",
        "https://x.example/?q=4242424242424242",
        "https://x.example/?q=4242424242424242&z=1",
        "card=4242424242424242",
        "+4242424242424242",
        "".join(f"{sign}\ufe0f\u20e3" for sign in "4242424242424242"),
        "\u0332".join("4242424242424242"),
        "\u0336".join("4242424242424242"),
        "\uff0e".join(FOUR),
        "\uff0f".join(FOUR),
        "\uff0c".join(FOUR),
        "\u3001".join(FOUR),
        "\u2027".join(FOUR),
        "\u22c5".join(FOUR),
        "\u30fb".join(FOUR),
        "+".join(FOUR),
        "~".join(FOUR),
        "#".join(FOUR),
        "\\".join(FOUR),
        '"'.join(FOUR),
        "      ".join(FOUR),
        "\t\t\t\t\t\t".join(FOUR),
        "42 42 42 42 42 42 42 42",
        "424 242 424 242 424 2",
        "42424 24242 424242",
        "_4242424242424242_",
    ],
)
def test_however_it_is_written(written):
    assert len(cards.find(written)) == 1
    assert len(cards.find(f"Paid with {written} today")) == 1
    assert "4242424242" not in cards.scrubbed(written).replace(" ", "")


@pytest.mark.parametrize(
    "name",
    [
        "4242424242424242.csv",
        "4242424242424242_guests.csv",
        "guests-4242424242424242.csv",
        "list_4242424242424242 (2).csv",
        "Gäste 4242-4242-4242-4242.xlsx",
        "VIP.4242424242424242.csv",
    ],
)
def test_the_name_of_a_file(name):
    assert len(cards.find_in_name(name)) == 1
    assert not cards.find_in_name("guests_123e4567-e89b-12d3-a456-426614174000.csv")
    assert not cards.find_in_name("guests_2026-11-29_20-53.csv")


def work(function, *arguments) -> int:
    """Return how many steps of Python a call takes."""
    steps = 0

    def step(frame, event, _argument):
        nonlocal steps
        frame.f_trace_opcodes = True
        steps += event == "opcode"
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        function(*arguments)
    finally:
        sys.settrace(before)
    return steps


@pytest.mark.parametrize(
    "part", ["1 ", "4 ", "4-", "42 ", "4111 ", "4242 ", "4" * 40 + " ", "a=4^"]
)
def test_looking_takes_as_long_as_the_text_is(part):
    """Digits with signs between them are what somebody would send to keep a worker busy."""
    signs = 4000
    once = work(cards.find, (part * signs)[:signs])
    assert once < 300 * signs
    assert work(cards.find, (part * signs)[: 2 * signs]) < 2.2 * once + 200


def test_several_are_found_and_cut():
    text = "4242 4242 4242 4242 and 5555-5555-5555-4444"
    assert cards.scrubbed(text) == "424242…4242 and 555555…4444"
    assert cards.scrubbed("nothing 12 of 2026") == "nothing 12 of 2026"


def test_few_random_numbers_and_no_identifiers_are_taken_for_one():
    dice = random.Random(7)
    numbers = [str(dice.randrange(10**15, 10**16)) for _ in range(3000)]
    assert sum(bool(cards.find(number)) for number in numbers) < 0.06 * len(numbers)
    uuids = [str(UUID(int=dice.getrandbits(128))) for _ in range(3000)]
    moments = [str(1_795_000_000_000_000 + dice.randrange(10**12)) for _ in range(3000)]
    assert not [text for text in uuids + moments if cards.find(text)]


class Inner(msgspec.Struct):
    words: list[str] = []
    answers: dict[str, str] = {}


class Person(msgspec.Struct):
    first_name: str = ""
    last_name: str = ""
    notes: str = ""
    inner: Inner = msgspec.field(default_factory=Inner)


def refused(record):
    with pytest.raises(cards.CardNumber) as error:
        cards.refuse_record(record, msgspec.msgpack.encode(record))
    assert "4242" not in error.value.sentence
    return error.value.field


@pytest.mark.parametrize("card", ["4242424242424242", "\u0664\u0662" * 8, "\uff14\uff12" * 8])
def test_a_record_is_refused_with_the_field_and_never_the_number(card):
    assert refused(Person(notes=f"Pays with {card}")) == "notes"
    assert refused(Person(inner=Inner([card]))) == "words"
    assert refused(Person(inner=Inner(answers={"a": card}))) == "answers"
    assert refused(Person(inner=Inner(answers={card: "a"}))) == "answers"
    assert refused(Person("4242 4242", "4242 4242")) == "first_name"
    apart = Person("Ana", notes="42424242", inner=Inner(["42424242"]))  # a phone and a reference
    cards.refuse_record(apart, msgspec.msgpack.encode(apart))
    fine = Person("Ana", "Ärö", "+49 30 1234567890 since 2027-01-01")
    cards.refuse_record(fine, msgspec.msgpack.encode(fine))


def test_a_log_keeps_the_rest():
    cut = cards.cut_record(Person(notes="Pays 4242424242424242", inner=Inner(["4242424242424242"])))
    assert cut == Person(notes="Pays 424242…4242", inner=Inner(["424242…4242"]))
