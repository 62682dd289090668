"""When a row was changed, in transaction ids (see directory.py); and lists on their way in."""

import django.db.models.deletion
from django.db import migrations, models

import seatrobot.kernel.ids
import seatrobot.kernel.vault.fields
from seatrobot.kernel.tenancy.operations import EVENT, Guard

KEEP_CHANGED = """
ALTER TABLE guests_guest ADD COLUMN changed_xid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX guest_changed ON guests_guest (event_id, changed_xid)
    INCLUDE (organization_id, status);
CREATE FUNCTION guests_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_xid := pg_current_xact_id();
    RETURN NEW;
END $$;
CREATE TRIGGER guest_changed BEFORE UPDATE ON guests_guest
    FOR EACH ROW EXECUTE FUNCTION guests_note_change();
"""
FORGET_CHANGED = """
DROP TRIGGER guest_changed ON guests_guest;
DROP FUNCTION guests_note_change();
ALTER TABLE guests_guest DROP COLUMN changed_xid;
"""


class Migration(migrations.Migration):

    dependencies = [
        ("guests", "0001_initial"),
        ("events", "0001_initial"),
        ("organizations", "0001_initial"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="guest", name="guest_status"),
        migrations.RunSQL(KEEP_CHANGED, FORGET_CHANGED),
        migrations.CreateModel(
            name="Import",
            fields=[
                ("id", models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("organization", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="organizations.organization")),
                ("event", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="imports", to="events.event")),
                ("account_id", models.UUIDField(null=True)),
                ("progress_id", models.UUIDField(null=True)),
                ("sealed", seatrobot.kernel.vault.fields.SealedField()),
                ("created_at", models.DateTimeField()),
            ],
            options={"db_table": "guests_import"},
        ),
        migrations.CreateModel(
            name="ImportFile",
            fields=[
                ("id", models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("organization", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="organizations.organization")),
                ("upload", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name="file", to="guests.import")),
                ("sealed", seatrobot.kernel.vault.fields.SealedField()),
            ],
            options={"db_table": "guests_import_file"},
        ),
        Guard("guests_import", scopes=EVENT),
        Guard("guests_import_file"),
    ]
