from django.db import migrations

from seatrobot.kernel.tenancy.operations import NOTE_DELETIONS, STAFF_SEE_NOTHING, Guard


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL(STAFF_SEE_NOTHING, "DROP FUNCTION staff_organization;"),
        migrations.RunSQL(NOTE_DELETIONS, "DROP TABLE tenancy_deletion;"),
        Guard("tenancy_deletion", scopes={"event": "list_id"}),
    ]
