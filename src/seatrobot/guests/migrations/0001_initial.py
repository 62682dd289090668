import datetime

import django.db.models.deletion
import seatrobot.kernel.ids
import seatrobot.kernel.vault.fields
import seatrobot.kernel.words
from django.db import migrations, models

from seatrobot.kernel.tenancy.operations import (
    EVENT,
    EVENT_AND_PARTY,
    StaffWrites,
    Guard,
    NoteChanges,
    Referable,
    Reference,
)


NOT_ONES_OWN_HOST = """
ALTER TABLE guests_guest ADD CONSTRAINT guest_not_own_host CHECK (host_id <> id);
"""
# A guest is checked in at the moment and by whom one of the arrivals says that were not taken back,
# and not at all without one: a statement that writes one of the two writes the other. Arrivals stay
# as they are: the application may take them back, and they go with their guest
# or, taken back, with their activity.
#
# Each trigger looks only for what its own change can break: whoever is checked in already agreed
# with an arrival before, so a further arrival needs one look at its guest. Planned anew for each
# check-in, the look would take longer than the check-in itself.
ARRIVALS = """
CREATE FUNCTION guests_guest_agrees() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  IF NEW.checked_in_at IS NULL THEN
    PERFORM FROM public.guests_arrival
      WHERE guest_id = NEW.id AND direction = 'in' AND undone_at IS NULL;
    IF NOT FOUND AND NEW.checked_in_by IS NULL THEN
      RETURN NULL;
    END IF;
  ELSE
    PERFORM FROM public.guests_arrival
      WHERE guest_id = NEW.id AND direction = 'in' AND undone_at IS NULL
        AND at = NEW.checked_in_at AND by IS NOT DISTINCT FROM NEW.checked_in_by;
    IF FOUND THEN
      RETURN NULL;
    END IF;
  END IF;
  RAISE EXCEPTION 'a guest is checked in as one arrival says' USING ERRCODE = 'check_violation';
END $$;
CREATE FUNCTION guests_arrival_agrees() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  IF TG_OP <> 'DELETE' AND NEW.direction = 'in' AND NEW.undone_at IS NULL THEN
    PERFORM FROM public.guests_guest WHERE id = NEW.guest_id AND checked_in_at IS NULL;
    IF FOUND THEN
      RAISE EXCEPTION 'whoever has arrived is checked in' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  IF TG_OP <> 'INSERT' AND OLD.direction = 'in' AND OLD.undone_at IS NULL THEN
    PERFORM FROM public.guests_guest guest
      WHERE id = OLD.guest_id AND checked_in_at IS NOT NULL AND NOT EXISTS (
        SELECT FROM public.guests_arrival
        WHERE guest_id = OLD.guest_id AND direction = 'in' AND undone_at IS NULL
          AND at = guest.checked_in_at AND by IS NOT DISTINCT FROM guest.checked_in_by);
    IF FOUND THEN
      RAISE EXCEPTION 'a guest is checked in as one arrival says' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER guest_arrived AFTER INSERT ON guests_guest FOR EACH ROW
  WHEN (NEW.checked_in_at IS NOT NULL OR NEW.checked_in_by IS NOT NULL)
  EXECUTE FUNCTION guests_guest_agrees();
CREATE TRIGGER guest_checked_in AFTER UPDATE OF checked_in_at, checked_in_by ON guests_guest
  FOR EACH ROW WHEN ((OLD.checked_in_at, OLD.checked_in_by) IS DISTINCT FROM (NEW.checked_in_at, NEW.checked_in_by))
  EXECUTE FUNCTION guests_guest_agrees();
CREATE TRIGGER arrival_counts AFTER INSERT OR UPDATE OR DELETE ON guests_arrival
  FOR EACH ROW EXECUTE FUNCTION guests_arrival_agrees();
REVOKE UPDATE, DELETE, TRUNCATE ON guests_arrival FROM seatrobot_app;
GRANT UPDATE (undone_at, undone_by) ON guests_arrival TO seatrobot_app;
"""
OWNERS = ("event_id", "organization_id")


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenancy', '0001_initial'),
        ('contacts', '0001_initial'),
        ('events', '0001_initial'),
        ('organizations', '0002_security'),
    ]

    operations = [
        migrations.CreateModel(
            name='Import',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('account_id', models.UUIDField(null=True)),
                ('progress_id', models.UUIDField(null=True)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('created_at', models.DateTimeField()),
                ('event', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='imports', to='events.event')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'db_table': 'guests_import',
            },
        ),
        migrations.CreateModel(
            name='ImportFile',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('upload', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='file', to='guests.import')),
            ],
            options={
                'db_table': 'guests_import_file',
            },
        ),
        migrations.CreateModel(
            name='ImportMemory',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('headings_index', models.BinaryField()),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('used_at', models.DateTimeField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'db_table': 'guests_import_memory',
                'constraints': [models.UniqueConstraint(fields=('organization', 'headings_index'), name='one_memory_of_headings')],
            },
        ),
        migrations.CreateModel(
            name='Party',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('places', models.PositiveSmallIntegerField(null=True)),
                ('language', models.CharField(blank=True, max_length=35)),
                ('reply_by', models.DateTimeField(null=True)),
                ('source', seatrobot.kernel.words.WordField(choices=[('staff', 'Added by the team'), ('import', 'Imported')], default='staff', max_length=8)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField(null=True)),
                ('created_at', models.DateTimeField()),
                ('event', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='parties', to='events.event')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'db_table': 'guests_party',
            },
        ),
        migrations.CreateModel(
            name='Guest',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('reply', seatrobot.kernel.words.WordField(choices=[('outstanding', 'Outstanding'), ('tentative', 'Tentative'), ('confirmed', 'Confirmed'), ('waitlisted', 'Waitlisted'), ('declined', 'Declined'), ('withdrawn', 'Withdrawn')], default='outstanding', max_length=11)),
                ('withdrawal', seatrobot.kernel.words.WordField(blank=True, choices=[('moved', 'Moved to another event'), ('refunded', 'Refunded'), ('cancelled', 'Cancelled')], max_length=9)),
                ('held', models.BooleanField(default=False)),
                ('delivery', seatrobot.kernel.words.WordField(blank=True, choices=[('bounced', 'Bounced')], max_length=8)),
                ('money', seatrobot.kernel.words.WordField(blank=True, choices=[('refunded', 'Refunded')], max_length=8)),
                ('email_index', models.BinaryField(null=True)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('special', seatrobot.kernel.vault.fields.SealedField(null=True)),
                ('created_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('checked_in_at', models.DateTimeField(null=True)),
                ('checked_in_by', models.UUIDField(null=True)),
                ('status', models.GeneratedField(db_persist=True, expression=models.Case(models.When(models.Q(('checked_in_at__isnull', False)), then=models.Value('attended')), models.When(models.Q(('withdrawal', 'moved')), then=models.Value('moved')), models.When(models.Q(('withdrawal', 'refunded')), then=models.Value('refunded')), models.When(models.Q(('reply__in', ['declined', 'withdrawn'])), then=models.Value('declined')), models.When(models.Q(('held', True)), then=models.Value('held')), models.When(models.Q(('reply', 'waitlisted')), then=models.Value('waitlisted')), models.When(models.Q(('reply', 'confirmed')), then=models.Value('confirmed')), models.When(models.Q(('delivery', 'bounced'), ('reply__in', ['outstanding', 'tentative'])), then=models.Value('bounced')), default=models.Value('outstanding')), output_field=models.CharField(max_length=11))),
                ('contact', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='guests', to='contacts.contact')),
                ('event', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='guests', to='events.event')),
                ('host', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='plus_ones', to='guests.guest')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('party', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='guests', to='guests.party')),
            ],
            options={
                'db_table': 'guests_guest',
            },
        ),
        migrations.CreateModel(
            name='Arrival',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('direction', seatrobot.kernel.words.WordField(choices=[('in', 'In'), ('out', 'Out')], default='in', max_length=3)),
                ('device_at', models.DateTimeField(null=True)),
                ('at', models.DateTimeField()),
                ('door', models.CharField(blank=True, max_length=40)),
                ('by', models.UUIDField(null=True)),
                ('undone_at', models.DateTimeField(null=True)),
                ('undone_by', models.UUIDField(null=True)),
                ('activity', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='arrivals', to='events.activity')),
                ('event', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='arrivals', to='events.event')),
                ('organization', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='organizations.organization')),
                ('guest', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='arrivals', to='guests.guest')),
            ],
            options={
                'db_table': 'guests_arrival',
                'indexes': [models.Index(fields=['event', 'at'], name='arrival_time')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('direction', 'in'), ('undone_at__isnull', True)), fields=('activity', 'guest'), name='arrived_once')],
            },
        ),
        migrations.AddIndex(
            model_name='guest',
            index=models.Index(condition=models.Q(('host__isnull', False)), fields=['host'], name='guest_host'),
        ),
        migrations.AddIndex(
            model_name='guest',
            index=models.Index(condition=models.Q(('contact__isnull', False)), fields=['contact'], name='guest_contact'),
        ),
        migrations.AddIndex(
            model_name='guest',
            index=models.Index(fields=['organization', 'email_index'], name='guest_email'),
        ),
        migrations.AddIndex(
            model_name='guest',
            index=models.Index(condition=models.Q(('special__isnull', False)), fields=['event'], name='guest_special'),
        ),
        migrations.AddConstraint(
            model_name='guest',
            constraint=models.CheckConstraint(condition=models.Q(('reply', 'withdrawn'), ('withdrawal', ''), _connector='XOR'), name='withdrawn_with_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='party',
            constraint=models.CheckConstraint(condition=models.Q(('reply_by__range', (datetime.datetime(1899, 12, 31, 0, 0, tzinfo=datetime.timezone.utc), datetime.datetime(2200, 1, 2, 0, 0, tzinfo=datetime.timezone.utc)))), name='party_dates'),
        ),
        migrations.AddConstraint(
            model_name='guest',
            constraint=models.CheckConstraint(condition=models.Q(('checked_in_at__range', (datetime.datetime(1899, 12, 31, 0, 0, tzinfo=datetime.timezone.utc), datetime.datetime(2200, 1, 2, 0, 0, tzinfo=datetime.timezone.utc)))), name='guest_dates'),
        ),
        migrations.AddConstraint(
            model_name='arrival',
            constraint=models.CheckConstraint(condition=models.Q(('at__range', (datetime.datetime(1899, 12, 31, 0, 0, tzinfo=datetime.timezone.utc), datetime.datetime(2200, 1, 2, 0, 0, tzinfo=datetime.timezone.utc))), ('device_at__range', (datetime.datetime(1899, 12, 31, 0, 0, tzinfo=datetime.timezone.utc), datetime.datetime(2200, 1, 2, 0, 0, tzinfo=datetime.timezone.utc)))), name='arrival_dates'),
        ),
        migrations.RunSQL(NOT_ONES_OWN_HOST, migrations.RunSQL.noop),
        Referable("guests_party", *OWNERS),
        Referable("guests_guest", *OWNERS),
        Referable("guests_import", "organization_id"),
        Reference("guests_party", "event_id", "events_event", "organization_id"),
        Reference("guests_guest", "event_id", "events_event", "organization_id"),
        Reference("guests_guest", "party_id", "guests_party", *OWNERS),
        Reference("guests_guest", "host_id", "guests_guest", *OWNERS),
        Reference("guests_guest", "contact_id", "contacts_contact", "organization_id"),
        # These two hold the event's organization too.
        Reference("guests_arrival", "activity_id", "events_activity", *OWNERS, cascade=True),
        Reference("guests_arrival", "guest_id", "guests_guest", *OWNERS, cascade=True),
        migrations.RunSQL(
            ARRIVALS, "DROP FUNCTION guests_guest_agrees CASCADE; DROP FUNCTION guests_arrival_agrees CASCADE"
        ),
        Reference("guests_import", "event_id", "events_event", "organization_id"),
        Reference("guests_import_file", "upload_id", "guests_import", "organization_id"),
        Guard("guests_party", scopes={"event": "event_id", "party": "id"}, staff=StaffWrites.REPLACING),
        Guard("guests_guest", scopes=EVENT_AND_PARTY, staff=StaffWrites.CHANGING),
        Guard("guests_arrival", scopes=EVENT),
        Guard("guests_import", scopes=EVENT),
        Guard("guests_import_file"),
        Guard("guests_import_memory"),
        NoteChanges("guests_party", column="event_id", include="organization_id", where="sealed IS NOT NULL", emptied="sealed"),
        NoteChanges("guests_guest", column="event_id", include="organization_id, party_id, status", emptied="special"),
    ]
