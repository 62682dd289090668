"""What a returned mail and a link in it are known by: identifiers with a tag of HMAC-SHA-256.

The return path of a delivery (VERP) is `b+TOKEN@domain`, TOKEN in base32, because case may be lost
on the way: the delivery (16 bytes), the end of the organization's identifier (6) and the tag (10).
The local part has 54 characters; 64 are allowed (RFC 5321, 4.5.3.1.1). The keys are made of the
instance's secret; that of a link to unsubscribe is another one.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.core.signing import Signer
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

PREFIX = "b"
OF_ORGANIZATION, TAG = 6, 10
RETURN_PATH = "invitations.return-path"
UNSUBSCRIBE = "invitations.unsubscribe"
_TOKEN = re.compile(r"[a-z2-7]{52}")


def return_path(organization_id: UUID, delivery_id: UUID, domain: str) -> str:
    """Return the address that what comes back about a delivery is sent to."""
    return f"{PREFIX}+{_token(organization_id, delivery_id)}@{domain}"


def whose(address: str, organizations: Iterable[UUID]) -> tuple[UUID, UUID] | None:
    """Return organization and delivery of a return path; None for one that we did not make."""
    local = address.rpartition("@")[0].strip('"').lower()
    prefix, _plus, text = local.partition("+")
    if prefix != PREFIX or not _TOKEN.fullmatch(text):
        return None
    raw = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    delivery_id, end = UUID(bytes=raw[:16]), raw[16 : 16 + OF_ORGANIZATION]
    for organization_id in organizations:
        # The texts are compared, not the bytes: the last letter has bits to spare.
        if organization_id.bytes.endswith(end) and hmac.compare_digest(
            _token(organization_id, delivery_id), text
        ):
            return organization_id, delivery_id
    return None


def unsubscribe_link(organization_id: UUID, delivery_id: UUID) -> str:
    """Return the page on which the address of a delivery is unsubscribed."""
    signature = _signature(organization_id, delivery_id)
    path = reverse("unsubscribe:ask", args=[organization_id, delivery_id, signature])
    return f"{settings.BASE_URL}{path}"


def is_signed(organization_id: UUID, delivery_id: UUID, signature: str) -> bool:
    return constant_time_compare(signature, _signature(organization_id, delivery_id))


def _signature(organization_id: UUID, delivery_id: UUID) -> str:
    return Signer(salt=UNSUBSCRIBE).signature(f"{organization_id}/{delivery_id}")


def _token(organization_id: UUID, delivery_id: UUID) -> str:
    said = delivery_id.bytes + organization_id.bytes[-OF_ORGANIZATION:]
    whole = organization_id.bytes + delivery_id.bytes
    tag = salted_hmac(RETURN_PATH, whole, algorithm="sha256").digest()[:TAG]
    return base64.b32encode(said + tag).decode().rstrip("=").lower()
