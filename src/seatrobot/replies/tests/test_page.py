"""The guest's page: seen, answered in two steps, changed; nothing by a look alone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from seatrobot.conftest import as_
from seatrobot.guests.models import Guest
from seatrobot.guests.statuses import Reply, Status
from seatrobot.kernel import clock
from seatrobot.replies import links, services, stamps
from seatrobot.replies.models import Answer, Page, PageRecord

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


def hidden(answer):
    return dict(HIDDEN.findall(answer.content.decode()))


def fill(client, path, said):
    """Answer as a person does: open, fill in, continue, tick, send."""
    page = client.get(path)
    assert page.status_code == 200
    review = client.post(path, {**hidden(page), **said})
    if review.status_code != 200 or b'name="mine"' not in review.content:
        return review
    return client.post(path, {**hidden(review), "mine": "yes", "step": "record"})


def comes(guests, *words):
    return {f"comes_{guest.pk.hex}": word for guest, word in zip(guests, words, strict=True)}


def test_a_party_answers_and_reads_what_is_recorded(slowly, invite, link, guests_of, alice):
    party = invite("Alma Adams", "Ben Adams")
    path, client = link(party), Client()
    done = fill(client, path, comes(guests_of(party), "yes", "no"))
    assert done.status_code == 302
    page = client.get(done["Location"]).content.decode()
    assert "Thank you. Your answer is recorded." in page
    assert [guest.reply for guest in guests_of(party)] == [Reply.CONFIRMED, Reply.DECLINED]
    with as_(alice):
        answer = Answer.objects.get(party=party)
        assert (answer.coming, answer.declined, answer.channel) == (1, 1, "link")
        assert answer.is_quick


def test_looking_changes_nothing_however_often(invite, link, guests_of, alice):
    party = invite("Alma Adams")
    path = link(party)
    before = [(guest.reply, guest.changed_at) for guest in guests_of(party)]
    for _number in range(20):
        assert Client().get(path).status_code == 200
        assert Client().head(path).status_code == 200
    assert before == [(guest.reply, guest.changed_at) for guest in guests_of(party)]
    with as_(alice):
        assert not Answer.objects.exists()


def test_nothing_is_chosen_before_somebody_chooses(invite, link):
    page = Client().get(link(invite("Alma Adams"))).content.decode()
    assert "checked" not in page
    assert page.count("Yes, with pleasure") == page.count('type="radio"') // 2
    assert 'name="mine"' not in page


@pytest.mark.parametrize("left_out", ["choice", "stamp", "tick", "second stamp"])
def test_a_program_that_submits_forms_records_nothing(
    left_out, monkeypatch, invite, link, guests_of, alice
):
    party = invite("Alma Adams")
    path, client = link(party), Client()
    page = client.get(path)
    if left_out != "stamp":
        monkeypatch.setattr(stamps, "FASTEST", dict.fromkeys(stamps.FASTEST, timedelta(0)))
    said = {} if left_out == "choice" else comes(guests_of(party), "yes")
    review = client.post(path, {**hidden(page), **said})
    again = {**hidden(review), "mine": "yes", "step": "record"}
    if left_out == "tick":
        del again["mine"]
    if left_out == "second stamp":
        again["stamp"] = hidden(page)["stamp"]
    client.post(path, again)
    assert [guest.reply for guest in guests_of(party)] == [Reply.OUTSTANDING]


def test_two_tabs_one_of_which_was_first(slowly, invite, link, guests_of):
    party = invite("Alma Adams")
    path, client = link(party), Client()
    late = hidden(client.get(path))
    assert fill(client, path, comes(guests_of(party), "yes")).status_code == 302
    answer = client.post(path, {**late, **comes(guests_of(party), "no")})
    assert answer.status_code == 409
    assert b"changed meanwhile" in answer.content
    assert guests_of(party)[0].reply == Reply.CONFIRMED


def test_those_whom_a_party_brings_up_to_its_limit(slowly, invite, link, guests_of, alice):
    party = invite("Alma Adams", held=1, places=3)
    path = link(party)
    alma, held = guests_of(party)
    said = {
        **comes([alma, held], "yes", "yes"),
        f"first_{held.pk.hex}": "Carl",
        f"last_{held.pk.hex}": "Cole",
        "first_new0": "Dora",
        "last_new0": "Dean",
        "first_new1": "Eve",
        "last_new1": "Ernst",
    }
    assert fill(Client(), path, said).status_code == 302
    with as_(alice):
        names = [guest.sealed.full_name for guest in guests_of(party)]
    assert names == ["Alma Adams", "Carl Cole", "Dora Dean"]
    assert {guest.status for guest in guests_of(party)} == {Status.CONFIRMED}
    assert guests_of(party)[2].host_id == alma.pk


def test_nobody_brings_somebody_and_stays_away(slowly, invite, link, guests_of):
    party = invite("Alma Adams", places=2)
    said = {**comes(guests_of(party), "no"), "first_new0": "Dora"}
    answer = fill(Client(), link(party), said)
    assert b"only together with the person who was invited" in answer.content
    assert len(guests_of(party)) == 1


@pytest.mark.parametrize("how", ["wrong", "replaced", "revoked", "over", "removed", "cut"])
def test_a_dead_link_shows_nothing(how, invite, link, alice, dinner, monkeypatch):
    party = invite("Alma Adams")
    path = link(party)
    if how == "wrong":
        path = path[:-3] + ("aa/" if path[-3] != "a" else "bb/")
    if how == "cut":
        path = path[:-4] + "/"
    if how == "replaced":
        link(party)
    with as_(alice):
        if how == "revoked":
            links.revoke(actor=alice, party_id=party.pk, kind="own")
        if how == "removed":
            Guest.objects.filter(party=party).delete()
    if how == "over":
        moment = dinner.ends_at + timedelta(seconds=1)
        monkeypatch.setattr(links, "now", lambda: moment)
    answer = Client().get(path)
    assert answer.status_code == 410
    assert b"Adams" not in answer.content
    assert b"Congress" not in answer.content
    assert b"Seatrobot" not in answer.content


def test_an_answer_in_time_is_one_by_the_clock_of_the_event(
    slowly, invite, link, guests_of, alice, dinner
):
    party = invite("Alma Adams")
    path = link(party)
    with as_(alice):
        page = Page.objects.create(
            organization_id=alice.organization_id,
            event=dinner,
            reply_by=clock.now() - timedelta(minutes=1),
            sealed=PageRecord(contact="office@host.example"),
        )
    shown = Client().get(path).content.decode()
    assert "The time to answer is over" in shown
    assert "office@host.example" in shown
    assert "Continue" not in shown
    with as_(alice):
        page.reply_by = clock.now() + timedelta(minutes=5)
        page.save()
    stale = hidden(Client().get(path))
    with as_(alice):
        page.reply_by = clock.now() - timedelta(minutes=1)
        page.save()
    client = Client()
    client.get(path)
    answer = client.post(path, {**stale, **comes(guests_of(party), "yes")})
    assert answer.status_code == 409
    assert guests_of(party)[0].reply == Reply.OUTSTANDING


def test_a_change_of_a_yes_asks_for_a_code(slowly, invite, link, guests_of):
    party = invite("Alma Adams")
    path, client = link(party), Client()
    fill(client, path, comes(guests_of(party), "yes"))
    answer = fill(client, path, comes(guests_of(party), "no"))
    assert "prove" in answer.content.decode()
    assert guests_of(party)[0].reply == Reply.CONFIRMED


def test_a_token_is_kept_as_a_hash_and_named_again(invite, alice):
    party = invite("Alma Adams")
    with as_(alice):
        first = links.issue(actor=alice, party_id=party.pk)
        assert links.current(actor=alice, party_id=party.pk) == first
        row = links.Link.objects.get(party=party)
    assert len(bytes(row.token_hash)) == 32
    assert timedelta(hours=1) > services.QUICK


def test_times_are_those_of_the_place_of_the_event(invite, link):
    page = Client().get(link(invite("Alma Adams"))).content.decode()
    assert "Jan. 20, 2027, 6 p.m." in page
    assert "10 p.m." in page
    assert "Eastern Standard Time" in page
