"""Browsers and rows that the tests of this package share."""

from __future__ import annotations

from uuid import UUID

from django.db import connection
from django.test import Client

from seatrobot.accounts.models import RefusalCount, SignIn
from seatrobot.conftest import PASSWORD
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)


def browser(agent: str = FIREFOX, ip: str = "192.0.2.7") -> Client:
    return Client(HTTP_USER_AGENT=agent, REMOTE_ADDR=ip)


def sign_in(client: Client, name: str = "alice", password: str = PASSWORD):
    address = name if "@" in name else f"{name}@seatrobot.test"
    return client.post("/sign-in/", {"username": address, "password": password})


def own_rows(member) -> list[SignIn]:
    """Return a person's own rows, the oldest first, with what is sealed in them opened."""
    with acting(Actor.member(member.account_id)):
        rows = list(SignIn.objects.filter(organization_id=None).order_by("id"))
        for row in rows:
            assert row.sealed
    return rows


def copies(member) -> list[SignIn]:
    """Return the copies that the member's organization has, the oldest first."""
    with acting(member.actor, member.organization_id):
        rows = list(SignIn.objects.filter(organization_id=member.organization_id).order_by("id"))
        for row in rows:
            assert row.sealed
    return rows


def counted() -> list[tuple[str, str, int]]:
    """Return method, reason and number of the attempts refused without being examined."""
    rows = RefusalCount.objects.order_by("id")
    return list(rows.values_list("method", "reason", "count"))


def run_jobs(name: str) -> int:
    """Run the waiting jobs of one kind with their arguments as stored; return how many."""
    from procrastinate.contrib.django.models import ProcrastinateJob

    from seatrobot.accounts import jobs
    from seatrobot.kernel.jobs import Work

    kinds = {
        "accounts.copy-refused-sign-in": jobs.copy_refused_sign_in,
        "accounts.mail-new-origin": jobs.mail_new_origin,
        "accounts.mail-disowned": jobs.mail_disowned,
    }
    found = list(ProcrastinateJob.objects.filter(task_name=name).order_by("id"))
    for job in found:
        arguments = dict(job.args)
        arguments.pop("organization")
        actor = arguments.pop("account")
        kinds[name](Work(name, None, UUID(actor) if actor else None), **arguments)
    return len(found)


def as_anybody(statement: str) -> list[tuple]:
    """Run SQL as the application, with no person and no organization shown."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('seatrobot.organization', '', true),"
            " set_config('seatrobot.account', '', true)"
        )
        cursor.execute(statement)
        return cursor.fetchall()
