"""What staff signed and passed, judged again from the rows: signatures, texts, and the journal.

A row counts only with the entry that its person's own act left in the journal, which nobody can put
in afterwards without being noticed (`confidentiality.logged`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import psycopg
from django.utils.translation import gettext

from seatrobot.accounts.feature import Action as Accounts
from seatrobot.kernel import signed as statements
from seatrobot.kernel.feature import Action as Kernel
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.journal.models import Details, Entry
from seatrobot.kernel.promises import statements as promises
from seatrobot.kernel.promises.declaring import NotSetUp
from seatrobot.kernel.promises.statements import Keys, KnownKey
from seatrobot.kernel.vault.errors import VaultError
from seatrobot.personnel import markdown, rules
from seatrobot.personnel.feature import Action
from seatrobot.personnel.models import Kind
from seatrobot.personnel.rules import GRACE, Due, Passed, Stated

STAFF = """
    SELECT account_id, created_at FROM accounts_staff_member
    WHERE is_enabled AND (ends_on IS NULL OR ends_on >= (now() AT TIME ZONE 'UTC')::date)
"""
ADDED = """
    SELECT subject_id, min(at) FROM journal_entry
    WHERE organization_id IS NULL AND action = %s GROUP BY subject_id
"""
EDITIONS = """
    SELECT id, kind, name, number, digest, text, published_at, valid_days, earlier_days
    FROM personnel_edition WHERE kind = %s ORDER BY name, number
"""
SIGNATURES = "SELECT id, account_id, edition_id, at, signed FROM personnel_signature"
RESULTS = """
    SELECT id, account_id, edition_id, at, asked, cardinality(wrong) FROM personnel_result
    WHERE passed
"""
ENTRIES = """
    SELECT subject_id, id, actor_id, at, sealed FROM journal_entry
    WHERE organization_id IS NULL AND action = %s AND actor_kind = ANY(%s)
"""
STAFF_ACTS, SERVICE_ACTS = ["staff"], ["operator", "system"]
"""Kinds of actors of entries: staff themselves, and the service with its operator."""
KEYS = """
    SELECT id, account_id, encode(key_hash, 'hex'), rp_id, attests, at, removed_at
    FROM promises_signing_key ORDER BY at
"""
ENROLLED = """
    SELECT subject_id, action, id, sealed FROM journal_entry
    WHERE organization_id IS NULL AND action = ANY(%s)
"""
SAME_MOMENT = timedelta(minutes=1)
"""How far a row and its entry, which one transaction wrote, may be apart."""


class Person(NamedTuple):
    """Somebody of the staff who is enabled. since: when they were added, as the journal has it."""

    id: UUID
    since: datetime


class Act(NamedTuple):
    """An entry of the journal. by: somebody of the staff, or None."""

    by: UUID | None
    at: datetime
    facts: Mapping[str, Any]


class Edition(NamedTuple):
    """An edition as its table has it."""

    id: UUID
    kind: str
    name: str
    number: int
    digest: str
    text: str
    published_at: datetime
    valid_days: int
    earlier_days: int | None

    @property
    def terms(self) -> tuple[int, int | None]:
        """How long completions count: as the text of a course says, not as columns do."""
        if self.kind != Kind.COURSE or not self.text:
            return 0, None
        try:
            course = markdown.course_of(self.text)
        except markdown.BadText:
            return 0, None
        return course.valid_days, course.earlier_days

    @property
    def stated(self) -> Stated:
        return Stated(self.number, self.published_at, *self.terms)


@dataclass(slots=True)
class Found:
    """missing: people who are not bound or trained. late: of them those whose time is over.

    gone: signatures or results that the journal has and no row.
    """

    people: int = 0
    missing: list[UUID] = field(default_factory=list)
    late: list[UUID] = field(default_factory=list)
    forged: list[str] = field(default_factory=list)
    gone: list[UUID] = field(default_factory=list)

    def add(self, person: Person, dues: Sequence[Due], moment: datetime) -> None:
        """Count a person by what became of everything that they have to do."""
        wanting = [due for due in dues if not due.holds]
        if not wanting:
            return
        self.missing.append(person.id)
        has_lapsed = any(due.until is not None for due in wanting)
        if has_lapsed or moment - person.since > GRACE:
            self.late.append(person.id)


def staff(examiner: psycopg.Connection[Any]) -> list[Person]:
    """Return everybody of the staff who is enabled; raise NotSetUp where nobody is.

    A row that says a later day than the journal gives nobody more time.
    """
    added = dict(examiner.execute(ADDED, [Accounts.STAFF_ADD]).fetchall())
    people = [
        Person(account, min(created_at, added.get(account, created_at)))
        for account, created_at in examiner.execute(STAFF)
    ]
    if not people:
        raise NotSetUp(gettext("Nobody is on the staff yet (seatrobot staff add)."))
    return people


def policies(
    examiner: psycopg.Connection[Any],
    moment: datetime,
    only: Collection[str] | None = None,
    needed: Collection[str] = (),
) -> Found:
    """Return who has not signed each policy in force, or each that is named.

    NotSetUp where one that is needed is not in force.
    """
    found = Found()
    people, editions = staff(examiner), _editions(examiner, "policy", found)
    acts, keys = entries(examiner, Action.POLICY_SIGN), enrolled(examiner)
    signed: dict[tuple[UUID, str], set[int]] = defaultdict(set)
    rows = examiner.execute(SIGNATURES).fetchall()
    found.gone += acts.keys() - {row[0] for row in rows}
    for pk, account, edition_id, at, packed in rows:
        edition = editions.get(edition_id)
        stated = stated_by(packed, account, at, acts.get(pk), keys)
        if edition and stated and _is_of(edition, stated):
            signed[account, edition.name].add(edition.number)
        else:
            found.forged.append(f"signature {pk}")
    in_force = _in_force(editions, only)
    if missing := ", ".join(sorted({*needed} - in_force.keys())):
        raise NotSetUp(gettext("This policy is not published: %s.") % missing)
    _judge(
        found,
        people,
        in_force,
        lambda person, name, row: rules.signature_due(row, signed[person, name], moment),
        moment,
    )
    return found


def courses(examiner: psycopg.Connection[Any], moment: datetime) -> Found:
    """Return who has not passed each course in force."""
    found = Found()
    people, editions = staff(examiner), _editions(examiner, "course", found)
    acts = entries(examiner, Action.COURSE_ANSWER)
    passed: dict[tuple[UUID, str], list[Passed]] = defaultdict(list)
    rows = examiner.execute(RESULTS).fetchall()
    of_passing = {pk for pk, act in acts.items() if act.facts.get("passed")}
    found.gone += of_passing - {row[0] for row in rows}
    for pk, account, edition_id, at, asked, wrong in rows:
        edition = editions.get(edition_id)
        if edition and _is_passed(pk, account, edition, at, asked, wrong, acts):
            passed[account, edition.name].append(Passed(edition.number, at))
        else:
            found.forged.append(f"result {pk}")
    _judge(
        found,
        people,
        _in_force(editions, None),
        lambda person, name, row: rules.training_due(row, passed[person, name], moment),
        moment,
    )
    return found


def entries(
    examiner: psycopg.Connection[Any], action: str, actors: Sequence[str] = STAFF_ACTS
) -> dict[UUID, Act]:
    """Return what entries of an action say, by the row that each is about; call inside `acting`."""
    return {
        subject: Act(by, at, facts_of(pk, bytes(sealed)))
        for subject, pk, by, at, sealed in examiner.execute(ENTRIES, [action, actors])
    }


def stated_by(
    packed: str, account: UUID, at: datetime, act: Act | None, keys: Keys
) -> Mapping[str, Any] | None:
    """Return what a person has signed with a passkey of theirs, None where it does not hold.

    It holds when the journal has the enrolment of that passkey before (keys), no removal by then,
    and, of that moment, their own act with the hash of what is kept.
    """
    try:
        signed = statements.unpack(packed)
        statements.verify(signed)
    except statements.NotSigned:
        return None
    holds = (
        signed.facts.get("account") == str(account)
        and promises.key_of(signed, keys) is not None
        and act is not None
        and act.by == account
        and abs(act.at - at) < SAME_MOMENT
        and act.facts.get("hash") == signed.digest
    )
    return signed.facts if holds else None


def enrolled(examiner: psycopg.Connection[Any]) -> Keys:
    """Return the passkeys of which the journal has enrolment and removal; call inside `acting`.

    They stay when a passkey is removed: what it has signed before stays true.
    """
    actions = [Kernel.PROMISE_SIGNER, Kernel.PROMISE_SIGNER_END]
    noted = {
        (subject, action): str(facts_of(pk, bytes(sealed)).get("hash"))
        for subject, action, pk, sealed in examiner.execute(ENROLLED, [actions])
    }
    return promises.keyed(key for key in noted_keys(examiner) if is_noted(key, noted))


def noted_keys(examiner: psycopg.Connection[Any]) -> list[KnownKey]:
    """Return what the table says of every passkey, the oldest first."""
    return [KnownKey(*row) for row in examiner.execute(KEYS)]


def is_noted(key: KnownKey, noted: Mapping[tuple[UUID, str], str]) -> bool:
    """Whether the journal says the same of a passkey. noted: hashes of its entries."""
    wanted = {Kernel.PROMISE_SIGNER: promises.text_of_key(key)}
    if key.removed_at is not None:
        wanted[Kernel.PROMISE_SIGNER_END] = promises.text_of_removal(key)
    return all(
        noted.get((key.id, action))
        == (promises.digest(wanted[action]) if action in wanted else None)
        for action in (Kernel.PROMISE_SIGNER, Kernel.PROMISE_SIGNER_END)
    )


def facts_of(pk: UUID, sealed: bytes) -> Mapping[str, Any]:
    """Return the facts of an entry of the platform, none of one that does not open."""
    try:
        record = Entry._meta.get_field("sealed").open_record(pk, PLATFORM, sealed)
    except (VaultError, msgspec.DecodeError):
        return {}
    return record.facts if isinstance(record, Details) else {}


def _judge(
    found: Found,
    people: Sequence[Person],
    in_force: Mapping[str, Sequence[Stated]],
    due_of: Callable[[UUID, str, Sequence[Stated]], Due],
    moment: datetime,
) -> None:
    if not in_force:
        raise NotSetUp(gettext("No such text is published, so nobody can keep to it."))
    found.people = len(people)
    for person in people:
        dues = [due_of(person.id, name, row) for name, row in in_force.items()]
        found.add(person, dues, moment)


def _editions(examiner: psycopg.Connection[Any], kind: str, found: Found) -> dict[UUID, Edition]:
    """Return the editions whose text is what its hash says, and note those of which it is not."""
    editions = [Edition(*row) for row in examiner.execute(EDITIONS, [kind])]
    acts = _published(examiner)
    for each in editions:
        if not _is_published(each, acts.get(each.id)):
            found.forged.append(f"edition {each.number} of {each.name}")
    return {each.id: each for each in editions}


def _is_published(edition: Edition, act: Act | None) -> bool:
    """Whether an edition is what was published then, and its columns say what its text does."""
    if act is None or edition.digest != act.facts.get("hash", ""):
        return False
    if edition.digest and markdown.digest(edition.text) != edition.digest:
        return False
    if abs(act.at - edition.published_at) >= SAME_MOMENT:
        return False
    return edition.terms == (edition.valid_days, edition.earlier_days)


def _published(examiner: psycopg.Connection[Any]) -> dict[UUID, Act]:
    """Return what the journal has of the publication of each edition."""
    published = entries(examiner, Action.TEXT_PUBLISH, SERVICE_ACTS)
    return published | entries(examiner, Action.TEXT_WITHDRAW, SERVICE_ACTS)


def _in_force(
    editions: Mapping[UUID, Edition], only: Collection[str] | None
) -> dict[str, list[Stated]]:
    by_name: dict[str, list[Edition]] = defaultdict(list)
    for each in editions.values():
        if only is None or each.name in only:
            by_name[each.name].append(each)
    return {
        name: [each.stated for each in row if each.digest]
        for name, row in by_name.items()
        if row[-1].digest
    }


def _is_of(edition: Edition, stated: Mapping[str, Any]) -> bool:
    """Whether a signed statement is about the text of an edition."""
    said = [stated.get(name) for name in ("kind", "policy", "edition", "text")]
    return said == ["policy", edition.name, edition.number, edition.digest]


def _is_passed(  # noqa: PLR0913, PLR0917  the columns of a row
    pk: UUID,
    account: UUID,
    edition: Edition,
    at: datetime,
    asked: int,
    wrong: int,
    acts: Mapping[UUID, Act],
) -> bool:
    """Whether the person has answered so, as the journal has it, and it was enough."""
    act = acts.get(pk)
    return (
        act is not None
        and act.by == account
        and abs(act.at - at) < SAME_MOMENT
        and (act.facts.get("course"), act.facts.get("edition")) == (edition.name, edition.number)
        and (act.facts.get("asked"), act.facts.get("right")) == (asked, asked - wrong)
        and act.facts.get("passed") is True
        and markdown.course_of(edition.text).is_passed(asked - wrong)
    )
