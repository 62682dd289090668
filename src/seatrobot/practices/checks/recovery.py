"""Backups: that they are in several places, made every night, and missed when they fail.

Everything is read from the stores themselves, with the keys and the log; the catalogue is what they
are compared with. `retention.backups` uses the same reading.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

import seatrobot
from seatrobot.backups import alerts, verifying
from seatrobot.backups.configured import places, stores
from seatrobot.backups.feature import Action
from seatrobot.backups.making import About, place
from seatrobot.backups.models import Alert, Attempt, Backup, Part, StoreState
from seatrobot.backups.packing import members
from seatrobot.backups.reading import described, open_part, wal
from seatrobot.backups.source import NoSource, lsn, shown, source
from seatrobot.backups.stores import LEDGER, Store, StoreError
from seatrobot.backups.sweeping import began
from seatrobot.deletion import ledger
from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.ids import first_id
from seatrobot.kernel.promises.declaring import (
    CannotMeasure,
    Measure,
    Measurement,
    NotSetUp,
    Unit,
    promise,
)
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.practices.checks import drills

ELSEWHERE = (drills.tested,)
"""What is declared in a module of its own."""

NIGHTLY = 26.0
"""Hours that the newest backup may be old."""
LATEST_LOG = 120.0
"""Seconds of log that a store may lack."""
CATCHES_UP, PAUSE = 25.0, 0.5
EVERY_EXERCISE = timedelta(days=7)
TOLD_WITHIN = 200.0
UNTOLD_FOR = timedelta(minutes=5)
NEEDED = ("keys/journal.key", "keys/secret.key", "keystore/")
RAISED = """
    SELECT subject_id FROM journal_entry
    WHERE organization_id IS NULL AND action = %s AND id >= %s
"""


def require_backups() -> None:
    """Raise NotSetUp where this instance makes no backups, CannotMeasure where none is made yet."""
    if not alerts.is_set_up():
        raise NotSetUp(
            gettext(
                "The database of this service runs elsewhere (DATABASE_URL), and"
                " DATABASE_BACKUP_URL does not say who may back it up."
            )
        )
    with acting(ACTOR):
        is_young = now() - alerts.begun_at() < timedelta(hours=1)
        is_new = is_young and not Backup.objects.filter(finished_at__isnull=False).exists()
    if is_new:
        raise CannotMeasure(gettext("The first backup has not been made yet."))


@promise(
    "recovery.redundant",
    sentence=_("Data is stored at several locations."),
    measured_by=_(
        "The newest backup is read from each store as a restore would read it, with nothing but the"
        " store, the keys of backups and the root key: it is decrypted, each file of the database"
        " is compared with the manifest that PostgreSQL wrote, and the log is read from the"
        " backup's beginning to its end. Sizes, hashes and dates are compared with the catalogue."
        " Each store must have the log up to two minutes ago without a gap, and the ledger of what"
        " was erased. Directories of one disk are one place, and then nothing is proven."
    ),
    measures=[
        Measure("stores", _("stores with the newest backup whole"), least=2),
        Measure("places", _("different places"), least=2),
        Measure("wrong", _("faults found in stores"), most=0),
        Measure("behind", _("seconds of log that a store lacks"), Unit.SECONDS, most=LATEST_LOG),
    ],
    fresh_for=timedelta(hours=13),
    every=timedelta(hours=6),
    timeout=timedelta(seconds=600),
)
def redundant() -> Measurement:
    """Read the newest backup in every store."""
    require_backups()
    whole, wrong = 0, []
    newest = _newest()
    behind = _behind(_reached())
    for store in stores():
        try:
            problems = _wrong_in(store, newest)
        except StoreError as error:
            problems = [str(error)]
        whole += not problems
        wrong += [f"{store.name}: {each}" for each in problems]
    different = places()
    if different < len(PLACES) and whole >= len(PLACES) and not wrong and behind <= LATEST_LOG:
        raise NotSetUp(
            gettext(
                "All stores of backups are on one disk, which is lost as a whole:"
                " SEATROBOT_BACKUP_STORES names others (docs/backups.md)."
            )
        )
    return Measurement(
        {"stores": whole, "places": different, "wrong": len(wrong), "behind": round(behind, 1)},
        wrong,
    )


PLACES = ("here", "elsewhere")
"""How many there have to be at least."""


def _newest() -> Backup:
    with acting(ACTOR):
        row = Backup.objects.filter(destroyed_at=None, finished_at__isnull=False)
        newest = row.order_by("-made_at").prefetch_related("copies").first()
    if newest is None:
        raise CannotMeasure(gettext("There is no backup."))
    return newest


def _wrong_in(store: Store, newest: Backup) -> list[str]:
    """Return what is wrong with the newest backup in a store."""
    found = described(store)
    about = next((each for each in found if each.id == newest.pk), None)
    if about is None:
        return [f"the backup {newest.pk} is not there"]
    wrong = [f"{found[0].id} is newer than the catalogue"] * (found[0].id != newest.pk)
    said = (about.made_at, about.destroy_by, lsn(about.from_lsn), lsn(about.to_lsn))
    if said != (newest.made_at, newest.destroy_by, newest.from_lsn, newest.to_lsn):
        wrong.append(f"the backup {newest.pk} is described otherwise than in the catalogue")
    copies = {
        each.part: (each.size, each.sha256)
        for each in newest.copies.all()
        if each.store == store.name
    }
    if copies != about.parts or copies.keys() != {str(each) for each in Part}:
        wrong.append(f"the backup {newest.pk} has other parts than the catalogue says")
    sizes = {each.key: each.size for each in store.list(place(newest.pk, ""), versions=False)}
    wrong += [
        f"{part} has {sizes.get(place(newest.pk, part), 0)} bytes instead of {size}"
        for part, (size, _sha256) in about.parts.items()
        if sizes.get(place(newest.pk, part)) != size
    ]
    if not wrong and (problem := verifying.problem_of(store, about)):
        wrong.append(problem)
    return wrong + _gaps(store, about) + _ledger_of(store)


def _gaps(store: Store, about: About) -> list[str]:
    """Return where the log has a gap between the newest backup and now."""
    files = [each for each in wal(store, lsn(about.from_lsn)) if not each.name.endswith(".history")]
    return [
        f"the log has a gap between {shown(before.through)} and {shown(after.start)}"
        for before, after in pairwise(files)
        if before.through < after.start
    ]


def _ledger_of(store: Store) -> list[str]:
    """Return whether a store lacks what was erased: a restore would bring it back."""
    try:
        kept = ledger.path().read_bytes()
    except FileNotFoundError:
        return []
    deadline = time.monotonic() + CATCHES_UP
    while True:
        try:
            stored = store.get(LEDGER)
        except StoreError:
            stored = b""
        if stored == kept:
            return []
        if time.monotonic() > deadline:
            return ["the ledger of what was erased is another one than here"]
        time.sleep(PAUSE)
        kept = ledger.path().read_bytes()


def _reached() -> int:
    """Return how far the log has come now."""
    try:
        with source().connected() as connection:
            row = connection.execute("SELECT pg_current_wal_flush_lsn()::text").fetchone()
    except NoSource as error:
        raise NotSetUp(str(error)) from error
    assert row is not None
    return lsn(row[0])


def _behind(reached: int) -> float:
    """Return for how many seconds a store went on lacking what was written by now.

    Every store is looked at again and again until it has that, for as long as one may lack it.
    """
    begun = time.monotonic()
    lacking = list(stores())
    while lacking := [store for store in lacking if not _has(store, reached)]:
        if time.monotonic() - begun > CATCHES_UP:
            return LATEST_LOG + CATCHES_UP
        time.sleep(PAUSE)
    return time.monotonic() - begun


def _has(store: Store, reached: int) -> bool:
    """Return whether a store has the log up to a position; not where it cannot be used."""
    try:
        files = [each for each in wal(store, reached) if not each.name.endswith(".history")]
    except StoreError:
        return False
    return any(each.through >= reached for each in files)


@promise(
    "recovery.nightly",
    sentence=_("Customer Data and source code are backed up every night."),
    measured_by=_(
        "Each store is asked which backups it has. The newest must be less than 26 hours old by the"
        " time in its identifier, not only by its date, and its own parts must open with its key:"
        " the files with keys and keyrings but without the root key, and the source code with as"
        " many modules as the program that runs has. Backups of the last week that the log of the"
        " service speaks of must be in the catalogue, and the last attempt to make one must"
        " not have failed."
    ),
    measures=[
        Measure("hours", _("hours since the newest backup of Customer Data"), most=NIGHTLY),
        Measure("source", _("hours since the newest backup of this source code"), most=NIGHTLY),
        Measure("lacking", _("backups of the service's log that the catalogue lacks"), most=0),
        Measure("wrong", _("faults found"), most=0),
    ],
    fresh_for=timedelta(hours=4),
    every=timedelta(hours=1),
    timeout=timedelta(seconds=240),
)
def nightly() -> Measurement:
    """Look how old the newest backups in all stores are, and open what is beside the database."""
    require_backups()
    wrong: list[str] = []
    oldest, of_source = 0.0, 0.0
    for store in stores():
        try:
            found = described(store)
        except StoreError as error:
            found = []
            wrong.append(f"{store.name}: {error}")
        if not found:
            oldest = of_source = max(oldest, 24 * 14.0)
            wrong.append(f"{store.name}: there is no backup")
            continue
        newest = max(found, key=lambda about: about.id)
        oldest = max(oldest, _hours(_made(newest)))
        problems = _opened(store, newest)
        wrong += [f"{store.name}: {each}" for each in problems]
        of_source = max(of_source, _hours(_made(newest)))
    with acting(ACTOR):
        attempt = Attempt.objects.order_by("-begun_at").first()
    if attempt is not None and attempt.problem:
        wrong.append(f"the last attempt failed: {attempt.problem}")
    lacking = _lacking()
    return Measurement(
        {
            "hours": round(oldest, 2),
            "source": round(of_source, 2),
            "lacking": len(lacking),
            "wrong": len(wrong),
        },
        [*wrong, *lacking],
    )


def _made(about: About) -> datetime:
    """Return when a backup was begun, the earlier of its date and the time in its identifier."""
    return min(about.made_at, began(about.id))


def _hours(moment: datetime) -> float:
    return (now() - moment).total_seconds() / 3600


def _opened(store: Store, about: About) -> list[str]:
    """Return what is wrong with the files and the source code of a backup in a store."""
    try:
        with open_part(store, about.id, Part.FILES) as plain, members(plain) as archive:
            names = archive.getnames()
        problems = [
            f"its files lack {each}"
            for each in NEEDED
            if not any(name.startswith(each) for name in names)
        ]
        if any(name.endswith("root.key") for name in names):
            problems.append("its files hold the root key")
        with open_part(store, about.id, Part.SOURCE) as plain, members(plain) as archive:
            sources = 0
            for member in archive:
                sources += member.name.endswith(".py")
        return problems + ["its source code is not all there"] * (sources < _modules())
    except verifying.LEFT_OUT as error:
        return [str(getattr(error, "cause", error)) or type(error).__name__]


def _modules() -> int:
    """Return how many modules the program that runs has."""
    return sum(1 for _each in Path(seatrobot.__file__).parent.rglob("*.py"))


def _lacking() -> list[str]:
    """Return which backups of the journal of the last week no row of the catalogue has."""
    since = first_id(now() - timedelta(days=7))
    with examining() as examiner:
        made = {pk for (pk,) in examiner.execute(RAISED, [str(Action.BACKUP_MAKE), since])}
    with acting(ACTOR):
        known = set(Backup.objects.values_list("pk", flat=True))
    return [f"the catalogue lacks the backup {pk}" for pk in sorted(made - known)]


@promise(
    "recovery.alert",
    sentence=_("Operations is alerted when a backup fails."),
    measured_by=_(
        "Each week the examination has the part that ships backups write to a store that is not"
        " there, and demands that the operator's addresses have taken an alert of it within some"
        " minutes; the log of the service has to speak of it. Whatever is wrong now with backups,"
        " by what the examination itself finds (none for 26 hours, one that failed, a store that"
        " cannot be used, log that is not shipped, nothing heard of the part that ships, a slot"
        " that holds log, a full disk, a missed date), must have been told within five minutes."
        " Where neither an address (SEATROBOT_ALERTS) nor anybody of the staff is known, nobody"
        " can be told."
    ),
    measures=[
        Measure("addressees", _("addresses and people that are told"), least=1),
        Measure("days", _("days since an induced failure raised an alert"), most=7.5),
        Measure("untold", _("untold troubles with backups"), most=0),
    ],
    fresh_for=timedelta(hours=2),
    every=timedelta(minutes=30),
    timeout=timedelta(seconds=300),
)
def alerted() -> Measurement:
    """Look whether what is wrong was told; once a week, make something wrong."""
    require_backups()
    addressees = alerts.hears()
    if not addressees:
        raise NotSetUp(
            gettext(
                "There is nobody to alert: SEATROBOT_ALERTS names no address, and nobody is staff."
            )
        )
    last = _last_exercise()
    if last is None or now() - last > EVERY_EXERCISE:
        _exercise()
        last = _last_exercise()
    days = (now() - last).total_seconds() / 86400 if last else 99.0
    untold = _untold()
    return Measurement(
        {"addressees": addressees, "days": round(days, 2), "untold": len(untold)}, untold
    )


def _last_exercise() -> datetime | None:
    """Return when an exercise was told last, of those that the journal speaks of."""
    since = first_id(now() - EVERY_EXERCISE * 2)
    with examining() as examiner:
        raised = {pk for (pk,) in examiner.execute(RAISED, [str(Action.ALERT_RAISE), since])}
    with acting(ACTOR):
        rows = Alert.objects.filter(exercise=True, told_at__isnull=False, pk__in=raised)
        return rows.order_by("-told_at").values_list("told_at", flat=True).first()


def _exercise() -> None:
    """Have the shipper ask for a store that is not there, and wait until somebody was told."""
    begun = now()
    with acting(ACTOR):
        StoreState.objects.update_or_create(
            name=alerts.EXERCISE, defaults={"seen_at": begun, "problem": "", "problem_since": None}
        )
    deadline = time.monotonic() + TOLD_WITHIN
    try:
        while time.monotonic() < deadline:
            with acting(ACTOR):
                rows = Alert.objects.filter(exercise=True, raised_at__gt=begun)
                if rows.filter(told_at__isnull=False).exists():
                    return
            time.sleep(PAUSE)
    finally:
        with acting(ACTOR):
            StoreState.objects.filter(name=alerts.EXERCISE).delete()


def _untold() -> list[str]:
    """Return what is wrong now for longer than it may be and was not told."""
    moment = now()
    with acting(ACTOR):
        wrong = [each for each in alerts.troubles(moment) if each.about != alerts.EXERCISE]
        told = set(
            Alert.objects.filter(told_at__isnull=False, solved_at=None).values_list("kind", "about")
        )
    return [
        f"{each.kind.label}: {each.about} {each.detail}"
        for each in wrong
        if (each.kind, each.about) not in told
        and (each.since is None or moment - each.since > UNTOLD_FOR)
    ]
