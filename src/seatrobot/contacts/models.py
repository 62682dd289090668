"""A person an organization knows across events, and the addresses they are reached at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import msgspec
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.kernel.tenancy.carrying import Carried, Way
from seatrobot.kernel.tenancy.models import TenantModel
from seatrobot.kernel.vault.fields import SealedField
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


class ContactRecord(msgspec.Struct, omit_defaults=True, gc=False):
    """One person. All texts are NFC without control characters; empty means unknown.

    emails: in order of preference. language: BCP 47 tag, such as "de".
    """

    CLEAR: ClassVar[frozenset[str]] = frozenset({"language"})
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
        return search_text((*name, *written, self.company, *phone, *self.emails))

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


class Contact(TenantModel):
    """The database keeps a further column, `changed_xid` (tenancy.operations.NoteChanges)."""

    carried: ClassVar[Carried] = Carried(
        what=gettext_lazy("Contacts"), after="seatrobot.contacts.services.index_addresses"
    )

    sealed = SealedField(ContactRecord)
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
