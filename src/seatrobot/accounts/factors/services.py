"""What a person does with their own factors: each is journalled, and mailed to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from seatrobot.accounts import services as accounts
from seatrobot.accounts.factors import authenticator, passkeys, recovery
from seatrobot.accounts.factors.errors import FactorRefused
from seatrobot.accounts.factors.jobs import News, tell
from seatrobot.accounts.factors.models import Authenticator, Passkey, RecoveryCode
from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import Account
from seatrobot.accounts.sign_in_log.kinds import Reason
from seatrobot.kernel.journal import services as journal


@dataclass(frozen=True, slots=True)
class Enrolled:
    """How many passkeys and unused recovery codes an account has, and whether an app."""

    passkeys: int
    totp: bool
    recovery_codes: int

    @property
    def any(self) -> bool:
        return bool(self.passkeys or self.totp)


@dataclass(frozen=True, slots=True)
class FactorLine:
    """A factor as its owner reads it."""

    id: UUID
    name: str
    is_passkey: bool
    is_synced: bool
    created: datetime
    used: datetime | None


def enrolled(account_id: UUID) -> Enrolled:
    """Return what an account has; a recovery code alone is no factor."""
    return Enrolled(
        passkeys=Passkey.objects.filter(account_id=account_id).count(),
        totp=Authenticator.objects.filter(account_id=account_id).exists(),
        recovery_codes=RecoveryCode.objects.filter(account_id=account_id).count(),
    )


def factors_of(account: Account) -> list[FactorLine]:
    """Return the account's passkeys and app, the oldest first."""
    return sorted((_line(row) for row in _rows(account)), key=lambda line: line.created)


def add_passkey(*, account: Account, name: str, answer: str, challenge: bytes) -> list[str]:
    """Enrol a passkey; return recovery codes if it is the first factor. Raises FactorRefused."""
    _lock_to_add(account)
    is_first = not enrolled(account.pk).any
    passkeys.enrol(account, name=accounts.clean_name(name), answer=answer, challenge=challenge)
    return _added(account, is_first=is_first)


def add_authenticator(*, account: Account, name: str, sealed: str, code: str) -> list[str]:
    """Enrol an app; return recovery codes if it is the first factor. Raises FactorRefused."""
    _lock_to_add(account)
    is_first = not enrolled(account.pk).any
    authenticator.enrol(account, name=accounts.clean_name(name), sealed=sealed, code=code)
    return _added(account, is_first=is_first)


def rename(*, account: Account, factor_id: UUID, name: str) -> bool:
    """Give a factor another name; return whether there was one. ValidationError for the name."""
    factor = _find(account, factor_id)
    if factor is None:
        return False
    factor.sealed.name = accounts.clean_name(name)
    factor.save(update_fields=["sealed"])
    journal.record(Action.ACCOUNT_FACTOR_RENAME, subject=factor.pk)
    tell(account, News.RENAMED)
    return True


def remove(*, account: Account, factor_id: UUID) -> bool:
    """Remove a factor, with the recovery codes if it was the last; return whether there was one."""
    _lock(account)
    factor = _find(account, factor_id)
    if factor is None:
        return False
    factor.delete()
    if not enrolled(account.pk).any:
        RecoveryCode.objects.filter(account=account).delete()
    accounts.note(Action.ACCOUNT_FACTOR_REMOVE, account)
    tell(account, News.REMOVED)
    return True


def make_recovery_codes(*, account: Account) -> list[str]:
    """Return ten new recovery codes, the only time they are seen; those of before are void."""
    _lock(account)
    codes = recovery.make(account)
    accounts.note(Action.ACCOUNT_RECOVERY_CODES_MAKE, account)
    tell(account, News.NEW_CODES)
    return codes


def use_recovery_code(*, account: Account, code: str) -> int:
    """Use a code up; return how many are left. Raises FactorRefused."""
    left = recovery.use(account, code)
    accounts.note(Action.ACCOUNT_RECOVERY_CODE_USE, account)
    tell(account, News.CODE_USED)
    return left


def remove_all(account: Account) -> None:
    """Remove every factor and recovery code, as a reset does; the caller journals it."""
    for rows in (Passkey.objects, Authenticator.objects, RecoveryCode.objects):
        rows.filter(account=account).delete()


def _added(account: Account, *, is_first: bool) -> list[str]:
    accounts.note(Action.ACCOUNT_FACTOR_ADD, account)
    tell(account, News.ADDED)
    return make_recovery_codes(account=account) if is_first else []


def _lock(account: Account) -> None:
    """Let one change of an account's factors happen after the other."""
    Account.objects.select_for_update().only("pk").get(pk=account.pk)


def _lock_to_add(account: Account) -> None:
    """Refuse what was on its way when "This wasn't me" was said: it may be the thief's."""
    _lock(account)
    if Account.objects.filter(pk=account.pk, unchecked_since__isnull=False).exists():
        sentence = _("Somebody else was in your account: first check your ways to sign in.")
        raise FactorRefused(sentence, Reason.POLICY, "unchecked")


def _rows(account: Account) -> list[Passkey | Authenticator]:
    return [
        *Passkey.objects.filter(account=account),
        *Authenticator.objects.filter(account=account),
    ]


def _find(account: Account, factor_id: UUID) -> Passkey | Authenticator | None:
    return next((row for row in _rows(account) if row.pk == factor_id), None)


def _line(row: Passkey | Authenticator) -> FactorLine:
    return FactorLine(
        id=row.pk,
        name=row.sealed.name or _("Without a name"),
        is_passkey=isinstance(row, Passkey),
        is_synced=isinstance(row, Passkey) and row.is_synced,
        created=row.created_at,
        used=row.used_at,
    )
