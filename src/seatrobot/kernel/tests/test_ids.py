"""An identifier that somebody else made is one of a thing, or it is refused."""

import pytest
from django import forms
from django.urls import get_resolver

from seatrobot.kernel.ids import GivenIdField, given_id, new_id

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
