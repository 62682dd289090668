"""Signs that nobody sees come in by no form."""

import pkgutil
from importlib import import_module

import pytest
from django import forms
from django.core.exceptions import ValidationError

import seatrobot
from seatrobot.kernel.textfields import LineField, TextField

CLEANED_LATER = {
    "GuestForm.new_tags": "each tag is cleaned by itself",
    "ContactForm.emails": "cleaned line by line",
}
NO_WORDS_OF_PEOPLE = {
    "AppForm.code": "digits",
    "AppForm.sealed": "our own",
    "CheckpointForm.checkpoint": "a signed note, compared byte by byte",
    "CredentialsForm.name": "of a key service, tried before it is kept",
    "CredentialsForm.secret": "of a key service, tried before it is kept",
    "HoldForm.address": "of a key, tried before it is kept",
    "HoldForm.name": "of a key service, tried before it is kept",
    "HoldForm.secret": "of a key service, tried before it is kept",
    "HeadForm.head": "a signed note, compared byte by byte",
    "HookForm.url": "an address of a machine",
    "LogForm.guest": "searched, not kept",
    "MakeForm.recipient": "a public key, which must be read as one",
    "WordsForm.words": "the words of a key, not kept",
    "AttestForm.note": "written by staff about themselves",
}


def test_every_text_of_every_form_is_cleaned():
    for module in pkgutil.walk_packages(seatrobot.__path__, "seatrobot."):
        if {"forms", "proof", "views"} & set(module.name.split(".")):
            import_module(module.name)
    plain = {
        f"{form.__name__}.{name}"
        for form in _all(forms.Form)
        if form.__module__.startswith("seatrobot.") and ".tests." not in form.__module__
        for name, field in form.base_fields.items()
        if type(field) is forms.CharField and name != "seen"
    }
    assert plain == CLEANED_LATER.keys() | NO_WORDS_OF_PEOPLE.keys()


def _all(form):
    return {form, *(below for each in form.__subclasses__() for below in _all(each))}


@pytest.mark.parametrize("text", ["\u200b", " \u00ad\u2060 ", "\u200e\ufeff"])
def test_a_line_of_signs_that_nobody_sees_is_empty(text):
    with pytest.raises(ValidationError):
        LineField().clean(text)
    assert LineField(required=False).clean(f"A{text}nn ") == LineField().clean(f"A{text}nn")


def test_text_keeps_its_lines():
    assert TextField().clean("one\u200b\r\n two ") == "one\ntwo"
    assert LineField().clean("one\r\n two ") == "one two"


@pytest.mark.parametrize("field", [LineField(max_length=300), TextField(max_length=300)])
def test_a_text_that_is_far_too_long_is_refused_unread(field, monkeypatch):
    """Reading it takes time, and anybody may send two megabytes to the page for signing in."""

    def read(*_arguments):
        raise AssertionError("it was read")

    monkeypatch.setattr("seatrobot.kernel.cards.find", read)
    with pytest.raises(ValidationError, match="at most 300 characters"):
        field.clean("1 " * 200)
    for name in ("clean_line", "clean_text"):
        monkeypatch.setattr(f"seatrobot.kernel.textfields.{name}", read)
    with pytest.raises(ValidationError, match="at most 300 characters"):
        field.clean("1 " * 2000)
