"""Making and importing archives in the background, on behalf of whoever asked."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.archive import services, writing
from seatrobot.archive.models import Archive
from seatrobot.kernel.jobs import Work, job
from seatrobot.kernel.principals import NotAllowed, Principal
from seatrobot.kernel.progress import services as progress
from seatrobot.kernel.progress.models import Progress
from seatrobot.kernel.refusal import Refused
from seatrobot.organizations import members


@job(services.MAKING, tries=4)
def make(work: Work, *, archive_id: str) -> None:
    """Make an archive; a run that was killed left nothing, so the next begins at the beginning.

    So does one during which something was deleted: `retention.ArchiveCopies`.
    """
    try:
        _make(work, UUID(archive_id))
    except Refused as refusal:
        _give_up(work, archive_id, refusal.sentence)
    except NotAllowed:
        _give_up(work, archive_id, _("Whoever asked for this may not have it any more."))
    except Exception:
        if work.is_last_try:
            _give_up(work, archive_id, _("Something broke on our side; ask for it once more."))
        raise


def _make(work: Work, archive_id: UUID) -> None:
    with work.acting():
        row = Archive.objects.filter(pk=archive_id).first()
        if row is None:
            return
        shown = Progress.objects.get(pk=row.progress_id)
    if row.finished_at is None:
        with progress.reporting(shown) as report, writing.snapshot(), work.acting():
            row = services.make(actor=_member(work), archive_id=archive_id, tell=report)
    with work.acting():
        sentence = ngettext("%(rows)s row, ready.", "%(rows)s rows, ready.", row.sealed.rows)
        progress.finish(shown.pk, sentence % {"rows": row.sealed.rows})


@job(services.IMPORTING)
def bring_in(work: Work, *, archive_id: str) -> None:
    """Import an archive that was handed in: all of it in one transaction, or nothing."""
    try:
        with work.acting():
            row = Archive.objects.filter(pk=archive_id).first()
            if row is None:
                return
            shown = Progress.objects.get(pk=row.progress_id)
        with progress.reporting(shown) as report, work.acting():
            done = services.bring_in(actor=_member(work), archive_id=row.pk, tell=report)
        with work.acting():
            sentence = ngettext("%(rows)s row imported.", "%(rows)s rows imported.", done.total)
            progress.finish(shown.pk, sentence % {"rows": done.total})
    except Refused as refusal:
        _give_up(work, archive_id, refusal.sentence)
    except NotAllowed:
        _give_up(work, archive_id, _("Whoever asked for this may not import any more."))
    except Exception:
        _give_up(work, archive_id, _("Something broke on our side; nothing was imported."))
        raise


def _give_up(work: Work, archive_id: str, sentence: str) -> None:
    with work.acting():
        services.give_up(UUID(archive_id), sentence)


def _member(work: Work) -> Principal:
    member = members.behind(work)
    if member is None:
        raise NotAllowed("whoever asked for this is no longer a member")
    return member
