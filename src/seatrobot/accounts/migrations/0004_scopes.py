"""What narrow actors see of these tables: nothing, or their own account."""

from django.db import migrations

from seatrobot.kernel.tenancy.operations import OWN_ACCOUNT, SHOWN_ACCOUNT, Narrow
from seatrobot.kernel.tenancy.scopes import LEVELS


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_unchecked_since")]
    operations = [
        Narrow("accounts_account", scopes=dict.fromkeys(LEVELS, f"id = {SHOWN_ACCOUNT}")),
        Narrow("accounts_session", scopes=OWN_ACCOUNT),
    ]
