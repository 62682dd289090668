"""The roles, and the sets of them that a permission is given to."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    OWNER = "owner", _("Primary Owner")
    ADMINISTRATOR = "administrator", _("Administrator")
    TEAM = "team", _("Team member")
    LIMITED = "limited", _("Member of chosen events")
    MANAGER = "manager", _("Event manager")
    VIEWER = "viewer", _("Viewer")
    DOOR = "door", _("Door")


GRANTED_ROLES = frozenset({Role.MANAGER, Role.VIEWER, Role.DOOR})
"""Roles that a limited member has in an event, by a grant; the others are had in all of them."""


class GrantedRole(NamedTuple):
    """A role in one event, or in every event where none is named, until it expires."""

    role: Role
    event_id: UUID | None = None
    expires_at: datetime | None = None


# Each set holds the role it is named after and every role that may more.
OWNER = frozenset({Role.OWNER})
ADMINISTRATORS = OWNER | {Role.ADMINISTRATOR}
TEAM = ADMINISTRATORS | {Role.TEAM}
MANAGERS = TEAM | {Role.MANAGER}
VIEWERS = MANAGERS | {Role.VIEWER}
DOORS = MANAGERS | {Role.DOOR}
EVERYBODY = frozenset(Role)
NOBODY: frozenset[Role] = frozenset()
"""Of permissions that staff alone may have."""
