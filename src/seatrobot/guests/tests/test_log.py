"""The access log says which guest, looked up when it is shown."""

import csv
import io
import json
import re

import pytest

from seatrobot.conftest import as_
from seatrobot.guests.searching import Listing, Search
from seatrobot.guests.services import bulk, exporting
from seatrobot.kernel.journal.models import Entry


@pytest.fixture
def log(alice):
    return f"/o/{alice.organization_id}/log/"


def texts(browser, log, **filters):
    """Return each line of the log as text."""
    page = browser.get(log, filters).content.decode()
    lines = re.findall(r"<li><details>(.*?)</details></li>", page, re.DOTALL)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", line)).strip() for line in lines]


def rows(browser, log, **filters):
    data = b"".join(browser.get(f"{log}access-log.csv", filters)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(data)))


def test_each_line_names_the_guest(client_of, alice, bob, dinner, add, address, log):
    alma = add("Alma Adams")
    theirs = client_of(bob)
    theirs.get(address(f"{alma.pk}/"))
    theirs.post(address(f"{alma.pk}/arrival/"), {"do": "check-in"})
    browser = client_of(alice)
    lines = texts(browser, log, show="everything")
    assert "Bob noted that a guest has arrived in Congress Dinner: Alma Adams" in lines[1]
    assert "Bob looked at a guest in Congress Dinner: Alma Adams" in lines[2]
    [row] = [row for row in rows(browser, log) if row["action"] == "guest:guest:view"]
    assert (row["guest"], row["guest_id"]) == ("Alma Adams", str(alma.pk))


def test_a_search_and_a_bulk_act_say_whom(client_of, alice, bob, dinner, add, address, log):
    people = [add(f"{name} Adams") for name in ("Alma", "Berta", "Clara")]
    theirs = client_of(bob)
    theirs.get(address("?q=berta"))
    with as_(bob):
        bulk.add_tag(actor=bob, event=dinner, ids=[guest.pk for guest in people], tag="vip")
    browser = client_of(alice)
    tagged, searched = texts(browser, log, show="everything", event=str(dinner.pk))[:2]
    assert "Alma Adams; Berta Adams; Clara Adams" in tagged
    assert "Berta Adams" in searched
    assert "Alma" not in searched
    found = {row["action"]: row["showed"] for row in rows(browser, log)}
    assert found["guest:list:view"] == "Berta Adams"
    assert found["guest:guest:tag"].count("Adams") == 3


def test_the_log_of_one_guest(client_of, alice, bob, dinner, add, address, log):
    alma, bella = add("Alma Adams"), add("Bella Abzug")
    theirs = client_of(bob)
    for guest in (alma, bella):
        theirs.get(address(f"{guest.pk}/"))
    browser = client_of(alice)
    of_alma = {"event": str(dinner.pk), "guest": "alma"}
    assert [line.split(" · ")[0][:3] for line in texts(browser, log, **of_alma)] == ["Bob", "Ali"]
    assert all("Bella" not in line for line in texts(browser, log, **of_alma))
    kept = rows(browser, log, **of_alma)
    assert [row["guest"] for row in kept] == ["Alma Adams", "Alma Adams"]
    refused = browser.get(log, {"guest": "alma"}).content.decode()
    assert "Choose the event of the guest, too." in refused
    with as_(alice):
        for entry in Entry.objects.filter(action__startswith="journal:"):
            assert "alma" not in json.dumps(entry.sealed.facts).lower()


def test_the_log_of_one_guest_has_whole_lists_since_they_were_on_it(
    client_of, alice, bob, dinner, add, log
):
    alma = add("Alma Adams")
    with as_(bob):
        exporting.export(actor=bob, event=dinner, listing=Listing(Search()), kind="csv")
    bella = add("Bella Abzug")
    browser = client_of(alice)

    def actions(guest):
        found = rows(browser, log, event=str(dinner.pk), guest=str(guest.pk))
        return [row["action"] for row in found]

    assert "guest:list:export" in actions(alma)
    assert "guest:list:export" not in actions(bella)


def test_an_erased_guest_is_shown_as_removed(client_of, alice, dinner, add, log):
    alma = add("Alma Adams")
    with as_(alice):
        bulk.remove(actor=alice, event=dinner, ids=[alma.pk])
    browser = client_of(alice)
    lines = texts(browser, log, show="everything", event=str(dinner.pk))
    assert "Alice added a guest in Congress Dinner: a guest who was removed" in lines[-1]
    assert "Alma" not in " ".join(lines)
    of_her = {"event": str(dinner.pk), "guest": str(alma.pk)}
    assert len(texts(browser, log, **of_her)) == 2


def test_the_first_view_is_of_changes_and_exports(client_of, alice, bob, add, address, log):
    alma = add("Alma Adams")
    theirs = client_of(bob)
    theirs.get(address())
    theirs.get(address(f"{alma.pk}/"))
    theirs.get(address("export.csv"))
    browser = client_of(alice)
    lines = " ".join(texts(browser, log))
    assert "Bob exported the guest list" in lines
    assert "Alice added a guest" in lines
    assert "looked at" not in lines
    everything = texts(browser, log, show="everything")
    assert any("Bob read data of Congress Dinner" in line for line in everything)


def test_the_history_says_which_fields_were_changed(client_of, alice, add, field, address):
    field("Hotel")
    alma = add("Alma Adams")
    browser = client_of(alice)
    form = browser.get(address(f"{alma.pk}/")).context["form"]
    said = {f.html_name: f.value() for f in form if f.value() is not None}
    said |= {"company": "Globex", form.answer_fields[0].html_name: "Ritz"}
    assert browser.post(address(f"{alma.pk}/"), said).status_code == 302
    page = browser.get(address(f"{alma.pk}/history/")).content.decode()
    assert "Company; Hotel" in page
    assert "Globex" not in page
    assert "Ritz" not in page


def test_names_of_another_organization_are_not_found(client_of, charlie, alice, dinner, add, log):
    alma = add("Alma Adams")
    browser = client_of(charlie)
    theirs = f"/o/{charlie.organization_id}/log/"
    asked = {"event": str(dinner.pk), "guest": str(alma.pk)}
    assert "Alma" not in browser.get(theirs, asked).content.decode()
