"""The command line imports as the pages do."""

import argparse
from pathlib import Path

import pytest

import seatrobot
from seatrobot.conftest import as_
from seatrobot.contacts.models import Contact
from seatrobot.events.models import Field
from seatrobot.grants.tests.asks import ask, code_for
from seatrobot.grants.tests.conftest import ask_accounts_alone, staff_member
from seatrobot.guests import commands
from seatrobot.guests.feature import Action
from seatrobot.guests.models import Guest
from seatrobot.kernel.journal.models import Entry

DINNER = Path(seatrobot.__file__).parent / "demo" / "congress-dinner.csv"


@pytest.fixture
def run(dinner, monkeypatch):
    ask_accounts_alone(monkeypatch)
    dana = staff_member("Dana")
    grants = {dinner.organization_id: ask(dana.pk, dinner.organization_id, may_change=True)}

    def command(file, *more, organization=dinner.organization_id):
        parser = argparse.ArgumentParser()
        commands.add_parser(parser.add_subparsers())
        said = ["import", str(dinner.pk), str(file), "--organization", str(organization)]
        if organization not in grants:
            grants[organization] = ask(dana.pk, organization, may_change=True)
        row = grants[organization]
        said += ["--grant", str(row.pk), "--code", code_for(row)]
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


def test_a_dry_run_says_by_its_exit_code_that_questions_are_open(run, alice, tmp_path, capsys):
    file = tmp_path / "guests.csv"
    file.write_text("name,rsvp\nAnna & Bo Lee,hmm\n")
    assert run(file, "--dry-run") == commands.OPEN
    assert "“hmm” (1) -> not known" in capsys.readouterr().out
    assert run(file, "--dry-run", "--value", "hmm=tentative") == commands.OPEN
    assert "2:couple=…” with split, one, skip; now: no answer" in capsys.readouterr().out
    said = ("--value", "hmm=tentative", "--answer", "*:couple=split")
    assert run(file, "--dry-run", *said) == 0
    assert run(file, *said) == 0
    with as_(alice):
        assert Guest.objects.count() == 2


def test_a_dry_run_says_that_places_are_lacking(run, alice, dinner, capsys):
    with as_(alice):
        dinner.activity.capacity = 500
        dinner.activity.save()
    assert run(DINNER, "--dry-run") == commands.OPEN
    assert "37 places too few" in capsys.readouterr().out


def test_the_first_row_can_be_a_guest_and_the_encoding_be_said(run, alice, tmp_path, capsys):
    file = tmp_path / "guests.csv"
    file.write_bytes("Łucja;Nowak\n".encode("windows-1250"))
    assert run(file, "--no-headings", "--encoding", "windows-1250") == 0
    with as_(alice):
        assert Guest.objects.get().sealed.full_name == "Łucja Nowak"
    assert run(file, "--encoding", "latin") == commands.REFUSED
    assert "The encoding “latin” is unknown" in capsys.readouterr().err
    assert run(tmp_path / "none.csv") == commands.REFUSED
    assert "none.csv cannot be read: No such file" in capsys.readouterr().err
    file.write_text("name\nAlma Adams\n")
    assert run(file, "--map", "name=b") == commands.REFUSED
    assert "“b” is no field" in capsys.readouterr().err
