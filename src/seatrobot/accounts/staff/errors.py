from seatrobot.accounts.models import Account


class StaffRefused(Exception):
    """Something about staff is not done; the text is the sentence for the person."""


class LinkDead(Exception):
    """A staff link is wrong, used, replaced or too old. account: whose, where it still says so."""

    def __init__(self, account: Account | None = None) -> None:
        super().__init__("the link does not work any more")
        self.account = account
