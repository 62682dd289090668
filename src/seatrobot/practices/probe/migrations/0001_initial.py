from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Probe",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("organization_id", models.UUIDField()),
                ("owner_id", models.UUIDField()),
                ("administrator_id", models.UUIDField()),
                ("member_id", models.UUIDField()),
            ],
            options={"db_table": "probe_probe"},
        ),
    ]
