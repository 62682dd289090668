"""Everything a guest reads is there in German too, and no sentence is glued from parts."""

from __future__ import annotations

import importlib.util
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation
from django.utils.html import escape

from seatrobot.conftest import as_
from seatrobot.kernel.clock import now
from seatrobot.replies import language
from seatrobot.replies.models import Page, PageRecord

TOOL = Path(__file__).parents[4] / "tools" / "messages.py"
PLACEHOLDER = re.compile(r"%\(\w+\)s")
FRAGMENT = re.compile(r"^[\s,.;:)]|[\s,(]$|^(and|or|of|to|by|from|until|with|for) ")


@pytest.fixture(scope="module")
def messages():
    spec = importlib.util.spec_from_file_location("messages_tool", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def texts(message):
    return (message,) if isinstance(message, str) else tuple(message)


def placeholders(text):
    return sorted(PLACEHOLDER.findall(text))


OTHERS = [tag for tag in language.LANGUAGES if tag != language.USUAL]


@pytest.mark.parametrize("tag", OTHERS)
def test_nothing_is_missing_and_nothing_is_left_over(messages, tag):
    wanted = {message.id for message in messages.sentences("replies") if message.id}
    known = {message.id: message for message in messages.read("replies", tag) if message.id}
    assert wanted == known.keys()
    assert not [message.id for message in known.values() if message.fuzzy]
    for message in known.values():
        assert all(texts(message.string)), f"{message.id} has no translation"
        both = zip(texts(message.id), texts(message.string), strict=True)
        assert all(placeholders(one) == placeholders(other) for one, other in both), message.id


def test_no_sentence_is_glued_from_parts(messages):
    glued = [
        text
        for message in messages.sentences("replies")
        if message.id
        for text in texts(message.id)
        if FRAGMENT.search(text)
    ]
    assert not glued


@pytest.mark.parametrize("tag", OTHERS)
def test_what_is_compiled_is_what_is_written(messages, tag):
    compiled = messages.catalogue("replies", tag).with_suffix(".mo")
    assert compiled.read_bytes() == messages.compiled("replies", tag)


@pytest.mark.parametrize(
    ("accepts", "party", "asked", "shown"),
    [
        ("de-AT,en;q=0.5", "", "", "de"),
        ("fr,de;q=0.4", "", "", "de"),
        ("fr", "", "", "en"),
        ("en", "de-CH", "", "de"),
        ("de", "", "en", "en"),
        ("*", "", "xx", "en"),
    ],
)
def test_whose_language_a_page_is_in(accepts, party, asked, shown, invite, link):
    path = link(invite("Alma Adams", language=party))
    client = Client(headers={"Accept-Language": accepts})
    page = client.get(path, {"lang": asked} if asked else {}).content.decode()
    assert f'<html lang="{shown}">' in page
    assert ("Kommen Sie?" in page) == (shown == "de")
    assert translation.get_language() == "en"


def test_a_german_page_has_no_english_sentence(
    messages, slowly, invite, link, guests_of, alice, dinner
):
    """Every page that a link opens, also when something is wrong, searched for English."""
    with as_(alice):
        page = Page.objects.create(
            organization_id=alice.organization_id, event=dinner, sealed=PageRecord()
        )
    party = invite("Alma Adams", held=1, places=4)
    path, client = link(party), Client(headers={"Accept-Language": "de"})
    alma, held = guests_of(party)
    said = {f"comes_{alma.pk.hex}": "yes", f"comes_{held.pk.hex}": "yes"}
    pages = [client.get(path), client.post(path), client.get(f"{path}data/")]
    hidden = dict(
        re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', pages[0].content.decode())
    )
    review = client.post(path, hidden | said)
    assert b'name="mine"' in review.content
    pages += [review, client.get(f"{path}code/"), client.post(f"{path}assistant/")]
    pages += [Client(headers={"Accept-Language": "de"}).get("/i/wrong/")]
    with as_(alice):
        page.reply_by = now() - timedelta(days=1)
        page.save()
    pages.append(client.get(path))
    german = {
        message.id: message.string
        for message in messages.read("replies", "de")
        if isinstance(message.id, str) and len(message.id) > len("Language") and " " in message.id
    }
    for each in pages:
        text = each.content.decode()
        found = [
            english
            for english, said_so in german.items()
            if not PLACEHOLDER.search(english) and escape(english) in text and english != said_so
        ]
        assert not found, found
