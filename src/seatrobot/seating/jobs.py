"""Ask the robot, in the background, on behalf of whoever pressed the button."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.kernel.jobs import Work, job
from seatrobot.kernel.principals import NotAllowed, Principal
from seatrobot.kernel.progress import services as progress
from seatrobot.kernel.progress.models import Progress
from seatrobot.kernel.refusal import Refused
from seatrobot.organizations import members
from seatrobot.seating.models import Proposal
from seatrobot.seating.services import robot


@job("seating.propose")
def propose(work: Work, *, proposal_id: str) -> None:
    """Answer one question to the robot; whatever stops the run ends it with the reason."""
    try:
        _propose(work, UUID(proposal_id))
    except Refused as error:
        _give_up(work, proposal_id, error.sentence)
    except NotAllowed:
        sentence = _("Whoever asked the robot may not change the seating any more.")
        _give_up(work, proposal_id, sentence)
    except Exception:
        _give_up(work, proposal_id, _("Something broke on our side; nobody was moved."))
        raise


def _propose(work: Work, proposal_id: UUID) -> None:
    with work.acting():
        rows = Proposal.objects.select_related("room__activity")
        proposal = rows.get(pk=proposal_id)
        activity = proposal.room.activity
        shown = Progress.objects.get(pk=proposal.progress_id)
        asked = robot.question(actor=_member(work), activity=activity, proposal=proposal)
    with progress.reporting(shown) as report:
        answer = robot.think(
            asked, proposal.seconds_allowed, lambda part, _cost: report(round(99 * part), 100)
        )
    with work.acting():
        robot.offer(
            actor=_member(work), activity=activity, proposal=proposal, asked=asked, answer=answer
        )


def _give_up(work: Work, proposal_id: str, sentence: str) -> None:
    with work.acting():
        proposal = Proposal.objects.filter(pk=UUID(proposal_id)).first()
        if proposal:
            robot.give_up(proposal, sentence)


def _member(work: Work) -> Principal:
    member = members.behind(work)
    if member is None:
        raise NotAllowed("whoever asked for this is no longer a member")
    return member
