"""Whether `practices.toml` is right: one clear sentence for each mistake in it.

What the operator writes reaches a file that machines read line by line (security.txt), so no
value may hold a line break or a sign that cannot be seen.
"""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args
from urllib.parse import urlsplit

import msgspec
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from seatrobot.practices.sections import SECTIONS

LONGEST_LINE = 300
LONGEST_TEXT = 20_000
PROMISES = {"promise", "promises", "sentence", "sentences", "measures", *(s.id for s in SECTIONS)}
"""Keys that would try to change a promise."""
UNSEEN = {"Cc", "Zl", "Zp"}
TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that turn the direction of text, so that it reads otherwise than it is."""
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*", re.ASCII)
HOST = re.compile(r"[A-Za-z0-9.\-]+|\[[0-9A-Fa-f:.]+\]", re.ASCII)


def mistakes(text: str, kind: type[msgspec.Struct]) -> list[str]:
    """Return a sentence for each mistake in the text of a profile of that kind."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return [_("The file is not TOML: %s.") % error]
    touched = sorted(key for key in values if key.partition(".")[0] in PROMISES)
    refused = [
        _("The sentences that code keeps cannot be changed here: remove “%s”.") % key
        for key in touched
    ]
    rest = {key: value for key, value in values.items() if key not in touched}
    return refused + list(_in_table(rest, kind, ""))


def _in_table(values: Mapping[str, Any], kind: type[msgspec.Struct], where: str) -> Iterator[str]:
    """Yield mistakes of a table; where: `providers[1].`, or empty for the file itself."""
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    for key in (key for key in values if key not in fields):
        yield _unknown(where, key, list(fields))
    for name, field in fields.items():
        if name not in values:
            if field.required:
                yield _("“%s” is missing.") % f"{where}{name}"
        elif inner := get_args(field.type):
            yield from _in_tables(values[name], inner[0], f"{where}{name}")
        else:
            yield from _in_value(values[name], f"{where}{name}", name)


def _in_tables(tables: object, kind: type[msgspec.Struct], where: str) -> Iterator[str]:
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        yield _("“%(key)s” must be tables, each under its own line [[%(key)s]].") % {"key": where}
        return
    for number, table in enumerate(tables, 1):
        yield from _in_table(table, kind, f"{where}[{number}].")


def _in_value(value: object, where: str, name: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield _("“%s” must be text in quotes.") % where
    elif not value.strip():
        yield _("“%s” is empty; remove it or give it a value.") % where
    elif wrong := _unreadable(value, name) or CHECKS.get(name, _anything)(value):
        yield _("“%(key)s” %(wrong)s") % {"key": where, "wrong": wrong}


def _unknown(where: str, key: str, known: list[str]) -> str:
    if near := difflib.get_close_matches(key, known, 1):
        words = {"key": f"{where}{key}", "near": near[0]}
        return _("There is no key “%(key)s”; did you mean “%(near)s”?") % words
    words = {"key": f"{where}{key}", "known": ", ".join(known)}
    return _("There is no key “%(key)s”; the keys are %(known)s.") % words


def _unreadable(value: str, name: str) -> str:
    is_text = name == "text"
    allowed = "\n\t" if is_text else ""
    if any(unicodedata.category(sign) in UNSEEN and sign not in allowed for sign in value):
        return _("holds a line break or another sign that cannot be seen.")
    if TURNING & set(value):
        return _("holds a sign that turns the direction of text.")
    longest = LONGEST_TEXT if is_text else LONGEST_LINE
    return "" if len(value) <= longest else _("is longer than %d signs.") % longest


def _anything(_value: str) -> str:
    return ""


def _email(value: str) -> str:
    try:
        validate_email(value)
    except ValidationError:
        return _("is no e-mail address.")
    return ""


def _secure_url(value: str) -> str:
    return (
        "" if _is_url(value, {"https"}) else _("must be a web address that begins with https://.")
    )


def _languages(value: str) -> str:
    tags = [tag.strip() for tag in value.split(",")]
    right = all(LANGUAGE.fullmatch(tag) for tag in tags)
    return "" if right else _("must be languages with commas between them, as in “en, de”.")


def _is_url(value: str, schemes: set[str]) -> bool:
    """Whether it is a web address in ASCII, without signs that no address may hold."""
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
        parts.port  # noqa: B018  raises when it is no number
    except ValueError:
        return False
    if not value.isascii() or re.search(r"[\s<>\"{}|\\^`]", value):
        return False
    host = f"[{host}]" if ":" in host else host
    return parts.scheme in schemes and bool(HOST.fullmatch(host)) and "@" not in parts.netloc


CHECKS: dict[str, Callable[[str], str]] = {
    "email": _email,
    "url": _secure_url,
    "policy_url": _secure_url,
    "thanks_url": _secure_url,
    "languages": _languages,
}
"""What else a key's value must be; each returns the rest of the sentence, or nothing."""
