from django.db import migrations

from seatrobot.kernel.tenancy.operations import Narrow

CHANGES = """
CREATE TABLE staff_condition_change (
    account_id uuid PRIMARY KEY,
    changes bigint NOT NULL,
    changed_xid xid8 NOT NULL
);
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [("tenancy", "0001_initial")]

    operations = [
        migrations.RunSQL(CHANGES, "DROP TABLE staff_condition_change;"),
        Narrow("staff_condition_change"),
    ]
