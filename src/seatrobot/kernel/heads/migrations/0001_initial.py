from django.db import migrations, models

ONLY_GROWS = """
REVOKE UPDATE, DELETE, TRUNCATE ON heads_head FROM seatrobot_app;
REVOKE DELETE, TRUNCATE ON heads_stream FROM seatrobot_app;
CREATE TRIGGER heads_head_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON heads_head
  FOR EACH STATEMENT EXECUTE FUNCTION journal_refuses();
CREATE TRIGGER heads_stream_stays BEFORE DELETE OR TRUNCATE ON heads_stream
  FOR EACH STATEMENT EXECUTE FUNCTION journal_refuses();
CREATE TRIGGER heads_stream_only_grows BEFORE UPDATE ON heads_stream FOR EACH ROW
  WHEN (OLD.id <> NEW.id OR NEW.size <= OLD.size) EXECUTE FUNCTION journal_refuses();
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [("journal", "0001_initial"), ("promises", "0001_initial")]
    operations = [
        migrations.CreateModel(
            name="Head",
            fields=[
                ("number", models.BigIntegerField(editable=False, primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_index=True)),
                ("text", models.TextField()),
                ("nodes", models.BinaryField()),
                ("total", models.BigIntegerField()),
                ("note", models.TextField()),
            ],
            options={"db_table": "heads_head"},
        ),
        migrations.CreateModel(
            name="Stream",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField()),
            ],
            options={"db_table": "heads_stream"},
        ),
        migrations.RunSQL(ONLY_GROWS, migrations.RunSQL.noop),
    ]
