import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import seatrobot.kernel.ids
import seatrobot.kernel.vault.fields
from seatrobot.kernel.tenancy.operations import SHOWN_ACCOUNT, SHOWN_ORGANIZATION, Guard

WHO_SEES_IT = f"""
ALTER TABLE accounts_sign_in ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounts_sign_in FORCE ROW LEVEL SECURITY;
CREATE POLICY accounts_sign_in_see ON accounts_sign_in FOR SELECT USING (
  organization_id = {SHOWN_ORGANIZATION}
  OR (organization_id IS NULL AND account_id = {SHOWN_ACCOUNT})
);
CREATE POLICY accounts_sign_in_add ON accounts_sign_in FOR INSERT WITH CHECK (
  organization_id = {SHOWN_ORGANIZATION} OR organization_id IS NULL
);
REVOKE UPDATE, DELETE, TRUNCATE ON accounts_sign_in FROM seatrobot_app;

ALTER TABLE accounts_known_place ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounts_known_place FORCE ROW LEVEL SECURITY;
CREATE POLICY accounts_known_place_own ON accounts_known_place
  USING (account_id = {SHOWN_ACCOUNT}) WITH CHECK (account_id = {SHOWN_ACCOUNT});
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [("accounts", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="SignIn",
            fields=[
                ("id", models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("organization_id", models.UUIDField(null=True)),
                ("at", models.DateTimeField()),
                ("account_id", models.UUIDField(null=True)),
                ("method", models.CharField(max_length=20)),
                ("factors", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
                ("outcome", models.CharField(max_length=10)),
                ("reason", models.CharField(blank=True, max_length=20)),
                ("device", models.CharField(max_length=10)),
                ("session_id", models.UUIDField(null=True)),
                ("sealed", seatrobot.kernel.vault.fields.SealedField()),
            ],
            options={
                "db_table": "accounts_sign_in",
                "indexes": [
                    models.Index(fields=["organization_id", "-id"], name="sign_in_stream"),
                    models.Index(fields=["organization_id", "account_id", "-id"], name="sign_in_member"),
                    models.Index(fields=["organization_id", "device", "-id"], name="sign_in_device"),
                    models.Index(fields=["organization_id", "outcome", "-id"], name="sign_in_outcome"),
                ],
            },
        ),
        migrations.CreateModel(
            name="KnownPlace",
            fields=[
                ("key", models.BinaryField(primary_key=True, serialize=False)),
                ("account", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account")),
                ("at", models.DateTimeField()),
            ],
            options={"db_table": "accounts_known_place"},
        ),
        migrations.CreateModel(
            name="SignInCount",
            fields=[
                ("id", models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("organization_id", models.UUIDField()),
                ("day", models.DateField()),
                ("device", models.CharField(max_length=10)),
                ("outcome", models.CharField(max_length=10)),
                ("count", models.IntegerField()),
            ],
            options={
                "db_table": "accounts_sign_in_count",
                "constraints": [models.UniqueConstraint(fields=("organization_id", "day", "device", "outcome"), name="one_sign_in_count")],
            },
        ),
        Guard("accounts_sign_in_count"),
        migrations.RunSQL(WHO_SEES_IT, migrations.RunSQL.noop),
    ]
