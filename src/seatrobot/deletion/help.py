"""The help page about deleting, and about what a receipt says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from seatrobot.deletion.declarations import KEPT
from seatrobot.help.topics import Topic, Topics


class DeletionTopics(Topics):
    def topics(self) -> Iterable[Topic]:
        yield Topic(
            "deleting",
            _("Delete data, and prove that it is gone"),
            _("How to delete a person, an event or everything, and what the receipt says."),
            "deletion/help/deleting.html",
            _("Your data"),
            "trash",
            40,
            _deleting,
        )


def _deleting() -> Mapping[str, Any]:
    return {"kept": KEPT.items()}
