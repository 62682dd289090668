from django.db import migrations, models

BEGIN = """
INSERT INTO access_sign_in_tally (hour, count, since) VALUES (date_trunc('hour', now(), 'UTC'), 0, now());
REVOKE DELETE, TRUNCATE ON access_sign_in_tally FROM seatrobot_app;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="SignInTally",
            fields=[
                ("hour", models.DateTimeField(primary_key=True, serialize=False)),
                ("count", models.IntegerField()),
                ("since", models.DateTimeField()),
            ],
            options={"db_table": "access_sign_in_tally"},
        ),
        migrations.RunSQL(BEGIN, migrations.RunSQL.noop),
    ]
