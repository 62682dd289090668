import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import seatrobot.kernel.ids
import seatrobot.kernel.vault.fields
from seatrobot.kernel.tenancy.operations import Narrow


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="EnrolmentToken",
            fields=[
                ("account", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="+", serialize=False, to=settings.AUTH_USER_MODEL)),
                ("token_hash", models.BinaryField(unique=True)),
                ("expires_at", models.DateTimeField()),
            ],
            options={
                "db_table": "devices_enrolment_token",
            },
        ),
        migrations.CreateModel(
            name="Device",
            fields=[
                ("id", models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("key_hash", models.BinaryField(unique=True)),
                ("sealed", seatrobot.kernel.vault.fields.SealedField()),
                ("created_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("confirmation", models.TextField(blank=True)),
                ("reported_at", models.DateTimeField(null=True)),
                ("problems", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), null=True, size=None)),
                ("last_nonce", models.BigIntegerField(default=0)),
                ("last_report", models.CharField(blank=True, max_length=64)),
                ("copied_at", models.DateTimeField(null=True)),
                ("account", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="devices", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "db_table": "devices_device",
            },
        ),
        Narrow("devices_device"),
        Narrow("devices_enrolment_token"),
    ]
