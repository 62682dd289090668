"""Faults of access logging: sign-ins that are not logged, pages that do not answer."""

from __future__ import annotations

from collections.abc import Iterator

from seatrobot.kernel.promises.status import State
from seatrobot.practices.faults.declaring import Instance, fault

ONE = "(SELECT id FROM accounts_sign_in WHERE organization_id IS NULL ORDER BY id DESC LIMIT 1)"
RECOUNT = """
    UPDATE practices_sign_in_count AS counts SET count = (
        SELECT count(*) FROM accounts_sign_in
        WHERE organization_id IS NULL AND outcome = 'success'
          AND date_trunc('hour', at, 'UTC') = counts.hour
    )
"""
"""What was not logged or counted cannot be repaired, so the counts are made to match."""


@fault("access.signins", "sign-ins that are not logged")
def not_logged(instance: Instance) -> Iterator[None]:
    with instance.patched_web("seatrobot.accounts.sign_in_log.recording.insert", "lambda *_: None"):
        instance.sign_in()
        yield
    instance.run(RECOUNT)


@fault("access.signins", "sign-ins that the web server does not count")
def not_counted(instance: Instance) -> Iterator[None]:
    with instance.patched_web("seatrobot.practices.checks.sign_in_counts.count", "lambda: None"):
        instance.sign_in()
        yield
    instance.run(RECOUNT)


@fault("access.signins", "delete a line of the sign-in log as superuser")
def line_deleted(instance: Instance) -> Iterator[None]:
    instance.sign_in()
    with instance.changed(
        f"CREATE TEMP TABLE kept_line AS SELECT * FROM accounts_sign_in WHERE id = {ONE};"
        f" DELETE FROM accounts_sign_in WHERE id = {ONE}",
        "INSERT INTO accounts_sign_in SELECT * FROM kept_line; DROP TABLE kept_line",
    ):
        yield


@fault("access.signins", "a sign-in without its device")
def bare(instance: Instance) -> Iterator[None]:
    instance.sign_in()
    with instance.changed(
        f"UPDATE accounts_sign_in SET device = '' WHERE id = {ONE}",
        f"UPDATE accounts_sign_in SET device = 'desktop' WHERE id = {ONE}",
    ):
        yield


@fault("access.signins", "a trigger that swallows sign-ins of one person")
def swallowed(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "CREATE FUNCTION seeded() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        " CREATE TRIGGER aaa BEFORE INSERT ON accounts_sign_in FOR EACH ROW"
        " WHEN (NEW.device = 'seeded') EXECUTE FUNCTION seeded()",
        "DROP FUNCTION seeded() CASCADE",
    ):
        yield


@fault("access.visible", "an access log page that answers 500")
def page_broken(instance: Instance) -> Iterator[None]:
    with instance.patched_web("seatrobot.organizations.log.entries.page", "lambda *_: 1 / 0"):
        yield


@fault("access.visible", "an access log open to every member")
def page_open(instance: Instance) -> Iterator[None]:
    with instance.patched_web("seatrobot.organizations.members.Member.may", "lambda *_: True"):
        yield


@fault("access.visible", "the web server is down", expected=(State.BROKEN, State.UNPROVEN))
def web_down(instance: Instance) -> Iterator[None]:
    with instance.without("web"):
        yield
