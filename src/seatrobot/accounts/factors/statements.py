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

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from seatrobot.accounts.factors import webauthn
from seatrobot.accounts.factors.refusals import FactorRefused
from seatrobot.accounts.factors.webauthn import Purpose
from seatrobot.accounts.models import Account
from seatrobot.accounts.sign_in_log.kinds import Reason
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.signed import NotSigned, Signed, canonical, challenge, unpack, verify

__all__ = ["Facts", "NotSigned", "Signed", "ask", "challenge", "receive", "unpack", "verify"]
KEY = "statement"
Facts = Mapping[str, str | int | bool | None]


def ask(request: HttpRequest, account: Account, facts: Facts) -> dict[str, Any]:
    """Return the options for a passkey of the account that is to sign a statement.

    facts: what is stated, with a `kind` that no other statement has. Account, time and an
    identifier are added.
    """
    assert facts["kind"]
    added = {"account": str(account.pk), "at": now().isoformat(), "id": str(new_id())}
    text = canonical({**facts, **added})
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
