"""How a guest's link is made to show or do more on purpose."""

from __future__ import annotations

from collections.abc import Iterator

from seatrobot.kernel.tenancy.operations import EVENT_AND_PARTY, narrowing
from seatrobot.practices.faults.declaring import Instance, fault

GUESTS = "confidentiality.guests"
FIND = """
CREATE OR REPLACE FUNCTION replies_find(digest bytea, moment timestamptz)
RETURNS TABLE (id uuid, event_id uuid, party_id uuid, kind text, sent_at timestamptz)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  event CONSTANT text := coalesce(current_setting('seatrobot.event', true), '');
  party CONSTANT text := coalesce(current_setting('seatrobot.party', true), '');
BEGIN
  PERFORM set_config('seatrobot.event', '', true), set_config('seatrobot.party', '', true);
  RETURN QUERY
  SELECT link.id, link.event_id, link.party_id, link.kind::text, coalesce(link.sent_at, link.issued_at)
    FROM public.replies_link link JOIN public.events_event event ON event.id = link.event_id
    WHERE link.token_hash = digest AND link.revoked_at IS NULL AND event.ends_at > moment;
  PERFORM set_config('seatrobot.event', event, true), set_config('seatrobot.party', party, true);
END $$;
"""  # noqa: E501  as the migration has it, which a test compares
READ = "seatrobot.replies.reading.invited"


@fault(GUESTS, "drop the policy that holds a link to its party's guests")
def policy_dropped(instance: Instance) -> Iterator[None]:
    with instance.changed(
        "DROP POLICY guests_guest_scope ON guests_guest",
        narrowing("guests_guest", EVENT_AND_PARTY),
    ):
        yield


@fault(GUESTS, "a page that leaves its scope and shows the whole list")
def reads_more(instance: Instance) -> Iterator[None]:
    everybody = (
        "lambda party_id, event_id, for_update=False: ("
        "__import__('django.db').db.connection.cursor().execute("
        "\"SELECT set_config('seatrobot.party', '', true)\"),"
        " [Invited(row, row.sealed) for row in Guest.objects.filter(event_id=event_id)])[1]"
    )
    with instance.patched_web(READ, everybody):
        yield


@fault(GUESTS, "a page that answers when it is looked at")
def answers_itself(instance: Instance) -> Iterator[None]:
    answers = (
        "lambda *parts, _was=invited, **more:"
        " (Guest.objects.update(reply='declined'), _was(*parts, **more))[1]"
    )
    with instance.patched_web(READ, answers):
        yield


@fault(GUESTS, "a form that is recorded without its second step")
def one_step(instance: Instance) -> Iterator[None]:
    with instance.patched_web("seatrobot.replies.stamps.is_good", "lambda *_: True"):
        yield


@fault(GUESTS, "links that live on when they are replaced or withdrawn")
def replaced_lives(instance: Instance) -> Iterator[None]:
    with instance.changed(FIND.replace(" AND link.revoked_at IS NULL", ""), FIND):
        yield


@fault(GUESTS, "links that outlive their event")
def outlives(instance: Instance) -> Iterator[None]:
    with instance.changed(FIND.replace(" AND event.ends_at > moment", ""), FIND):
        yield


@fault(GUESTS, "tokens that are kept as they are")
def in_clear(instance: Instance) -> Iterator[None]:
    with instance.patched("seatrobot.replies.links.token_hash", lambda token: token.encode()):
        yield


@fault(GUESTS, "openings that leave no entry")
def unlogged(instance: Instance) -> Iterator[None]:
    nothing = "lambda *_, **__: None"
    with instance.patched_web("seatrobot.replies.views.journal.record", nothing):
        yield
