"""Providers, what people found in their certificates, and which warnings were mailed."""

from __future__ import annotations

import msgspec
from django.db import models
from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.ids import new_id
from seatrobot.kernel.words import WordField


class Kind(models.TextChoices):
    """What a certificate is of."""

    ISO_27001 = "iso-27001", "ISO/IEC 27001"
    ISO_27017 = "iso-27017", "ISO/IEC 27017"
    ISO_27018 = "iso-27018", "ISO/IEC 27018"
    ISO_27701 = "iso-27701", "ISO/IEC 27701"
    SOC_1 = "soc-1", "SOC 1"
    SOC_2 = "soc-2", "SOC 2"
    C5 = "c5", "BSI C5"
    PCI_AOC = "pci-aoc", _("PCI DSS attestation of compliance")
    OTHER = "other", _("Another certificate")


class Provider(models.Model):
    """A company that the service depends on. service: what it does for us.

    is_public: whether the practices page names it. ended_at: when it was given up.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100)
    service = models.CharField(max_length=200)
    is_public = models.BooleanField()
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "providers_provider"
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(ended_at=None), name="one_provider_of_a_name"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Statement(msgspec.Struct):
    """What somebody states of a certificate; days as ISO 8601. document: its SHA-256."""

    id: str
    provider: str
    name: str
    kind: str
    scope: str
    issuer: str
    valid_from: str
    valid_until: str
    document: str
    source: str
    checked_by: str
    checked_at: str
    next_check: str


class Certificate(models.Model):
    """A certificate as somebody found it. Rows are only added, and dropped.

    Of several of one kind the one that was recorded last counts. text, signature: the statement,
    signed by the service; the other columns only serve to find it. valid_until: the last day.
    dropped_at: when somebody said that it does not count any more.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="certificates")
    kind = WordField(max_length=10, choices=Kind.choices)
    valid_until = models.DateField()
    next_check = models.DateField()
    recorded_at = models.DateTimeField()
    text = models.TextField()
    signature = models.TextField()
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "providers_certificate"

    def __str__(self) -> str:
        return f"{self.kind} until {self.valid_until}"


class Warned(models.Model):
    """A warning that was mailed. what: `ends-60` and so on, or `check`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    certificate = models.ForeignKey(Certificate, models.CASCADE, related_name="+")
    what = models.CharField(max_length=10)

    class Meta:
        db_table = "providers_warned"
        constraints = [
            models.UniqueConstraint(fields=["certificate", "what"], name="one_provider_warning")
        ]

    def __str__(self) -> str:
        return f"{self.certificate_id} {self.what}"
