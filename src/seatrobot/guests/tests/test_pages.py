"""Every page answers whoever may see it."""

from seatrobot.guests.models import Guest


def test_the_list_shows_the_guests(client_of, alice, dinner, add, address):
    add("Alma Adams", email="alma@congress.example", tags=["vip"], extra={"state": "NC"})
    page = client_of(alice).get(address())
    assert page.status_code == 200
    assert "Alma Adams" in page.content.decode()
    assert "vip" in page.content.decode()


def test_a_search_as_one_types_gets_the_table_alone(client_of, alice, add, address):
    add("Alma Adams")
    page = client_of(alice).get(address("?q=alma"), headers={"HX-Request": "true"})
    assert page.content.decode().lstrip().startswith('<div id="guests"')


def test_a_guest_is_added_and_changed_by_hand(client_of, alice, address):
    browser = client_of(alice)
    said = {"first_name": "Bella", "last_name": "Abzug", "status": "confirmed"}
    page = browser.post(address("add/"), said | {"new_tags": "vip; hats"}, follow=True)
    assert page.status_code == 200
    assert "Bella Abzug is on the list." in page.content.decode()
    where = page.redirect_chain[-1][0]
    changed = said | {"keep_tags": ["hats"], "new_column": "state", "new_value": "NY"}
    page = browser.post(where, changed, follow=True)
    text = page.content.decode()
    assert "Bella Abzug is saved." in text
    assert 'value="NY"' in text
    assert 'value="vip"' not in text.split("<datalist")[0]


def test_what_is_wrong_is_said_on_the_form(client_of, alice, address):
    page = client_of(alice).post(
        address("add/"), {"email": "nonsense", "status": "confirmed", "first_name": "A" * 300}
    )
    assert page.status_code == 422
    assert "This is not an e-mail address." in page.content.decode()
    assert "at most 200 characters" in page.content.decode()
    assert 'value="nonsense"' in page.content.decode()


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
