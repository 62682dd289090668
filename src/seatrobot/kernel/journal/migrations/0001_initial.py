from django.db import migrations, models

import seatrobot.kernel.ids
import seatrobot.kernel.vault.fields
from seatrobot.kernel.tenancy.operations import (
    NAMED_ORGANIZATION,
    SHOWN_ACCOUNT,
    SHOWN_ORGANIZATION,
    narrowing,
)

APPEND_ONLY = f"""
ALTER TABLE journal_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE journal_entry FORCE ROW LEVEL SECURITY;
CREATE POLICY journal_entry_see ON journal_entry FOR SELECT USING (
  organization_id = {SHOWN_ORGANIZATION}
  OR (organization_id IS NULL AND actor_id = {SHOWN_ACCOUNT})
);
CREATE POLICY journal_entry_add ON journal_entry FOR INSERT WITH CHECK (
  organization_id = {NAMED_ORGANIZATION} OR organization_id IS NULL
);
{narrowing("journal_entry", command="SELECT")}
REVOKE UPDATE, DELETE, TRUNCATE ON journal_entry FROM seatrobot_app;

CREATE FUNCTION journal_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the journal only grows: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER journal_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_entry
  FOR EACH STATEMENT EXECUTE FUNCTION journal_refuses();
"""


# The form of an entry that is hashed; kernel/journal/leaf.py says what it is and has its twin.
HASH = r"""
CREATE FUNCTION journal_leaf_hash(entry journal_entry) RETURNS bytea LANGUAGE sql STABLE
RETURN pg_catalog.sha256('\x00'::bytea || pg_catalog.record_send(ROW(
  entry.id, entry.organization_id, entry.at, entry.action, entry.actor_kind, entry.actor_id,
  entry.actor_name, entry.event_id, entry.subject_id, entry.opened, entry.sealed)));
"""

# Only this function adds leaves: it runs as its owner, the application may not insert.
GROW = """
ALTER TABLE journal_leaf ALTER number ADD GENERATED ALWAYS AS IDENTITY;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON journal_leaf FROM seatrobot_app;
GRANT UPDATE (place) ON journal_leaf TO seatrobot_app;
REVOKE UPDATE, DELETE, TRUNCATE ON journal_checkpoint FROM seatrobot_app;

CREATE FUNCTION journal_grow() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO public.journal_leaf (entry_id, stream, hash) VALUES (
    NEW.id, coalesce(NEW.organization_id, '00000000-0000-0000-0000-000000000000'),
    public.journal_leaf_hash(NEW));
  RETURN NULL;
END $$;
CREATE TRIGGER journal_grows AFTER INSERT ON journal_entry
  FOR EACH ROW EXECUTE FUNCTION journal_grow();

CREATE TRIGGER journal_leaf_only_grows BEFORE DELETE OR TRUNCATE ON journal_leaf
  FOR EACH STATEMENT EXECUTE FUNCTION journal_refuses();
CREATE TRIGGER journal_leaf_is_placed_once BEFORE UPDATE ON journal_leaf FOR EACH ROW
  WHEN (OLD.place IS NOT NULL OR NEW.place IS NULL
        OR (OLD.entry_id, OLD.stream, OLD.number, OLD.hash)
           IS DISTINCT FROM (NEW.entry_id, NEW.stream, NEW.number, NEW.hash))
  EXECUTE FUNCTION journal_refuses();
CREATE TRIGGER journal_checkpoint_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE
  ON journal_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION journal_refuses();
"""

UNDO = """
DROP FUNCTION journal_grow CASCADE;
DROP FUNCTION journal_leaf_hash;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [("tenancy", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("organization_id", models.UUIDField(null=True)),
                ("at", models.DateTimeField()),
                ("action", models.CharField(max_length=60)),
                ("actor_kind", models.CharField(max_length=12)),
                ("actor_id", models.UUIDField(null=True)),
                ("actor_name", models.CharField(blank=True, max_length=60)),
                ("event_id", models.UUIDField(null=True)),
                ("subject_id", models.UUIDField(null=True)),
                ("opened", models.IntegerField(default=0)),
                ("sealed", seatrobot.kernel.vault.fields.SealedField()),
            ],
            options={
                "db_table": "journal_entry",
                "indexes": [
                    models.Index(fields=["organization_id", "id"], name="journal_by_time"),
                    models.Index(fields=["organization_id", "actor_id", "id"], name="journal_by_actor"),
                    models.Index(fields=["organization_id", "action", "id"], name="journal_by_action"),
                    models.Index(fields=["organization_id", "actor_kind", "id"], name="journal_by_kind"),
                    models.Index(condition=models.Q(("event_id__isnull", False)), fields=["event_id", "id"], name="journal_by_event"),
                ],
            },
        ),
        migrations.RunSQL(APPEND_ONLY, "DROP FUNCTION journal_refuses CASCADE"),
        migrations.CreateModel(
            name="Leaf",
            fields=[
                ("entry_id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("stream", models.UUIDField()),
                ("number", models.BigIntegerField()),
                ("hash", models.BinaryField()),
                ("place", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "journal_leaf",
                "indexes": [models.Index(condition=models.Q(("place__isnull", True)), fields=["number"], name="journal_leaf_waiting")],
                "constraints": [models.UniqueConstraint(condition=models.Q(("place__isnull", False)), fields=("stream", "place"), name="journal_leaf_place")],
            },
        ),
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("total", models.BigIntegerField(editable=False, primary_key=True, serialize=False)),
                ("stream", models.UUIDField()),
                ("start", models.BigIntegerField()),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField()),
                ("frontier", models.BinaryField()),
                ("note", models.TextField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "journal_checkpoint",
                "constraints": [models.UniqueConstraint(fields=("stream", "size"), name="journal_checkpoint_size")],
            },
        ),
        migrations.RunSQL(HASH + GROW, UNDO),
    ]
