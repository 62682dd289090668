import django.db.models.deletion
from django.db import migrations, models

import seatrobot.kernel.ids

ONLY_GROWS = """
REVOKE UPDATE, DELETE, TRUNCATE ON promises_change, promises_attestation, promises_signing_key
  FROM seatrobot_app;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON promises_evidence, promises_day FROM seatrobot_app;
GRANT INSERT ON promises_evidence TO seatrobot_recorder;
GRANT INSERT, UPDATE ON promises_day TO seatrobot_recorder;

-- The only way to delete evidence: by age alone, never by what it states.
CREATE FUNCTION promises_thin(detail_before timestamptz, kept_since timestamptz) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH old AS (
    SELECT number, at,
      row_number() OVER (day ORDER BY number) AS first,
      row_number() OVER (day ORDER BY number DESC) AS last,
      lag(within) OVER (PARTITION BY promise ORDER BY number) IS DISTINCT FROM within AS turn
    FROM promises_evidence
    WHERE at < LEAST(detail_before, now() - interval '7 days')
    WINDOW day AS (PARTITION BY promise, (at AT TIME ZONE 'UTC')::date)
  ), gone AS (
    DELETE FROM promises_evidence USING old
    WHERE promises_evidence.number = old.number
      AND (old.at < LEAST(kept_since, now() - interval '730 days')
           OR (old.first > 1 AND old.last > 1 AND NOT old.turn))
    RETURNING 1
  )
  SELECT count(*) FROM gone
$$;
REVOKE ALL ON FUNCTION promises_thin FROM PUBLIC;
GRANT EXECUTE ON FUNCTION promises_thin TO seatrobot_app;
"""

# What is known of a passkey stays as it is, but for the moment of its removal, which is set once.
KEYS_END = """
GRANT UPDATE (removed_at) ON promises_signing_key TO seatrobot_app;
CREATE FUNCTION promises_keys_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.removed_at IS NOT NULL OR NEW.removed_at IS NULL
      OR abs(extract(epoch FROM NEW.removed_at - clock_timestamp())) > 60 THEN
    RAISE EXCEPTION 'a passkey is removed once, at the present moment'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER promises_keys_end BEFORE UPDATE ON promises_signing_key
  FOR EACH ROW WHEN (current_user = 'seatrobot_app') EXECUTE FUNCTION promises_keys_end();
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE promises_change_number", "DROP SEQUENCE promises_change_number"
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("number", models.BigAutoField(primary_key=True, serialize=False)),
                ("id", models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, unique=True)),
                ("promise", models.CharField(max_length=60)),
                ("at", models.DateTimeField()),
                ("within", models.BooleanField(null=True)),
                ("text", models.TextField()),
                ("signature", models.TextField()),
            ],
            options={
                "db_table": "promises_evidence",
                "indexes": [
                    models.Index(fields=["promise", "-id"], name="promises_evidence_latest")
                ],
            },
        ),
        migrations.CreateModel(
            name="Day",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("promise", models.CharField(max_length=60)),
                ("day", models.DateField()),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("kept_at", models.DateTimeField(null=True)),
                ("longest_gap", models.FloatField(default=0)),
                ("broken", models.BooleanField(default=False)),
                ("failed", models.BooleanField(default=False)),
            ],
            options={
                "db_table": "promises_day",
                "constraints": [
                    models.UniqueConstraint(fields=("promise", "day"), name="one_promise_day")
                ],
            },
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("promise", models.CharField(max_length=60)),
                ("at", models.DateTimeField(db_index=True)),
                ("before", models.CharField(blank=True, max_length=10)),
                ("state", models.CharField(max_length=10)),
                ("reason", models.CharField(blank=True, max_length=300)),
                (
                    "number",
                    models.BigIntegerField(
                        db_default=models.Func(models.Value("promises_change_number"), function="nextval"),
                        editable=False,
                        unique=True,
                    ),
                ),
            ],
            options={
                "db_table": "promises_change",
                "indexes": [
                    models.Index(fields=["promise", "-number"], name="promises_change_last")
                ],
            },
        ),
        migrations.CreateModel(
            name="AttestationRow",
            fields=[
                ("id", models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("promise", models.CharField(db_index=True, max_length=60)),
                ("at", models.DateTimeField()),
                ("text", models.TextField()),
                ("signature", models.TextField()),
                ("of", models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="confirmations", to="promises.attestationrow")),
            ],
            options={"db_table": "promises_attestation"},
        ),
        migrations.CreateModel(
            name="SigningKey",
            fields=[
                ("id", models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("account_id", models.UUIDField()),
                ("key_hash", models.BinaryField()),
                ("rp_id", models.CharField(db_default="", max_length=255)),
                ("attests", models.BooleanField(db_default=True)),
                ("at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "promises_signing_key",
                "indexes": [
                    models.Index(fields=["account_id"], name="promises_keys_of_account")
                ],
            },
        ),
        migrations.RunSQL(ONLY_GROWS, "DROP FUNCTION promises_thin"),
        migrations.RunSQL(KEYS_END, "DROP FUNCTION promises_keys_end CASCADE"),
    ]
