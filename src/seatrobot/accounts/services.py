"""What can be done with an account. All but creating one is done by its own person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.dispatch import Signal
from django.utils.translation import gettext as _
from email_validator import EmailNotValidError, validate_email

from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import Account, AccountRecord, Session, StaffMember
from seatrobot.accounts.passwords.strength import PersonalData
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import PLATFORM, new_id
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.services import Fact
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.vault import services as vault
from seatrobot.normalizing import clean_line

account_acted = Signal()
"""Sent in the unit of work with `action` and `account_id` when an account was used."""


class AddressTaken(Refused):
    """Another account has this address. The sentence says whose kind of account it is."""


class BadPassword(Refused):
    """A new password is too short, easy to guess or leaked; one sentence for each."""

    def __init__(self, sentences: Sequence[str], *, field: str) -> None:
        super().__init__(" ".join(sentences), field=field)
        self.problems = [(field, sentence) for sentence in sentences]


class WrongPassword(Refused):
    """The password given for confirmation is not the account's."""


def clean_address(address: str) -> str:
    """Return the normalized e-mail address; raise ValidationError with a sentence.

    Signs that nobody sees are no part of it, as in the fields of forms.
    """
    try:
        return validate_email(
            clean_line(address), check_deliverability=False, test_environment=True
        ).normalized
    except EmailNotValidError as error:
        raise ValidationError(_("This is not an e-mail address: %s") % error) from error


def normalized(address: str) -> str:
    """Return the address in the form in which accounts are found; what is no address as one line.

    What counts tries asks this, so that another spelling of an address is no further try.
    """
    try:
        return clean_address(address)
    except ValidationError:
        return clean_line(address)


def clean_name(name: str) -> str:
    """Return a name on one line with single spaces; raise ValidationError for an empty one."""
    cleaned = " ".join(name.split())
    if not cleaned:
        raise ValidationError(_("Give a name."))
    return cleaned


def find(address: str) -> Account | None:
    """Return the account of an address, or None; opens nothing that is sealed."""
    try:
        index = vault.blind_index(PLATFORM, clean_address(address))
    except ValidationError:
        return None
    return Account.objects.filter(email_index=index).first()


def people(account_ids: Iterable[UUID]) -> dict[UUID, AccountRecord]:
    """Return name and address of accounts, in one query."""
    rows = Account.objects.filter(pk__in=set(account_ids))
    return {row.pk: row.sealed for row in rows}


def is_staff(account: Account | None) -> bool:
    return account is not None and StaffMember.objects.filter(pk=account.pk).exists()


def create_account(*, email: str, name: str, password: str, organization: str = "") -> Account:
    """Create an account; raise ValidationError (address, name), BadPassword or AddressTaken.

    The caller has proof that the address is the person's: a set-up or invitation link.
    """
    address = clean_address(email)
    account = Account(
        email_index=vault.blind_index(PLATFORM, address),
        sealed=AccountRecord(address, clean_name(name)),
        created_at=now(),
    )
    check_strength(password, PersonalData.of(account, organization), field="password")
    account.set_password(password)
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError as error:
        raise AddressTaken(_why_taken(address), field="email") from error
    return account


def change_name(*, account: Account, name: str) -> None:
    account.sealed = AccountRecord(account.sealed.email, clean_name(name))
    account.save(update_fields=["sealed"])
    journal.record(Action.ACCOUNT_CHANGE, subject_id=account.pk)


def change_password(*, account: Account, old: str, new: str, session: UUID | None) -> None:
    """Change the password and end every other session; raise WrongPassword or BadPassword.

    The stored password is read again: a report of a sign-in as not theirs may have voided it while
    this request was on its way.
    """
    account.refresh_from_db(fields=["password"], from_queryset=Account.objects.select_for_update())
    confirm_password(account, old, field="old")
    _set_password(account, new, field="new")
    record(Action.ACCOUNT_PASSWORD_CHANGE, account)
    end_other_sessions(account=account, keep=session)


def confirm_address(account: Account) -> None:
    """Note that a link that was mailed to the account's address came back."""
    if account.confirmed_at is None:
        account.confirmed_at = now()
        account.save(update_fields=["confirmed_at"])
        journal.record(Action.ACCOUNT_ADDRESS_CONFIRM, subject_id=account.pk)


def ask_for_reset(address: str) -> None:
    """Have a reset link mailed; known and unknown addresses cost the same."""
    account = find(address)
    defer("accounts.mail-reset-link", account_id=str(account.pk if account else new_id()))


def reset_password(
    *, account: Account, password: str, action: Action = Action.ACCOUNT_PASSWORD_RESET
) -> None:
    """Set a password by link and end every session; raise BadPassword.

    action: what the journals of the platform and of the organizations call it.
    """
    _set_password(account, password, field="password")
    record(action, account)
    Session.objects.filter(account=account).delete()


def end_session(*, account: Account, session_id: UUID) -> bool:
    """End one of the account's sessions; return whether it existed."""
    ended, _rows = Session.objects.filter(account=account, pk=session_id).delete()
    if ended:
        journal.record(Action.ACCOUNT_SESSION_END, subject_id=session_id)
    return bool(ended)


def end_other_sessions(*, account: Account, keep: UUID | None) -> int:
    """End every session but one; return how many ended."""
    others = Session.objects.filter(account=account).exclude(pk__in=[keep] if keep else [])
    ended, _rows = others.delete()
    if ended:
        journal.record(Action.ACCOUNT_SESSION_END, subject_id=account.pk, sessions=ended)
    return ended


def record(action: Action, account: Account, **facts: Fact) -> None:
    """Record what an account did in the platform's stream, and signal it to organizations."""
    journal.record(action, event_id=None, subject_id=account.pk, **facts)
    account_acted.send(sender=Account, action=action, account_id=account.pk, facts=facts)


def confirm_password(account: Account, password: str, *, field: str = "password") -> None:
    """Raise WrongPassword unless this is the account's password."""
    if not account.check_password(password):
        raise WrongPassword(_("This is not your password."), field=field)


def check_strength(password: str, data: PersonalData, *, field: str) -> None:
    """Raise BadPassword for a password that is short, easy to guess or leaked."""
    try:
        validate_password(password, data)  # type: ignore[arg-type]  # our validators take no model
    except ValidationError as error:
        raise BadPassword(error.messages, field=field) from error


def _why_taken(address: str) -> str:
    if is_staff(find(address)):
        return _("This address belongs to the staff of the service: use another one.")
    return _("Somebody signs in with this address already.")


def _set_password(account: Account, password: str, *, field: str) -> None:
    check_strength(password, PersonalData.of(account), field=field)
    account.set_password(password)
    account.save(update_fields=["password"])
