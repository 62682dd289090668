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
    ]
