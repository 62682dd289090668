"""Recovery codes: ten, shown once, each good once; kept as slow hashes under a key.

Ten signs are easily copied from paper and have 49 bits. So they are hashed as passwords are,
Argon2id with a salt of the set, at the least cost that OWASP's cheat sheet on storing passwords
gives: a set takes a quarter of a second. A blind index of that is what is stored.
"""

from __future__ import annotations

import secrets

from argon2.low_level import Type, hash_secret_raw
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
SALT_BYTES = 16
COST = {"time_cost": 2, "memory_cost": 19 * 1024, "parallelism": 1, "hash_len": 32}
"""Of Argon2id; memory in KiB."""


def make(account: Account) -> list[str]:
    """Return ten new codes of 49 bits each; all codes of before are void."""
    codes = [_group() + "-" + _group() for _number in range(COUNT)]
    salt = secrets.token_bytes(SALT_BYTES)
    RecoveryCode.objects.filter(account=account).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(
            account=account, salt=salt, code_hash=_hash(account, code, salt), created_at=now()
        )
        for code in codes
    )
    return codes


def use(account: Account, code: str) -> int:
    """Use a code up; return how many are left. Raises FactorRefused."""
    mine = RecoveryCode.objects.filter(account=account)
    salt = mine.values_list("salt", flat=True).first()
    used = salt and mine.filter(code_hash=_hash(account, code, bytes(salt))).delete()[0]
    if not used:
        raise FactorRefused(
            _("This recovery code does not fit, or was used already."),
            Reason.WRONG_CODE,
            "recovery",
        )
    return mine.count()


def _group() -> str:
    return "".join(secrets.choice(ALPHABET) for _number in range(GROUP))


def _hash(account: Account, code: str, salt: bytes) -> bytes:
    plain = "".join(sign for sign in code.casefold() if sign.isalnum())
    slow = hash_secret_raw(plain.encode(), salt, type=Type.ID, **COST)
    return vault.blind_index(PLATFORM, f"recovery-code\x1f{account.pk}\x1f{slow.hex()}")
