"""Looking at row-level security from outside, at what the database says and not the code."""

from __future__ import annotations

import re
from dataclasses import dataclass

import psycopg

from seatrobot.kernel.tenancy.scopes import LEVELS

NO_CUSTOMER_DATA = {
    "accounts_pending_reset": "who asked to reset whose factors, and until when",
    "practices_probe": "which organization is kept for examinations",
    "subscribing_listener": "which organizations want to hear how promises stand",
}
"""Tables that name an organization and are open, with the reason."""

SHOWN_TO_THE_SERVICE = {
    "grants_staff_grant": "who, where and when: the jobs that end grants act for no organization",
}
"""Tables with rows of organizations that the service sees while it acts for none, and why."""

TABLES = """
    SELECT c.oid, c.relname, c.relrowsecurity AND c.relforcerowsecurity
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
      AND a.attname = 'organization_id' AND NOT a.attisdropped
    UNION
    SELECT c.oid, c.relname, c.relrowsecurity AND c.relforcerowsecurity
    FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY(%(named)s)
"""
POLICIES = """
    SELECT p.polrelid, p.polname, p.polpermissive, p.polcmd,
        coalesce(pg_get_expr(p.polqual, p.polrelid), ''),
        coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')
    FROM pg_policy p
    WHERE p.polroles = '{0}' OR EXISTS (
        SELECT FROM unnest(p.polroles) AS named
        WHERE named <> 0 AND pg_has_role(%(role)s, named, 'MEMBER'))
"""
WITH_ALTERNATIVES = {
    "accounts_account_scope",
    "accounts_session_scope",
    "accounts_sign_in_add",
    "accounts_sign_in_see",
    "accounts_sign_in_staff",
    "accounts_staff_member_scope",
    "events_event_scope",
    "grants_staff_grant_scope",
    "journal_entry_add",
    "journal_entry_see",
    "organizations_grant_scope",
    "organizations_membership_scope",
    "organizations_organization_scope",
    "organizations_security_scope",
}
"""Policies that somebody has read who may say OR; in any other it is a way around."""
READING_ALONE = {"accounts_sign_in_scope", "journal_entry_scope"}
"""Scopes of tables to which a narrow actor adds what it does not see."""
SETTING = re.compile(r"current_setting\('seatrobot\.\w+'::text, true\)")


@dataclass(frozen=True, slots=True)
class Table:
    """faults: what is wrong with its row-level security; none when nothing is."""

    name: str
    faults: list[str]


def tables(connection: psycopg.Connection, role: str, named: list[str]) -> list[Table]:
    """Return every table that holds rows of organizations, with what is wrong with its guard.

    named: tables that must be among them even if nothing in the database says so.
    """
    policies: dict[int, list[tuple[str, bool, str, str, str]]] = {}
    for table, *policy in connection.execute(POLICIES, {"role": role}):
        policies.setdefault(table, []).append(tuple(policy))
    rows = connection.execute(TABLES, {"named": named}).fetchall()
    return [
        Table(name, _faults(policies.get(oid, []), is_forced=forced))
        for oid, name, forced in sorted(rows, key=lambda row: row[1])
        if name not in NO_CUSTOMER_DATA
    ]


def _faults(policies: list[tuple[str, bool, str, str, str]], *, is_forced: bool) -> list[str]:
    found = [] if is_forced else ["row-level security is not forced"]
    allowing = [policy for policy in policies if policy[1]]
    if not allowing:
        found.append("it has no policy")
    for name, _permissive, command, shown, checked in allowing:
        said = [shown] if command in "rd" else [checked] if command == "a" else [shown]
        said += [checked] if command in "*w" and checked else []
        found += [f"the policy {name} lets everything through" for text in said if _open(text)]
        found += [f"the policy {name} has a way around" for text in said if _around(name, text)]
    if not any(_narrows(*policy) for policy in policies):
        found.append("no policy holds a narrow actor")
    return found


def _narrows(name: str, is_permissive: bool, command: str, shown: str, _checked: str) -> bool:  # noqa: FBT001  a row of POLICIES
    """Return whether a policy shows no more of a table than the scope that is set."""
    return (
        not is_permissive
        and command == ("r" if name in READING_ALONE else "*")
        and all(f"seatrobot.{level}'" in shown for level in LEVELS)
        and not _open(shown)
        and not _around(name, shown)
    )


def _around(name: str, expression: str) -> bool:
    """Return whether a policy offers an alternative that nobody has read."""
    return " OR " in expression and name not in WITH_ALTERNATIVES


def _open(expression: str) -> bool:
    """Return whether a policy does not depend on who asks, or has a way around it."""
    rest, settings = SETTING.subn("", expression)
    return not settings or re.search(r"\btrue\b", rest, re.IGNORECASE) is not None
