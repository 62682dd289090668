"""The Access log's sign-ins: for administrators, filtered, pictured, page by page, exported."""

import csv
import io
import json
from datetime import timedelta

import pytest

from seatrobot.accounts.models import SignIn
from seatrobot.accounts.sign_in_log.recording import copy_to_organization
from seatrobot.accounts.sign_in_log.tests.people import (
    FIREFOX,
    IPHONE,
    browser,
    own_rows,
    run_jobs,
    sign_in,
)
from seatrobot.conftest import as_
from seatrobot.kernel.clock import now
from seatrobot.kernel.journal.models import Entry
from seatrobot.organizations.feature import Action
from seatrobot.organizations.log import exporting, reading, sign_ins


@pytest.fixture
def day(alice, bob, charlie):
    """Bob on a phone and a computer, a guess at Bob's password, and Charlie next door."""
    sign_in(browser(IPHONE, "198.51.100.1"), "bob")
    sign_in(browser(FIREFOX, "198.51.100.2"), "bob")
    sign_in(browser(FIREFOX, "203.0.113.9"), "bob", "wrong wrong wrong")
    sign_in(browser(), "charlie")
    run_jobs("accounts.copy-refused-sign-in")


def url(member, path=""):
    return f"/o/{member.organization_id}/log/sign-ins/{path}"


def ips(client, member, **filters):
    lines = client.get(url(member), filters).context["lines"]
    return [line.ip for line in lines if line.ip]


def test_says_who_came_from_where_with_what(day, client_of, alice):
    text = client_of(alice).get(url(alice)).content.decode()
    for words in ("Bob", "Safari on iPhone", "iOS 18.0", "198.51.100.1", "Refused: Wrong password"):
        assert words in text
    assert "Charlie" not in text


def test_is_for_administrators_of_this_organization(client_of, alice, bob, charlie):
    for path in ("", "sign-ins.csv", "sign-ins.jsonl"):
        assert client_of(bob).get(url(bob, path)).status_code == 403
        assert client_of(charlie).get(url(alice, path)).status_code == 404


def test_each_view_leaves_one_entry_with_its_filter(client_of, alice):
    client_of(alice).get(url(alice), {"device": "phone"})
    with as_(alice):
        [entry] = Entry.objects.filter(action=Action.JOURNAL_SIGN_INS_VIEW)
        assert entry.sealed.facts == {"filters": ["device: phone"]}


class TestFilters:
    def test_by_outcome_device_and_member(self, day, client_of, alice, bob):
        client = client_of(alice)
        assert ips(client, alice, outcome="failure") == ["203.0.113.9"]
        assert ips(client, alice, device="phone") == ["198.51.100.1"]
        bobs = ["203.0.113.9", "198.51.100.2", "198.51.100.1"]
        assert ips(client, alice, account=str(bob.account_id)) == bobs
        assert ips(client, alice, account=str(alice.account_id)) == []

    def test_by_day(self, day, client_of, alice):
        client, today = client_of(alice), now().date()
        day = timedelta(days=1)
        assert len(ips(client, alice, since=today.isoformat(), until=today.isoformat())) == 3
        assert ips(client, alice, since=(today + day).isoformat()) == []
        assert ips(client, alice, until=(today - day).isoformat()) == []

    @pytest.mark.parametrize(
        "filters",
        [{"account": "x"}, {"outcome": "'"}, {"device": "\x00"}, {"since": "1"}, {"before": "?"}],
    )
    def test_nonsense_filters_nothing_and_breaks_nothing(self, day, client_of, alice, filters):
        assert len(ips(client_of(alice), alice, **filters)) == 3


def test_pages_go_on_by_key_while_the_log_grows(client_of, alice, bob, monkeypatch):
    monkeypatch.setattr(reading, "PAGE", 2)
    for number in range(1, 6):
        sign_in(browser(ip=f"198.51.100.{number}"), "bob")
    client = client_of(alice)
    bobs = {"account": str(bob.account_id)}
    page = client.get(url(alice), bobs)
    shown = [line.ip for line in page.context["lines"]]
    sign_in(browser(ip="198.51.100.99"), "bob")
    while page.context["older"]:
        page = client.get(url(alice), bobs | {"before": str(page.context["older"])})
        shown += [line.ip for line in page.context["lines"]]
    assert shown == [f"198.51.100.{number}" for number in range(5, 0, -1)]


def test_the_picture_counts_by_day_and_device(day, client_of, alice):
    picture = client_of(alice).get(url(alice)).context["picture"]
    assert (picture.signed_in, picture.refused) == (3, 1)
    assert len(picture.by_day) == sign_ins.PICTURED_DAYS
    assert picture.by_day[-1][1] == 3
    assert dict(picture.by_device)["Phone"] == 1


def test_the_kept_sums_are_those_of_the_rows(day, alice):
    with as_(alice):
        rows = SignIn.objects.filter(organization_id=alice.organization_id)
        picture = sign_ins.picture(alice.organization_id)
        assert picture.signed_in == rows.filter(outcome="success").count()
        assert picture.refused == rows.filter(outcome="failure").count()


def test_a_page_costs_the_same_however_long_the_log_is(
    client_of, alice, bob, django_assert_max_num_queries
):
    sign_in(browser(), "bob")
    [row] = own_rows(bob)
    with as_(bob):
        for _ in range(reading.PAGE + 5):
            copy_to_organization(row, bob.organization_id)
    client = client_of(alice)
    with django_assert_max_num_queries(15):
        client.get(url(alice))


def test_what_a_member_disowned_is_marked(client_of, alice, bob):
    client = browser()
    sign_in(client, "bob")
    client.post(f"/account/sign-ins/{own_rows(bob)[0].pk}/not-me/")
    assert "Reported as somebody else" in client_of(alice).get(url(alice)).content.decode()


class TestExport:
    def read(self, client, member, kind, **filters):
        return b"".join(client.get(url(member, f"sign-ins.{kind}"), filters)).decode("utf-8-sig")

    def test_csv_has_every_column_and_evaluates_nothing(self, client_of, alice, bob):
        sign_in(browser("=HYPERLINK(1)"), "bob")
        [row] = [
            row
            for row in csv.DictReader(io.StringIO(self.read(client_of(alice), alice, "csv")))
            if row["who"] == "Bob"
        ]
        assert tuple(row) == exporting.SignInSource.columns
        assert not row["agent"].startswith("=")
        assert row["ip"] == "192.0.2.7"

    def test_json_lines_respect_the_filter_and_are_whole(self, day, client_of, alice, monkeypatch):
        monkeypatch.setattr(exporting, "CHUNK", 1)
        raw = self.read(client_of(alice), alice, "jsonl", outcome="failure")
        [record] = [json.loads(line) for line in raw.splitlines()]
        assert record["reason"] == "wrong-password"
        assert record["ip"] == "203.0.113.9"

    def test_is_journalled(self, day, client_of, alice):
        self.read(client_of(alice), alice, "csv", device="phone")
        with as_(alice):
            [entry] = Entry.objects.filter(action=Action.JOURNAL_SIGN_INS_EXPORT)
            assert entry.sealed.facts == {"rows": 1, "filters": ["device: phone"]}
