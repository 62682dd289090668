"""The two conversations of WebAuthn: what a browser is asked, and the challenge kept for it.

A challenge is kept in the session, for one purpose, for five minutes, and answered once.
"""

from __future__ import annotations

import time
from enum import StrEnum
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from webauthn import generate_authentication_options, generate_registration_options
from webauthn.helpers import base64url_to_bytes, options_to_json_dict
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from seatrobot.accounts.factors import relying_party
from seatrobot.accounts.factors.errors import FactorRefused
from seatrobot.accounts.factors.models import Passkey
from seatrobot.accounts.models import Account
from seatrobot.accounts.sign_in_log.kinds import Reason

KEY = "challenge"
SECONDS = 5 * 60
TRANSPORTS = {transport.value: transport for transport in AuthenticatorTransport}


class Purpose(StrEnum):
    ENROL = "enrol"
    SIGN_IN = "sign-in"
    SECOND_STEP = "second-step"
    CONFIRM = "confirm"


def enrol_options(
    request: HttpRequest, account: Account, *, afresh: bool = False
) -> dict[str, Any]:
    """Ask for a discoverable passkey that verifies its user, on a device without one.

    afresh: also on a device that has one already, as those of before will be void.
    """
    options = generate_registration_options(
        rp_id=relying_party.identifier(),
        rp_name=relying_party.NAME,
        user_id=account.pk.bytes,
        user_name=account.sealed.email,
        user_display_name=account.sealed.name,
        timeout=SECONDS * 1000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=None if afresh else _descriptors(account),
    )
    return _keep(request, Purpose.ENROL, options_to_json_dict(options))


def answer_options(
    request: HttpRequest, purpose: Purpose, account: Account | None
) -> dict[str, Any]:
    """Ask for any passkey of ours, or for one of an account; the device verifies its user."""
    options = generate_authentication_options(
        rp_id=relying_party.identifier(),
        timeout=SECONDS * 1000,
        allow_credentials=_descriptors(account) if account else None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _keep(request, purpose, options_to_json_dict(options))


def take_challenge(request: HttpRequest, purpose: Purpose) -> bytes:
    """Return the challenge that was asked, and forget it; raises FactorRefused without one."""
    kept = request.session.pop(KEY, None)
    if not kept or kept["for"] != purpose or time.time() - kept["at"] > SECONDS:
        sentence = _("This page is too old, or open in another tab: nothing changed. Try again.")
        raise FactorRefused(sentence, Reason.WRONG_PASSKEY, "challenge")
    return base64url_to_bytes(kept["challenge"])


def _keep(request: HttpRequest, purpose: Purpose, options: dict[str, Any]) -> dict[str, Any]:
    request.session[KEY] = {
        "challenge": options["challenge"],
        "for": str(purpose),
        "at": int(time.time()),
    }
    return options


def _descriptors(account: Account) -> list[PublicKeyCredentialDescriptor]:
    records = [row.sealed for row in Passkey.objects.filter(account=account)]
    return [
        PublicKeyCredentialDescriptor(
            id=record.credential_id,
            transports=[TRANSPORTS[name] for name in record.transports if name in TRANSPORTS],
        )
        for record in records
    ]
