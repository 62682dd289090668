"""Which devices and networks a person signs in from, and a mail at a new one.

A device is browser and system without their versions, so an update is not new. Once a device or
network is known no further mail is sent for it; the first sign-in ever sends none.
"""

from __future__ import annotations

from seatrobot.accounts import devices
from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import Account
from seatrobot.accounts.sign_in_log import places
from seatrobot.accounts.sign_in_log.models import KnownPlace, SignIn
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.vault import services as vault


def compare(sign_in: SignIn, account: Account) -> None:
    """Keep the device and network of a successful sign-in; have a mail sent if one is new."""
    keys = _keys(sign_in, account)
    mine = KnownPlace.objects.filter(account=account)
    known = {bytes(key) for key in mine.values_list("key", flat=True)}
    new = [key for key in keys if key not in known]
    KnownPlace.objects.bulk_create(
        [KnownPlace(key=key, account=account, at=now()) for key in new],
        ignore_conflicts=True,
    )
    if known and new:
        journal.record(Action.ACCOUNT_SIGN_IN_NEW_PLACE, subject=sign_in.pk)
        defer(
            "sign-in-log.tell-of-new-place", sign_in_id=str(sign_in.pk), account_id=str(account.pk)
        )


def forget(sign_in: SignIn, account: Account) -> None:
    """Let device and network of a sign-in that was somebody else's be new again."""
    KnownPlace.objects.filter(account=account, key__in=_keys(sign_in, account)).delete()


def _keys(sign_in: SignIn, account: Account) -> list[bytes]:
    return [_key(account, kind, text) for kind, text in _parts(sign_in)]


def _parts(sign_in: SignIn) -> list[tuple[str, str]]:
    device = devices.look_at(sign_in.sealed.agent)
    neighbourhood = places.neighbourhood_of(sign_in.sealed.ip)
    return [("device", f"{device.type} {device.name} {device.thing}"), ("network", neighbourhood)]


def _key(account: Account, kind: str, text: str) -> bytes:
    return vault.blind_index(PLATFORM, "\x1f".join((kind, str(account.pk), text)))
