import django.db.models.deletion
import seatrobot.kernel.ids
import seatrobot.kernel.vault.fields
from django.db import migrations, models

from seatrobot.kernel.tenancy.operations import Guard, NoteChanges, Referable, Reference, StaffWrites


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenancy', '0001_initial'),
        ('organizations', '0002_security'),
    ]

    operations = [
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('created_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'db_table': 'contacts_contact',
            },
        ),
        migrations.CreateModel(
            name='ContactAddress',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('email_index', models.BinaryField()),
                ('contact', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='addresses', to='contacts.contact')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'db_table': 'contacts_address',
                'indexes': [models.Index(fields=['organization', 'email_index'], name='contact_email')],
                'constraints': [models.UniqueConstraint(fields=('contact', 'email_index'), name='contact_address_once')],
            },
        ),
        Guard("contacts_contact", staff=StaffWrites.CHANGING),
        Guard("contacts_address", staff=StaffWrites.CHANGING),
        NoteChanges("contacts_contact", column="organization_id"),
        Referable("contacts_contact", "organization_id"),
        Reference("contacts_address", "contact_id", "contacts_contact", "organization_id"),
    ]
