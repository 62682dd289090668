"""The page of backups in the staff area."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from seatrobot.accounts.pages import StaffRequest, staff_page
from seatrobot.backups import showing
from seatrobot.backups.feature import Action
from seatrobot.kernel.journal import services as journal


@require_safe
@staff_page
def backups(request: StaffRequest) -> HttpResponse:
    """Show which backups there are, where, until when, and how trying them went."""
    journal.record(Action.BACKUP_LIST)
    return render(request, "backups/overview.html", {"overview": showing.overview()})
