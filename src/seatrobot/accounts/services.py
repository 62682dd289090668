"""What can be done with an account."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from email_validator import EmailNotValidError, validate_email

from seatrobot.accounts.models import Account, AccountRecord
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.vault import services as vault


class AddressTaken(Exception):
    """There is an account with this address already."""


def clean_address(address: str) -> str:
    """Return an e-mail address in its one form; raise ValidationError with a sentence."""
    try:
        return validate_email(
            address.strip(), check_deliverability=False, test_environment=True
        ).normalized
    except EmailNotValidError as error:
        raise ValidationError(_("This is not an e-mail address: %s") % error) from error


def find(address: str) -> Account | None:
    """Return the account of an address, if any; reads nothing that is sealed."""
    return Account.objects.filter(email_index=vault.blind_index(PLATFORM, address)).first()


def create_account(*, email: str, name: str, password: str) -> Account:
    """Make an account; raise ValidationError (address, password) or AddressTaken.

    Whoever calls has proven that the address is the person's own: a set-up or invitation link.
    """
    address = clean_address(email)
    validate_password(password)
    account = Account(
        email_index=vault.blind_index(PLATFORM, address),
        sealed=AccountRecord(address, name.strip()),
        created_at=now(),
    )
    account.set_password(password)
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError as error:
        raise AddressTaken(address) from error
    return account
