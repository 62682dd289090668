"""What can be done with a person's factors, by area."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from seatrobot.accounts.factors.models import Authenticator, Passkey, RecoveryCode


@dataclass(frozen=True, slots=True)
class Enrolled:
    """How many passkeys and unused recovery codes an account has, and whether an app."""

    passkeys: int
    totp: bool
    recovery_codes: int

    @property
    def any(self) -> bool:
        return bool(self.passkeys or self.totp)


def enrolled(account_id: UUID) -> Enrolled:
    """Return what an account has; a recovery code alone is no factor."""
    return Enrolled(
        passkeys=Passkey.objects.filter(account_id=account_id).count(),
        totp=Authenticator.objects.filter(account_id=account_id).exists(),
        recovery_codes=RecoveryCode.objects.filter(account_id=account_id).count(),
    )
