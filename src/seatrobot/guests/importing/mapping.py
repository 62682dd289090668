"""Which column of a file fills which field: guessed, shown in a form, corrected by a person."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.guests.importing.headings import AMBIGUOUS, TARGETS, Target, plain
from seatrobot.guests.records import LABELS, is_email
from seatrobot.guests.statuses import Status

TARGET_LABELS = {
    **{Target(field): label for field, label in LABELS.items()},
    Target.FULL_NAME: gettext_lazy("Full name (is split)"),
    Target.STATUS: gettext_lazy("Status"),
    Target.GROUP: gettext_lazy("Group (same value: one party)"),
    Target.HOST: gettext_lazy("Guest of (name, e-mail or reference of the host)"),
    Target.EXTRA: gettext_lazy("Keep as a column of its own"),
    Target.IGNORE: gettext_lazy("Leave out"),
}
_MANY = {Target.EXTRA, Target.IGNORE}
_NAMING = {Target.FIRST_NAME, Target.LAST_NAME, Target.FULL_NAME, Target.EMAIL}
_SAMPLE = 50
_MOST = 0.8


class Mapping(msgspec.Struct, frozen=True):
    """Heading -> target, in the order of the columns; headings are unique within a sheet."""

    columns: dict[str, Target]

    def problems(self, headings: Sequence[str]) -> list[str]:
        """Sentences for what keeps this mapping from being used on a sheet with these headings."""
        found = [
            _("The file has no column “%(name)s”.") % {"name": name}
            for name in self.columns
            if name not in headings
        ]
        counts = Counter(self.columns.values())
        for target, count in counts.items():
            if count > 1 and target not in _MANY:
                names = "”, “".join(n for n, t in self.columns.items() if t == target)
                found.append(
                    _("Several columns (“%(names)s”) are mapped to %(target)s; choose one.")
                    % {"names": names, "target": TARGET_LABELS[target]}
                )
        if not _NAMING & counts.keys():
            found.append(_("Choose the column that holds the names of the guests."))
        return found


def guess(headings: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]] = ()) -> Mapping:
    """Guess a mapping from headings and, where they say nothing, from the first rows."""
    plains = [plain(heading) for heading in headings]
    targets = [TARGETS.get(word) for word in plains]
    _settle_names(plains, targets)
    _look_at_cells(targets, [list(cells) for _number, cells in islice(rows, _SAMPLE)])
    columns: dict[str, Target] = {}
    for heading, target in zip(headings, targets, strict=True):
        known = target is not None and target not in columns.values()
        columns[heading] = target if known and target else Target.EXTRA
    return Mapping(columns)


def _settle_names(plains: list[str], targets: list[Target | None]) -> None:
    """Decide what "Name" means: beside "Vorname" the last name, beside "Apellidos" the first."""
    for index, word in enumerate(plains):
        if word not in AMBIGUOUS:
            continue
        has_first, has_last = Target.FIRST_NAME in targets, Target.LAST_NAME in targets
        if has_first and has_last:
            continue
        if has_first:
            targets[index] = Target.LAST_NAME
        elif has_last:
            targets[index] = Target.FIRST_NAME
        elif Target.FULL_NAME not in targets:
            targets[index] = Target.FULL_NAME


def _look_at_cells(targets: list[Target | None], sample: list[list[str]]) -> None:
    """Recognise addresses and statuses by their cells where no heading named them."""
    for target, fits in ((Target.EMAIL, is_email), (Target.STATUS, _is_status)):
        if target in targets:
            continue
        for index, known in enumerate(targets):
            filled = [cells[index].strip() for cells in sample if cells[index].strip()]
            if known is None and filled and sum(map(fits, filled)) >= _MOST * len(filled):
                targets[index] = target
                break


def _is_status(text: str) -> bool:
    return text.casefold() in set(Status)
