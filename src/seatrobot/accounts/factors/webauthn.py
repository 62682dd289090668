"""Passkeys (W3C WebAuthn 3): what a browser is asked, enrolling a passkey, and checking an answer.

A challenge is stored in the session, for one purpose, for five minutes, and can be answered once.
Passkeys are bound to a host name, so a service reached by IP address alone has none.
"""

from __future__ import annotations

import hashlib
import time
from enum import StrEnum
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    options_to_json_dict,
    parse_authentication_credential_json,
    parse_registration_credential_json,
)
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from seatrobot.accounts.factors.refusals import FactorRefused
from seatrobot.accounts.models import Account, Passkey, PasskeyRecord, StaffMember
from seatrobot.accounts.sign_in_log.kinds import Reason
from seatrobot.kernel.clock import now
from seatrobot.kernel.promises import attesting

SERVICE_NAME = "Seatrobot"
CHALLENGE_KEY = "challenge"
CHALLENGE_SECONDS = 5 * 60
TRANSPORTS = {transport.value: transport for transport in AuthenticatorTransport}
LONGEST_ANSWER = 64 * 1024
LONGEST_DETAIL = 200
LONGEST_CREDENTIAL_ID = 1023


class Purpose(StrEnum):
    """What a challenge was made for; its answer is worth nothing for anything else."""

    ENROL = "enrol"
    SIGN_IN = "sign-in"
    SECOND_STEP = "second-step"
    CONFIRM = "confirm"
    STATEMENT = "statement"


def rp_id() -> str:
    """Return the host name passkeys are bound to; "" where the service has none."""
    host = urlsplit(settings.BASE_URL).hostname or ""
    try:
        is_this_machine = ip_address(host).is_loopback
    except ValueError:
        return host
    return "localhost" if is_this_machine else ""


def origin() -> str:
    """Return the origin at which passkeys work; "" where they cannot."""
    parts, host = urlsplit(settings.BASE_URL), rp_id()
    if not host or (parts.scheme != "https" and host != "localhost"):
        return ""
    return f"{parts.scheme}://{host}:{parts.port}" if parts.port else f"{parts.scheme}://{host}"


def registration_options(
    request: HttpRequest, account: Account, *, afresh: bool = False
) -> dict[str, Any]:
    """Return the options for a discoverable passkey that verifies its user.

    A device that has a passkey of the account refuses, unless `afresh`: then older passkeys are
    about to be removed.
    """
    options = generate_registration_options(
        rp_id=rp_id(),
        rp_name=SERVICE_NAME,
        user_id=account.pk.bytes,
        user_name=account.sealed.email,
        user_display_name=account.sealed.name,
        timeout=CHALLENGE_SECONDS * 1000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=None if afresh else _descriptors(account),
    )
    return _with_challenge(request, Purpose.ENROL, options_to_json_dict(options))


def authentication_options(
    request: HttpRequest,
    purpose: Purpose,
    account: Account | None,
    *,
    challenge: bytes | None = None,
) -> dict[str, Any]:
    """Return the options for any passkey of this service, or for those of one account.

    challenge: what is to be signed, where it is not a random number.
    """
    options = generate_authentication_options(
        rp_id=rp_id(),
        challenge=challenge,
        timeout=CHALLENGE_SECONDS * 1000,
        allow_credentials=_descriptors(account) if account else None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _with_challenge(request, purpose, options_to_json_dict(options))


def pop_challenge(request: HttpRequest, purpose: Purpose) -> bytes:
    """Return the stored challenge and delete it; raise FactorRefused without a valid one."""
    stored = request.session.pop(CHALLENGE_KEY, None)
    if not stored or stored["for"] != purpose or time.time() - stored["at"] > CHALLENGE_SECONDS:
        sentence = _("This page is too old, or open in another tab: nothing changed. Try again.")
        raise FactorRefused(sentence, Reason.WRONG_PASSKEY, "challenge")
    return base64url_to_bytes(stored["challenge"])


def owner_of(answer: str, *, staff: bool) -> Account:
    """Return the member or staff whose passkey an answer names; nothing of it is verified yet.

    Raise FactorRefused where there is none. A disabled staff member is found: only the holder of
    the passkey learns that the account is disabled.
    """
    credential_hash = _hash(_parsed(answer).raw_id)
    rows = Account.objects.filter(passkeys__credential_hash=credential_hash)
    rows = (
        rows.filter(staff__isnull=False)
        if staff
        else rows.filter(staff__isnull=True, is_active=True)
    )
    account = rows.first()
    if account is None:
        raise FactorRefused(_("This passkey is not known here."), Reason.WRONG_PASSKEY, "unknown")
    return account


def enrol_passkey(account: Account, *, name: str, answer: str, challenge: bytes) -> Passkey:
    """Store a new passkey; raise FactorRefused. The caller locks the account."""
    try:
        _check_length(answer)
        credential = parse_registration_credential_json(answer)
        verified = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=rp_id(),
            expected_origin=origin(),
            require_user_verification=True,
        )
    except Exception as error:  # a forged answer can break the parser in any way
        raise _refusal(error) from error
    return _store(account, name, credential, verified)


def forget_passkeys(rows: QuerySet[Passkey]) -> None:
    """Delete passkeys of one account, and note of each until when it has signed."""
    found = list(rows)
    for account_id in {row.account_id for row in found}:
        keys = [row.sealed.public_key for row in found if row.account_id == account_id]
        attesting.note_removal(account_id, keys)
    rows.filter(pk__in=[row.pk for row in found]).delete()


def check_passkey(account: Account, *, answer: str, challenge: bytes) -> Passkey:
    """Return the account's passkey that signed the challenge; raise FactorRefused."""
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
            expected_rp_id=rp_id(),
            expected_origin=origin(),
            credential_public_key=passkey.sealed.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except Exception as error:  # a forged answer can break the parser in any way
        raise _refusal(error) from error
    passkey.sign_count = verified.new_sign_count
    passkey.is_synced = verified.credential_backed_up
    passkey.used_at = now()
    passkey.save(update_fields=["sign_count", "is_synced", "used_at"])
    return passkey


def _store(
    account: Account, name: str, credential: RegistrationCredential, verified: VerifiedRegistration
) -> Passkey:
    identifier = _hash(verified.credential_id)
    if Passkey.objects.filter(credential_hash=identifier).exists():
        raise FactorRefused(_("This passkey is enrolled already."), Reason.WRONG_PASSKEY, "known")
    if len(verified.credential_id) > LONGEST_CREDENTIAL_ID:
        raise FactorRefused(
            _("This passkey's identifier is too long."), Reason.WRONG_PASSKEY, "identifier"
        )
    is_staff = StaffMember.objects.filter(pk=account.pk).exists()
    attesting.note_key(account.pk, verified.credential_public_key, rp_id=rp_id(), attests=is_staff)
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
    except Exception as error:  # a forged answer can break the parser in any way
        raise _refusal(error) from error


def _check_length(answer: str) -> None:
    if len(answer) > LONGEST_ANSWER:
        raise ValueError("the answer is too long")


def _refusal(error: Exception) -> FactorRefused:
    sentence = _("The passkey's answer did not fit this page: nothing changed. Try again.")
    return FactorRefused(sentence, Reason.WRONG_PASSKEY, str(error)[:LONGEST_DETAIL])


def _hash(identifier: bytes) -> bytes:
    return hashlib.sha256(identifier).digest()


def _with_challenge(
    request: HttpRequest, purpose: Purpose, options: dict[str, Any]
) -> dict[str, Any]:
    request.session[CHALLENGE_KEY] = {
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
