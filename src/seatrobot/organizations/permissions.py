"""What may be done, and which role may do it."""

from enum import StrEnum

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


class Permission(StrEnum):
    CHECKIN_USE = "checkin:door:use"
    EVENT_CHANGE = "event:event:change"
    EVENT_CREATE = "event:event:create"
    EVENT_DELETE = "event:event:delete"
    EVENT_VIEW = "event:event:view"
    GUEST_CHANGE = "guest:guest:change"
    GUEST_EXPORT = "guest:list:export"
    GUEST_IMPORT = "guest:list:import"
    GUEST_VIEW = "guest:guest:view"
    JOURNAL_EXPORT = "journal:log:export"
    JOURNAL_VIEW = "journal:log:view"
    MAIL_SENT_VIEW = "mail:sent:view"
    MEMBER_CHANGE = "organization:member:change"
    MEMBER_VIEW = "organization:member:view"
    ORGANIZATION_CHANGE = "organization:organization:change"
    ORGANIZATION_ENTER = "organization:organization:enter"
    ORGANIZATION_TRANSFER = "organization:organization:transfer"
    SEATING_CHANGE = "seating:plan:change"
    SEATING_EXPORT = "seating:plan:export"
    SEATING_VIEW = "seating:plan:view"


_ENTER = {Permission.ORGANIZATION_ENTER}
_DOOR = _ENTER | {Permission.CHECKIN_USE}
_VIEWER = _ENTER | {Permission.EVENT_VIEW, Permission.GUEST_VIEW, Permission.SEATING_VIEW}
_MANAGER = _VIEWER | {
    Permission.CHECKIN_USE,
    Permission.EVENT_CHANGE,
    Permission.GUEST_CHANGE,
    Permission.GUEST_EXPORT,
    Permission.GUEST_IMPORT,
    Permission.SEATING_CHANGE,
    Permission.SEATING_EXPORT,
}
_TEAM = _MANAGER | {Permission.EVENT_CREATE, Permission.EVENT_DELETE}
_ADMINISTRATOR = _TEAM | {
    Permission.JOURNAL_EXPORT,
    Permission.JOURNAL_VIEW,
    Permission.MAIL_SENT_VIEW,
    Permission.MEMBER_CHANGE,
    Permission.MEMBER_VIEW,
    Permission.ORGANIZATION_CHANGE,
}
_OWNER = _ADMINISTRATOR | {Permission.ORGANIZATION_TRANSFER}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(_OWNER),
    Role.ADMINISTRATOR: frozenset(_ADMINISTRATOR),
    Role.TEAM: frozenset(_TEAM),
    Role.LIMITED: frozenset(_ENTER),
    Role.MANAGER: frozenset(_MANAGER),
    Role.VIEWER: frozenset(_VIEWER),
    Role.DOOR: frozenset(_DOOR),
}
