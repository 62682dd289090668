"""Codes of before were hashed quickly and cannot be hashed again: their people make new ones."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("factors", "0001_initial")]
    operations = [
        migrations.RunSQL("DELETE FROM factors_recovery_code", migrations.RunSQL.noop),
        migrations.AddField("recoverycode", "salt", models.BinaryField(default=b""), preserve_default=False),
    ]
