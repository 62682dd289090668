"""The words with which a message begins, in the language that is active."""

from __future__ import annotations

from django.utils.translation import gettext as _

from seatrobot.invitations.models import Kind
from seatrobot.invitations.records import MessageRecord, Text


def starter(kind: str) -> MessageRecord:
    """Return a message of a kind that can be sent as it is."""
    texts = {
        Kind.SAVE_THE_DATE: Text(
            subject=_("Save the date: {event}, {date}"),
            body=_(
                "Dear {name|guest},\n\n"
                "please keep **{date}** free: we would like to see you at {event}.\n\n"
                "An invitation with everything else follows.\n\n"
                "{organization}"
            ),
        ),
        Kind.INVITATION: Text(
            subject=_("Invitation: {event}"),
            preheader=_("{date}, {place}"),
            body=_(
                "Dear {name|guest},\n\n"
                "we would be delighted to welcome you to\n\n"
                "# {event}\n\n"
                "**{date}**, {time}\n"
                "{place}\n\n"
                "Please tell us whether you will come.\n\n"
                "{organization}"
            ),
            button=_("Answer the invitation"),
        ),
        Kind.REMINDER: Text(
            subject=_("Will you come? {event}, {date}"),
            body=_(
                "Dear {name|guest},\n\n"
                "we have not heard from you yet and would like to know whether you will come to"
                " {event} on {date}.\n\n"
                "If you have answered meanwhile, thank you: nothing more is to be done.\n\n"
                "{organization}"
            ),
            button=_("Answer the invitation"),
        ),
        Kind.UPDATE: Text(
            subject=_("News about {event}"),
            body=_(
                "Dear {name|guest},\n\n"
                "something has changed about {event}:\n\n"
                "**{date}**, {time}\n"
                "{place}\n\n"
                "{organization}"
            ),
            button=_("See your invitation"),
        ),
        Kind.CANCELLATION: Text(
            subject=_("Cancelled: {event}"),
            body=_(
                "Dear {name|guest},\n\n"
                "we are sorry to tell you that {event} on {date} does not take place.\n\n"
                "{organization}"
            ),
        ),
        Kind.THANKS: Text(
            subject=_("Thank you for coming to {event}"),
            body=_("Dear {name|guest},\n\nthank you for being with us.\n\n{organization}"),
        ),
    }
    has_calendar = kind in {Kind.SAVE_THE_DATE, Kind.INVITATION, Kind.UPDATE, Kind.CANCELLATION}
    name = str(Kind(kind).label)
    return MessageRecord(name=name, texts={"": texts[Kind(kind)]}, calendar=has_calendar)
