"""No table of Customer Data can be forgotten: each is guarded, or named here with a reason."""

import pytest
from django.apps import apps
from django.db import connection

from seatrobot.kernel.tenancy.models import TenantModel

OPEN = {
    "practices_sign_in_count": "how many people signed in, by hour",
    "accounts_account": "people sign in before any organization is known; sealed",
    "accounts_attempt": "counts of failed tries under hashed keys",
    "accounts_authenticator": "a factor is checked before any organization is known; sealed",
    "accounts_passkey": "a factor is checked before any organization is known; sealed",
    "accounts_pending_reset": "who asked to reset whose factors, and until when; identifiers only",
    "accounts_recovery_code": "keyed hashes of codes",
    "accounts_refusal_count": "how many requests were refused unexamined, by network; sealed",
    "accounts_session": "a session is found before its account is; sealed",
    "accounts_staff_link": "hashes of one-time links, followed before anybody is signed in",
    "auth_group": "Django's, unused and empty",
    "auth_group_permissions": "Django's, unused and empty",
    "auth_permission": "names of models",
    "django_content_type": "names of models",
    "django_migrations": "names of migrations",
    "journal_checkpoint": "signed roots of hashes; identifiers of organizations only",
    "journal_leaf": "hashes of entries and their places; identifiers only",
    "organizations_setup_link": "hashes of one-time links from before there is an organization",
    "practices_probe": "which organization is kept for examinations; identifiers only",
    "procrastinate_events": "the queue: identifiers only",
    "procrastinate_jobs": "the queue: identifiers only",
    "procrastinate_periodic_defers": "the queue: identifiers only",
    "procrastinate_workers": "the queue: identifiers only",
    "promises_attestation": "what people attest in a role; public",
    "promises_change": "when a promise changed its state; public",
    "promises_day": "what became of a promise on a day; public",
    "promises_evidence": "what examinations measured, never Customer Data; signed",
    "subscribing_listener": "which organizations want to hear of changes; identifiers only",
    "subscribing_pending": "addresses of no organization, to be confirmed; sealed",
    "subscribing_subscriber": "addresses of no organization, confirmed; sealed",
    "subscribing_untold": "which changes of promises are still to be told; identifiers only",
}


UNGUARDED = """
    SELECT relname FROM pg_class c
    WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
      AND NOT (relrowsecurity AND relforcerowsecurity
               AND EXISTS (SELECT FROM pg_policy
                           WHERE polrelid = c.oid AND polroles = '{0}' AND polpermissive
                             AND pg_get_expr(polqual, polrelid) <> 'true'))
"""


def test_every_table_is_guarded_or_named_with_a_reason(db):
    with connection.cursor() as cursor:
        cursor.execute(UNGUARDED)
        assert {name for (name,) in cursor} == OPEN.keys()


@pytest.mark.parametrize(
    "model", [m for m in apps.get_models() if issubclass(m, TenantModel)], ids=lambda m: m.__name__
)
def test_customer_data_is_never_named_as_open(model):
    assert model._meta.db_table not in OPEN


@pytest.mark.parametrize(
    "fault",
    [
        "ALTER TABLE guests_guest NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE guests_guest DISABLE ROW LEVEL SECURITY",
        "DROP POLICY guests_guest_tenant ON guests_guest",
    ],
)
def test_a_weakened_guard_is_found(fault, superuser_connection, db):
    with superuser_connection.transaction(force_rollback=True):
        superuser_connection.execute(fault)
        assert ("guests_guest",) in superuser_connection.execute(UNGUARDED).fetchall()
