import datetime

import django.db.models.constraints
import django.db.models.deletion
import seatrobot.kernel.ids
import seatrobot.kernel.vault.fields
import seatrobot.kernel.words
from django.db import migrations, models

from seatrobot.kernel.tenancy.operations import (
    EVENT,
    SHOWN_EVENT,
    StaffWrites,
    Guard,
    NoteChanges,
    Referable,
    Reference,
)

# The function sees the organization of the row, whatever the transaction that ends saw last.
HAS_ACTIVITY = """
CREATE FUNCTION events_has_activity() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  levels CONSTANT text[] := ARRAY['organization', 'event', 'party', 'package'];
  shown text[] := (SELECT array_agg(coalesce(current_setting('seatrobot.' || level, true), '') ORDER BY place)
    FROM unnest(levels) WITH ORDINALITY AS each (level, place));
  of_row CONSTANT jsonb := CASE TG_OP WHEN 'INSERT' THEN to_jsonb(NEW) ELSE to_jsonb(OLD) END;
  which CONSTANT uuid := of_row ->> CASE TG_TABLE_NAME WHEN 'events_event' THEN 'id' ELSE 'event_id' END;
BEGIN
  PERFORM set_config('seatrobot.' || level, CASE place WHEN 1 THEN of_row ->> 'organization_id' ELSE '' END, true)
    FROM unnest(levels) WITH ORDINALITY AS each (level, place);
  PERFORM FROM events_event WHERE id = which AND NOT EXISTS (
    SELECT FROM events_activity WHERE event_id = which AND position = 0);
  IF FOUND THEN
    RAISE EXCEPTION 'every event has an activity' USING ERRCODE = 'check_violation';
  END IF;
  PERFORM set_config('seatrobot.' || level, shown[place], true)
    FROM unnest(levels) WITH ORDINALITY AS each (level, place);
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER event_has_activity AFTER INSERT ON events_event
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION events_has_activity();
CREATE CONSTRAINT TRIGGER activity_of_event AFTER DELETE OR UPDATE OF position, event_id ON events_activity
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.position = 0)
  EXECUTE FUNCTION events_has_activity();
"""
THE_EVENT = f"id = {SHOWN_EVENT}"


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenancy', '0001_initial'),
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
                ('delete_on', models.DateField(null=True)),
                ('deletion_told_at', models.DateTimeField(null=True)),
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
                ('event', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='activities', to='events.event')),
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
                ('scope', seatrobot.kernel.words.WordField(choices=[('event', 'Event'), ('party', 'Party'), ('person', 'Guest')], default='person', max_length=6)),
                ('type', seatrobot.kernel.words.WordField(choices=[('text', 'Text'), ('choice', 'Choice'), ('number', 'Number'), ('date', 'Date'), ('diet', 'Diet'), ('consent', 'Consent')], default='text', max_length=8)),
                ('position', models.PositiveSmallIntegerField()),
                ('special', models.BooleanField(default=False)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('event', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='fields', to='events.event')),
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
        Guard(
            "events_event",
            scopes={"event": "id", "party": THE_EVENT, "package": THE_EVENT},
            staff=StaffWrites.CHANGING,
        ),
        Guard("events_activity", scopes=EVENT, staff=StaffWrites.CHANGING),
        Guard("events_field", scopes=EVENT, staff=StaffWrites.CHANGING),
        NoteChanges("events_event", column="organization_id", listed=False),
        NoteChanges("events_activity", column="event_id", include="organization_id", listed=False),
        NoteChanges("events_field", column="event_id", include="organization_id"),
        Referable("events_event", "organization_id"),
        Referable("events_activity", "event_id", "organization_id"),
        Reference("events_activity", "event_id", "events_event", "organization_id"),
        migrations.RunSQL(HAS_ACTIVITY, "DROP FUNCTION events_has_activity CASCADE"),
        Reference("events_field", "event_id", "events_event", "organization_id"),
        Reference("organizations_grant", "event_id", "events_event", "organization_id", cascade=True),
    ]
