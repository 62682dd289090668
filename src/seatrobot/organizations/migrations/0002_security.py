import django.db.models.deletion
import seatrobot.kernel.ids
import seatrobot.kernel.vault.fields
import seatrobot.kernel.words
from django.db import migrations, models

from seatrobot.kernel.tenancy.operations import OWN_ORGANIZATION, Guard


class Migration(migrations.Migration):

    dependencies = [("organizations", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="SecuritySettings",
            fields=[
                ("id", models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("factor", seatrobot.kernel.words.WordField(choices=[("any", "A password is enough"), ("second", "A second factor"), ("phishing-resistant", "A passkey")], default="any", max_length=20)),
                ("factor_since", models.DateTimeField(null=True)),
                ("grace_days", models.PositiveSmallIntegerField(default=0)),
                ("session_hours", models.PositiveSmallIntegerField(null=True)),
                ("idle_minutes", models.PositiveSmallIntegerField(null=True)),
                ("limits_networks", models.BooleanField(default=False)),
                ("sealed", seatrobot.kernel.vault.fields.SealedField()),
                ("organization", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name="security", to="organizations.organization")),
            ],
            options={"db_table": "organizations_security"},
        ),
        Guard("organizations_security", scopes=OWN_ORGANIZATION),
    ]
