"""What narrow actors see of these tables: nothing, or their own account."""

from django.db import migrations

from seatrobot.kernel.tenancy.operations import narrowing


class Migration(migrations.Migration):
    dependencies = [("staff", "0001_initial")]
    operations = [
        migrations.RunSQL(narrowing("staff_member"), migrations.RunSQL.noop),
    ]
