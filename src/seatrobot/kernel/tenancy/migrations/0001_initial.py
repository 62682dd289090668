from django.db import migrations

from seatrobot.kernel.tenancy.operations import NOTE_DELETIONS, Guard


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL(NOTE_DELETIONS, "DROP TABLE tenancy_deletion;"),
        Guard("tenancy_deletion", scopes={"event": "list_id"}),
    ]
