"""The Access log: readable, filtered, page by page, exportable, and journalled itself."""

import csv
import io
import json
from datetime import timedelta

import pytest

from seatrobot.accounts import services as accounts
from seatrobot.accounts.feature import Action as AccountAction
from seatrobot.accounts.models import Account
from seatrobot.conftest import as_, colleague
from seatrobot.guests.feature import Action as GuestAction
from seatrobot.kernel import features
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.journal import services as journal
from seatrobot.kernel.journal.actions import Kind
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.principals import NotAllowed
from seatrobot.organizations.feature import Action as OrganizationAction
from seatrobot.organizations.log import entries, exporting, reading
from seatrobot.organizations.log.entries import LogFilter
from seatrobot.organizations.log.subjects import About
from seatrobot.organizations.log.text import phrase
from seatrobot.organizations.models import Membership
from seatrobot.organizations.permissions import Role
from seatrobot.seating.feature import Action as SeatingAction


def url(member, path=""):
    return f"/o/{member.organization_id}/log/{path}"


def act(member, action, **details):
    with as_(member):
        journal.record(action, **details)


def text_of(client, member, **filters):
    return client.get(url(member), {"show": "everything"} | filters).content.decode()


def test_says_who_did_what_and_where(client_of, alice, bob, dinner):
    act(bob, GuestAction.GUEST_CHANGE, event_id=dinner.pk, joins="0193-zoe")
    text = text_of(client_of(alice), alice)
    assert "Bob changed a guest in Congress Dinner" in text
    assert "0193-zoe" in text


def test_the_first_view_shows_what_changed_and_no_sign_in(client_of, alice, bob, dinner):
    """Nor what else an action can record of coming in: each has the kind of signing in."""
    for area_resource in ("account:sign-in", "account:sign-out", "staff:sign-in", "staff:sign-out"):
        for action, known in features.actions().items():
            if action.startswith(f"{area_resource}:") and not action.endswith(":disown"):
                assert known.kind in {Kind.SIGNING_IN, Kind.REFUSING}, action
    act(bob, GuestAction.GUEST_CHANGE, event_id=dinner.pk)
    act(bob, AccountAction.ACCOUNT_SIGN_IN)
    act(bob, AccountAction.ACCOUNT_CONFIRM)
    act(bob, AccountAction.ACCOUNT_SIGN_IN_FAIL)
    client = client_of(alice)
    first = text_of(client, alice, show="changes", account=bob.account_id)
    assert "Bob changed a guest in Congress Dinner" in first
    for quiet in ("Bob signed in", "Identity confirmed", "Sign-in failed"):
        assert quiet not in first
        assert quiet in text_of(client, alice, account=bob.account_id)


def test_is_for_administrators_of_this_organization(client_of, alice, bob, charlie):
    for path in ("", "access-log.csv", "access-log.jsonl"):
        assert client_of(bob).get(url(bob, path)).status_code == 403
        assert client_of(charlie).get(url(alice, path)).status_code == 404


def test_shows_nothing_of_another_organization(client_of, alice, charlie):
    act(charlie, GuestAction.GUEST_EXPORT)
    client = client_of(alice)
    assert "Charlie" not in text_of(client, alice)
    assert b"Charlie" not in b"".join(client.get(url(alice, "access-log.csv")))


def test_each_view_leaves_one_entry_with_its_filter(client_of, alice):
    text_of(client_of(alice), alice, area="guest")
    with as_(alice):
        [entry] = Entry.objects.filter(action=OrganizationAction.JOURNAL_VIEW)
        assert entry.sealed.facts == {"filters": ["area: guest"]}


def test_looks_in_a_row_are_one_line(client_of, alice, bob):
    for _ in range(7):
        act(bob, GuestAction.GUEST_LIST)
    text = text_of(client_of(alice), alice)
    assert text.count("Bob looked at the guest list") == 1
    assert "\u00d7 7" in text


def test_changes_in_a_row_stay_apart(client_of, alice, bob):
    for _ in range(3):
        act(bob, GuestAction.GUEST_CHANGE)
    assert text_of(client_of(alice), alice).count("Bob changed a guest") == 3


class TestFilters:
    def test_by_member_area_and_event(self, client_of, alice, bob, dinner):
        act(bob, GuestAction.GUEST_CHANGE, event_id=dinner.pk)
        act(alice, SeatingAction.SEATING_PROPOSE)
        client = client_of(alice)
        for filters in (
            {"account": str(bob.account_id)},
            {"area": "guest"},
            {"event": str(dinner.pk)},
        ):
            text = text_of(client, alice, **filters)
            assert "Bob changed a guest" in text
            assert "had the robot seat" not in text

    def test_by_day(self, client_of, alice, bob):
        act(bob, GuestAction.GUEST_CHANGE)
        client = client_of(alice)
        today = now().date()
        inside = {"since": today.isoformat(), "until": today.isoformat()}
        assert "Bob changed a guest" in text_of(client, alice, **inside)
        later = {"since": (today + timedelta(days=1)).isoformat()}
        assert "Nothing matches" in text_of(client, alice, **later)
        earlier = {"until": (today - timedelta(days=1)).isoformat()}
        assert "Nothing matches" in text_of(client, alice, **earlier)

    @pytest.mark.parametrize(
        "filters",
        [{"account": "x"}, {"area": "'"}, {"event": "1"}, {"since": "yesterday"}, {"before": "?"}],
    )
    def test_nonsense_filters_nothing_and_breaks_nothing(self, client_of, alice, filters):
        assert "set up the organization" in text_of(client_of(alice), alice, **filters)


@pytest.mark.parametrize("path", ["", "sign-ins/"])
@pytest.mark.parametrize(
    ("filters", "is_empty"),
    [
        ({"since": "0001-01-01", "until": "9999-12-31"}, False),
        ({"since": "9999-12-31"}, True),
        ({"until": "1969-12-31"}, True),
    ],
)
def test_days_at_the_ends_of_time_break_nothing(client_of, alice, bob, path, filters, is_empty):
    answer = client_of(alice).get(url(alice, path), filters)
    assert answer.status_code == 200
    assert path or bool(answer.context["lines"]) != is_empty


def test_goes_on_where_it_stopped_while_the_log_grows(client_of, alice, bob):
    with as_(bob):
        for number in range(60):
            journal.record(GuestAction.GUEST_CHANGE, number=number)
    client = client_of(alice)
    first = client.get(url(alice), {"area": "guest"})
    shown = [line.facts["number"] for line in first.context["lines"]]
    act(bob, GuestAction.GUEST_CHANGE, number=99)
    older = {"area": "guest", "before": str(first.context["older"])}
    second = client.get(url(alice), older)
    shown += [line.facts["number"] for line in second.context["lines"]]
    assert shown == list(range(59, -1, -1))
    assert second.context["older"] is None


def test_a_page_costs_the_same_however_long_the_log_is(
    client_of, alice, bob, django_assert_max_num_queries
):
    with as_(bob):
        for number in range(reading.PAGE + 5):
            journal.record(GuestAction.GUEST_CHANGE, number=number)
    client = client_of(alice)
    with django_assert_max_num_queries(16):
        client.get(url(alice))


class TestExport:
    def read(self, client, member, kind, **filters):
        return b"".join(client.get(url(member, f"access-log.{kind}"), filters))

    def test_csv_opens_well_and_evaluates_nothing(self, client_of, alice, bob):
        act(bob, GuestAction.GUEST_CHANGE, joins="0193-zoe")
        with as_(alice):
            account = Account.objects.get(pk=alice.account_id)
            accounts.change_name(account=account, name='=HYPERLINK("http://evil")')
        raw = self.read(client_of(alice), alice, "csv").decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(raw)))
        assert any(row["what"] == "Bob changed a guest" for row in rows)
        assert not [cell for row in rows for cell in row.values() if cell.startswith("=")]

    def test_json_lines_tell_everything(self, client_of, alice, bob, dinner):
        act(bob, GuestAction.GUEST_CHANGE, event_id=dinner.pk, joins="0193-zoe")
        raw = self.read(client_of(alice), alice, "jsonl", area="guest").decode()
        [record] = [json.loads(line) for line in raw.splitlines()]
        assert record["who"] == "Bob"
        assert record["event"] == "Congress Dinner"
        assert record["details"] == {"joins": "0193-zoe"}

    def test_is_journalled_and_whole(self, client_of, alice, bob, monkeypatch):
        monkeypatch.setattr(exporting, "CHUNK", 10)
        with as_(bob):
            for number in range(35):
                journal.record(GuestAction.GUEST_CHANGE, number=number)
        raw = self.read(client_of(alice), alice, "jsonl", area="guest").decode()
        numbers = [json.loads(line)["details"]["number"] for line in raw.splitlines()]
        assert numbers == list(range(34, -1, -1))
        with as_(alice):
            assert Entry.objects.filter(action=OrganizationAction.JOURNAL_EXPORT).exists()


@pytest.mark.parametrize("path", ["access-log.csv", "sign-ins/sign-ins.csv"])
class TestExportOfEitherLog:
    def test_tells_from_where_each_chunk_was_asked(self, client_of, alice, path, monkeypatch):
        monkeypatch.setattr(exporting, "CHUNK", 1)
        act(alice, OrganizationAction.JOURNAL_VIEW)
        client = client_of(alice)
        answer = client.get(
            url(alice, path), REMOTE_ADDR="203.0.113.5", headers={"User-Agent": "Firefox"}
        )
        b"".join(answer)
        with as_(alice):
            told = [entry.sealed for entry in Entry.objects.filter(action__endswith=":export")]
        assert told
        assert {(each.ip, each.agent) for each in told} == {("203.0.113.5", "Firefox")}

    def test_asks_for_a_fresh_sign_in(self, client_of, alice, path, monkeypatch):
        client = client_of(alice)
        later = now() + timedelta(minutes=11)
        monkeypatch.setattr("seatrobot.accounts.assurance.now", lambda: later)
        assert client.get(url(alice, path)).status_code == 302

    def test_ends_when_the_permission_does(self, client_of, alice, path, monkeypatch):
        monkeypatch.setattr(exporting, "CHUNK", 1)
        ada = colleague("Ada", Role.ADMINISTRATOR, alice)
        for _ in range(3):
            act(ada, OrganizationAction.JOURNAL_VIEW)
        answer = client_of(ada).get(url(ada, path))
        chunks = iter(answer)
        if path == "access-log.csv":
            next(chunks)
        with as_(alice):
            Membership.objects.filter(account_id=ada.account_id).update(role=Role.TEAM)
        with pytest.raises(NotAllowed):
            next(chunks)

    def test_is_refused_before_the_first_byte(self, bob, path):
        source = exporting.LogSource(bob.organization_id, LogFilter())
        with as_(bob), pytest.raises(NotAllowed):
            exporting.export(actor=bob, source=source, before=new_id(), write=exporting.json_lines)


def test_an_export_opens_only_the_events_it_names(alice, dinner):
    act(alice, OrganizationAction.JOURNAL_VIEW)
    act(alice, OrganizationAction.JOURNAL_VIEW, event_id=dinner.pk)
    source = exporting.LogSource(alice.organization_id, LogFilter())
    with as_(alice) as access:
        source.read(new_id())
        first = access.opened
        source.read(new_id())
    assert first == access.opened - first + 1


@pytest.mark.parametrize("action", features.actions().values())
def test_every_action_makes_a_sentence(action):
    text = phrase(action, "Bob", "Vera", "Congress Dinner")
    assert "Bob" in text or "Vera" in text
    assert "%" not in text


def read_line(device="Firefox on Linux", ip="192.0.2.1", **more):
    return entries.Line(
        **dict.fromkeys(("who", "sentence", "icon", "tone", "event"), "Bob")
        | {"id": new_id(), "at": now(), "facts": {}, "opened": 2}
        | more,
        action="guest:list:view",
        ip=ip,
        device=device,
    )


@pytest.mark.parametrize("fold", [entries.fold, entries.fold_reads])
def test_reads_from_elsewhere_are_a_line_of_their_own(fold):
    lines = [read_line(), read_line(), read_line("Chrome on Windows"), read_line(ip="192.0.2.2")]
    assert [(each.times, each.opened, each.device, each.ip) for each in fold(lines)] == [
        (2, 4, "Firefox on Linux", "192.0.2.1"),
        (1, 2, "Chrome on Windows", "192.0.2.1"),
        (1, 2, "Firefox on Linux", "192.0.2.2"),
    ]


def test_whom_each_of_several_reads_showed_stays_to_be_seen():
    showed = [About(showed=name) for name in ("Norma", "Norma", "Everybody on the list")]
    (line,) = entries.fold(read_line(about=about) for about in showed)
    assert [each.about for each in line.within] == showed
    other = read_line(sentence="Bob looked at an event")
    (line,) = entries.fold_reads([other, *(read_line(about=about) for about in showed)])
    assert [each.about.showed for each in line.within][1:] == [each.showed for each in showed]
    (line,) = entries.fold(read_line(about=about) for about in showed[:2])
    assert (line.times, line.within) == (2, ())
