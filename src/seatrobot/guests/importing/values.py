# ruff: noqa: RUF001  words in their own scripts
"""What words in cells mean: replies in many languages, yes and no, and cells without a meaning."""

from __future__ import annotations

import re
from functools import lru_cache

from seatrobot.guests.importing.dates import is_month
from seatrobot.guests.statuses import REPLIES, STATUSES, Reply, Status
from seatrobot.normalizing import clean_line, fold, is_email

TENTATIVE = Reply.TENTATIVE.value

# Folded, with every sign as a space. A word for "no" is listed before any that it contains.
_DECLINED = (
    "no|n|declined|decline|declines|regrets|regret|not attending|not coming|not going|wont come|"
    "won t come|will not attend|will not be attending|wont attend|won t attend|cannot attend|"
    "can t attend|cant attend|cannot come|can t come|cannot make it|can t make it|unable to attend|"
    "unable|does not come|doesn t come|absent|rejected|refused|no thanks|sorry|cancelled|canceled|"
    "false|f|nein|abgesagt|absage|kommt nicht|komme nicht|nimmt nicht teil|verhindert|abgelehnt|"
    "leider nein|leider nicht|storniert|non|refuse|refusee|decline e|ne vient pas|"
    "ne viendra pas|ne participe pas|absente|annule|annulee|rechazado|rechazada|no asiste|"
    "no asistira|no viene|no va|no puede|declinado|ausente|rifiutato|rifiutata|"
    "non viene|non partecipa|non parteciper\u00e0|assente|nao|nao vem|nao vai|recusado|"
    "nee|afgemeld|"
    "afgezegd|komt niet|niet aanwezig|verhinderd|nie|odmowa|odmowil|odmowila|odmowiono|nieobecny|"
    "nieobecna|nie przyjdzie|nej|nei|kommer inte|kommer ikke|avbojt|avslag|takket nei|ei|ei tule|"
    "ne|neprijde|odmitl|odmitla|odmitnuto|nem|nem jon|hayir|gelmiyor|нет|не придет|отказ|отказался|"
    "οχι|nu|nu vine|x no"
)
_CONFIRMED = (
    "yes|y|yep|yeah|sure|accepted|accept|accepts|attending|will attend|attends|coming|will come|"
    "comes|going|confirmed|confirm|confirms|true|t|in|joining|of course|yes please|definitely|"
    "ja|j|zugesagt|zusage|kommt|komme|nimmt teil|bestatigt|angemeldet|dabei|ja gerne|anwesend|"
    "gerne|oui|accepte|acceptee|vient|viendra|present|presente|participe|participera|confirme|"
    "confirmee|si|s|aceptado|aceptada|asiste|asistira|viene|confirmado|confirmada|va|"
    "accettato|accettata|partecipa|confermato|confermata|sim|vem|vai|aceite|aangemeld|"
    "komt|aanwezig|toegezegd|bevestigd|tak|potwierdzone|potwierdzony|potwierdzona|potwierdzil|"
    "potwierdzila|przyjdzie|obecny|obecna|kommer|tackat ja|takket ja|bekreftet|kylla|"
    "tulee|vahvistettu|"
    "ano|prijde|potvrzeno|potvrdil|potvrdila|igen|jon|evet|geliyor|да|придет|подтвержден|"
    "подтверждено|ναι|da|vine|ok|okay|✓|✔|☑|✅|👍|registered|signed up|has confirmed|guest accepted"
)
_OUTSTANDING = (
    "outstanding|invited|no response|no reply|no answer|not answered|not replied|not responded|"
    "not yet|not yet replied|unanswered|awaiting|awaiting reply|awaiting response|"
    "waiting for reply|"
    "needs action|sent|open|not sent|none yet|"
    "eingeladen|offen|ausstehend|keine antwort|keine ruckmeldung|noch offen|unbeantwortet|"
    "noch keine antwort|invite|invitee|en attente|sans reponse|pas de reponse|pas repondu|"
    "invitado|invitada|sin respuesta|sin confirmar|por confirmar|invitato|invitata|in attesa|"
    "nessuna risposta|convidado|convidada|pendente|uitgenodigd|geen antwoord|geen reactie|"
    "zaproszony|zaproszona|brak odpowiedzi|oczekuje|inbjuden|inviteret|invitert|"
    "intet svar|inget svar|"
    "ikke svart|kutsuttu|pozvan|pozvana|bez odpovedi|meghivott|nincs valasz|davetli|cevap yok|"
    "приглашен|приглашена|нет ответа|ожидается|pending|pendiente|in sospeso|oczekujacy"
)
_TENTATIVE = (
    "maybe|tentative|tentatively|perhaps|possibly|probably|unsure|not sure|undecided|"
    "interested|tbc|tbd|to be confirmed|"
    "vielleicht|eventuell|evtl|vorlaufig|unsicher|unter vorbehalt|noch unklar|weiss nicht|"
    "peut etre|incertain|quiza|quizas|tal vez|puede ser|forse|talvez|misschien|moze|byc moze|"
    "kanske|maske|kanskje|ehka|mozna|talan|belki|возможно|может быть|ισως|poate"
)
_WAITLISTED = (
    "waitlisted|waitlist|waiting list|on the waiting list|wait listed|warteliste|auf warteliste|"
    "auf der warteliste|liste d attente|sur liste d attente|lista de espera|en lista de espera|"
    "lista d attesa|in lista d attesa|wachtlijst|op de wachtlijst|lista rezerwowa|vantelista|"
    "venteliste|jonossa|varolista|cekaci listina|varolista|bekleme listesi|лист ожидания"
)
_ATTENDED = "attended|checked in|came|was there|showed up|eingecheckt|war da|gekommen"
_BOUNCED = "bounced|bounce|undeliverable|unzustellbar"
_OTHERS = {
    "held": Status.HELD.value,
    "reserved": Status.HELD.value,
    "reserviert": Status.HELD.value,
    "refunded": "refunded",
    "moved": "moved",
}
_LISTS = (
    (_TENTATIVE, TENTATIVE),
    (_WAITLISTED, "waitlisted"),
    (_ATTENDED, "attended"),
    (_BOUNCED, "bounced"),
    (_OUTSTANDING, "outstanding"),
    (_CONFIRMED, "confirmed"),
    (_DECLINED, "declined"),
)
WORDS = {word: value for words, value in _LISTS for word in words.split("|")} | _OTHERS
"""Word -> a word of STATUSES or REPLIES; the last list wins, so that "no" is never a yes."""

_PLAIN_ANSWERS = frozenset(
    """
    yes no y n ja nein j oui non si s true false t f 1 0 tak nie nej nei nee sim nao da ne ano
    igen nem evet hayir kylla ei да нет ναι οχι
    """.split()  # noqa: SIM905 - a list would be sixty lines
)
_NEGATIONS = frozenset(
    """
    no not nicht kein keine nein non ne pas nie niet nee nao nej nei ikke inte ei nem absage
    abgesagt declined decline regret regrets cannot cant unable wont hayir не нет refus absent
    """.split()  # noqa: SIM905 - a list would be sixty lines
)
_AROUND = frozenset(
    """
    i we he she they am is are will be do does the to thanks thank you please only sorry very much
    unfortunately leider ich wir er sie es wird werde werden an am je nous il elle malheureusement
    helaas desafortunadamente purtroppo
    """.split()  # noqa: SIM905 - a list would be sixty lines
)
_SPEAKS_OF_REPLY = frozenset(
    word
    for word, value in WORDS.items()
    if word not in _PLAIN_ANSWERS and value != "bounced" and len(word) > 3  # noqa: PLR2004
)

_WORD_FILLERS = frozenset(
    """
    n/a na n.a n.a. n/v none nil null nothing no nobody 0 keine keiner kein keines nein
    niemand ohne aucun aucune neant personne ninguno ninguna ningun nadie nada nessuno nessuna
    niente geen niemand ingen inget ingenting brak nikt zadny zadna nikdo nincs senki yok nao
    nenhum nenhuma ninguem ei unknown unbekannt inconnu desconocido sconosciuto onbekend tbd
    tba tbc tbn #n/a #nv #ref! #bezug! #value! #wert! #valeur! #name? #null! (none) (keine)
    (leer) (blank) (empty) <none> <null> n.v. k.a. k.a entfaellt entfallt нет
    """.split()  # noqa: SIM905 - a list would be sixty lines
)
_SIGNS_ONLY = re.compile(r"[\s\-\u2010-\u2015\u2212_./\\?*~#,;:|\u2026\u00b7\u2022\u00d7]*")
_NAME_FILLERS = frozenset({"n/a", "n.a.", "#n/a", "#nv", "#ref!", "#name?", "#value!", "(none)"})
_SIGNS = re.compile(r"[^\w✓✔☑✅👍]+|_")


def is_filler(text: str) -> bool:
    """Whether a cell that is no name says nothing: "-", "n/a", "none", "keine", "0"."""
    if len(text) > 12:  # noqa: PLR2004  none is longer
        return False
    return _SIGNS_ONLY.fullmatch(text) is not None or _folded(text) in _WORD_FILLERS


def is_name_filler(text: str) -> bool:
    """Whether a cell of a name says nothing; people are called No, Null and Na."""
    return _SIGNS_ONLY.fullmatch(text) is not None or _folded(text) in _NAME_FILLERS


_ALONE = frozenset({"x", "single", "solo", "alone", "allein", "einzeln", "seul", "seule"})


def says_alone(text: str) -> bool:
    """Whether a cell for a group says that somebody is in none."""
    return is_filler(text) or _folded(text) in _ALONE


_MAILTO = re.compile(r"\s*mailto:\s*", re.IGNORECASE)
_BRACKETED = re.compile(
    r"(.*?)\s*<\s*(?:mailto:\s*)?([^<>\s]+@[^<>\s]+?)\s*>[\s;,]*", re.IGNORECASE
)


def address_and_name(text: str) -> tuple[str, str]:
    """Return the address of a cell and the name beside it: "Ada One <ada@e.example>"."""
    if bracketed := _BRACKETED.fullmatch(text):
        return bracketed[2], bracketed[1].strip(" '\"\u201c\u201d\u201e")
    return _MAILTO.sub("", text, count=1) if _MAILTO.match(text) else text, ""


_ADDRESS = re.compile(
    r"(?:\"[^\"@]*\"\s*|[^<>@;,|/&\"]*?)<\s*(?:mailto:)?([^<>\s@]+@[^<>\s@]+?)\s*>"
    r"|([^\s<>@;,|/&\"()]+@[\w.-]+)"
)
_BETWEEN_ADDRESSES = re.compile(r"(?:[\s;,|/&+]|\b(?:and|und|et|y|e|or|oder|ou|o)\b)*")


def addresses_in(text: str) -> list[str]:
    """Return the different addresses that a cell holds, which holds nothing else; else nothing."""
    if "@" not in text or not _BETWEEN_ADDRESSES.fullmatch(_ADDRESS.sub(" ", text)):
        return []
    found = [bracketed or bare for bracketed, bare in _ADDRESS.findall(text)]
    different = list({address.casefold(): address for address in reversed(found)}.values())[::-1]
    return different if all(map(is_email, different)) else []


def has_nothing(text: str) -> bool:
    """Whether a cell that is to say something special has only a sign for nothing."""
    return _SIGNS_ONLY.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    return fold(text.strip())


@lru_cache(maxsize=8192)
def key_of(text: str) -> str:
    """Return the word of a status cell as it is looked up and remembered."""
    return fold(clean_line(text))


@lru_cache(maxsize=8192)
def guess_reply(text: str) -> str | None:
    """Return the word of STATUSES or REPLIES that a cell means; None where nobody can tell.

    A phrase with a word for "no" never means that somebody comes; "yes?" and "no?" are tentative.
    """
    meant = _guess_reply(text)
    is_doubtful = meant in {"confirmed", "declined"} and key_of(text).endswith("?")
    return TENTATIVE if is_doubtful else meant


def _guess_reply(text: str) -> str | None:
    word = key_of(text)
    if word in STATUSES or word in REPLIES:
        return word
    word = " ".join(_SIGNS.sub(" ", word).split())
    if not word:
        return None
    if word in WORDS:
        return WORDS[word]
    parts = word.split()
    if any(part in _NEGATIONS for part in parts):
        known = {WORDS.get(part, "") for part in parts if part not in _NEGATIONS | _AROUND}
        return "declined" if known <= {"declined", "confirmed"} else None
    found = {WORDS[part] for part in parts if part in WORDS and part not in {"in", "s", "t", "da"}}
    return found.pop() if len(found) == 1 and len(parts) <= 4 and parts[0] in WORDS else None  # noqa: PLR2004


def speaks_of_reply(text: str) -> bool:
    """Whether a word is about coming, whatever its column is called; yes and no are not."""
    word = " ".join(_SIGNS.sub(" ", key_of(text)).split())
    return word in _SPEAKS_OF_REPLY


def is_yes_or_no(text: str) -> bool:
    """Whether a cell is a plain yes or no."""
    return " ".join(_SIGNS.sub(" ", key_of(text)).split()) in _PLAIN_ANSWERS


def is_plain_answer(text: str) -> bool:
    """Whether a cell is yes or no in letters."""
    return is_yes_or_no(text) and not any(map(str.isdigit, text))


_HOURS = frozenset({"Uhr", "uhr", "h", "am", "pm", "AM", "PM"})
_LETTERS = re.compile(r"[^\W\d_]+")
_COUNT = re.compile(r"\+?\s*(\d{1,4})(?:[.,]0+)?\s*(?:[^\W\d_][^\W\d_.]*\.?)?", re.IGNORECASE)
_AND_COUNT = re.compile(r"(?:yes|ja|oui|si|tak)?\s*[,(]?\s*\+?\s*(\d{1,3})\)?")


def count_in(text: str) -> int | None:
    """Return the number that a cell holds: "2", "+1", "2 Personen", "yes, 2"; None for none.

    A day is none ("2 Jan", as a spreadsheet makes it of 1/2), nor is an hour.
    """
    match = _COUNT.fullmatch(text.strip()) or _AND_COUNT.fullmatch(fold(text.strip()))
    if match is None or any(word in _HOURS or is_month(word) for word in _LETTERS.findall(text)):
        return None
    return int(match[1])
