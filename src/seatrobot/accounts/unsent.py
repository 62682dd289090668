"""What a form had sent when its session had ended or its token was old: kept, and given back.

The browser carries it through the pages of signing in, as one hidden field; the server stores
nothing. Afterwards the person sees what they had typed and sends it again, or does not. The field
is encrypted and names the account that typed: whoever signs in next at the same device reads
nothing of it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.forms import BaseForm, BooleanField, Field
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from seatrobot.accounts import limits
from seatrobot.accounts.factors import webauthn
from seatrobot.accounts.forms import SignInForm
from seatrobot.kernel.answers import came_from

FIELD = "unsent"
KEPT_SECONDS = 12 * 3600
"""A page of signing in may wait as long as a working day."""
MOST_CHARACTERS = 500_000
_SECRET = re.compile(r"password|secret|^csrfmiddlewaretoken$|^answer$|(^|_)token$|(^|_)code$")
"""`answer` is that of a passkey; `answer_…` is typed into an own column of a guest list."""
_UNSEEN = re.compile(r"^(seen|do|next|unsent)$|_id$|_shown$|-seen$")


View = Callable[..., HttpResponseBase]


class Unsent(NamedTuple):
    """path: where it was sent. fields: names and values. page: where the form stands.

    files: names of files that were chosen; they are not kept, so nothing is sent without them.
    """

    path: str
    fields: list[tuple[str, str]]
    page: str = "/"
    files: list[str] = []


def kept_from(request: HttpRequest, path: str = "") -> str:
    """Return what a request has sent as text for the hidden field, "" when that is nothing.

    Passwords and codes are left out, and whatever another site has sent, or a browser that has
    never signed in.
    """
    if request.method != "POST" or not _is_from_here(request) or not (who := _typist(request)):
        return ""
    fields = [
        (name, value)
        for name in request.POST
        for value in request.POST.getlist(name)
        if not _SECRET.search(name) and name != FIELD
    ]
    if not any(value for name, value in fields if not _UNSEEN.search(name)):
        return ""
    page = came_from(request)
    files = [file.name for name in request.FILES for file in request.FILES.getlist(name)]
    kept = [path or request.get_full_path(), fields, page, files]
    text = json.dumps(kept, ensure_ascii=False)
    if len(text) > MOST_CHARACTERS:
        return ""
    return _cipher().encrypt(f"{who} {text}".encode()).decode()


def carried(request: HttpRequest) -> str:
    """Return the hidden field of a page of signing in as it was sent, "" if it is another's."""
    text = request.POST.get(FIELD, "")
    return text if text and _is_from_here(request) and read(request, text) else ""


def read(request: HttpRequest, text: str) -> Unsent | None:
    """Return what the text says, None when it leads to no page of ours or is somebody else's."""
    try:
        plain = _cipher().decrypt(text.encode(), ttl=KEPT_SECONDS).decode()
        who, _space, said = plain.partition(" ")
        if len(said) > MOST_CHARACTERS:
            return None
        path, fields, page, files = json.loads(said)
        typed = [(str(name), str(value)) for name, value in fields]
        kept = Unsent(str(path), typed, str(page), [str(name) for name in files])
        json.dumps(kept, ensure_ascii=False).encode()
    except (InvalidToken, ValueError, TypeError, RecursionError):
        return None
    if who != (_signed_in(request) or who):
        return None
    is_ours = all(
        place.startswith("/")
        and place.isprintable()
        and url_has_allowed_host_and_scheme(place, {request.get_host()})
        for place in (kept.path, kept.page)
    )
    return kept if is_ours else None


def read_by(form: type[BaseForm]) -> Callable[[View], View]:
    """Say by which form a view reads what is sent, so that it is given back in the form's words."""

    def mark(view: View) -> View:
        view.read_by = form  # type: ignore[attr-defined]  # read by give_back
        return view

    return mark


def give_back(
    request: HttpRequest,
    text: str,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    was_asked: bool = False,
) -> HttpResponse:
    """Show what was typed, with a button that sends it again.

    was_asked: whether the person had to show that it is them before it could be sent.
    """
    kept = read(request, text)
    assert kept is not None
    fields = _fields_of(kept.path)
    context = {
        "kept": kept,
        "was_asked": was_asked,
        "shown": [
            _in_words(fields.get(name), name, value)
            for name, value in kept.fields
            if value and not _UNSEEN.search(name)
        ],
    }
    return render(request, "accounts/unsent.html", context, status=status)


def sign_in_page(
    request: HttpRequest, text: str, following: str, status: HTTPStatus = HTTPStatus.UNAUTHORIZED
) -> HttpResponse:
    """Ask to sign in on a page that keeps what was typed; without `text` it was itself too old."""
    context: dict[str, Any] = {
        "form": SignInForm(initial={"username": request.POST.get("username", "")}),
        "passkey_origin": webauthn.origin(),
        "next": following,
        "unsent": text,
        "was_too_old": not text,
    }
    return render(request, "accounts/sign_in.html", context, status=status)


def _typist(request: HttpRequest) -> str:
    """Return who typed: whoever is signed in, or was signed in last with this browser."""
    return _signed_in(request) or limits.last_account(request)


def _signed_in(request: HttpRequest) -> str:
    """Return who is signed in to the area of the request, "" if nobody."""
    person = getattr(request, "staff", None) or request.user
    return str(person.pk) if person.is_authenticated else ""


@cache
def _cipher() -> Fernet:
    key = HKDF(SHA256(), length=32, salt=None, info=b"seatrobot unsent forms")
    return Fernet(base64.urlsafe_b64encode(key.derive(settings.SECRET_KEY.encode())))


def _fields_of(path: str) -> Mapping[str, Field]:
    """Return the fields of the form that reads what is sent there, as far as its view says."""
    try:
        view = resolve(urlsplit(path).path).func
    except Resolver404:
        return {}
    form = getattr(view, "read_by", None)
    return form.base_fields if form else {}


def _in_words(field: Field | None, name: str, value: str) -> tuple[str, str]:
    """Return label and value as the form shows them."""
    if field is None or not field.label:
        return _label(name), value
    if isinstance(field, BooleanField):
        return str(field.label), _("Yes")
    choices = {str(key): str(label) for key, label in getattr(field, "choices", ())}
    return str(field.label), choices.get(value, value)


def _label(name: str) -> str:
    plain = name.rpartition("-")[2] if name.startswith("party-") else name
    if re.search(r"[0-9a-f]{32}", plain) or name.startswith(("answer-", "word-")):
        return _("Answer")
    return plain.replace("_", " ").replace("-", " ").capitalize()


def _is_from_here(request: HttpRequest) -> bool:
    """Return whether a page of this site has sent the request, as far as the browser says."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin")
    return site == "same-origin" and (
        origin is None or urlsplit(origin).netloc == request.get_host()
    )
