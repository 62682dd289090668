"""Every page answers whoever may see it."""

import re

import pytest
from django.db import IntegrityError, connection

from seatrobot.conftest import as_
from seatrobot.events.models import Event
from seatrobot.guests.models import Guest


def shown(page):
    """Return what a browser would post of the guest's form on a page."""
    form = page.context["form"]
    values = {field.html_name: field.value() for field in form}
    return {name: value for name, value in values.items() if value not in (None, False)}


def test_the_list_shows_the_guests(client_of, alice, dinner, add, field, address):
    state = field("state")
    add("Alma Adams", email="alma@congress.example", tags=["vip"], answers={state.pk: "NC"})
    page = client_of(alice).get(address(f"?sort=field:{state.pk.hex}"))
    assert page.status_code == 200
    for text in ("Alma Adams", "vip", "NC"):
        assert text in page.content.decode()


def test_a_search_as_one_types_gets_the_table_alone(client_of, alice, add, address):
    add("Alma Adams")
    page = client_of(alice).get(address("?q=alma"), headers={"HX-Request": "true"})
    assert page.content.decode().lstrip().startswith('<div id="guests"')


def test_a_guest_is_added_and_changed_by_hand(client_of, alice, address, field):
    state = field("state")
    browser = client_of(alice)
    said = shown(browser.get(address("add/"))) | {"first_name": "Bella", "last_name": "Abzug"}
    page = browser.post(address("add/"), said | {"new_tags": "vip; hats"}, follow=True)
    assert page.status_code == 200
    assert "Bella Abzug is on the list." in page.content.decode()
    where = page.redirect_chain[-1][0]
    changed = shown(page) | {"keep_tags": ["hats"], f"answer_{state.pk.hex}": "NY"}
    page = browser.post(where, changed, follow=True)
    text = page.content.decode()
    assert "Bella Abzug is saved." in text
    assert 'value="NY"' in text
    assert 'value="vip"' not in text.split("<datalist")[0]


def test_the_form_of_a_new_guest_sent_twice_adds_one(client_of, alice, address):
    browser = client_of(alice)
    said = shown(browser.get(address("add/"))) | {"last_name": "Abzug"}
    for _ in range(2):
        page = browser.post(address("add/"), said, follow=True)
        assert page.status_code == 200
    with as_(alice):
        assert Guest.objects.count() == 1


def test_saving_a_page_that_is_out_of_date_keeps_what_was_typed(client_of, alice, add, address):
    alma = add("Alma Adams")
    browser = client_of(alice)
    where = address(f"{alma.pk}/")
    first, second = (shown(browser.get(where)) for _ in range(2))
    browser.post(where, first | {"company": "Senate"})
    page = browser.post(where, second | {"company": "House"})
    assert page.status_code == 422
    text = page.content.decode()
    assert "Somebody else changed this guest meanwhile" in text
    assert 'value="House"' in text
    page = browser.post(where, {"last_name": "Smith"})
    assert page.status_code == 422  # a form without a version is as old as the guest
    with as_(alice):
        assert Guest.objects.get().sealed.company == "Senate"


def test_a_shared_address_is_warned_about_and_kept(client_of, alice, add, address):
    add("Alma Adams", email="office@congress.example")
    browser = client_of(alice)
    said = shown(browser.get(address("add/")))
    said |= {"last_name": "Abzug", "email": "office@congress.example"}
    page = browser.post(address("add/"), said, follow=True)
    text = page.content.decode()
    assert "office@congress.example is also the e-mail of Alma Adams; both are on the list." in text


def test_what_is_wrong_is_said_on_the_form(client_of, alice, address):
    page = client_of(alice).post(address("add/"), {"email": "nonsense", "first_name": "A" * 300})
    assert page.status_code == 422
    assert "This is not an e-mail address." in page.content.decode()
    assert "at most 200 characters" in page.content.decode()
    assert 'value="nonsense"' in page.content.decode()


def test_a_name_that_is_on_the_list_already_is_said(client_of, alice, add, address):
    add("Alma Adams")
    browser = client_of(alice)
    said = {"reply": "confirmed", "first_name": "adams", "last_name": "ALMA"}
    page = browser.post(address("add/"), said, follow=True).content.decode()
    assert "was on the list already: there are two of this name now." in page
    page = browser.post(address("add/"), said | {"last_name": "Bo"}, follow=True).content.decode()
    assert "adams Bo is on the list." in page
    assert "was on the list already" not in page


def test_a_plus_one_and_another_name_that_are_on_the_list_already_are_said(
    client_of, alice, add, address
):
    alma, bo = add("Alma Adams"), add("Bo Li")
    browser = client_of(alice)

    def page_after(path, **said):
        return browser.post(address(path), said, follow=True).content.decode()

    said = page_after(f"{bo.pk}/plus-one/", first_name="Alma", last_name="ADAMS")
    assert "Alma ADAMS comes with Bo Li." in said
    assert "was on the list already: there are two of this name now." in said
    said = page_after(f"{bo.pk}/plus-one/", first_name="Cy", last_name="Day")
    assert "was on the list already" not in said
    for last, is_said in (("Li", True), ("Lee", False)):
        form = browser.get(address(f"{alma.pk}/")).context["form"]
        values = {f.html_name: f.value() for f in form if f.value() not in (None, False)}
        said = page_after(f"{alma.pk}/", **values | {"first_name": "Bo", "last_name": last})
        assert ("was on the list already" in said) is is_said


def test_the_tick_to_overbook_is_offered_when_places_lack(client_of, alice, dinner, add, address):
    alma = add("Alma Adams")
    with as_(alice):
        dinner.activity.capacity = 1
        dinner.activity.save()
    browser = client_of(alice)
    said = shown(browser.get(address("add/"))) | {"last_name": "Abzug"}
    page = browser.post(address("add/"), said)
    assert page.status_code == 422
    assert "Every place is taken" in page.content.decode()
    assert 'name="overbook"' in page.content.decode()
    assert browser.post(address("add/"), said | {"overbook": "on"}).status_code == 302
    page = browser.post(address(f"{alma.pk}/plus-one/"), {"last_name": "Bo"})
    assert page.status_code == 422
    assert 'name="overbook"' in page.content.decode()


def test_what_else_is_true_has_its_own_acts(client_of, alice, add, address):
    alma = add("Alma Adams", email="alma@congress.example")
    browser = client_of(alice)
    for where, do, text in [
        ("arrival", "check-in", "Checked in at"),
        ("delivery", "bounced", "Mail bounced"),
        ("arrival", "take-back", "Has not arrived"),
        ("delivery", "ok", "No mail has bounced"),
    ]:
        page = browser.post(address(f"{alma.pk}/{where}/"), {"do": do}, follow=True)
        assert text in page.content.decode()
    with as_(alice):
        guest = Guest.objects.get()
        assert (guest.reply, guest.delivery, guest.checked_in_at) == ("confirmed", "", None)


def test_the_invitation_of_a_party_is_changed(client_of, alice, add, address):
    alma = add("Alma Adams")
    browser = client_of(alice)
    form = browser.get(address(f"{alma.pk}/")).context["party_form"]
    said = {field.html_name: field.value() or "" for field in form}
    said |= {"party-label": "Family Adams", "party-places": "3", "party-language": "pt-BR"}
    said |= {"party-reply_by": "2027-01-02T12:00"}
    page = browser.post(address(f"{alma.pk}/party/"), said, follow=True)
    text = page.content.decode()
    assert "The party is saved." in text
    assert "Family Adams · 3 places · reply until Jan. 2, 2027" in text
    page = browser.post(address(f"{alma.pk}/party/"), said | {"party-language": "??"})
    assert page.status_code == 422
    assert "Give a language code" in page.content.decode()


def test_a_plus_one_without_a_name_is_a_held_place(client_of, alice, add, address, dinner):
    host = add("Alma Adams")
    page = client_of(alice).post(address(f"{host.pk}/plus-one/"), follow=True)
    assert "A place is held for a guest of Alma Adams." in page.content.decode()
    assert "Guest of Alma Adams" in client_of(alice).get(address()).content.decode()


def test_a_guest_is_removed_with_the_places_held_for_them(client_of, alice, add, address, as_alice):
    host = add("Alma Adams")
    browser = client_of(alice)
    browser.post(address(f"{host.pk}/plus-one/"))
    browser.post(address(f"{host.pk}/remove/"))
    with as_alice():
        assert not Guest.objects.exists()


def test_every_field_of_the_form_is_on_the_page_once(client_of, alice, add, address, field):
    """A field that the template forgot could be neither seen nor changed."""
    field("Hotel")
    field("Diet", 1, type="consent")
    alma = add("Alma Adams", tags=["vip"])
    page = client_of(alice).get(address(f"{alma.pk}/"))
    form = page.context["form"]
    text = page.content.decode().split('<aside class="stack"')[0]
    hidden = {"held", "overbook", "plus_ones"}  # shown when they can be of use
    for name in form.fields.keys() - hidden:
        assert len(re.findall(rf'<(?:input|select|textarea)[^>]* ?name="{name}"', text)) == 1, name


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "9999-12-31T23:59", "2027-03-28T02:30"])
def test_no_date_of_a_party_breaks_the_list(moment, zone, client_of, alice, dinner, add, address):
    alma = add("Alma Adams")
    with as_(alice):
        Event.objects.update(time_zone=zone)
    browser = client_of(alice)
    form = browser.get(address(f"{alma.pk}/")).context["party_form"]
    said = {field.html_name: field.value() or "" for field in form}
    page = browser.post(address(f"{alma.pk}/party/"), said | {"party-reply_by": moment})
    assert page.status_code == (302 if (moment[:4], zone[:2]) == ("2027", "Am") else 422)
    for place in ("", f"{alma.pk}/"):
        assert browser.get(address(place)).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        "guests_party SET reply_by = '10000-01-01'",
        "guests_party SET reply_by = '0001-12-31 BC'",
        "guests_guest SET checked_in_at = '10000-01-01'",
    ],
)
def test_the_database_keeps_no_date_that_python_cannot_read(change, alice, add):
    add("Alma Adams")
    with pytest.raises(IntegrityError, match="_dates"), as_(alice), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {change}")
