"""No table of Customer Data can be forgotten: each is guarded, or named here with a reason.

Nor can a column: a reference stays within its organization and event, a choice is one of its words,
a sealed value has the form of one.
"""

import pytest
from django.apps import apps
from django.db import connection, models

from seatrobot.kernel.tenancy.models import TenantModel
from seatrobot.kernel.vault.fields import sealed_fields
from seatrobot.kernel.words import WordField

OPEN = {
    "practices_sign_in_count": "how many people signed in, by hour",
    "accounts_account": "people sign in before any organization is known; sealed",
    "accounts_attempt": "counts of failed tries under hashed keys",
    "accounts_authenticator": "a factor is checked before any organization is known; sealed",
    "accounts_background_check": "that staff were checked, and who recorded it; sealed",
    "accounts_passkey": "a factor is checked before any organization is known; sealed",
    "accounts_pending_reset": "who asked to reset whose factors, and until when; identifiers only",
    "accounts_recovery_code": "keyed hashes of codes",
    "accounts_refusal_count": "how many requests were refused unexamined, by network; sealed",
    "accounts_session": "a session is found before its account is; sealed",
    "accounts_staff_link": "hashes of one-time links, followed before anybody is signed in",
    "auth_group": "Django's, unused and empty",
    "auth_group_permissions": "Django's, unused and empty",
    "auth_permission": "names of models",
    "deletion_alert": "which deletions are late; identifiers and moments only",
    "devices_device": "laptops of staff, who belong to no organization; sealed",
    "devices_enrolment_token": "hashes of one-time tokens, used before anybody is signed in",
    "django_content_type": "names of models",
    "django_migrations": "names of migrations",
    "grants_text": "what staff wrote when they asked, which others of the staff review; sealed",
    "heads_head": "signed heads over all streams: hashes and counts only",
    "heads_stream": "size and root of each stream; identifiers only",
    "journal_checkpoint": "signed roots of hashes; identifiers of organizations only",
    "journal_leaf": "hashes of entries and their places; identifiers only",
    "organizations_setup_link": "hashes of one-time links from before there is an organization",
    "personnel_edition": "policies and courses of the staff, as they were published",
    "personnel_reminder": "which reminders staff were sent; identifiers only",
    "personnel_result": "which courses staff have passed; identifiers only",
    "personnel_signature": "which policies staff have signed; identifiers and signatures",
    "practices_probe": "which organization is kept for examinations; identifiers only",
    "procrastinate_events": "the queue: identifiers only",
    "procrastinate_jobs": "the queue: identifiers only",
    "procrastinate_periodic_defers": "the queue: identifiers only",
    "procrastinate_workers": "the queue: identifiers only",
    "promises_attestation": "what people attest in a role; public",
    "promises_change": "when a promise changed its state; public",
    "promises_day": "what became of a promise on a day; public",
    "promises_evidence": "what examinations measured, never Customer Data; signed",
    "promises_signing_key": "hashes of public keys of passkeys; identifiers only",
    "staff_condition_change": "when conditions of staff changed last; identifiers only",
    "providers_certificate": "what people found in certificates of companies; signed",
    "providers_provider": "companies that the service depends on",
    "providers_warned": "which warnings of certificates were mailed; identifiers only",
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


REFERENCES = """
    SELECT conrelid::regclass::text, confrelid::regclass::text, (
        SELECT array_agg(ARRAY[own.attname::text, other.attname::text])
        FROM unnest(conkey, confkey) AS key (own, other)
            JOIN pg_attribute own ON own.attrelid = conrelid AND own.attnum = key.own
            JOIN pg_attribute other ON other.attrelid = confrelid AND other.attnum = key.other)
    FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace
        AND convalidated
"""
COLUMNS = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
OWNERS = ("organization_id", "event_id")
OWNED = {
    model._meta.db_table: {field.column for field in model._meta.concrete_fields}
    for model in apps.get_models()
    if "organization_id" in {field.column for field in model._meta.concrete_fields}
}
"""The tables with rows of organizations, with their columns."""


def references():
    """Return every foreign key: its table, that of the other row, and pairs of columns."""
    with connection.cursor() as cursor:
        cursor.execute(REFERENCES)
        return [(own, other, {tuple(pair) for pair in pairs}) for own, other, pairs in cursor]


def owners(own, other):
    """Return the pairs of columns by which two rows belong to one owner."""
    return {(name, name) for name in OWNERS if name in OWNED[own] & OWNED[other]}


def unheld(references):
    """Return the references between rows of organizations that may leave their owner."""
    keys = {}
    for own, other, pairs in references:
        keys.setdefault(own, []).append((other, pairs))
    nullable = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.null
    }
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            own, other = (
                model._meta.db_table,
                field.is_relation and field.related_model._meta.db_table,
            )
            if own not in OWNED or other not in OWNED:
                continue
            wanted = owners(own, other)
            # Rows of one event, where a key to another row holds event and organization.
            certain = [
                {name for name, same in pairs if name == same}
                for _other, pairs in keys.get(own, [])
                if not any((own, name) in nullable for name, _same in pairs)
            ]
            if not any(
                to == other and {(field.column, "id"), *wanted} <= pairs
                for to, pairs in keys.get(own, [])
            ) and not any({field.column, "organization_id"} <= held for held in certain):
                yield f"{own}.{field.column}"
    for own, other, pairs in references:
        if own in OWNED and other in OWNED and not owners(own, other) <= pairs:
            yield f"{own} refers to {other} by {sorted(pairs)}"


def test_every_reference_stays_within_its_organization_and_event(db):
    assert len(OWNED) > 20
    assert list(unheld(references())) == []


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("guests_guest", "guests_guest_contact_owned"),
        ("guests_arrival", "guests_arrival_guest_owned"),
        ("events_field", "events_field_event_owned"),
    ],
)
def test_a_reference_that_is_not_held_is_found(table, key, db):
    held = [each for each in references() if each[0] != table or len(each[2]) == 1]
    assert any(name.startswith(f"{table}.") for name in unheld(held)), key


def checks():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype = 'c' AND convalidated AND connamespace = 'public'::regnamespace"
        )
        return cursor.fetchall()


def test_every_choice_is_one_of_its_words(db):
    known = checks()
    chosen = [
        field
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.choices and model.__module__.startswith("seatrobot.")
    ]
    assert len(chosen) > 15
    for field in chosen:
        assert isinstance(field, WordField), f"{field} holds any text"
        words = [word for word, _label in field.flatchoices] + [""] * field.blank
        assert any(
            table == field.model._meta.db_table
            and f"({field.column})::text" in text
            and all(f"'{word}'::" in text for word in words)
            for table, text in known
        ), field


def test_every_sealed_column_refuses_what_is_not_sealed(db):
    known = checks()
    for field in sealed_fields():
        assert any(
            table == field.model._meta.db_table
            and f"octet_length({field.column})" in text
            and f"substr({field.column}, 1, 1)" in text
            for table, text in known
        ), field


def test_no_word_of_a_choice_ends_its_check():
    field = WordField(max_length=9, choices=[("it's", "")])
    field.set_attributes_from_name("word")
    with pytest.raises(ValueError, match="no words"):
        field.db_check(connection)
    assert issubclass(WordField, models.CharField)
