import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import seatrobot.kernel.ids
import seatrobot.kernel.vault.fields
from seatrobot.kernel.tenancy.operations import (
    OWN_ACCOUNT,
    SHOWN_ACCOUNT,
    SHOWN_ORGANIZATION,
    Guard,
    Narrow,
    narrowing,
)
from seatrobot.kernel.tenancy.scopes import LEVELS, shown

NOBODY_SIGNED_IN = f"{SHOWN_ACCOUNT} IS NULL AND {SHOWN_ORGANIZATION} IS NULL"

WHO_MAKES_STAFF = f"""
ALTER TABLE accounts_staff_member ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounts_staff_member FORCE ROW LEVEL SECURITY;
CREATE POLICY accounts_staff_member_see ON accounts_staff_member FOR SELECT USING (true);
CREATE POLICY accounts_staff_member_add ON accounts_staff_member
  FOR INSERT WITH CHECK ({NOBODY_SIGNED_IN});
CREATE POLICY accounts_staff_member_change ON accounts_staff_member
  FOR UPDATE USING ({NOBODY_SIGNED_IN});
{narrowing("accounts_staff_member", dict.fromkeys(LEVELS, f"account_id = {shown('staff')}"))}
"""

WHO_SEES_SIGN_INS = f"""
ALTER TABLE accounts_sign_in ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounts_sign_in FORCE ROW LEVEL SECURITY;
CREATE POLICY accounts_sign_in_see ON accounts_sign_in FOR SELECT USING (
  organization_id = {SHOWN_ORGANIZATION}
  OR (organization_id IS NULL AND account_id = {SHOWN_ACCOUNT})
);
CREATE POLICY accounts_sign_in_staff ON accounts_sign_in FOR SELECT USING (
  organization_id IS NULL
  AND (account_id IS NULL OR account_id IN (SELECT s.account_id FROM accounts_staff_member s))
  AND EXISTS (
    SELECT FROM accounts_staff_member s WHERE s.account_id = {SHOWN_ACCOUNT} AND s.is_enabled
  )
);
CREATE POLICY accounts_sign_in_add ON accounts_sign_in FOR INSERT WITH CHECK (
  organization_id = {SHOWN_ORGANIZATION} OR organization_id IS NULL
);
{narrowing("accounts_sign_in", command="SELECT")}
REVOKE UPDATE, DELETE, TRUNCATE ON accounts_sign_in FROM seatrobot_app;

ALTER TABLE accounts_known_origin ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounts_known_origin FORCE ROW LEVEL SECURITY;
CREATE POLICY accounts_known_origin_own ON accounts_known_origin
  USING (account_id = {SHOWN_ACCOUNT}) WITH CHECK (account_id = {SHOWN_ACCOUNT});
{narrowing("accounts_known_origin")}
"""

STAFF_HAVE_PASSKEYS_ONLY = """
CREATE FUNCTION staff_have_passkeys_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'accounts_staff_member' THEN
    PERFORM FROM accounts_account WHERE id = NEW.account_id AND password NOT LIKE '!%';
  ELSIF TG_TABLE_NAME = 'accounts_account' THEN
    PERFORM FROM accounts_staff_member WHERE account_id = NEW.id AND NEW.password NOT LIKE '!%';
  ELSE
    PERFORM FROM accounts_staff_member WHERE account_id = NEW.account_id;
  END IF;
  IF FOUND THEN
    RAISE EXCEPTION 'staff sign in with a passkey only' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER staff_passkeys_only BEFORE INSERT ON accounts_staff_member
  FOR EACH ROW EXECUTE FUNCTION staff_have_passkeys_only();
CREATE TRIGGER staff_passkeys_only BEFORE UPDATE OF password ON accounts_account
  FOR EACH ROW EXECUTE FUNCTION staff_have_passkeys_only();
CREATE TRIGGER staff_passkeys_only BEFORE INSERT OR UPDATE ON accounts_authenticator
  FOR EACH ROW EXECUTE FUNCTION staff_have_passkeys_only();
CREATE TRIGGER staff_passkeys_only BEFORE INSERT OR UPDATE ON accounts_recovery_code
  FOR EACH ROW EXECUTE FUNCTION staff_have_passkeys_only();
"""

BACKGROUND_CHECKS = f"""
ALTER TABLE accounts_background_check ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounts_background_check FORCE ROW LEVEL SECURITY;
CREATE POLICY accounts_background_check_see ON accounts_background_check FOR SELECT USING (true);
CREATE POLICY accounts_background_check_add ON accounts_background_check FOR INSERT WITH CHECK (
  {NOBODY_SIGNED_IN} AND recorded_by IS NULL OR recorded_by = {SHOWN_ACCOUNT}
);
CREATE POLICY accounts_background_check_confirm ON accounts_background_check FOR UPDATE
  USING (true) WITH CHECK (confirmed_by = {SHOWN_ACCOUNT});
{narrowing("accounts_background_check")}
REVOKE UPDATE, DELETE, TRUNCATE ON accounts_background_check FROM seatrobot_app;
GRANT UPDATE (confirmed_by, confirmed_at) ON accounts_background_check TO seatrobot_app;

CREATE FUNCTION background_checks_take_two() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  actor uuid := NEW.recorded_by;
BEGIN
  IF TG_OP = 'INSERT' AND (NEW.confirmed_by IS NOT NULL OR NEW.confirmed_at IS NOT NULL) THEN
    RAISE EXCEPTION 'a background check is confirmed by a second person'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_OP = 'UPDATE' THEN
    actor := NEW.confirmed_by;
    IF OLD.confirmed_by IS NOT NULL OR actor IS NULL OR actor = OLD.recorded_by THEN
      RAISE EXCEPTION 'a background check is confirmed once, by a second person'
        USING ERRCODE = 'insufficient_privilege';
    END IF;
  END IF;
  IF actor = NEW.account_id THEN
    RAISE EXCEPTION 'nobody records their own background check'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF actor IS NOT NULL AND NOT EXISTS (
    SELECT FROM accounts_staff_member s WHERE s.account_id = actor AND s.is_enabled
  ) THEN
    RAISE EXCEPTION 'background checks are recorded by enabled staff'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER background_checks_take_two BEFORE INSERT OR UPDATE ON accounts_background_check
  FOR EACH ROW EXECUTE FUNCTION background_checks_take_two();

CREATE FUNCTION staff_need_a_background_check() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  newest accounts_background_check;
BEGIN
  IF NOT NEW.is_enabled OR (TG_OP = 'UPDATE' AND OLD.is_enabled) THEN
    RETURN NEW;
  END IF;
  IF current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID) THEN
    RETURN NEW;
  END IF;
  SELECT * INTO newest FROM accounts_background_check
    WHERE account_id = NEW.account_id AND (confirmed_by IS NOT NULL OR NOT passed)
    ORDER BY recorded_at DESC, id DESC LIMIT 1;
  IF newest.id IS NULL AND NOT EXISTS (
    SELECT FROM accounts_staff_member s WHERE s.is_enabled AND s.account_id <> NEW.account_id
      AND EXISTS (SELECT FROM accounts_background_check c WHERE c.account_id = s.account_id)
  ) THEN
    SELECT * INTO newest FROM accounts_background_check
      WHERE account_id = NEW.account_id AND recorded_by IS NULL
      ORDER BY recorded_at DESC, id DESC LIMIT 1;
  END IF;
  IF newest.passed IS NOT TRUE THEN
    RAISE EXCEPTION 'staff are enabled after a background check that two people recorded'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER staff_need_a_background_check
  BEFORE INSERT OR UPDATE OF is_enabled ON accounts_staff_member
  FOR EACH ROW EXECUTE FUNCTION staff_need_a_background_check();
"""
"""The very first staff member comes in on what the operator alone has recorded: nobody else is
enabled who was checked, so that the account of examinations is no colleague.

The owner of the table, who could drop the trigger, needs no check: so comes in, for as long as an
examination asks pages as staff, the account that is kept for that (`practices_probe_staff`).
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenancy', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Account',
            fields=[
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('email_index', models.BinaryField(unique=True)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField()),
                ('unchecked_since', models.DateTimeField(null=True)),
                ('confirmed_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'accounts_account',
            },
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('key', models.BinaryField(primary_key=True, serialize=False)),
                ('count', models.IntegerField()),
                ('last_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'accounts_attempt',
            },
        ),
        migrations.CreateModel(
            name='RefusalCount',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('key', models.BinaryField(unique=True)),
                ('hour', models.DateTimeField(db_index=True)),
                ('method', models.CharField(max_length=20)),
                ('reason', models.CharField(max_length=20)),
                ('count', models.IntegerField()),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
            ],
            options={
                'db_table': 'accounts_refusal_count',
            },
        ),
        migrations.CreateModel(
            name='StaffMember',
            fields=[
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='staff', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('is_enabled', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField()),
                ('ends_on', models.DateField(null=True)),
            ],
            options={
                'db_table': 'accounts_staff_member',
            },
        ),
        migrations.CreateModel(
            name='Authenticator',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('last_step', models.BigIntegerField()),
                ('created_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='authenticator', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'accounts_authenticator',
            },
        ),
        migrations.CreateModel(
            name='KnownOrigin',
            fields=[
                ('key', models.BinaryField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'accounts_known_origin',
            },
        ),
        migrations.CreateModel(
            name='Passkey',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('credential_hash', models.BinaryField(unique=True)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('sign_count', models.BigIntegerField()),
                ('is_synced', models.BooleanField()),
                ('created_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='passkeys', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'accounts_passkey',
            },
        ),
        migrations.CreateModel(
            name='PendingReset',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('organization_id', models.UUIDField()),
                ('asked_by', models.UUIDField()),
                ('asked_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='pending_reset', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'accounts_pending_reset',
            },
        ),
        migrations.CreateModel(
            name='RecoveryCode',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('salt', models.BinaryField()),
                ('code_hash', models.BinaryField(unique=True)),
                ('created_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='recovery_codes', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'accounts_recovery_code',
            },
        ),
        migrations.CreateModel(
            name='Session',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('key_hash', models.BinaryField(unique=True)),
                ('session_data', models.TextField()),
                ('expire_date', models.DateTimeField(db_index=True)),
                ('created_at', models.DateTimeField()),
                ('used_at', models.DateTimeField()),
                ('longest_gap', models.PositiveIntegerField(default=0)),
                ('network', models.BinaryField(null=True)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='sessions', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'accounts_session',
                'indexes': [models.Index(condition=models.Q(('account', None)), fields=['network', 'id'], name='session_of_nobody')],
            },
        ),
        migrations.CreateModel(
            name='SignIn',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('organization_id', models.UUIDField(null=True)),
                ('at', models.DateTimeField()),
                ('account_id', models.UUIDField(null=True)),
                ('method', models.CharField(max_length=20)),
                ('factors', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
                ('outcome', models.CharField(max_length=10)),
                ('reason', models.CharField(blank=True, max_length=20)),
                ('device', models.CharField(max_length=10)),
                ('session_id', models.UUIDField(null=True)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
            ],
            options={
                'db_table': 'accounts_sign_in',
                'indexes': [models.Index(fields=['organization_id', 'id'], name='sign_in_by_time'), models.Index(fields=['organization_id', 'account_id', 'id'], name='sign_in_by_member'), models.Index(fields=['organization_id', 'device', 'id'], name='sign_in_by_device'), models.Index(fields=['organization_id', 'outcome', 'id'], name='sign_in_by_outcome')],
            },
        ),
        migrations.CreateModel(
            name='SignInCount',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('organization_id', models.UUIDField()),
                ('day', models.DateField()),
                ('device', models.CharField(max_length=10)),
                ('outcome', models.CharField(max_length=10)),
                ('count', models.IntegerField()),
            ],
            options={
                'db_table': 'accounts_sign_in_count',
                'constraints': [models.UniqueConstraint(fields=('organization_id', 'day', 'device', 'outcome'), name='one_sign_in_count')],
            },
        ),
        migrations.CreateModel(
            name='StaffLink',
            fields=[
                ('member', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='link', serialize=False, to='accounts.staffmember')),
                ('token_hash', models.BinaryField(unique=True)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'accounts_staff_link',
            },
        ),
        migrations.CreateModel(
            name='BackgroundCheck',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('on', models.DateField()),
                ('passed', models.BooleanField()),
                ('recorded_by', models.UUIDField(null=True)),
                ('recorded_at', models.DateTimeField()),
                ('confirmed_by', models.UUIDField(null=True)),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='background_checks', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'accounts_background_check',
                'indexes': [models.Index(fields=['account', 'recorded_at'], name='background_check_newest')],
            },
        ),
        Narrow("accounts_account", scopes=dict.fromkeys(LEVELS, f"id = {SHOWN_ACCOUNT}")),
        Narrow("accounts_session", scopes=OWN_ACCOUNT),
        Narrow("accounts_passkey"),
        Narrow("accounts_refusal_count"),
        Narrow("accounts_authenticator"),
        Narrow("accounts_recovery_code"),
        migrations.RunSQL(WHO_MAKES_STAFF, migrations.RunSQL.noop),
        migrations.RunSQL(WHO_SEES_SIGN_INS, migrations.RunSQL.noop),
        migrations.RunSQL(BACKGROUND_CHECKS, migrations.RunSQL.noop),
        Guard("accounts_sign_in_count"),
        migrations.RunSQL(STAFF_HAVE_PASSKEYS_ONLY, migrations.RunSQL.noop),
    ]
