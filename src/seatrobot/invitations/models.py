"""Messages to guests, mailings of them, and what became of each delivery."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from seatrobot.dates import bounded
from seatrobot.events.models import Event
from seatrobot.guests.models import Guest
from seatrobot.invitations.records import (
    DeliveryRecord,
    MailingRecord,
    MessageRecord,
    PictureRecord,
    ReportRecord,
    SenderRecord,
    SuppressionRecord,
)
from seatrobot.kernel.tenancy.carrying import Carried, Way
from seatrobot.kernel.tenancy.models import TenantModel
from seatrobot.kernel.vault.fields import SealedField
from seatrobot.kernel.words import WordField


class Kind(models.TextChoices):
    """What a message is for."""

    SAVE_THE_DATE = "save-the-date", _("Save the date")
    INVITATION = "invitation", _("Invitation")
    REMINDER = "reminder", _("Reminder")
    UPDATE = "update", _("Update")
    CANCELLATION = "cancellation", _("Cancellation")
    THANKS = "thanks", _("Thank you")


class State(models.TextChoices):
    """How far a delivery is on its way to the mail server, see `outbox`."""

    QUEUED = "queued", _("Queued")
    HANDING = "handing", _("Being handed over")
    DOTTING = "dotting", _("Being confirmed")
    UNSURE = "unsure", _("Unsure whether it was handed over")
    HANDED = "handed", _("Handed over")
    REFUSED = "refused", _("Refused")
    GIVEN_UP = "given-up", _("Given up")
    STOPPED = "stopped", _("Stopped")
    SUPPRESSED = "suppressed", _("Not sent: unsubscribed")


OVER = frozenset({State.HANDED, State.REFUSED, State.GIVEN_UP, State.STOPPED, State.SUPPRESSED})
"""States that nothing here changes any more."""


class Outcome(models.TextChoices):
    """What came back about a message that was handed over."""

    DELAYED = "delayed", _("Delayed")
    RELAYED = "relayed", _("Passed on")
    DELIVERED = "delivered", _("In the mailbox")
    BOUNCED = "bounced", _("Bounced")
    COMPLAINED = "complained", _("Reported as spam")


NO_PARTY = UUID(int=0)
"""Of a test, which goes to the team."""


class Sender(TenantModel):
    """Who an organization's mail to guests is from, and how fast it goes; one row or none.

    per_minute, per_domain: most messages a minute, in all and to one domain; 0 = as fast as the
    server takes them. error: why the server took nothing, the last time; failing_since: since when.
    """

    carried: ClassVar[Carried] = Carried(
        what=_("Sender of mail to guests"),
        way=Way.STAYS,
        why=_("It holds a password for a mail server, which the new place asks for anew."),
    )

    sealed = SealedField(SenderRecord)
    per_minute = models.PositiveIntegerField(default=0)
    per_domain = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)
    failing_since = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "invitations_sender"
        constraints = [
            models.UniqueConstraint(fields=["organization"], name="one_sender"),
        ]

    def __str__(self) -> str:
        return str(self.organization_id)


class Message(TenantModel):
    """A text to the guests of an event as it is being written.

    The database keeps a further column, `changed_xid` (kernel.tenancy.operations.NoteChanges).
    """

    carried: ClassVar[Carried] = Carried(what=_("Messages to guests, as written"))

    event = models.ForeignKey(Event, models.CASCADE, related_name="messages", db_constraint=False)
    kind = WordField(max_length=13, choices=Kind.choices)
    sealed = SealedField(MessageRecord)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "invitations_message"

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Template(TenantModel):
    """A text from which messages of any event begin."""

    carried: ClassVar[Carried] = Carried(what=_("Templates of messages to guests"))

    kind = WordField(max_length=13, choices=Kind.choices)
    sealed = SealedField(MessageRecord)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "invitations_template"

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Picture(TenantModel):
    """A picture of a message; a new one is a new row, because versions keep theirs.

    current: the one that the message has now.
    """

    carried: ClassVar[Carried] = Carried(what=_("Pictures in messages to guests"))

    event = models.ForeignKey(Event, models.CASCADE, related_name="+", db_constraint=False)
    message = models.ForeignKey(
        Message, models.CASCADE, related_name="pictures", db_constraint=False
    )
    current = models.BooleanField(default=True)
    sealed = SealedField(PictureRecord)

    class Meta:
        db_table = "invitations_picture"

    def __str__(self) -> str:
        return str(self.pk)


class Version(TenantModel):
    """A message as it was sent; kept in place of the bodies of all its deliveries."""

    carried: ClassVar[Carried] = Carried(what=_("Messages to guests, as sent"))

    event = models.ForeignKey(Event, models.CASCADE, related_name="+", db_constraint=False)
    message = models.ForeignKey(
        Message, models.CASCADE, related_name="versions", db_constraint=False
    )
    picture = models.ForeignKey(
        Picture, models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    number = models.PositiveIntegerField()
    sealed = SealedField(MessageRecord)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "invitations_version"
        constraints = [
            models.UniqueConstraint(fields=["message", "number"], name="version_number"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.number}"


class Mailing(TenantModel):
    """A version of a message to a selection of guests, at one time."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waits for its time")
        SENDING = "sending", _("Being sent")
        DONE = "done", _("Sent")
        STOPPED = "stopped", _("Stopped")

    carried: ClassVar[Carried] = Carried(
        what=_("Mailings to guests"),
        rows=models.Q(state__in=("done", "stopped")),
        without=_("Mailings that are being sent, or wait for their time."),
        accounts=frozenset({"account_id"}),
    )

    event = models.ForeignKey(Event, models.CASCADE, related_name="mailings", db_constraint=False)
    version = models.ForeignKey(
        Version, models.CASCADE, related_name="mailings", db_constraint=False
    )
    kind = WordField(max_length=13, choices=Kind.choices)
    state = WordField(max_length=7, choices=State.choices, default=State.SENDING)
    account_id = models.UUIDField(null=True)
    send_at = models.DateTimeField()
    created_at = models.DateTimeField()
    sealed = SealedField(MailingRecord)

    class Meta:
        db_table = "invitations_mailing"
        constraints = [bounded("mailing_dates", "send_at")]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class Delivery(TenantModel):
    """One message to one address, for one party.

    party_id: the party then, which may be gone since, as when two are put together; NO_PARTY of a
    test.
    mailing: None for what a guest gets in answer to an act of their own (kind: "told", "code") and
    for a test (kind: "test", without a guest). urgent: goes before mailings, whatever the pace.
    address_index, domain_index: blind indexes of the address and of its domain. next_at: not
    before.
    outcome, hard, returned_at: what came back, whether the address is dead, and when.
    """

    class Kind(models.TextChoices):
        MAILING = "mailing", _("Mailing")
        TOLD = "told", _("What was recorded")
        CODE = "code", _("Code")
        TEST = "test", _("Test")

    carried: ClassVar[Carried] = Carried(
        what=_("What became of mail to guests"),
        rows=models.Q(state__in=tuple(sorted(OVER)), mailing__state__in=("done", "stopped")),
        without=_("Mail that is still on its way, and what answered an act of a guest."),
        left_out={
            "address_index": _("It is made anew from the address, with the new keys."),
            "domain_index": _("It is made anew from the address, with the new keys."),
        },
        made={
            "address_index": "seatrobot.invitations.addresses.address_index_of",
            "domain_index": "seatrobot.invitations.addresses.domain_index_of",
        },
    )

    event = models.ForeignKey(Event, models.CASCADE, related_name="deliveries", db_constraint=False)
    mailing = models.ForeignKey(
        Mailing, models.CASCADE, null=True, related_name="deliveries", db_constraint=False
    )
    party_id = models.UUIDField(default=NO_PARTY)
    guest = models.ForeignKey(
        Guest, models.CASCADE, null=True, related_name="deliveries", db_constraint=False
    )
    kind = WordField(max_length=7, choices=Kind.choices, default=Kind.MAILING)
    state = WordField(max_length=10, choices=State.choices, default=State.QUEUED)
    urgent = models.BooleanField(default=False)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    address_index = models.BinaryField()
    domain_index = models.BinaryField()
    sealed = SealedField(DeliveryRecord)
    created_at = models.DateTimeField()
    handed_at = models.DateTimeField(null=True)
    outcome = WordField(max_length=10, choices=Outcome.choices, blank=True)
    hard = models.BooleanField(default=False)
    returned_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "invitations_delivery"
        indexes = [
            models.Index(
                fields=["organization", "-urgent", "next_at", "id"],
                condition=models.Q(state="queued"),
                name="delivery_waiting",
            ),
            models.Index(
                fields=["organization", "state"],
                condition=models.Q(state__in=("handing", "dotting", "unsure")),
                name="delivery_underway",
            ),
            models.Index(fields=["organization", "handed_at"], name="delivery_pace"),
            models.Index(fields=["organization", "address_index"], name="delivery_address"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["mailing", "party_id", "address_index"], name="delivered_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state} {self.outcome}"


class Suppression(TenantModel):
    """An address that gets no mailing any more. event: of one event alone; None for all.

    address_index: blind index, which stays when the address itself is erased.
    """

    class Reason(models.TextChoices):
        UNSUBSCRIBED = "unsubscribed", _("Unsubscribed")
        COMPLAINED = "complained", _("Reported a mail as spam")
        DEAD = "dead", _("The address does not exist")
        STAFF = "staff", _("Set by the team")

    carried: ClassVar[Carried] = Carried(
        what=_("Addresses that get no mail any more"),
        left_out={"address_index": _("It is made anew from the address, with the new keys.")},
        made={"address_index": "seatrobot.invitations.addresses.suppressed_index_of"},
    )

    event = models.ForeignKey(
        Event, models.CASCADE, null=True, related_name="+", db_constraint=False
    )
    reason = WordField(max_length=12, choices=Reason.choices)
    address_index = models.BinaryField()
    at = models.DateTimeField()
    sealed = SealedField(SuppressionRecord)

    class Meta:
        db_table = "invitations_suppression"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "address_index", "event"],
                name="suppressed_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.pk}"


class Report(TenantModel):
    """What another mail server said about a delivery.

    digest: SHA-256 of what came, so that the same report counts once.
    """

    class Kind(models.TextChoices):
        BOUNCE = "bounce", _("Bounced")
        DELAYED = "delayed", _("Delayed")
        RELAYED = "relayed", _("Passed on")
        DELIVERED = "delivered", _("In the mailbox")
        COMPLAINT = "complaint", _("Reported as spam")
        AUTOMATIC = "automatic", _("Automatic reply")
        ANSWER = "answer", _("Somebody wrote back")
        UNKNOWN = "unknown", _("Something else")

    carried: ClassVar[Carried] = Carried(
        what=_("Reports of mail servers"),
        way=Way.STAYS,
        why=_("What they said is in the delivery that they are about."),
    )

    event = models.ForeignKey(Event, models.CASCADE, related_name="+", db_constraint=False)
    delivery = models.ForeignKey(
        Delivery, models.CASCADE, related_name="reports", db_constraint=False
    )
    kind = WordField(max_length=9, choices=Kind.choices)
    digest = models.BinaryField()
    at = models.DateTimeField()
    sealed = SealedField(ReportRecord)

    class Meta:
        db_table = "invitations_report"
        constraints = [
            models.UniqueConstraint(fields=["delivery", "digest"], name="reported_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.delivery_id}"
