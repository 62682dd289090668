"""Background work of contacts."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.contacts import doubles
from seatrobot.kernel.jobs import Work, job
from seatrobot.kernel.progress import services as progress
from seatrobot.kernel.progress.models import Progress
from seatrobot.organizations import members


@job("contacts.doubles")
def search_doubles(work: Work, *, progress_id: str) -> None:
    """Search all contacts for doubles."""
    try:
        with work.acting():
            member = members.behind(work)
            if member is None:
                progress.fail(UUID(progress_id), _("Who asked for this search is no member now."))
                return
            watched = Progress.objects.get(pk=progress_id)
            with progress.reporting(watched) as tell:
                found = doubles.search(actor=member, tell=tell)
            sentence = ngettext(
                "%(count)s pair may be one person.", "%(count)s pairs may be one person.",
                found.found,
            ) % {"count": found.found}  # fmt: skip
            progress.finish(watched.pk, sentence, found=found.found)
    except Exception:
        with work.acting():
            if Progress.objects.filter(pk=progress_id).exists():
                sentence = _("The search broke off and changed nothing; try it again.")
                progress.fail(UUID(progress_id), sentence)
        raise
