"""Every command: what it prints leaves after the entry of what it read is committed.

A command that nobody listed here fails. Each runs as `seatrobot` runs it, on streams that refuse to
write inside a unit of work, as those of the command line do.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

import seatrobot
from seatrobot import cli
from seatrobot.accounts import mail
from seatrobot.accounts.feature import Action as AccountAction
from seatrobot.accounts.models import Account
from seatrobot.accounts.passwords import resetting
from seatrobot.conftest import as_
from seatrobot.grants import operating
from seatrobot.grants.feature import Action as GrantAction
from seatrobot.grants.models import Recording, StaffGrant
from seatrobot.grants.services import deciding
from seatrobot.grants.tests.asks import ask, end, lockbox
from seatrobot.grants.tests.conftest import ask_accounts_alone, staff_member
from seatrobot.guests.feature import Action as GuestAction
from seatrobot.kernel.access import NotCommitted
from seatrobot.kernel.acting import acting, only_as
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.feature import Action as KernelAction
from seatrobot.kernel.journal.models import Entry
from seatrobot.practices.subscribing import posting
from seatrobot.runtime.errors import RefusedError
from seatrobot.runtime.showing import after_commit

STARTS_PARTS = "runs an instance, or reads no rows of people"
OFFLINE = "reads files, no database"
NOT_RUN = {
    "mail": [],
    "up": STARTS_PARTS,
    "web": STARTS_PARTS,
    "jobs": STARTS_PARTS,
    "migrate": STARTS_PARTS,
    "faults": STARTS_PARTS,
    "static": STARTS_PARTS,
    "database prepare": STARTS_PARTS,
    "database manifest": STARTS_PARTS,
    "witness": "a program of its own, which holds heads of other instances alone",
    "promises examine": STARTS_PARTS,
    "demo": "prepares an instance; the walks of a browser run it",
    "welcome": "the walks of a browser run it",
    "journal prove": "the tests of the journal run it, with a checkpoint",
    "device enrol": "runs on a laptop, against a server: devices/tests",
    "device report": "runs on a laptop, against a server: devices/tests",
    "device show": "runs on a laptop, without a server",
    "manage": "runs commands of Django, which close this process's connections",
    "promises review": OFFLINE,
    "promises reword": OFFLINE,
    "practices check": OFFLINE,
    "practices verify": OFFLINE,
}
RUN = {
    "reset-link": ["bob@seatrobot.test"],
    "reset-factors": ["bob@seatrobot.test"],
    "staff add": [
        *("dana@operator.test", "--name", "Dana"),
        *("--checked", "2026-11-02", "--reference", "HR-17"),
    ],
    "staff check": ["dana@operator.test", "--checked", "2026-11-02", "--reference", "HR-17"],
    "staff last-day": ["dana@operator.test", "2026-12-31"],
    "staff list": [],
    "staff disable": ["dana@operator.test"],
    "staff enable": ["dana@operator.test"],
    "staff link": ["dana@operator.test"],
    "personnel list": [],
    "personnel publish": [],
    "organization add": [],
    "import": ["EVENT", "FILE", "--organization", "ORGANIZATION", "--dry-run", "--grant", "GRANT"],
    "journal verify": [],
    "journal checkpoint": ["--organization", "ORGANIZATION"],
    "journal key": [],
    "promises list": [],
    "shell": ["--organization", "ORGANIZATION", "--grant", "GRANT"],
}
GRANT = ("--grant", "GRANT")
BY_GRANT = {"import", "shell"}
"""What sees data of an organization: refused without somebody's grant."""
SEES_NOTHING = {
    "reset-link": "writes to accounts, and to the logs of their organizations; opens neither",
    "reset-factors": "writes to accounts, and to the logs of their organizations; opens neither",
    "organization add": "makes a link",
    "journal verify": "compares hashes and signatures as the examiner, who holds no keys",
    "journal checkpoint": "prints hashes",
    "journal key": "prints a public key",
    "promises list": "prints sentences about the service",
}
"""What runs without a grant, and why; so do commands about staff and the platform's own mail."""
OF_THE_PLATFORM = ("staff ", "device ", "personnel ", "providers ")


def leaves(parser: argparse.ArgumentParser, path: str = "") -> Iterator[str]:
    """Give every command, with its acts."""
    groups = [
        action for action in parser._actions if isinstance(action, argparse._SubParsersAction)
    ]
    if not groups:
        yield path
    for group in groups:
        for name, below in group.choices.items():
            yield from leaves(below, f"{path} {name}".strip())


@pytest.fixture
def run(alice, bob, dinner, tmp_path, monkeypatch) -> Callable[..., int]:
    """Return what runs a command in this process, as the command line does."""
    ask_accounts_alone(monkeypatch)
    file = tmp_path / "guests.csv"
    file.write_text("name\nAlma Adams\n")
    known = {
        "EVENT": str(dinner.pk),
        "FILE": str(file),
        "ORGANIZATION": str(dinner.organization_id),
        "GRANT": str(ask(staff_member("Gina").pk, dinner.organization_id, may_change=True).pk),
    }

    def command(path: str, *more: str, given: str = "") -> int:
        monkeypatch.setattr("sys.stdin", io.StringIO(given))
        words = [*path.split(), *(known.get(word, word) for word in more)]
        args = cli._parser().parse_args(words)
        with after_commit():
            return args.run(args) or 0

    command.file = file
    return command


def entries(member, action) -> list[Entry]:
    with as_(member):
        return list(Entry.objects.filter(organization_id=member.organization_id, action=action))


def test_every_command_is_listed():
    assert set(leaves(cli._parser())) == NOT_RUN.keys() | RUN.keys()
    assert not NOT_RUN.keys() & RUN.keys()


def test_no_command_prints_before_the_commit(run, capsys, settings, tmp_path):
    settings.CONFIG = replace(settings.CONFIG, data=tmp_path)
    mail.save(mail.compose("bob@seatrobot.test", "Hello", "there"))
    for name, arguments in RUN.items():
        code = run(name, *arguments)
        told = capsys.readouterr()
        assert code in {0, 1, 2}, f"{name}: {told}"
        assert told.out + told.err or name == "shell", f"{name} said nothing"


def test_what_is_printed_too_early_is_refused(alice, capsys):
    with after_commit(), as_(alice), pytest.raises(NotCommitted):
        sys.stdout.write("a name")
    assert "a name" not in capsys.readouterr().out


def test_an_import_that_is_refused_leaves_the_entry_of_what_it_showed(run, alice, dinner, capsys):
    """Its report names a guest, so the list was read, whatever comes of the import."""
    heading = "First name,Last name,E-mail"
    run.file.write_text(f"{heading}\nXaviera,Planted,xaviera@planted.test\n")
    assert run("import", "EVENT", "FILE", "--organization", "ORGANIZATION", *GRANT) == 0
    run.file.write_text(f"{heading}\nSome,Body,xaviera@planted.test\n,,wrong\n")
    before = len(entries(alice, GuestAction.GUEST_IMPORT_PREVIEW))
    assert run("import", "EVENT", "FILE", "--organization", "ORGANIZATION", *GRANT) == 1
    assert "Planted" in "".join(capsys.readouterr())
    read = entries(alice, GuestAction.GUEST_IMPORT_PREVIEW)[before:]
    assert read
    assert read[0].actor_kind == "operator"
    assert sum(entry.opened for entry in read) > 0


class TestOperator:
    """What the operator does for a member is the operator's in the organization's own log."""

    def test_a_link_for_a_new_password(self, run, alice, bob, client, capsys):
        run("reset-link", "bob@seatrobot.test")
        link = capsys.readouterr().out.splitlines()[0]
        [given] = entries(alice, AccountAction.ACCOUNT_PASSWORD_RESET_SEND)
        assert (given.actor_kind, given.subject_id) == ("operator", bob.account_id)
        client.post(link, {"password": "another long enough password"})
        assert len(entries(alice, AccountAction.ACCOUNT_PASSWORD_RESET_BY_OPERATOR)) == 1
        assert not entries(alice, AccountAction.ACCOUNT_PASSWORD_RESET)

    def test_a_mailed_link_is_the_persons_own(self, alice, bob, client):
        link = resetting.link(Account.objects.get(pk=bob.account_id))
        client.post(link, {"password": "another long enough password"})
        assert len(entries(alice, AccountAction.ACCOUNT_PASSWORD_RESET)) == 1
        assert not entries(alice, AccountAction.ACCOUNT_PASSWORD_RESET_BY_OPERATOR)

    def test_the_person_gets_a_mail(self, run):
        from procrastinate.contrib.django.models import ProcrastinateJob

        for command, notice in (
            ("reset-link", "link-by-operator"),
            ("reset-factors", "reset-by-operator"),
        ):
            run(command, "bob@seatrobot.test")
            jobs = ProcrastinateJob.objects.filter(task_name="accounts.mail-factor-notice")
            assert jobs.order_by("id").last().args["notice"] == notice

    def test_in_a_shell_nobody_else_acts(self, run, alice, dinner, capsys):
        """Whoever the unit of work names, the log says that it was the operator."""
        run(
            "shell",
            "--organization",
            "ORGANIZATION",
            *GRANT,
            given=f"""
from uuid import UUID
from seatrobot.events.models import Event
from seatrobot.kernel.actor import Actor
with acting(Actor.member(UUID("{alice.account_id}")), UUID("{alice.organization_id}")):
    title = Event.objects.get().sealed.title
print(title)
""",
        )
        assert "Congress Dinner" in capsys.readouterr().out
        [opened] = entries(alice, KernelAction.OPERATOR_SHELL)
        [read] = entries(alice, KernelAction.VAULT_OPEN)
        for entry in (opened, read):
            assert (entry.actor_kind, entry.actor_name) == ("operator", "shell")

    @pytest.mark.parametrize(
        "work",
        {
            "a unit that fails": """
with unit(ORGANIZATION):
    titles += [event.sealed.title for event in Event.objects.all()]
    raise RuntimeError
""",
            "a unit in one that fails": """
with unit(None):
    with unit(ORGANIZATION):
        titles += [event.sealed.title for event in Event.objects.all()]
    raise RuntimeError
""",
            "a failing unit in one that goes on": """
with unit(None):
    try:
        with unit(ORGANIZATION):
            titles += [event.sealed.title for event in Event.objects.all()]
            raise RuntimeError
    except RuntimeError:
        pass
""",
            "a unit in a savepoint that fails": """
with unit(None):
    try:
        with savepoint(), unit(ORGANIZATION):
            titles += [event.sealed.title for event in Event.objects.all()]
        with savepoint():
            with acting(Actor.visitor(), ORGANIZATION):
                titles += [event.sealed.title for event in Event.objects.all()]
            raise RuntimeError
    except RuntimeError:
        pass
""",
        }.values(),
    )
    def test_what_a_failed_unit_of_work_in_a_shell_has_read_is_in_the_log(
        self, run, alice, dinner, capsys, work
    ):
        given = f"""
from uuid import UUID
from seatrobot.events.models import Event
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.acting import savepoint
ORGANIZATION, titles = UUID("{alice.organization_id}"), []
try:{work.replace(chr(10), chr(10) + "    ")}
except RuntimeError:
    pass
print(titles)
"""
        run("shell", "--organization", "ORGANIZATION", *GRANT, given=given)
        times = capsys.readouterr().out.count("Congress Dinner")
        assert times
        read = [
            entry
            for action in (KernelAction.VAULT_OPEN, KernelAction.OPERATOR_SHELL)
            for entry in entries(alice, action)
        ]
        assert sum(entry.opened for entry in read) >= times
        assert {entry.actor_name for entry in read} == {"shell"}

    def test_an_organization_is_told_of_the_first_shell_that_names_it(self, run, alice):
        unit = f'with unit(__import__("uuid").UUID("{alice.organization_id}")): pass\n'
        run("shell", "--organization", "ORGANIZATION", *GRANT, given=unit + unit)
        assert len(entries(alice, KernelAction.OPERATOR_SHELL)) == 1

    def test_a_shell_of_django_is_refused(self, run):
        with pytest.raises(RefusedError, match="seatrobot shell"):
            run("manage", "shell")

    def test_afterwards_people_act_for_themselves_again(self, alice):
        with only_as(Actor.operator("shell")):
            pass
        with as_(alice) as access:
            assert access.actor == Actor.member(alice.account_id)


class TestByGrant:
    """Commands that see data of an organization do so by a grant of somebody, and are recorded."""

    READ = """
from seatrobot.events.models import Event
with unit():
    title = Event.objects.get().sealed.title
print(title)
"""

    def test_every_command_sees_data_by_a_grant_or_none(self):
        platform = {name for name in RUN if name.startswith(OF_THE_PLATFORM)}
        assert RUN.keys() == BY_GRANT | SEES_NOTHING.keys() | platform

    @pytest.mark.parametrize("name", sorted(BY_GRANT))
    def test_without_one_nothing_is_shown(self, run, alice, capsys, name):
        words = [word for word in RUN[name] if word not in GRANT]
        assert run(name, *words, given=self.READ) == 1
        told = capsys.readouterr()
        assert "--staff ADDRESS --reason" in told.err
        assert not told.out
        assert run(name, *words, *("--staff", "bob@seatrobot.test", "--reason", "a b c d")) == 1
        assert "Nobody of the staff" in capsys.readouterr().err

    def test_python_in_a_shell_sees_nothing_without_one(self, run, alice, dinner, capsys):
        """Whatever it names and does: the rows are not there, and the keys do not open."""
        for attempt in (
            "acting(Actor.member(A), O)",
            "acting(Actor.system('me'), O)",
            "acting(Actor.operator('me'), O)",
            "unit(O)",
        ):
            given = f"""
from uuid import UUID
from seatrobot.events.models import Event
from seatrobot.kernel.actor import Actor
from seatrobot.guests.models import Guest
O, A = UUID("{alice.organization_id}"), UUID("{alice.account_id}")
with {attempt}:
    print(Event.objects.count(), Guest.objects.count())
"""
            with pytest.raises(NotCommitted):
                run("shell", given=given)
            run("shell", given=given.replace("    print(", "    found = (") + "print(found)")
            assert capsys.readouterr().out.strip() == "(0, 0)", attempt

    def test_what_it_said_and_showed_is_kept(self, run, alice, dinner, capsys, client_of):
        run("shell", "--organization", "ORGANIZATION", *GRANT, given=self.READ)
        assert "Congress Dinner" in capsys.readouterr().out
        [entry] = entries(alice, GrantAction.COMMAND_RUN)
        with as_(alice):
            recording = Recording.objects.get(pk=entry.sealed.facts["recording"])
            assert "Event.objects.get()" in recording.sealed.said
            assert "Congress Dinner" in recording.sealed.shown
        page = f"/o/{alice.organization_id}/settings/support-access/{recording.grant_id}/"
        shown = client_of(alice).get(page).content.decode()
        assert "Event.objects.get()" in shown
        assert "Congress Dinner" in shown

    def test_nothing_is_shown_that_could_not_be_kept(self, run, alice, dinner, capsys, monkeypatch):
        monkeypatch.setattr(operating.journal, "record", _broken)
        with pytest.raises(RuntimeError):
            run("shell", "--organization", "ORGANIZATION", *GRANT, given=self.READ)
        assert "Congress Dinner" not in capsys.readouterr().out

    def test_an_organization_that_approves_is_asked_first(self, run, alice, dinner, capsys):
        lockbox(alice)
        staff_member("Hanna")
        words = ["--organization", "ORGANIZATION"]
        who = ["--staff", "hanna@staff.seatrobot.test", "--reason", "The import was asked for"]
        assert run("shell", *words, *who, given=self.READ) == 1
        asked = capsys.readouterr().err
        grant = re.search(r"--grant (\S+)", asked)[1]
        assert run("shell", *words, "--grant", grant, given=self.READ) == 1
        with as_(alice):
            deciding.approve(actor=alice, grant_id=UUID(grant))
        capsys.readouterr()
        assert run("shell", *words, "--grant", grant, given=self.READ) == 0
        assert "Congress Dinner" in capsys.readouterr().out

    def test_a_grant_that_ended_shows_nothing(self, run, alice, dinner, capsys):
        with acting(Actor.system("tests"), alice.organization_id):
            row = StaffGrant.objects.get()
        end(row.account_id, row)
        assert run(*("shell", "--organization", "ORGANIZATION"), *GRANT, given=self.READ) == 1
        told = capsys.readouterr()
        assert "You ended this grant" in told.err
        assert not told.out

    def test_one_to_read_changes_nothing(self, run, alice, dinner, capsys):
        reader = ask(staff_member("Hanna").pk, dinner.organization_id)
        words = [word for word in RUN["import"] if word not in {*GRANT, "--dry-run"}]
        assert run("import", *words, "--grant", str(reader.pk)) == 1
        assert "to read alone" in capsys.readouterr().err


def _broken(*_args: object, **_facts: object) -> None:
    raise RuntimeError("the journal is full")


def test_no_mail_leaves_inside_a_unit_of_work(db):
    """Jobs compose a mail, commit, and only then send it."""
    message = mail.compose("bob@seatrobot.test", "Hello", "there")
    with acting(Actor.system("tests")), pytest.raises(NotCommitted):
        mail.post(message)
    with acting(Actor.system("tests")), pytest.raises(NotCommitted):
        mail.send(message)
    with acting(Actor.system("tests")), pytest.raises(NotCommitted):
        posting.post("https://hook.example/", {}, b"")


LEAVES = {
    "agent/reporting.py": "the program on a laptop, which knows no rows",
    "accounts/mail.py": "refuses inside a unit of work",
    "kernel/heads/witnesses.py": "shows heads of the journal: hashes, no rows",
    "kernel/promises/starting.py": "asks the process above to examine: a name, over a socket pair",
    "practices/subscribing/posting.py": "refuses inside a unit of work",
    "practices/checks/availability.py": "examinations hold connections to our own web",
    "practices/checks/browser.py": "examinations open our own pages",
    "practices/checks/static_files.py": "examinations open our own scripts and styles",
    "practices/checks/encryption.py": "examinations connect to our own web",
    "practices/checks/transparency.py": "examinations open our own pages",
}
"""The modules outside of runtime, which knows no rows, that can send something elsewhere."""


def test_what_leaves_the_process_leaves_through_a_few_modules():
    """So that no job sends what it read before the entry of that is committed."""
    source = Path(seatrobot.__file__).parent
    network = re.compile(
        r"^\s*(?:import|from) (?:smtplib|http\.client|urllib\.request|socket)\b", re.MULTILINE
    )
    found = {
        str(path.relative_to(source))
        for path in source.rglob("*.py")
        if "tests" not in path.parts and network.search(path.read_text())
    }
    assert {name for name in found if not name.startswith("runtime/")} == LEAVES.keys()
