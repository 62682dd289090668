"""Nothing gives staff a password, an app, recovery codes or an organization."""

import argparse
from dataclasses import replace

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.db import DatabaseError
from django.test import Client

from seatrobot.accounts import commands, services
from seatrobot.accounts.factors import services as factors
from seatrobot.accounts.jobs import mail_reset_link
from seatrobot.accounts.models import Account, Authenticator, AuthenticatorRecord, StaffMember
from seatrobot.accounts.passwords import resetting
from seatrobot.conftest import PASSWORD, as_
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import Work
from seatrobot.kernel.refusal import Refused
from seatrobot.organizations import services as organizations
from seatrobot.organizations import setup
from seatrobot.organizations.models import Membership, SentMail
from seatrobot.organizations.permissions import Role

from .people import DANA, OPERATOR, account_of

PASSKEYS_ONLY = "staff sign in with a passkey only"


def test_no_reset_link_is_mailed_printed_or_taken(link, tmp_path, settings, capsys):
    settings.CONFIG = replace(settings.CONFIG, data=tmp_path)
    dana = account_of()
    mail_reset_link(Work("accounts.mail-reset-link", None, None), account_id=str(dana.pk))
    assert not (tmp_path / "mail").exists()
    assert commands.run_reset_link(argparse.Namespace(email=DANA)) == 1
    assert "Staff have no password" in capsys.readouterr().err
    token = default_token_generator.make_token(dana)
    assert resetting.account_of_link(dana.pk, token) is None
    assert Client().get(f"/reset-password/{dana.pk}/{token}/").status_code == 410


def test_the_database_itself_refuses_a_password(link):
    with pytest.raises(DatabaseError, match=PASSKEYS_ONLY), acting(OPERATOR):
        services.reset_password(account=account_of(), password="zebra umbrella lantern accordion")
    assert not account_of().has_usable_password()


def test_it_refuses_an_app_and_recovery_codes(link):
    with pytest.raises(DatabaseError, match=PASSKEYS_ONLY), acting(OPERATOR):
        Authenticator.objects.create(
            account=account_of(),
            sealed=AuthenticatorRecord("App", b"secret"),
            last_step=0,
            created_at=now(),
        )
    with pytest.raises(DatabaseError, match=PASSKEYS_ONLY), acting(OPERATOR):
        factors.make_recovery_codes(account=account_of())


def test_it_makes_nobody_staff_who_has_a_password(alice):
    with pytest.raises(DatabaseError, match=PASSKEYS_ONLY), acting(OPERATOR):
        StaffMember.objects.create(account_id=alice.account_id, created_at=now())


def test_it_lets_nobody_who_is_signed_in_make_or_enable_staff(link, alice):
    StaffMember.objects.update(is_enabled=False)
    for actor in (Actor.member(alice.account_id), Actor.staff(account_of().pk)):
        with acting(actor):
            assert StaffMember.objects.update(is_enabled=True) == 0
        with pytest.raises(DatabaseError, match="row-level security"), acting(actor):
            person = Account.objects.get(pk=alice.account_id)
            person.set_unusable_password()
            person.save(update_fields=["password"])
            StaffMember.objects.create(account=person, created_at=now())


def test_an_invitation_tells_nobody_who_is_staff_and_makes_no_member(link, alice):
    with as_(alice):
        organizations.invite(actor=alice, email=DANA, name="Dana", role=Role.TEAM)
        body = SentMail.objects.get().sealed.body
    link = "/join/" + body.partition("/join/")[2].split()[0]
    assert "staff" not in Client().get(link).content.decode()
    answer = Client().post(link, {"name": "Dana", "password": PASSWORD})
    assert answer.status_code == 422
    assert "Nobody can join as a new person with this address" in answer.content.decode()
    assert "staff" not in answer.content.decode()
    with as_(alice):
        assert Membership.objects.count() == 1


def test_no_membership_is_given_to_staff(link, alice):
    with as_(alice), pytest.raises(Refused, match="belong to no organization"):
        organizations.add_member(alice.organization_id, account_of(), Role.LIMITED)


def test_staff_before_the_first_organization_do_not_stop_it(link):
    path = setup.first_run_link()
    assert path
    form = {"organization": "Foundation", "name": "Dana", "email": DANA, "password": PASSWORD}
    refused = Client().post(path, form).content.decode()
    assert "belongs to the staff of the service: use another one" in refused
    assert Client().post(path, form | {"email": "alice@seatrobot.test"}).status_code == 302
