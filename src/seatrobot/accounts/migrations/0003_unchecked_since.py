from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("accounts", "0002_session_longest_gap")]

    operations = [
        migrations.AddField("account", "unchecked_since", models.DateTimeField(null=True)),
    ]
