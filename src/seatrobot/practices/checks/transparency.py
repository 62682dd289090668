"""Transparency: security.txt reaches a person, and nobody rewrites the evidence of the page.

Evidence, attestations, the passkeys that sign those, and changes of state each have a journal
entry, and the journal is proven by its own tree. So a row that was inserted, changed or removed
afterwards does not match.
"""

from __future__ import annotations

import http.client
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import pysequoia
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.acting import acting
from seatrobot.kernel.clock import now
from seatrobot.kernel.examiner import examining
from seatrobot.kernel.feature import Action
from seatrobot.kernel.ids import PLATFORM, first_id
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.promises import statements
from seatrobot.kernel.promises.declaring import (
    CannotMeasure,
    Measure,
    Measurement,
    NotSetUp,
    Number,
    promise,
)
from seatrobot.kernel.promises.reading import DAYS
from seatrobot.kernel.promises.services import ACTOR, FULL_DETAIL
from seatrobot.kernel.promises.statements import Keys
from seatrobot.kernel.vault.errors import VaultError
from seatrobot.practices.checks import (
    browser,
    definitions,
    duties,
    notices,
    past,
    remembering,
    rfc9116,
    served,
)
from seatrobot.practices.contact import openpgp, security_txt

LEAST_DAYS = 30
MOST_DAYS = 366
MOST_BYTES = 64 * 1024
TRIES = 3
WAIT_SECONDS = 2.0
"""Between two tries, so that a server which is restarting is asked again."""

RECENT = timedelta(days=2)
SLICE = 200
"""How many older statements each examination checks, from a random place on."""

RECENT_EVIDENCE = """
    SELECT promise, id, at, text, signature, within FROM promises_evidence WHERE number >= (
        SELECT coalesce(min(number), 0) FROM promises_evidence WHERE at >= %s
    ) ORDER BY number
"""
OLDER_EVIDENCE = """
    SELECT promise, id, at, text, signature, within FROM promises_evidence
    WHERE number >= (
        SELECT min(number) + floor(%s * (max(number) - min(number)))::bigint
        FROM promises_evidence
    ) ORDER BY number LIMIT %s
"""
ATTESTATIONS = "SELECT promise, id, at, text, signature FROM promises_attestation ORDER BY at"
CHANGES = """
    SELECT id, promise, at, before, state, reason, number FROM promises_change ORDER BY number
"""
ENTRIES_OF = "SELECT id, subject_id, action, sealed FROM journal_entry WHERE id = ANY(%s)"
ENTRIES_SINCE = """
    SELECT id, subject_id, action, sealed FROM journal_entry
    WHERE organization_id IS NULL AND action = ANY(%s) AND id >= %s
"""
KNOWN = """
    SELECT id FROM promises_evidence WHERE id = ANY(%s)
    UNION SELECT id FROM promises_attestation WHERE id = ANY(%s)
    UNION SELECT id FROM promises_change WHERE id = ANY(%s)
    UNION SELECT id FROM promises_signing_key WHERE id = ANY(%s)
"""
# Of older days thinning keeps what determines their state, but not every examination.
WRONG_DAYS = """
    WITH evidence AS (
        SELECT promise, (at AT TIME ZONE 'UTC')::date AS day, at, within, max(at) OVER (
            PARTITION BY promise, (at AT TIME ZONE 'UTC')::date ORDER BY number
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS before
        FROM promises_evidence
        WHERE at >= %(first)s::timestamp AT TIME ZONE 'UTC'
    ), found AS (
        SELECT promise, day, min(at) AS first_at, max(at) AS last_at,
            max(at) FILTER (WHERE within) AS kept_at,
            bool_or(within IS FALSE) AS broken, bool_or(within IS NULL) AS failed,
            coalesce(extract(epoch FROM max(at - before)), 0) AS longest_gap
        FROM evidence GROUP BY promise, day
    )
    SELECT promise, day
    FROM found
    FULL JOIN (SELECT * FROM promises_day WHERE day >= %(first)s) AS stored USING (promise, day)
    WHERE (found.broken, found.failed) IS DISTINCT FROM (stored.broken, stored.failed)
        OR day >= %(detailed)s AND (
            (found.first_at, found.last_at, found.kept_at)
                IS DISTINCT FROM (stored.first_at, stored.last_at, stored.kept_at)
            OR abs(stored.longest_gap - GREATEST(found.longest_gap, 0)) > 1
        )
    ORDER BY day, promise
"""
ELSEWHERE = (remembering.remembered, remembering.witnessed, notices.told)
"""Promises of this section that are declared in a module of their own."""
RECORDER = "recorder}"
"""The role that inserts evidence, as the manifest names it."""
BY_PEOPLE = (Action.PROMISE_ATTEST, Action.PROMISE_CONFIRM)


class Row(NamedTuple):
    """A statement as its table has it."""

    promise: str
    id: UUID
    at: datetime
    text: str
    signature: str
    within: bool | None = None


class Change(NamedTuple):
    """A change of state as its table has it."""

    id: UUID
    promise: str
    at: datetime
    before: str
    state: str
    reason: str
    number: int


class JournalRecord(NamedTuple):
    """The journal's record of a statement or of a change of state."""

    id: UUID
    subject: UUID
    action: str
    digest: str


@promise(
    "transparency.contact",
    sentence=_("A signed and current file says where questions about security go."),
    measured_by=_(
        "The file /.well-known/security.txt is fetched over HTTP from the running web server and"
        " read as any finder of a fault would (RFC 9116): it names a contact, its OpenPGP"
        " signature verifies with the key published beside it, and it does not expire soon. That"
        " somebody reads what is sent there is not measured."
    ),
    measures=[
        Measure("answers", _("contact files that answer"), least=1),
        Measure("contacts", _("contacts named"), least=1),
        Measure("signatures", _("signatures by the published key"), least=1),
        Measure("mistakes", _("mistakes in the contact file"), most=0),
        Measure("days", _("days until it expires"), least=LEAST_DAYS, most=MOST_DAYS),
    ],
    fresh_for=timedelta(hours=2),
)
def contact() -> Measurement:
    """Fetch and check the file; a file that does not answer reaches nobody, which is broken."""
    nothing: dict[str, Number] = {
        "answers": 0,
        "contacts": 0,
        "signatures": 0,
        "mistakes": 0,
        "days": 0,
    }
    try:
        data = fetch(security_txt.PLACE)
        key = fetch(security_txt.KEY_PLACE)
    except NoAnswer as reason:
        return Measurement(nothing, [str(reason)])
    text = rfc9116.signed_text(data, key)
    if text is None:
        return Measurement(nothing | {"answers": 1}, ["The signature does not verify."])
    file = rfc9116.read(text)
    mistakes = [*file.mistakes, *_contact_mistakes(file), *_key_mistakes(key, file)]
    days = (file.expires - now()).days if file.expires else 0
    if not mistakes and days >= LEAST_DAYS and file.contacts == [security_txt.contact_page()]:
        raise NotSetUp(
            gettext("The operator has not said yet where questions go (email in practices.toml).")
        )
    measured = {"contacts": len(file.contacts), "mistakes": len(mistakes), "days": days}
    return Measurement(nothing | {"answers": 1, "signatures": 1} | measured, mistakes)


def _contact_mistakes(file: rfc9116.Contacts) -> list[str]:
    others = [value for value in file.contacts if value != security_txt.contact_page()]
    return ["A contact is no address." for value in others if not rfc9116.is_address(value)]


def _key_mistakes(key: bytes, file: rfc9116.Contacts) -> list[str]:
    """Return mistakes: the published key is not ours, or not the one that the file names."""
    published = str(pysequoia.Cert.from_bytes(key).fingerprint).upper()
    mistakes = []
    if published != openpgp.fingerprint():
        mistakes.append("The published key is not the one in the data directory.")
    named = [value for value in file.encryption if value.startswith("openpgp4fpr:")]
    if f"openpgp4fpr:{published}" not in named:
        mistakes.append("The file does not name the published key.")
    return mistakes


class NoAnswer(Exception):
    """The web server does not answer as it must; the text says how."""


def fetch(path: str) -> bytes:
    """Return what the running web server answers to a GET; raises NoAnswer."""
    for number in range(1, TRIES + 1):
        try:
            return _fetch(path)
        except (OSError, http.client.HTTPException) as error:
            if number == TRIES:
                raise NoAnswer(f"{path} does not answer ({type(error).__name__}).") from error
            time.sleep(WAIT_SECONDS)
    raise AssertionError


def _fetch(path: str) -> bytes:
    address = browser.own_address()
    http_connection = browser.connect(address)
    try:
        http_connection.request("GET", path, headers={"Host": address.name})
        answer = http_connection.getresponse()
        if answer.status != http.client.OK:
            raise NoAnswer(f"{path} answers {answer.status}.")
        data = answer.read(MOST_BYTES + 1)
    finally:
        http_connection.close()
    if len(data) > MOST_BYTES:
        raise NoAnswer(f"{path} is larger than {MOST_BYTES} bytes.")
    return data


@promise(
    "transparency.evidence",
    sentence=_("Nobody rewrites the evidence, and the public pages say what it says."),
    measured_by=_(
        "The evidence and the changes of state of the last two days, a slice of older evidence and"
        " every attestation are compared by another database role with their signatures and with"
        " their journal entries; and those entries with what they stand for. The strips of the last"
        " 90 days are compared with the evidence that is kept of them, and the tables of evidence"
        " and subscribers with what the migrations of this version make. Every public page and"
        " document of the practices, and of twelve promises, one of each state and the broken ones"
        " first, the page and the badge, are fetched over HTTP from the running web server, and"
        " must be word for word what the process that examines makes of the same evidence."
    ),
    measures=[
        Measure("looked_at", _("statements looked at"), least=1),
        Measure("foreign", _("statements that lack our signature or their journal entry"), most=0),
        Measure("missing", _("statements that the journal knows and that are gone"), most=0),
        Measure("days", _("days in a strip that differ from the evidence"), most=0),
        Measure("pages", _("public pages and documents fetched"), least=30),
        Measure("served", _("of them that differ from the evidence"), most=0),
        definitions.ALTERED,
    ],
    every=timedelta(minutes=30),
    timeout=timedelta(minutes=3),
)
def evidence() -> Measurement:
    """Compare statements with signatures and journal entries, and days with the evidence."""
    moment = now()
    with examining() as examiner:
        statements_ = _evidence(examiner, moment)
        attested = [Row(*row) for row in examiner.execute(ATTESTATIONS)]
        keys = duties.noted_keys(examiner)
        changes = [Change(*row) for row in examiner.execute(CHANGES)]
        days = _wrong_days(examiner, moment)
        entries = {row: entry for row in statements_ if (entry := _entry_of(row))}
        records = _records(examiner, entries.values(), moment - RECENT)
        gone = [each.subject for each in _gone(examiner, records)]
        with acting(ACTOR):
            turns = past.days_of_this_turn(moment)
            older = [past.compare(examiner, moment, day, open_entry) for day in turns]
        days += [each for found in older for each in found.days if each not in days]
        gone += [each for found in older for each in found.gone if each not in gone]
        altered = definitions.compared(examiner).of("promises_", "subscribing_", RECORDER)
    foreign: list[Row | Change] = [
        row for row in statements_ if not _is_recorded(row, entries.get(row), records)
    ]
    foreign += _out_of_order(statements_, entries)
    noted = {(each.subject, each.action): each.digest for each in records.values()}
    strange = [key for key in keys if not duties.is_noted(key, noted)]
    ours = statements.keyed(key for key in keys if key not in strange)
    foreign += [row for row in attested if not _is_attested(row, records, ours)]
    foreign += [row for row in changes if not _is_recorded_change(row, records)]
    notes = list(altered.notes)
    notes += [f"{row.promise} of {row.at:%Y-%m-%d %H:%M:%S} is not ours" for row in foreign]
    notes += [f"the journal knows {each}, which is gone" for each in gone]
    notes += [f"{promise} was otherwise on {day} than its strip says" for promise, day in days]
    notes += [f"the journal knows no passkey {key.id} of {key.account_id}" for key in strange]
    is_other_key = not statements.is_examiner_known()
    notes += ["the published key of the examiner is not its own"] if is_other_key else []
    is_wrong = bool(foreign or strange or gone or days or is_other_key)
    altered.demand(is_wrong=is_wrong)
    count = len(statements_) + len(attested)
    others = len(foreign) + len(strange) + is_other_key
    if not count and not gone and not others:
        raise CannotMeasure(gettext("There is no evidence yet."))
    measured: dict[str, Number] = {"looked_at": count, "foreign": others}
    measured |= {"missing": len(gone), "days": len(days), "altered": len(altered.differences)}
    shown = _served(is_rest_right=not (is_wrong or altered.differences))
    measured |= {"pages": shown.compared, "served": len(shown.wrong)}
    return Measurement(measured, [*notes, *shown.wrong])


def _served(*, is_rest_right: bool) -> served.Served:
    """Compare what is served; a page that does not answer hides nothing else that is wrong."""
    try:
        return served.compare(is_patient=is_rest_right)
    except CannotMeasure:
        if is_rest_right:
            raise
        return served.Served()


def _wrong_days(examiner: psycopg.Connection, moment: datetime) -> list[tuple[str, date]]:
    """Return the days whose summary does not follow from the evidence that is kept."""
    today = moment.date()
    first = today - timedelta(days=DAYS)
    detailed = today - FULL_DETAIL + timedelta(days=1)
    return examiner.execute(WRONG_DAYS, {"first": first, "detailed": detailed}).fetchall()


def _evidence(examiner: psycopg.Connection, moment: datetime) -> list[Row]:
    """Return recent evidence, and some from a random place on."""
    rows = examiner.execute(RECENT_EVIDENCE, [moment - RECENT]).fetchall()
    place = secrets.randbelow(1000) / 1000
    rows += examiner.execute(OLDER_EVIDENCE, [place, SLICE]).fetchall()
    return list({row[1]: Row(*row) for row in rows}.values())


def _entry_of(row: Row) -> UUID | None:
    """Return the journal entry that evidence names; None without a valid signature."""
    try:
        statement = statements.read(row.promise, str(row.id), row.text, row.signature)
    except statements.InvalidStatement:
        return None
    is_same = (datetime.fromisoformat(statement.at), statement.within) == (row.at, row.within)
    return UUID(statement.journal) if is_same else None


def _is_recorded(row: Row, entry: UUID | None, records: Mapping[UUID, JournalRecord]) -> bool:
    found = records.get(entry) if entry else None
    return found is not None and (found.subject, found.action, found.digest) == (
        row.id,
        Action.PROMISE_EXAMINE,
        statements.digest(row.text),
    )


def _is_attested(row: Row, records: Mapping[UUID, JournalRecord], keys: Keys) -> bool:
    try:
        statements.read_attestation(row.promise, str(row.id), row.text, row.signature, keys)
    except statements.InvalidStatement:
        return False
    digest = statements.digest(row.text)
    return any(
        (each.subject, each.digest) == (row.id, digest) and each.action in BY_PEOPLE
        for each in records.values()
    )


def _is_recorded_change(row: Change, records: Mapping[UUID, JournalRecord]) -> bool:
    wanted = (row.id, Action.PROMISE_CHANGE, statements.digest(statements.text_of_change(*row)))
    return wanted in {(each.subject, each.action, each.digest) for each in records.values()}


def _out_of_order(rows: Sequence[Row], entries: Mapping[Row, UUID]) -> list[Row]:
    """Return evidence whose number is larger than that of evidence journalled after it.

    The strips follow the numbers, which nobody signs; the order of the journal is signed.
    """
    last: dict[str, UUID] = {}
    wrong = []
    for row in rows:
        entry = entries.get(row)
        if entry and entry < last.get(row.promise, entry):
            wrong.append(row)
        elif entry:
            last[row.promise] = entry
    return wrong


def _records(
    examiner: psycopg.Connection, named: Iterable[UUID], since: datetime
) -> dict[UUID, JournalRecord]:
    """Return the entries that evidence names, recent ones, and all of changes and attestations."""
    assert FULL_DETAIL > RECENT  # thinning leaves recent evidence alone
    signers = [Action.PROMISE_SIGNER, Action.PROMISE_SIGNER_END]
    lasting = [Action.PROMISE_CHANGE, *signers, *BY_PEOPLE]
    rows = [
        *examiner.execute(ENTRIES_OF, [list(named)]),
        *examiner.execute(ENTRIES_SINCE, [[Action.PROMISE_EXAMINE], first_id(since)]),
        *examiner.execute(ENTRIES_SINCE, [lasting, UUID(int=0)]),
    ]
    with acting(ACTOR):
        return {row[0]: _opened(*row) for row in rows}


def _opened(pk: UUID, subject: UUID, action: str, sealed: bytes) -> JournalRecord:
    return JournalRecord(pk, subject, action, str(open_entry(pk, sealed).get("hash", "")))


def open_entry(pk: UUID, sealed: bytes) -> Mapping[str, Any]:
    """Open an entry of the platform's stream; one that does not open says nothing."""
    try:
        return Entry._meta.get_field("sealed").open_record(pk, PLATFORM, bytes(sealed)).facts
    except VaultError:
        return {}


def _gone(
    examiner: psycopg.Connection, records: Mapping[UUID, JournalRecord]
) -> list[JournalRecord]:
    """Return records whose statement is gone; of old evidence only those that a row names."""
    ids = [each.subject for each in records.values()]
    known = {pk for (pk,) in examiner.execute(KNOWN, [ids] * 4)}
    return [each for each in records.values() if each.subject not in known]
