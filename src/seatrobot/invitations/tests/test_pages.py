"""A mailing from the first word to what became of it, by the pages."""

from __future__ import annotations

import email
import email.policy
import io
import re

import pytest
from PIL import Image

from seatrobot.conftest import as_
from seatrobot.guests.models import Guest, PartyRecord
from seatrobot.guests.services import bulk
from seatrobot.guests.statuses import Status
from seatrobot.invitations import jobs
from seatrobot.invitations.models import Delivery, Mailing, Message, Picture, Version
from seatrobot.kernel.clock import now
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.jobs import Work
from seatrobot.replies.models import Answer, Code, CodeRecord, Link

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def at(dinner):
    return lambda page="": f"/o/{dinner.organization_id}/events/{dinner.pk}/invitations/{page}"


@pytest.fixture
def alice_client(alice, client_of):
    return client_of(alice)


@pytest.fixture
def written(alice_client, at, alice):
    """Begin an invitation; return its identifier."""
    alice_client.post(at("new/"), {"start": "invitation", "message_id": str(new_id())})
    with as_(alice):
        return Message.objects.get()


def fields_of(page):
    """Return what the form of the editor would post."""
    html = page.content.decode()
    form = html[html.index('enctype="multipart/form-data"') :]
    found = dict(
        re.findall(r'name="(seen|subject|preheader|button|name|accent|alt)" value="([^"]*)"', form)
    )
    return {key: value.replace("&amp;", "&") for key, value in found.items()} | {
        "body": "Dear {first_name}, come.\n\n[Answer]({unsubscribe_link})",
        "subject": "Gala",
        "calendar": "on",
    }


def speaks(guest, language):
    party = guest.party
    party.language, party.sealed = language, PartyRecord()
    party.save()


def begin(alice):
    with as_(alice):
        waiting = list(Mailing.objects.filter(state="waiting"))
    for mailing in waiting:
        jobs.begin(
            Work("invitations.begin", alice.organization_id, None),
            event_id=str(mailing.event_id),
            mailing_id=str(mailing.pk),
        )


def start(client, at, message, **said):
    page = client.get(at(f"messages/{message.pk}/send/"))
    mailing = re.search(r'name="mailing_id" value="([^"]+)"', page.content.decode())[1]
    return page, client.post(
        at(f"messages/{message.pk}/send/"),
        {"mailing_id": mailing, "query": "", "send_at": "", **said},
    )


def test_from_the_first_word_to_what_became_of_it(  # noqa: PLR0915  one walk
    alice, alice_client, at, written, relay, add, send, dinner
):
    anna, ben = add("Anna Okafor", email="anna@guests.test"), add("Ben Okafor")
    with as_(alice):
        Guest.objects.filter(pk=ben.pk).update(party_id=anna.party_id)
        speaks(anna, "de")
    add("Carl Ode", email="carl@guests.test", title="Dr.")
    add("Dana Noone")
    add("Eve Gone", Status.DECLINED, email="eve@guests.test")
    page = alice_client.get(at(f"messages/{written.pk}/"))
    assert page.status_code == 200
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    saved = alice_client.post(at(f"messages/{written.pk}/"), fields_of(page))
    assert saved.status_code == 302, saved.content.decode()[:3000]
    shown = alice_client.get(at(f"messages/{written.pk}/preview/?guest={anna.pk}"))
    assert "Dear Anna, come." in shown.content.decode()
    assert shown.headers["X-Frame-Options"] == "SAMEORIGIN"
    refused = alice_client.get(at(f"messages/{new_id()}/preview/"))
    assert (refused.status_code, refused.headers["X-Frame-Options"]) == (404, "DENY")
    look, sent = start(alice_client, at, written)
    assert "No address is known" in look.content.decode()
    assert sent.status_code == 302, sent.content.decode()
    begin(alice)
    send()
    assert sorted(each.to for each in relay.taken) == [
        "anna@guests.test",
        "carl@guests.test",
        "eve@guests.test",
    ]
    [mail] = [each for each in relay.taken if each.to == "anna@guests.test"]
    read = email.message_from_bytes(mail.content, policy=email.policy.default)
    kinds = [part.get_content_type() for part in read.walk()]
    assert kinds == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = read["List-Unsubscribe"].strip("<>")
    assert "Dear Anna, come." in read.get_body(("plain",)).get_content()
    assert link in read.get_body(("html",)).get_content()
    page = alice_client.get(sent["Location"])
    html = page.content.decode()
    assert html.count("Handed over") >= 3
    assert "No address is known <strong>1</strong>" in html
    # A second time it goes to nobody who has it; the same form makes no second mailing.
    look, again = start(alice_client, at, written)
    assert again.status_code == 422
    assert "Got this message already" in look.content.decode()
    # Unsubscribing: GET changes nothing, one POST of the mail program does.
    path = "/" + link.split("/", 3)[3]
    assert alice_client.get(path).status_code == 200
    with as_(alice):
        delivery = Delivery.objects.get(guest=anna)
    stranger = type(alice_client)(enforce_csrf_checks=True)
    wrong = path.replace(str(delivery.pk), str(new_id()))
    assert stranger.post(wrong, {"List-Unsubscribe": "One-Click"}).status_code == 410
    assert stranger.post(path, {"other": "1"}).status_code == 400
    assert stranger.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    look, _sent = start(alice_client, at, written, again="on")
    begin(alice)
    send()
    assert len([each for each in relay.taken if each.to == "anna@guests.test"]) == 1
    assert len([each for each in relay.taken if each.to == "carl@guests.test"]) == 2
    # A reminder goes to those who have not answered.
    carl = Guest.objects
    with as_(alice):
        ids = [pk for pk in carl.filter(event=dinner).values_list("pk", flat=True) if pk != anna.pk]
        bulk.set_reply(actor=alice, event=dinner, ids=ids, reply="confirmed")
    alice_client.post(at("new/"), {"start": "reminder", "message_id": str(new_id())})
    with as_(alice):
        reminder = Message.objects.get(kind="reminder")
    page = alice_client.get(at(f"messages/{reminder.pk}/send/"))
    assert "Unsubscribed" in page.content.decode()
    assert "Nobody of those who were chosen" in page.content.decode()


def test_what_keeps_a_message_from_being_sent_is_said(alice_client, at, written, add, relay):
    add("Anna Okafor", email="anna@guests.test")
    add("Ben Ode", email="ben@guests.test", title="Dr.")
    said = fields_of(alice_client.get(at(f"messages/{written.pk}/")))
    said["body"] = "{title} {first_nam} [x](https://evil.test/{first_name}) { "
    alice_client.post(at(f"messages/{written.pk}/"), said)
    html = alice_client.get(at(f"messages/{written.pk}/")).content.decode()
    assert "There is no placeholder {first_nam}." in html
    assert "single brace" in html
    assert "only links may stand, not {first_name}" in html
    assert "1 guest has nothing for “Title” ({title})." in html
    _look, sent = start(alice_client, at, written)
    assert sent.status_code == 422


def test_a_format_is_put_behind_the_text_without_a_script(alice_client, at, written, add):
    add("Anna Okafor", email="anna@guests.test")
    said = fields_of(alice_client.get(at(f"messages/{written.pk}/")))
    page = alice_client.post(at(f"messages/{written.pk}/"), said | {"insert": "bold"})
    assert page.status_code == 200
    assert "[Answer]({unsubscribe_link})**bold text**" in page.content.decode()


@pytest.mark.parametrize("kind", ["svg", "text", "huge"])
def test_only_pictures_are_pictures(alice, alice_client, at, written, kind):
    files = {
        "svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        "text": b"GIF89a but no picture",
        "huge": b"\x89PNG\r\n\x1a\n" + b"0" * (9 * 1024 * 1024),
    }
    said = fields_of(alice_client.get(at(f"messages/{written.pk}/")))
    upload = io.BytesIO(files[kind])
    upload.name = "banner.png"
    page = alice_client.post(at(f"messages/{written.pk}/"), said | {"picture": upload})
    assert page.status_code == 422
    with as_(alice):
        assert not Picture.objects.exists()


def test_a_picture_is_encoded_anew_and_goes_along(
    alice, alice_client, at, written, add, relay, send
):
    add("Anna Okafor", email="anna@guests.test")
    upload = io.BytesIO()
    Image.effect_noise((2000, 900), 90).convert("RGB").save(upload, "PNG")
    upload.seek(0)
    upload.name = "banner.png"
    said = fields_of(alice_client.get(at(f"messages/{written.pk}/")))
    said |= {"picture": upload, "alt": "A hall"}
    assert alice_client.post(at(f"messages/{written.pk}/"), said).status_code == 302
    start(alice_client, at, written)
    begin(alice)
    send()
    [mail] = relay.taken
    read = email.message_from_bytes(mail.content, policy=email.policy.default)
    [picture] = [part for part in read.walk() if part.get_content_maintype() == "image"]
    assert len(picture.get_content()) < 90_001
    html = read.get_body(("html",)).get_content()
    assert f"cid:{picture['Content-ID'].strip('<>')}" in html
    assert not re.search(r'(src|background)="http|url\(', html)
    # Another one takes its place in the next version; the one that was sent is kept.
    said = fields_of(alice_client.get(at(f"messages/{written.pk}/"))) | {"take_picture": "1"}
    alice_client.post(at(f"messages/{written.pk}/"), said)
    with as_(alice):
        assert Version.objects.get().picture is not None
        assert not Picture.objects.filter(current=True).exists()


def test_a_mailing_that_waits_is_stopped_and_goes_to_nobody(
    alice, alice_client, at, written, add, relay, send
):
    add("Anna Okafor", email="anna@guests.test")
    _look, sent = start(alice_client, at, written, send_at="2027-01-10T10:00")
    assert sent.status_code == 302, sent.content.decode()
    place = sent["Location"]
    assert "waits for its time" in alice_client.get(place).content.decode()
    alice_client.post(f"{place}stop/")
    begin(alice)
    send()
    assert not relay.taken
    assert "It was stopped." in alice_client.get(place).content.decode()


def test_a_test_goes_to_whoever_writes(alice, alice_client, at, written, add, relay, send):
    anna = add("Anna Okafor", email="anna@guests.test")
    alice_client.post(at(f"messages/{written.pk}/test/"), {"guest": str(anna.pk)})
    send()
    [mail] = relay.taken
    assert mail.to == "alice@seatrobot.test"
    assert b"Anna Okafor" in mail.content


def test_templates_and_languages(alice, alice_client, at, written, add):
    anna = add("Anna Okafor", email="anna@guests.test")
    with as_(alice):
        speaks(anna, "de")
    html = alice_client.get(at(f"messages/{written.pk}/")).content.decode()
    assert "1 party reads Deutsch, in which there is no text." in html
    alice_client.post(at(f"messages/{written.pk}/languages/"), {"language": "de"})
    html = alice_client.get(at(f"messages/{written.pk}/?language=de")).content.decode()
    assert "in which there is no text" not in html
    alice_client.post(at(f"messages/{written.pk}/keep/"))
    page = alice_client.get(at("new/")).content.decode()
    template = re.findall(r'name="start" value="([0-9a-f-]{36})"', page)
    assert len(template) == 1
    alice_client.post(at("new/"), {"start": template[0], "message_id": str(new_id())})
    with as_(alice):
        assert [set(each.sealed.texts) for each in Message.objects.all()] == [{"", "de"}] * 2


def test_a_guest_answers_by_the_link_and_is_told_what_was_recorded(
    alice, alice_client, at, written, add, relay, send, dinner
):
    anna = add("Anna Okafor", email="anna@guests.test")
    start(alice_client, at, written)
    begin(alice)
    send()
    text = email.message_from_bytes(relay.taken[0].content, policy=email.policy.default)
    link = re.search(r"Answer the invitation\s+(\S+)", text.get_body(("plain",)).get_content())[1]
    path = "/" + link.split("/", 3)[3]
    assert type(alice_client)().get(path).status_code == 200
    with as_(alice):
        assert Link.objects.get(party_id=anna.party_id).sent_at is not None
        owned = {"organization_id": alice.organization_id, "event_id": dinner.pk}
        row = Answer.objects.create(
            **owned,
            party_id=anna.party_id,
            channel="link",
            at=now(),
            coming=1,
            declined=0,
            waiting=0,
        )
        code = Code.objects.create(
            **owned, party_id=anna.party_id, sealed=CodeRecord("271828"), made_at=now()
        )
    work = Work("invitations.tell", alice.organization_id, None)
    said = {"party_id": str(anna.party_id), "event_id": str(dinner.pk)}
    jobs.tell(work, **said, answer_id=str(row.pk))
    jobs.tell_code(work, **said, code_id=str(code.pk))
    send()
    answer, coded = (each.content.decode() for each in relay.taken[1:])
    assert "Anna Okafor has not answered." in answer
    assert "Your code is 271828." in coded
    assert "Your code for Congress Dinner" in coded
    with as_(alice):
        assert not any(each.sealed.body for each in Delivery.objects.all())
