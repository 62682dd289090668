"""Background work of guest lists."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from seatrobot.guests.importing.reports import Outcome
from seatrobot.guests.models import Import
from seatrobot.guests.reading import load_import
from seatrobot.guests.services import imports
from seatrobot.kernel.acting import savepoint
from seatrobot.kernel.jobs import Work, job
from seatrobot.kernel.progress import services as progress
from seatrobot.kernel.progress.models import Progress
from seatrobot.kernel.refusal import Refused
from seatrobot.organizations import members

KEPT = timedelta(days=1)
"""How long an upload that nobody finishes is kept."""


@job("guests.import")
def run_import(  # noqa: PLR0913  what the queue keeps
    work: Work,
    *,
    import_id: str,
    event_id: str,
    progress_id: str,
    skip_problems: str,
    overbook: str = "",
) -> None:
    """Import an uploaded file: all of it in one transaction, or none of it."""
    try:
        with work.acting():
            member = members.behind(work, UUID(event_id))
            if member is None:
                progress.fail(UUID(progress_id), _("Who asked for this import is no member now."))
                return
            upload = load_import(member, UUID(event_id), UUID(import_id))
            watched = Progress.objects.get(pk=progress_id)
            try:
                with savepoint(), progress.reporting(watched) as tell:
                    counts = imports.run(
                        actor=member,
                        upload=upload,
                        skip_problems=bool(skip_problems),
                        overbook=bool(overbook),
                        tell=tell,
                    )
            except Refused as refusal:  # the list was read: that stays in the journal
                progress.fail(watched.pk, str(refusal))
                return
            facts = {outcome.value: count for outcome, count in counts.items()}
            progress.finish(watched.pk, summary(counts), **facts)
    except Refused as error:
        _give_up(work, progress_id, str(error))
    except Exception:
        _give_up(work, progress_id, _("The import broke off and changed nothing; try it again."))
        raise


@job("guests.import-purge")
def purge_import(work: Work, *, import_id: str) -> None:
    """Forget an upload that nobody finished."""
    with work.acting():
        unfinished = Import.objects.filter(pk=import_id, progress_id=None)
        if not unfinished.delete()[0]:
            imports.delete_file(UUID(import_id))


def summary(counts: dict[Outcome, int]) -> str:
    """Say in one sentence what came of an import."""
    left_out = counts[Outcome.WRONG] + counts[Outcome.ASKED] + counts[Outcome.LEFT_OUT]
    return _("%(created)s, %(updated)s, %(unchanged)s already there, %(left_out)s left out.") % {
        "created": ngettext("%d guest added", "%d guests added", counts[Outcome.CREATED])
        % counts[Outcome.CREATED],
        "updated": _("%d updated") % counts[Outcome.UPDATED],
        "unchanged": counts[Outcome.UNCHANGED],
        "left_out": left_out,
    }


def _give_up(work: Work, progress_id: str, sentence: str) -> None:
    with work.acting():
        if Progress.objects.filter(pk=progress_id).exists():
            progress.fail(UUID(progress_id), sentence)
