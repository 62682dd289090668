"""What people do with their own factors: each act is journalled, and mailed to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.accounts import services as accounts
from seatrobot.accounts.factors import codes, webauthn
from seatrobot.accounts.factors.refusals import FactorRefused
from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import Account, Authenticator, Passkey, RecoveryCode
from seatrobot.accounts.sign_in_log.kinds import Reason
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.refusal import Refused


class Notice(models.TextChoices):
    """A change of somebody's factors, with the sentence they are mailed."""

    ADDED = "added", gettext_lazy("A new way to sign in was added to your account.")
    RENAMED = "renamed", gettext_lazy("A way to sign in to your account got another name.")
    REMOVED = "removed", gettext_lazy("A way to sign in was removed from your account.")
    NEW_CODES = "new-codes", gettext_lazy("New recovery codes were made; older ones are void.")
    CODE_USED = "code-used", gettext_lazy("A recovery code was used to sign in to your account.")
    RESET = (
        "reset",
        gettext_lazy(
            "An administrator has reset your second factors: passkeys, app and recovery codes are"
            " gone, and every session has ended. Sign in with your password and set them up again."
        ),
    )
    RESET_BY_OPERATOR = (
        "reset-by-operator",
        gettext_lazy(
            "The operator of this service has reset your second factors: passkeys, app and recovery"
            " codes are gone, and every session has ended. Sign in with your password and set them"
            " up again."
        ),
    )
    FELL_WITH_RESET = (
        "fell-with-reset",
        gettext_lazy(
            "A new password was set by a link in your mail. Nobody had confirmed this address"
            " before, so passkeys, app and recovery codes that were added to the account are gone."
        ),
    )
    LINK_BY_OPERATOR = (
        "link-by-operator",
        gettext_lazy(
            "The operator of this service has made a link with which a new password can be set for"
            " your account. It works for 60 minutes, once."
        ),
    )
    RESET_CANCELLED = (
        "reset-cancelled",
        gettext_lazy("The reset of your second factors is cancelled."),
    )
    ENROLLED = (
        "enrolled",
        gettext_lazy(
            "A passkey was enrolled with your staff link. Older passkeys are void, and every"
            " session has ended."
        ),
    )
    REVIEWED = (
        "reviewed",
        gettext_lazy(
            "After the sign-in that was not you, your ways to sign in were looked through. Your"
            " account can be used again."
        ),
    )


class LastPasskey(Refused):
    """The only passkey of a staff member cannot be removed."""


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
    """A factor as its owner reads it. fingerprint: of a passkey, "" of an app."""

    id: UUID
    name: str
    is_passkey: bool
    is_synced: bool
    fingerprint: str
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
    """Enrol a passkey; return recovery codes with a member's first factor. Raise FactorRefused."""
    _lock_to_add(account)
    with_codes = _gets_codes(account)
    name = accounts.clean_name(name)
    passkey = webauthn.enrol_passkey(account, name=name, answer=answer, challenge=challenge)
    return _added(account, with_codes=with_codes, passkey=_key_hash(passkey))


def add_authenticator(*, account: Account, name: str, sealed: str, code: str) -> list[str]:
    """Enrol an app; return recovery codes with the first factor. Raise FactorRefused."""
    _lock_to_add(account)
    with_codes = _gets_codes(account)
    codes.enrol_app(account, name=accounts.clean_name(name), sealed=sealed, code=code)
    return _added(account, with_codes=with_codes)


def rename(*, account: Account, factor_id: UUID, name: str) -> bool:
    """Rename a factor; return whether it existed. Raise ValidationError for the name."""
    factor = _find(account, factor_id)
    if factor is None:
        return False
    factor.sealed.name = accounts.clean_name(name)
    factor.save(update_fields=["sealed"])
    journal.record(Action.ACCOUNT_FACTOR_RENAME, subject_id=factor.pk)
    notify(account, Notice.RENAMED)
    return True


def remove(*, account: Account, factor_id: UUID) -> bool:
    """Remove a factor, with the recovery codes if it was the last; return whether it existed.

    Raise LastPasskey for the only passkey of staff.
    """
    lock(account)
    factor = _find(account, factor_id)
    if factor is None:
        return False
    facts = {"passkey": _key_hash(factor)} if isinstance(factor, Passkey) else {}
    if accounts.is_staff(account) and enrolled(account.pk).passkeys == 1:
        raise LastPasskey(_("This is your only passkey: add another one before you remove it."))
    if isinstance(factor, Passkey):
        webauthn.forget_passkeys(Passkey.objects.filter(pk=factor.pk))
    else:
        factor.delete()
    if not enrolled(account.pk).any:
        RecoveryCode.objects.filter(account=account).delete()
    accounts.record(Action.ACCOUNT_FACTOR_REMOVE, account, **facts)
    notify(account, Notice.REMOVED)
    return True


def make_recovery_codes(*, account: Account) -> list[str]:
    """Return ten new recovery codes, which are shown only now; earlier ones become void."""
    lock(account)
    made = codes.make_recovery_codes(account)
    accounts.record(Action.ACCOUNT_RECOVERY_CODES_MAKE, account)
    notify(account, Notice.NEW_CODES)
    return made


def use_recovery_code(*, account: Account, code: str) -> int:
    """Use up a code; return how many are left. Raise FactorRefused."""
    left = codes.use_recovery_code(account, code)
    accounts.record(Action.ACCOUNT_RECOVERY_CODE_USE, account)
    notify(account, Notice.CODE_USED)
    return left


def remove_all(account: Account) -> None:
    """Remove every factor and recovery code; the caller journals it."""
    webauthn.forget_passkeys(Passkey.objects.filter(account=account))
    for rows in (Authenticator.objects, RecoveryCode.objects):
        rows.filter(account=account).delete()


def notify(account: Account, notice: Notice) -> None:
    """Mail a person what happened to their factors, when this transaction commits."""
    defer("accounts.mail-factor-notice", account_id=str(account.pk), notice=str(notice))


def lock(account: Account) -> None:
    """Make concurrent changes of an account's factors happen one after the other."""
    Account.objects.select_for_update().only("pk").get(pk=account.pk)


def _gets_codes(account: Account) -> bool:
    return not enrolled(account.pk).any and not accounts.is_staff(account)


def _added(account: Account, *, with_codes: bool, **facts: str) -> list[str]:
    accounts.record(Action.ACCOUNT_FACTOR_ADD, account, **facts)
    notify(account, Notice.ADDED)
    return make_recovery_codes(account=account) if with_codes else []


def _lock_to_add(account: Account) -> None:
    """Lock, and refuse while a review is required: the request may be a thief's."""
    lock(account)
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


def fingerprint(key_hash: str) -> str:
    """Return the hash of a passkey's public key as people compare it: its first 16 signs in four.

    It says which passkey of a person has signed, to people; programs compare the whole hash.
    """
    return " ".join(key_hash[place : place + 4] for place in range(0, 16, 4))


def _key_hash(row: Passkey) -> str:
    """Return by what signatures of a passkey are known: SHA-256 of its public key."""
    return sha256(row.sealed.public_key).hexdigest()


def _line(row: Passkey | Authenticator) -> FactorLine:
    is_passkey = isinstance(row, Passkey)
    return FactorLine(
        id=row.pk,
        name=row.sealed.name or _("Without a name"),
        is_passkey=is_passkey,
        is_synced=is_passkey and row.is_synced,
        fingerprint=fingerprint(_key_hash(row)) if isinstance(row, Passkey) else "",
        created=row.created_at,
        used=row.used_at,
    )
