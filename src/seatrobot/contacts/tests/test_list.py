"""The list of contacts: found, narrowed, ordered, tagged, removed, kept under a name."""

import pytest

from seatrobot.conftest import as_
from seatrobot.contacts import bulk, filters, services
from seatrobot.contacts.contact_list import open_contacts
from seatrobot.contacts.feature import Action
from seatrobot.contacts.models import Contact, ContactFilter, ContactRecord
from seatrobot.contacts.services import WrongContact
from seatrobot.guests.models import Guest
from seatrobot.guests.records import GuestRecord
from seatrobot.guests.services import contacts, editing
from seatrobot.kernel import lists
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.principals import NotAllowed

PEOPLE = {
    "Ana": ContactRecord(
        first_name="Ana", last_name="Žižek", company="Öl AG", tags=["VIP", "Press"]
    ),
    "Bo": ContactRecord(
        first_name="Bo", last_name="Li", company="Acme", emails=["bo@li.example"], tags=["vip"]
    ),
    "Cy": ContactRecord(first_name="Cy", last_name="Young", emails=["cy@young.example"]),
}


@pytest.fixture(autouse=True)
def no_opened_lists():
    lists.clear()
    yield
    lists.clear()


@pytest.fixture
def people(alice):
    with as_(alice):
        return {
            name: services.create(actor=alice, record=record) for name, record in PEOPLE.items()
        }


@pytest.fixture
def listed(client_of, alice):
    """Return the first names that the list shows for an address."""
    browser = client_of(alice)

    def ask(query=""):
        page = browser.get(f"/o/{alice.organization_id}/contacts/?{query}")
        return [contact.record.first_name for contact in page.context["page"]]

    return ask


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Bo", "Cy", "Ana"]),
        ("q=zizek", ["Ana"]),
        ("q=oel", ["Ana"]),
        ("q=acme+li", ["Bo"]),
        ("q=CY%40young", ["Cy"]),
        ("q=press", ["Ana"]),
        ("q=Yuong", ["Cy"]),
        ("tag=vip", ["Bo", "Ana"]),
        ("tag=VIP&without=press", ["Bo"]),
        ("tag=vip&tag=press", ["Ana"]),
        ("tag=nothing", []),
        ("sort=-name", ["Ana", "Cy", "Bo"]),
        ("sort=company", ["Bo", "Ana", "Cy"]),
        ("sort=email", ["Bo", "Cy", "Ana"]),
        ("sort=changed", ["Ana", "Bo", "Cy"]),
        ("mail=active&q=li", ["Bo"]),
        ("mail=not", []),
        ("mail=rubbish&sort=rubbish&page=99", ["Bo", "Cy", "Ana"]),
    ],
)
def test_what_an_address_of_the_list_finds(query, names, people, listed):
    assert listed(query) == names


def test_tags_of_any_case_are_one_and_keep_the_spelling_that_most_have(alice, people):
    ids = [person.pk for person in people.values()]
    with as_(alice):
        services.create(actor=alice, record=ContactRecord(last_name="Zed", tags=["VIP"]))
    with as_(alice):
        assert bulk.add_tag(actor=alice, ids=ids, tag=" vIp ;") == 1
    with as_(alice):
        assert [tag[1:] for tag in open_contacts(alice).tags] == [("Press", 1), ("VIP", 4)]
        assert Contact.objects.get(pk=people["Cy"].pk).sealed.tags == ["VIP"]
        assert bulk.remove_tag(actor=alice, ids=ids, tag="VIP") == 3
    with as_(alice):
        assert Contact.objects.get(pk=people["Bo"].pk).sealed.tags == []
        entry = Entry.objects.filter(action=Action.CONTACT_TAG).latest("pk")
        assert sorted(entry.sealed.facts["subjects"]) == sorted(map(str, ids))


@pytest.mark.parametrize("tag", ["", " ; ", "A" * 101])
def test_what_is_no_tag(tag, alice, people):
    with as_(alice), pytest.raises(WrongContact, match="Type a tag"):
        bulk.add_tag(actor=alice, ids=[people["Bo"].pk], tag=tag)


def test_bulk_acts_of_the_page(client_of, alice, dinner, people):
    with as_(alice):
        record = GuestRecord(first_name="Bo", last_name="Li", email="bo@li.example")
        guest = editing.add(actor=alice, event=dinner, record=record)
        contacts.keep(actor=alice, guest=guest)
    browser = client_of(alice)
    where = f"/o/{alice.organization_id}/contacts/bulk/"

    def send(**said):
        page = browser.post(where, said, follow=True)
        return [str(message) for message in page.context["messages"]]

    ticked = [str(people["Bo"].pk), str(new_id()), "nonsense"]
    assert send(contact=ticked, do="tag", newtag="Guests") == ["1 contact got the tag “Guests”."]
    assert send(all="1", query="tag=vip", do="tag", newtag="Both") == [
        "2 contacts got the tag “Both”."
    ]
    assert send(do="remove") == ["Nobody was selected, so nothing was changed."]
    assert send(contact=ticked, do="rubbish") == ["Nothing was changed; choose what to do first."]
    assert send(contact=ticked, do="remove") == ["1 contact is removed."]
    with as_(alice):
        assert Contact.objects.count() == 2
        assert Guest.objects.get(pk=guest.pk).contact_id is None


def test_a_search_is_kept_under_a_name_and_replaced_and_removed(client_of, alice, people):
    browser = client_of(alice)
    home = f"/o/{alice.organization_id}/contacts/"
    said = {"name": " Important ", "query": "tag=VIP&sort=-name&page=7&nonsense=1"}
    page = browser.post(f"{home}filters/", said, follow=True)
    assert "The filter is saved." in page.content.decode()
    assert "?tag=vip&amp;sort=-name" in page.content.decode()
    browser.post(f"{home}filters/", said | {"name": "IMPORTANT", "query": "q=bo"})
    with as_(alice):
        (kept,) = filters.saved(alice)
        assert (kept.name, kept.query) == ("IMPORTANT", "q=bo")
        raw = ContactFilter.objects.extra(select={"raw": "sealed"}).values_list("raw")
        assert b"IMPORTANT" not in bytes(raw[0][0])
    for wrong in ({"name": ""}, {"name": "A" * 101}, {"query": ""}, {"query": "sort=email"}):
        browser.post(f"{home}filters/", said | wrong)
    with as_(alice):
        assert ContactFilter.objects.count() == 1
    browser.post(f"{home}filters/{kept.id}/remove/")
    browser.post(f"{home}filters/{kept.id}/remove/")
    with as_(alice):
        assert not ContactFilter.objects.exists()
        assert Entry.objects.filter(action=Action.FILTER_REMOVE).count() == 1


def test_a_list_that_is_empty_says_what_to_do(client_of, alice):
    page = client_of(alice).get(f"/o/{alice.organization_id}/contacts/").content.decode()
    assert "No contacts yet" in page
    assert "/contacts/new/" in page


@pytest.mark.parametrize("name", ["max_", "vera", "doris"])
def test_those_who_may_not_change_contacts(name, request, alice, people):
    member = request.getfixturevalue(name)
    ids = [people["Bo"].pk]
    with as_(member):
        for call in (
            lambda: bulk.add_tag(actor=member, ids=ids, tag="A"),
            lambda: bulk.remove_tag(actor=member, ids=ids, tag="A"),
            lambda: bulk.remove(actor=member, ids=ids),
            lambda: filters.save(actor=member, name="A", query="q=a"),
            lambda: filters.remove(actor=member, filter_id=new_id()),
            lambda: filters.saved(member),
        ):
            with pytest.raises(NotAllowed):
                call()


def test_charlie_changes_nothing_of_others(charlie, people, alice):
    ids = [person.pk for person in people.values()]
    with as_(charlie):
        assert bulk.add_tag(actor=charlie, ids=ids, tag="Mine") == 0
        assert bulk.remove(actor=charlie, ids=ids) == 0
    with as_(alice):
        assert Contact.objects.count() == 3
