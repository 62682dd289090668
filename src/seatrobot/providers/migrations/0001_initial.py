import django.db.models.deletion
from django.db import migrations, models

import seatrobot.kernel.ids
import seatrobot.kernel.words
from seatrobot.kernel.tenancy.operations import Narrow

ONLY_GROWS = """
REVOKE UPDATE, DELETE, TRUNCATE ON providers_certificate, providers_provider FROM seatrobot_app;
GRANT UPDATE (dropped_at) ON providers_certificate TO seatrobot_app;
GRANT UPDATE (ended_at) ON providers_provider TO seatrobot_app;
"""
"""What was found in a certificate is not changed: a newer one is recorded."""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name="Provider",
            fields=[
                ("id", models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100)),
                ("service", models.CharField(max_length=200)),
                ("is_public", models.BooleanField()),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "providers_provider",
                "constraints": [models.UniqueConstraint(condition=models.Q(("ended_at", None)), fields=("name",), name="one_provider_of_a_name")],
            },
        ),
        migrations.CreateModel(
            name="Certificate",
            fields=[
                ("id", models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("kind", seatrobot.kernel.words.WordField(choices=[("iso-27001", "ISO/IEC 27001"), ("iso-27017", "ISO/IEC 27017"), ("iso-27018", "ISO/IEC 27018"), ("iso-27701", "ISO/IEC 27701"), ("soc-1", "SOC 1"), ("soc-2", "SOC 2"), ("c5", "BSI C5"), ("pci-aoc", "PCI DSS attestation of compliance"), ("other", "Another certificate")], max_length=10)),
                ("valid_until", models.DateField()),
                ("next_check", models.DateField()),
                ("recorded_at", models.DateTimeField()),
                ("text", models.TextField()),
                ("signature", models.TextField()),
                ("dropped_at", models.DateTimeField(null=True)),
                ("provider", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="certificates", to="providers.provider")),
            ],
            options={
                "db_table": "providers_certificate",
            },
        ),
        migrations.CreateModel(
            name="Warned",
            fields=[
                ("id", models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("what", models.CharField(max_length=10)),
                ("certificate", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="providers.certificate")),
            ],
            options={
                "db_table": "providers_warned",
                "constraints": [models.UniqueConstraint(fields=("certificate", "what"), name="one_provider_warning")],
            },
        ),
        Narrow("providers_provider"),
        Narrow("providers_certificate"),
        Narrow("providers_warned"),
        migrations.RunSQL(ONLY_GROWS, migrations.RunSQL.noop),
    ]
