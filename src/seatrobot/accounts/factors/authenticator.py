"""An app that shows a new six-digit code every 30 seconds (TOTP, RFC 6238).

Its secret travels sealed in the form that enrols it, bound to the account and to 15 minutes, so
two tabs cannot mix theirs up and nothing is kept before a code has proven that the app has it.
"""

from __future__ import annotations

import secrets
import time
from base64 import b32encode, urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import segno
from django.utils.translation import gettext as _
from django_otp.oath import TOTP

from seatrobot.accounts.factors.errors import FactorRefused
from seatrobot.accounts.factors.models import Authenticator, AuthenticatorRecord
from seatrobot.accounts.models import Account
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


@dataclass(frozen=True, slots=True)
class Enrolment:
    """sealed: the secret for the form. typed: the secret in groups of four. picture: a data URI."""

    sealed: str
    typed: str
    picture: str


def propose(account: Account) -> Enrolment:
    """Return a new secret for an app."""
    return _enrolment(account, secrets.token_bytes(SECRET_BYTES), int(time.time()))


def again(account: Account, sealed: str) -> Enrolment:
    """Return the same secret again, after a code that did not fit; raises FactorRefused."""
    return _enrolment(account, *_open(account, sealed))


def enrol(account: Account, *, name: str, sealed: str, code: str) -> Authenticator:
    """Keep an app whose code fits; raises FactorRefused. The caller holds the account's lock."""
    if Authenticator.objects.filter(account=account).exists():
        raise FactorRefused(_("An app is set up already: remove it first."), Reason.POLICY, "known")
    secret, _made = _open(account, sealed)
    step = _step_of(secret, code, after=0)
    return Authenticator.objects.create(
        account=account,
        sealed=AuthenticatorRecord(name, secret),
        last_step=step,
        created_at=now(),
    )


def check(account: Account, code: str) -> None:
    """Accept a code once; raises FactorRefused."""
    app = Authenticator.objects.select_for_update().filter(account=account).first()
    if app is None:
        raise FactorRefused(_("This code does not fit."), Reason.WRONG_CODE, "none")
    app.last_step = _step_of(app.sealed.secret, code, after=app.last_step)
    app.used_at = now()
    app.save(update_fields=["last_step", "used_at"])


def _step_of(secret: bytes, code: str, *, after: int) -> int:
    """Return the time step a code belongs to: the present one or one beside it, after the last."""
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
    sealed = vault.seal(PLATFORM, made.to_bytes(8) + secret, _place(account))
    return Enrolment(
        sealed=urlsafe_b64encode(sealed).decode(),
        typed=" ".join(typed[start : start + 4] for start in range(0, len(typed), 4)),
        picture=segno.make(uri, error="m").svg_data_uri(scale=5, light="#fff", border=3),
    )


def _open(account: Account, sealed: str) -> tuple[bytes, int]:
    """Return the secret of a form and when it was made."""
    too_old = FactorRefused(_("This page is too old: begin again."), Reason.DEAD_LINK, "page")
    try:
        plain = vault.open_sealed(PLATFORM, urlsafe_b64decode(sealed), _place(account))
    except (ValueError, SealBroken):
        raise too_old from None
    made = int.from_bytes(plain[:8])
    if time.time() - made > PAGE_SECONDS:
        raise too_old
    return plain[8:], made


def _place(account: Account) -> bytes:
    return b"authenticator-enrolment" + account.pk.bytes
