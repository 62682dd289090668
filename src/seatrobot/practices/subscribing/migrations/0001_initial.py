import django.contrib.postgres.fields
import django.db.models.deletion
import seatrobot.kernel.ids
import seatrobot.kernel.vault.fields
import seatrobot.kernel.words
from django.conf import settings
from django.db import migrations, models

from seatrobot.kernel.tenancy.operations import Guard, Narrow


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ("organizations", "0002_security"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Listener",
            fields=[
                ("organization", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="+", serialize=False, to="organizations.organization")),
            ],
            options={
                "db_table": "subscribing_listener",
            },
        ),
        migrations.CreateModel(
            name="Pending",
            fields=[
                ("id", models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("address_index", models.BinaryField(unique=True)),
                ("sealed", seatrobot.kernel.vault.fields.SealedField()),
                ("sections", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), default=list, size=None)),
                ("alive", seatrobot.kernel.words.WordField(choices=[("daily", "every day"), ("weekly", "every week"), ("never", "only when something changes")], default="weekly", max_length=6)),
                ("token_hash", models.BinaryField(null=True, unique=True)),
                ("asked_at", models.DateTimeField(db_index=True)),
                ("mailed_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "subscribing_pending",
            },
        ),
        migrations.CreateModel(
            name="Subscriber",
            fields=[
                ("id", models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("address_index", models.BinaryField(unique=True)),
                ("sealed", seatrobot.kernel.vault.fields.SealedField()),
                ("sections", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), default=list, size=None)),
                ("alive", seatrobot.kernel.words.WordField(choices=[("daily", "every day"), ("weekly", "every week"), ("never", "only when something changes")], default="weekly", max_length=6)),
                ("alive_at", models.DateTimeField(null=True)),
                ("confirmed_at", models.DateTimeField()),
            ],
            options={
                "db_table": "subscribing_subscriber",
            },
        ),
        migrations.CreateModel(
            name="Untold",
            fields=[
                ("change_id", models.UUIDField(primary_key=True, serialize=False)),
            ],
            options={
                "db_table": "subscribing_untold",
            },
        ),
        migrations.CreateModel(
            name="Hook",
            fields=[
                ("id", models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("sealed", seatrobot.kernel.vault.fields.SealedField()),
                ("created_at", models.DateTimeField()),
                ("last_at", models.DateTimeField(null=True)),
                ("last_outcome", models.CharField(blank=True, max_length=200)),
                ("failing_since", models.DateTimeField(null=True)),
                ("disabled_at", models.DateTimeField(null=True)),
                ("organization", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="organizations.organization")),
            ],
            options={
                "db_table": "subscribing_hook",
            },
        ),
        migrations.CreateModel(
            name="AdministratorMail",
            fields=[
                ("id", models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("account", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("organization", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="organizations.organization")),
            ],
            options={
                "db_table": "subscribing_administrator_mail",
                "constraints": [models.UniqueConstraint(fields=("organization", "account"), name="one_administrator_mail")],
            },
        ),
        Guard("subscribing_hook"),
        Guard("subscribing_administrator_mail"),
        Narrow("subscribing_pending"),
        Narrow("subscribing_subscriber"),
    ]
