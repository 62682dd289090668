from seatrobot.accounts.sign_in_log.kinds import Reason


class FactorRefused(Exception):
    """A factor does not fit; the text is the sentence for the person.

    reason: for the sign-in log. detail: what exactly, for the journal, without Customer Data.
    """

    def __init__(self, sentence: str, reason: Reason, detail: str = "") -> None:
        super().__init__(sentence)
        self.reason = reason
        self.detail = detail
