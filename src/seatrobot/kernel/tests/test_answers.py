"""A refusal becomes one answer: a page, a problem document, or a form with 422."""

import json

import pytest
from django import forms
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import path

from seatrobot.conftest import as_
from seatrobot.guests.feature import Action
from seatrobot.kernel import acting
from seatrobot.kernel.answers import came_from, form_page
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.refusal import LinkDead, Refused
from seatrobot.organizations.feature import Permission
from seatrobot.organizations.models import Organization
from seatrobot.organizations.pages import member_page
from seatrobot.web import urls as site


class TooMany(Refused):
    status = 422
    type = "too-many"


class NameForm(forms.Form):
    name = forms.CharField()


def refuse(_request):
    raise TooMany("At most 3 fit.", seats=3)


def dead(_request):
    raise LinkDead


@member_page(Permission.ORGANIZATION_ENTER)
def begin_and_refuse(request):
    journal.record(Action.GUEST_CHANGE)
    Organization.objects.update(created_at="2001-01-01T00:00Z")
    raise Refused("No.")


def broken(_request):
    raise RuntimeError


urlpatterns = [
    *site.urlpatterns,
    path("refuse/", refuse),
    path("dead/", dead),
    path("broken/", broken),
    path("o/<uuid:organization>/refuse/", begin_and_refuse),
]
handler404 = "seatrobot.web.errors.not_found"
handler500 = "seatrobot.web.errors.server_error"


@pytest.fixture(autouse=True)
def urls_of_this_test(settings):
    settings.ROOT_URLCONF = __name__


def test_a_person_sees_a_page_with_the_sentence_and_the_way_back(client):
    answer = client.get("/refuse/", headers={"Referer": "http://testserver/list/?q=1"})
    assert answer.status_code == 422
    assert "At most 3 fit." in answer.content.decode()
    assert 'href="/list/?q=1"' in answer.content.decode()


def test_the_way_back_never_leaves_the_site(client):
    answer = client.get("/refuse/", headers={"Referer": "http://elsewhere.test/"})
    assert "elsewhere" not in answer.content.decode()


@pytest.mark.parametrize("name", ["Referer", "HX-Current-URL"])
@pytest.mark.parametrize(
    "path", ["//elsewhere.test/x", "/\\elsewhere.test/x", "/\t/elsewhere.test/x"]
)
def test_a_path_that_begins_like_a_host_is_a_path_of_this_site(name, path):
    headers = {name: f"http://testserver{path}?q=1"}
    request = RequestFactory().get("/", headers=headers)
    assert came_from(request) == "/elsewhere.test/x?q=1"


@pytest.mark.parametrize("header", [{"HX-Request": "true"}, {"Accept": "application/json"}])
def test_a_script_gets_a_problem_document(client, header):
    answer = client.get("/refuse/", headers=header)
    assert answer["Content-Type"] == "application/problem+json"
    assert json.loads(answer.content) == {
        "type": "too-many",
        "title": "Unprocessable Entity",
        "status": 422,
        "detail": "At most 3 fit.",
        "seats": 3,
    }


def test_a_dead_link_is_gone(client):
    answer = client.get("/dead/")
    assert answer.status_code == 410
    assert "was used" in answer.content.decode()


def test_what_is_missing_or_broken_is_a_problem_document_for_a_script(client):
    client.raise_request_exception = False
    for place, status in (("/nowhere/", 404), ("/broken/", 500)):
        answer = client.get(place, headers={"HX-Request": "true"})
        assert answer.status_code == status
        assert json.loads(answer.content)["status"] == status


def test_a_refusal_that_leaves_the_view_undoes_rows_and_entries(client_of, alice):
    answer = client_of(alice).get(f"/o/{alice.organization_id}/refuse/")
    assert answer.status_code == 409
    with as_(alice):
        assert Organization.objects.get().created_at.year != 2001
        assert not Entry.objects.filter(action=Action.GUEST_CHANGE).exists()


class TestForm:
    def ask(self, act, data=None):
        request = RequestFactory().get("/") if data is None else RequestFactory().post("/", data)
        self.form = NameForm(data)
        return form_page(
            request,
            self.form,
            act=act,
            done=lambda result: HttpResponse(f"done: {result}"),
            template="organizations/set_up.html",
        )

    def test_first_shown_with_200(self):
        assert self.ask(lambda: 1).status_code == 200

    def test_wrong_is_422_and_nothing_is_done(self):
        assert self.ask(lambda: pytest.fail("called"), {"name": ""}).status_code == 422

    def test_done(self, db):
        assert self.ask(lambda: 1, {"name": "Zoë"}).content == b"done: 1"

    def test_refused_at_its_field_with_422(self, db):
        def act():
            raise Refused("This name is taken.", field="name")

        assert self.ask(act, {"name": "Zoë"}).status_code == 422
        assert self.form.errors == {"name": ["This name is taken."]}

    def test_refused_as_a_whole_where_the_form_has_no_such_field(self, db):
        def act():
            raise Refused.of([("name", "Taken."), ("seats", "Full.")])

        assert "Full." in self.ask(act, {"name": "Zoë"}).content.decode()
        assert self.form.errors["name"] == ["Taken."]

    def test_a_link_that_another_tab_has_used_is_no_mistake_in_the_form(self, db):
        def act():
            raise LinkDead

        with pytest.raises(LinkDead):
            self.ask(act, {"name": "Zoë"})

    def test_what_a_refused_service_wrote_is_undone_and_not_recorded(self, alice):
        def act():
            journal.record(Action.GUEST_CHANGE)
            Organization.objects.update(created_at="2001-01-01T00:00Z")
            raise Refused("No.")

        with as_(alice):
            journal.record(Action.GUEST_VIEW)
            assert self.ask(act, {"name": "Zoë"}).status_code == 422
        with as_(alice):
            assert Organization.objects.get().created_at.year != 2001
            assert Entry.objects.filter(action=Action.GUEST_VIEW).exists()
            assert not Entry.objects.filter(action=Action.GUEST_CHANGE).exists()


def test_a_savepoint_keeps_what_went_well(alice):
    with as_(alice), acting.savepoint():
        journal.record(Action.GUEST_CHANGE)
    with as_(alice):
        assert Entry.objects.filter(action=Action.GUEST_CHANGE).count() == 1
