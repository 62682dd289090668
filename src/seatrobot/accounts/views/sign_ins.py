"""One's own sign-ins: "This wasn't me"."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from seatrobot.accounts.assurance import assurance_of
from seatrobot.accounts.pages import account_of, account_page
from seatrobot.accounts.sign_in_log.disowning import disown


@require_POST
@account_page
def not_me(request: HttpRequest, sign_in: UUID) -> HttpResponse:
    disown(account=account_of(request), sign_in_id=sign_in, by=assurance_of(request))
    logout(request)
    messages.warning(
        request,
        _(
            "Every session has ended and the old password no longer works. The link for a new "
            "one is in your mail."
        ),
    )
    return redirect("accounts:sign-in")
