"""Evidence, its summary by day, changes of state, and attestations.

No row holds Customer Data. Evidence and attestations are signed statements; their other columns
only serve to find them.
"""

from __future__ import annotations

from typing import Literal

import msgspec
from django.db import models

from seatrobot.kernel.ids import new_id
from seatrobot.kernel.promises.declaring import Number


class Examination(msgspec.Struct, omit_defaults=True):
    """The statement of one examination.

    at: when it ended. took: seconds. failure: why it measured nothing. within: whether all was
    within its limits; None when it failed. code: version of the program. check: hash of the check.
    journal: its journal entry, which holds the hash of this statement, so that evidence which is
    removed or inserted later is detected. not_set_up: whether it failed because something is not
    set up here. wording: hash of the sentence it was made for. published: of the files beside it.
    """

    id: str
    promise: str
    at: str
    took: float
    code: str
    check: str
    journal: str
    measurements: dict[str, Number] = {}
    notes: list[str] = []
    failure: str = ""
    within: bool | None = None
    not_set_up: bool = False
    wording: str = ""
    published: str = ""


class Evidence(models.Model):
    """A stored examination.

    number: of a page of the history; nobody signs it, so it never decides which row is the newest.
    id: in the signed statement; the largest is the newest. within: None when it failed.
    """

    number = models.BigAutoField(primary_key=True)
    id = models.UUIDField(unique=True, default=new_id, editable=False)
    promise = models.CharField(max_length=60)
    at = models.DateTimeField()
    within = models.BooleanField(null=True)
    text = models.TextField()
    signature = models.TextField()

    class Meta:
        db_table = "promises_evidence"
        indexes = [models.Index(fields=["promise", "-id"], name="promises_evidence_latest")]

    def __str__(self) -> str:
        return f"{self.promise} {self.at:%Y-%m-%d %H:%M:%S}"


class Day(models.Model):
    """Summary of a promise's evidence of one day (UTC), so that ninety days are quick to read.

    first_at, last_at: of its evidence. kept_at: of the last that was within limits. longest_gap:
    seconds between two examinations. broken, failed: whether any was.
    """

    promise = models.CharField(max_length=60)
    day = models.DateField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    kept_at = models.DateTimeField(null=True)
    longest_gap = models.FloatField(default=0)
    broken = models.BooleanField(default=False)
    failed = models.BooleanField(default=False)

    class Meta:
        db_table = "promises_day"
        constraints = [models.UniqueConstraint(fields=["promise", "day"], name="one_promise_day")]

    def __str__(self) -> str:
        return f"{self.promise} {self.day}"


class Change(models.Model):
    """A recorded change of a promise's state.

    number: the order of writing, independent of clocks.
    """

    number = models.BigIntegerField(
        unique=True,
        editable=False,
        db_default=models.Func(models.Value("promises_change_number"), function="nextval"),
    )
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    promise = models.CharField(max_length=60)
    at = models.DateTimeField(db_index=True)
    before = models.CharField(max_length=10, blank=True)
    state = models.CharField(max_length=10)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "promises_change"
        indexes = [models.Index(fields=["promise", "-number"], name="promises_change_last")]

    def __str__(self) -> str:
        return f"{self.promise}: {self.before} → {self.state}"


class Attestation(msgspec.Struct):
    """The statement of a person in a role, as they signed it.

    by: account. at, until: moments. document: SHA-256 of the document seen.
    note: one public sentence. of: on a confirmation, the attestation it confirms.
    """

    kind: Literal["attestation"]
    id: str
    promise: str
    role: str
    at: str
    until: str
    by: str = msgspec.field(name="account")
    document: str = ""
    note: str = ""
    of: str = ""


class AttestationRow(models.Model):
    """An attestation or, with `of`, a second person's confirmation of one.

    signature: the passkey's, as JSON (kernel.signed.Signed without the text).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    promise = models.CharField(max_length=60, db_index=True)
    of = models.ForeignKey("self", models.CASCADE, null=True, related_name="confirmations")
    at = models.DateTimeField()
    text = models.TextField()
    signature = models.TextField()

    class Meta:
        db_table = "promises_attestation"

    def __str__(self) -> str:
        return f"{self.promise} {self.at:%Y-%m-%d}"


class SigningKey(models.Model):
    """Somebody's passkey, noted when it was enrolled, so that what it signs is known to be theirs.

    key_hash: SHA-256 of its public key (COSE). rp_id: the host name that it was enrolled for.
    attests: whether it may sign attestations: it was enrolled by staff. removed_at: set once, when
    the passkey was removed. The row stays then, because what was signed before stays true.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account_id = models.UUIDField()
    key_hash = models.BinaryField()
    rp_id = models.CharField(max_length=255, db_default="")
    attests = models.BooleanField(db_default=True)
    at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "promises_signing_key"
        indexes = [models.Index(fields=["account_id"], name="promises_keys_of_account")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.at:%Y-%m-%d}"
