"""`seatrobot staff`: one sentence for each mistake, an entry in the journal for each act."""

import re

import pytest
from django.test import Client

from seatrobot import cli
from seatrobot.accounts.models import StaffMember

from .people import DANA, is_in


@pytest.fixture
def command(capsys, settings, db):
    """Run a command; return its exit code, output and complaint."""

    def run(*words: str) -> tuple[int, str, str]:
        args = cli._parser().parse_args(["staff", *words])
        code = args.run(args)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_add_prints_a_link_for_a_day(command, settings):
    checked = ("--checked", "2026-11-02", "--reference", "HR-17")
    code, out, _err = command("add", DANA, "--name", "Dana Drew", *checked)
    assert code == 0
    link = re.match(rf"{settings.BASE_URL}(/staff/enrol/[\w-]{{43}}/)\n.*24 hours, once", out)
    assert link
    assert "Welcome, Dana Drew" in Client().get(link[1]).content.decode()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("add", DANA, "--name", "Dana"), "staff already: give out a new link instead."),
        (("add", "alice@seatrobot.test", "--name", "A"), "staff need an address of their own."),
        (("add", "no address", "--name", "Dana"), "This is not an e-mail address"),
        (("add", "sam@seatrobot.test", "--name", " "), "Give a name."),
        (("link", "alice@seatrobot.test"), "Nobody of the staff has this address."),
        (("disable", "eve@seatrobot.test"), "Nobody of the staff has this address."),
        (("enable", "nonsense"), "Nobody of the staff has this address."),
    ],
)
def test_a_mistake_is_one_sentence_and_changes_nothing(command, link, alice, words, sentence):
    code, out, err = command(*words)
    assert (code, out) == (1, "")
    assert sentence in err
    assert err.count("\n") == 1
    assert StaffMember.objects.count() == 1


def test_whoever_is_disabled_gets_no_link_before_being_enabled(command, link, dana):
    assert command("disable", DANA)[1] == "Disabled. Every session has ended.\n"
    assert not is_in(dana)
    assert "enable them first" in command("link", DANA)[2]
    assert "disabled  passkeys: 1" in command("list")[1]
    assert command("enable", DANA)[0] == 0
    assert "/staff/enrol/" in command("link", DANA)[1]


def test_list_says_who_is_staff(command, link):
    assert f"{DANA}  Dana  enabled  passkeys: 0  last sign-in: never" in command("list")[1]


def test_nobody_yet(command):
    assert command("list")[1] == "There is no staff yet.\n"


@pytest.mark.django_db(transaction=True)
def test_the_journal_has_every_act(command, dana, superuser_connection):
    dana.get("/staff/")
    dana.post("/staff/sign-out/")
    dana.post("/staff/sign-in/", {"answer": "{"})
    for act in ("disable", "enable", "link", "list"):
        command(*([act, DANA] if act != "list" else [act]))
    query = """
        SELECT action, actor_kind, actor_name FROM journal_entry
        WHERE organization_id IS NULL AND action LIKE 'staff:%' ORDER BY id
    """
    assert superuser_connection.execute(query).fetchall() == [
        ("staff:person:add", "operator", "tests"),
        ("staff:check:record", "operator", "tests"),
        ("staff:person:enable", "operator", "tests"),
        ("staff:passkey:enrol", "link", "staff"),
        ("staff:sign-in:succeed", "staff", ""),
        ("staff:sign-in:succeed", "staff", ""),
        ("staff:person:list", "staff", ""),
        ("staff:sign-ins:view", "staff", ""),
        ("staff:sign-out:succeed", "staff", ""),
        ("staff:sign-in:fail", "visitor", ""),
        ("staff:person:disable", "operator", "staff disable"),
        ("staff:person:enable", "operator", "staff enable"),
        ("staff:link:create", "operator", "staff link"),
        ("staff:person:list", "operator", "staff list"),
    ]
