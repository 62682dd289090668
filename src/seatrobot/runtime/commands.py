"""The commands that run an instance: up, web, jobs, migrate, static, database, manage."""

from __future__ import annotations

import code
import os
import secrets
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from seatrobot.kernel.staff.arguments import add_grant
from seatrobot.runtime.config import Config, database
from seatrobot.runtime.errors import RefusedError
from seatrobot.runtime.terminal import complain, say

if TYPE_CHECKING:
    import argparse
    from contextlib import AbstractContextManager

    from seatrobot.kernel.acting import UnitOfWork
    from seatrobot.kernel.principals import Operator

REFUSED = 1
SHELL = (
    "You act as the operator, whoever a unit of work names, and the journal says so.\n"
    "`with unit(organization_id):` opens a unit of work; Ctrl-D ends the shell."
)


def add_parser(commands: argparse._SubParsersAction[Any]) -> None:
    up = commands.add_parser("up", help="run database, web and jobs until Ctrl-C")
    up.add_argument("--demo", action="store_true", help="prepare a demonstration organization")
    up.set_defaults(run=run_up, standalone=True)
    web = commands.add_parser("web", help="run the web server alone")
    web.set_defaults(run=run_web, standalone=True)
    redirect = commands.add_parser("redirect", help="run the listener for http alone")
    redirect.set_defaults(run=run_redirect, standalone=True)
    jobs = commands.add_parser("jobs", help="run the worker for jobs alone")
    jobs.set_defaults(run=run_jobs, standalone=True)
    migrate = commands.add_parser("migrate", help="bring the schema up to date, as its owner")
    migrate.set_defaults(run=run_migrate, standalone=True)
    static = commands.add_parser("static", help="collect static files for the web server")
    static.set_defaults(run=run_static, standalone=True)
    shell = commands.add_parser(
        "shell", help="look at the data as the operator, in the journal too"
    )
    shell.add_argument("--organization", type=UUID, metavar="ID", help="whose data to see")
    shell.add_argument("--change", action="store_true", help="to change something, too")
    add_grant(shell)
    shell.set_defaults(run=run_shell)
    faults = commands.add_parser(
        "faults", help="try on an instance of its own whether the examinations notice faults"
    )
    faults.add_argument("words", nargs="*", metavar="WORD", help="only faults that contain one")
    faults.set_defaults(run=run_faults, standalone=True)
    manage = commands.add_parser("manage", help="run a management command of Django")
    manage.add_argument("arguments", nargs="...")
    manage.set_defaults(run=run_manage)
    database = commands.add_parser("database", help="prepare a PostgreSQL of your own, or read it")
    actions = database.add_subparsers(required=True, metavar="action")
    prepare = actions.add_parser("prepare", help="make the four roles and the database")
    prepare.set_defaults(run=run_prepare, standalone=True)
    manifest = actions.add_parser("manifest", help="write down what the migrations make")
    manifest.set_defaults(run=run_manifest, standalone=True)
    reading = actions.add_parser("shell", help="read an organization by SQL, in its log too")
    reading.add_argument(
        "--organization", type=UUID, metavar="ID", required=True, help="whose data to see"
    )
    add_grant(reading)
    reading.set_defaults(run=run_database_shell)


def run_up(args: argparse.Namespace) -> int:
    from seatrobot.runtime.supervisor import up

    return up(Config.from_env(), demo=args.demo)


def run_faults(args: argparse.Namespace) -> int:
    """Seed faults into an instance in a directory of its own; the one in use is not touched."""
    from seatrobot.runtime.faulting.__main__ import run

    return run(args.words, save=False)


def run_web(_args: argparse.Namespace) -> None:
    """Look at the database role, then become the web server, which knows no other role."""
    from seatrobot.runtime import address, guard

    config = Config.from_env()
    config.first_run()
    address.check_proxies(config)
    guard.check(config.database_url)
    for other in ("DATABASE_OWNER_URL", "DATABASE_EXAMINER_URL", "DATABASE_RECORDER_URL"):
        os.environ.pop(other, None)
    serving = [sys.executable, "-P", "-m", "seatrobot.runtime.serving"]
    os.execv(sys.executable, serving)  # noqa: S606  our own program, and nothing of this one stays


def run_redirect(_args: argparse.Namespace) -> int:
    """Lead people from http (SEATROBOT_HTTP_PORT) to the service."""
    from seatrobot.runtime import address, redirecting

    config = Config.from_env()
    if not config.http_port:
        raise RefusedError("SEATROBOT_HTTP_PORT says at which port http is answered.")
    address.check_redirect(config)
    return redirecting.run(config)


def run_jobs(_args: argparse.Namespace) -> int:
    from seatrobot.runtime import working

    return working.run()


def run_migrate(_args: argparse.Namespace) -> None:
    """Bring the schema up to date, and have it examined: tables may have come or changed."""
    from seatrobot.runtime.application import application
    from seatrobot.runtime.schema import migrate

    with application(as_owner=True) as urls:
        migrate(urls.owner)

        from seatrobot.kernel.acting import acting
        from seatrobot.kernel.promises import services
        from seatrobot.kernel.vault.errors import KeysUnavailable

        with suppress(KeysUnavailable), acting(services.ACTOR):  # `welcome` says what is the matter
            services.request_examination("confidentiality.separated")


def run_static(_args: argparse.Namespace) -> None:
    import django

    from seatrobot.runtime import static_files

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seatrobot.settings")
    config = Config.from_env()
    config.first_run()
    django.setup()
    static_files.collect(config.data)


def run_shell(args: argparse.Namespace) -> int:
    """Read Python from the terminal, or from a file given as input; every act is the operator's.

    Whoever a unit of work names, the journal says who acted: the operator, in a shell. An
    organization is seen by a grant alone, in a process that is recorded (`shelling.py`), and its
    log names each line that showed something of it.
    """
    from django.conf import settings

    from seatrobot.grants import operating
    from seatrobot.kernel.acting import acting, only_as
    from seatrobot.kernel.actor import Actor
    from seatrobot.kernel.feature import Action
    from seatrobot.kernel.journal import services as journal
    from seatrobot.kernel.refusal import Refused
    from seatrobot.runtime import shelling

    operator = Actor.operator("shell")
    who: Operator | None = None
    if args.organization:
        try:
            who = operating.grant_for_command(args, args.organization, "shell", changes=args.change)
        except Refused as refusal:
            complain(refusal.sentence)
            return REFUSED
    grant, staff = (who.grant_id, who.staff_id) if who else (None, None)

    def unit(
        organization_id: UUID | None = args.organization,
    ) -> AbstractContextManager[UnitOfWork]:
        return acting(operator, organization_id)

    with only_as(operator, grant=grant, staff=staff):
        with unit():
            journal.record(Action.OPERATOR_SHELL, subject_id=args.organization)
        names = {"acting": acting, "unit": unit}
        if who is not None:
            return shelling.run(settings.CONFIG, who, names, SHELL)
        if sys.stdin.isatty():
            say(SHELL)
            code.InteractiveConsole(names).interact(banner="", exitmsg="")
        else:
            exec(compile(sys.stdin.read(), "<input>", "exec"), names)  # noqa: S102  the operator's own
        return 0


def run_database_shell(args: argparse.Namespace) -> int:
    """Read SQL from the terminal, or from a file given as input, by somebody's grant."""
    from seatrobot.grants import operating
    from seatrobot.kernel.refusal import Refused
    from seatrobot.runtime import sql_shell

    command = "database shell"
    try:
        who = operating.grant_for_command(args, args.organization, command, changes=False)
    except Refused as refusal:
        complain(refusal.sentence)
        return REFUSED
    return sql_shell.run(who)


def run_manage(args: argparse.Namespace) -> None:
    """Run a management command; what it does with data is the operator's in the journal."""
    from django.core.management import execute_from_command_line

    from seatrobot.kernel.acting import only_as
    from seatrobot.kernel.actor import Actor
    from seatrobot.runtime.errors import RefusedError

    if args.arguments[:1] in (["shell"], ["dbshell"]):
        raise RefusedError(
            "Use `seatrobot shell`, or `seatrobot database shell` for SQL: they act as the"
            " operator, and say so."
        )
    with only_as(Actor.operator("manage")):
        execute_from_command_line(["seatrobot manage", *args.arguments])


def run_prepare(_args: argparse.Namespace) -> None:
    """Print the four URLs; passwords of URLs already in the environment are kept.

    The administrator's URL comes from the environment: everybody may read a command line.
    """
    from seatrobot.runtime import roles
    from seatrobot.runtime.errors import RefusedError

    if not (admin_url := database("DATABASE_ADMIN_URL")):
        raise RefusedError("Set DATABASE_ADMIN_URL to the URL of a role that may make roles.")
    config = Config.from_env()
    passwords = {
        "owner_password": _password(config.owner_url),
        "app_password": _password(config.database_url),
        "examiner_password": _password(config.examiner_url),
        "recorder_password": _password(config.recorder_url),
    }
    roles.prepare(admin_url, **passwords)
    app_url, owner_url, examiner_url, recorder_url = roles.urls(admin_url, **passwords)
    say(f"DATABASE_URL={app_url}")
    say(f"DATABASE_OWNER_URL={owner_url}")
    say(f"DATABASE_EXAMINER_URL={examiner_url}")
    say(f"DATABASE_RECORDER_URL={recorder_url}")


def run_manifest(_args: argparse.Namespace) -> None:
    """Migrate a fresh embedded database, and write what it defines into the source."""
    import tempfile
    from pathlib import Path

    from seatrobot.kernel.manifest import database as manifest
    from seatrobot.runtime.application import application
    from seatrobot.runtime.schema import migrate

    with tempfile.TemporaryDirectory(prefix="seatrobot-") as place:
        os.environ["SEATROBOT_DATA"] = place
        for role in ("", "OWNER_", "EXAMINER_", "RECORDER_"):
            os.environ.pop(f"DATABASE_{role}URL", None)
        with application(as_owner=True) as urls:
            migrate(urls.owner, verbosity=0)

            from seatrobot.kernel.examiner import examining

            with examining() as examiner:
                made = manifest.take(examiner, is_embedded=True)
    Path(str(manifest.BUILT)).write_bytes(manifest.lines(made))
    say(f"{manifest.BUILT}: {len(made)} objects")


def _password(url: str) -> str:
    return unquote(urlsplit(url).password or "") or secrets.token_urlsafe(32)
