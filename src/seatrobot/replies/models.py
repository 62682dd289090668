"""Links with which guests answer, what they answered, the waiting list, and the guests' page."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

import msgspec
from django.db import models
from django.utils.translation import gettext_lazy as _

from seatrobot.dates import bounded
from seatrobot.events.models import Activity, Event
from seatrobot.guests.models import Guest, Party
from seatrobot.kernel.tenancy.carrying import Carried, Way
from seatrobot.kernel.tenancy.models import TenantModel
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.kernel.vault.masking import EVERYTHING
from seatrobot.kernel.words import WordField


class OfParty(TenantModel):
    """A row of one party, which the database deletes together with it."""

    event = models.ForeignKey(
        Event, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    party = models.ForeignKey(Party, models.DO_NOTHING, related_name="+", db_constraint=False)

    class Meta:
        abstract = True


class Link(OfParty):
    """A secret link with which one party answers.

    token_hash: of the token (`links.py`), which is not kept. issued_by: the account, None for the
    party itself. sent_at: when it was last handed over to be delivered. A party has one link of
    each kind at most that is not revoked.
    """

    class Kind(models.TextChoices):
        OWN = "own", _("The party's own link")
        ASSISTANT = "assistant", _("The link for an assistant")

    carried: ClassVar[Carried] = Carried(
        what=_("Links with which guests answer"),
        way=Way.STAYS,
        why=_("A link works only with the instance that issued it."),
    )

    kind = WordField(max_length=9, choices=Kind.choices, default=Kind.OWN)
    token_hash = models.BinaryField()
    issued_at = models.DateTimeField()
    issued_by = models.UUIDField(null=True)
    sent_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "replies_link"
        indexes = [models.Index(fields=["event"], name="reply_link_event")]
        constraints = [
            models.UniqueConstraint(fields=["token_hash"], name="reply_link_token"),
            models.UniqueConstraint(
                fields=["party", "kind"],
                condition=models.Q(revoked_at__isnull=True),
                name="one_link_of_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party_id} {self.kind}"


class Answer(OfParty):
    """That a party answered, by whom and how; what was answered stands with its guests.

    link: by which it came, None when the team took it (`by`, the account). coming, declined,
    waiting: how many of the party. seconds: since the link was sent; None where that is not known.
    is_quick: it came so soon after the link was sent that a machine may have given it.
    """

    class Channel(models.TextChoices):
        LINK = "link", _("By the link")
        ASSISTANT = "assistant", _("By the link of the assistant")
        PHONE = "phone", _("By phone")
        MAIL = "mail", _("By letter or e-mail")
        PERSON = "person", _("In person")
        LIST = "list", _("From the waiting list")

    carried: ClassVar[Carried] = Carried(
        what=_("When and how parties answered"), accounts=frozenset({"by"})
    )

    link = models.UUIDField(null=True)
    channel = WordField(max_length=9, choices=Channel.choices)
    by = models.UUIDField(null=True)
    at = models.DateTimeField()
    coming = models.PositiveSmallIntegerField()
    declined = models.PositiveSmallIntegerField()
    waiting = models.PositiveSmallIntegerField()
    seconds = models.PositiveIntegerField(null=True)
    is_quick = models.BooleanField(default=False)

    class Meta:
        db_table = "replies_answer"
        indexes = [models.Index(fields=["event", "at"], name="reply_answer_time")]
        constraints = [bounded("reply_answer_dates", "at")]

    def __str__(self) -> str:
        return f"{self.party_id} {self.at:%Y-%m-%d %H:%M}"


class Waiting(OfParty):
    """A party's turn on the waiting list: the earlier `since`, the sooner it gets its places."""

    carried: ClassVar[Carried] = Carried(what=_("Waiting lists"))

    since = models.DateTimeField()

    class Meta:
        db_table = "replies_waiting"
        indexes = [models.Index(fields=["event", "since"], name="reply_waiting_order")]
        constraints = [
            models.UniqueConstraint(fields=["party"], name="waits_once"),
            bounded("reply_waiting_dates", "since"),
        ]

    def __str__(self) -> str:
        return f"{self.party_id} {self.since:%Y-%m-%d %H:%M}"


class Attendance(TenantModel):
    """Whether a guest comes to a further activity, once they have said so."""

    carried: ClassVar[Carried] = Carried(what=_("Which activities guests come to"))

    event = models.ForeignKey(
        Event, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    party = models.ForeignKey(
        Party, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    guest = models.ForeignKey(
        Guest, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    activity = models.ForeignKey(Activity, models.DO_NOTHING, related_name="+", db_constraint=False)
    comes = models.BooleanField()

    class Meta:
        db_table = "replies_attendance"
        constraints = [
            models.UniqueConstraint(fields=["guest", "activity"], name="attends_once"),
        ]

    def __str__(self) -> str:
        return f"{self.guest_id} {self.activity_id}"


class CodeRecord(msgspec.Struct):
    code: str


class Code(OfParty):
    """A code on its way to a party's address, with which it proves that it reads mail there.

    tries: how often a wrong one was typed. used_at: when it was typed.
    """

    carried: ClassVar[Carried] = Carried(
        what=_("Codes on their way to guests"),
        way=Way.STAYS,
        why=_("They are valid for minutes."),
    )

    sealed = SealedField(CodeRecord)
    made_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "replies_code"

    def __str__(self) -> str:
        return str(self.pk)


class PageRecord(msgspec.Struct, omit_defaults=True):
    """What guests read beside the facts of the event.

    host: who invites, the organization where it is empty. greeting: text above the question.
    contact: how the host is reached. purpose: what answers are used for. accent: a colour as
    #rrggbb, empty for the usual one. asked, required: identifiers of the event's fields.
    """

    CLEAR: ClassVar[frozenset[str]] = EVERYTHING

    host: str = ""
    greeting: str = ""
    contact: str = ""
    purpose: str = ""
    accent: str = ""
    asked: list[UUID] = []
    required: list[UUID] = []


class Page(TenantModel):
    """The guests' page of one event.

    is_open: whether guests may answer. reply_by: until when, unless their party says otherwise.
    has_list: whether those who find no place wait for one; without a list they are refused.
    """

    carried: ClassVar[Carried] = Carried(what=_("Pages on which guests answer"))

    event = models.OneToOneField(Event, models.CASCADE, related_name="+", db_constraint=False)
    is_open = models.BooleanField(default=True)
    has_list = models.BooleanField(default=True)
    reply_by = models.DateTimeField(null=True)
    sealed = SealedField(PageRecord)

    class Meta:
        db_table = "replies_page"
        constraints = [bounded("reply_page_dates", "reply_by")]

    def __str__(self) -> str:
        return str(self.event_id)


class PictureRecord(msgspec.Struct):
    """data: a JPEG or PNG that was made here, whatever was uploaded. alt: what it shows."""

    CLEAR: ClassVar[frozenset[str]] = EVERYTHING

    data: bytes
    kind: str
    width: int
    height: int
    alt: str = ""


class Picture(TenantModel):
    """A picture of the guests' page of an event."""

    class Place(models.TextChoices):
        BANNER = "banner", _("Banner")
        LOGO = "logo", _("Logo")

    carried: ClassVar[Carried] = Carried(
        what=_("Pictures of the guests' page"),
        way=Way.STAYS,
        why=_("They are uploaded again."),
    )

    event = models.ForeignKey(Event, models.CASCADE, related_name="+", db_constraint=False)
    place = WordField(max_length=6, choices=Place.choices)
    changed_at = models.DateTimeField()
    sealed = SealedField(PictureRecord)

    class Meta:
        db_table = "replies_picture"
        constraints = [
            models.UniqueConstraint(fields=["event", "place"], name="one_picture_in_a_place")
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {self.place}"
