"""The recipients in an organization: administrators by mail, and webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from seatrobot.organizations import mail
from seatrobot.organizations.feature import Permission
from seatrobot.organizations.models import Membership
from seatrobot.practices.subscribing import text
from seatrobot.practices.subscribing.models import AdministratorMail, Hook
from seatrobot.practices.subscribing.news import News


def live_hooks() -> list[UUID]:
    """Return the active hooks of the present organization."""
    return list(Hook.objects.filter(disabled_at=None).values_list("pk", flat=True))


def mail_administrators(organization_id: UUID, news: Sequence[News]) -> None:
    """Mail the administrators who have subscribed, as the organization's own mail."""
    wanted = AdministratorMail.objects.filter(organization_id=organization_id)
    accounts = wanted.values_list("account_id", flat=True)
    foot = _("You switched this on at %s, and can switch it off there.\n") % notices_page(
        organization_id
    )
    body = f"{text.body_of(news)}\n-- \n{foot}" if news else ""
    for member in _administrators(organization_id).filter(account_id__in=accounts) if body else ():
        mail.send(organization_id, member.account.sealed.email, text.subject(news), body)


def mail_all_administrators(organization_id: UUID, subject: str, body: str) -> None:
    for member in _administrators(organization_id):
        mail.send(organization_id, member.account.sealed.email, subject, body)


def notices_page(organization_id: UUID) -> str:
    path = reverse("organization-practices:notices", kwargs={"organization": organization_id})
    return f"{settings.BASE_URL}{path}"


def support_page(organization_id: UUID, grant_id: UUID) -> str:
    return f"{settings.BASE_URL}{reverse('grants:one', args=[organization_id, grant_id])}"


def _administrators(organization_id: UUID) -> QuerySet[Membership]:
    rows = Membership.objects.filter(organization_id=organization_id)
    rows = rows.filter(role__in=Permission.PRACTICES_VIEW.roles)
    return rows.filter(account__is_active=True).select_related("account")
