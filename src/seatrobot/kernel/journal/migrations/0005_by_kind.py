"""Who came from outside an organization is found at once, however long its stream."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("journal", "0004_ranges")]
    operations = [
        migrations.AddIndex("entry", models.Index(fields=["organization_id", "actor_kind", "id"], name="journal_by_kind")),
    ]
