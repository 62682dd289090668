"""A statement that a person signs with their passkey, verified later by whoever holds it.

The challenge that the passkey signs is a hash of the statement, with a prefix that keeps it apart
from the random challenges of a sign-in. A page shows what is stated, because no browser does:

    statements.ask(request, account, {"kind": "policy", "text": digest})     # as JSON to the script
    ...
    signed = statements.receive(request, account, kind="policy")             # of the form it sends

`receive` returns the statement as it was asked for, never as the form has it. What is kept is the
statement, the answer, the public key, and the address at which it was signed, so that a service
that moves can verify what was signed before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import msgspec
from django.http import HttpRequest
from django.utils.translation import gettext as _
from webauthn import verify_authentication_response

from seatrobot.accounts.factors import webauthn
from seatrobot.accounts.factors.refusals import FactorRefused
from seatrobot.accounts.factors.webauthn import Purpose
from seatrobot.accounts.models import Account
from seatrobot.accounts.sign_in_log.kinds import Reason
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id

DOMAIN = b"seatrobot statement v1\\n"
KEY = "statement"
Facts = Mapping[str, str | int | bool | None]


class NotSigned(Exception):
    """A statement does not bear the signature that is kept with it."""


class Signed(msgspec.Struct, frozen=True):
    """A statement with its signature.

    text: the statement, as JSON with sorted keys. answer: the browser's answer (an assertion of
    WebAuthn, as JSON). public_key: of the passkey (COSE). rp_id, origin: where it was signed.
    """

    text: str
    answer: str
    public_key: bytes
    rp_id: str
    origin: str

    @property
    def facts(self) -> dict[str, Any]:
        """Return what is stated; call `verify` before."""
        found: dict[str, Any] = json.loads(self.text)
        return found

    @property
    def digest(self) -> str:
        """Return the SHA-256 of all of it in hexadecimal, for the journal."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()

    def packed(self) -> str:
        """Return it as JSON, for a column."""
        return msgspec.json.encode(self).decode()


def unpack(packed: str) -> Signed:
    """Return a statement of a column, unverified; raise NotSigned for what is none."""
    try:
        return msgspec.json.decode(packed, type=Signed)
    except (msgspec.DecodeError, ValueError) as error:
        raise NotSigned("this is no signed statement") from error


def ask(request: HttpRequest, account: Account, facts: Facts) -> dict[str, Any]:
    """Return the options for a passkey of the account that is to sign a statement.

    facts: what is stated, with a `kind` that no other statement has. Account, time and an
    identifier are added.
    """
    assert facts["kind"]
    added = {"account": str(account.pk), "at": now().isoformat(), "id": str(new_id())}
    text = json.dumps({**facts, **added}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    options = webauthn.authentication_options(
        request, Purpose.STATEMENT, account, challenge=challenge(text)
    )
    request.session[KEY] = text
    return options


def receive(request: HttpRequest, account: Account, *, kind: str) -> Signed:
    """Return the statement that the form's answer signs; raise FactorRefused.

    It is worth something once, for five minutes, and for one kind of statement. The caller
    compares its facts with what holds now.
    """
    text = str(request.session.pop(KEY, ""))
    expected = webauthn.pop_challenge(request, Purpose.STATEMENT)
    if not text or challenge(text) != expected or json.loads(text).get("kind") != kind:
        raise _other()
    answer = request.POST.get("answer", "")
    passkey = webauthn.check_passkey(account, answer=answer, challenge=expected)
    signed = Signed(
        text=text,
        answer=_minimal(answer),
        public_key=passkey.sealed.public_key,
        rp_id=webauthn.rp_id(),
        origin=webauthn.origin(),
    )
    if signed.facts["account"] != str(account.pk):
        raise _other()
    verify(signed)
    return signed


def verify(signed: Signed) -> None:
    """Raise NotSigned unless the kept public key has signed the statement, its user verified.

    Whose key it is, is another question: the journal's entry of the act holds the digest.
    """
    try:
        verify_authentication_response(
            credential=signed.answer,
            expected_challenge=challenge(signed.text),
            expected_rp_id=signed.rp_id,
            expected_origin=signed.origin,
            credential_public_key=signed.public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception as error:  # a forged answer can break the parser in any way
        raise NotSigned(str(error)) from error


def challenge(text: str) -> bytes:
    """Return what a passkey signs for a statement."""
    return hashlib.sha256(DOMAIN + hashlib.sha256(text.encode()).digest()).digest()


def _minimal(answer: str) -> str:
    """Return an answer with the members alone that its signature covers or a verifier asks for."""
    given = json.loads(answer)
    response = given["response"]
    kept = {name: response[name] for name in ("clientDataJSON", "authenticatorData", "signature")}
    return json.dumps(
        {"id": given["id"], "rawId": given["rawId"], "type": given["type"], "response": kept}
    )


def _other() -> FactorRefused:
    sentence = _("This page is too old, or open in another tab: nothing changed. Try again.")
    return FactorRefused(sentence, Reason.WRONG_PASSKEY, "statement")
