"""The messages that an organization sent to a person."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.deletion.knowing import Known, KnowsPeople, Person
from seatrobot.kernel.principals import Principal
from seatrobot.organizations.models import SentMail

PAGE = 2000
"""Messages that are read at a time; all are opened to find those to a person."""


class KnowsMail(KnowsPeople):
    """The messages that the organization sent to a person."""

    def person(self, principal: Principal, subject_id: UUID) -> None:  # noqa: ARG002  a message is nobody
        return None

    def known(self, principal: Principal, person: Person) -> Iterable[Known]:
        for row in _sent(principal):
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


def _sent(principal: Principal) -> Iterator[SentMail]:
    """Give every message of the organization, the newest first."""
    rows = SentMail.objects.filter(organization_id=principal.organization_id).order_by("-id")
    page = list(rows[:PAGE])
    while page:
        yield from page
        page = list(rows.filter(pk__lt=page[-1].pk)[:PAGE])
