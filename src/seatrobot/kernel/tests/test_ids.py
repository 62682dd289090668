"""An identifier that somebody else made is one of a thing, or it is refused."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django import forms
from django.urls import get_resolver

from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import GivenIdField, fresh_id, given_id, new_id

NIL = "00000000-0000-0000-0000-000000000000"


class Made(forms.Form):
    thing = GivenIdField(required=False)


def test_an_identifier_of_ours_is_taken():
    identifier = new_id()
    assert given_id(str(identifier)) == identifier
    assert Made({"thing": str(identifier)}).is_valid()


@pytest.mark.parametrize("text", [NIL, NIL.replace("0", "f"), NIL.replace("-", ""), "x"])
def test_what_identifies_nothing_is_refused(text):
    with pytest.raises(ValueError, match=r"nothing|badly formed"):
        given_id(text)
    assert Made({"thing": text}).errors


def at(offset):
    made = new_id().int & ~(((1 << 48) - 1) << 80)
    moment = int((now() + offset).timestamp() * 1000)
    return UUID(int=made | moment << 80)


@pytest.mark.parametrize(
    "ahead", [timedelta(days=40 * 365), timedelta(minutes=1), -timedelta(60), None]
)
def test_a_form_says_no_other_time_than_now(ahead):
    """History looks for who has seen somebody from that time on."""
    identifier = uuid4() if ahead is None else at(ahead)
    with pytest.raises(ValueError, match="not of now"):
        fresh_id(str(identifier))
    assert Made({"thing": str(identifier)}).errors
    assert given_id(str(identifier)) == identifier


def test_a_page_may_have_been_open_for_a_week():
    identifier = at(timedelta(days=-7))
    assert fresh_id(str(identifier)) == identifier
    assert Made({"thing": str(identifier)}).is_valid()


def test_no_form_takes_an_identifier_of_any_kind():
    assert get_resolver().url_patterns, "every form is imported with the views"
    todo = forms.Form.__subclasses__() + forms.ModelForm.__subclasses__()
    seen = set()
    while todo:
        form = todo.pop()
        todo += form.__subclasses__()
        if form.__module__.startswith("seatrobot."):
            seen |= {type(field) for field in form.base_fields.values()}
    assert GivenIdField in seen
    assert forms.UUIDField not in seen
