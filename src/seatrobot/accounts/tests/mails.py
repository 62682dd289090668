"""The mail of a test."""

from seatrobot.accounts import mail
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor


def kept_mail() -> list[str]:
    """Return the messages that no server has taken, as text, the oldest first."""
    with acting(Actor.operator("tests")):
        return [f"{each['Subject']}\n{each.get_content()}" for each in mail.kept()]
