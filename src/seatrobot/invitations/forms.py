"""Forms of messages, mailings and the sender."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import msgspec
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.events.forms import SKIPPED, LocalDateTime, in_zone
from seatrobot.events.models import Event
from seatrobot.invitations.models import Kind, Message, Template
from seatrobot.invitations.pictures import MOST_BYTES
from seatrobot.invitations.records import MessageRecord, SenderRecord, Text
from seatrobot.invitations.rendering import ACCENT, language_name
from seatrobot.invitations.services.messages import LONGEST
from seatrobot.invitations.writing import ANSWERED_BY_LINK
from seatrobot.kernel.ids import GivenIdField, new_id
from seatrobot.kernel.textfields import LineField, TextField
from seatrobot.kernel.versions import VersionedForm
from seatrobot.normalizing import is_email

LANGUAGES = ("de", "en", "fr", "es", "it", "nl", "pl", "pt", "tr", "uk", "ar", "he")
LONGEST_HOST, LAST_PORT, MOST_A_MINUTE = 253, 65535, 100_000


class NewMessageForm(forms.Form):
    """What kind of message, and from which template."""

    message_id = GivenIdField(widget=forms.HiddenInput, initial=new_id)
    start = forms.ChoiceField(
        label=gettext_lazy("Begin with"), widget=forms.RadioSelect, initial=Kind.INVITATION
    )

    def __init__(self, data: QueryDict | None = None, *, templates: list[Template]) -> None:
        super().__init__(data)
        own = [(str(each.pk), each.sealed.name or Kind(each.kind).label) for each in templates]
        self.fields["start"].choices = [*Kind.choices, *own]  # type: ignore[attr-defined]
        self.templates = {str(each.pk): each for each in templates}

    @property
    def kind(self) -> str:
        start: str = self.cleaned_data["start"]
        return self.templates[start].kind if start in self.templates else start

    @property
    def template(self) -> Template | None:
        return self.templates.get(self.cleaned_data["start"])


class MessageForm(VersionedForm):
    """A message: its text in one language, and what holds for all of them."""

    not_compared: ClassVar[frozenset[str]] = frozenset({"picture"})

    subject = LineField(label=gettext_lazy("Subject"), max_length=LONGEST["subject"])
    preheader = LineField(
        label=gettext_lazy("Behind the subject"),
        max_length=LONGEST["preheader"],
        required=False,
        help_text=gettext_lazy("Many mail programs show it in the list of mails."),
    )
    body = TextField(
        label=gettext_lazy("Text"),
        max_length=LONGEST["body"],
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "true"}),
    )
    button = LineField(
        label=gettext_lazy("Button to the guest's page"),
        max_length=LONGEST["button"],
        required=False,
    )
    name = LineField(
        label=gettext_lazy("Name for the team"), max_length=LONGEST["name"], required=False
    )
    accent = forms.CharField(
        label=gettext_lazy("Colour of button and links"),
        required=False,
        max_length=7,
        widget=forms.TextInput(attrs={"type": "color"}),
    )
    picture = forms.FileField(
        label=gettext_lazy("Picture at the top"),
        required=False,
        help_text=gettext_lazy("JPEG, PNG, WebP or GIF; it is made small enough for mail."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/gif"}),
    )
    alt = LineField(
        label=gettext_lazy("What the picture shows"), max_length=LONGEST["alt"], required=False
    )
    calendar = forms.BooleanField(
        label=gettext_lazy("Attach the date for calendars"), required=False
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        files: Any = None,
        *,
        message: Message,
        language: str,
        seen: str,
    ) -> None:
        record = message.sealed
        text = record.texts.get(language, Text())
        initial = msgspec.structs.asdict(text) | {
            "name": record.name,
            "accent": record.accent or ACCENT,
            "alt": record.alt,
            "calendar": record.calendar,
            "seen": seen,
        }
        super().__init__(data, files, initial=initial)
        self.before, self.language = record, language
        if message.kind not in ANSWERED_BY_LINK:
            del self.fields["button"]

    def clean_picture(self) -> bytes | None:
        upload = self.cleaned_data.get("picture")
        if upload is None:
            return None
        if (upload.size or 0) > MOST_BYTES:
            raise ValidationError(_("The picture is larger than 8 MB."))
        data: bytes = upload.read()
        return data

    @property
    def record(self) -> MessageRecord:
        said = self.cleaned_data
        text = Text(said["subject"], said["preheader"], said["body"], said.get("button", ""))
        accent = said["accent"].lower()
        return msgspec.structs.replace(
            self.before,
            name=said["name"],
            texts={**self.before.texts, self.language: text},
            accent="" if accent == ACCENT else accent,
            alt=said["alt"],
            calendar=said["calendar"],
        )


class LanguageForm(forms.Form):
    language = forms.ChoiceField(label=gettext_lazy("Add a language"))

    def __init__(self, data: QueryDict | None = None, *, taken: set[str]) -> None:
        super().__init__(data)
        left = [code for code in LANGUAGES if code not in taken]
        self.fields["language"].choices = [  # type: ignore[attr-defined]
            (code, language_name(code)) for code in left
        ]


class MailingForm(forms.Form):
    """When a message goes to whom was chosen."""

    mailing_id = GivenIdField(widget=forms.HiddenInput, initial=new_id)
    query = forms.CharField(required=False, max_length=4000, widget=forms.HiddenInput)
    again = forms.BooleanField(
        label=gettext_lazy("Also to those who got this message already"), required=False
    )
    send_at = LocalDateTime(
        label=gettext_lazy("Send later"),
        required=False,
        help_text=gettext_lazy(
            "In the time zone of the event; leave it empty to send now. Who gets it is looked at"
            " again then."
        ),
    )

    def __init__(self, data: QueryDict | None = None, *, event: Event, query: str = "") -> None:
        super().__init__(data, initial={"query": query})
        self.event = event

    def clean_send_at(self) -> datetime | None:
        local: datetime | None = self.cleaned_data["send_at"]
        if local is None:
            return None
        moment = in_zone(local, self.event.zone)
        if moment is None:
            raise ValidationError(SKIPPED)
        return moment


class SenderForm(VersionedForm):
    """Who mail to guests is from, and over which server it goes."""

    name = LineField(
        label=gettext_lazy("Name of the sender"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("Empty for the name of the organization."),
    )
    reply_to = forms.EmailField(
        label=gettext_lazy("Answers go to"),
        required=False,
        max_length=254,
        help_text=gettext_lazy("A mailbox that somebody reads."),
    )
    address = forms.EmailField(
        label=gettext_lazy("Address of the sender"),
        required=False,
        max_length=254,
        help_text=gettext_lazy("Empty for the address of this service. It needs its own server."),
    )
    host = LineField(
        label=gettext_lazy("Mail server"),
        required=False,
        max_length=LONGEST_HOST,
        help_text=gettext_lazy("Empty for the one of this service."),
    )
    port = forms.IntegerField(
        label=gettext_lazy("Port"), min_value=1, max_value=LAST_PORT, initial=587, required=False
    )
    security = forms.ChoiceField(
        label=gettext_lazy("Encryption"),
        choices=[("starttls", "STARTTLS"), ("tls", "TLS")],
        required=False,
    )
    user = LineField(label=gettext_lazy("User"), required=False, max_length=254)
    password = forms.CharField(
        label=gettext_lazy("Password"),
        required=False,
        max_length=254,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Empty to keep the one that is stored."),
    )
    selector = LineField(
        label=gettext_lazy("DKIM selector of that server"), required=False, max_length=63
    )
    per_minute = forms.IntegerField(
        label=gettext_lazy("Most messages a minute"),
        min_value=0,
        max_value=MOST_A_MINUTE,
        required=False,
        help_text=gettext_lazy("0 for as fast as the server takes them."),
    )
    per_domain = forms.IntegerField(
        label=gettext_lazy("Most messages a minute to one domain"),
        min_value=0,
        max_value=MOST_A_MINUTE,
        required=False,
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        record: SenderRecord,
        pace: tuple[int, int],
        seen: str,
    ) -> None:
        initial = msgspec.structs.asdict(record) | {"password": "", "seen": seen}
        initial |= {"per_minute": pace[0], "per_domain": pace[1]}
        super().__init__(data, initial=initial)
        self.before = record

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        address = cleaned.get("address", "")
        if address and not is_email(address):
            self.add_error("address", _("This is not an e-mail address."))
        if address and not cleaned.get("host"):
            self.add_error(
                "host",
                _("An own address needs an own mail server, or receivers take it for forged."),
            )
        return cleaned

    @property
    def record(self) -> SenderRecord:
        said = self.cleaned_data
        return SenderRecord(
            said["name"],
            said["address"],
            said["reply_to"],
            said["host"].strip().lower(),
            said["port"] or 587,
            said["security"] or "starttls",
            said["user"],
            said["password"] or (self.before.password if said["user"] else ""),
            said["selector"],
        )
