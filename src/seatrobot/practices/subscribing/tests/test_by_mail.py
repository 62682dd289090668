"""A stranger subscribes, confirms, hears of changes, changes what they hear of, and leaves."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from seatrobot.accounts.mail import MailNotSent
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.clock import now
from seatrobot.kernel.jobs import Work
from seatrobot.kernel.tokens import token_hash
from seatrobot.practices.subscribing import jobs, links
from seatrobot.practices.subscribing.models import AddressRecord, Pending, Subscriber
from seatrobot.practices.subscribing.tests.conftest import link_in

EVE = "eve@seatrobot.test"
SUBSCRIBE = "/practices/subscribe/"
TABLE = re.compile(r'\b(?:FROM|INTO|UPDATE) "?(\w+)"?')


def ask(address: str = EVE, *sections: str):
    form = {"email": address, "sections": sections, "alive": "weekly"}
    return Client().post(SUBSCRIBE, form)


def subscribe(postbox, run_jobs, *sections: str, address: str = EVE) -> Subscriber:
    ask(address, *sections)
    run_jobs()
    link = link_in(postbox.to(address)[-1])
    assert Client().post(link).status_code == 200
    return Subscriber.objects.order_by("-confirmed_at")[0]


def _kind(sql: str) -> str:
    table = TABLE.search(sql)
    return f"{sql.split(maxsplit=1)[0]} {table[1] if table else ''}"


def an_hour_later():
    Pending.objects.update(mailed_at=now() - timedelta(hours=1))


def test_only_a_press_of_the_button_in_the_mail_subscribes(postbox, run_jobs):
    assert "Look into your mail" in ask().content.decode()
    run_jobs()
    [message] = postbox.to(EVE)
    link = link_in(message)
    for _scanner in range(2):
        page = Client().get(link)
        assert (page.status_code, Subscriber.objects.count()) == (200, 0)
        assert "Yes, subscribe me" in page.content.decode()
    assert "You are subscribed" in Client().post(link).content.decode()
    assert Subscriber.objects.count() == 1
    assert Client().post(link).status_code == 410
    assert not Pending.objects.exists()


def test_nothing_is_stored_in_clear(postbox, run_jobs):
    subscribe(postbox, run_jobs)
    ask("mallory@seatrobot.test")
    with connection.cursor() as cursor:
        for table in ("pending", "subscriber"):
            cursor.execute(f"SELECT t::text FROM subscribing_{table} t")
            text = str(cursor.fetchall())
            assert "seatrobot.test" not in text
            assert b"seatrobot.test".hex() not in text
        cursor.execute("SELECT string_agg(args::text, '') FROM procrastinate_jobs")
        assert "seatrobot.test" not in cursor.fetchone()[0]


def test_the_token_is_kept_as_a_hash_alone(postbox, run_jobs):
    ask()
    run_jobs()
    token = link_in(postbox.to(EVE)[0]).rstrip("/").rpartition("/")[2]
    assert bytes(Pending.objects.get().token_hash) == token_hash(token)


def test_a_link_works_for_a_day(postbox, run_jobs):
    ask()
    run_jobs()
    link = link_in(postbox.to(EVE)[0])
    Pending.objects.update(mailed_at=now() - timedelta(hours=24))
    assert Client().get(link).status_code == 410
    assert Client().post(link).status_code == 410
    assert not Subscriber.objects.exists()


def test_a_confirmation_is_mailed_once_an_hour(postbox, run_jobs):
    for _again in range(3):
        ask()
        run_jobs()
    assert len(postbox.to(EVE)) == 1
    first = link_in(postbox.to(EVE)[0])
    an_hour_later()
    ask()
    run_jobs()
    assert len(postbox.to(EVE)) == 2
    assert Client().get(first).status_code == 410


def test_unconfirmed_addresses_are_deleted_at_night(db):
    from seatrobot.kernel.jobs import Work

    ask()
    ask("mallory@seatrobot.test")
    Pending.objects.filter(pk=Pending.objects.order_by("id")[0].pk).update(
        asked_at=now() - timedelta(hours=25)
    )
    jobs.delete_unconfirmed(Work("subscribing.forget-unconfirmed", None, None))
    assert Pending.objects.count() == 1


def test_asking_says_and_costs_the_same_for_whoever_is_subscribed(postbox, run_jobs):
    subscribe(postbox, run_jobs)

    def work(address: str) -> tuple[Counter[str], str]:
        with CaptureQueriesContext(connection) as captured:
            page = ask(address).content.decode().replace(address, "somebody")
        page = re.sub(r'name="csrf-token" content="\w+"', "", page)
        said = (query["sql"] for query in captured if "SAVEPOINT" not in query["sql"])
        return Counter(_kind(sql) for sql in said), page

    assert work(EVE) == work("nobody@seatrobot.test")
    run_jobs()
    known, unknown = postbox.to(EVE)[-1], postbox.to("nobody@seatrobot.test")[-1]
    assert known["Subject"] == unknown["Subject"]


def test_asking_is_limited_for_whoever_asks(db):
    assert [ask(f"eve{number}@seatrobot.test").status_code for number in range(21)][-1] == 429


def test_strangers_who_ask_for_an_address_keep_nobody_from_subscribing(postbox, run_jobs):
    for number in range(25):
        said = {"email": EVE, "sections": [], "alive": "weekly"}
        place = f"203.0.113.{number // 5}"
        assert Client().post(SUBSCRIBE, said, REMOTE_ADDR=place).status_code == 200
        run_jobs()
    assert len(postbox.to(EVE)) == 1
    assert ask().status_code == 200
    assert Client().post(link_in(postbox.to(EVE)[0])).status_code == 200
    assert Subscriber.objects.count() == 1


def test_what_is_no_address_is_said(db):
    page = ask("eve")
    assert (page.status_code, Pending.objects.count()) == (422, 0)
    assert "This is not an e-mail address" in page.content.decode()


def test_one_message_tells_of_all_that_changed(postbox, run_jobs, doors):
    subscribe(postbox, run_jobs)
    doors.look(open=3, unlocked=1)
    run_jobs()
    [message] = postbox.to(EVE)[1:]
    assert message["Subject"] == "2 promises broken"
    text = message.get_content()
    assert "Broken: No door is open." in text
    assert "kept → broken" in text
    assert "Measured: 3 open doors (none allowed)" in text
    assert "/practices/encryption.unlocked/" in text
    doors.look(open=0)
    run_jobs()
    [message] = postbox.to(EVE)[2:]
    assert message["Subject"] == "Kept again: No door is open."
    assert "broken → kept" in message.get_content()


def test_nothing_is_told_twice_or_without_a_change(postbox, run_jobs, doors):
    subscribe(postbox, run_jobs)
    doors.look(open=3)
    doors.look()
    run_jobs()
    doors.look()
    run_jobs()
    assert len(postbox.to(EVE)[1:]) == 1


def test_a_change_that_is_rolled_back_is_not_told(run_jobs, doors, monkeypatch):
    from seatrobot.kernel.journal import services as journal
    from seatrobot.practices.subscribing.models import Untold

    def full(_access):
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(journal, "write", full)
        with pytest.raises(OSError, match="disk full"):
            doors.look(open=3)
    assert not Untold.objects.exists()
    assert "subscribing.tell" not in run_jobs()


def test_a_subscriber_hears_only_of_what_they_chose(postbox, run_jobs, doors):
    subscribe(postbox, run_jobs, "encryption")
    subscribe(postbox, run_jobs, "retention", address="mallory@seatrobot.test")
    doors.look(open=3)
    assert run_jobs().count("subscribing.mail") == 1
    assert len(postbox.to(EVE)) == 1
    assert len(postbox.to("mallory@seatrobot.test")) == 2
    doors.look(open=0, unlocked=1)
    run_jobs()
    assert postbox.to(EVE)[-1]["Subject"] == "Broken: No door is unlocked."
    assert postbox.to("mallory@seatrobot.test")[-1]["Subject"] == "Kept again: No door is open."


def test_mail_comes_from_the_operator_and_offers_one_click_to_leave(postbox, run_jobs, doors):
    row = subscribe(postbox, run_jobs)
    doors.look(open=3)
    run_jobs()
    message = postbox.to(EVE)[-1]
    assert message["From"].startswith("Seatrobot <")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Unsubscribe"].strip() == f"<{links.leaving(row.pk)}>"
    path = link_in(message, "/leave/")
    program = Client(enforce_csrf_checks=True)
    assert program.get(path).status_code == 200
    assert Subscriber.objects.exists()
    assert program.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not Subscriber.objects.exists()
    assert program.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 410


def test_what_a_subscriber_hears_of_can_be_changed(postbox, run_jobs):
    row = subscribe(postbox, run_jobs)
    page = links.settings_of(row.pk).partition("/practices/")[2]
    assert Client().get(f"/practices/{page}").status_code == 200
    form = {"sections": ["retention"], "alive": "daily"}
    answer = Client().post(f"/practices/{page}", form, follow=True)
    assert "It is saved." in answer.content.decode()
    row.refresh_from_db(fields=["sections", "alive"])
    assert (row.sections, row.alive) == (["retention"], "daily")
    for wrong in ({"sections": ["nonsense"]}, {"alive": "hourly"}):
        assert Client().post(f"/practices/{page}", form | wrong).status_code == 422


def test_subscribing_again_changes_what_is_heard_of_and_makes_no_second_row(postbox, run_jobs):
    subscribe(postbox, run_jobs)
    row = subscribe(postbox, run_jobs, "retention")
    assert (Subscriber.objects.count(), row.sections) == (1, ["retention"])


def test_a_link_of_somebody_else_opens_nothing(postbox, run_jobs):
    mine = subscribe(postbox, run_jobs)
    with acting(Actor.system("tests")):
        other = Subscriber.objects.create(
            address_index=b"other", sealed=AddressRecord("other@seatrobot.test"), confirmed_at=now()
        )
    path = links.leaving(mine.pk).replace(str(mine.pk), str(other.pk)).partition("/practices/")[2]
    assert Client().post(f"/practices/{path}").status_code == 410
    assert Subscriber.objects.count() == 2


def test_a_confirmation_that_was_not_sent_is_sent_at_the_next_try(postbox, run_jobs, settings):
    server = settings.CONFIG
    settings.CONFIG = replace(server, smtp_url="smtp://127.0.0.1:1")
    ask()
    with pytest.raises(MailNotSent):
        run_jobs()
    settings.CONFIG = server
    work = Work("subscribing.send-confirmation", None, None)
    jobs.send_confirmation(work, str(Pending.objects.get().pk))
    assert len(postbox.messages) == 1
