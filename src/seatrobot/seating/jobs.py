"""Seat everyone, in the background, on behalf of whoever pressed the button."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.kernel.jobs import Work, job
from seatrobot.kernel.principals import NotAllowed
from seatrobot.kernel.progress import services as progress
from seatrobot.kernel.progress.models import Progress
from seatrobot.organizations import members
from seatrobot.organizations.members import Member
from seatrobot.seating.errors import Refused
from seatrobot.seating.models import Proposal
from seatrobot.seating.problems import Question
from seatrobot.seating.services import robot


@job("seating.propose")
def propose(work: Work, *, proposal_id: str) -> None:
    """Answer one press of Seat everyone."""
    with work.acting():
        proposal = Proposal.objects.get(pk=UUID(proposal_id))
        shown = Progress.objects.get(pk=proposal.progress_id)
        asked = robot.question(actor=_member(work), event_id=proposal.event_id)
    try:
        _answer(work, proposal, shown, asked)
    except Refused as error:
        _give_up(work, proposal, str(error))
    except Exception:
        _give_up(work, proposal, _("Something broke on our side; nobody was moved."))
        raise


def _answer(work: Work, proposal: Proposal, shown: Progress, asked: Question) -> None:
    with progress.reporting(shown) as report:
        answer = robot.think(
            asked, proposal.seconds_allowed, lambda part, _cost: report(round(99 * part), 100)
        )
    with work.acting():
        robot.accept(actor=_member(work), proposal=proposal, asked=asked, answer=answer)


def _give_up(work: Work, proposal: Proposal, sentence: str) -> None:
    with work.acting():
        robot.refuse(actor=_member(work), proposal=proposal, sentence=sentence)


def _member(work: Work) -> Member:
    member = members.behind(work)
    if member is None:
        raise NotAllowed(_("no longer a member"))
    return member
