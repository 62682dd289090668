"""What each package declares about itself, found without a central list.

A top package of this product may have a module `feature` with one `FEATURE`: its journal actions,
its permissions with the roles that have them, its places in the navigation, and what it adds to
other packages. The packages of INSTALLED_APPS are asked, in that order, at first use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from django.apps import apps
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from seatrobot.kernel.journal.actions import Action
from seatrobot.kernel.vault.keyring import KeyClass

PRODUCT = "seatrobot"
Extension = TypeVar("Extension")


class ByStaff(StrEnum):
    """Whether staff with a live grant have a permission."""

    NEVER = "never"
    READING = "reading"
    EVERYWHERE = "everywhere"
    """To read, if the grant shows every event: what the permission is for belongs to none."""
    CHANGING = "changing"
    """If the grant says that they may change something."""


class Permission(StrEnum):
    """One thing that may be allowed. roles: the values of the roles that have it.

    by_staff: whether staff with a grant have it too; without a word they never do.
    """

    roles: frozenset[str]
    by_staff: ByStaff

    def __new__(
        cls, value: str, roles: frozenset[str], by_staff: ByStaff = ByStaff.NEVER
    ) -> Permission:
        member = str.__new__(cls, value)
        member._value_ = value
        member.roles = frozenset(roles)
        member.by_staff = by_staff
        return member


class Area(NamedTuple):
    """How the actions of an area are headed in the access log. icon: a name of the sprite."""

    label: Promise
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NavItem:
    """A place in the navigation of an organization, or of an event.

    section: what its pages are called (`request.section`, or the name of the URL). order: places
    are sorted by it. covers: further URL names, or whole URL applications, that belong to it.
    """

    section: str
    label: Promise
    icon: str
    url: str
    permission: Permission
    order: int
    covers: tuple[str, ...] = ()


class StaffItem(NamedTuple):
    """A place in the navigation of the staff area, open to everybody on the staff."""

    label: Promise
    icon: str
    url: str
    order: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """What one package declares.

    key_classes: by class of special data, the permission with which its keys open.
    areas: the headings of its actions, by the first part of their values. extends: by an
    interface that a package below defines, the dotted path of the class that implements it here; a
    path, because `feature` modules are imported by services and import none. staff_conditions:
    dotted paths of functions that answer one condition of a staff member, see
    `kernel.staff.conditions`.
    """

    actions: type[Action] | None = None
    permissions: type[Permission] | None = None
    key_classes: Mapping[KeyClass, Permission] = field(default_factory=dict)
    areas: Mapping[str, Area] = field(default_factory=dict)
    navigation: Sequence[NavItem] = ()
    event_navigation: Sequence[NavItem] = ()
    staff_navigation: Sequence[StaffItem] = ()
    extends: Mapping[type, str] = field(default_factory=dict)
    staff_conditions: Sequence[str] = ()


@cache
def features() -> tuple[Feature, ...]:
    """Return every declared feature; Django must be set up."""
    names = [app.name.split(".") for app in apps.get_app_configs()]
    packages = dict.fromkeys(".".join(name[:2]) for name in names if name[0] == PRODUCT)
    return tuple(_declared(packages))


def _declared(packages: Mapping[str, None]) -> Iterator[Feature]:
    for package in packages:
        if find_spec(f"{package}.feature"):
            feature = import_module(f"{package}.feature").FEATURE
            assert isinstance(feature, Feature), package
            yield feature


@cache
def actions() -> Mapping[str, Action]:
    """Return every action by its value; two packages may not declare the same."""
    found: dict[str, Action] = {}
    for feature in features():
        for action in feature.actions or ():
            assert action not in found, action
            found[action.value] = action
    return found


@cache
def permissions() -> tuple[Permission, ...]:
    return tuple(member for feature in features() for member in feature.permissions or ())


@cache
def key_classes() -> Mapping[KeyClass, Permission]:
    return {name: may for feature in features() for name, may in feature.key_classes.items()}


@cache
def areas() -> Mapping[str, Area]:
    return {name: area for feature in features() for name, area in feature.areas.items()}


@cache
def navigation() -> tuple[NavItem, ...]:
    items = (item for feature in features() for item in feature.navigation)
    return tuple(sorted(items, key=lambda item: item.order))


@cache
def event_navigation() -> tuple[NavItem, ...]:
    items = (item for feature in features() for item in feature.event_navigation)
    return tuple(sorted(items, key=lambda item: item.order))


@cache
def staff_navigation() -> tuple[StaffItem, ...]:
    items = (item for feature in features() for item in feature.staff_navigation)
    return tuple(sorted(items, key=lambda item: item.order))


@cache
def extensions(interface: type[Extension]) -> tuple[Extension, ...]:
    """Return what packages add to an interface, in the order of INSTALLED_APPS."""
    paths = (feature.extends[interface] for feature in features() if interface in feature.extends)
    found = []
    for path in paths:
        extension = import_string(path)()
        assert isinstance(extension, interface), extension
        found.append(extension)
    return tuple(found)


@cache
def staff_conditions() -> tuple[Callable[[UUID], Any], ...]:
    """Return every function that answers a condition of staff, in the order of INSTALLED_APPS."""
    paths = (path for feature in features() for path in feature.staff_conditions)
    return tuple(import_string(path) for path in paths)


def sentence_of(value: str) -> str:
    """Return the sentence of an action as stored; one that is no longer known stands for itself."""
    action = actions().get(value)
    return str(action.sentence) if action else value
