"""What narrow actors see of these tables: nothing, or their own account."""

from django.db import migrations

from seatrobot.kernel.tenancy.operations import Narrow


class Migration(migrations.Migration):
    dependencies = [("factors", "0002_slow_recovery_codes")]
    operations = [
        Narrow("factors_passkey"),
        Narrow("factors_authenticator"),
        Narrow("factors_recovery_code"),
    ]
