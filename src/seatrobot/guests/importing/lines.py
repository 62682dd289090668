# ruff: noqa: RUF001  words in their own scripts
"""Rows of a list that are no guests, and names that stand for somebody who is not named yet."""

from __future__ import annotations

import re
from functools import lru_cache

from seatrobot.guests.records import GuestRecord
from seatrobot.normalizing import fold

_TOTALS = frozenset(
    """
    total totals totale totaal sum summe gesamt gesamtsumme insgesamt somme suma celkem razem
    subtotal zwischensumme anzahl count yhteensa toplam osszesen итого всего
    """.split()  # noqa: SIM905 - a list would be sixty lines
)
_COUNTED = _TOTALS | frozenset(
    """
    guests guest gaste people persons personen places platze personnes invites of der general
    number all rows confirmed declined attending zusagen absagen adults erwachsene kinder children
    pax seats ospiti invitados personas gasten osob gosci
    """.split()  # noqa: SIM905 - a list would be sixty lines
)
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_HEADING = re.compile(
    r"(?:tisch|table|tavolo|mesa|stol|tafel|bord|poyta|asztal|masa|laud|galds|stalas|miza|стол|"
    r"τραπεζι|gruppe|group|groupe|grupo|gruppo|groep|grupa|reihe|row|rang|fila|rzad|block|bloque|"
    r"team|raum|room|saal|bus|abschnitt|section|sektion|seite|page|pagina|strona|blatt|sheet)"
    r"\s*(?:nr|no|num|numero|n)?[\s.:#°º]*(?:\d+\w?|[a-z])(?:\W.*)?"
    r"|(?:stand|printed|gedruckt|erstellt|created|updated|aktualisiert|as of|exported|imprime|"
    r"stampato|impreso)\b.*\d.*"
    r"|[-=*_~#]{2,}.*|.*:",
)
_NOBODY_WORDS = (
    "n n|nn|nomen nominandum|nomen nescio|tbd|t b d|tba|t b a|tbc|t b c|tbn|to be announced|"
    "to be confirmed|to be determined|to be decided|to be named|to be defined|to be advised|"
    "name to follow|name follows|name tbd|name tba|name tbc|guest tbd|guest tba|"
    "name folgt|namen folgen|name folgt noch|folgt|wird nachgereicht|wird noch benannt|"
    "noch offen|noch unbekannt|name unbekannt|unbekannt|unknown|unknown guest|a confirmer|"
    "a definir|a preciser|nom a confirmer|inconnu|inconnue|por confirmar|por definir|"
    "por determinar|desconocido|a confirmar|da confermare|da definire|da definirsi|"
    "sconosciuto|nader te bepalen|nog te bepalen|ntb|n t b|onbekend|do ustalenia|"
    "do potwierdzenia|nieznany|meddelas senare|bude upresneno|belirlenecek|не определен|"
    "уточняется|begleitung|begleitperson|begleiter|begleiterin|plus one|plusone|plus 1|"
    "companion|accompagnant|accompagnante|accompagnateur|accompagnatrice|acompanante|"
    "acompanhante|accompagnatore|osoba towarzyszaca|doprovod|introducee|ledsager|ledsagare|"
    "seuralainen|kisero|placeholder|platzhalter|reserved|reserviert|reservado|riservato"
)
_NOBODY = frozenset(_NOBODY_WORDS.split("|"))
_PERHAPS_NOBODY = frozenset(
    """
    guest gast invite invitee invitado invitada ospite gosc partner partnerin spouse wife husband
    ehefrau ehemann
    """.split()  # noqa: SIM905 - a list would be sixty lines
)
"""Words that are names, too, where more than them is said of somebody."""
_HOSTED = re.compile(
    r"(?:(?:the|a|one|1)\s+)?(?:guests?|plus[\s-]?one|\+\s*1|companion|partner|spouse|wife|husband|"
    r"date|child|son|daughter|friend)\s+(?:of|for)\s+(?P<en>.+)"
    r"|(?:(?:ein|eine|1)\s+)?(?:gast|gaste|begleit\w*|partner(?:in)?|ehefrau|ehemann|gattin|gatte|"
    r"kind|sohn|tochter|freund(?:in)?|\+\s*1|plus\s?1)\s+(?:von|vom|fur|des|der)\s+(?P<de>.+)"
    r"|(?:(?:un|une|1)\s+)?(?:invitee?|accompagnant\w*|accompagnat\w+|conjointe?|epouse|epoux|mari|"
    r"femme|enfant|compagnon|compagne|\+\s*1)\s+(?:de\s+|du\s+|d['’]\s*|pour\s+)(?P<fr>.+)"
    r"|(?:invitad[oa]|acompanante|acompanhante|convidad[oa]|espos[oa]|pareja|hij[oa]|\+\s*1)"
    r"\s+(?:de|del|do|da|para)\s+(?P<es>.+)"
    r"|(?:ospite|accompagnat\w+|moglie|marito|compagn[oa]|figli[oa]|\+\s*1)\s+(?:di|del|della|per)"
    r"\s+(?P<it>.+)"
    r"|(?:gast|introducee?|partner|begeleid\w+)\s+van\s+(?P<nl>.+)"
    r"|(?:gast|gjest|ledsag\w+|folje|sallskap)\s+(?:till|til|av|af)\s+(?P<sv>.+)"
    r"|osoba towarzyszaca\s+(?:dla\s+|od\s+)?(?P<pl>.+)|(?:гость|спутник|спутница)\s+(?P<ru>.+)"
    r"|(?P<s>.+?)['’]s?\s+(?:guest|plus[\s-]?one|\+\s*1|companion|partner|spouse|wife|husband|date)",
)
_SIGNS = re.compile(r"[\W_]+")
_PLUS_ONE = re.compile(r"\(?\s*\+\s*1\s*\)?")
_NUMBERED = re.compile(r"(.*\S)\s\d{1,3}")


def is_total(record: GuestRecord) -> bool:
    """Whether a row is a line of totals rather than a guest."""
    if record.email or record.reference or not record.is_named:
        return False
    name = fold(f"{record.first_name} {record.last_name}")
    words = _NOT_LETTERS.sub(" ", name).split()
    if not words:
        return any(map(str.isdigit, name))
    return not _TOTALS.isdisjoint(words) and _COUNTED.issuperset(words)


def is_heading(record: GuestRecord) -> bool:
    """Whether a row heads the rows below it, or is a remark: "Table 2: Press", "As of 3 May"."""
    if record.email or record.phone or record.reference or not record.is_named:
        return False
    return _HEADING.fullmatch(fold(f"{record.first_name} {record.last_name}".strip())) is not None


@lru_cache(maxsize=8192)
def placeholder(name: str, *, is_alone: bool = True) -> str | None:
    """Return whose guest a name without a person stands for, "" for nobody's; None for a name.

    "Guest of Max Maier" stands for his guest, "N.N." and "Guest 2" for somebody. is_alone: nothing
    else is said of the person.
    """
    text = fold(name).strip()
    if hosted := _HOSTED.fullmatch(text):
        start, end = hosted.span(hosted.lastgroup or 0)
        return (
            name.strip()[start:end] if len(name.strip()) == len(text) else text[start:end]
        ) or ""
    if _PLUS_ONE.fullmatch(text):
        return ""
    words = _SIGNS.sub(" ", text).strip()
    if words == "n n" and not re.search(r"n\s*[./]\s*n", text):
        return None  # the initials of somebody
    plain = numbered[1] if (numbered := _NUMBERED.fullmatch(words)) else words
    is_nobody = words in _NOBODY or plain in _NOBODY
    return "" if is_nobody or (is_alone and plain in _PERHAPS_NOBODY) else None
