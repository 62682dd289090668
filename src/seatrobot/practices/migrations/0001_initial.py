from django.db import migrations, models

BEGIN = """
INSERT INTO practices_sign_in_count (hour, count, since) VALUES (date_trunc('hour', now(), 'UTC'), 0, now());
REVOKE DELETE, TRUNCATE ON practices_sign_in_count FROM seatrobot_app;
"""

# One row, which the application makes once: examinations delete what is in the organization that it names.
PROBE = """
CREATE UNIQUE INDEX practices_probe_one ON practices_probe ((true));
REVOKE UPDATE, DELETE, TRUNCATE ON practices_probe FROM seatrobot_app;
"""

# For as long as an examination asks pages as staff, the account that is kept for it is enabled; the
# grants it had in the organization kept for examinations go when it is disabled. Nobody else may be
# enabled so, and nobody but the role that inserts evidence may call it.
PROBE_STAFF = """
CREATE FUNCTION practices_probe_staff(enabled boolean) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  probe practices_probe;
BEGIN
  SELECT * INTO STRICT probe FROM practices_probe;
  IF NOT enabled THEN
    PERFORM set_config('seatrobot.organization', probe.organization_id::text, true);
    DELETE FROM grants_staff_grant WHERE organization_id = probe.organization_id
      AND account_id IN (probe.staff_id, probe.owner_id);
    PERFORM set_config('seatrobot.organization', '', true);
  END IF;
  UPDATE accounts_staff_member SET is_enabled = enabled WHERE account_id = probe.staff_id;
END $$;
REVOKE ALL ON FUNCTION practices_probe_staff FROM PUBLIC;
GRANT EXECUTE ON FUNCTION practices_probe_staff TO seatrobot_recorder;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="SignInCount",
            fields=[
                ("hour", models.DateTimeField(primary_key=True, serialize=False)),
                ("count", models.IntegerField()),
                ("since", models.DateTimeField()),
            ],
            options={"db_table": "practices_sign_in_count"},
        ),
        migrations.CreateModel(
            name="Probe",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("organization_id", models.UUIDField()),
                ("owner_id", models.UUIDField()),
                ("administrator_id", models.UUIDField()),
                ("member_id", models.UUIDField()),
                ("door_id", models.UUIDField()),
                ("foreign_organization_id", models.UUIDField()),
                ("foreign_owner_id", models.UUIDField()),
                ("staff_id", models.UUIDField()),
            ],
            options={"db_table": "practices_probe"},
        ),
        migrations.RunSQL(BEGIN, migrations.RunSQL.noop),
        migrations.RunSQL(PROBE, migrations.RunSQL.noop),
        migrations.RunSQL(PROBE_STAFF, "DROP FUNCTION practices_probe_staff"),
    ]
