"""What narrow actors see of these tables: nothing, or their own account."""

from django.db import migrations

from seatrobot.kernel.tenancy.operations import Narrow


class Migration(migrations.Migration):
    dependencies = [("subscribing", "0001_initial")]
    operations = [
        Narrow("subscribing_pending"),
        Narrow("subscribing_subscriber"),
    ]
