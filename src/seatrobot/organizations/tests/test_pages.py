"""Choosing an organization, its settings, and the frame around its pages."""

import pytest
from django.test import Client
from django.urls import reverse

from seatrobot.accounts.models import Account
from seatrobot.conftest import as_
from seatrobot.kernel.journal.models import Entry
from seatrobot.organizations import services
from seatrobot.organizations.feature import Action
from seatrobot.organizations.permissions import Role


def page(member, path=""):
    return f"/o/{member.organization_id}/{path}"


def test_one_organization_is_entered_directly(client_of, alice):
    assert client_of(alice).get("/organizations/").url == page(alice, "events/")


def test_several_are_a_choice(client_of, alice, charlie):
    with as_(charlie):
        account = Account.objects.get(pk=alice.account_id)
        services.add_member(charlie.organization_id, account, Role.LIMITED)
    client = client_of(alice)
    text = client.get("/organizations/").content.decode()
    assert "Foundation" in text
    assert "Competitor" in text
    assert "Other organizations" in client.get(page(alice, "settings/")).content.decode()


def test_the_front_door_leads_in(client_of, alice):
    assert Client().get("/").url == "/sign-in/"
    assert client_of(alice).get("/").url == "/organizations/"


class TestSettings:
    def test_renames(self, client_of, alice):
        client = client_of(alice)
        assert client.post(page(alice, "settings/"), {"name": "New  Name"}).status_code == 302
        assert "New Name" in client.get(page(alice, "settings/")).content.decode()
        with as_(alice):
            assert Entry.objects.filter(action=Action.ORGANIZATION_CHANGE).count() == 1

    def test_are_for_administrators_of_this_organization(self, client_of, alice, bob, charlie):
        assert client_of(bob).get(page(bob, "settings/")).status_code == 403
        assert client_of(charlie).post(page(alice, "settings/"), {"name": "x"}).status_code == 404

    @pytest.mark.parametrize("name", ["", "  ", "x" * 201])
    def test_a_name_that_does_not_do_is_said(self, client_of, alice, name):
        answer = client_of(alice).post(page(alice, "settings/"), {"name": name})
        assert "field-errors" in answer.content.decode()


class TestFrame:
    def test_shows_where_one_may_go(self, client_of, alice):
        text = client_of(alice).get(page(alice, "members/")).content.decode()
        for path in ("events/", "members/", "log/", "mail/", "settings/"):
            assert f'href="{page(alice, path)}"' in text
        assert 'members/" aria-current="page"' in text
        assert "Foundation" in text
        assert "alice@seatrobot.test" in text

    def test_shows_no_door_that_is_shut(self, client_of, bob):
        text = client_of(bob).get(page(bob, "events/")).content.decode()
        assert page(bob, "members/") not in text
        assert page(bob, "log/") not in text

    def test_names_cost_one_query(self, client_of, alice, django_assert_num_queries, rf):
        from seatrobot.web.navigation import navigation

        request = rf.get("/")
        request.member, request._cached_user = alice, Account.objects.get(pk=alice.account_id)
        request.resolver_match = None
        with as_(alice):
            with django_assert_num_queries(0):
                context = navigation(request)
            with django_assert_num_queries(1):
                assert context["organization_name"]() == "Foundation"
                assert len(context["organizations"]()) == 1
                assert context["account_name"]() == "Alice"

    @pytest.mark.parametrize("where", ["accounts:account", "accounts:factors"])
    def test_the_account_keeps_the_places_of_the_only_organization(
        self, client_of, alice, bob, where
    ):
        text = client_of(alice).get(reverse(where)).content.decode()
        for path in ("events/", "members/", "log/"):
            assert f'href="{page(alice, path)}"' in text
        text = client_of(bob).get(reverse(where)).content.decode()
        assert f'href="{page(bob, "events/")}"' in text
        assert page(bob, "members/") not in text

    def test_nothing_is_opened_when_nobody_acts(self, alice, rf):
        from seatrobot.web.navigation import navigation

        request = rf.get("/")
        request.member, request._cached_user = alice, Account.objects.get(pk=alice.account_id)
        request.resolver_match = None
        assert navigation(request)["organization_name"]() == ""
