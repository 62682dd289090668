from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]
    operations = [
        migrations.AddIndex("entry", models.Index(fields=["organization_id", "action", "-id"], name="journal_action")),
        migrations.AddIndex("entry", models.Index(condition=models.Q(("event_id__isnull", False)), fields=["event_id", "-id"], name="journal_event")),
    ]
