"""The command line imports as the pages do."""

import argparse
from pathlib import Path

import pytest

import seatrobot
from seatrobot.conftest import as_
from seatrobot.contacts.models import Contact
from seatrobot.events.models import Field
from seatrobot.guests import commands
from seatrobot.guests.feature import Action
from seatrobot.guests.models import Guest
from seatrobot.kernel.journal.models import Entry

DINNER = Path(seatrobot.__file__).parent / "demo" / "congress-dinner.csv"


@pytest.fixture
def run(dinner):
    def command(file, *more, organization=dinner.organization_id):
        parser = argparse.ArgumentParser()
        commands.add_parser(parser.add_subparsers())
        said = ["import", str(dinner.pk), str(file), "--organization", str(organization)]
        return commands.run(parser.parse_args([*said, *more]))

    return command


def test_a_dry_run_tells_and_changes_nothing(run, alice, capsys):
    assert run(DINNER, "--dry-run") == 0
    assert "537 created, 0 updated" in capsys.readouterr().out
    with as_(alice):
        assert not Guest.objects.exists()


def test_the_dinner_comes_in_and_the_journal_knows(run, alice, capsys):
    assert run(DINNER, "--default-status", "waitlisted") == 0
    assert "537 guests added" in capsys.readouterr().out
    with as_(alice):
        assert Guest.objects.filter(status="waitlisted").count() == 537
        entry = Entry.objects.get(action=Action.GUEST_IMPORT)
        assert (entry.actor_name, entry.sealed.facts["created"]) == ("import", 537)


def test_columns_can_be_named(run, alice, tmp_path):
    file = tmp_path / "guests.csv"
    file.write_text("wer,was\nAdams,x\n")
    assert run(file, "--map", "wer=last_name", "--map", "was=ignore") == 0
    with as_(alice):
        record = Guest.objects.get().sealed
        assert (record.last_name, record.answers) == ("Adams", {})


def test_a_column_of_the_list_is_named_by_its_label(run, alice, tmp_path):
    file = tmp_path / "guests.csv"
    file.write_text("name,Hotel\nAlma Adams,Ritz\n")
    assert run(file) == 0
    file.write_text("name,wo\nBella Abzug,Plaza\n")
    assert run(file, "--map", "wo=Hotel") == 0
    with as_(alice):
        (field,) = Field.objects.all()
        answers = [guest.sealed.answers for guest in Guest.objects.order_by("pk")]
    assert answers == [{field.pk: "Ritz"}, {field.pk: "Plaza"}]


def test_more_guests_than_places_only_knowingly(run, alice, dinner, capsys):
    with as_(alice):
        dinner.activity.capacity = 500
        dinner.activity.save()
    assert run(DINNER) == 1
    assert "Only 500 places are free and 537 are wanted" in capsys.readouterr().err
    with as_(alice):
        assert not Guest.objects.exists()
    assert run(DINNER, "--overbook") == 0


def test_guests_are_kept_as_contacts(run, alice):
    assert run(DINNER, "--contacts") == 0
    with as_(alice):
        assert Contact.objects.count() == 537
        assert not Guest.objects.filter(contact=None).exists()


@pytest.mark.parametrize(
    ("text", "more", "sentence"),
    [
        ("name\nAlma Adams\n", ["--map", "nobody=email"], "has no column “nobody”"),
        ("name\nAlma Adams\n", ["--default-status", "maybe"], "The status “maybe” is unknown."),
        ("name,email\nAlma Adams,x\n", [], "1 row cannot be imported, so nothing was"),
        ("", [], "The file is empty."),
    ],
)
def test_what_is_wrong_is_one_sentence(text, more, sentence, run, alice, tmp_path, capsys):
    file = tmp_path / "guests.csv"
    file.write_text(text)
    assert run(file, *more) == 1
    assert sentence in capsys.readouterr().err
    with as_(alice):
        assert not Guest.objects.exists()


def test_another_organization_has_no_such_event(run, charlie, capsys):
    assert run(DINNER, organization=charlie.organization_id) == 1
    assert "no such event" in capsys.readouterr().err
