import django.db.models.deletion
import seatrobot.kernel.ids
import seatrobot.kernel.vault.fields
import seatrobot.kernel.words
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
                ('delivery', seatrobot.kernel.words.WordField(blank=True, choices=[('', 'May be mailed'), ('bounced', 'Mail came back'), ('blocked', 'Not to be mailed'), ('unsubscribed', 'Unsubscribed'), ('complained', 'Complained of mail')], db_default='', default='', max_length=12)),
                ('delivery_at', models.DateTimeField(null=True)),
                ('delivery_source', seatrobot.kernel.words.WordField(blank=True, choices=[('staff', 'by the team'), ('import', 'by an import'), ('mail', 'as mail came back'), ('person', 'by the person')], db_default='', default='', max_length=6)),
                ('consent', seatrobot.kernel.words.WordField(blank=True, choices=[('', 'Not asked'), ('given', 'Given'), ('withdrawn', 'Withdrawn')], db_default='', default='', max_length=9)),
                ('consent_at', models.DateTimeField(null=True)),
                ('consent_source', seatrobot.kernel.words.WordField(blank=True, choices=[('staff', 'by the team'), ('import', 'by an import'), ('mail', 'as mail came back'), ('person', 'by the person')], db_default='', default='', max_length=6)),
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
        migrations.CreateModel(
            name='ContactFilter',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('created_at', models.DateTimeField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'db_table': 'contacts_filter',
            },
        ),
        migrations.CreateModel(
            name='ContactDoubles',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('progress_id', models.UUIDField(null=True)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('changed_at', models.DateTimeField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'db_table': 'contacts_doubles',
                'constraints': [models.UniqueConstraint(fields=('organization',), name='one_doubles')],
            },
        ),
        migrations.CreateModel(
            name='ContactImport',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('account_id', models.UUIDField(null=True)),
                ('progress_id', models.UUIDField(null=True)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('created_at', models.DateTimeField()),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'db_table': 'contacts_import',
            },
        ),
        migrations.CreateModel(
            name='ContactMerge',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('account_id', models.UUIDField(null=True)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('merged_at', models.DateTimeField()),
                ('contact', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='merges', to='contacts.contact')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'db_table': 'contacts_merge',
            },
        ),
        migrations.CreateModel(
            name='ContactRelation',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('copies', models.BooleanField(default=False)),
                ('answers', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField()),
                ('assistant', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='assists', to='contacts.contact')),
                ('contact', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='assistants', to='contacts.contact')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organizations.organization')),
            ],
            options={
                'db_table': 'contacts_relation',
                'constraints': [models.UniqueConstraint(fields=('contact', 'assistant'), name='one_relation_of_two'), models.CheckConstraint(condition=models.Q(('contact', models.F('assistant')), _negated=True), name='assists_somebody_else')],
            },
        ),
        Guard("contacts_contact", staff=StaffWrites.CHANGING),
        Guard("contacts_address", staff=StaffWrites.CHANGING),
        Guard("contacts_doubles", staff=StaffWrites.NOTHING),
        Guard("contacts_import", staff=StaffWrites.NOTHING),
        Guard("contacts_merge", staff=StaffWrites.NOTHING),
        Guard("contacts_filter", staff=StaffWrites.NOTHING),
        Guard("contacts_relation", staff=StaffWrites.NOTHING),
        NoteChanges("contacts_contact", column="organization_id"),
        Referable("contacts_contact", "organization_id"),
        Reference("contacts_address", "contact_id", "contacts_contact", "organization_id"),
        Reference("contacts_relation", "contact_id", "contacts_contact", "organization_id"),
        Reference("contacts_relation", "assistant_id", "contacts_contact", "organization_id"),
        Reference("contacts_merge", "contact_id", "contacts_contact", "organization_id"),
    ]
