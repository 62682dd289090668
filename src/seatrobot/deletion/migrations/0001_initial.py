import django.db.models.deletion
import seatrobot.kernel.ids
import seatrobot.kernel.vault.fields
import seatrobot.kernel.words
from django.db import migrations, models

from seatrobot.kernel.tenancy.operations import Guard, Narrow, StaffWrites

# Jobs look for what is under way while they act for nobody, and a receipt's link names nobody.
NOBODY_ACTS = """(SELECT concat(current_setting('seatrobot.organization', true),
    current_setting('seatrobot.account', true), current_setting('seatrobot.staff', true)) = '')"""

# What is under way is in nobody's hands; a receipt that was kept long enough goes.
STAYS = """
REVOKE TRUNCATE ON deletion_deletion FROM seatrobot_app;
CREATE FUNCTION deletion_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a deletion that is under way stays' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER deletion_stays BEFORE DELETE ON deletion_deletion FOR EACH ROW
  WHEN (OLD.state NOT IN ('final', 'cancelled')) EXECUTE FUNCTION deletion_stays();
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('organizations', '0002_security'),
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Deletion',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('customer_id', models.UUIDField()),
                ('subject_id', models.UUIDField(null=True)),
                ('kind', seatrobot.kernel.words.WordField(choices=[('person', 'Person'), ('guests', 'Guests'), ('contact', 'Contact'), ('event', 'Event'), ('organization', 'Organization')], max_length=12)),
                ('state', seatrobot.kernel.words.WordField(choices=[('requested', 'Requested'), ('locked', 'Locked'), ('unreadable', 'Keys destroyed'), ('gone', 'Rows deleted'), ('verified', 'Verified'), ('aged', 'Backups destroyed'), ('final', 'Receipt final'), ('cancelled', 'Cancelled')], default='requested', max_length=10)),
                ('requested_at', models.DateTimeField()),
                ('requested_by', models.UUIDField(null=True)),
                ('due_at', models.DateTimeField()),
                ('cancelled_at', models.DateTimeField(null=True)),
                ('locked_at', models.DateTimeField(null=True)),
                ('unreadable_at', models.DateTimeField(null=True)),
                ('gone_at', models.DateTimeField(null=True)),
                ('entered_at', models.DateTimeField(null=True)),
                ('verified_at', models.DateTimeField(null=True)),
                ('aged_at', models.DateTimeField(null=True)),
                ('final_at', models.DateTimeField(null=True)),
                ('tried_at', models.DateTimeField(null=True)),
                ('entry_id', models.UUIDField(null=True)),
                ('counts', models.JSONField(default=dict)),
                ('searched', models.JSONField(default=list)),
                ('found', models.JSONField(default=list)),
                ('result', models.TextField(blank=True)),
                ('token_hash', models.BinaryField(null=True, unique=True)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
            ],
            options={
                'db_table': 'deletion_deletion',
                'indexes': [models.Index(fields=['customer_id', 'id'], name='deletion_of_customer'), models.Index(condition=models.Q(('state__in', ['final', 'cancelled']), _negated=True), fields=['state'], name='deletion_in_progress')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('kind', 'organization'), models.Q(('state', 'cancelled'), _negated=True)), fields=('customer_id',), name='one_deletion_of_organization')],
            },
        ),
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('deletion_id', models.UUIDField(unique=True)),
                ('kind', seatrobot.kernel.words.WordField(choices=[('person', 'Person'), ('guests', 'Guests'), ('contact', 'Contact'), ('event', 'Event'), ('organization', 'Organization')], max_length=12)),
                ('state', seatrobot.kernel.words.WordField(choices=[('requested', 'Requested'), ('locked', 'Locked'), ('unreadable', 'Keys destroyed'), ('gone', 'Rows deleted'), ('verified', 'Verified'), ('aged', 'Backups destroyed'), ('final', 'Receipt final'), ('cancelled', 'Cancelled')], max_length=10)),
                ('due_at', models.DateTimeField()),
                ('remains', models.IntegerField(default=0)),
                ('raised_at', models.DateTimeField()),
                ('solved_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'deletion_alert',
            },
        ),
        migrations.CreateModel(
            name='SubjectRequest',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('subject_id', models.UUIDField(null=True)),
                ('kind', seatrobot.kernel.words.WordField(choices=[('access', 'To know what is known of them'), ('correction', 'To have something corrected'), ('erasure', 'To be erased')], max_length=10)),
                ('received_on', models.DateField()),
                ('due_on', models.DateField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('closed_by', models.UUIDField(null=True)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'db_table': 'deletion_request',
            },
        ),
        Guard("deletion_request"),
        Narrow("deletion_alert"),
        Guard(
            "deletion_deletion", column="customer_id", see=NOBODY_ACTS, staff=StaffWrites.ADDING
        ),
        migrations.RunSQL(
            STAYS, "DROP FUNCTION deletion_stays CASCADE"
        ),
    ]
