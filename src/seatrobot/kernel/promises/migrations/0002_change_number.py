from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("promises", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE promises_change_number", "DROP SEQUENCE promises_change_number"
        ),
        migrations.AddField(
            model_name="change",
            name="number",
            field=models.BigIntegerField(
                db_default=models.Func(models.Value("promises_change_number"), function="nextval"),
                editable=False,
                unique=True,
            ),
        ),
        migrations.RemoveIndex(model_name="change", name="promises_change_latest"),
        migrations.AddIndex(
            model_name="change",
            index=models.Index(fields=["promise", "-number"], name="promises_change_last"),
        ),
    ]
