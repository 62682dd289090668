import datetime

import django.db.models.constraints
import django.db.models.deletion
import seatrobot.kernel.ids
import seatrobot.kernel.vault.fields
from django.db import migrations, models

from seatrobot.kernel.tenancy.operations import EVENT, SHOWN_EVENT, Guard, NoteChanges

GRANTS_END_WITH_THEIR_EVENT = """
ALTER TABLE organizations_grant ADD CONSTRAINT grant_of_event
  FOREIGN KEY (event_id) REFERENCES events_event (id) ON DELETE CASCADE;
"""
FORGET_GRANTS = "ALTER TABLE organizations_grant DROP CONSTRAINT grant_of_event"
THE_EVENT = f"id = {SHOWN_EVENT}"


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('organizations', '0002_security'),
    ]

    operations = [
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('time_zone', models.CharField(default='UTC', max_length=64)),
                ('created_at', models.DateTimeField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'db_table': 'events_event',
            },
        ),
        migrations.CreateModel(
            name='Activity',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('starts_at', models.DateTimeField(null=True)),
                ('ends_at', models.DateTimeField(null=True)),
                ('capacity', models.PositiveIntegerField(default=0)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='activities', to='events.event')),
            ],
            options={
                'db_table': 'events_activity',
                'ordering': ['position'],
            },
        ),
        migrations.CreateModel(
            name='Field',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('scope', models.CharField(choices=[('event', 'Event'), ('party', 'Party'), ('person', 'Guest')], default='person', max_length=6)),
                ('type', models.CharField(choices=[('text', 'Text'), ('choice', 'Choice'), ('number', 'Number'), ('date', 'Date'), ('diet', 'Diet'), ('consent', 'Consent')], default='text', max_length=8)),
                ('position', models.PositiveSmallIntegerField()),
                ('special', models.BooleanField(default=False)),
                ('retention_days', models.PositiveIntegerField(null=True)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='fields', to='events.event')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'db_table': 'events_field',
                'ordering': ['position', 'id'],
            },
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['organization', 'starts_at'], name='event_start'),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='event_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='activity',
            constraint=models.UniqueConstraint(deferrable=django.db.models.constraints.Deferrable['DEFERRED'], fields=('event', 'position'), name='activity_position'),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.CheckConstraint(condition=models.Q(('starts_at__range', (datetime.datetime(1899, 12, 31, 0, 0, tzinfo=datetime.timezone.utc), datetime.datetime(2200, 1, 2, 0, 0, tzinfo=datetime.timezone.utc))), ('ends_at__range', (datetime.datetime(1899, 12, 31, 0, 0, tzinfo=datetime.timezone.utc), datetime.datetime(2200, 1, 2, 0, 0, tzinfo=datetime.timezone.utc)))), name='event_dates'),
        ),
        migrations.AddConstraint(
            model_name='activity',
            constraint=models.CheckConstraint(condition=models.Q(('starts_at__range', (datetime.datetime(1899, 12, 31, 0, 0, tzinfo=datetime.timezone.utc), datetime.datetime(2200, 1, 2, 0, 0, tzinfo=datetime.timezone.utc))), ('ends_at__range', (datetime.datetime(1899, 12, 31, 0, 0, tzinfo=datetime.timezone.utc), datetime.datetime(2200, 1, 2, 0, 0, tzinfo=datetime.timezone.utc)))), name='activity_dates'),
        ),
        Guard("events_event", scopes={"event": "id", "party": THE_EVENT, "package": THE_EVENT}),
        Guard("events_activity", scopes=EVENT),
        Guard("events_field", scopes=EVENT),
        NoteChanges("events_event", column="organization_id"),
        NoteChanges("events_activity", column="event_id", include="organization_id"),
        NoteChanges("events_field", column="event_id", include="organization_id"),
        migrations.RunSQL(GRANTS_END_WITH_THEIR_EVENT, FORGET_GRANTS),
    ]
