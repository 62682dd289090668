from django.db import migrations, models

import seatrobot.kernel.ids
import seatrobot.kernel.vault.fields
from seatrobot.kernel.tenancy.operations import SHOWN_ACCOUNT, SHOWN_ORGANIZATION, narrowing

APPEND_ONLY = f"""
ALTER TABLE journal_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE journal_entry FORCE ROW LEVEL SECURITY;
CREATE POLICY journal_entry_see ON journal_entry FOR SELECT USING (
  organization_id = {SHOWN_ORGANIZATION}
  OR (organization_id IS NULL AND actor_id = {SHOWN_ACCOUNT})
);
CREATE POLICY journal_entry_add ON journal_entry FOR INSERT WITH CHECK (
  organization_id = {SHOWN_ORGANIZATION} OR organization_id IS NULL
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


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("organization_id", models.UUIDField(null=True)),
                ("at", models.DateTimeField()),
                ("action", models.CharField(max_length=60)),
                ("actor_kind", models.CharField(max_length=10)),
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
                    models.Index(fields=["organization_id", "-id"], name="journal_stream"),
                    models.Index(fields=["actor_id", "-id"], name="journal_actor"),
                ],
            },
        ),
        migrations.RunSQL(APPEND_ONLY, "DROP FUNCTION journal_refuses CASCADE"),
    ]
