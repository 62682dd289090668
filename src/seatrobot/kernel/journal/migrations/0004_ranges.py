"""The filters' indexes, in the order that `kernel/streams.py` asks for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("journal", "0003_tree")]
    operations = [
        *(
            migrations.RemoveIndex("entry", name)
            for name in ("journal_stream", "journal_actor", "journal_action", "journal_event")
        ),
        migrations.AddIndex("entry", models.Index(fields=["organization_id", "id"], name="journal_by_time")),
        migrations.AddIndex("entry", models.Index(fields=["organization_id", "actor_id", "id"], name="journal_by_actor")),
        migrations.AddIndex("entry", models.Index(fields=["organization_id", "action", "id"], name="journal_by_action")),
        migrations.AddIndex("entry", models.Index(condition=models.Q(("event_id__isnull", False)), fields=["event_id", "id"], name="journal_by_event")),
    ]
