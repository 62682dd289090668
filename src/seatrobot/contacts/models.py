"""A person an organization knows across events, and the addresses they are reached at."""

from __future__ import annotations

import msgspec
from django.db import models

from seatrobot.kernel.tenancy.models import TenantModel
from seatrobot.kernel.vault.fields import SealedField


class ContactRecord(msgspec.Struct, omit_defaults=True, gc=False):
    """One person. All texts are NFC without control characters; empty means unknown.

    emails: in order of preference. language: BCP 47 tag, such as "de".
    """

    title: str = ""
    first_name: str = ""
    last_name: str = ""
    suffix: str = ""
    company: str = ""
    phone: str = ""
    emails: list[str] = []
    language: str = ""
    notes: str = ""


class Contact(TenantModel):
    """The database keeps a further column, `changed_xid` (tenancy.operations.NoteChanges)."""

    sealed = SealedField(ContactRecord)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "contacts_contact"

    def __str__(self) -> str:
        return str(self.pk)


class ContactAddress(TenantModel):
    """One e-mail address of a contact as a blind index; an address may be of several contacts."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="addresses")
    email_index = models.BinaryField()

    class Meta:
        db_table = "contacts_address"
        indexes = [models.Index(fields=["organization", "email_index"], name="contact_email")]
        constraints = [
            models.UniqueConstraint(fields=["contact", "email_index"], name="contact_address_once"),
        ]

    def __str__(self) -> str:
        return str(self.contact_id)
