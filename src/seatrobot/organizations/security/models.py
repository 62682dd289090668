"""The security settings of an organization: one row, or none while nothing is asked."""

from __future__ import annotations

from typing import ClassVar

import msgspec
from django.db import models
from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.tenancy.carrying import Carried, Way
from seatrobot.kernel.tenancy.models import TenantModel
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.kernel.words import WordField
from seatrobot.organizations.security.policy import Factor


class SecurityRecord(msgspec.Struct):
    """domains: in lower case, of members' addresses. networks: CIDR. Empty allows all."""

    domains: list[str] = []
    networks: list[str] = []


class SecuritySettings(TenantModel):
    """factor_since: when `factor` was last raised; with `grace_days` it gives the deadline.

    limits_networks: whether `sealed` names networks, so that most requests need not open it.
    """

    carried: ClassVar[Carried] = Carried(
        what=_("Security settings"),
        way=Way.TOLD,
        why=_("They are set anew where the data arrives: no file decides who may come in."),
    )

    organization = models.OneToOneField(
        "organizations.Organization", models.CASCADE, related_name="security"
    )
    factor = WordField(max_length=20, choices=Factor.choices, default=Factor.ANY)
    factor_since = models.DateTimeField(null=True)
    grace_days = models.PositiveSmallIntegerField(default=0)
    session_hours = models.PositiveSmallIntegerField(null=True)
    idle_minutes = models.PositiveSmallIntegerField(null=True)
    limits_networks = models.BooleanField(default=False)
    sealed = SealedField(SecurityRecord)

    class Meta:
        db_table = "organizations_security"

    def __str__(self) -> str:
        return f"{self.organization_id}: {self.factor}"
