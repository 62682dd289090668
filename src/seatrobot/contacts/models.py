"""A person an organization knows across events, and the addresses they are reached at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.kernel.tenancy.carrying import Carried, Way
from seatrobot.kernel.tenancy.models import TenantModel
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.kernel.vault.masking import EVERYTHING
from seatrobot.kernel.words import WordField
from seatrobot.normalizing import digits_of, is_email, search_text, sort_key

LIMITS = {
    "title": 100,
    "first_name": 200,
    "last_name": 200,
    "suffix": 50,
    "company": 200,
    "phone": 50,
    "language": 35,
    "notes": 5000,
}
LONGEST_EMAIL = 254
MOST_ADDRESSES = 20
LONGEST_TAG = 100
MOST_TAGS = 50
LONGEST_FILTER_NAME = 100


class ContactRecord(msgspec.Struct, omit_defaults=True, gc=False):
    """One person. All texts are NFC without control characters; empty means unknown.

    emails: in order of preference. language: BCP 47 tag, such as "de". tags: as they are typed; two
    that differ by case alone are one.
    """

    NAMES: ClassVar[tuple[str, ...]] = ("last_name", "first_name", "suffix", "title")

    title: str = ""
    first_name: str = ""
    last_name: str = ""
    suffix: str = ""
    company: str = ""
    phone: str = ""
    emails: list[str] = []
    language: str = ""
    notes: str = ""
    tags: list[str] = []

    @property
    def full_name(self) -> str:
        """As it is said: "Rep. Sanford Bishop Jr."."""
        return " ".join(filter(None, (self.title, self.first_name, self.last_name, self.suffix)))

    @property
    def sort_name(self) -> str:
        """As it is looked up: "Bishop, Sanford Jr.", or an address where there is no name."""
        given = " ".join(filter(None, (self.first_name, self.suffix)))
        name = ", ".join(filter(None, (self.last_name, given)))
        return name or next(iter(self.emails), "")

    @property
    def search_text(self) -> str:
        """All that typed words are looked for in, see `normalizing.search_text`."""
        first, last = self.first_name, self.last_name
        name = (self.title, first, last, self.suffix)
        phone = (digits_of(self.phone)[0],) if self.phone else ()
        written = () if (first + last).isascii() else (last + first,)
        return search_text((*name, *written, self.company, *phone, *self.emails, *self.tags))

    @property
    def sort_key(self) -> str:
        """What contacts are ordered by: last and first name, else an address."""
        given = f"{self.first_name} {self.suffix}"
        return sort_key(self.last_name, given) or sort_key(next(iter(self.emails), ""))

    def check(self) -> Iterator[tuple[str, str]]:
        """Yield the field and one sentence for each thing that is wrong."""
        for field, limit in LIMITS.items():
            if len(getattr(self, field)) > limit:
                yield field, _("At most %(limit)s characters are allowed.") % {"limit": limit}
        if not (self.first_name or self.last_name or self.emails):
            yield "last_name", _("Give a name or an e-mail address.")
        if len(self.emails) > MOST_ADDRESSES:
            yield "emails", _("At most %(most)s addresses are kept.") % {"most": MOST_ADDRESSES}
        for email in self.emails:
            if len(email) > LONGEST_EMAIL or not is_email(email):
                yield (
                    "emails",
                    _("“%(value)s” is not an e-mail address.") % {"value": email[:80]},
                )
        yield from self._check_tags()

    def _check_tags(self) -> Iterator[tuple[str, str]]:
        if len(self.tags) > MOST_TAGS:
            yield "tags", _("At most %(most)s tags are kept.") % {"most": MOST_TAGS}
        if any(len(tag) > LONGEST_TAG for tag in self.tags):
            yield "tags", _("A tag has at most %(most)s characters.") % {"most": LONGEST_TAG}


class Delivery(models.TextChoices):
    """Whether a contact may be mailed, the weakest reason against it first."""

    ACTIVE = "", gettext_lazy("May be mailed")
    BOUNCED = "bounced", gettext_lazy("Mail came back")
    BLOCKED = "blocked", gettext_lazy("Not to be mailed")
    UNSUBSCRIBED = "unsubscribed", gettext_lazy("Unsubscribed")
    COMPLAINED = "complained", gettext_lazy("Complained of mail")


class Consent(models.TextChoices):
    """What a person said about being written to."""

    UNKNOWN = "", gettext_lazy("Not asked")
    GIVEN = "given", gettext_lazy("Given")
    WITHDRAWN = "withdrawn", gettext_lazy("Withdrawn")


class Source(models.TextChoices):
    """Who said it: the team, a file, the way mail took, or the person."""

    STAFF = "staff", gettext_lazy("by the team")
    IMPORT = "import", gettext_lazy("by an import")
    MAIL = "mail", gettext_lazy("as mail came back")
    PERSON = "person", gettext_lazy("by the person")


class Contact(TenantModel):
    """A person. delivery, consent: with the moment and who said it, empty while nothing was said.

    The database keeps a further column, `changed_xid` (tenancy.operations.NoteChanges).
    """

    carried: ClassVar[Carried] = Carried(
        what=gettext_lazy("Contacts"), after="seatrobot.contacts.services.index_addresses"
    )

    sealed = SealedField(ContactRecord)
    delivery = WordField(
        max_length=12,
        choices=Delivery.choices,
        blank=True,
        default=Delivery.ACTIVE,
        db_default=Delivery.ACTIVE,
    )
    delivery_at = models.DateTimeField(null=True)
    delivery_source = WordField(
        max_length=6, choices=Source.choices, blank=True, default="", db_default=""
    )
    consent = WordField(
        max_length=9,
        choices=Consent.choices,
        blank=True,
        default=Consent.UNKNOWN,
        db_default=Consent.UNKNOWN,
    )
    consent_at = models.DateTimeField(null=True)
    consent_source = WordField(
        max_length=6, choices=Source.choices, blank=True, default="", db_default=""
    )
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "contacts_contact"

    def __str__(self) -> str:
        return str(self.pk)


class ContactAddress(TenantModel):
    """One e-mail address of a contact as a blind index; an address may be of several contacts."""

    carried: ClassVar[Carried] = Carried(
        what=gettext_lazy("Where the addresses of contacts are looked up"),
        way=Way.STAYS,
        why=gettext_lazy("It is made anew from the addresses, with keys of each organization."),
    )

    contact = models.ForeignKey(
        Contact, models.CASCADE, related_name="addresses", db_constraint=False
    )
    email_index = models.BinaryField()

    class Meta:
        db_table = "contacts_address"
        indexes = [models.Index(fields=["organization", "email_index"], name="contact_email")]
        constraints = [
            models.UniqueConstraint(fields=["contact", "email_index"], name="contact_address_once"),
        ]

    def __str__(self) -> str:
        return str(self.contact_id)


class ContactRelation(TenantModel):
    """Somebody who acts for a contact, such as an assistant.

    copies: gets a copy of what is sent to the contact. answers: may answer for the contact.
    """

    carried: ClassVar[Carried] = Carried(what=gettext_lazy("Who acts for a contact"), order=1)

    contact = models.ForeignKey(
        Contact, models.CASCADE, related_name="assistants", db_constraint=False
    )
    assistant = models.ForeignKey(
        Contact, models.CASCADE, related_name="assists", db_constraint=False
    )
    copies = models.BooleanField(default=False)
    answers = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "contacts_relation"
        constraints = [
            models.UniqueConstraint(fields=["contact", "assistant"], name="one_relation_of_two"),
            models.CheckConstraint(
                condition=~models.Q(contact=models.F("assistant")), name="assists_somebody_else"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.assistant_id}"


class FilterRecord(msgspec.Struct, omit_defaults=True):
    """name: as the team calls it. query: as it stands in the address of the list."""

    name: str
    query: str = ""


class ContactFilter(TenantModel):
    """A search of contacts under a name, for everybody who sees contacts."""

    carried: ClassVar[Carried] = Carried(what=gettext_lazy("Saved filters of contacts"))

    sealed = SealedField(FilterRecord)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "contacts_filter"

    def __str__(self) -> str:
        return str(self.pk)


class RelationRecord(msgspec.Struct):
    """A relation as it was before a merge."""

    CLEAR: ClassVar[frozenset[str]] = EVERYTHING

    contact: UUID
    assistant: UUID
    copies: bool
    answers: bool


class StateRecord(msgspec.Struct, omit_defaults=True):
    """The columns of a contact beside its record, as they were."""

    CLEAR: ClassVar[frozenset[str]] = EVERYTHING

    delivery: str = ""
    delivery_at: datetime | None = None
    delivery_source: str = ""
    consent: str = ""
    consent_at: datetime | None = None
    consent_source: str = ""


class MergeRecord(msgspec.Struct):
    """All that is needed to undo a merge.

    kept, gone: the records before; merged: the one that was made of them. moved: by the name of
    what points to contacts, the rows that pointed to the one that is gone. relations: those of both
    before.
    """

    CLEAR: ClassVar[frozenset[str]] = frozenset(
        {"gone_id", "gone_created_at", "moved", "relations", "kept_state", "gone_state"}
    )

    gone_id: UUID
    kept: ContactRecord
    gone: ContactRecord
    merged: ContactRecord
    kept_state: StateRecord
    gone_state: StateRecord
    gone_created_at: datetime
    moved: dict[str, list[UUID]]
    relations: list[RelationRecord]


class ContactMerge(TenantModel):
    """Two contacts became one; kept for a month, in which it can be undone."""

    carried: ClassVar[Carried] = Carried(
        what=gettext_lazy("Merges of contacts that can be undone"),
        way=Way.STAYS,
        why=gettext_lazy("They are kept for a month; the contacts are in the archive as merged."),
    )

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="merges", db_constraint=False)
    account_id = models.UUIDField(null=True)
    sealed = SealedField(MergeRecord)
    merged_at = models.DateTimeField()

    class Meta:
        db_table = "contacts_merge"

    def __str__(self) -> str:
        return str(self.pk)


class PairRecord(msgspec.Struct):
    """Two contacts that may be one person. reason: a word of doubles.Reason."""

    CLEAR: ClassVar[frozenset[str]] = EVERYTHING

    one: UUID
    other: UUID
    reason: str
    score: int


class DoublesRecord(msgspec.Struct, omit_defaults=True):
    """What a search found.

    pairs: the likeliest first. found: how many there were, kept or not. dismissed: pairs of whom
    somebody said that they are two people.
    """

    CLEAR: ClassVar[frozenset[str]] = EVERYTHING

    pairs: list[PairRecord] = []
    found: int = 0
    dismissed: list[tuple[UUID, UUID]] = []


class ContactDoubles(TenantModel):
    """What the last search for doubles found; one row an organization."""

    carried: ClassVar[Carried] = Carried(
        what=gettext_lazy("Which contacts may be one person"),
        way=Way.STAYS,
        why=gettext_lazy("It is found anew by a search for doubles."),
    )

    progress_id = models.UUIDField(null=True)
    sealed = SealedField(DoublesRecord)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "contacts_doubles"
        constraints = [models.UniqueConstraint(fields=["organization"], name="one_doubles")]

    def __str__(self) -> str:
        return str(self.pk)


class ContactImportRecord(msgspec.Struct, omit_defaults=True):
    """An address book on its way in.

    data: the file, emptied when the import is done. columns: heading -> target, empty until
    somebody looked; of vCards always empty. overwrite: whether what the file says replaces what a
    contact has.
    """

    CLEAR: ClassVar[frozenset[str]] = frozenset({"is_cards", "overwrite"})

    filename: str
    data: bytes = b""
    is_cards: bool = False
    columns: dict[str, str] = {}
    overwrite: bool = False


class ContactImport(TenantModel):
    """An address book that was uploaded or pasted, and the work that imports it."""

    carried: ClassVar[Carried] = Carried(
        what=gettext_lazy("Address books on their way in"),
        way=Way.STAYS,
        why=gettext_lazy("They are kept for a day or two, and their people are contacts."),
    )

    account_id = models.UUIDField(null=True)
    progress_id = models.UUIDField(null=True)
    sealed = SealedField(ContactImportRecord)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "contacts_import"

    def __str__(self) -> str:
        return str(self.pk)
