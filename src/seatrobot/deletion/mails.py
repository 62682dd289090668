"""The messages that an organization sent to a person."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.deletion.knowing import Known, KnowsPeople, Person
from seatrobot.kernel.principals import Principal
from seatrobot.organizations.models import SentMail

MOST_MAILS = 20_000
"""Messages that are opened to find those to a person, the newest."""


class KnowsMail(KnowsPeople):
    """The messages that the organization sent to a person."""

    def person(self, principal: Principal, subject_id: UUID) -> None:  # noqa: ARG002  a message is nobody
        return None

    def known(self, principal: Principal, person: Person) -> Iterable[Known]:
        rows = SentMail.objects.filter(organization_id=principal.organization_id)
        for row in rows.order_by("-id")[:MOST_MAILS]:
            mail = row.sealed
            if person.has([mail.to]):
                facts = [(_("To"), mail.to), (_("Subject"), mail.subject), (_("Text"), mail.body)]
                title = _("Message of %(day)s") % {"day": row.created_at.date().isoformat()}
                yield Known("organizations_sent_mail", row.pk, title, facts, by_address=True)

    def erase(
        self, principal: Principal, ids: Mapping[str, Collection[UUID]]
    ) -> Mapping[str, Collection[UUID]]:
        wanted = ids.get("organizations_sent_mail", ())
        rows = SentMail.objects.filter(organization_id=principal.organization_id, pk__in=wanted)
        gone = list(rows.values_list("pk", flat=True))
        rows.delete()
        return {"organizations_sent_mail": gone}
