"""Confidentiality: staff need a grant, every access is logged, organizations are kept apart."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from django.apps import apps
from django.db import DatabaseError, connection
from django.utils.translation import gettext_lazy as _
from psycopg import sql

from seatrobot.kernel.acting import acting
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.findings import Fault, Verification
from seatrobot.kernel.journal.verifying import verify
from seatrobot.kernel.promises.declaring import Measure, Measurement, Unit, promise
from seatrobot.kernel.promises.services import ACTOR
from seatrobot.kernel.tenancy import looking, rights
from seatrobot.kernel.tenancy.models import TenantModel
from seatrobot.organizations.feature import Action
from seatrobot.organizations.models import Organization
from seatrobot.practices.checks import (
    asking,
    bound,
    database_sessions,
    definitions,
    reads,
    remembering,
    support_access,
)
from seatrobot.practices.checks.probe import ProbeOrganization, probe_organization
from seatrobot.practices.models import Probe

ELSEWHERE = (bound.bound, database_sessions.worked)
"""Promises of this section that are declared in modules of their own."""
PERIOD = timedelta(days=30)

MISSING = {Fault.ENTRY_MISSING, Fault.LEAF_MISSING, Fault.CHECKPOINT_MISSING}
CHANGED = {Fault.ENTRY_CHANGED, Fault.CHECKPOINT_WRONG, Fault.ROOT_DIFFERS}
UNPROVEN = {Fault.ENTRY_WITHOUT_LEAF, Fault.CHECKPOINT_FORGED}
NEWEST_OF = (
    "SELECT id, opened FROM journal_entry WHERE organization_id = %s ORDER BY id DESC LIMIT 1"
)

MOST_LINES = 4
"""Of each kind of finding, how many are noted."""
MOST_ROWS = 1000
"""At most how many rows of others are counted in a table; one is too many."""
ORGANIZATIONS = "organizations_organization"

READABLE = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relname = ANY(%s)
      AND has_table_privilege(oid, 'SELECT')
    ORDER BY relname
"""
COUNT = """
    SELECT count(*) FROM (
        SELECT 1 FROM {table} WHERE {column} IS DISTINCT FROM %s::uuid LIMIT %s
    ) AS rows
"""


@promise(
    "confidentiality.need",
    sentence=_("Our staff see Customer Data only when a need for it was stated."),
    measured_by=_(
        "In one transaction that is taken back, the examination makes members of staff and real"
        " grants: expired, ended by the organization, another person's, for another organization,"
        " and live while its holder lacks a condition. With each, and with none, it begins a unit"
        " of work, asks the vault for keys, and opens a page; with each but the last, which is the"
        " control, it asks the database for rows, too. A grant for one event must show nothing of"
        " another in three tables of the database, and no contact. Then it enables for a moment an"
        " account of staff that is kept for this, and asks the running web server over HTTP for a"
        " page with each of these grants; each refusal must be the right one. Another database role"
        " compares the acts of staff of the last 30 days in the journals of all organizations with"
        " the grants that were live at that moment, each grant with the entries of its request and"
        " its opening in the organization's journal, down to its minutes, its events and whether"
        " something may be changed; what is done after an end that the journal has counts as"
        " outside of it. It looks there for emergencies whose review by somebody else than who"
        " asked or approved is overdue. Whether an organization is asked first must be what its"
        " journal has as its own decision; and whatever acted in organizations as the service or a"
        " job in the last two days must be a part of it that this build knows. The signatures of"
        " the newest decisions of members who had a passkey, where their organization is not"
        " locked, and of a sixteenth of those of 30 days in turn, are verified with the passkeys"
        " whose enrolment the platform's journal has from before; none of 30 days that a journal"
        " has may be gone."
    ),
    measures=[
        Measure("tries", _("ways tried to see an organization's data as staff"), least=41),
        Measure("opened", _("of them that showed something"), most=0),
        Measure("unexplained", _("of them refused for a wrong reason"), most=0),
        Measure("control", _("rows that a live grant shows, as a control"), least=1),
        Measure("entries", _("acts of staff in organizations' journals")),
        Measure("ungranted", _("of them outside a live grant"), most=0),
        Measure("unknown", _("grants and decisions that differ from the journal"), most=0),
        Measure("unreviewed", _("emergencies whose review is overdue"), most=0),
        Measure("unruled", _("organizations whose rule differs from their decision"), most=0),
        Measure("unnamed", _("acts of the service under an unknown name"), most=0),
        Measure("beyond", _("tables of which a grant for one event showed others"), most=0),
        Measure("forged", _("decisions that lack the signature of their person"), most=0),
    ],
    timeout=timedelta(minutes=2),
)
def need() -> Measurement:
    """Try grants that open nothing in every way, then compare the journals with the grants."""
    with probe_organization() as probe:
        found = support_access.tried(probe.organization_id, probe.owner.actor)
        support_access.asked_over_http(probe, found)
    with examining() as examiner:
        past = support_access.past(examiner, probe)
        signatures = support_access.decided(examiner)
    notes = [f"staff saw something {name}" for name in found.opened]
    notes += [f"refused for another reason: {name}" for name in found.unexplained]
    notes += [f"staff acted without a live grant, the last time at {past.last}"] * bool(past.last)
    notes += [f"a grant for one event showed others: {each}" for each in found.beyond]
    notes += [*past.unknown, *past.unruled, *past.by]
    notes += [f"nobody whose passkey it is has signed decision {pk}" for pk in signatures.forged]
    return Measurement(
        {
            "tries": found.tries,
            "opened": len(found.opened),
            "unexplained": len(found.unexplained),
            "control": found.control,
            "entries": past.entries,
            "ungranted": past.ungranted,
            "unknown": len(past.unknown),
            "unreviewed": past.unreviewed,
            "unruled": len(past.unruled),
            "unnamed": past.unnamed,
            "forged": len(signatures.forged),
            "beyond": len(found.beyond),
        },
        notes,
    )


@promise(
    "confidentiality.logged",
    sentence=_("Every access to Customer Data is logged, and the log cannot be changed unseen."),
    measured_by=_(
        "Another database role compares the journal's tables, triggers and rights with what the"
        " migrations of this version make, counts the journal, compares it with its Merkle tree and"
        " its signed checkpoints, the newest entries and a slice of the older ones one by one, and"
        " every journal with the last head that was published. Over HTTP the owner, a member and"
        " somebody at the door open some twenty pages and a file of an organization kept for this:"
        " each must leave an entry that names them, says that something was opened, and holds the"
        " address and the browser that asked. Then the process that examines reads something, which"
        " must leave an entry, and changes something whose entry cannot be written, which must be"
        " refused. An entry that is taken away with its leaf in the minute before it has its place"
        " in the tree is not seen."
    ),
    measures=[
        Measure("entries", _("entries counted"), least=1),
        Measure("missing", _("entries that are missing"), most=0),
        Measure("changed", _("entries that were changed"), most=0),
        Measure("unproven", _("entries that the tree leaves unproven"), most=0),
        Measure("forgotten", _("journals and heads that lack what was last published"), most=0),
        Measure("waiting", _("age of the oldest entry without a place"), Unit.SECONDS, most=600),
        Measure("read", _("pages read over HTTP"), least=10),
        Measure("unlogged", _("accesses whose entry is missing or untrue"), most=0),
        Measure("unrefused", _("changes that went through unlogged"), most=0),
        definitions.ALTERED,
    ],
    every=timedelta(minutes=15),
)
def logged() -> Measurement:
    """Read something and find its entry, try a change without one, and verify the journal."""
    with probe_organization() as probe:
        served = reads.read(probe)
        unlogged = len(served.wrong) + int(not _leaves_an_entry(probe))
        unrefused = int(not _is_refused_unlogged(probe))
    with examining() as examiner:
        found = verify(examiner)
        lost = remembering.forgotten(examiner).wrong
        altered = definitions.compared(examiner).of("journal_")
    altered.demand(is_wrong=bool(unlogged or unrefused or lost or found.findings))
    waiting = found.oldest_waiting
    return Measurement(
        {
            "entries": found.entries,
            "missing": _number(found, MISSING),
            "changed": _number(found, CHANGED),
            "unproven": _number(found, UNPROVEN),
            "forgotten": len(lost),
            "waiting": round(waiting.total_seconds()) if waiting else 0,
            "read": served.pages,
            "unlogged": unlogged,
            "unrefused": unrefused,
            "altered": len(altered.differences),
        },
        [*altered.notes, *(each.sentence for each in found.findings), *lost, *served.wrong],
    )


def _number(found: Verification, faults: set[Fault]) -> int:
    counted = Counter(finding.fault for finding in found.findings)
    return sum(counted[fault] for fault in faults)


def _leaves_an_entry(probe: ProbeOrganization) -> bool:
    """Read a sealed name as a member would; return whether the examiner finds the entry."""
    before = _newest(probe.organization_id)
    with acting(probe.member.actor, probe.organization_id):
        assert Organization.objects.get(pk=probe.organization_id).sealed.name
    after = _newest(probe.organization_id)
    return after != before and after is not None and after[1] == 1


def _newest(organization_id: UUID) -> tuple[UUID, int] | None:
    with examining() as examiner:
        row = examiner.execute(NEWEST_OF, [organization_id]).fetchone()
    return (row[0], row[1]) if row else None


def _is_refused_unlogged(probe: ProbeOrganization) -> bool:
    """Change something while its entry cannot be written; return whether all of it was undone.

    The entry gets an identifier that the journal has already, so the database refuses it.
    """
    known = _newest(probe.organization_id)
    assert known is not None
    name = f"unlogged {new_id()}"
    with suppress(DatabaseError), acting(probe.owner.actor, probe.organization_id):
        _rename(probe, name)
        entry = journal.record(Action.ORGANIZATION_CHANGE, subject_id=probe.organization_id)
        entry.pk = known[0]
    with acting(probe.owner.actor, probe.organization_id):
        return Organization.objects.get(pk=probe.organization_id).sealed.name != name


def _rename(probe: ProbeOrganization, name: str) -> None:
    organization = Organization.objects.get(pk=probe.organization_id)
    organization.sealed.name = name
    organization.save(update_fields=["sealed"])


@promise(
    "confidentiality.separated",
    sentence=_("The database itself keeps organizations apart."),
    measured_by=_(
        "Another database role compares all that the database defines with what the migrations of"
        " this version make: tables, columns, policies, triggers, functions, views, roles, rights"
        " and, where the database is Seatrobot's own, its settings and who may connect. It looks at"
        " the row-level security of every table with rows of organizations, but of three that only"
        " name one, and at what the application's role may do. Then the application asks for rows"
        " without an organization (not for grants of support access, which the service itself has"
        " to end), and for rows of others while it acts for one kept for this."
    ),
    measures=[
        Measure("definitions", _("things that the database defines compared"), least=1000),
        Measure("differences", _("of them more, less or other than was built"), most=0),
        Measure("tables", _("tables with rows of organizations looked at"), least=10),
        Measure("unguarded", _("tables whose guard is missing or weak"), most=0),
        Measure("rights", _("rights of the application beyond what it needs"), most=0),
        Measure("rows", _("rows seen that are another's"), most=0),
    ],
)
def separated() -> Measurement:
    """Inspect the database's definitions and rights, then ask for rows of others."""
    known = connection.settings_dict
    role = str(known["OPTIONS"].get("assume_role") or known["USER"])
    with examining() as examiner:
        tables = looking.tables(examiner, role, _customer_data())
        beyond = rights.faults(examiner, role)
        built = definitions.compared(examiner)
    weak = [table for table in tables if table.faults]
    names = [table.name for table in tables]
    unasked, foreign = rows_without_an_organization(names), foreign_rows(names)
    built.demand(is_wrong=bool(weak or beyond or unasked or foreign))
    notes = [*built.notes, *(f"{table.name}: {', '.join(table.faults)}" for table in weak)]
    notes += [f"The application's role {fault}." for fault in beyond]
    notes += [f"{name}: {count} rows without an organization" for name, count in unasked.items()]
    notes += [f"{name}: {count} rows of another organization" for name, count in foreign.items()]
    return Measurement(
        {
            "definitions": built.compared,
            "differences": len(built.differences),
            "tables": len(tables),
            "unguarded": len(weak),
            "rights": len(beyond),
            "rows": sum(unasked.values()) + sum(foreign.values()),
        },
        notes,
    )


@promise(
    "confidentiality.guarded",
    sentence=_("Every page of the service opens only to those it is meant for."),
    measured_by=_(
        "The processes of the web server say which addresses they answer, which must be those of"
        " this build. Each that is not public is asked over HTTP by those of these for whom it is"
        " not declared, and must refuse: a stranger, a member without the permission, the owner of"
        " another organization, the door of the event and of another one, and staff who are"
        " disabled. What an address names besides its organization and event does not exist, and"
        " “not found” is a refusal. Each of these answers is looked at for the headers and flags of"
        " cookies that guard browsers; and sessions that were ended are tried again. Forms are sent"
        " from another site and without a token, and one with markup in it, which a page must show"
        " as text."
    ),
    measures=[
        Measure("asked", _("answers looked at"), least=500),
        Measure("strange", _("addresses other than those of this build"), most=0),
        Measure("open", _("answers that should have been refusals"), most=0),
        Measure("closed", _("pages that stayed closed to those they are meant for"), most=0),
        Measure("bare", _("answers that lack headers that guard browsers"), most=0),
        Measure("loose", _("cookies that lack flags that guard them"), most=0),
        Measure("lasting", _("ended sessions that still opened something"), most=0),
        Measure("taken", _("forged forms that were taken"), most=0),
        Measure("raw", _("pages that showed typed markup as their own"), most=0),
    ],
    every=timedelta(hours=1),
    fresh_for=timedelta(hours=3),
    timeout=timedelta(minutes=5),
)
def guarded() -> Measurement:
    """Ask every address as people whom it is not meant for."""
    with probe_organization() as probe:
        found = asking.everything(probe)
        asking.sessions(probe, found)
        asking.forms(probe, found)
    lists = {
        name: getattr(found, name)
        for name in ("strange", "open", "closed", "bare", "loose", "lasting", "taken", "raw")
    }
    notes = [f"{name}: {line}" for name, lines in lists.items() for line in lines[:MOST_LINES]]
    return Measurement(
        {"asked": found.asked, **{name: len(lines) for name, lines in lists.items()}}, notes
    )


def rows_without_an_organization(tables: list[str]) -> dict[str, int]:
    """Return for each table how many rows the application sees without an organization."""
    hidden = [name for name in tables if name not in looking.SHOWN_TO_THE_SERVICE]
    with acting(ACTOR):
        return _count(hidden, None)


def foreign_rows(tables: list[str]) -> dict[str, int]:
    """Return for each table how many rows of others the application sees when it acts for one.

    It acts for the probe organization, or for one that does not exist while there is none.
    """
    probe = Probe.objects.first()
    organization_id = probe.organization_id if probe else new_id()
    with acting(ACTOR, organization_id):
        return _count(tables, organization_id)


def _count(tables: list[str], but: UUID | None) -> dict[str, int]:
    """Count rows that are not of one organization, in each table that may be read at all."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(READABLE, [tables])
        for (name,) in cursor.fetchall():
            column = "id" if name == ORGANIZATIONS else "organization_id"
            names = {"table": sql.Identifier(name), "column": sql.Identifier(column)}
            cursor.execute(sql.SQL(COUNT).format(**names), [but, MOST_ROWS])
            if count := cursor.fetchone()[0]:
                found[name] = int(count)
    return found


def _customer_data() -> list[str]:
    models = [model for model in apps.get_models() if issubclass(model, TenantModel)]
    return [ORGANIZATIONS, *(model._meta.db_table for model in models)]
