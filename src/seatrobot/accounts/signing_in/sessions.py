"""Sessions in the database, stored under the hash of their cookie, and the password backend.

A session and its account are read in one statement; the account waits in a context variable until
Django asks the backend for it.
"""

from __future__ import annotations

import hashlib
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.core import signing
from django.db import IntegrityError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from seatrobot.accounts import limits, services
from seatrobot.accounts.models import Account, Session, SessionRecord
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.compiled import Compiled
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.vault import services as vault

STALE_AFTER = timedelta(minutes=5)
"""Age of `used_at` after which a request updates it."""
LONGEST = timedelta(days=14)
"""How long after its sign-in a session ends, even if it is used."""
LONGEST_IDLE = timedelta(days=3)
"""How long after its last use a session ends."""
MOST_OF_NOBODY = 50
"""How many sessions without an account, as while a passkey is asked for, a network may have."""


_read_with_session: ContextVar[Account | None] = ContextVar("read_with_session", default=None)


class PasswordBackend:
    """Signs in with e-mail address and password, in the same time for unknown addresses."""

    def authenticate(
        self, _request: HttpRequest | None, username: str = "", password: str = "", **_: Any
    ) -> Account | None:
        account = services.find(username)
        if account is None:
            make_password(password)
            return None
        return account if account.check_password(password) and account.is_active else None

    def get_user(self, user_id: UUID) -> Account | None:
        account = _read_with_session.get()
        _read_with_session.set(None)
        if account is None or account.pk != user_id:
            account = Account.objects.filter(pk=user_id).first()
        return account if account and account.is_active else None


def live(whose: Q) -> Compiled:
    """Compile the query for a session that has not ended, for the accounts that `whose` selects."""
    return Compiled(
        lambda key_hash, moment, born_after, used_after: Session.objects.filter(
            whose,
            key_hash=key_hash,
            expire_date__gt=moment,
            created_at__gt=born_after,
            used_at__gt=used_after,
        ).values_list(*_SESSION, *(f"account__{name}" for name in _ACCOUNT)),
        key_hash=b"key",
        moment=datetime.fromtimestamp(0, UTC),
        born_after=datetime.fromtimestamp(1, UTC),
        used_after=datetime.fromtimestamp(2, UTC),
    )


def _fields(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


_SESSION, _ACCOUNT = _fields(Session), _fields(Account)


class _AsItIs:
    """A serializer that leaves signed bytes as they are."""

    def dumps(self, obj: bytes) -> bytes:
        return obj

    def loads(self, data: bytes) -> bytes:
        return data


@lru_cache(maxsize=1024)
def _verified(salt: str, session_data: str) -> bytes:
    """Return what a session stores once its signature is verified; the same text stays verified."""
    signed: bytes = signing.loads(session_data, salt=salt, serializer=_AsItIs)
    return signed


class SessionStore(SessionBase):
    """Django's session engine; `row` is the stored session once loaded.

    area: hashed with the key, so that a cookie of one area of the site opens nothing in another.
    is_used: whether this request counts as a use, which one that a page makes by itself does not.
    """

    area = b""
    longest = LONGEST
    longest_idle = LONGEST_IDLE
    stored = live(Q(account__staff__isnull=True))
    row: Session | None = None
    is_used = True

    @classmethod
    def of(cls, account: Account) -> QuerySet[Session]:
        """Return the account's sessions that have not ended."""
        moment = now()
        return Session.objects.filter(
            account=account,
            expire_date__gt=moment,
            created_at__gt=moment - cls.longest,
            used_at__gt=moment - cls.longest_idle,
        )

    def load(self) -> dict[str, Any]:
        self.row = self._read()
        if self.row is None:
            self._session_key = None
            return {}
        if self.is_used and now() - self.row.used_at > STALE_AFTER:
            _note_use(self.row)
        return self.decode(self.row.session_data)

    def _read(self) -> Session | None:
        """Read a session that has not expired, and its account, in one statement."""
        moment = now()
        row = self.stored.first(
            key_hash=self._hash(self.session_key or ""),
            moment=moment,
            born_after=moment - self.longest,
            used_after=moment - self.longest_idle,
        )
        if row is None:
            _read_with_session.set(None)
            return None
        session = Session.from_db(None, _SESSION, row[: len(_SESSION)])
        account = Account.from_db(None, _ACCOUNT, row[len(_SESSION) :])
        _read_with_session.set(account if session.account_id else None)
        return session

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        try:
            verified = _verified(self.key_salt, str(session_data))
        except signing.BadSignature:
            return super().decode(session_data)  # says so in the log
        data: dict[str, Any] = self.serializer().loads(verified)
        return data

    def _hash(self, key: str) -> bytes:
        return hashlib.sha256(self.area + key.encode()).digest()

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(key_hash=self._hash(session_key)).exists()

    def create(self) -> None:
        while True:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]  # Django's own
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002  Django's own signature
        if self.session_key is None:
            return self.create()
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]  # Django's own
        with acting(Actor.visitor()):
            if must_create:
                self._insert(data)
            else:
                self._update(data)
        return None

    def _insert(self, data: dict[str, Any]) -> None:
        moment = now()
        before = self.row if self.row and self.row.account_id else None  # same person, new key
        ip, agent = journal.origin()
        is_of_nobody = data.get(SESSION_KEY) is None
        row = Session(
            key_hash=self._hash(self.session_key or ""),
            account_id=data.get(SESSION_KEY),
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            created_at=before.created_at if before else moment,
            used_at=moment,
            longest_gap=before.longest_gap if before else 0,
            network=vault.blind_index(PLATFORM, limits.network(ip)) if is_of_nobody else None,
            sealed=SessionRecord(ip, agent),
        )
        try:
            row.save(force_insert=True)
        except IntegrityError as error:
            raise CreateError from error
        if is_of_nobody:
            _keep_newest(row.network)
        self.row = row

    def _update(self, data: dict[str, Any]) -> None:
        changed = Session.objects.filter(key_hash=self._hash(self.session_key or "")).update(
            account_id=data.get(SESSION_KEY),
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
        )
        if not changed:
            raise UpdateError

    def rotate(self) -> None:
        """Give this session a new key; its row, and so its identity in lists and logs, stays."""
        before = self._hash(self.session_key or "")
        self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]  # Django's own
        Session.objects.filter(key_hash=before).update(key_hash=self._hash(self._session_key))
        self.modified = True

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if session_key is None:
            self.row = None
        if key:
            Session.objects.filter(key_hash=self._hash(key)).delete()

    @classmethod
    def clear_expired(cls) -> None:
        moment = now()
        Session.objects.filter(
            Q(expire_date__lt=moment)
            | Q(created_at__lt=moment - LONGEST)
            | Q(used_at__lt=moment - LONGEST_IDLE)
        ).delete()

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session


def _keep_newest(network: bytes | None) -> None:
    """Delete all but the newest sessions of nobody of one network: anybody can begin them."""
    theirs = Session.objects.filter(account=None, network=network).order_by("-pk")
    Session.objects.filter(pk__in=theirs.values("pk")[MOST_OF_NOBODY:]).delete()


def _note_use(row: Session) -> None:
    moment = now()
    row.longest_gap = max(row.longest_gap, int((moment - row.used_at).total_seconds()))
    row.used_at = moment
    row.sealed = SessionRecord(*journal.origin())
    with acting(Actor.visitor()):
        row.save(update_fields=["used_at", "longest_gap", "sealed"])
