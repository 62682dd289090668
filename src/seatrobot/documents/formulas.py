"""Texts that a spreadsheet would take for a formula, made harmless and restored.

After OWASP, "CSV Injection": a cell that begins with = + - @, a tab, a carriage return or a line
feed, or a full-width form of those signs, is evaluated by spreadsheets; an apostrophe in front
makes it text. An apostrophe that stood before such a sign already gets one more, so that taking
one away always gives back the original.
"""

import re

_STARTS_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_WAS_PROTECTED = re.compile(r"'+[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def protect(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would evaluate."""
    return f"'{text}" if _STARTS_FORMULA.match(text) else text


def protect_apostrophe(text: str) -> str:
    """Double an apostrophe that `restore` would take for ours; formulas stay as they are."""
    return f"'{text}" if _WAS_PROTECTED.match(text) else text


def starts_formula(text: str) -> bool:
    """Whether a spreadsheet may evaluate this text."""
    return _STARTS_FORMULA.match(text) is not None


def restore(text: str) -> str:
    """Take away the one apostrophe that `protect` put in front."""
    return text[1:] if _WAS_PROTECTED.match(text) else text
