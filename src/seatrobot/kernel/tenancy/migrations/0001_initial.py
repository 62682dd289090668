from django.db import migrations

from seatrobot.kernel.tenancy.operations import (
    NOTE_DELETIONS,
    STAFF_HOLD,
    STAFF_SEE_NOTHING,
    StaffWrites,
    Guard,
)


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL(
            STAFF_SEE_NOTHING + STAFF_HOLD,
            "DROP FUNCTION tenancy_hold_staff CASCADE;"
            " DROP FUNCTION staff_organization, staff_may_change, staff_events;",
        ),
        migrations.RunSQL(NOTE_DELETIONS, "DROP TABLE tenancy_deletion;"),
        Guard("tenancy_deletion", scopes={"event": "list_id"}, staff=StaffWrites.CHANGING),
    ]
