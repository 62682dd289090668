"""The components: what they say to a person, with and without eyes on the screen."""

import re
from pathlib import Path

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import RequestContext, Template
from django.test import RequestFactory

from seatrobot.web.templatetags import geometry, statuses, ui

WEB = Path(ui.__file__).parents[1]


def draw(source, **context):
    request = RequestFactory().get("/guests/?q=ada&page=2")
    return Template("{% load ui %}" + source).render(RequestContext(request, context))


class GuestForm(forms.Form):
    name = forms.CharField(label="Name", help_text="As on the place card.")
    seat = forms.ChoiceField(choices=[("a", "Aisle")], widget=forms.RadioSelect, required=False)


def test_a_field_names_its_help_and_its_errors_to_screen_readers():
    html = draw("{% field form.name %}", form=GuestForm({"name": ""}))
    described_by = re.search(r'aria-describedby="([^"]+)"', html)[1].split()
    assert described_by == ["id_name_helptext", "id_name_error"]
    assert all(f'id="{name}"' in html for name in described_by)
    assert 'aria-invalid="true"' in html


def test_a_whole_form_is_drawn_like_its_single_fields():
    form = GuestForm()
    assert draw("{% field form.name %}", form=form).strip() in draw("{{ form }}", form=form)


def test_a_group_of_choices_has_a_legend():
    html = draw("{% field form.seat %}", form=GuestForm())
    assert "<legend" in html
    assert html.count('type="radio"') == 1


@pytest.mark.parametrize("status", statuses.STATUS_LOOKS)
def test_a_status_is_a_word_and_an_icon_not_only_a_colour(status):
    html = draw("{% status_badge status %}", status=status.upper())
    assert str(statuses.STATUS_LOOKS[status].label) in html
    assert "<use href=" in html


def test_a_running_job_is_asked_again_and_a_finished_one_is_not():
    running = draw('{% progress 3 10 "Seating" poll="/job/" %}')
    done = draw('{% progress 10 10 "Seated" poll="/job/" state="done" %}')
    assert 'hx-get="/job/"' in running
    assert "hx-get" not in done
    assert "<progress" not in done


def test_page_links_keep_the_search():
    page = Paginator(range(120), 50).page(2)
    assert 'href="?q=ada&amp;page=3"' in draw("{% pagination page %}", page=page)


def test_text_of_persons_is_escaped():
    html = draw(
        "{% chip name %}{% stat name 1 %}{% card title=name %}{{ name }}{% endcard %}", name="<b>"
    )
    assert "<b>" not in html


def test_a_meter_over_its_capacity_says_so_and_stays_in_its_box():
    html = draw("{% meter 552 540 held=8 %}")
    assert "is-over" in html
    assert 'width="100.00"' in html


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Ada Lovelace", "AL"), ("Ada King of Lovelace", "AL"), ("Cher", "C"), ("", "?"), ("  ", "?")],
)
def test_initials(name, letters):
    assert geometry.initials(name) == letters


def test_a_chart_of_nothing_and_of_zeros_is_empty_not_broken():
    assert geometry.bars([]) == []
    assert [bar.value for bar in geometry.bars([("Mon", 0)])] == [0]
    assert draw('{% bar_chart points label="Answers" %}', points=[])


def names_of_icons(text):
    return set(re.findall(r"""\{% icon "([\w-]+)" """, text))


def test_every_icon_named_in_a_template_is_in_the_sprite():
    sprite = (WEB / "static/vendor/icons.svg").read_text()
    known = set(re.findall(r'<symbol id="([\w-]+)"', sprite))
    templates = [path for path in WEB.parent.rglob("*.html") if path.is_file()]
    missing = {
        f"{path.name}: {icon}"
        for path in templates
        for icon in names_of_icons(path.read_text()) - known
    }
    assert not missing
    assert {look.icon for look in statuses.STATUS_LOOKS.values()} <= known


def test_no_template_carries_a_script_or_a_style_of_its_own():
    inline = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=|hx-on", re.IGNORECASE)
    guilty = {path.name for path in WEB.parent.rglob("*.html") if inline.search(path.read_text())}
    assert not guilty


def test_dates_have_one_form_for_people():
    """DATE_FORMAT and DATETIME_FORMAT: "11/29/2026" beside "Nov. 29, 2026" is two."""
    root = WEB.parent
    written = [path for kind in ("*.html", "*.txt", "*.py") for path in root.rglob(kind)]
    shorter = [
        path for path in written if "tests" not in path.parts and "SHORT_DATE" in path.read_text()
    ]
    assert len(written) > 500
    assert shorter == []
