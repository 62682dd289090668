"""Members: who may do what to whom, and that access ends at once."""

import re
from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from seatrobot.accounts.models import Account
from seatrobot.accounts.services import WrongPassword
from seatrobot.conftest import PASSWORD, as_, colleague
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.principals import NotAllowed
from seatrobot.kernel.refusal import Refused
from seatrobot.organizations import services
from seatrobot.organizations.feature import Action
from seatrobot.organizations.models import Grant, Invitation, Membership, SentMail
from seatrobot.organizations.permissions import Role


@pytest.fixture
def ada(alice):
    return colleague("Ada", Role.ADMINISTRATOR, alice)


def page(member, path=""):
    return f"/o/{member.organization_id}/{path}"


def membership_of(owner, member):
    with as_(owner):
        return Membership.objects.get(
            organization_id=owner.organization_id, account_id=member.account_id
        ).pk


class TestList:
    def test_shows_names_roles_and_events(self, client_of, alice, bob, doris):
        text = client_of(alice).get(page(alice, "members/")).content.decode()
        for word in ("Alice", "bob@seatrobot.test", "Team member", "Congress Dinner", "Door"):
            assert word in text

    def test_is_for_administrators(self, client_of, alice, bob, ada):
        assert client_of(bob).get(page(bob, "members/")).status_code == 403
        assert client_of(ada).get(page(ada, "members/")).status_code == 200

    def test_shows_nothing_to_another_organization(self, client_of, alice, charlie):
        assert client_of(charlie).get(page(alice, "members/")).status_code == 404

    def test_names_nobody_of_another_organization(self, client_of, alice, charlie):
        assert "Charlie" not in client_of(alice).get(page(alice, "members/")).content.decode()

    def test_leaves_an_entry(self, client_of, alice):
        client_of(alice).get(page(alice, "members/"))
        with as_(alice):
            assert Entry.objects.filter(action=Action.MEMBER_LIST).count() == 1


class TestChange:
    def test_gives_another_role(self, client_of, alice, bob, dinner):
        path = page(alice, f"members/{membership_of(alice, bob)}/")
        answer = client_of(alice).post(path, {"role": "limited", f"role-{dinner.pk}": "viewer"})
        assert answer.status_code == 302
        with as_(alice):
            row = Membership.objects.get(pk=membership_of(alice, bob))
            assert row.role == "limited"
            assert [grant.granted for grant in row.grants.all()] == [("viewer", dinner.pk, None)]

    def test_a_limited_role_needs_an_event(self, client_of, alice, bob, dinner):
        path = page(alice, f"members/{membership_of(alice, bob)}/")
        answer = client_of(alice).post(path, {"role": "limited"})
        assert "Choose a role in at least one event" in answer.content.decode()

    @pytest.mark.parametrize("role", ["owner", "emperor", ""])
    def test_refuses_other_roles(self, client_of, alice, bob, role):
        path = page(alice, f"members/{membership_of(alice, bob)}/")
        assert client_of(alice).post(path, {"role": role}).status_code == 422
        with as_(alice):
            assert Membership.objects.get(pk=membership_of(alice, bob)).role == "team"

    def test_nobody_changes_the_owner_or_themself(self, alice, ada):
        with as_(ada):
            for who in (alice, ada):
                with pytest.raises(Refused):
                    services.change_member(
                        actor=ada, membership_id=membership_of(alice, who), role=Role.TEAM
                    )

    def test_a_team_member_may_not(self, client_of, alice, bob, ada):
        path = page(alice, f"members/{membership_of(alice, ada)}/")
        assert client_of(bob).post(path, {"role": "team"}).status_code == 403
        with as_(bob), pytest.raises(NotAllowed):
            services.change_member(
                actor=bob, membership_id=membership_of(alice, ada), role=Role.TEAM
            )

    def test_reaches_no_member_of_another_organization(self, client_of, alice, bob, charlie):
        path = page(charlie, f"members/{membership_of(alice, bob)}/")
        assert client_of(charlie).post(path, {"role": "team"}).status_code == 404
        with as_(charlie), pytest.raises(Refused):
            services.remove_member(actor=charlie, membership_id=membership_of(alice, bob))


class TestRemove:
    def test_ends_access_at_once(self, client_of, alice, bob):
        his = client_of(bob)
        assert his.get(page(alice), follow=False).status_code == 302
        client_of(alice).post(page(alice, f"members/{membership_of(alice, bob)}/remove/"))
        assert his.get(page(alice)).status_code == 404
        assert his.get("/account/").status_code == 200

    def test_nobody_removes_the_owner_or_themself(self, client_of, alice, ada):
        client = client_of(ada)
        for who in (alice, ada):
            client.post(page(alice, f"members/{membership_of(alice, who)}/remove/"))
        with as_(alice):
            assert Membership.objects.filter(organization_id=alice.organization_id).count() == 2

    def test_needs_post(self, client_of, alice, bob):
        path = page(alice, f"members/{membership_of(alice, bob)}/remove/")
        assert client_of(alice).get(path).status_code == 405


class TestTransfer:
    def test_swaps_the_roles(self, client_of, alice, bob):
        data = {"member": str(membership_of(alice, bob)), "password": PASSWORD}
        assert client_of(alice).post(page(alice, "members/transfer/"), data).status_code == 302
        with as_(alice):
            roles = dict(
                Membership.objects.filter(organization_id=alice.organization_id).values_list(
                    "account_id", "role"
                )
            )
        assert roles == {alice.account_id: "administrator", bob.account_id: "owner"}

    def test_needs_the_password_again(self, client_of, alice, bob):
        data = {"member": str(membership_of(alice, bob)), "password": "wrong horse battery"}
        answer = client_of(alice).post(page(alice, "members/transfer/"), data)
        assert "not your password" in answer.content.decode()
        with as_(alice), pytest.raises(WrongPassword):
            services.transfer_ownership(
                actor=alice, membership_id=membership_of(alice, bob), password="no"
            )

    def test_is_for_the_owner_alone(self, client_of, alice, ada, bob):
        assert client_of(ada).get(page(alice, "members/transfer/")).status_code == 403

    def test_the_database_keeps_one_owner(self, alice, bob):
        with as_(alice), pytest.raises(IntegrityError), transaction.atomic():
            Membership.objects.filter(pk=membership_of(alice, bob)).update(role="owner")


def invite(client, owner, **changes):
    data = {"name": "Vera Ray", "email": "vera@seatrobot.test", "role": "team"} | changes
    return client.post(page(owner, "members/invite/"), data)


def link_of(owner, subject=-1):
    with as_(owner):
        mails = list(SentMail.objects.order_by("id"))
        return re.search(r"http://\S+(/join/\S+)", mails[subject].sealed.body).group(1)


class TestInvitation:
    def test_a_new_person_joins(self, client_of, alice):
        assert invite(client_of(alice), alice).status_code == 302
        new = Client()
        link = link_of(alice)
        assert "vera@seatrobot.test" in new.get(link).content.decode()
        answer = new.post(link, {"name": "Vera Ray", "password": "a long enough password"})
        assert answer.url == page(alice)
        assert new.get(page(alice)).status_code == 302
        with as_(alice):
            assert not Invitation.objects.exists()
            assert Entry.objects.filter(action=Action.MEMBER_JOIN).count() == 1

    def test_a_person_with_an_account_signs_in_and_joins(self, client_of, alice, charlie):
        invite(client_of(alice), alice, email="charlie@seatrobot.test")
        link = link_of(alice)
        assert "I have an account here already" in Client().get(link).content.decode()
        his = client_of(charlie)
        assert "Join Foundation" in his.get(link).content.decode()
        assert his.post(link).url == page(alice)
        assert "Foundation" in his.get("/organizations/").content.decode()

    def test_its_page_tells_nobody_who_has_an_account_elsewhere(self, client_of, alice, charlie):
        pages = []
        for email in ("charlie@seatrobot.test", "nobody@seatrobot.test"):
            invite(client_of(alice), alice, email=email, name="Somebody")
            link = link_of(alice)
            text = Client().get(link).content.decode().replace(email, "").replace(link, "")
            lines = text.replace(link.replace("/", "%2F"), "").splitlines()
            pages.append([line for line in lines if "csrf" not in line])
        assert pages[0] == pages[1]
        charlies = link_of(alice, 0)
        answer = Client().post(charlies, {"name": "Eve", "password": "a long enough password"})
        assert answer.status_code == 422
        assert "Nobody can join as a new person" in answer.content.decode()

    def test_with_a_mail_server_nobody_but_the_mailbox_has_the_link(
        self, client_of, alice, settings
    ):
        invite(client_of(alice), alice)
        token = link_of(alice).split("/")[-2]
        shown = client_of(alice).get(page(alice, "mail/")).content.decode()
        assert token in shown
        settings.CONFIG = replace(settings.CONFIG, smtp_url="smtp://127.0.0.1:1")
        shown = client_of(alice).get(page(alice, "mail/")).content.decode()
        assert token not in shown
        assert "the link is in the mail alone" in shown
        settings.CONFIG = replace(settings.CONFIG, smtp_url="")
        with as_(alice):
            SentMail.objects.update(sent_at=now())
        assert token not in client_of(alice).get(page(alice, "mail/")).content.decode()

    @pytest.mark.parametrize("smtp_url", ["", "smtp://127.0.0.1:1"])
    def test_a_link_that_was_mailed_confirms_the_address(
        self, client_of, alice, settings, smtp_url
    ):
        settings.CONFIG = replace(settings.CONFIG, smtp_url=smtp_url)
        invite(client_of(alice), alice)
        link = link_of(alice)
        settings.CONFIG = replace(settings.CONFIG, smtp_url="smtp://127.0.0.1:1")
        Client().post(link, {"name": "Vera Ray", "password": "a long enough password"})
        vera = Account.objects.exclude(pk=alice.account_id).get()
        assert (vera.confirmed_at is not None) == bool(smtp_url)

    def test_a_link_works_once(self, client_of, alice):
        invite(client_of(alice), alice)
        link = link_of(alice)
        data = {"name": "Vera Ray", "password": "a long enough password"}
        Client().post(link, data)
        for again in (Client().post(link, data), Client().get(link), client_of(alice).post(link)):
            assert again.status_code == 410
            assert "does not work any more" in again.content.decode()

    @pytest.mark.parametrize("how", ["wrong", "expired", "withdrawn", "replaced", "elsewhere"])
    def test_a_dead_link_says_so(self, client_of, alice, charlie, how):
        invite(client_of(alice), alice)
        link = link_of(alice)
        with as_(alice):
            row = Invitation.objects.get()
            if how == "expired":
                row.expires_at = row.created_at
                row.save()
            if how == "withdrawn":
                services.withdraw(actor=alice, invitation_id=row.pk)
            if how == "replaced":
                services.resend(actor=alice, invitation_id=row.pk)
        if how == "wrong":
            link = link[:-3] + "xx/"
        if how == "elsewhere":
            link = link.replace(str(alice.organization_id), str(charlie.organization_id))
        answer = Client().post(link, {"name": "Eve", "password": "a long enough password"})
        assert answer.status_code == 410
        assert Account.objects.count() == 2

    def test_a_bad_password_keeps_the_link(self, client_of, alice):
        invite(client_of(alice), alice)
        link = link_of(alice)
        answer = Client().post(link, {"name": "Vera", "password": "short"})
        assert "at least 15" in answer.content.decode()
        assert Client().get(link).status_code == 200

    def test_sent_again_the_new_link_works(self, client_of, alice):
        client = client_of(alice)
        invite(client, alice)
        with as_(alice):
            pk = Invitation.objects.get().pk
        client.post(page(alice, f"invitations/{pk}/resend/"))
        assert Client().get(link_of(alice)).status_code == 200

    def test_a_door_sees_the_chosen_event(self, client_of, alice, dinner):
        invite(client_of(alice), alice, role="limited", **{f"role-{dinner.pk}": "door"})
        Client().post(link_of(alice), {"name": "Vera", "password": "a long enough password"})
        with as_(alice):
            [grant] = Membership.objects.get(role="limited").grants.all()
            assert grant.granted == ("door", dinner.pk, None)
            assert not Grant.objects.filter(invitation__isnull=False).exists()

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"role": "owner"}, "Select a valid choice"),
            ({"email": "bob@seatrobot.test"}, "is a member already"),
            ({"email": "no address"}, "not an e-mail address"),
            ({"email": "a@b.test\r\nBcc: eve@b.test"}, "not an e-mail address"),
            ({"name": " \n "}, "required"),
            ({"name": "x" * 201}, "at most 200"),
            ({"role": "limited"}, "Choose a role in at least one event"),
            ({"role": "door"}, "Select a valid choice"),
        ],
    )
    @pytest.mark.usefixtures("bob", "dinner")
    def test_bad_input_is_said(self, client_of, alice, changes, sentence):
        answer = invite(client_of(alice), alice, **changes)
        assert sentence in answer.content.decode()
        with as_(alice):
            assert not Invitation.objects.exists()
            assert not SentMail.objects.exists()

    @pytest.mark.parametrize("how", ["removed", "made a team member", "closed", "by hand"])
    def test_it_dies_with_the_right_of_the_inviter(self, client_of, alice, ada, how):
        invite(client_of(ada), ada, role="administrator")
        link = link_of(alice)
        assert Client().get(link).status_code == 200
        pk = membership_of(alice, ada)
        with as_(alice):
            if how == "removed":
                services.remove_member(actor=alice, membership_id=pk)
            elif how == "made a team member":
                services.change_member(actor=alice, membership_id=pk, role=Role.TEAM)
            elif how == "closed":
                Account.objects.filter(pk=ada.account_id).update(is_active=False)
            else:
                Membership.objects.filter(pk=pk).update(role=Role.TEAM)
        with as_(alice):
            withdrawn = Entry.objects.filter(action=Action.MEMBER_INVITE_WITHDRAW).count()
        assert withdrawn == (how in {"removed", "made a team member"})
        answer = Client().post(link, {"name": "Eve", "password": "a long enough password"})
        assert answer.status_code == 410

    def test_whoever_sends_it_again_answers_for_it(self, client_of, alice, ada):
        invite(client_of(ada), ada)
        with as_(alice):
            pk = Invitation.objects.get().pk
            services.resend(actor=alice, invitation_id=pk)
            services.remove_member(actor=alice, membership_id=membership_of(alice, ada))
        assert Client().get(link_of(alice)).status_code == 200

    def test_twice_the_same_person_is_refused(self, client_of, alice):
        client = client_of(alice)
        invite(client, alice)
        assert (
            "invited already" in invite(client, alice, email="VERA@seatrobot.test").content.decode()
        )

    def test_an_event_of_another_organization_is_refused(self, client_of, charlie, dinner):
        answer = invite(
            client_of(charlie), charlie, role="limited", **{f"role-{dinner.pk}": "door"}
        )
        assert answer.status_code == 422

    def test_a_team_member_may_not(self, client_of, bob):
        assert invite(client_of(bob), bob).status_code == 403

    def test_the_token_is_nowhere_in_clear(self, client_of, alice):
        invite(client_of(alice), alice)
        token = link_of(alice).split("/")[-2].encode()
        with as_(alice):
            assert bytes(Invitation.objects.get().token_hash) != token
            raw = Invitation.objects.values_list("sealed", flat=True).get()
        assert b"vera" not in bytes(raw)
