"""The filters' indexes, in the order that `kernel/streams.py` asks for."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sign_in_log", "0001_initial")]
    operations = [
        *(
            migrations.RemoveIndex("signin", name)
            for name in ("sign_in_stream", "sign_in_member", "sign_in_device", "sign_in_outcome")
        ),
        migrations.AddIndex("signin", models.Index(fields=["organization_id", "id"], name="sign_in_by_time")),
        migrations.AddIndex("signin", models.Index(fields=["organization_id", "account_id", "id"], name="sign_in_by_member")),
        migrations.AddIndex("signin", models.Index(fields=["organization_id", "device", "id"], name="sign_in_by_device")),
        migrations.AddIndex("signin", models.Index(fields=["organization_id", "outcome", "id"], name="sign_in_by_outcome")),
    ]
