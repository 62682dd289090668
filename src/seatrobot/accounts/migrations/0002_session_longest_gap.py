from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AddField("session", "longest_gap", models.PositiveIntegerField(default=0)),
    ]
