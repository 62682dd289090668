"""Which headings mean which field, in the languages that guest lists come in."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from seatrobot.normalizing import fold


class Target(StrEnum):
    """Where the cells of one column go."""

    TITLE = "title"
    FIRST_NAME = "first_name"
    MIDDLE_NAME = "middle_name"
    LAST_NAME = "last_name"
    SUFFIX = "suffix"
    EMAIL = "email"
    DELIVERY_EMAIL = "delivery_email"
    PHONE = "phone"
    COMPANY = "company"
    TAGS = "tags"
    NOTES = "notes"
    REFERENCE = "reference"
    IDENTIFIER = "identifier"
    FULL_NAME = "full_name"
    STATUS = "status"
    REPLY = "reply"
    DELIVERY = "delivery"
    MONEY = "money"
    ARRIVED = "arrived"
    GROUP = "group"
    HOST = "host"
    PLUS_ONE = "plus_one"
    PEOPLE = "people"
    NEW = "new"
    SPECIAL = "special"
    IGNORE = "ignore"


# Folded, with every sign as a space. "Party" alone is a political party, not a group of guests.
_WORDS = {
    Target.TITLE: "title|salutation|prefix|name prefix|honorific|courtesy title|anrede|titel|"
    "civilite|titre|tratamiento|titulo|titolo|aanhef|akademischer titel|tytul|titul|unvan|"
    "обращение|титул|tiltale|titulek",
    Target.FIRST_NAME: "first name|first|given name|given names|forename|firstname|fname|vorname|"
    "vornamen|prenom|prenoms|nombres|primer nombre|nome proprio|primeiro nome|voornaam|imie|"
    "imiona|fornavn|fornamn|etunimi|keresztnev|utonev|jmeno|krestni jmeno|meno|ime|prenume|ad|"
    "имя|ονομα|rufname|first names|given|isim|"
    "nombre de pila|nom de pila|prenom usuel|first and middle name|vardas|vards|eesnimi|"
    "nome de batismo|име|ім я|keresztneve|firstnames",
    Target.MIDDLE_NAME: "middle name|middle names|middle|second name|middle initial|"
    "zweiter vorname|"
    "deuxieme prenom|segundo nombre|secondo nome|drugie imie|отчество|tussenvoegsel",
    Target.LAST_NAME: "last name|last|surname|family name|lastname|lname|nachname|familienname|"
    "zuname|nom de famille|apellido|apellidos|cognome|sobrenome|apelido|achternaam|nazwisko|"
    "etternavn|efternavn|efternamn|sukunimi|vezeteknev|csaladnev|prijmeni|priezvisko|prezime|"
    "priimek|nume de familie|soyad|soyadi|soyisim|soy isim|soy ad|pavarde|uzvards|"
    "perekonnanimi|familja|прізвище|фамилия|επωνυμο|last names",
    Target.SUFFIX: "suffix|name suffix|namenszusatz|suffixe|sufijo",
    Target.EMAIL: "email|e mail|mail|email address|e mail address|mail address|emailaddress|"
    "primary email|work email|e mail adresse|email adresse|mailadresse|courriel|"
    "adresse e mail|adresse email|adresse mail|correo|correo electronico|posta elettronica|"
    "indirizzo email|e mailadres|emailadres|adres e mail|adres email|e post|epost|e postadress|"
    "sahkoposti|e mail cim|email cim|e posta|eposta|почта|электронная почта|email personal|"
    "personal email|private email|emails|e mails|e mail 1 value|email 1|e mail 1",
    Target.DELIVERY_EMAIL: "mail goes to|send mail to|assistant email|"
    "assistant e mail|assistants email|"
    "assistant s e mail|e mail of the assistant|delivery email|delivery address|mail to|"
    "pa email|ea email|e mail assistenz|courriel de l assistant",
    Target.PHONE: "phone|phone number|telephone|telephone number|tel|mobile|mobile phone|"
    "mobile number|cell|cell phone|cellphone|phone mobile|telefon|telefonnummer|handy|"
    "handynummer|mobil|mobilnummer|mobiltelefon|portable|numero de telephone|telefono|movil|"
    "celular|cellulare|telefoon|telefoonnummer|telefone|numer telefonu|puhelin|telefonszam|"
    "телефон|τηλεφωνο|phone 1 value|phone 1|tel no|phone no|contact number",
    Target.COMPANY: "company|company name|organisation|organization|organisation name|"
    "organization name|employer|affiliation|institution|firma|unternehmen|societe|entreprise|"
    "organisme|empresa|organizacion|azienda|organizzazione|bedrijf|organisatie|empresa nome|"
    "ceg|yritys|foretag|virksomhed|spolecnost|компания|организация|firmenname|institut",
    Target.TAGS: "tags|tag|labels|label|categories|category|schlagworte|schlagworter|kategorie|"
    "kategorien|etiquettes|etiquetas|etichette",
    Target.NOTES: "notes|note|comments|comment|remarks|remark|notizen|notiz|bemerkung|"
    "bemerkungen|anmerkung|anmerkungen|remarque|remarques|commentaire|commentaires|notas|"
    "comentarios|observaciones|osservazioni|opmerkingen|uwagi|poznamka|megjegyzes|kommentar",
    Target.REFERENCE: "reference|ref|reference number|id|guest id|contact id|member id|person id|"
    "external id|referenz|kennung|referencia|riferimento|referentie",
    Target.IDENTIFIER: "seatrobot id",
    Target.FULL_NAME: "full name|fullname|guest name|guest|attendee|attendee name|invitee|"
    "display name|vollstandiger name|vor und nachname|name und vorname|vorname und name|"
    "vorname nachname|vorname name|nachname vorname|name vorname|first and last name|"
    "first last|last first|nom complet|nom et prenom|nom prenom|prenom nom|prenom et nom|invite|"
    "nombre completo|nombre y apellidos|nombre y apellido|nome completo|nome e cognome|"
    "cognome e nome|volledige naam|gast|gaste|gastname|name des gastes|participant|"
    "participant name|teilnehmer|teilnehmerin|teilnehmer in|person|imie i nazwisko|"
    "isim soyisim|adi soyadi|ad ve soyad|isim soy isim|"
    "nazwisko i imie|jmeno a prijmeni|ad soyad|фио|invitado|ospite|guests|"
    "names of guests|gosc|goscie|attendees|participants|invitees|invites|invitados|"
    "asistentes|ospiti|partecipanti|convidados|gasten|deelnemers|gaster|gjester|deltagere|deltagare|"
    "vieraat|vendegek|misafirler|гости",
    Target.STATUS: "status|guest status|invitation status|statut|estado|stato|stav|stan",
    Target.REPLY: "reply|answer|response|rsvp|rsvp status|rsvp response|rsvp reply|antwort|zusage|"
    "zu absage|zusage absage|ruckmeldung|reponse|respuesta|risposta|antwoord|attending|attendance|"
    "attendance status|will attend|will you attend|are you attending|are you coming|is coming|"
    "coming|comes|kommt|kommst du|kommen sie|teilnahme|nimmt teil|nehmen sie teil|dabei|"
    "anwesend|presence|present|presenza|presente|assistance|asiste|asistencia|asistira|"
    "participation|participe|participera|participera t il|partecipa|partecipazione|vient|viene|"
    "komt|aanwezig|aanwezigheid|deltar|kommer|odpowiedz|obecnosc|uczestnictwo|ucast|"
    "potwierdzenie|potvrzeni|katilim|katiliyor|osallistuu|reszvetel|visszajelzes|ответ|участие|"
    "confirmed|confirmation|bestatigung|bestatigt|confirmacion|conferma|accepted|declined|"
    "attendee status|registration status|status rsvp|zugesagt|response status|answered",
    Target.DELIVERY: "mail delivery|delivery of mail",
    Target.MONEY: "payment|payment status",
    Target.ARRIVED: "checked in at|checked in|check in time|arrived at",
    Target.GROUP: "group|group id|group number|group name|party id|party number|party group|"
    "party name|household|household id|household name|link number|link no|linked with|couple|"
    "booking|booking number|gruppe|haushalt|familie|family|family group|groupe|foyer|grupo|gruppo|"
    "groep|hogar|famiglia|huishouden|familia|famille|familien|familias|familles|families|"
    "familjen|familj|gezin|menage|nucleo familiare|agregado familiar|csalad|perhe|aile|hane|"
    "rodina|obitelj|семья|οικογενεια|haushalts id|haushaltsnummer|family id|party no|couple id|"
    "reisegruppe|gospodarstwo|rodzina|domacnost|haztartas|hushall|husholdning",
    Target.HOST: "guest of|host|host name|plus one of|plus 1 of|invited by|accompanies|"
    "accompanying|gast von|begleitung von|begleitperson von|gastgeber|invite de|accompagne|"
    "invitado de|acompanante de|ospite di|accompagnatore di|gast van|companion of|"
    "partner of|partner von|spouse of",
    Target.PLUS_ONE: "plus one|plus ones|plus 1|plusone|1|plus one name|plus 1 name|"
    "name of plus one|companion|companions|guest name 2|partner name|spouse|"
    "spouse name|brings a guest|bringing a guest|bring a guest|additional guest|"
    "additional guests|extra guest|extra guests|begleitung|begleitperson|begleitpersonen|"
    "begleiter|name der begleitung|name der begleitperson|mit begleitung|"
    "accompagnant|accompagnants|accompagne par|acompanante|acompanantes|accompagnatore|"
    "accompagnatori|osoba towarzyszaca|osoby towarzyszace|doprovod|introducee|metgezel|"
    "ledsager|folje|ledsagare|seuralainen|acompanhante|acompanhantes|kisero|eslik eden",
    Target.PEOPLE: "number of guests|no of guests|number of people|number of persons|"
    "number of attendees|number attending|guests count|guest count|count|headcount|head count|"
    "party size|people|persons|pax|seats|number of seats|how many|anzahl|anzahl personen|"
    "personenzahl|anzahl gaste|anzahl der personen|anzahl der gaste|anzahl teilnehmer|personen|"
    "plaetze|platze|anzahl platze|nombre de personnes|nombre d invites|nb personnes|"
    "nb de personnes|"
    "nombre de places|numero de personas|numero de invitados|numero di persone|numero persone|"
    "numero ospiti|of guests|of people|of attendees|of persons|"
    "aantal|aantal personen|aantal gasten|liczba osob|liczba gosci|pocet osob|"
    "antal|antal personer|antal gaster|numero de pessoas|kisi sayisi|letszam|количество",
}
PLURAL = frozenset(
    """
    guests attendees participants invitees gaste teilnehmer invites participants invitados
    asistentes ospiti partecipanti convidados gasten deelnemers goscie hoste gaster gjester
    deltagere deltagare vieraat vendegek misafirler гости
    """.split()  # noqa: SIM905 - a list would be sixty lines
)
"""Headings of whole names that count people where numbers stand below them."""
TARGETS = {word: target for target, words in _WORDS.items() for word in words.split("|")}
del TARGETS["1"]

# A whole name when alone; the last or first name when the list has a column for the other.
AMBIGUOUS = frozenset(
    {"name", "names", "nom", "nombre", "nome", "naam", "navn", "namn", "nev", "nimi", "nume"}
)

_GUEST = re.compile(
    r"(?:(?:the )?(?:attendee|guest|participant|invitee|ticket holder|teilnehmer|teilnehmerin|gast|"
    r"participante|participant e|asistente|invite|invitado|ospite|contact|person|your) ?s?(?: 1)? )"
)
_BUYER = re.compile(
    r"(?:(?:buyer|purchaser|billing|payer|booker|orderer|order|ordered by|customer|"
    r"kaufer|besteller|"
    r"rechnungs?|auftraggeber|acheteur|comprador|acquirente|koper|kupujacy|bill to|contact person) "
    r"?s? )"
)
_COMPANION = (
    r"(?:plus ?(?:one|1)|companion|partner(?:in)?|spouse|begleitung|begleitperson|begleiter|"
    r"accompagnant|accompagnateur|conjointe?|acompanante|acompanhante|accompagnatore|partner|"
    r"osoba towarzyszaca|introducee|ledsager|ledsagare|additional guest|extra guest|second guest|"
    r"zweiter gast|zweite person|2nd guest|2nd person|"
    r"(?:guest|attendee|person|participant|gast|teilnehmer|invite|invitado|ospite|participante|"
    r"child|kid|kind|enfant) ?(?:[2-9]|1\d))(?: [1-9])?"
)
_COMPANION_FIRST = re.compile(rf"({_COMPANION})(?: ?s)?(?: (.+))?")
_COMPANION_LAST = re.compile(
    r"(.+?)(?: (?:of|of the|of your|der|des|von|vom|de|de l|de la|du|del|della|dell|do|da))?"
    rf" ({_COMPANION})"
)
_PARTS = {
    Target.FIRST_NAME: "first",
    Target.LAST_NAME: "last",
    Target.FULL_NAME: "whole",
    Target.TITLE: "title",
}
_TAIL = re.compile(r" (?:value|wert|\*|required|pflichtfeld|optional)$")
_REPLY = re.compile(
    r"\b(?:rsvp|attend|attending|coming|kommen|kommst|teilnehmen|teilnahme|zusage|nimmst|dabei|"
    r"viendr\w*|participe\w*|asist\w+|parteciper\w*)\b"
)
_COUNT = re.compile(r"\b(?:how many|wie ?viele|combien|cuant[oa]s|quant[ie]|hoeveel|ile osob)\b")
_DIET = re.compile(
    r"\b(?:diets?|dietary|diat\w*|ernahrung\w*|essens?wunsch\w*|unvertraglich\w*|lebensmittel\w*|"
    r"vegan\w*|vegetari\w*|allerg\w*|intoleran\w*|regimes?|alimentaires?|dieta\w*|alimentar\w*|"
    r"alergi\w*|dieet\w*|dietetyczn\w*|voedsel\w*|kosthold|ruokavalio\w*|etrend\w*|diyet\w*|"
    r"alerji\w*|аллерг\w*|диета)\b"
)
_SPECIAL = re.compile(
    r"\b(?:religi\w*|konfession|faith|denomination|kosher|koscher|halal|"
    r"passports?|reisepass\w*|passnummer|passeport\w*|pasaporte|passaport[eo]|"
    r"paspoort\w*|paszport\w*|паспорт|ausweis\w*|ethnic\w*|"
    r"health|medical|medication|gesundheit\w*|krankheit\w*|medizin\w*|sante|salud|salute|zdrowie|"
    r"disabilit\w*|disabled|behinder\w*|handicap\w*|discapacidad\w*|"
    r"wheelchairs?|rollstuhl\w*|fauteuil roulant|silla de ruedas|sedia a rotelle|rolstoel\w*|"
    r"mobility|mobilitat|mobilite reduite|movilidad|accessib\w*|barrierefrei\w*|"
    r"schwanger\w*|pregnan\w*|sexual orientation|gewerkschaft\w*|trade union)\b"
)
_SIGNS = re.compile(r"[\W_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PLUS_ONE = re.compile(r"\s*\+\s*1\s*")


@lru_cache(maxsize=4096)
def plain(heading: str) -> str:
    """Return a heading as it is looked up: "E-Mail_Address" and "eMailAddress" alike."""
    if _PLUS_ONE.fullmatch(heading):
        return "plus one"
    return _SIGNS.sub(" ", fold(_CAMEL.sub(" ", heading))).strip()


@lru_cache(maxsize=4096)
def target_of(word: str) -> Target | None:
    """Return what a plain heading means, None for what is unknown or a column of a buyer."""
    if word in TARGETS:
        return TARGETS[word]
    short = _TAIL.sub("", word)
    if short in TARGETS:
        return TARGETS[short]
    found = of_companion(word)
    if found or is_of_buyer(word):
        return Target.PLUS_ONE if found and found[1] else None
    if rest := of_guest(word):
        return TARGETS.get(rest)
    if _COUNT.search(word):
        return Target.PEOPLE
    return Target.REPLY if _REPLY.search(word) and len(word.split()) > 1 else None


def of_guest(word: str) -> str:
    """Return what a heading such as "attendee first name" says of the guest; "" for another."""
    match = _GUEST.match(word)
    rest = word[match.end() :] if match else ""
    return rest if rest in TARGETS or rest in AMBIGUOUS else ""


@lru_cache(maxsize=4096)
def of_companion(word: str) -> tuple[str, str] | None:
    """Return whom a heading such as "plus one first name" is of, and which part of the name it has.

    The part is "first", "last", "title" or "whole", "" for what is no name; None for the heading of
    another column. "Guest 2" is a companion, "guest 1" is not.
    """
    if match := _COMPANION_FIRST.fullmatch(word):
        who, rest = match[1], match[2] or ""
    elif match := _COMPANION_LAST.fullmatch(word):
        rest, who = match[1], match[2]
        if rest not in TARGETS and rest not in AMBIGUOUS:
            return None
    else:
        return None
    if not rest and not who[-1].isdigit():
        return None  # "Partner" alone may be that of a business
    meant = TARGETS.get(rest)
    if not rest or rest in AMBIGUOUS or meant is Target.REPLY:
        return who, "whole"
    return who, _PARTS.get(meant, "") if meant else ""


def is_of_buyer(word: str) -> bool:
    """Whether a heading names somebody who ordered, who need not be the guest."""
    return _BUYER.match(word) is not None


def of_buyer(word: str) -> str:
    """Return what a heading says of a buyer."""
    match = _BUYER.match(word)
    return word[match.end() :] if match else ""


def is_of_diet(heading: str) -> bool:
    """Whether a heading asks what somebody may not, or will not, eat."""
    return _DIET.search(plain(heading)) is not None


def is_special(heading: str) -> bool:
    """Whether a heading asks for what is a special category of data, or of a passport."""
    return is_of_diet(heading) or _SPECIAL.search(plain(heading)) is not None


def is_known(heading: str) -> bool:
    """Whether a text is a column heading that an import understands."""
    word = plain(heading)
    return word in AMBIGUOUS or target_of(word) is not None or of_buyer(word) in TARGETS
