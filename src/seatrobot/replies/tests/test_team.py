"""The team's side: the guests' page is set up, pictures are drawn anew, answers are followed."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from seatrobot.conftest import as_
from seatrobot.replies import pictures
from seatrobot.replies.models import Page, Picture
from seatrobot.replies.pictures import WrongPicture
from seatrobot.web.tests.page_forms import forms_of

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def picture(form="PNG", size=(2000, 500), **more):
    kept = BytesIO()
    Image.new("RGB", size, "#2b3a55").save(kept, form, **more)
    return kept.getvalue()


@pytest.fixture
def settings_page(alice, dinner, client_of):
    """Open the settings of the guests' page, change some, and return the answer."""
    client = client_of(alice)
    place = f"/o/{alice.organization_id}/events/{dinner.pk}/answers/page/"

    def change(**fields):
        forms = forms_of(client.get(place).content.decode())
        form = next(each for each in forms if "greeting" in each.values)
        values = {
            name: value for name, value in form.values.items() if name not in {"banner", "logo"}
        }
        return client.post(place, values | fields)

    return change


def test_what_the_team_writes_is_what_a_guest_reads(settings_page, invite, link):
    said = {
        "greeting": "Dear <b>friends</b>",
        "host": "The Foundation",
        "accent": "#C9A45C",
        "reply_by": "2027-01-10T18:00",
        "banner": SimpleUploadedFile("a.png", picture(), "image/png"),
    }
    assert settings_page(**said).status_code == 302
    path = link(invite("Alma Adams"))
    page = Client().get(path).content.decode()
    assert "Dear &lt;b&gt;friends&lt;/b&gt;" in page
    assert "The Foundation invites you" in page
    assert "Jan. 10, 2027, 6 p.m." in page
    banner = Client().get(f"{path}banner.picture")
    assert banner["Content-Type"] == "image/jpeg"
    assert Image.open(BytesIO(banner.content)).width == pictures.SIZES["banner"][0]
    assert Client().get(f"{path}logo.picture").status_code == 404
    style = Client().get(f"{path}look.css")
    assert style["Content-Type"].startswith("text/css")
    assert "--accent" in style.content.decode()


def test_a_picture_is_removed_and_a_version_that_is_old_is_not_saved(settings_page, alice):
    settings_page(banner=SimpleUploadedFile("a.png", picture(), "image/png"))
    assert settings_page(remove_banner="on").status_code == 302
    assert settings_page(seen="0" * 32, host="Somebody").status_code == 422
    with as_(alice):
        assert not Picture.objects.exists()
        assert Page.objects.get().sealed.host == ""


@pytest.mark.parametrize("data", [SVG, b"", b"GIF89a", picture()[:200], b"%PDF-1.7"])
def test_what_is_no_picture_is_refused_in_a_sentence(data, settings_page, alice):
    answer = settings_page(logo=SimpleUploadedFile("a.png", data or b" ", "image/png"))
    assert answer.status_code == 422
    assert b"This is no picture" in answer.content
    with as_(alice):
        assert not Picture.objects.exists()


def test_nothing_beside_the_dots_of_a_picture_is_kept():
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    data = picture("JPEG", exif=exif) + b"<script>"
    assert b"taken at home" in data
    kept = pictures.drawn(data, "banner").data
    assert b"taken at home" not in kept
    assert b"<script>" not in kept
    with pytest.raises(WrongPicture):
        pictures.drawn(picture(size=(20_000, 3_000)), "banner")


def test_a_colour_that_is_none_is_refused(settings_page):
    assert settings_page(accent="red;}").status_code == 422


def test_answers_are_followed_by_state(invite, link, alice, dinner, client_of):
    opened, issued, _none = invite("Alma Adams"), invite("Ben Bell"), invite("Carl Cole")
    Client().get(link(opened))
    link(issued)
    place = f"/o/{alice.organization_id}/events/{dinner.pk}/answers/"
    client = client_of(alice)
    shown = {
        state: client.get(place, {"state": state}).content.decode()
        for state in ("opened", "issued", "none")
    }
    assert "Alma Adams" in shown["opened"]
    assert "Ben Bell" in shown["issued"]
    assert "Carl Cole" in shown["none"]
    assert "Ben Bell" not in shown["opened"]
