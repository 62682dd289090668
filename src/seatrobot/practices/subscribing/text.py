"""The text of mails: plain, from the operator, each with a link to unsubscribe."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import formataddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from seatrobot.accounts import mail as transport
from seatrobot.kernel.heads import witnesses
from seatrobot.kernel.promises.status import State
from seatrobot.practices import addresses
from seatrobot.practices.profile import known_profile
from seatrobot.practices.sections import SECTIONS
from seatrobot.practices.subscribing import links
from seatrobot.practices.subscribing.alive import Report
from seatrobot.practices.subscribing.models import Pending, Subscriber
from seatrobot.practices.subscribing.news import News, headline, title

LONGEST_SUBJECT = 120
MOST_NEWS = 20


def confirmation(pending: Pending, token: str) -> EmailMessage:
    body = _(
        "Hello,\n\nSomebody, probably you, asked us to mail this address when one of the security"
        " practices of %(name)s breaks and when it is kept again: %(which)s.\n"
        "A mail that the service is alive: %(often)s.\n\n"
        "Confirm it here within 24 hours:\n%(link)s\n\n"
        "If it was not you, ignore this message: you will hear nothing, and the address is"
        " deleted.\n"
    ) % {
        "name": operator(),
        "which": which(pending.sections),
        "often": pending.get_alive_display(),
        "link": links.confirmation(token),
    }
    subject = _("Confirm: security practices of %s") % operator()
    return _from_operator(transport.compose(pending.sealed.email, subject, body))


def to_subscriber(subscriber: Subscriber, news: Sequence[News]) -> EmailMessage:
    """Return the message on what changed, with one-click unsubscription (RFC 8058)."""
    body = f"{body_of(news)}{head()}\n"
    return _to(subscriber, subject(news), body)


def still_alive(subscriber: Subscriber, report: Report) -> EmailMessage:
    """Return the regular message that the service is alive, with its signed statement."""
    counts = _("%(kept)d kept, %(attested)d attested, %(unproven)d unproven, %(broken)d broken") % {
        state.value: count for state, count in report.counts.items()
    }
    told = _("Since the last mail:\n\n%s") % body_of(report.news[:MOST_NEWS])
    if not report.news:
        told = _("Nothing has changed since the last mail.") + "\n"
    elif len(report.news) > MOST_NEWS:
        told += _("and %d more.") % (len(report.news) - MOST_NEWS) + "\n"
    parts = [
        _("This service is alive. Of its promises: %s.") % counts + f"\n{addresses.page()}\n",
        "".join(f"{sentence}\n" for sentence in report.silence),
        told,
        _(
            "The next mail like this comes by %s UTC. If it does not, something is wrong here or on"
            " its way to you: look at the page."
        )
        % report.next_by.strftime("%Y-%m-%d %H:%M")
        + "\n",
        _("What we sign, with the key at %s:") % addresses.below("key") + f"\n\n{report.note}",
    ]
    body = "\n".join(part for part in parts if part)
    return _to(subscriber, _("Still alive: %s") % counts, f"{body}{head()}\n")


def _to(subscriber: Subscriber, subject_: str, text: str) -> EmailMessage:
    """Return a message with one-click unsubscription below its text."""
    leave = links.leaving(subscriber.pk)
    foot = _("You asked for this at %(site)s.\nChange it: %(change)s\nUnsubscribe: %(leave)s\n") % {
        "site": settings.BASE_URL,
        "change": links.settings_of(subscriber.pk),
        "leave": leave,
    }
    message = transport.compose(subscriber.sealed.email, subject_, f"{text}-- \n{foot}")
    message.extra_headers |= {
        "List-Unsubscribe": f"<{leave}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return _from_operator(message)


def subject(news: Sequence[News]) -> str:
    """Return a subject that says what happened, cut to fit on a line."""
    line = title(news)
    if len(line) <= LONGEST_SUBJECT:
        return line
    return f"{line[:LONGEST_SUBJECT].rpartition(' ')[0]} …"


def body_of(news: Sequence[News]) -> str:
    """Return a paragraph about each change."""
    return "\n\n".join(_paragraph(each) for each in news) + "\n"


def head() -> str:
    """Return the newest head of the journal as it stands in a mail, to be kept; or nothing."""
    note = witnesses.newest_note()
    if not note:
        return ""
    said = _("This is the head of our journal now. Kept, it shows whether the past is changed:")
    return f"\n{said}\n{addresses.below('head/')}\n\n{note}"


def which(sections: Sequence[str]) -> str:
    """Return the titles of sections, or that all are meant."""
    titles = [str(section.title) for section in SECTIONS if section.id in sections]
    return ", ".join(titles) or _("all of them")


def operator() -> str:
    """Return the name of the operator."""
    return known_profile().name


def _paragraph(news: News) -> str:
    lines = [
        f"{headline(news.kind)}: {news.sentence}",
        _("%(before)s → %(after)s, %(at)s UTC")
        % {
            "before": State(news.before).label,
            "after": State(news.state).label,
            "at": news.at.strftime("%Y-%m-%d %H:%M"),
        },
        news.reason,
        *(_("Measured: %s") % number for number in news.numbers),
        news.link,
    ]
    return "\n".join(line for line in lines if line)


def _from_operator(message: EmailMessage) -> EmailMessage:
    message.from_email = formataddr((operator(), settings.DEFAULT_FROM_EMAIL))
    return message
