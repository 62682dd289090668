"""What the journal does in the background."""

from seatrobot.kernel.jobs import Work, every
from seatrobot.kernel.journal.sequencer import sequence


@every("* * * * *", "journal.sequence")
def give_places(_work: Work) -> None:
    """Give new entries their place in the tree, once a minute."""
    sequence()
