"""What the OSCAL documents have in common: heads, properties and references.

They follow OSCAL 1.2 of NIST; keys are written as its JSON has them. A promise is a control of
our own catalog: its statement is the sentence, its objective is how it is measured.
"""

from __future__ import annotations

from typing import Any

import msgspec
from django.utils.translation import gettext as _

from seatrobot.kernel.build import build_name
from seatrobot.kernel.promises.declaring import Promise
from seatrobot.practices import addresses
from seatrobot.practices.formats.editions import Edition
from seatrobot.practices.formats.snapshot import stable_id, written
from seatrobot.practices.profile import known_profile

OSCAL = "1.2.1"

Object = dict[str, Any]


def encoded(kind: str, document: Object) -> bytes:
    """Return a document as JSON whose keys always have the same order."""
    return msgspec.json.format(msgspec.json.encode({kind: document}), indent=1) + b"\n"


def head(kind: str, title: str, edition: Edition) -> Object:
    """Return identifier and metadata; the edition is the document's version."""
    operator = identifier("operator")
    return {
        "uuid": identifier(kind),
        "metadata": {
            "title": title,
            "last-modified": written(edition.moment),
            "version": edition.name,
            "oscal-version": OSCAL,
            "props": [prop("software-version", build_name())],
            "roles": [{"id": "provider", "title": _("Runs the service")}],
            "parties": [{"uuid": operator, "type": "organization", "name": known_profile().name}],
            "responsible-parties": [{"role-id": "provider", "party-uuids": [operator]}],
        },
    }


def identifier(*words: str) -> str:
    return str(stable_id("oscal", *words))


def component() -> str:
    """Return the identifier of the service, the one component of all documents."""
    return identifier("component", "service")


def objective(promise: Promise) -> str:
    """Return the identifier of a promise's assessment objective in the catalog."""
    return f"{promise.id}_obj"


def prop(name: str, value: str) -> Object:
    """Return a property of our own namespace."""
    return {"name": name, "ns": addresses.NAMESPACE, "value": value}


def every_control() -> Object:
    """Return the selection of all controls of our catalog."""
    return {
        "description": _("Every promise of the practices page."),
        "control-selections": [{"include-all": {}}],
    }


def promise_link(promise: Promise) -> Object:
    return {"href": addresses.of_promise(promise.id), "rel": "reference"}
