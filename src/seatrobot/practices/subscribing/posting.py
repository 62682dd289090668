"""Posts a webhook to an address that a customer typed; nothing of the answer is kept."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from seatrobot.kernel import outgoing, tls
from seatrobot.kernel.outgoing import Limits
from seatrobot.kernel.unit_of_work import require_committed

STEP_SECONDS = 10
WHOLE_SECONDS = 20
MOST_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a delivery. text: one short sentence; nothing of what was answered."""

    ok: bool
    text: str


def post(url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
    """Post and say what came of it; raises nothing, outside a unit of work."""
    require_committed("a webhook")
    try:
        status, _answer = outgoing.send(
            url,
            headers,
            body,
            Limits(MOST_BYTES, step_seconds=STEP_SECONDS, whole_seconds=WHOLE_SECONDS),
        )
    except outgoing.BadAddress as error:
        return Outcome(False, str(error))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Outcome(False, _reason(error))
    if http.client.OK <= status < http.client.MULTIPLE_CHOICES:
        return Outcome(True, _("Delivered (%d).") % status)
    return Outcome(False, _("It answered %d.") % status)


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _("Its certificate is not valid.")
    if isinstance(error, TimeoutError):
        return _("It did not answer in time.")
    if tls.is_too_old(error):
        return _("It speaks only versions of TLS that are not used here.")
    return _("It was not reached (%s).") % type(error).__name__
