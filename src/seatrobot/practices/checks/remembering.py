"""Whether what was published is still there, and whether somebody outside remembers it."""

from __future__ import annotations

import time
from datetime import timedelta

import psycopg
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.heads import containing, memory, witnesses
from seatrobot.kernel.heads.containing import Contained
from seatrobot.kernel.promises.declaring import (
    CannotMeasure,
    Measure,
    Measurement,
    NotSetUp,
    Number,
    Unit,
    promise,
)

SILENCE = timedelta(minutes=15)
HEADS = "SELECT count(*) FROM heads_head"


def forgotten(examiner: psycopg.Connection) -> Contained:
    """Compare the database with what was last published.

    Where the memory is gone although heads were signed, that is what is wrong.
    """
    try:
        kept = memory.read()
    except ValueError as error:
        return Contained(wrong=[f"Of the memory outside the database, {error}."])
    if kept is not None:
        found = containing.examine(examiner, kept)
        if memory.known_leaves() < kept.size:
            found.add("The hashes of older heads outside the database are gone.")
        return found
    row = examiner.execute(HEADS).fetchone()
    if row and row[0]:
        return Contained(wrong=["The memory outside the database is gone."])
    return Contained()


@promise(
    "transparency.memory",
    sentence=_("What was published can be taken back by nobody who has only the database."),
    measured_by=_(
        "Each minute one head is signed over the size and root of every journal and the newest"
        " evidence, and kept in files outside the database. Another database role compares the"
        " last one with all journals, and heads one by one with their hashes in those files: the"
        " newest, and a slice of the older ones. Whoever can write those files too is noticed by a"
        " witness alone."
    ),
    measures=[
        Measure("heads", _("heads compared with the files"), least=1),
        Measure("journals", _("journals compared with the last published head"), least=1),
        Measure("lost", _("parts of it that are gone or changed"), most=0),
        Measure("age", _("age of the newest head"), Unit.SECONDS, most=15 * 60),
    ],
    every=timedelta(minutes=5),
)
def remembered() -> Measurement:
    """Compare the last published head and the heads before it with the database."""
    with examining() as examiner:
        found = forgotten(examiner)
    if not found.wrong and not found.heads:
        raise CannotMeasure(gettext("No head is signed yet."))
    kept = None if found.wrong and not found.heads else memory.read()
    age = (now() - kept.statement.at).total_seconds() if kept else 0
    measured: dict[str, Number] = {"heads": found.heads, "journals": found.streams}
    return Measurement(measured | {"lost": len(found.wrong), "age": round(age)}, found.wrong)


@promise(
    "transparency.witness",
    sentence=_("Somebody outside this service remembers what it has published."),
    measured_by=_(
        "Each minute the newest head is shown to the witnesses that are set up; that they are"
        " other people's, on other machines, is not measured. A witness keeps the largest head it"
        " has seen, demands a proof that a new one continues it, and signs it; these signatures are"
        " verified. One that knows more than our own log says that our past was cut off."
    ),
    measures=[
        Measure("witnesses", _("witnesses that signed a head in the last 15 minutes"), least=1),
        Measure("silence", _("longest time since a witness signed"), Unit.SECONDS, most=15 * 60),
        Measure("refusals", _("witnesses that know of another past"), most=0),
    ],
    every=timedelta(minutes=5),
)
def witnessed() -> Measurement:
    """Read what each witness said last, and verify its signature."""
    names = witnesses.configured()
    if not names:
        raise NotSetUp(
            gettext(
                "No witness is set up here: somebody else runs one, SEATROBOT_WITNESSES names it."
            )
        )
    answers = memory.answers()
    ages, refusals, notes = [], 0, []
    for name, (_address, key) in names.items():
        answer = answers.get(name) or memory.Answer()
        at = witnesses.signed_at(answer, key)
        ages.append(max(time.time() - at, 0))
        refusals += answer.refused
        notes += [f"{name}: {answer.trouble}"] if answer.trouble else []
    recent = sum(age <= SILENCE.total_seconds() for age in ages)
    measured: dict[str, Number] = {"witnesses": recent, "refusals": refusals}
    return Measurement(measured | {"silence": round(max(ages))}, notes)
