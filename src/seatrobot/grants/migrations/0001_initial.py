import datetime

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import seatrobot.kernel.ids
import seatrobot.kernel.vault.fields
import seatrobot.kernel.words
from django.db import migrations, models

from seatrobot.grants.enforcing import STAFF_EVENTS, STAFF_MAY_CHANGE, STAFF_ORGANIZATION
from seatrobot.kernel.tenancy.operations import (
    NAMED_ORGANIZATION,
    SHOWN_ACCOUNT,
    Guard,
    Narrow,
    OfOrganization,
    Referable,
    Reference,
    narrowing,
)
from seatrobot.kernel.tenancy.scopes import LEVELS

# Staff see every grant, and so does the service where nobody acts: no column says more than who,
# where and when. What is changed belongs to the organization acted for, with a grant or without.
POLICIES = f"""
ALTER TABLE grants_staff_grant ENABLE ROW LEVEL SECURITY;
ALTER TABLE grants_staff_grant FORCE ROW LEVEL SECURITY;
CREATE POLICY grants_staff_grant_tenant ON grants_staff_grant
  USING (organization_id = {NAMED_ORGANIZATION})
  WITH CHECK (organization_id = {NAMED_ORGANIZATION});
CREATE POLICY grants_staff_grant_staff ON grants_staff_grant FOR SELECT USING (
  (SELECT EXISTS (SELECT FROM accounts_staff_member s
                  WHERE s.account_id = {SHOWN_ACCOUNT} AND s.is_enabled))
);
CREATE POLICY grants_staff_grant_service ON grants_staff_grant FOR SELECT USING (
  (SELECT concat(current_setting('seatrobot.organization', true),
                 current_setting('seatrobot.account', true),
                 current_setting('seatrobot.staff', true)) = '')
);
{narrowing("grants_staff_grant", dict.fromkeys(LEVELS, f"organization_id = {NAMED_ORGANIZATION}"))}
"""

# What a grant may become, whatever a statement says.
HOLD = """
CREATE FUNCTION grants_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'asked' OR NEW.opens_at IS NOT NULL OR NEW.decided_by IS NOT NULL
        OR NEW.reviewed_by IS NOT NULL OR NEW.reviewed_at IS NOT NULL
        OR NEW.review_due_at IS NOT NULL THEN
      RAISE EXCEPTION 'a grant begins as a request' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
  END IF;
  IF (OLD.id, OLD.organization_id, OLD.account_id, OLD.category, OLD.is_emergency, OLD.may_change,
      OLD.event_ids, OLD.minutes, OLD.asked_at)
     IS DISTINCT FROM
     (NEW.id, NEW.organization_id, NEW.account_id, NEW.category, NEW.is_emergency, NEW.may_change,
      NEW.event_ids, NEW.minutes, NEW.asked_at) THEN
    RAISE EXCEPTION 'what a grant was asked for does not change'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF OLD.state <> NEW.state AND (OLD.state NOT IN ('asked', 'live') OR NEW.state = 'asked') THEN
    RAISE EXCEPTION 'a grant that is over stays over' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF OLD.state <> 'asked' AND (OLD.opens_at, OLD.expires_at, OLD.decided_by, OLD.review_due_at)
     IS DISTINCT FROM (NEW.opens_at, NEW.expires_at, NEW.decided_by, NEW.review_due_at) THEN
    RAISE EXCEPTION 'a grant opens once' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF OLD.reviewed_at IS NOT NULL AND (OLD.reviewed_at, OLD.reviewed_by, OLD.review)
     IS DISTINCT FROM (NEW.reviewed_at, NEW.reviewed_by, NEW.review) THEN
    RAISE EXCEPTION 'a grant is reviewed once' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF OLD.state = 'asked' AND NEW.state = 'live' THEN
    IF NEW.opens_at IS NULL OR NEW.expires_at IS NULL
        OR NEW.opens_at > clock_timestamp() + interval '1 minute'
        OR NEW.expires_at > NEW.opens_at + make_interval(mins => NEW.minutes)
        OR OLD.asked_at < clock_timestamp() - interval '12 hours' THEN
      RAISE EXCEPTION 'this request opens nothing any more'
        USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.review_due_at IS NULL OR NEW.review_due_at > NEW.opens_at
        + (CASE WHEN NEW.is_emergency THEN interval '72 hours' ELSE interval '30 days' END) THEN
      RAISE EXCEPTION 'a grant that opens is reviewed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.is_emergency AND NOT EXISTS (
        SELECT FROM accounts_staff_member s
        WHERE s.account_id = NEW.decided_by AND s.account_id <> NEW.account_id AND s.is_enabled)
       OR NOT NEW.is_emergency AND NEW.decided_by IS NOT NULL AND NOT EXISTS (
        SELECT FROM organizations_membership m
        WHERE m.organization_id = NEW.organization_id AND m.account_id = NEW.decided_by
          AND m.role IN ('owner', 'administrator'))
       OR NOT NEW.is_emergency AND NEW.decided_by IS NULL AND EXISTS (
        SELECT FROM grants_rule r
        WHERE r.organization_id = NEW.organization_id AND r.mode = 'approve') THEN
      RAISE EXCEPTION 'nobody who may has approved this' USING ERRCODE = 'insufficient_privilege';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER grants_hold BEFORE INSERT OR UPDATE ON grants_staff_grant
  FOR EACH ROW EXECUTE FUNCTION grants_hold();

CREATE FUNCTION grants_decisions_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a decision stays as it is' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER grants_decisions_stay BEFORE UPDATE ON grants_decision
  FOR EACH STATEMENT EXECUTE FUNCTION grants_decisions_stay();
"""

# What is known of grants goes with the organization, by the references of the database alone.
STAYS = """
REVOKE DELETE, TRUNCATE ON grants_staff_grant, grants_text, grants_decision, grants_rule
  FROM seatrobot_app;
"""

UNDO = """
CREATE OR REPLACE FUNCTION staff_organization() RETURNS uuid LANGUAGE sql STABLE
  AS $$ SELECT NULL::uuid $$;
CREATE OR REPLACE FUNCTION staff_may_change() RETURNS boolean LANGUAGE sql STABLE
  AS $$ SELECT false $$;
CREATE OR REPLACE FUNCTION staff_events() RETURNS uuid[] LANGUAGE sql STABLE
  AS $$ SELECT '{}'::uuid[] $$;
DROP FUNCTION grants_hold CASCADE;
DROP FUNCTION grants_decisions_stay CASCADE;
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenancy', '0001_initial'),
        ('accounts', '0001_initial'),
        ('organizations', '0002_security'),
    ]

    operations = [
        migrations.CreateModel(
            name='StaffGrant',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('account_id', models.UUIDField()),
                ('category', seatrobot.kernel.words.WordField(choices=[('support', 'Somebody asked for help'), ('fault', 'A fault of the service'), ('security', 'A security matter'), ('legal', 'A duty by law')], max_length=10)),
                ('state', seatrobot.kernel.words.WordField(choices=[('asked', 'Asked for'), ('live', 'Live'), ('denied', 'Denied'), ('lapsed', 'Not answered'), ('cancelled', 'Taken back'), ('ended', 'Ended by staff'), ('withdrawn', 'Ended by you'), ('expired', 'Expired'), ('closed', 'Closed: a condition lapsed')], default='asked', max_length=10)),
                ('is_emergency', models.BooleanField(default=False)),
                ('may_change', models.BooleanField(default=False)),
                ('event_ids', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), null=True, size=None)),
                ('minutes', models.PositiveSmallIntegerField()),
                ('asked_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.UUIDField(null=True)),
                ('opens_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('seen_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_by', models.UUIDField(null=True)),
                ('review_due_at', models.DateTimeField(null=True)),
                ('reviewed_at', models.DateTimeField(null=True)),
                ('reviewed_by', models.UUIDField(null=True)),
                ('review', seatrobot.kernel.words.WordField(blank=True, choices=[('fine', 'The access was needed, and used for that alone'), ('wrong', 'Something was not as it should be')], max_length=10)),
                ('organization', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='organizations.organization')),
            ],
            options={
                'db_table': 'grants_staff_grant',
            },
        ),
        migrations.CreateModel(
            name='GrantText',
            fields=[
                ('grant', models.OneToOneField(db_column='id', db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='text', serialize=False, to='grants.staffgrant')),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
            ],
            options={
                'db_table': 'grants_text',
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('account_id', models.UUIDField()),
                ('kind', seatrobot.kernel.words.WordField(choices=[('approve', 'Approved'), ('deny', 'Denied'), ('withdraw', 'Ended')], max_length=10)),
                ('at', models.DateTimeField()),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('organization', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='organizations.organization')),
                ('grant', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='decisions', to='grants.staffgrant')),
            ],
            options={
                'db_table': 'grants_decision',
            },
        ),
        migrations.CreateModel(
            name='Rule',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('mode', seatrobot.kernel.words.WordField(choices=[('notify', 'Tell us: access opens, and administrators are told at once'), ('approve', 'Ask us: nothing opens before an administrator approves')], default='notify', max_length=10)),
                ('organization', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='organizations.organization')),
            ],
            options={
                'db_table': 'grants_rule',
            },
        ),
        migrations.AddIndex(
            model_name='staffgrant',
            index=models.Index(condition=models.Q(('state__in', ['asked', 'live'])), fields=['organization', 'id'], name='grants_open'),
        ),
        migrations.AddIndex(
            model_name='staffgrant',
            index=models.Index(fields=['organization', 'id'], name='grants_of_organization'),
        ),
        migrations.AddIndex(
            model_name='staffgrant',
            index=models.Index(fields=['account_id', 'id'], name='grants_of_staff'),
        ),
        migrations.AddIndex(
            model_name='staffgrant',
            index=models.Index(condition=models.Q(('review_due_at__isnull', False), ('reviewed_at', None)), fields=['review_due_at'], name='grants_to_review'),
        ),
        migrations.AddConstraint(
            model_name='staffgrant',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['asked', 'live'])), fields=('organization', 'account_id'), name='one_open_grant'),
        ),
        migrations.AddConstraint(
            model_name='staffgrant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_by', models.F('account_id')), _negated=True), ('decided_by', None), ('state', 'denied'), _connector='OR'), name='grant_approved_by_another'),
        ),
        migrations.AddConstraint(
            model_name='staffgrant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reviewed_by', models.F('account_id')), _negated=True), ('reviewed_by', None), _connector='OR'), name='grant_reviewed_by_another'),
        ),
        migrations.AddConstraint(
            model_name='staffgrant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('expires_at', None), ('opens_at', None)), models.Q(('expires_at__gt', models.F('opens_at')), ('expires_at__lte', django.db.models.expressions.CombinedExpression(models.F('opens_at'), '+', models.Value(datetime.timedelta(days=1))))), _connector='OR'), name='grant_a_day_at_most'),
        ),
        migrations.AddConstraint(
            model_name='staffgrant',
            constraint=models.CheckConstraint(condition=models.Q(('is_emergency', False), ('opens_at', None), models.Q(('decided_by__isnull', False), ('expires_at__lte', django.db.models.expressions.CombinedExpression(models.F('opens_at'), '+', models.Value(datetime.timedelta(seconds=3600))))), _connector='OR'), name='emergency_an_hour_at_most'),
        ),
        migrations.AddConstraint(
            model_name='staffgrant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'live'), _negated=True), ('opens_at__isnull', False), _connector='OR'), name='live_grant_was_opened'),
        ),
        migrations.RunSQL(POLICIES, migrations.RunSQL.noop),
        Narrow("grants_text"),
        Reference("grants_text", "id", "grants_staff_grant", cascade=True),
        *(OfOrganization(table) for table in ("grants_staff_grant", "grants_decision", "grants_rule")),
        Referable("grants_staff_grant", "organization_id"),
        Guard("grants_decision"),
        Reference("grants_decision", "grant_id", "grants_staff_grant", "organization_id", cascade=True),
        Guard("grants_rule", see=f"organization_id = {NAMED_ORGANIZATION}"),
        migrations.RunSQL(STAYS, migrations.RunSQL.noop),
        migrations.RunSQL(HOLD + STAFF_ORGANIZATION + STAFF_EVENTS + STAFF_MAY_CHANGE, UNDO),
    ]
