"""What the database asks for each statement of staff, see `tenancy.scopes.shown_organization`.

It returns the organization whose rows are shown: the one acted for, while the grant of the unit of
work is live by the database's own clock, is this person's, and the person is enabled. Whatever
Python asks for, no row is shown otherwise. By a grant for single events, rows of those alone are
shown (`scopes.condition`). Before each statement that changes something, triggers
ask whether the same grant says so (`tenancy.operations.StaffWrites`).
"""

STAFF_ORGANIZATION = """
CREATE OR REPLACE FUNCTION staff_organization() RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT g.organization_id FROM grants_staff_grant g
  WHERE g.id = NULLIF(current_setting('seatrobot.grant', true), '')::uuid
    AND g.account_id = NULLIF(current_setting('seatrobot.staff', true), '')::uuid
    AND g.organization_id = NULLIF(current_setting('seatrobot.organization', true), '')::uuid
    AND g.state = 'live'
    AND g.opens_at <= clock_timestamp() AND clock_timestamp() < g.expires_at
    AND clock_timestamp() > coalesce(g.seen_at, g.opens_at) - interval '1 minute'
    AND EXISTS (SELECT FROM accounts_staff_member s
                WHERE s.account_id = g.account_id AND s.is_enabled)
$$;
"""

STAFF_EVENTS = """
CREATE OR REPLACE FUNCTION staff_events() RETURNS uuid[] LANGUAGE sql STABLE AS $$
  SELECT g.event_ids FROM grants_staff_grant g
  WHERE g.id = NULLIF(current_setting('seatrobot.grant', true), '')::uuid
$$;
"""
"""Whether the grant counts is `staff_organization`'s matter: no row is shown without it."""

STAFF_MAY_CHANGE = """
CREATE OR REPLACE FUNCTION staff_may_change() RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT g.may_change FROM grants_staff_grant g
  WHERE g.id = NULLIF(current_setting('seatrobot.grant', true), '')::uuid
    AND g.organization_id = staff_organization()
$$;
"""
