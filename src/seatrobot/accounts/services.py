"""What can be done with an account. Everything but making one is done by its own person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from email_validator import EmailNotValidError, validate_email

from seatrobot.accounts.feature import Action
from seatrobot.accounts.models import Account, AccountRecord, Session
from seatrobot.accounts.passwords.validators import About
from seatrobot.accounts.signals import noted
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import PLATFORM, new_id
from seatrobot.kernel.jobs import defer
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.vault import services as vault


class AddressTaken(Refused):
    """There is an account with this address already."""

    def __init__(self) -> None:
        super().__init__(_("Somebody signs in with this address already."), field="email")


class BadPassword(Refused):
    """A new password is too short, easy to guess or leaked; one sentence for each."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(" ".join(sentences), field="password")
        self.problems = [("password", sentence) for sentence in sentences]


class WrongPassword(Refused):
    """The password given to confirm something is not the account's."""

    def __init__(self) -> None:
        super().__init__(_("This is not your password."), field="password")


def clean_address(address: str) -> str:
    """Return an e-mail address in its one form; raise ValidationError with a sentence."""
    try:
        return validate_email(
            address.strip(), check_deliverability=False, test_environment=True
        ).normalized
    except EmailNotValidError as error:
        raise ValidationError(_("This is not an e-mail address: %s") % error) from error


def clean_name(name: str) -> str:
    """Return a name on one line with single spaces; raise ValidationError when none is left."""
    cleaned = " ".join(name.split())
    if not cleaned:
        raise ValidationError(_("Give a name."))
    return cleaned


def find(address: str) -> Account | None:
    """Return the account of an address, if any; reads nothing that is sealed."""
    try:
        index = vault.blind_index(PLATFORM, clean_address(address))
    except ValidationError:
        return None
    return Account.objects.filter(email_index=index).first()


def people(account_ids: Iterable[UUID]) -> dict[UUID, AccountRecord]:
    """Return name and address of accounts, in one query."""
    rows = Account.objects.filter(pk__in=set(account_ids))
    return {row.pk: row.sealed for row in rows}


def create_account(*, email: str, name: str, password: str, organization: str = "") -> Account:
    """Make an account; raise ValidationError (address, name), BadPassword or AddressTaken.

    Whoever calls has proven that the address is the person's own: a set-up or invitation link.
    """
    address = clean_address(email)
    account = Account(
        email_index=vault.blind_index(PLATFORM, address),
        sealed=AccountRecord(address, clean_name(name)),
        created_at=now(),
    )
    check_password(password, About.account(account, organization))
    account.set_password(password)
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError as error:
        raise AddressTaken from error
    return account


def change_name(*, account: Account, name: str) -> None:
    account.sealed = AccountRecord(account.sealed.email, clean_name(name))
    account.save(update_fields=["sealed"])
    journal.record(Action.ACCOUNT_CHANGE, subject=account.pk)


def change_password(*, account: Account, old: str, new: str, session: UUID | None) -> None:
    """Change the password and end every other session; WrongPassword, BadPassword.

    It is read anew: "This wasn't me" may have voided it while this request was on its way.
    """
    account.refresh_from_db(fields=["password"], from_queryset=Account.objects.select_for_update())
    confirm(account, old)
    _set_password(account, new)
    note(Action.ACCOUNT_PASSWORD_CHANGE, account)
    end_other_sessions(account=account, keep=session)


def ask_for_reset(address: str) -> None:
    """Have a reset link mailed; known and unknown addresses cost the same."""
    account = find(address)
    defer("accounts.send-reset-link", account_id=str(account.pk if account else new_id()))


def reset_password(*, account: Account, password: str) -> None:
    """Set a password by link, and end every session; raises BadPassword."""
    _set_password(account, password)
    note(Action.ACCOUNT_PASSWORD_RESET, account)
    Session.objects.filter(account=account).delete()


def end_session(*, account: Account, session_id: UUID) -> bool:
    """End one of the account's sessions; return whether there was one."""
    ended, _rows = Session.objects.filter(account=account, pk=session_id).delete()
    if ended:
        journal.record(Action.ACCOUNT_SESSION_END, subject=session_id)
    return bool(ended)


def end_other_sessions(*, account: Account, keep: UUID | None) -> int:
    """End every session but one; return how many."""
    others = Session.objects.filter(account=account).exclude(pk__in=[keep] if keep else [])
    ended, _rows = others.delete()
    if ended:
        journal.record(Action.ACCOUNT_SESSION_END, subject=account.pk, sessions=ended)
    return ended


def note(action: Action, account: Account) -> None:
    """Record what an account did in the platform's stream, and tell its organizations."""
    journal.record(action, subject=account.pk)
    noted.send(sender=Account, action=action, account_id=account.pk)


def confirm(account: Account, password: str) -> None:
    """Raise WrongPassword unless this is the account's password."""
    if not account.check_password(password):
        raise WrongPassword


def check_password(password: str, about: About) -> None:
    """Raise BadPassword for one that somebody who knows the person would guess."""
    try:
        validate_password(password, about)  # type: ignore[arg-type]  # our validators take no model
    except ValidationError as error:
        raise BadPassword(error.messages) from error


def _set_password(account: Account, password: str) -> None:
    check_password(password, About.account(account))
    account.set_password(password)
    account.save(update_fields=["password"])
