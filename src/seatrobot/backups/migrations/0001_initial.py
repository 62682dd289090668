import django.db.models.deletion
import seatrobot.kernel.ids
import seatrobot.kernel.words
from django.db import migrations, models

from seatrobot.kernel.tenancy.operations import Narrow

# Nothing is kept for longer than 14 days but what a hold names.
WITHIN = """
ALTER TABLE backups_backup ADD CONSTRAINT backup_within_14_days
  CHECK (hold_id IS NOT NULL OR destroy_by <= made_at + interval '336 hours');
ALTER TABLE backups_day ADD CONSTRAINT day_within_14_days
  CHECK (hold_id IS NOT NULL OR destroy_by <= begins_at + interval '336 hours');
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('begun_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('backup_id', models.UUIDField(null=True)),
                ('problem', models.TextField(blank=True)),
            ],
            options={
                'db_table': 'backups_attempt',
            },
        ),
        migrations.CreateModel(
            name='Backup',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('made_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('timeline', models.IntegerField(default=1)),
                ('from_lsn', models.BigIntegerField(default=0)),
                ('to_lsn', models.BigIntegerField(default=0)),
                ('destroy_by', models.DateTimeField()),
                ('hold_id', models.UUIDField(null=True)),
                ('destroyed_at', models.DateTimeField(null=True)),
                ('digests', models.JSONField(default=dict)),
            ],
            options={
                'db_table': 'backups_backup',
            },
        ),
        migrations.CreateModel(
            name='Day',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField(unique=True)),
                ('begins_at', models.DateTimeField()),
                ('from_lsn', models.BigIntegerField()),
                ('to_lsn', models.BigIntegerField()),
                ('destroy_by', models.DateTimeField()),
                ('hold_id', models.UUIDField(null=True)),
                ('destroyed_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'backups_day',
            },
        ),
        migrations.CreateModel(
            name='Drill',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('backup_id', models.UUIDField()),
                ('store', models.TextField()),
                ('begun_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('passed', models.BooleanField(default=False)),
                ('seconds', models.FloatField(null=True)),
                ('lost_seconds', models.FloatField(null=True)),
                ('findings', models.JSONField(default=list)),
                ('facts', models.JSONField(default=dict)),
            ],
            options={
                'db_table': 'backups_drill',
            },
        ),
        migrations.CreateModel(
            name='StoreState',
            fields=[
                ('name', models.TextField(primary_key=True, serialize=False)),
                ('timeline', models.IntegerField(default=1)),
                ('unbroken_from', models.BigIntegerField(default=0)),
                ('shipped_through', models.BigIntegerField(default=0)),
                ('shipped_at', models.DateTimeField(null=True)),
                ('seen_at', models.DateTimeField()),
                ('problem', models.TextField(blank=True)),
                ('problem_since', models.DateTimeField(null=True)),
                ('free', models.BigIntegerField(null=True)),
            ],
            options={
                'db_table': 'backups_store_state',
            },
        ),
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', seatrobot.kernel.words.WordField(choices=[('silence', 'No backup has succeeded for 26 hours'), ('failure', 'A backup has failed'), ('store', 'A store cannot be used'), ('lag', 'The log is not shipped in time'), ('shipper', 'Nothing ships the log'), ('slot', 'The database holds log for a receiver that does not come'), ('disk', 'The disk is nearly full'), ('destruction', 'A backup was not destroyed on its date')], max_length=12)),
                ('about', models.TextField(blank=True)),
                ('detail', models.TextField(blank=True)),
                ('exercise', models.BooleanField(default=False)),
                ('raised_at', models.DateTimeField()),
                ('told_at', models.DateTimeField(null=True)),
                ('solved_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'backups_alert',
                'constraints': [models.UniqueConstraint(condition=models.Q(('solved_at__isnull', True)), fields=('kind', 'about'), name='one_open_alert_of_a_kind')],
            },
        ),
        migrations.CreateModel(
            name='StoreCopy',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('store', models.TextField()),
                ('part', seatrobot.kernel.words.WordField(choices=[('cluster', 'Database'), ('files', 'Files and keys'), ('source', 'Source code and configuration')], max_length=8)),
                ('size', models.BigIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('stored_at', models.DateTimeField()),
                ('backup', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='copies', to='backups.backup')),
            ],
            options={
                'db_table': 'backups_store_copy',
                'constraints': [models.UniqueConstraint(fields=('backup', 'store', 'part'), name='one_copy_per_store')],
            },
        ),
        *(
            Narrow(f"backups_{name}")
            for name in ("alert", "attempt", "backup", "day", "drill", "store_copy", "store_state")
        ),
        migrations.RunSQL(WITHIN, migrations.RunSQL.noop),
    ]
