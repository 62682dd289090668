"""The service's own code on a restored database: what was erased goes, everything else opens.

Started by `drilling` with the restored database in its environment. Reads which organizations are
deleted by now, as JSON; prints what it found, as `drilling.Outcome`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from psycopg import sql

from seatrobot.runtime.drilling import Found, Outcome

if TYPE_CHECKING:
    import psycopg

OF_EACH = 3
"""How many values of each sealed column of each organization are opened: the newest."""
ORGANIZATIONS = "SELECT id FROM organizations_organization ORDER BY id"
OK, FOUND = 200, 302


def main() -> int:
    """Try everything; print the outcome."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seatrobot.settings")
    deleted = [UUID(each) for each in json.loads(sys.stdin.read())]
    found = Found()
    from seatrobot.runtime import static_files
    from seatrobot.runtime.application import application

    with application():
        from django.conf import settings

        static_files.collect(settings.CONFIG.data)
        _erase(found)
        _open(found)
        _serve(found)
        _verify(found)
        _look_for(deleted, found)
    outcome = Outcome(findings=found.findings, facts=found.facts)
    sys.stdout.write("\n" + msgspec.json.encode(outcome).decode() + "\n")
    return 0


def _erase(found: Found) -> None:
    """Replay the ledger; afterwards the database has nothing of what it names."""
    from seatrobot.deletion import ledger, replaying
    from seatrobot.kernel.examiner import examining

    known = ledger.read()
    gone = replaying.replay(known)
    found.facts["erased_again"] = sum(gone.values())
    found.facts["erasures"] = len(known)
    with examining() as examiner:
        back = replaying.returned(known, examiner)
    found.findings += [f"{number} rows of {table} came back" for table, number in back.items()]


def _open(found: Found) -> None:
    """Open sealed values of every organization, and of the platform, with their own keys."""
    from seatrobot.backups.catalogue import ACTOR
    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.examiner import examining
    from seatrobot.kernel.ids import PLATFORM
    from seatrobot.kernel.vault import services as vault
    from seatrobot.kernel.vault.errors import KeyringLocked, VaultError

    opened = organizations = locked = 0
    with examining() as examiner:
        known = [each for (each,) in examiner.execute(ORGANIZATIONS)]
        for organization_id in [PLATFORM, *known]:
            place = None if organization_id == PLATFORM else organization_id
            try:
                with acting(ACTOR, place):
                    if place is not None:
                        vault.require_open(place)
                    number = sum(_opened(examiner, organization_id))
            except KeyringLocked:
                locked += 1
                continue
            except (VaultError, msgspec.DecodeError) as error:
                cause = getattr(error, "cause", "") or type(error).__name__
                found.findings.append(f"What {organization_id} has sealed does not open: {cause}")
                continue
            opened += number
            organizations += place is not None
    found.facts |= {"organizations": organizations, "opened": opened, "locked": locked}


def _opened(examiner: psycopg.Connection[Any], organization_id: UUID) -> Iterator[int]:
    """Open the newest values of each sealed column of an organization."""
    from seatrobot.kernel.ids import PLATFORM
    from seatrobot.kernel.vault.errors import KeyringDamaged
    from seatrobot.kernel.vault.fields import sealed_fields

    known = {"o": organization_id, "most": OF_EACH}
    for each in sealed_fields():
        meta = each.model._meta
        owner = each.owner(organization_id)
        statement = sql.SQL(
            "SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL AND {whose}"
            " ORDER BY {key} DESC LIMIT %(most)s"
        ).format(
            key=sql.Identifier(str(meta.pk.column)),
            column=sql.Identifier(str(each.column)),
            table=sql.Identifier(meta.db_table),
            whose=sql.SQL(owner),
        )
        for key, sealed in examiner.execute(statement, known):
            own, _other = each.try_keys(key, organization_id, bytes(sealed), PLATFORM)
            if not own:
                raise KeyringDamaged(f"{meta.db_table}.{each.column} does not open")
            yield 1


def _serve(found: Found) -> None:
    """Serve the practices to everybody, and to the probe, who signs in, its organization."""
    from django.conf import settings
    from django.test import Client

    from seatrobot.practices.checks import probe

    host = settings.BASE_URL.partition("//")[2]
    browser = Client(headers={"host": host})
    secure = settings.BASE_URL.startswith("https")
    pages = {"/practices/": browser.get("/practices/", secure=secure)}
    row = _probe()
    if row is not None:
        with probe.with_password(probe.owner_of(row)) as (address, password):
            form = {"username": address, "password": password}
            answer = browser.post("/sign-in/", form, secure=secure)
        if answer.status_code != FOUND:
            found.findings.append(f"Nobody can sign in: the page answers {answer.status_code}.")
        place = f"/o/{row.organization_id}/"
        pages[place] = browser.get(place, secure=secure, follow=True)
    for name, page in pages.items():
        if page.status_code != OK:
            found.findings.append(f"The page {name} answers {page.status_code}.")
    found.facts["pages"] = sum(page.status_code == OK for page in pages.values())


def _probe() -> Any:
    from seatrobot.practices.models import Probe

    return Probe.objects.first()


def _verify(found: Found) -> None:
    """Compare the whole journal with its signed trees, as `seatrobot journal verify --full`."""
    from seatrobot.kernel.examiner import examining
    from seatrobot.kernel.journal.verifying import verify

    with examining() as examiner:
        seen = verify(examiner, full=True)
    found.facts["entries"] = seen.entries
    found.findings += [f"The journal: {each.sentence}" for each in seen.findings[:5]]


def _look_for(deleted: Iterable[UUID], found: Found) -> None:
    """Try to read organizations that are deleted by now: it has to fail."""
    from seatrobot.backups.catalogue import ACTOR
    from seatrobot.deletion import erasing
    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.vault import services as vault
    from seatrobot.kernel.vault.errors import VaultError

    number = 0
    for organization_id in deleted:
        number += 1
        try:
            with acting(ACTOR, organization_id):
                vault.require_open(organization_id)
        except VaultError:
            pass
        else:
            found.findings.append(f"The deleted organization {organization_id} has its keys again.")
        if rows := sum(erasing.count(organization_id).values()):
            found.findings.append(f"{rows} rows of the deleted organization {organization_id}.")
    found.facts["deleted"] = number


if __name__ == "__main__":
    sys.exit(main())
