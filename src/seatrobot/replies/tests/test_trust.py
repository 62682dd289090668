"""A code that is mailed, an assistant, a forwarded link, what a guest is told of their data."""

from __future__ import annotations

import re
from datetime import timedelta

import icalendar
import pytest
from django.test import Client

from seatrobot.conftest import as_
from seatrobot.deletion.models import SubjectRequest
from seatrobot.guests.models import Guest
from seatrobot.guests.statuses import Reply
from seatrobot.kernel import features
from seatrobot.kernel.jobs import Work
from seatrobot.kernel.journal.models import Entry
from seatrobot.replies import codes, jobs, look
from seatrobot.replies.hooks import ReplyTold
from seatrobot.replies.models import Answer, Code, Link, Page, PageRecord

from .test_page import comes, fill


class Mailing(ReplyTold):
    """A package that mails: notes what it was told."""

    def __init__(self):
        self.answers, self.codes = [], []

    def recorded(self, party_id, *, event_id, answer_id):
        self.answers.append((party_id, event_id, answer_id))

    def code(self, party_id, *, event_id, code_id):
        self.codes.append(code_id)
        return True

    def stop_mail_url(self, party_id, *, event_id):
        return f"/stop/{party_id}/"


@pytest.fixture
def mailing(monkeypatch):
    package, was = Mailing(), features.extensions
    monkeypatch.setattr(
        features,
        "extensions",
        lambda interface: (package,) if interface is ReplyTold else was(interface),
    )
    return package


@pytest.fixture
def code_of(alice, mailing):
    def code_of(number=-1):
        with as_(alice):
            return Code.objects.get(pk=mailing.codes[number]).sealed.code

    return code_of


def test_a_yes_is_taken_back_with_a_code_that_was_mailed(
    slowly, invite, link, guests_of, mailing, code_of
):
    party = invite("Alma Adams")
    path, client = link(party), Client()
    fill(client, path, comes(guests_of(party), "yes"))
    assert [told[0] for told in mailing.answers] == [party.pk]
    assert b"Send me a code" in fill(client, path, comes(guests_of(party), "no")).content
    client.post(f"{path}code/")
    wrong = "000000" if code_of() != "000000" else "111111"
    assert b"not the code" in client.post(f"{path}code/", {"code": wrong}).content
    assert client.post(f"{path}code/", {"code": code_of()}).status_code == 302
    kept = client.cookies["answer"]
    assert kept["httponly"]
    assert kept["samesite"] == "Strict"
    assert fill(client, path, comes(guests_of(party), "no")).status_code == 302
    assert guests_of(party)[0].reply == Reply.DECLINED
    other = Client()
    fill(other, path, comes(guests_of(party), "yes"))
    assert b"Send me a code" in fill(other, path, comes(guests_of(party), "no")).content


def test_a_code_is_guessed_five_times_and_sent_five_times(invite, link, mailing, code_of):
    path, client = link(invite("Alma Adams")), Client()
    client.post(f"{path}code/")
    right = code_of()
    wrong = "000000" if right != "000000" else "111111"
    for _number in range(codes.MOST_TRIES):
        client.post(f"{path}code/", {"code": wrong})
    assert client.post(f"{path}code/", {"code": right}).status_code == 200
    for _number in range(codes.MOST_MAILED):
        client.post(f"{path}code/")
    assert len(mailing.codes) == codes.MOST_MAILED
    assert b"Several codes were sent already" in client.post(f"{path}code/").content


def test_a_code_of_another_party_opens_nothing(invite, link, mailing, code_of):
    mine, theirs = link(invite("Alma Adams")), link(invite("Zoe Zander"))
    client = Client()
    client.post(f"{theirs}code/")
    client.post(f"{mine}code/")
    if code_of(0) != code_of(1):
        assert client.post(f"{mine}code/", {"code": code_of(0)}).status_code == 200
    assert client.post(f"{theirs}code/", {"code": code_of(0)}).status_code == 302
    assert b"Send another code" in client.get(f"{mine}code/").content


def test_what_is_special_is_asked_after_a_code_alone(
    slowly, invite, link, guests_of, mailing, code_of, alice, dinner, field
):
    diet = field("Diet", type="diet", special=True)
    hotel = field("Hotel", position=1)
    with as_(alice):
        Page.objects.create(
            organization_id=alice.organization_id,
            event=dinner,
            sealed=PageRecord(asked=[diet.pk, hotel.pk], required=[hotel.pk]),
        )
    party = invite("Alma Adams")
    path, client = link(party), Client()
    (alma,) = guests_of(party)
    page = client.get(path).content.decode()
    assert "Hotel" in page
    assert diet.pk.hex not in page
    asked = {f"answer_{hotel.pk.hex}_{alma.pk.hex}": "Adlon"}
    missing = fill(client, path, comes([alma], "yes"))
    assert missing.status_code == 422
    assert b"Please answer this question" in missing.content
    client.post(f"{path}code/")
    client.post(f"{path}code/", {"code": code_of()})
    asked |= {f"answer_{diet.pk.hex}_{alma.pk.hex}": "no nuts"}
    assert fill(client, path, comes([alma], "yes") | asked).status_code == 302
    assert "no nuts" in client.get(f"{path}data/").content.decode()
    assert "no nuts" not in Client().get(f"{path}data/").content.decode()
    with as_(alice):
        alice.hold_keys(dinner.pk)
        row = Guest.objects.get(pk=alma.pk)
        assert row.special.answers == {diet.pk: "no nuts"}
        assert row.sealed.answers == {hotel.pk: "Adlon"}


def test_an_assistant_answers_under_a_link_of_their_own(slowly, invite, link, guests_of, alice):
    party = invite("Alma Adams")
    path, client = link(party), Client()
    made = client.post(f"{path}assistant/").content.decode()
    theirs = re.search(r'value="[^"]*(/i/[^"]+)"', made)[1]
    assert "Make a link for an assistant" not in client.get(path).content.decode()
    assert "assistant/" not in Client().get(theirs).content.decode()
    assert Client().post(f"{theirs}assistant/").status_code == 410
    assert fill(Client(), theirs, comes(guests_of(party), "yes")).status_code == 302
    with as_(alice):
        assert Answer.objects.get(party=party).channel == "assistant"
    client.post(f"{path}assistant/", {"do": "revoke"})
    assert Client().get(theirs).status_code == 410
    assert client.get(path).status_code == 200


def test_a_guest_reads_who_has_seen_their_data(invite, link, alice, bob, client_of, mailing):
    party = invite("Alma Adams")
    path = link(party)
    with as_(alice):
        guest = Guest.objects.get(party=party)
    place = f"/o/{alice.organization_id}/events/{guest.event_id}/guests/"
    client_of(bob).get(f"{place}{guest.pk}/")
    text = " ".join(Client().get(f"{path}data/").content.decode().split())
    assert re.search(r'<th scope="row">Bob</th><td>[1-9]', text)
    assert re.search(r'<th scope="row">Alice</th>', text)
    assert "alma@guest.example" in text
    assert f"/stop/{party.pk}/" in text


def test_a_request_of_a_guest_stands_among_those_of_the_organization(invite, link, alice):
    party = invite("Alma Adams")
    path = link(party)
    asked = Client().post(f"{path}data/", {"ask": "erasure"})
    assert b"Your request is noted" in Client().get(asked["Location"]).content
    assert Client().post(f"{path}data/", {"ask": "access"}).status_code == 410
    work = Work("replies.note-request", alice.organization_id, None, is_last_try=True)
    for _twice in range(2):
        jobs.note_request(work, party_id=str(party.pk), kind="erasure")
    with as_(alice):
        row = SubjectRequest.objects.get()
        assert row.kind == "erasure"
        assert row.subject_id == Guest.objects.get(party=party).pk


def test_a_link_that_is_opened_in_several_places_says_so(invite, link, alice, client_of):
    party = invite("Alma Adams")
    path = link(party)
    for agent in ("Phone", "Computer", "Somebody else's"):
        Client(headers={"User-Agent": agent}).get(path)
    with as_(alice):
        row = Link.objects.get(party=party)
        assert Entry.objects.filter(actor_id=row.pk).count() == 3
    place = f"/o/{alice.organization_id}/events/{party.event_id}/answers/parties/{party.pk}/"
    page = client_of(alice).get(place).content.decode()
    assert "opened 3 times" in page
    assert "from 3 places" in page
    assert "Perhaps forwarded" in page


def test_an_answer_by_phone_is_noted_with_its_channel(invite, alice, client_of, guests_of):
    party = invite("Alma Adams")
    place = f"/o/{alice.organization_id}/events/{party.event_id}/answers/parties/{party.pk}/"
    client = client_of(alice)
    page = client.get(place)
    seen = page.context["form"]["seen"].value()
    said = comes(guests_of(party), "yes") | {"seen": seen, "channel": "phone"}
    assert client.post(place, said).status_code == 302
    with as_(alice):
        row = Answer.objects.get(party=party)
        assert (row.channel, row.by, row.link) == ("phone", alice.account_id, None)
    listed = client.get(f"/o/{alice.organization_id}/events/{party.event_id}/answers/")
    assert b"By phone" in listed.content


def test_the_event_comes_into_a_calendar_without_the_link(invite, link, dinner):
    path = link(invite("Alma Adams"))
    answer = Client().get(f"{path}invitation.ics")
    token = path.split("/")[2]
    assert token not in answer.content.decode()
    calendar = icalendar.Calendar.from_ical(answer.content)
    (entry,) = calendar.walk("VEVENT")
    assert str(calendar["METHOD"]) == "PUBLISH"
    assert entry.decoded("dtstart") == dinner.starts_at
    assert entry.decoded("dtend") - entry.decoded("dtstart") == timedelta(hours=4)
    assert "ATTENDEE" not in entry
    assert "Adams" not in answer.content.decode()


@pytest.mark.parametrize("colour", ["#ffff00", "#000000", "#ffffff", "#777777", "#ff0000", ""])
def test_whatever_colour_a_host_has_can_be_read(colour):
    for ground in (look.LIGHT, look.DARK):
        text = look.readable(colour or look.USUAL, ground)
        assert look.contrast(text, ground) >= 4.5
        assert look.contrast(look._on(text), text) >= 4.5
    assert "javascript" not in look.css("#fff;} body{background:url(javascript:1)")
