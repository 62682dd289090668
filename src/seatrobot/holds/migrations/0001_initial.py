import datetime
import django.db.models.deletion
import django.db.models.expressions
import seatrobot.kernel.ids
import seatrobot.kernel.vault.fields
from django.db import migrations, models

from seatrobot.kernel.tenancy.operations import SHOWN_ACCOUNT, Narrow

RULES = f"""
REVOKE UPDATE, DELETE, TRUNCATE ON holds_hold, holds_investigation FROM seatrobot_app;
GRANT UPDATE (closed_at, closed_by) ON holds_investigation TO seatrobot_app;
GRANT UPDATE (confirmed_at, confirmed_by, expires_at, ended_at, ended_by, sealed)
  ON holds_hold TO seatrobot_app;

CREATE FUNCTION holds_by_enabled_staff(account uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT account = {SHOWN_ACCOUNT} AND EXISTS (
    SELECT FROM accounts_staff_member s WHERE s.account_id = account AND s.is_enabled)
$$;

CREATE FUNCTION holds_take_two() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  is_open boolean := EXISTS (
    SELECT FROM holds_investigation i WHERE i.id = NEW.investigation_id AND i.closed_at IS NULL);
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.confirmed_by IS NOT NULL OR NEW.confirmed_at IS NOT NULL OR NEW.expires_at IS NOT NULL
       OR NEW.ended_at IS NOT NULL OR NEW.ended_by IS NOT NULL OR NOT is_open
       OR NOT holds_by_enabled_staff(NEW.asked_by) THEN
      RAISE EXCEPTION 'a hold is asked for by enabled staff, for an open investigation'
        USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.confirmed_by, NEW.confirmed_at, NEW.expires_at)
     IS DISTINCT FROM (OLD.confirmed_by, OLD.confirmed_at, OLD.expires_at) THEN
    IF OLD.confirmed_by IS NOT NULL OR OLD.ended_at IS NOT NULL OR NOT is_open
       OR NEW.confirmed_by IS NULL OR NEW.confirmed_by = OLD.asked_by
       OR abs(extract(epoch FROM NEW.confirmed_at - now())) > 60
       OR NEW.expires_at > NEW.confirmed_at + make_interval(days => OLD.days)
       OR NOT holds_by_enabled_staff(NEW.confirmed_by) THEN
      RAISE EXCEPTION 'a hold is confirmed once, by a second person, for the days asked for'
        USING ERRCODE = 'insufficient_privilege';
    END IF;
  END IF;
  IF (NEW.ended_at, NEW.ended_by) IS DISTINCT FROM (OLD.ended_at, OLD.ended_by)
     AND (OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL
          OR NOT holds_by_enabled_staff(NEW.ended_by)) THEN
    RAISE EXCEPTION 'a hold that has ended stays so' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER holds_take_two BEFORE INSERT OR UPDATE ON holds_hold
  FOR EACH ROW EXECUTE FUNCTION holds_take_two();

CREATE FUNCTION holds_investigation_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.closed_at IS NOT NULL OR NOT holds_by_enabled_staff(NEW.opened_by) THEN
      RAISE EXCEPTION 'an investigation is opened by enabled staff'
        USING ERRCODE = 'insufficient_privilege';
    END IF;
  ELSIF OLD.closed_at IS NOT NULL OR NEW.closed_at IS NULL THEN
    RAISE EXCEPTION 'an investigation that is closed stays so'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER holds_investigation_stays BEFORE INSERT OR UPDATE ON holds_investigation
  FOR EACH ROW EXECUTE FUNCTION holds_investigation_stays();
"""
"""Holds take two people, last 30 days at most, and need an investigation that is open."""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Investigation',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('title', models.CharField(max_length=120)),
                ('opened_at', models.DateTimeField()),
                ('opened_by', models.UUIDField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('closed_by', models.UUIDField(null=True)),
            ],
            options={
                'db_table': 'holds_investigation',
            },
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.UUIDField(default=seatrobot.kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('made_from', models.DateField()),
                ('made_through', models.DateField()),
                ('days', models.PositiveSmallIntegerField()),
                ('asked_at', models.DateTimeField()),
                ('asked_by', models.UUIDField()),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('confirmed_by', models.UUIDField(null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_by', models.UUIDField(null=True)),
                ('sealed', seatrobot.kernel.vault.fields.SealedField()),
                ('renews', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='renewals', to='holds.hold')),
                ('investigation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='holds.investigation')),
            ],
            options={
                'db_table': 'holds_hold',
                'constraints': [models.CheckConstraint(condition=models.Q(('days__gte', 1), ('days__lte', 30)), name='hold_30_days_at_most'), models.CheckConstraint(condition=models.Q(('made_from__lte', models.F('made_through'))), name='hold_of_days'), models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at', None), ('confirmed_by', None), ('expires_at', None)), models.Q(models.Q(('confirmed_by', models.F('asked_by')), _negated=True), ('confirmed_by__isnull', False), ('expires_at__gt', models.F('confirmed_at')), ('expires_at__lte', django.db.models.expressions.CombinedExpression(models.F('confirmed_at'), '+', models.Value(datetime.timedelta(days=30))))), _connector='OR'), name='hold_by_two_people')],
            },
        ),
        Narrow('holds_investigation'),
        Narrow('holds_hold'),
        migrations.RunSQL(RULES, migrations.RunSQL.noop),
    ]
