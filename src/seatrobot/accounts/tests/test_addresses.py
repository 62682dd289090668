"""Whether an address is its person's: confirmed by mail, and what falls when it was not."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from seatrobot.accounts import addresses
from seatrobot.accounts.factors.services import enrolled
from seatrobot.accounts.factors.tests.conftest import enrol, signed_in
from seatrobot.accounts.factors.tests.device import ORIGIN, Device
from seatrobot.accounts.jobs import mail_address_link
from seatrobot.accounts.models import Account
from seatrobot.accounts.passwords import resetting
from seatrobot.accounts.tests.mails import kept_mail
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import Work
from seatrobot.organizations.setup import first_run_link

NEW = "another long enough password"
WORK = Work("accounts.mail-address-link", None, None)


@pytest.fixture(autouse=True)
def mail_server(settings):
    settings.BASE_URL = ORIGIN
    settings.CONFIG = replace(settings.CONFIG, smtp_url="smtp://127.0.0.1:1")


@pytest.fixture
def alices(alice) -> Account:
    """Alice's account with a passkey that somebody enrolled."""
    enrol(signed_in(), Device())
    return Account.objects.get(pk=alice.account_id)


def reset(account: Account, made_by=resetting.tokens) -> None:
    link = resetting.link(account, made_by).removeprefix(ORIGIN)
    assert Client().post(link, {"password": NEW}).status_code == 302


def test_what_was_enrolled_under_an_address_that_nobody_confirmed_falls(alices):
    """A stranger joined under the address, and added a passkey of their own."""
    reset(alices)
    assert not enrolled(alices.pk).any
    assert enrolled(alices.pk).recovery_codes == 0
    assert Account.objects.get(pk=alices.pk).confirmed_at is not None
    notices = ProcrastinateJob.objects.filter(task_name="accounts.mail-factor-notice")
    assert notices.order_by("id").last().args["notice"] == "fell-with-reset"


def test_factors_of_a_confirmed_address_stay(alices):
    Account.objects.filter(pk=alices.pk).update(confirmed_at=now())
    reset(Account.objects.get(pk=alices.pk))
    assert enrolled(alices.pk).passkeys == 1


@pytest.mark.parametrize("how", ["by the operator", "without a mail server"])
def test_a_link_that_was_not_mailed_confirms_nothing(alices, settings, how):
    if how == "by the operator":
        reset(alices, resetting.operator_tokens)
    else:
        settings.CONFIG = replace(settings.CONFIG, smtp_url="")
        reset(alices)
    assert enrolled(alices.pk).passkeys == 1
    assert Account.objects.get(pk=alices.pk).confirmed_at is None


def test_a_person_confirms_by_a_mail(alice, client_of, settings, tmp_path):
    client = client_of(alice)
    assert "not confirmed" in client.get("/account/").content.decode()
    client.post("/account/address/")
    [job] = ProcrastinateJob.objects.filter(task_name="accounts.mail-address-link")
    settings.CONFIG = replace(settings.CONFIG, smtp_url="", data=tmp_path)
    mail_address_link(WORK, account_id=job.args["account_id"])
    link = re.search(r"https?://[^/]+(/account/address/\S+)", kept_mail()[0])[1]
    assert client.get(link).status_code == 200
    assert Account.objects.get().confirmed_at is None
    assert client.post(link).status_code == 302
    assert Account.objects.get().confirmed_at is not None
    mail_address_link(WORK, account_id=job.args["account_id"])
    assert len(kept_mail()) == 1


def test_whoever_only_has_the_mailbox_does_not_confirm_what_a_stranger_began(alice, bob, client_of):
    link = f"/account/address/{addresses.token(Account.objects.get(pk=alice.account_id))}/"
    assert Client().post(link).url.startswith("/sign-in/")
    assert client_of(bob).post(link).status_code == 410
    assert not Account.objects.exclude(confirmed_at=None).exists()


def test_whoever_sets_up_an_organization_is_asked_by_mail(db):
    path = first_run_link()
    form = {"organization": "Foundation", "name": "Alice", "email": "alice@seatrobot.test"}
    assert Client().post(path, form | {"password": NEW}).status_code == 302
    assert ProcrastinateJob.objects.filter(task_name="accounts.mail-address-link").count() == 1
