from seatrobot.accounts.sign_in_log.kinds import Reason
from seatrobot.kernel.refusal import Refused


class FactorRefused(Refused):
    """A factor was not accepted.

    reason: for the sign-in log. detail: what exactly, for the journal, without Customer Data.
    """

    status = 422

    def __init__(self, sentence: str, reason: Reason, detail: str = "") -> None:
        super().__init__(sentence)
        self.reason = reason
        self.detail = detail
