import django.db.models.deletion
import seatrobot.kernel.ids
import seatrobot.kernel.vault.fields
import seatrobot.kernel.words
from django.db import migrations, models

from seatrobot.kernel.tenancy.operations import Guard, Referable, Reference


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenancy', '0001_initial'),
        ('organizations', '0002_security'),
    ]

    operations = [
        migrations.CreateModel(
            name='Archive',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('direction', seatrobot.kernel.words.WordField(choices=[('out', 'Made here'), ('in', 'Handed in')], max_length=3)),
                ('account_id', models.UUIDField(null=True)),
                ('progress_id', models.UUIDField()),
                ('size', models.PositiveBigIntegerField(default=0)),
                ('created_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'db_table': 'archive_archive',
            },
        ),
        migrations.CreateModel(
            name='ArchivePiece',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('start', models.PositiveBigIntegerField()),
                ('size', models.PositiveIntegerField()),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('archive', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='pieces', to='archive.archive')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'db_table': 'archive_piece',
                'constraints': [models.UniqueConstraint(fields=('archive', 'start'), name='one_piece_at_a_place')],
            },
        ),
        Guard("archive_archive"),
        Guard("archive_piece"),
        Referable("archive_archive", "organization_id"),
        Reference("archive_piece", "archive_id", "archive_archive", "organization_id"),
    ]
