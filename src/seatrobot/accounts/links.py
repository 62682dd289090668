"""One-time links that let somebody in: following a dead one is in the sign-in log."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from seatrobot.accounts.sign_in_log import services as sign_in_log
from seatrobot.accounts.sign_in_log.kinds import Method, Outcome, Reason
from seatrobot.kernel.refusal import LinkDead

View = Callable[..., HttpResponseBase]


def logs_dead_links(method: Method) -> Callable[[View], View]:
    """Guard a view whose services raise LinkDead; the middleware answers it with its page."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, **parts: Any) -> HttpResponseBase:
            try:
                return view(request, **parts)
            except LinkDead:
                sign_in_log.record(
                    request,
                    account=None,
                    method=method,
                    outcome=Outcome.FAILURE,
                    reason=Reason.DEAD_LINK,
                )
                raise

        return guarded

    return guard
