"""A model field that holds a typed record, sealed to its own row.

The database sees bytes. Their associated data is table, column, primary key and organization, so a
value moved to another row, column or organization does not open. A model without
`organization_id` is sealed under the platform's keyring. The last byte is the version of the
record (see versions.py), in clear and part of the associated data.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import UUID

import msgspec
from django.apps import apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from seatrobot.kernel import cards
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.unit_of_work import UnitOfWork, current, current_or_none
from seatrobot.kernel.vault import masking
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import MaskedValue
from seatrobot.kernel.vault.keyring import KeyClass
from seatrobot.kernel.vault.looks import PREFIX, SHORTEST
from seatrobot.kernel.vault.versions import version_of

R = TypeVar("R", bound=msgspec.Struct)

_encode = msgspec.msgpack.Encoder(uuid_format="bytes").encode

if TYPE_CHECKING:
    _Field = models.Field
else:

    class _Field(models.Field):
        """Django's own, which type checkers know with parameters and the interpreter without."""

        __class_getitem__ = classmethod(lambda cls, _types: cls)


class SealedField(_Field[R, R], Generic[R]):
    """`sealed = SealedField(GuestRecord)`; reading the attribute opens it once.

    key_class: the class of keys that special categories of data are sealed under; they open only
    in a unit of work whose principal holds the class (features.Feature.key_classes).
    """

    def __init__(
        self,
        record: type[R] | None = None,
        *,
        key_class: KeyClass | None = None,
        **options: Any,
    ) -> None:
        options["editable"] = False
        super().__init__(**options)
        self.record = record
        self.key_class = key_class
        if record is not None:
            self.version = version_of(record)
            self._mark = bytes([self.version])
            self._decode = msgspec.msgpack.Decoder(record).decode

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        options.pop("editable", None)
        return name, path, args, options

    def db_type(self, connection: BaseDatabaseWrapper) -> str:  # noqa: ARG002  Django's own signature
        return "bytea"

    def db_check(self, connection: BaseDatabaseWrapper) -> str:
        """Hold the column to the form of a sealed value: nothing empty, nothing in clear."""
        column = connection.ops.quote_name(str(self.column))
        return (
            f"octet_length({column}) >= {SHORTEST} AND substr({column}, 1, 1) = '\\x{PREFIX:02x}'"
        )

    def contribute_to_class(
        self,
        cls: type[models.Model],
        name: str,
        private_only: bool = False,  # noqa: FBT001, FBT002  Django's own signature
    ) -> None:
        super().contribute_to_class(cls, name, private_only)
        if self.record is not None:
            setattr(cls, self.attname, _Opening(self))

    def pre_save(self, model_instance: models.Model, add: bool) -> bytes | None:  # noqa: ARG002, FBT001  Django's own signature
        value = model_instance.__dict__[self.attname]
        if isinstance(value, msgspec.Struct):
            return self.seal_record(model_instance.pk, _organization(model_instance), value)
        return None if value is None else bytes(value)

    def get_prep_value(self, value: Any) -> Any:
        """Refuse a record that was not sealed, as `update(sealed=record)` would pass it."""
        if isinstance(value, msgspec.Struct):
            raise TypeError("seal a record through its row: instance.save() or seal_record()")
        return value

    def seal_record(self, pk: UUID, organization_id: UUID, record: msgspec.Struct) -> bytes:
        """Return the record as bytes that open only at this row.

        Numbers of payment cards are refused (cards.CardNumber), or cut where the record is one of a
        log, which must not fail for what somebody sent (`CUTS_CARDS`).

        What staff save keeps what is under the masks that they see; raises MaskedValue for a mask
        that has nothing under it.
        """
        access = current_or_none()
        if access is not None and self._masks(access, pk):
            record = self._restored(pk, organization_id, record)
        if getattr(record, "CUTS_CARDS", False):
            record = cards.cut_record(record)
        encoded = _encode(record)
        cards.refuse_record(record, encoded)
        place = self._place(pk, organization_id) + self._mark
        return vault.seal(organization_id, encoded, place, self.key_class) + self._mark

    def open_record(self, pk: UUID, organization_id: UUID, sealed: bytes) -> R:
        """Return the record that was sealed at this row; see `vault.open_sealed` for errors.

        What a newer version of the record holds beyond this one is left out. Personal fields are
        masked in a unit of work that masks them (masking.py).
        """
        record = self._open(pk, organization_id, sealed)
        return masking.masked(record, pk) if self._masks(current(), pk) else record

    def _open(self, pk: UUID, organization_id: UUID, sealed: bytes) -> R:
        place = self._place(pk, organization_id) + sealed[-1:]
        plain = vault.open_sealed(organization_id, bytes(sealed[:-1]), place, self.key_class)
        return self._decode(plain)

    def _masks(self, access: UnitOfWork, pk: UUID) -> bool:
        """Return whether this record is masked; what a person has said of themselves never is."""
        return access.masks and pk != access.actor.account_id

    def _restored(self, pk: UUID, organization_id: UUID, record: msgspec.Struct) -> msgspec.Struct:
        if not masking.holds_masks(record):
            return record
        rows: models.QuerySet[Any] = models.QuerySet(self.model).filter(pk=pk)
        sealed = rows.values_list(self.attname, flat=True).first()
        if sealed is not None:
            known = self._open(pk, organization_id, bytes(sealed))
            record = masking.restored(record, known, pk)
        if masking.holds_masks(record):
            raise MaskedValue
        return record

    def try_keys(
        self, pk: UUID, organization_id: UUID, sealed: bytes, stranger: UUID
    ) -> tuple[bool, bool]:
        """Return whether a value opens at its row, and with a stranger's keys (vault.try_keys)."""
        place = self._place(pk, organization_id) + sealed[-1:]
        return vault.try_keys(organization_id, stranger, sealed[:-1], place, self.key_class)

    def count_cards(self, pk: UUID, organization_id: UUID, sealed: bytes) -> int:
        """Return how many numbers of payment cards a value holds, for examinations."""
        place = self._place(pk, organization_id) + sealed[-1:]
        return vault.examine_value(
            organization_id,
            bytes(sealed[:-1]),
            place,
            self.key_class,
            lambda plain: cards.count(self._decode(plain)),
        )

    def personal_texts(
        self, pk: UUID, organization_id: UUID, sealed: bytes
    ) -> list[tuple[str, bool]]:
        """Return what `masking.personal_texts` gives, for examinations that search for it.

        Nothing of a record that is one of a log.
        """
        if getattr(self.record, "CUTS_CARDS", False):
            return []
        place = self._place(pk, organization_id) + sealed[-1:]
        return vault.examine_value(
            organization_id,
            bytes(sealed[:-1]),
            place,
            self.key_class,
            lambda plain: list(masking.personal_texts(self._decode(plain))),
        )

    def place(self, pk: UUID, organization_id: UUID, sealed: bytes) -> tuple[bytes, bytes]:
        """Return what a value of this row is sealed to, and the value without its version."""
        return self._place(pk, organization_id) + sealed[-1:], sealed[:-1]

    def owner(self, organization_id: UUID) -> str:
        """Return SQL for the rows that are sealed under these keys; `%(o)s` is the owner."""
        columns = {str(other.column) for other in self.model._meta.concrete_fields}
        own = "organization_id"
        if self.model._meta.db_table == "organizations_organization":
            own = "id"
        elif own not in columns:
            return "true" if organization_id == PLATFORM else "false"
        return f"{own} IS NULL" if organization_id == PLATFORM else f"{own} = %(o)s"

    def _place(self, pk: UUID, organization_id: UUID) -> bytes:
        return self._prefix + pk.bytes + organization_id.bytes

    @cached_property
    def _prefix(self) -> bytes:
        return f"{self.model._meta.db_table}.{self.column}".encode()


def sealed_fields() -> Iterator[SealedField[Any]]:
    """Give every sealed field of every model, in the order of models and fields."""
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, SealedField):
                yield field


class _Opening:
    """Opens the sealed bytes of an instance when the attribute is first read."""

    def __init__(self, field: SealedField[Any]) -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, owner: type[models.Model]) -> Any:
        if instance is None:
            return self
        name = self.field.attname
        if name not in instance.__dict__:
            instance.refresh_from_db(fields=[name])
        value = instance.__dict__[name]
        if isinstance(value, (bytes, memoryview)):
            value = self.field.open_record(instance.pk, _organization(instance), bytes(value))
            instance.__dict__[name] = value
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


def _organization(instance: models.Model) -> UUID:
    return getattr(instance, "organization_id", None) or PLATFORM
