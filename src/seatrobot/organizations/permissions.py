"""The roles, and the sets of them that a permission is given to."""

from __future__ import annotations

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


SCOPED_ROLES = frozenset({Role.MANAGER, Role.VIEWER, Role.DOOR})
"""Roles that see only the events assigned to them."""

# Each set holds the role it is named after and every role that may more.
OWNER = frozenset({Role.OWNER})
ADMINISTRATORS = OWNER | {Role.ADMINISTRATOR}
TEAM = ADMINISTRATORS | {Role.TEAM}
MANAGERS = TEAM | {Role.MANAGER}
VIEWERS = MANAGERS | {Role.VIEWER}
DOORS = MANAGERS | {Role.DOOR}
EVERYBODY = frozenset(Role)
