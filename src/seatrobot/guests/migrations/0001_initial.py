import datetime

import django.db.models.deletion
import seatrobot.kernel.ids
import seatrobot.kernel.vault.fields
from django.db import migrations, models

from seatrobot.kernel.tenancy.operations import EVENT, EVENT_AND_PARTY, Guard, NoteChanges


# A row's event and organization are those of what it belongs to; row-level security looks at each
# row's own columns alone, and the check of a foreign key sees the rows of everybody.
OF_ONE_EVENT = """
ALTER TABLE events_event ADD CONSTRAINT event_of_organization UNIQUE (id, organization_id);
ALTER TABLE events_activity ADD CONSTRAINT activity_of_event UNIQUE (id, event_id);
ALTER TABLE guests_party ADD CONSTRAINT party_of_event UNIQUE (id, event_id);
ALTER TABLE guests_party ADD CONSTRAINT party_of_organization
  FOREIGN KEY (event_id, organization_id) REFERENCES events_event (id, organization_id)
  DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE guests_guest ADD CONSTRAINT guest_of_organization
  FOREIGN KEY (event_id, organization_id) REFERENCES events_event (id, organization_id)
  DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE guests_guest ADD CONSTRAINT guest_of_party
  FOREIGN KEY (party_id, event_id) REFERENCES guests_party (id, event_id)
  DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE guests_guest ADD CONSTRAINT guest_not_own_host CHECK (host_id <> id);
ALTER TABLE guests_arrival ADD CONSTRAINT arrival_of_activity
  FOREIGN KEY (activity_id, event_id) REFERENCES events_activity (id, event_id)
  DEFERRABLE INITIALLY DEFERRED;
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
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
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='imports', to='events.event')),
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
                ('upload', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='file', to='guests.import')),
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
                ('source', models.CharField(choices=[('staff', 'Added by the team'), ('import', 'Imported')], default='staff', max_length=8)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField(null=True)),
                ('created_at', models.DateTimeField()),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parties', to='events.event')),
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
                ('reply', models.CharField(choices=[('outstanding', 'Outstanding'), ('tentative', 'Tentative'), ('confirmed', 'Confirmed'), ('waitlisted', 'Waitlisted'), ('declined', 'Declined'), ('withdrawn', 'Withdrawn')], default='outstanding', max_length=11)),
                ('withdrawal', models.CharField(blank=True, choices=[('moved', 'Moved to another event'), ('refunded', 'Refunded'), ('cancelled', 'Cancelled')], max_length=9)),
                ('held', models.BooleanField(default=False)),
                ('delivery', models.CharField(blank=True, choices=[('bounced', 'Bounced')], max_length=8)),
                ('money', models.CharField(blank=True, choices=[('refunded', 'Refunded')], max_length=8)),
                ('email_index', models.BinaryField(null=True)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('special', seatrobot.kernel.vault.fields.SealedField(null=True)),
                ('created_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('checked_in_at', models.DateTimeField(null=True)),
                ('checked_in_by', models.UUIDField(null=True)),
                ('status', models.GeneratedField(db_persist=True, expression=models.Case(models.When(models.Q(('checked_in_at__isnull', False)), then=models.Value('attended')), models.When(models.Q(('withdrawal', 'moved')), then=models.Value('moved')), models.When(models.Q(('withdrawal', 'refunded')), then=models.Value('refunded')), models.When(models.Q(('reply__in', ['declined', 'withdrawn'])), then=models.Value('declined')), models.When(models.Q(('held', True)), then=models.Value('held')), models.When(models.Q(('reply', 'waitlisted')), then=models.Value('waitlisted')), models.When(models.Q(('reply', 'confirmed')), then=models.Value('confirmed')), models.When(models.Q(('delivery', 'bounced'), ('reply__in', ['outstanding', 'tentative'])), then=models.Value('bounced')), default=models.Value('outstanding')), output_field=models.CharField(max_length=11))),
                ('contact', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='guests', to='contacts.contact')),
                ('event', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='guests', to='events.event')),
                ('host', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='plus_ones', to='guests.guest')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('party', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='guests', to='guests.party')),
            ],
            options={
                'db_table': 'guests_guest',
            },
        ),
        migrations.CreateModel(
            name='Arrival',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('direction', models.CharField(choices=[('in', 'In'), ('out', 'Out')], default='in', max_length=3)),
                ('device_at', models.DateTimeField(null=True)),
                ('at', models.DateTimeField()),
                ('door', models.CharField(blank=True, max_length=40)),
                ('by', models.UUIDField(null=True)),
                ('undone_at', models.DateTimeField(null=True)),
                ('undone_by', models.UUIDField(null=True)),
                ('activity', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='arrivals', to='events.activity')),
                ('event', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='arrivals', to='events.event')),
                ('organization', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('guest', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='arrivals', to='guests.guest')),
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
        migrations.RunSQL(OF_ONE_EVENT, migrations.RunSQL.noop),
        Guard("guests_party", scopes={"event": "event_id", "party": "id"}),
        Guard("guests_guest", scopes=EVENT_AND_PARTY),
        Guard("guests_arrival", scopes=EVENT),
        Guard("guests_import", scopes=EVENT),
        Guard("guests_import_file"),
        Guard("guests_import_memory"),
        NoteChanges("guests_party", column="event_id", include="organization_id", where="sealed IS NOT NULL"),
        NoteChanges("guests_guest", column="event_id", include="organization_id, party_id, status"),
    ]
