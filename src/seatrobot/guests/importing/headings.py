"""Which headings mean which field, in the languages that guest lists come in."""

import re
from enum import StrEnum

from seatrobot.normalizing import fold


class Target(StrEnum):
    """Where the cells of one column go."""

    TITLE = "title"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    SUFFIX = "suffix"
    EMAIL = "email"
    DELIVERY_EMAIL = "delivery_email"
    PHONE = "phone"
    COMPANY = "company"
    TAGS = "tags"
    NOTES = "notes"
    REFERENCE = "reference"
    FULL_NAME = "full_name"
    STATUS = "status"
    REPLY = "reply"
    DELIVERY = "delivery"
    MONEY = "money"
    ARRIVED = "arrived"
    GROUP = "group"
    HOST = "host"
    NEW = "new"
    IGNORE = "ignore"


# Folded, with every sign as a space. "Party" alone is a political party, not a group of guests.
_WORDS = {
    Target.TITLE: "title|salutation|prefix|name prefix|honorific|courtesy title|anrede|titel|"
    "civilite|titre|tratamiento|titulo|titolo|aanhef",
    Target.FIRST_NAME: "first name|first|given name|given names|forename|firstname|fname|vorname|"
    "vornamen|prenom|nombres|primer nombre|nome proprio|primeiro nome|voornaam|imie|fornavn",
    Target.LAST_NAME: "last name|last|surname|family name|lastname|lname|nachname|familienname|"
    "nom de famille|apellido|apellidos|cognome|sobrenome|apelido|achternaam|nazwisko|etternavn",
    Target.SUFFIX: "suffix|name suffix|namenszusatz|suffixe|sufijo",
    Target.EMAIL: "email|e mail|mail|email address|e mail address|mail address|emailaddress|"
    "primary email|work email|e mail adresse|mailadresse|courriel|adresse e mail|adresse email|"
    "correo|correo electronico|posta elettronica|e mailadres|emailadres",
    Target.DELIVERY_EMAIL: "send mail to|mail goes to|assistant email|assistant e mail|"
    "assistants email|"
    "assistant s e mail|e mail of the assistant|delivery email|delivery address|mail to|"
    "pa email|ea email|e mail assistenz|courriel de l assistant",
    Target.PHONE: "phone|phone number|telephone|telephone number|tel|mobile|mobile phone|"
    "mobile number|cell|cell phone|cellphone|phone mobile|telefon|telefonnummer|handy|mobil|"
    "mobiltelefon|portable|numero de telephone|telefono|movil|celular|cellulare|telefoon|telefone",
    Target.COMPANY: "company|company name|organisation|organization|organisation name|"
    "organization name|employer|affiliation|institution|firma|unternehmen|societe|entreprise|"
    "organisme|empresa|organizacion|azienda|organizzazione|bedrijf|organisatie|empresa nome",
    Target.TAGS: "tags|tag|labels|label|categories|category|schlagworte|schlagworter|kategorie|"
    "kategorien|etiquettes|etiquetas|etichette",
    Target.NOTES: "notes|note|comments|comment|remarks|remark|notizen|notiz|bemerkung|"
    "bemerkungen|anmerkung|anmerkungen|remarque|remarques|commentaire|commentaires|notas|"
    "comentarios|observaciones|osservazioni|opmerkingen",
    Target.REFERENCE: "reference|ref|reference number|id|guest id|contact id|member id|person id|"
    "external id|referenz|kennung|referencia|riferimento|referentie",
    Target.FULL_NAME: "full name|fullname|guest name|guest|attendee|attendee name|invitee|"
    "display name|vollstandiger name|vor und nachname|nom complet|nom et prenom|invite|"
    "nombre completo|nome completo|volledige naam|gast|gastname",
    Target.STATUS: "status|guest status|invitation status|statut|estado|stato",
    Target.REPLY: "reply|answer|response|rsvp|antwort|zusage|reponse|respuesta|risposta|antwoord",
    Target.DELIVERY: "mail delivery|delivery of mail",
    Target.MONEY: "payment|payment status",
    Target.ARRIVED: "checked in at|checked in|check in time|arrived at",
    Target.GROUP: "group|group id|group number|group name|party id|party number|party group|"
    "party name|household|household id|link number|link no|linked with|couple|booking|"
    "booking number|gruppe|haushalt|groupe|foyer|grupo|gruppo|groep",
    Target.HOST: "guest of|host|host name|plus one of|plus 1 of|invited by|accompanies|"
    "accompanying|gast von|begleitung von|gastgeber|invite de|accompagne|invitado de|ospite di",
}
TARGETS = {word: target for target, words in _WORDS.items() for word in words.split("|")}

# A whole name when alone; the last or first name when the list has a column for the other.
AMBIGUOUS = frozenset({"name", "names", "nom", "nombre", "nome", "naam", "navn", "namn"})

_SIGNS = re.compile(r"[\W_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def plain(heading: str) -> str:
    """Return a heading as it is looked up: "E-Mail_Address" and "eMailAddress" alike."""
    return _SIGNS.sub(" ", fold(_CAMEL.sub(" ", heading))).strip()
