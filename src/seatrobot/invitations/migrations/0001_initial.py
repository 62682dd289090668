import datetime
import django.db.models.deletion
import seatrobot.kernel.ids
import seatrobot.kernel.vault.fields
import seatrobot.kernel.words
import uuid
from django.db import migrations, models

from seatrobot.kernel.tenancy.operations import (
    EVENT,
    EVENT_AND_PARTY,
    Guard,
    NoteChanges,
    Referable,
    Reference,
)

OF_EVENT = ("event_id", "organization_id")


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('events', '0001_initial'),
        ('guests', '0001_initial'),
        ('organizations', '0002_security'),
    ]

    operations = [
        migrations.CreateModel(
            name='Mailing',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', seatrobot.kernel.words.WordField(choices=[('save-the-date', 'Save the date'), ('invitation', 'Invitation'), ('reminder', 'Reminder'), ('update', 'Update'), ('cancellation', 'Cancellation'), ('thanks', 'Thank you')], max_length=13)),
                ('state', seatrobot.kernel.words.WordField(choices=[('waiting', 'Waits for its time'), ('sending', 'Being sent'), ('done', 'Sent'), ('stopped', 'Stopped')], default='sending', max_length=7)),
                ('account_id', models.UUIDField(null=True)),
                ('send_at', models.DateTimeField()),
                ('created_at', models.DateTimeField()),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('event', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='mailings', to='events.event')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'db_table': 'invitations_mailing',
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('party_id', models.UUIDField(default=uuid.UUID('00000000-0000-0000-0000-000000000000'))),
                ('kind', seatrobot.kernel.words.WordField(choices=[('mailing', 'Mailing'), ('told', 'What was recorded'), ('code', 'Code'), ('test', 'Test')], default='mailing', max_length=7)),
                ('state', seatrobot.kernel.words.WordField(choices=[('queued', 'Queued'), ('handing', 'Being handed over'), ('dotting', 'Being confirmed'), ('unsure', 'Unsure whether it was handed over'), ('handed', 'Handed over'), ('refused', 'Refused'), ('given-up', 'Given up'), ('stopped', 'Stopped'), ('suppressed', 'Not sent: unsubscribed')], default='queued', max_length=10)),
                ('urgent', models.BooleanField(default=False)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('next_at', models.DateTimeField()),
                ('address_index', models.BinaryField()),
                ('domain_index', models.BinaryField()),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('created_at', models.DateTimeField()),
                ('handed_at', models.DateTimeField(null=True)),
                ('outcome', seatrobot.kernel.words.WordField(blank=True, choices=[('delayed', 'Delayed'), ('relayed', 'Passed on'), ('delivered', 'In the mailbox'), ('bounced', 'Bounced'), ('complained', 'Reported as spam')], max_length=10)),
                ('hard', models.BooleanField(default=False)),
                ('returned_at', models.DateTimeField(null=True)),
                ('event', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='events.event')),
                ('guest', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='guests.guest')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('mailing', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='invitations.mailing')),
            ],
            options={
                'db_table': 'invitations_delivery',
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', seatrobot.kernel.words.WordField(choices=[('save-the-date', 'Save the date'), ('invitation', 'Invitation'), ('reminder', 'Reminder'), ('update', 'Update'), ('cancellation', 'Cancellation'), ('thanks', 'Thank you')], max_length=13)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('created_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('event', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='events.event')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'db_table': 'invitations_message',
            },
        ),
        migrations.CreateModel(
            name='Picture',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('current', models.BooleanField(default=True)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('event', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='events.event')),
                ('message', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='pictures', to='invitations.message')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'db_table': 'invitations_picture',
            },
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', seatrobot.kernel.words.WordField(choices=[('bounce', 'Bounced'), ('delayed', 'Delayed'), ('relayed', 'Passed on'), ('delivered', 'In the mailbox'), ('complaint', 'Reported as spam'), ('automatic', 'Automatic reply'), ('answer', 'Somebody wrote back'), ('unknown', 'Something else')], max_length=9)),
                ('digest', models.BinaryField()),
                ('at', models.DateTimeField()),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('delivery', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='reports', to='invitations.delivery')),
                ('event', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='events.event')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'db_table': 'invitations_report',
            },
        ),
        migrations.CreateModel(
            name='Sender',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('per_minute', models.PositiveIntegerField(default=0)),
                ('per_domain', models.PositiveIntegerField(default=0)),
                ('error', models.CharField(blank=True, max_length=200)),
                ('failing_since', models.DateTimeField(null=True)),
                ('next_at', models.DateTimeField(null=True)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'db_table': 'invitations_sender',
            },
        ),
        migrations.CreateModel(
            name='Suppression',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('reason', seatrobot.kernel.words.WordField(choices=[('unsubscribed', 'Unsubscribed'), ('complained', 'Reported a mail as spam'), ('dead', 'The address does not exist'), ('staff', 'Set by the team')], max_length=12)),
                ('address_index', models.BinaryField()),
                ('at', models.DateTimeField()),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('event', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='events.event')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'db_table': 'invitations_suppression',
            },
        ),
        migrations.CreateModel(
            name='Template',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', seatrobot.kernel.words.WordField(choices=[('save-the-date', 'Save the date'), ('invitation', 'Invitation'), ('reminder', 'Reminder'), ('update', 'Update'), ('cancellation', 'Cancellation'), ('thanks', 'Thank you')], max_length=13)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('created_at', models.DateTimeField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'db_table': 'invitations_template',
            },
        ),
        migrations.CreateModel(
            name='Version',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('created_at', models.DateTimeField()),
                ('event', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='events.event')),
                ('message', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='invitations.message')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('picture', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='invitations.picture')),
            ],
            options={
                'db_table': 'invitations_version',
            },
        ),
        migrations.AddField(
            model_name='mailing',
            name='version',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='mailings', to='invitations.version'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state', 'queued')), fields=['organization', '-urgent', 'next_at', 'id'], name='delivery_waiting'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state__in', ('handing', 'dotting', 'unsure'))), fields=['organization', 'state'], name='delivery_underway'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['organization', 'handed_at'], name='delivery_pace'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['organization', 'address_index'], name='delivery_address'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(fields=('mailing', 'party_id', 'address_index'), name='delivered_once'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(fields=('delivery', 'digest'), name='reported_once'),
        ),
        migrations.AddConstraint(
            model_name='sender',
            constraint=models.UniqueConstraint(fields=('organization',), name='one_sender'),
        ),
        migrations.AddConstraint(
            model_name='suppression',
            constraint=models.UniqueConstraint(fields=('organization', 'address_index', 'event'), name='suppressed_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='version',
            constraint=models.UniqueConstraint(fields=('message', 'number'), name='version_number'),
        ),
        migrations.AddConstraint(
            model_name='mailing',
            constraint=models.CheckConstraint(condition=models.Q(('send_at__range', (datetime.datetime(1899, 12, 31, 0, 0, tzinfo=datetime.timezone.utc), datetime.datetime(2200, 1, 2, 0, 0, tzinfo=datetime.timezone.utc)))), name='mailing_dates'),
        ),
        Guard("invitations_sender"),
        Guard("invitations_template"),
        Guard("invitations_message", scopes=EVENT),
        Guard("invitations_picture", scopes=EVENT),
        Guard("invitations_version", scopes=EVENT),
        Guard("invitations_mailing", scopes=EVENT),
        Guard("invitations_delivery", scopes=EVENT_AND_PARTY),
        Guard("invitations_suppression"),
        Guard("invitations_report", scopes=EVENT),
        NoteChanges("invitations_message", column="organization_id", listed=False),
        Referable("invitations_message", *OF_EVENT),
        Referable("invitations_picture", *OF_EVENT),
        Referable("invitations_version", *OF_EVENT),
        Referable("invitations_mailing", *OF_EVENT),
        Referable("invitations_delivery", *OF_EVENT),
        Reference("invitations_message", "event_id", "events_event", "organization_id"),
        Reference("invitations_picture", "message_id", "invitations_message", *OF_EVENT),
        Reference("invitations_version", "message_id", "invitations_message", *OF_EVENT),
        Reference("invitations_version", "picture_id", "invitations_picture", *OF_EVENT),
        Reference("invitations_mailing", "version_id", "invitations_version", *OF_EVENT),
        Reference("invitations_delivery", "event_id", "events_event", "organization_id"),
        Reference("invitations_delivery", "mailing_id", "invitations_mailing", *OF_EVENT),
        Reference("invitations_delivery", "guest_id", "guests_guest", *OF_EVENT),
        Reference("invitations_suppression", "event_id", "events_event", "organization_id"),
        Reference("invitations_report", "delivery_id", "invitations_delivery", *OF_EVENT),
    ]
