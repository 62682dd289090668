"""Commands about accounts for the operator."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seatrobot.accounts.models import Account


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `seatrobot reset-link EMAIL`, `seatrobot reset-factors EMAIL` and `seatrobot mail`."""
    parser = commands.add_parser("mail", help="print the mail of the last day that no server took")
    parser.set_defaults(run=run_mail)
    parser = commands.add_parser(
        "reset-link", help="print a link with which a person sets a new password"
    )
    parser.add_argument("email", help="the address the person signs in with")
    parser.set_defaults(run=run_reset_link)
    parser = commands.add_parser(
        "reset-factors", help="remove the lost second factors of a person whom nobody else can help"
    )
    parser.add_argument("email", help="the address the person signs in with")
    parser.set_defaults(run=run_reset_factors)


def run_mail(_args: argparse.Namespace) -> None:
    """Print kept mail, which is stored sealed; the journal records that the operator read it."""
    from seatrobot.accounts import mail
    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.actor import Actor

    with acting(Actor.operator("mail")):
        messages = mail.kept()
    for message in messages:
        sys.stdout.write(f"{message['Date']}  to {message['To']}\n{message['Subject']}\n\n")
        sys.stdout.write(f"{message.get_content()}\n")
    if not messages:
        sys.stdout.write("No mail is kept: none was written within a day, or a server took it.\n")


def run_reset_link(args: argparse.Namespace) -> int:
    """Print the link and return 0, or say why there is none and return 1.

    The journals of the person's organizations record it, and the person gets a mail.
    """
    from seatrobot.accounts import services
    from seatrobot.accounts.factors.services import Notice, notify
    from seatrobot.accounts.feature import Action
    from seatrobot.accounts.passwords import resetting
    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.actor import Actor

    account = _member(args.email)
    if account is None:
        return 1
    with acting(Actor.operator("reset-link"), person_id=account.pk):
        services.record(Action.ACCOUNT_PASSWORD_RESET_SEND, account)
        notify(account, Notice.LINK_BY_OPERATOR)
        link = resetting.link(account, resetting.operator_tokens)
    sys.stdout.write(f"{link}\n(valid for 60 minutes, once)\n")
    return 0


def run_reset_factors(args: argparse.Namespace) -> int:
    """Remove passkeys, app and recovery codes at once and return 0, or say why not and return 1.

    For a Primary Owner without another administrator. The organizations' journals record it.
    """
    from seatrobot.accounts.factors import resets
    from seatrobot.accounts.factors.services import Notice
    from seatrobot.accounts.feature import Action
    from seatrobot.accounts.services import account_acted
    from seatrobot.kernel.acting import acting
    from seatrobot.kernel.actor import Actor

    account = _member(args.email)
    if account is None:
        return 1
    with acting(Actor.operator("reset-factors"), person_id=account.pk):
        resets.reset(account, Notice.RESET_BY_OPERATOR)
        action = Action.ACCOUNT_FACTOR_RESET
        account_acted.send(sender=type(account), action=action, account_id=account.pk)
    sys.stdout.write("Passkeys, app and recovery codes are gone, and every session has ended.\n")
    return 0


def _member(email: str) -> Account | None:
    """Return the account of a member, or None with a sentence on why not."""
    from seatrobot.accounts import services

    account = services.find(email)
    if account is None:
        sys.stderr.write("Nobody signs in with this address.\n")
    elif services.is_staff(account):
        sys.stderr.write("Staff have no password, only passkeys: see `seatrobot staff link`.\n")
        return None
    return account
