"""The notice on every page of an organization that will soon ask for more than was shown."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from seatrobot.organizations.members import Member
from seatrobot.organizations.security.demands import announced


def banner(request: HttpRequest) -> dict[str, Any]:
    """Return the context of the notice: from when on which factor is asked; costs no statement."""
    member = getattr(request, "member", None)
    deadline = announced(member, request) if isinstance(member, Member) else None
    if deadline is None or member is None:
        return {}
    return {"security_deadline": deadline, "security_factor": member.policy.factor}
