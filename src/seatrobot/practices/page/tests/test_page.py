"""The page says how each promise stands, to anybody, without scripts or cookies, whatever fails."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.template.loader import render_to_string
from django.urls import resolve

from seatrobot.kernel.acting import acting
from seatrobot.kernel.build import build_name
from seatrobot.kernel.clock import now
from seatrobot.kernel.promises import attesting, declaring, services
from seatrobot.kernel.promises.declaring import (
    PROMISES,
    AttestationRule,
    CannotMeasure,
    Measure,
    NotSetUp,
    Promise,
)
from seatrobot.kernel.promises.models import Evidence
from seatrobot.kernel.promises.status import PromiseStatus, State
from seatrobot.practices.faults.passkey import SoftPasskey
from seatrobot.practices.page.rows import Row

from .conftest import DAY
from .reading_pages import markup, row, summary, text

pytestmark = pytest.mark.django_db

IDS = [
    "transparency.contact",
    "confidentiality.need",
    "confidentiality.logged",
    "confidentiality.bound",
    "personnel.checks",
    "personnel.training",
    "personnel.policy",
    "compliance.cards",
    "compliance.providers",
    "access.signins",
    "access.visible",
    "administrators.tools",
    "retention.anytime",
    "retention.production",
    "retention.backups",
    "retention.investigation",
    "retention.return",
    "encryption.transit",
    "encryption.rest",
    "encryption.agility",
    "encryption.compatibility",
    "availability.server",
    "availability.datacentre",
    "availability.exercises",
    "availability.oncall",
    "recovery.redundant",
    "recovery.nightly",
    "recovery.alert",
    "recovery.tested",
    "network.factors",
    "network.firewall",
    "network.ports",
    "hosts.scans",
    "hosts.remediated",
    "hosts.laptops",
    "logging.central",
    "logging.analysed",
    "logging.overseen",
    "incidents.procedure",
    "incidents.notify",
]


def test_every_promise_that_we_set_out_to_keep_is_there(page):
    html = page()
    assert len(IDS) == 40
    assert [name for name in IDS if f'id="{name}"' not in html] == []


def test_what_is_about_the_readers_data_comes_first(page):
    titles = re.findall(r"<h2[^>]*>.*?</svg>(.*?)</h2>", page())
    first = ["Confidentiality", "Data encryption in transit and at rest", "Access logging"]
    assert titles[:3] == first
    assert titles[-1] == "What this page cannot show"


def test_a_kept_promise_shows_its_number_its_limit_and_when_it_was_proven(page, examined):
    examined(ago=timedelta(minutes=12, seconds=5))
    html = page()
    words = row(html, "retention.backups")
    assert words.startswith("Kept Backups that hold deleted data are destroyed within 14 days.")
    assert "oldest backup 9 days 4 hours ; limit 14 days" in words
    assert "Proven 12 minutes ago" in words
    at = Evidence.objects.get().at
    assert f'datetime="{at.isoformat(timespec="seconds")}"' in markup(html, "retention.backups")


def built() -> int:
    """Return how many promises are measured or attested, and not planned alone."""
    return sum(bool(each.is_examined or each.attested_by) for each in PROMISES.values())


def test_the_first_line_counts_as_examined_what_was_examined(page, examined):
    assert f"Examined by running code: 0 of the {built()}." in page()
    examined()
    assert f"Examined by running code: 1 of the {built()}." in page()
    waiting = sum(each.is_examined for each in PROMISES.values()) - 1
    assert f"Examinations of {waiting} more are under way" in page()


def test_what_is_too_old_is_not_counted_as_examined(page, examined):
    examined(ago=timedelta(hours=29))
    assert f"Examined by running code: 0 of the {built()}." in page()


def test_several_deviations_that_were_not_found_are_one_line():
    """A reader meets no rows of zeros; what was found, and what is measured, stands by itself."""
    several = [Measure(name, f"open {name}", most=0) for name in ("doors", "gates", "hatches")]
    zeros = {"doors": 0, "gates": 0, "hatches": 0}
    row_ = Row(
        PromiseStatus(
            replace(PROMISES["retention.backups"], measures=[*several, Measure("rows", "rows")]),
            State.KEPT,
            measurements=zeros | {"rows": 0},
        ),
        None,
        now(),
    )
    assert [each.text for each in row_.told] == ["0 rows"]
    assert len(row_.clear) == 3
    words = render_to_string("practices/rows.html", {"rows": [row_]})
    assert "3 kinds of deviation looked for, none found" in words
    assert "none allowed" not in words
    row_.status.measurements["gates"] = 2
    told = Row(row_.status, None, now())
    assert [each.text for each in told.told] == ["2 open gates", "0 rows"]
    assert len(told.clear) == 2


def test_a_broken_promise_comes_first(page, examined):
    examined(found=15 * DAY)
    html = page()
    assert row(html, "retention.backups").startswith("Broken Backups")
    assert "oldest backup 15 days ; limit 14 days" in row(html, "retention.backups")
    assert summary(html).startswith(f"1 broken · 0 of {len(PROMISES)} kept")
    assert html.index("1 promise is broken") < html.index('class="summary"')


def test_stale_evidence_is_unproven_and_its_number_is_called_old(page, examined):
    examined(ago=timedelta(hours=29))
    words = row(page(), "retention.backups")
    assert words.startswith("Unproven Backups")
    assert "This number is old: measured 1 day 5 hours ago ." in words
    assert "The evidence is too old" in words
    assert "Last proven 1 day 5 hours ago" in words


def test_a_state_is_a_word_and_an_icon_and_its_bars_differ_in_height(page, examined):
    examined()
    for found in (page(), page("?state=unproven")):
        pills = re.findall(r'<span class="pill state [^>]*>(.*?)</span>', found, re.DOTALL)
        assert pills
        assert all(re.match(r"\s*<svg.*</svg>\w+$", pill.strip(), re.DOTALL) for pill in pills)


def test_an_examination_that_cannot_tell_is_unproven_and_says_why(page, examined):
    examined(found=CannotMeasure("There is no certificate here."))
    assert row(page(), "retention.backups").startswith("Unproven")
    assert "There is no certificate here." in row(page(), "retention.backups")


def test_what_is_not_set_up_is_folded_with_what_would_set_it_up(page, examined):
    examined(found=NotSetUp("No backup is set up: SEATROBOT_BACKUP names a place."))
    html = page()
    assert "1 is about something that is not set up here." in html
    block = html.split("1 promise about what is not set up here")[1].split("</details>")[0]
    assert "SEATROBOT_BACKUP names a place." in row(block, "retention.backups")
    assert page().count('id="retention.backups"') == 1
    assert page().count('id="retention"') == 1


def test_the_page_says_what_it_is_about(page, examined):
    assert "The evidence begins" not in page()
    examined()
    words = text(page())
    assert f"Examined is the service at {urlsplit(settings.BASE_URL).netloc}" in words
    assert f"build {build_name()}" in words
    assert "The evidence begins on" in words


def test_evidence_for_another_sentence_proves_nothing(page, examined, monkeypatch):
    examined()
    assert row(page(), "retention.backups").startswith("Kept")
    stronger = replace(PROMISES["retention.backups"], sentence="Backups are destroyed at once.")
    monkeypatch.setitem(PROMISES, stronger.id, stronger)
    words = row(page(), "retention.backups")
    assert words.startswith("Unproven")
    assert "Its wording has changed since somebody read it." in words
    assert stronger in services.due(now())


def test_a_score_or_changelog_other_than_what_was_signed_does_not_count(
    page, examined, monkeypatch, tmp_path
):
    examined()
    assert "other ones than the newest evidence was signed with" not in page()
    for name, file in declaring.PUBLISHED.items():
        (tmp_path / name).write_bytes(file.read_bytes() + b"\n")
        with monkeypatch.context() as patch:
            patch.setitem(declaring.PUBLISHED, name, tmp_path / name)
            assert "other ones than the newest evidence was signed with" in page()
            assert "faults were noticed" not in page()


def test_a_promise_that_nothing_examines_says_what_it_waits_for(page):
    words = row(page(), "availability.server")
    assert words.startswith("Unproven")
    assert "Failover is not built yet." in words
    assert "Never proven" in words


def test_an_attested_promise_says_in_which_role_and_until_when(page, monkeypatch):
    asked = AttestationRule(["Head of Doors"], timedelta(days=366), people=2)
    promise = Promise("personnel.doors", "Doors are checked.", "By hand.", attested_by=asked)
    monkeypatch.setitem(PROMISES, promise.id, promise)
    role = str(promise.attested_by.roles[0])
    with acting(services.ACTOR):
        first, second = SoftPasskey().enrol(), SoftPasskey().enrol()
        facts = attesting.statement_of(promise, role=role, until=now() + timedelta(days=30))
        row_ = attesting.record(first.sign(facts))
        if promise.attested_by.people > 1:
            facts = attesting.confirmation_of(row_, by=second.account, role=role)
            attesting.record(second.sign(facts))
    words = row(page(), promise.id)
    assert words.startswith("Attested")
    assert f"In the role of {role}." in words
    assert "valid until" in words


def test_evidence_of_somebody_else_never_looks_like_a_pass(page, examined, superuser_connection):
    evidence = examined(found=20 * DAY) and Evidence.objects.get()
    with services.recording():
        Evidence.objects.create(
            promise=evidence.promise,
            at=now(),
            within=True,
            text=evidence.text.replace("1728000", "1"),
            signature=evidence.signature,
        )
    assert row(page(), "retention.backups").startswith("Unproven")
    assert "Alarm The last evidence does not bear our signature" in row(page(), "retention.backups")


def test_only_what_is_in_one_state_can_be_asked_for(page, examined):
    examined()
    html = page("?state=kept")
    assert re.findall(r'<li class="promise" id="(.*?)">', html) == ["retention.backups"]
    assert f"1 of {len(PROMISES)} kept" in summary(html)  # the summary is of everything
    assert page("?state=perfect").count('<li class="promise"') == len(PROMISES)


def test_it_takes_at_most_six_statements_however_many_promises(
    page, examined, django_assert_max_num_queries
):
    examined()
    with django_assert_max_num_queries(6):
        page()


def test_nobody_is_given_a_cookie_and_no_script_is_needed(client, examined):
    examined()
    for url in ("/practices/", "/practices/retention.backups/", "/practices/changes/"):
        answer = client.get(url)
        html = answer.content.decode()
        assert not answer.cookies
        assert answer["Cache-Control"] == "no-cache"
        assert "Cookie" not in answer.get("Vary", "")
        assert re.findall(r"<script[^>]*>", html) == [
            '<script src="/static/seatrobot/theme.js">'
        ]  # lets whoever signed in keep the chosen colours
        assert not re.search(r" (style|on\w+|hx-\w+)=", html)


def test_nothing_can_be_sent_to_it(client):
    for url in ("/practices/", "/practices/retention.backups/", "/practices/changes/"):
        assert client.post(url).status_code == 405
        assert client.head(url).status_code == 200


def test_headings_have_an_order(client, examined):
    examined()
    for url in ("/practices/", "/practices/retention.backups/", "/practices/changes/"):
        levels = [int(n) for n in re.findall(r"<h(\d)", client.get(url).content.decode())]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))


def test_no_link_is_dead(client):
    html = client.get("/practices/").content.decode()
    links = {url.removeprefix(settings.BASE_URL) for url in re.findall(r'href="([^"]+)"', html)}
    inside = {url.split("#")[0].split("?")[0] for url in links if url.startswith("/")}
    pages = {url for url in inside if url and not url.startswith("/static/")}
    assert "/practices/changes/" in pages
    assert all(resolve(url) for url in pages)
    targets = {url.split("#")[1] for url in links if url.startswith("#")}
    assert [name for name in targets if f'id="{name}"' not in html] == []


def test_other_pages_lead_here(client):
    assert 'href="/practices/"' in client.get("/sign-in/").content.decode()
    assert 'href="/practices/"' in client.get("/nothing-is-here/").content.decode()


@pytest.fixture
def profile(settings, tmp_path, monkeypatch):
    file = tmp_path / "practices.toml"
    monkeypatch.setattr("seatrobot.practices.profile.path", lambda: file)
    return file


def test_the_operator_speaks_apart_from_what_is_measured(page, profile):
    profile.write_text(
        'name = "Gala & Sons"\nplace = "Dublin"\n'
        '[[providers]]\nname = "Cloud"\npurpose = "servers"\n'
        '[[legal]]\ntitle = "PCI"\ntext = "Level 4 <b>"\n'
    )
    html = page()
    own = text(html.split('class="operator"')[1])
    assert "In the operator's own words, not measured" in own
    assert "Gala & Sons" in own
    assert "Dublin" in own
    assert "Cloud servers" in own
    assert "Level 4 <b>" in own  # as text
    assert "Security practices · Gala &amp; Sons" in html


@pytest.mark.parametrize("content", ["name = ", 'sentence = "We are perfect."', "x" * 300_000])
def test_a_bad_file_of_the_operator_does_not_take_the_page_down(page, profile, content, caplog):
    profile.write_text(content)
    assert "the file cannot be read just now" in text(page())
    assert "the operator's profile cannot be used" in caplog.text


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["promises_evidence", "promises_attestation", "promises_day"])
def test_it_answers_and_says_so_when_a_table_is_gone(
    page, client, examined, superuser_connection, table, caplog
):
    caplog.set_level(logging.CRITICAL)
    examined()
    superuser_connection.execute(f"ALTER TABLE {table} RENAME TO hidden")
    try:
        html = page()
        one = client.get("/practices/retention.backups/").content.decode()
    finally:
        superuser_connection.execute(f"ALTER TABLE hidden RENAME TO {table}")
    kept = table == "promises_day"  # how it stands is still known, only its past is not
    assert row(html, "retention.backups").startswith("Kept" if kept else "Unproven")
    for found in (html, one):
        assert "The evidence cannot be read just now" in text(found)
    assert row(page(), "retention.backups").startswith("Kept")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", ["", "retention.backups/", "changes/", "practices.json"])
def test_it_answers_while_somebody_has_locked_the_evidence(
    client, examined, superuser_connection, caplog, monkeypatch, address
):
    caplog.set_level(logging.CRITICAL)
    monkeypatch.setattr("seatrobot.practices.degraded.LONGEST_WAIT", "50ms")
    examined()
    with superuser_connection.transaction():
        superuser_connection.execute("LOCK promises_evidence, promises_change")
        answer = client.get(f"/practices/{address}")
    assert answer.status_code == 200
    assert "cannot be read just now" in answer.content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)


@pytest.mark.django_db(transaction=True)
def test_a_promise_is_shown_while_its_place_in_the_journal_cannot_be_read(
    client, examined, superuser_connection, caplog, monkeypatch
):
    caplog.set_level(logging.CRITICAL)
    monkeypatch.setattr("seatrobot.practices.degraded.LONGEST_WAIT", "50ms")
    examined()
    with superuser_connection.transaction():
        superuser_connection.execute("LOCK journal_leaf")
        answer = client.get("/practices/retention.backups/")
    assert answer.status_code == 200
    assert "Journal entry" in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_it_answers_when_the_database_is_down(page, client, monkeypatch, caplog):
    caplog.set_level(logging.CRITICAL)

    def refuse(*_):
        raise OperationalError("nobody answers")

    connection.close()
    monkeypatch.setattr(connection, "get_new_connection", refuse)
    html = page()
    assert "The evidence cannot be read just now" in text(html)
    assert f"0 of {len(PROMISES)} kept" in summary(html)
    assert f"{len(PROMISES)} unproven" in summary(html)
    assert client.get("/practices/retention.backups/").status_code == 200
    assert "cannot be read" in text(client.get("/practices/changes/").content.decode())


def test_it_answers_when_no_signature_can_be_verified(page, examined, monkeypatch, caplog):
    caplog.set_level(logging.CRITICAL)
    examined()

    def no_key(*_):
        raise FileNotFoundError("journal.key")

    monkeypatch.setattr("seatrobot.kernel.promises.statements.read", no_key)
    assert row(page(), "retention.backups").startswith("Unproven")
