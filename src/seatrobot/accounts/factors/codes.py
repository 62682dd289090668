"""Codes a person types: those of an app (TOTP, RFC 6238), and recovery codes.

The secret of an app travels sealed in the form that enrols it, bound to the account and valid for
15 minutes: two tabs cannot mix theirs up, and nothing is stored before a code proves that the app
has it.

Recovery codes are ten, shown once, each valid once. Ten signs can be copied from paper and have 49
bits, so they are hashed as passwords are: Argon2id with a salt of the set, at the least cost of
OWASP's cheat sheet on password storage (a quarter of a second for a set). A blind index of that
hash is stored.
"""

from __future__ import annotations

import secrets
import time
from base64 import b32encode, urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import segno
from argon2.low_level import Type, hash_secret_raw
from django.utils.translation import gettext as _
from django_otp.oath import TOTP

from seatrobot.accounts.factors.refusals import FactorRefused
from seatrobot.accounts.models import Account, Authenticator, AuthenticatorRecord, RecoveryCode
from seatrobot.accounts.sign_in_log.kinds import Reason
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import SealBroken

ISSUER = "Seatrobot"
SECRET_BYTES = 20
DIGITS = 6
STEP_SECONDS = 30
DRIFT_STEPS = 1
PAGE_SECONDS = 15 * 60

RECOVERY_CODES = 10
RECOVERY_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without 0, 1, i, l and o, which look alike on paper."""
GROUP_LENGTH = 5
SALT_BYTES = 16
RECOVERY_COST = {"time_cost": 2, "memory_cost": 19 * 1024, "parallelism": 1, "hash_len": 32}
"""Of Argon2id; memory in KiB."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """sealed: the secret for the form. typed: the secret in groups of four. picture: a data URI."""

    sealed: str
    typed: str
    picture: str


def new_enrolment(account: Account) -> Enrolment:
    """Return a new secret for an app."""
    return _enrolment(account, secrets.token_bytes(SECRET_BYTES), int(time.time()))


def same_enrolment(account: Account, sealed: str) -> Enrolment:
    """Return the same secret again, after a wrong code; raise FactorRefused."""
    return _enrolment(account, *_open_form(account, sealed))


def enrol_app(account: Account, *, name: str, sealed: str, code: str) -> Authenticator:
    """Store an app whose code is right; raise FactorRefused. The caller locks the account."""
    if Authenticator.objects.filter(account=account).exists():
        raise FactorRefused(_("An app is set up already: remove it first."), Reason.POLICY, "known")
    secret, _made = _open_form(account, sealed)
    step = _step_of(secret, code, after=0)
    return Authenticator.objects.create(
        account=account,
        sealed=AuthenticatorRecord(name, secret),
        last_step=step,
        created_at=now(),
    )


def check_app_code(account: Account, code: str) -> None:
    """Accept a code once; raise FactorRefused."""
    app = Authenticator.objects.select_for_update().filter(account=account).first()
    if app is None:
        raise FactorRefused(_("This code does not fit."), Reason.WRONG_CODE, "none")
    app.last_step = _step_of(app.sealed.secret, code, after=app.last_step)
    app.used_at = now()
    app.save(update_fields=["last_step", "used_at"])


def make_recovery_codes(account: Account) -> list[str]:
    """Return ten new codes of 49 bits each; earlier codes become void."""
    codes = [_group() + "-" + _group() for _number in range(RECOVERY_CODES)]
    salt = secrets.token_bytes(SALT_BYTES)
    RecoveryCode.objects.filter(account=account).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(
            account=account, salt=salt, code_hash=_slow_hash(account, code, salt), created_at=now()
        )
        for code in codes
    )
    return codes


def use_recovery_code(account: Account, code: str) -> int:
    """Delete a code; return how many are left. Raise FactorRefused for a wrong one."""
    mine = RecoveryCode.objects.filter(account=account)
    salt = mine.values_list("salt", flat=True).first()
    used = salt and mine.filter(code_hash=_slow_hash(account, code, bytes(salt))).delete()[0]
    if not used:
        raise FactorRefused(
            _("This recovery code does not fit, or was used already."),
            Reason.WRONG_CODE,
            "recovery",
        )
    return mine.count()


def _step_of(secret: bytes, code: str, *, after: int) -> int:
    """Return the time step of a code: the present one or one beside it, after the last used."""
    digits = "".join(code.split())
    if not (digits.isascii() and digits.isdecimal() and len(digits) == DIGITS):
        raise FactorRefused(_("A code has six digits."), Reason.WRONG_CODE, "form")
    clock = TOTP(secret, STEP_SECONDS, digits=DIGITS)
    clock.time = now().timestamp()
    if clock.verify(int(digits), DRIFT_STEPS, min_t=after + 1):
        return int(clock.t())
    if clock.verify(int(digits), DRIFT_STEPS):
        raise FactorRefused(
            _("This code was used already: wait for the next one."), Reason.USED_CODE
        )
    raise FactorRefused(
        _("This code does not fit. Take the newest one, and check the clock of your device."),
        Reason.WRONG_CODE,
    )


def _enrolment(account: Account, secret: bytes, made: int) -> Enrolment:
    typed = b32encode(secret).decode()
    parts = {"secret": typed, "issuer": ISSUER, "algorithm": "SHA1", "digits": DIGITS}
    label = quote(f"{ISSUER}:{account.sealed.email}")
    uri = f"otpauth://totp/{label}?{urlencode({**parts, 'period': STEP_SECONDS})}"
    sealed = vault.seal(PLATFORM, made.to_bytes(8) + secret, _bound_to(account))
    return Enrolment(
        sealed=urlsafe_b64encode(sealed).decode(),
        typed=" ".join(typed[start : start + 4] for start in range(0, len(typed), 4)),
        picture=segno.make(uri, error="m").svg_data_uri(scale=5, light="#fff", border=3),
    )


def _open_form(account: Account, sealed: str) -> tuple[bytes, int]:
    """Return the secret of a form and when it was made (Unix time)."""
    too_old = FactorRefused(_("This page is too old: begin again."), Reason.DEAD_LINK, "page")
    try:
        plain = vault.open_sealed(PLATFORM, urlsafe_b64decode(sealed), _bound_to(account))
    except (ValueError, SealBroken):
        raise too_old from None
    made = int.from_bytes(plain[:8])
    if time.time() - made > PAGE_SECONDS:
        raise too_old
    return plain[8:], made


def _bound_to(account: Account) -> bytes:
    return b"authenticator-enrolment" + account.pk.bytes


def _group() -> str:
    return "".join(secrets.choice(RECOVERY_ALPHABET) for _number in range(GROUP_LENGTH))


def _slow_hash(account: Account, code: str, salt: bytes) -> bytes:
    plain = "".join(sign for sign in code.casefold() if sign.isalnum())
    slow = hash_secret_raw(plain.encode(), salt, type=Type.ID, **RECOVERY_COST)
    return vault.blind_index(PLATFORM, f"recovery-code\x1f{account.pk}\x1f{slow.hex()}")
