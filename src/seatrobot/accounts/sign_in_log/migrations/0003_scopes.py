"""What narrow actors see of these tables: nothing, or their own account."""

from django.db import migrations

from seatrobot.kernel.tenancy.operations import narrowing


class Migration(migrations.Migration):
    dependencies = [("sign_in_log", "0002_ranges")]
    operations = [
        migrations.RunSQL(narrowing("accounts_sign_in", command="SELECT"), migrations.RunSQL.noop),
        migrations.RunSQL(narrowing("accounts_known_place"), migrations.RunSQL.noop),
    ]
