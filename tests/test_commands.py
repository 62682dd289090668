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
from datetime import timedelta
from pathlib import Path

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
from seatrobot.grants.models import GrantText, Recording, StaffGrant
from seatrobot.grants.services import deciding
from seatrobot.grants.tests.asks import ask, code_for, end, lockbox
from seatrobot.grants.tests.conftest import ask_accounts_alone, staff_member
from seatrobot.guests.feature import Action as GuestAction
from seatrobot.kernel.acting import acting, only_as
from seatrobot.kernel.actor import Actor
from seatrobot.kernel.feature import Action as KernelAction
from seatrobot.kernel.journal.models import Entry
from seatrobot.kernel.principals import Operator
from seatrobot.kernel.refusal import Refused
from seatrobot.kernel.unit_of_work import NotCommitted
from seatrobot.practices.subscribing import posting
from seatrobot.runtime import sql_shell
from seatrobot.runtime.errors import RefusedError
from seatrobot.runtime.showing import after_commit

pytestmark = pytest.mark.django_db(transaction=True)
"""A shell is a process of its own, which sees what is committed."""

STARTS_PARTS = "runs an instance, or reads no rows of people"
OFFLINE = "reads files, no database"
NOT_RUN = {
    "mail": [],
    "up": STARTS_PARTS,
    "web": STARTS_PARTS,
    "jobs": STARTS_PARTS,
    "redirect": STARTS_PARTS,
    "migrate": STARTS_PARTS,
    "faults": STARTS_PARTS,
    "static": STARTS_PARTS,
    "database prepare": STARTS_PARTS,
    "database manifest": STARTS_PARTS,
    "keys recover": "writes a root key: runtime/tests/test_root_key.py",
    "root check": "the same",
    "root rotate": "the same, and kernel/vault/tests/test_root_keys.py",
    "root sheets": "the same",
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
    "archive check": OFFLINE,
    "practices check": OFFLINE,
    "practices verify": OFFLINE,
    "receipt verify": OFFLINE,
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
    "archive import": [
        *("FILE", "--organization", "ORGANIZATION"),
        *("--grant", "GRANT", "--code", "CODE"),
    ],
    "import": [
        *("EVENT", "FILE", "--organization", "ORGANIZATION", "--dry-run"),
        *("--grant", "GRANT", "--code", "CODE"),
    ],
    "journal verify": [],
    "journal checkpoint": ["--organization", "ORGANIZATION"],
    "journal key": [],
    "erasures replay": [],
    "keys list": ["--organization", "ORGANIZATION"],
    "keys rotate": ["--organization", "ORGANIZATION"],
    "keys reseal": ["--organization", "ORGANIZATION"],
    "crypto inventory": [],
    "promises list": [],
    "shell": ["--organization", "ORGANIZATION", "--grant", "GRANT", "--code", "CODE"],
}
RUN["database shell"] = RUN["shell"]
GRANT = ("--grant", "GRANT", "--code", "CODE")
BY_GRANT = {"archive import", "database shell", "import", "shell"}
"""What sees data of an organization: refused without somebody's grant."""
SEES_NOTHING = {
    "reset-link": "writes to accounts, and to the logs of their organizations; opens neither",
    "reset-factors": "writes to accounts, and to the logs of their organizations; opens neither",
    "organization add": "makes a link",
    "journal verify": "compares hashes and signatures as the examiner, who holds no keys",
    "journal checkpoint": "prints hashes",
    "journal key": "prints a public key",
    "erasures replay": "deletes rows by their identifiers",
    "keys list": "prints age and algorithm of keys",
    "keys rotate": "makes keys, opens nothing; a job of the service seals anew",
    "keys reseal": "asks for a job of the service, which shows nothing to anybody",
    "crypto inventory": "prints age and algorithm of keys, names of columns, counts of passwords",
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
    grant = ask(staff_member("Gina").pk, dinner.organization_id, may_change=True)
    file = tmp_path / "guests.csv"
    file.write_text("name\nAlma Adams\n")
    known = {
        "EVENT": str(dinner.pk),
        "FILE": str(file),
        "ORGANIZATION": str(dinner.organization_id),
        "GRANT": str(grant.pk),
    }

    def command(path: str, *more: str, given: str = "") -> int:
        monkeypatch.setattr("sys.stdin", io.StringIO(given))
        if "CODE" in more:
            known["CODE"] = code_for(grant)
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
        assert told.out + told.err or name.endswith("shell"), f"{name} said nothing"


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
        assert f"/staff/grants/ask/{alice.organization_id}/" in told.err
        assert not told.out

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

    @pytest.mark.parametrize(
        "written",
        [
            "sys.__stdout__.write(title)",
            "os.write(1, title.encode())",
            "os.write(2, title.encode())",
            "atexit.register(lambda: os.write(1, title.encode()))",
            "logging.StreamHandler(sys.__stderr__).emit(logging.makeLogRecord({'msg': title}))",
            "threading.Timer(0.2, lambda: sys.__stdout__.write(title)).start()",
            "_thread.start_new_thread(lambda: (time.sleep(0.2), os.write(1, title.encode())), ())",
            "raise ValueError(title)",
        ],
    )
    def test_whatever_writes_it_is_kept_before_it_is_shown(
        self, run, alice, dinner, capfd, written
    ):
        modules = "import _thread, atexit, logging, os, sys, threading, time\n"
        given = modules + self.READ.replace("print(title)", written)
        assert run("shell", "--organization", "ORGANIZATION", *GRANT, given=given) in {0, 1}
        told = capfd.readouterr()
        assert "Congress Dinner" in told.out + told.err
        with as_(alice):
            assert "Congress Dinner" in Recording.objects.get().sealed.shown

    WAYS_OUT = (
        "open(FILE, 'w').write(title)",
        "os.write(os.open(FILE, os.O_WRONLY | os.O_CREAT), title.encode())",
        "pathlib.Path(FILE).write_text(title)",
        "shutil.copy(seatrobot.__file__, FILE)",
        "os.symlink(title, FILE)",
        "os.mkdir(FILE)",
        "sqlite3.connect(FILE)",
        "subprocess.run(['sh', '-c', 'echo \"$1\" > \"$2\"', 'x', title, FILE], check=True)",
        "os.system(f'echo {title} > {FILE}')",
        "os.execv('/bin/sh', ['sh', '-c', f'echo {title} > {FILE}'])",
        (
            "_posixsubprocess.fork_exec([b'touch', FILE], [b'/bin/touch'], True, (99,), None, None,"
            " -1, -1, -1, -1, -1, -1, 98, 99, True, False, 0, None, None, None, -1, None, False)"
        ),
        "os.fork()",
        "socket.create_connection(('127.0.0.1', PORT))",
        "socket.socket(type=socket.SOCK_DGRAM).sendto(title.encode(), ('127.0.0.1', PORT))",
        "socket.socket(socket.AF_UNIX).connect('/dev/log')",
        "os.kill(os.getppid(), 0)",
        "ctypes.CDLL(None).system",
        "open(sys.argv[0] + '.written', 'w')",
        "os.open('/dev/tty', os.O_RDWR)",
    )

    def test_nothing_leaves_a_shell_but_what_is_recorded(self, run, alice, dinner, capfd, tmp_path):
        """Neither files nor programs nor sockets; what was tried is in the recording."""
        file = tmp_path / "leak"
        modules = (
            "import _posixsubprocess, ctypes, os, pathlib, shutil, socket, sqlite3, subprocess, sys"
            f"\nimport seatrobot\nFILE, PORT = {str(file)!r}, 9\n"
        )
        attempts = "".join(
            f"try:\n    {way}\nexcept OSError as error:\n    print({way!r}, type(error).__name__)\n"
            for way in self.WAYS_OUT
        )
        given = modules + self.READ.replace("print(title)", attempts)
        assert run("shell", "--organization", "ORGANIZATION", *GRANT, given=given) == 0
        told = capfd.readouterr()
        assert not file.exists()
        with as_(alice):
            kept = Recording.objects.get().sealed.shown
        assert kept == told.out + told.err
        for way in self.WAYS_OUT:
            assert f"{way} PermissionError" in kept or way.startswith("_posix"), way
        assert len(re.findall("Refused in a recorded shell", kept)) == len(self.WAYS_OUT) - 1

    def test_lines_typed_at_a_terminal_are_recorded_one_by_one(
        self, run, alice, dinner, capfd, monkeypatch
    ):
        """And so is what was registered for the end, which comes after the last of them."""
        lines = iter(
            (
                "import atexit, os; from seatrobot.events.models import Event",
                "with unit():",
                "    title = Event.objects.get().sealed.title",
                "",
                "title",
                "raise ValueError(title)",
                "_ = atexit.register(os.write, 1, b'the end')",
            )
        )
        monkeypatch.setattr(io, "StringIO", Terminal)
        monkeypatch.setattr("builtins.input", lambda _prompt: _next(lines))
        assert run("shell", "--organization", "ORGANIZATION", *GRANT) == 0
        assert "Congress Dinner" in capfd.readouterr().out
        with as_(alice):
            kept = [row.sealed for row in Recording.objects.order_by("pk")]
        assert [each.said.partition("\n")[0] for each in kept][1:4] == [
            "with unit():",
            "title",
            "raise ValueError(title)",
        ]
        assert "ValueError: Congress Dinner" in kept[3].shown
        assert (kept[-1].said, kept[-1].shown) == ("", "the end")

    def test_an_open_terminal_is_out_of_reach(self, run, alice, dinner, capfd):
        """The shell has no descriptor but those that are recorded, whatever their numbers are."""
        written = "[os.write(n, title.encode()) for n in range(1, 64) if can(n)]"
        helper = (
            "def can(n):\n    try: return bool(os.fstat(n))\n    except OSError: return False\n"
        )
        given = f"import os\n{helper}" + self.READ.replace("print(title)", written)
        run("shell", "--organization", "ORGANIZATION", *GRANT, given=given)
        told = capfd.readouterr()
        with as_(alice):
            kept = Recording.objects.get().sealed.shown
        assert kept == told.out + told.err
        assert kept.count("Congress Dinner") == 2

    def test_without_landlock_python_is_kept_in_all_the_same(
        self, run, alice, dinner, capfd, monkeypatch, tmp_path
    ):
        monkeypatch.setattr("seatrobot.runtime.confinement.version", lambda: 0)
        given = self.READ.replace("print(title)", f"open({str(tmp_path / 'leak')!r}, 'w')")
        assert run("shell", "--organization", "ORGANIZATION", *GRANT, given=given) == 1
        assert not (tmp_path / "leak").exists()
        told = capfd.readouterr().err
        assert "the kernel has no Landlock" in told
        assert "Refused in a recorded shell: writing the file" in told

    def test_no_more_is_shown_than_is_kept(self, run, alice, dinner, capfd, monkeypatch):
        monkeypatch.setattr(operating, "LONGEST_SHOWN", 100)
        given = self.READ.replace("print(title)", "print('x' * 100 + title)")
        run("shell", "--organization", "ORGANIZATION", *GRANT, given=given)
        told = capfd.readouterr()
        assert "Congress Dinner" not in told.out + told.err
        assert "ends after" in told.err

    def test_a_recording_is_shown_by_parts(self, run, alice, dinner, capsys, client_of):
        """One that is long does not make a page that nobody can open."""
        given = self.READ.replace("print(title)", "print('x' * 50_000 + title)")
        for _time in range(12):
            run("shell", "--organization", "ORGANIZATION", *GRANT, given=given)
        with as_(alice):
            row = Recording.objects.earliest("pk")
        page = f"/o/{alice.organization_id}/settings/support-access/{row.grant_id}/"
        browser = client_of(alice)
        first = browser.get(page).content.decode()
        assert len(first) < 100_000
        assert "Congress Dinner" not in first
        older = re.search(r'href="(\?before=[0-9a-f-]+)"', first)[1]
        second = browser.get(page + older).content.decode()
        assert "?before" not in second
        assert f"?recording={row.pk}" in second
        assert f"?recording={row.pk}" not in first
        parts = [
            browser.get(f"{page}?recording={row.pk}&part={part}").content.decode()
            for part in (1, 2, 3)
        ]
        assert [("Congress Dinner" in part) for part in parts] == [False, False, True]
        assert all(len(part) < 60_000 for part in parts)
        for wrong in ("&part=4", "&part=0", "&part=x", f"x&part={'1' * 5000}"):
            assert browser.get(f"{page}?recording={row.pk}{wrong}").status_code == 404

    def test_nothing_is_shown_that_could_not_be_kept(self, run, alice, dinner, capsys, monkeypatch):
        monkeypatch.setattr(operating.journal, "record", _broken)
        with pytest.raises(RuntimeError):
            run("shell", "--organization", "ORGANIZATION", *GRANT, given=self.READ)
        assert "Congress Dinner" not in capsys.readouterr().out

    def test_sql_reads_the_organization_of_the_grant_and_is_recorded(
        self, run, alice, dinner, charlie, capfd
    ):
        given = (
            'SELECT e.id, e.sealed, count(*) OVER () AS "how many" FROM events_event e'
            " WHERE e.time_zone LIKE '%New\\_York' -- (ours)\n;\n"
            "SELECT id\nFROM organizations_organization;"
        )
        assert run("database shell", "--organization", "ORGANIZATION", *GRANT, given=given) == 0
        told = capfd.readouterr().out
        assert str(dinner.pk) in told
        assert " bytes | 1\n(1 row)" in told
        assert str(alice.organization_id) in told
        assert str(charlie.organization_id) not in told
        with as_(alice):
            kept = [row.sealed for row in Recording.objects.order_by("pk")]
        assert "\n".join(each.said for each in kept) == given
        assert "".join(each.shown for each in kept) == told
        with as_(alice):
            first, _second = Entry.objects.filter(action=GrantAction.COMMAND_RUN).order_by("pk")
            assert first.sealed.facts["command"] == "database-shell"

    SQL_THAT_DOES_MORE = (
        "SET seatrobot.organization = ''",
        "RESET ALL",
        "DO $$ BEGIN PERFORM 1; END $$",
        "DELETE FROM events_event",
        "COPY events_event TO STDOUT",
        "SELECT 1; SET seatrobot.staff = ''",
        "SELECT set_config('seatrobot.staff', '', true)",
        "SELECT pg_catalog . set_config -- x\n ('seatrobot.staff', '', true)",
        "SELECT 1 --\rFROM set_config('seatrobot.staff', '', true)",
        "SELECT \"set_config\"('seatrobot.staff', '', true)",
        "SELECT U&\"set\\005fconfig\"('seatrobot.staff', '', true)",
        "SELECT E'\\'', set_config('seatrobot.staff', '', true) --'",
        "SELECT '', $$'$$, set_config('seatrobot.staff', '', true) --'",
        "SELECT 1 /* ' */, set_config('a.b', '', true) -- '",
        "SELECT query_to_xml('SELECT 1', true, true, '')",
        "SELECT pg_read_file('/etc/passwd')",
        "WITH gone AS (DELETE FROM events_activity RETURNING id) SELECT id FROM gone",
        "SELECT id FROM events_event FOR UPDATE",
        "EXPLAIN ANALYZE DELETE FROM events_event",
        "TABLE pg_authid",
        "SELECT nowhere",
        "\\d x; DROP TABLE y",
    )

    def test_sql_that_does_more_than_read_is_refused(self, alice, dinner, monkeypatch):
        ask_accounts_alone(monkeypatch)
        row = ask(staff_member("Hanna").pk, alice.organization_id)
        who = Operator.at(
            alice.organization_id, "database shell", grant=row.pk, staff=row.account_id
        )
        for said in self.SQL_THAT_DOES_MORE:
            with pytest.raises(Refused):
                sql_shell.ask(who, said)
        assert sql_shell.ask(who, "SELECT count(id) FROM events_event").rows == [(1,)]
        assert ("id", "uuid", "NO") in sql_shell.ask(who, "\\d events_event").rows

    def test_an_organization_that_approves_is_asked_first(self, run, alice, dinner, capsys):
        lockbox(alice)
        row = ask(staff_member("Hanna").pk, alice.organization_id)
        words = ["--organization", "ORGANIZATION", "--grant", str(row.pk)]
        assert run("shell", *words, "--code", "ABCD-EFGH", given=self.READ) == 1
        assert "Nobody has approved this grant yet" in capsys.readouterr().err
        with as_(alice):
            deciding.approve(actor=alice, grant_id=row.pk)
        assert run("shell", *words, "--code", code_for(row), given=self.READ) == 0
        assert "Congress Dinner" in capsys.readouterr().out

    def test_who_types_it_shows_a_code_of_the_holder(self, run, alice, capsys, settings):
        """A colleague's grant is of no use without them; a code lets in once, and soon."""
        row = ask(staff_member("Hanna").pk, alice.organization_id)
        words = ["--organization", "ORGANIZATION", "--grant", str(row.pk)]
        code = code_for(row)
        for given in ("", "ABCD-EFGH", code):  # the wrong one has voided the right one
            assert run("shell", *words, "--code", given, given=self.READ) == 1
            told = capsys.readouterr()
            assert "This code does not count" in told.err
            assert "Congress Dinner" not in told.out
        with as_(alice):
            refused = entries(alice, GrantAction.GRANT_REFUSE)
            assert [entry.sealed.facts["why"] for entry in refused] == ["code"] * 3
        assert refused[0].subject_id == row.account_id
        code = code_for(row)
        assert run("shell", *words, "--code", code.lower(), given=self.READ) == 0
        capsys.readouterr()
        assert run("shell", *words, "--code", code, given=self.READ) == 1
        code = code_for(row)
        with acting(Actor.system("tests"), alice.organization_id):
            text = GrantText.objects.get(pk=row.pk)
            text.sealed.code_at -= timedelta(minutes=11)
            text.save()
        assert run("shell", *words, "--code", code, given=self.READ) == 1

    def test_what_commands_did_is_among_what_staff_did(self, run, alice, dinner, client_of):
        run("shell", "--organization", "ORGANIZATION", *GRANT, given=self.READ)
        run("import", *RUN["import"])
        page = f"/o/{alice.organization_id}/log/?show=everything&account=staff"
        shown = " ".join(client_of(alice).get(page).content.decode().split())
        for wanted in (
            "The operator (shell) opened a shell on the data",
            "The operator (import) previewed an import of guests",
            "ran a command for Gina",
            "Gina: what the command showed",
            "Gina of the staff made a code",
        ):
            assert wanted in shown, wanted
        assert "Alice" not in shown.partition('<div id="log">')[2]

    def test_a_grant_that_ended_shows_nothing(self, run, alice, dinner, capsys):
        with acting(Actor.system("tests"), alice.organization_id):
            row = StaffGrant.objects.get()
        end(row.account_id, row)
        words = ["--organization", "ORGANIZATION", "--grant", "GRANT", "--code", "ABCD-EFGH"]
        assert run("shell", *words, given=self.READ) == 1
        told = capsys.readouterr()
        assert "ended by the staff member" in told.err
        assert not told.out

    def test_one_to_read_changes_nothing(self, run, alice, dinner, capsys):
        reader = ask(staff_member("Hanna").pk, dinner.organization_id)
        words = [word for word in RUN["import"] if word not in {*GRANT, "--dry-run"}]
        assert run("import", *words, "--grant", str(reader.pk)) == 1
        assert "to read alone" in capsys.readouterr().err
        end(reader.account_id, reader)
        assert run("import", *words, "--grant", str(reader.pk)) == 1
        assert "ended by the staff member" in capsys.readouterr().err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _next(lines: Iterator[str]) -> str:
    try:
        return next(lines)
    except StopIteration:
        raise EOFError from None


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
    "kernel/outgoing.py": "sends for posting.py, and for vault/remote.py, which are below",
    "kernel/vault/remote.py": "shows wrapped keys to what holds keys, no rows",
    "kernel/promises/starting.py": "asks the process above to examine: a name, over a socket pair",
    "practices/subscribing/posting.py": "refuses inside a unit of work",
    "practices/checks/availability.py": "examinations hold connections to our own web",
    "practices/checks/browser.py": "examinations open our own pages",
    "practices/checks/served.py": "knows the codes of answers; browser.py opens our own pages",
    "practices/checks/static_files.py": "examinations open our own scripts and styles",
    "practices/checks/encryption.py": "examinations connect to our own web",
    "practices/checks/hello.py": "examinations say hello to our own web",
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
