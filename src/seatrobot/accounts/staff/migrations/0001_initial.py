import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from seatrobot.kernel.tenancy.operations import SHOWN_ACCOUNT, SHOWN_ORGANIZATION

NOBODY_SIGNED_IN = f"{SHOWN_ACCOUNT} IS NULL AND {SHOWN_ORGANIZATION} IS NULL"

WHO_MAKES_STAFF = f"""
ALTER TABLE staff_member ENABLE ROW LEVEL SECURITY;
ALTER TABLE staff_member FORCE ROW LEVEL SECURITY;
CREATE POLICY staff_member_see ON staff_member FOR SELECT USING (true);
CREATE POLICY staff_member_add ON staff_member FOR INSERT WITH CHECK ({NOBODY_SIGNED_IN});
CREATE POLICY staff_member_change ON staff_member FOR UPDATE USING ({NOBODY_SIGNED_IN});
"""

STAFF_SEE_THE_PLATFORM = f"""
CREATE POLICY accounts_sign_in_staff ON accounts_sign_in FOR SELECT USING (
  organization_id IS NULL
  AND (account_id IS NULL OR account_id IN (SELECT s.account_id FROM staff_member s))
  AND EXISTS (SELECT FROM staff_member s WHERE s.account_id = {SHOWN_ACCOUNT} AND s.is_enabled)
);
"""

PASSKEYS_ONLY = """
CREATE FUNCTION staff_have_passkeys_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'staff_member' THEN
    PERFORM FROM accounts_account WHERE id = NEW.account_id AND password NOT LIKE '!%';
  ELSIF TG_TABLE_NAME = 'accounts_account' THEN
    PERFORM FROM staff_member WHERE account_id = NEW.id AND NEW.password NOT LIKE '!%';
  ELSE
    PERFORM FROM staff_member WHERE account_id = NEW.account_id;
  END IF;
  IF FOUND THEN
    RAISE EXCEPTION 'staff sign in with a passkey only' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER staff_passkeys_only BEFORE INSERT ON staff_member
  FOR EACH ROW EXECUTE FUNCTION staff_have_passkeys_only();
CREATE TRIGGER staff_passkeys_only BEFORE UPDATE OF password ON accounts_account
  FOR EACH ROW EXECUTE FUNCTION staff_have_passkeys_only();
CREATE TRIGGER staff_passkeys_only BEFORE INSERT OR UPDATE ON factors_authenticator
  FOR EACH ROW EXECUTE FUNCTION staff_have_passkeys_only();
CREATE TRIGGER staff_passkeys_only BEFORE INSERT OR UPDATE ON factors_recovery_code
  FOR EACH ROW EXECUTE FUNCTION staff_have_passkeys_only();
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("accounts", "0002_session_longest_gap"),
        ("factors", "0001_initial"),
        ("sign_in_log", "0001_initial"),
    ]
    operations = [
        migrations.CreateModel(
            name="StaffMember",
            fields=[
                ("account", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="staff", serialize=False, to=settings.AUTH_USER_MODEL)),
                ("is_enabled", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={"db_table": "staff_member"},
        ),
        migrations.CreateModel(
            name="StaffLink",
            fields=[
                ("member", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="link", serialize=False, to="staff.staffmember")),
                ("token_hash", models.BinaryField(unique=True)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
            ],
            options={"db_table": "staff_link"},
        ),
        migrations.RunSQL(WHO_MAKES_STAFF, migrations.RunSQL.noop),
        migrations.RunSQL(
            STAFF_SEE_THE_PLATFORM,
            "DROP POLICY accounts_sign_in_staff ON accounts_sign_in;",
        ),
        migrations.RunSQL(PASSKEYS_ONLY, "DROP FUNCTION staff_have_passkeys_only CASCADE;"),
    ]
