import django.contrib.postgres.fields
import django.db.models.constraints
import django.db.models.deletion
import seatrobot.kernel.ids
import seatrobot.kernel.vault.fields
import seatrobot.kernel.words
from django.db import migrations, models

from seatrobot.kernel.tenancy.operations import EVENT, StaffWrites, Guard, Referable, Reference

OWNERS = ("event_id", "organization_id")


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('events', '0001_initial'),
        ('guests', '0001_initial'),
        ('organizations', '0002_security'),
    ]

    operations = [
        migrations.CreateModel(
            name='Room',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('revision', models.PositiveBigIntegerField(default=0)),
                ('split_parties', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None)),
                ('activity', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='room', to='events.activity')),
                ('event', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='rooms', to='events.event')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'db_table': 'seating_room',
            },
        ),
        migrations.CreateModel(
            name='Rule',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', seatrobot.kernel.words.WordField(choices=[('together', 'Keep together'), ('apart', 'Keep apart'), ('at_table', 'Seat at certain tables'), ('not_at_table', 'Keep away from tables'), ('mix', 'Mix'), ('near', 'Seat near each other')], max_length=12)),
                ('strength', seatrobot.kernel.words.WordField(choices=[('must', 'Must'), ('wish', 'Wish')], default='wish', max_length=4)),
                ('weight', models.PositiveSmallIntegerField(default=3)),
                ('guest_ids', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None)),
                ('table_ids', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('event', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='seating_rules', to='events.event')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('room', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='seating.room')),
            ],
            options={
                'db_table': 'seating_rule',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Table',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('shape', seatrobot.kernel.words.WordField(choices=[('round', 'Round'), ('rectangular', 'Long, seats on both sides'), ('square', 'Square'), ('head', 'Head table, seats on one side')], default='round', max_length=12)),
                ('seats', models.PositiveSmallIntegerField()),
                ('x', models.FloatField(default=0)),
                ('y', models.FloatField(default=0)),
                ('rotation', models.SmallIntegerField(default=0)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('event', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='tables', to='events.event')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('room', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='tables', to='seating.room')),
            ],
            options={
                'db_table': 'seating_table',
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='SeatAssignment',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('seat', models.PositiveSmallIntegerField()),
                ('locked', models.BooleanField(default=False)),
                ('event', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='seat_assignments', to='events.event')),
                ('guest', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='seat_assignments', to='guests.guest')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('room', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='seat_assignments', to='seating.room')),
                ('table', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='seat_assignments', to='seating.table')),
            ],
            options={
                'db_table': 'seating_assignment',
            },
        ),
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('progress_id', models.UUIDField()),
                ('mode', seatrobot.kernel.words.WordField(choices=[('rest', 'Seat those who have no seat'), ('improve', 'Improve the plan'), ('again', 'Start again')], max_length=7)),
                ('most_moves', models.PositiveIntegerField(null=True)),
                ('outcome', seatrobot.kernel.words.WordField(choices=[('waiting', 'Waiting'), ('ready', 'Proposed'), ('seated', 'Accepted'), ('left', 'Left'), ('contradiction', 'Contradiction'), ('refused', 'Refused')], default='waiting', max_length=13)),
                ('seconds_allowed', models.FloatField()),
                ('created_at', models.DateTimeField()),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('event', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='proposals', to='events.event')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('room', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='proposals', to='seating.room')),
            ],
            options={
                'db_table': 'seating_proposal',
                'indexes': [models.Index(fields=['room', '-id'], name='latest_proposal')],
            },
        ),
        migrations.CreateModel(
            name='Step',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('account_id', models.UUIDField(null=True)),
                ('kind', seatrobot.kernel.words.WordField(choices=[('move', 'Move'), ('unseat', 'Take from the table'), ('lock', 'Lock'), ('unlock', 'Unlock'), ('clear', 'Clear the plan'), ('robot', "The robot's proposal")], max_length=8)),
                ('before', models.JSONField()),
                ('after', models.JSONField()),
                ('undone', models.BooleanField(default=False)),
                ('at', models.DateTimeField()),
                ('event', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='seating_steps', to='events.event')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
                ('room', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='seating.room')),
            ],
            options={
                'db_table': 'seating_step',
                'indexes': [models.Index(fields=['room', 'account_id', '-id'], name='step_history')],
            },
        ),
        migrations.AddConstraint(
            model_name='table',
            constraint=models.UniqueConstraint(deferrable=django.db.models.constraints.Deferrable['DEFERRED'], fields=('room', 'number'), name='table_number'),
        ),
        migrations.AddConstraint(
            model_name='table',
            constraint=models.CheckConstraint(condition=models.Q(('seats__gte', 1)), name='table_has_seats'),
        ),
        migrations.AddConstraint(
            model_name='seatassignment',
            constraint=models.UniqueConstraint(fields=('table', 'seat'), name='one_guest_a_seat'),
        ),
        migrations.AddConstraint(
            model_name='seatassignment',
            constraint=models.UniqueConstraint(fields=('room', 'guest'), name='one_seat_a_guest'),
        ),
        Guard("seating_room", scopes=EVENT, staff=StaffWrites.CHANGING),
        Guard("seating_table", scopes=EVENT, staff=StaffWrites.REPLACING),
        Guard("seating_assignment", scopes=EVENT, staff=StaffWrites.REPLACING),
        Guard("seating_rule", scopes=EVENT, staff=StaffWrites.REPLACING),
        Guard("seating_step", scopes=EVENT, staff=StaffWrites.REPLACING),
        Guard("seating_proposal", scopes=EVENT, staff=StaffWrites.REPLACING),
        Referable("seating_room", *OWNERS),
        Referable("seating_table", "room_id", *OWNERS),
        # Whoever refers to an activity, a room or a guest thereby holds their event and organization.
        Reference("seating_room", "activity_id", "events_activity", *OWNERS),
        Reference("seating_table", "room_id", "seating_room", *OWNERS),
        Reference("seating_assignment", "table_id", "seating_table", "room_id", *OWNERS),
        Reference("seating_assignment", "guest_id", "guests_guest", *OWNERS),
        Reference("seating_rule", "room_id", "seating_room", *OWNERS),
        Reference("seating_step", "room_id", "seating_room", *OWNERS),
        Reference("seating_proposal", "room_id", "seating_room", *OWNERS),
    ]
