import django.contrib.postgres.fields
import django.db.models.deletion
import seatrobot.kernel.ids
import seatrobot.kernel.words
from django.db import migrations, models

from seatrobot.kernel.tenancy.operations import (
    SHOWN_ACCOUNT,
    SHOWN_ORGANIZATION,
    Narrow,
    narrowing,
)

NOBODY_SIGNED_IN = f"{SHOWN_ACCOUNT} IS NULL AND {SHOWN_ORGANIZATION} IS NULL"


def only_grows(table: str, added_by: str) -> str:
    """Return SQL for a table whose rows everybody sees, and that only grows, by whom it says."""
    return f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY {table}_see ON {table} FOR SELECT USING (true);
CREATE POLICY {table}_add ON {table} FOR INSERT WITH CHECK ({added_by});
{narrowing(table)}
REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM seatrobot_app;
"""


NEWEST_EDITION = """
CREATE FUNCTION personnel_newest_edition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM personnel_edition e WHERE e.id = NEW.edition_id
    AND e.kind = TG_ARGV[0] AND e.digest <> '' AND NOT EXISTS (
      SELECT FROM personnel_edition n
      WHERE n.kind = e.kind AND n.name = e.name AND n.number > e.number
    );
  IF NOT FOUND THEN
    RAISE EXCEPTION 'this edition is not in force' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER personnel_newest_edition BEFORE INSERT ON personnel_signature
  FOR EACH ROW EXECUTE FUNCTION personnel_newest_edition('policy');
CREATE TRIGGER personnel_newest_edition BEFORE INSERT ON personnel_result
  FOR EACH ROW EXECUTE FUNCTION personnel_newest_edition('course');
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Edition',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', seatrobot.kernel.words.WordField(choices=[('policy', 'policy'), ('course', 'course')], max_length=10)),
                ('name', models.CharField(max_length=60)),
                ('number', models.PositiveIntegerField()),
                ('title', models.CharField(max_length=200)),
                ('digest', models.CharField(max_length=64)),
                ('text', models.TextField()),
                ('valid_days', models.PositiveIntegerField(default=0)),
                ('earlier_days', models.PositiveIntegerField(null=True)),
                ('published_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'personnel_edition',
                'constraints': [models.UniqueConstraint(fields=('kind', 'name', 'number'), name='one_edition')],
            },
        ),
        migrations.CreateModel(
            name='Reminder',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('account_id', models.UUIDField()),
                ('what', models.CharField(max_length=80)),
                ('ends_at', models.DateTimeField()),
                ('days', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'db_table': 'personnel_reminder',
                'constraints': [models.UniqueConstraint(fields=('account_id', 'what', 'ends_at', 'days'), name='one_reminder')],
            },
        ),
        migrations.CreateModel(
            name='Result',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('account_id', models.UUIDField()),
                ('at', models.DateTimeField()),
                ('asked', models.PositiveIntegerField()),
                ('wrong', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), default=list, size=None)),
                ('passed', models.BooleanField()),
                ('edition', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='results', to='personnel.edition')),
            ],
            options={
                'db_table': 'personnel_result',
                'indexes': [models.Index(fields=['account_id', 'at'], name='result_of_person')],
            },
        ),
        migrations.CreateModel(
            name='Signature',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('account_id', models.UUIDField()),
                ('at', models.DateTimeField()),
                ('signed', models.TextField()),
                ('edition', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='personnel.edition')),
            ],
            options={
                'db_table': 'personnel_signature',
                'constraints': [models.UniqueConstraint(fields=('account_id', 'edition'), name='one_signature')],
            },
        ),
        migrations.RunSQL(
            only_grows("personnel_edition", NOBODY_SIGNED_IN), migrations.RunSQL.noop
        ),
        migrations.RunSQL(
            only_grows("personnel_signature", f"account_id = {SHOWN_ACCOUNT}"),
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            only_grows("personnel_result", f"account_id = {SHOWN_ACCOUNT}"),
            migrations.RunSQL.noop,
        ),
        Narrow("personnel_reminder"),
        migrations.RunSQL(NEWEST_EDITION, migrations.RunSQL.noop),
    ]
