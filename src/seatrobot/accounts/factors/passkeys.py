"""Passkeys (W3C WebAuthn 3): enrolling one, and checking what one signed."""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.utils.translation import gettext as _
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import (
    parse_authentication_credential_json,
    parse_registration_credential_json,
)
from webauthn.helpers.structs import (
    AuthenticationCredential,
    CredentialDeviceType,
    RegistrationCredential,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from seatrobot.accounts.factors import relying_party
from seatrobot.accounts.factors.errors import FactorRefused
from seatrobot.accounts.factors.models import Passkey, PasskeyRecord
from seatrobot.accounts.models import Account
from seatrobot.accounts.sign_in_log.kinds import Reason
from seatrobot.kernel.clock import now

LONGEST_ANSWER = 64 * 1024
LONGEST_DETAIL = 200
LONGEST_CREDENTIAL_ID = 1023


def owner_of(answer: str) -> UUID | None:
    """Return the account whose passkey an answer names, before anything of it is checked."""
    identifier = _parsed(answer).raw_id
    rows = Passkey.objects.filter(credential_hash=_hash(identifier))
    return rows.values_list("account_id", flat=True).first()


def enrol(account: Account, *, name: str, answer: str, challenge: bytes) -> Passkey:
    """Keep a new passkey; raises FactorRefused. Whoever calls holds the account's lock."""
    try:
        _check_length(answer)
        credential = parse_registration_credential_json(answer)
        verified = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=relying_party.identifier(),
            expected_origin=relying_party.origin(),
            require_user_verification=True,
        )
    except Exception as error:  # whatever a forged answer breaks in the parser is a refusal
        raise _refusal(error) from error
    return _keep(account, name, credential, verified)


def check(account: Account, *, answer: str, challenge: bytes) -> Passkey:
    """Return the account's passkey that signed the challenge; raises FactorRefused."""
    credential = _parsed(answer)
    rows = Passkey.objects.select_for_update().filter(account=account)
    passkey = rows.filter(credential_hash=_hash(credential.raw_id)).first()
    handle = credential.response.user_handle
    if passkey is None or (handle and handle != account.pk.bytes):
        raise FactorRefused(_("This passkey is not known here."), Reason.WRONG_PASSKEY, "unknown")
    try:
        verified = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=relying_party.identifier(),
            expected_origin=relying_party.origin(),
            credential_public_key=passkey.sealed.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except Exception as error:  # whatever a forged answer breaks in the parser is a refusal
        raise _refusal(error) from error
    passkey.sign_count = verified.new_sign_count
    passkey.is_synced = verified.credential_backed_up
    passkey.used_at = now()
    passkey.save(update_fields=["sign_count", "is_synced", "used_at"])
    return passkey


def _keep(
    account: Account, name: str, credential: RegistrationCredential, verified: VerifiedRegistration
) -> Passkey:
    identifier = _hash(verified.credential_id)
    if Passkey.objects.filter(credential_hash=identifier).exists():
        raise FactorRefused(_("This passkey is enrolled already."), Reason.WRONG_PASSKEY, "known")
    if len(verified.credential_id) > LONGEST_CREDENTIAL_ID:
        raise FactorRefused(
            _("This passkey's identifier is too long."), Reason.WRONG_PASSKEY, "identifier"
        )
    return Passkey.objects.create(
        account=account,
        credential_hash=identifier,
        sealed=PasskeyRecord(
            name,
            verified.credential_id,
            verified.credential_public_key,
            [transport.value for transport in credential.response.transports or []],
            verified.aaguid,
        ),
        sign_count=verified.sign_count,
        is_synced=verified.credential_device_type == CredentialDeviceType.MULTI_DEVICE,
        created_at=now(),
    )


def _parsed(answer: str) -> AuthenticationCredential:
    try:
        _check_length(answer)
        return parse_authentication_credential_json(answer)
    except Exception as error:  # whatever a forged answer breaks in the parser is a refusal
        raise _refusal(error) from error


def _check_length(answer: str) -> None:
    if len(answer) > LONGEST_ANSWER:
        raise ValueError("the answer is too long")


def _refusal(error: Exception) -> FactorRefused:
    sentence = _("The passkey's answer did not fit this page: nothing changed. Try again.")
    return FactorRefused(sentence, Reason.WRONG_PASSKEY, str(error)[:LONGEST_DETAIL])


def _hash(identifier: bytes) -> bytes:
    return hashlib.sha256(identifier).digest()
