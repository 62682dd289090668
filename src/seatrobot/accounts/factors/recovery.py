"""Recovery codes: ten, shown once, each good once; kept as keyed hashes."""

from __future__ import annotations

import secrets

from django.utils.translation import gettext as _

from seatrobot.accounts.factors.errors import FactorRefused
from seatrobot.accounts.factors.models import RecoveryCode
from seatrobot.accounts.models import Account
from seatrobot.accounts.sign_in_log.kinds import Reason
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.vault import services as vault

COUNT = 10
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without 0, 1, i, l and o, which look alike on paper."""
GROUP = 5


def make(account: Account) -> list[str]:
    """Return ten new codes of 49 bits each; all codes of before are void."""
    codes = [_group() + "-" + _group() for _number in range(COUNT)]
    RecoveryCode.objects.filter(account=account).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(account=account, code_hash=_hash(account, code), created_at=now())
        for code in codes
    )
    return codes


def use(account: Account, code: str) -> int:
    """Use a code up; return how many are left. Raises FactorRefused."""
    mine = RecoveryCode.objects.filter(account=account)
    used, _rows = mine.filter(code_hash=_hash(account, code)).delete()
    if not used:
        raise FactorRefused(
            _("This recovery code does not fit, or was used already."),
            Reason.WRONG_CODE,
            "recovery",
        )
    return mine.count()


def _group() -> str:
    return "".join(secrets.choice(ALPHABET) for _number in range(GROUP))


def _hash(account: Account, code: str) -> bytes:
    plain = "".join(sign for sign in code.casefold() if sign.isalnum())
    return vault.blind_index(PLATFORM, f"recovery-code\x1f{account.pk}\x1f{plain}")
