"""What the source must not do, and which modules do what docs/security.md says of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from seatrobot import dates
from seatrobot.accounts.jobs import REFUSAL_COUNTS_FOR
from seatrobot.contacts import models as contacts
from seatrobot.documents import sheet, workbooks
from seatrobot.events import facts
from seatrobot.guests import records
from seatrobot.guests.services import bulk, fields
from seatrobot.kernel import lists
from seatrobot.practices.subscribing import posting
from seatrobot.seating.services import robot, tables

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "seatrobot"
PAGE = (ROOT / "docs" / "security.md").read_text()
NAMED = re.compile(r"`((?!src/|tests/)(?:\w+/)*\w+\.py)`")

CRYPTOGRAPHY = {
    "argon2",
    "cryptography",
    "django_otp.oath",
    "hmac",
    "pkcs11",
    "pyrage",
    "pysequoia",
    "shamir_mnemonic",
    "ssl",
    "tink",
    "webauthn",
}
CONNECTING = {
    "botocore",
    "psycopg_pool",
    "http.client",
    "smtplib",
    "urllib.request",
    "requests",
    "httpx",
    "ftplib",
    "ssl",
}
UNSAFE_FORMATS = {"pickle", "marshal", "shelve", "yaml", "dill", "xmlrpc", "lxml"}
RANDOM = {"seating/robot"}
"""Where numbers may be drawn that somebody could guess: the same seed gives the same plan."""


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the product but its tests, by its path below the package."""
    paths = [path for path in SOURCE.rglob("*.py") if not {"tests", "migrations"} & {*path.parts}]
    paths = [path for path in paths if path.name != "conftest.py"]
    return {str(path.relative_to(SOURCE)): ast.parse(path.read_text()) for path in paths}


def imported(tree: ast.Module) -> Iterator[str]:
    """Yield the names of modules that a module imports, also inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def importing(wanted: set[str]) -> set[str]:
    """Return the modules that import one of these, or something below it."""
    heads = tuple(f"{name}." for name in wanted)
    return {
        path
        for path, tree in modules().items()
        if any(name in wanted or name.startswith(heads) for name in imported(tree))
    }


def calls(name: str) -> set[str]:
    """Return the modules that call a function of this name, as `a` or as `b.a`."""
    return {
        path
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and name in {getattr(node.func, "id", ""), getattr(node.func, "attr", "")}
    }


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_the_source_is_found():
    assert len(modules()) > 250
    assert "kernel/vault/keyring.py" in importing({"tink"})
    assert "kernel/vault/rootkey.py" in calls("encrypt")


def test_the_inventory_names_every_module_that_uses_cryptography_and_no_other():
    used = importing(CRYPTOGRAPHY)
    assert set(NAMED.findall(section("Keys and algorithms"))) == used


ASKING_OURSELVES = {
    *("practices/checks/availability.py", "practices/checks/browser.py", "runtime/address.py"),
    *("practices/checks/encryption.py", "runtime/certificates.py"),
}
"""What looks at our own web server, whatever it speaks and shows."""


def test_one_module_makes_the_context_of_clients_that_connect_to_others():
    made = {
        path
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"create_default_context", "SSLContext", "_create_unverified_context"}
        and isinstance(getattr(node, "ctx", None), ast.Load)
        and not path.startswith("runtime/faulting/")
    }
    annotated = {"accounts/mail.py", "practices/checks/hello.py"}  # as the type of an argument
    assert made - annotated == ASKING_OURSELVES | {"kernel/tls.py"}


def test_the_list_of_connections_names_every_module_that_opens_one_and_no_other():
    used = {path for path in importing(CONNECTING) if not path.startswith("runtime/faulting/")}
    named = set(NAMED.findall(section("Connections")))
    assert named >= used
    assert named - used <= {"runtime/postgres.py"}


def test_ciphers_are_used_in_the_vault_alone():
    """And in `accounts/unsent.py`, for what a browser carries; ruff refuses others sooner."""
    used = importing({"tink", "cryptography.fernet", "cryptography.hazmat.primitives.ciphers"})
    assert {path for path in used if not path.startswith("kernel/vault/")} == {"accounts/unsent.py"}


def test_nothing_is_given_to_a_shell():
    assert calls("popen") | calls("getoutput") | calls("getstatusoutput") == set()
    assert not [path for path, tree in modules().items() if "os.system" in ast.unparse(tree)]
    shells = [
        path
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == "shell"
    ]
    assert shells == []


def test_no_text_becomes_code():
    """What does is `seatrobot shell`, with a grant and without: it runs what the operator types.

    One has a page set, in which words are data. Two compile sources and run nothing: to compare
    them with what Python has compiled, and to seed a fault there.
    """
    shell = {"runtime/commands.py", "runtime/shelling.py"}
    comparing = {"kernel/manifest/packages.py", "practices/faults/hosts.py"}
    assert calls("eval") | calls("from_string") == set()
    assert calls("exec") == shell
    compiling = {
        path
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"compile", "py_compile.compile"}
    }
    assert compiling == shell | comparing


def test_no_format_that_makes_objects_is_read():
    """Compiled files are loaded to be compared with their sources; they are not run."""
    assert importing(UNSAFE_FORMATS) == {"kernel/manifest/packages.py"}
    assert importing({"xml"}) == {"documents/workbooks.py"}


def test_weak_hashes_protect_nothing():
    assert calls("md5") == set()
    assert calls("sha1") == {"accounts/passwords/leaked.py"}


def test_what_must_not_be_guessed_comes_from_the_systems_generator():
    drawn = importing({"random"})
    assert drawn
    assert all(path.startswith(tuple(RANDOM)) for path in drawn)


def test_scripts_keep_settings_alone_in_the_browser_and_talk_to_no_other_window():
    scripts = {
        str(path.relative_to(SOURCE)): path.read_text()
        for path in SOURCE.rglob("*.js")
        if "vendor" not in path.parts
    }
    assert len(scripts) > 20
    keeping = {path for path, text in scripts.items() if "localStorage" in text}
    assert keeping == {
        "checkin/static/checkin/device.js",
        "seating/static/seating/plan/card.js",
        "web/static/seatrobot/app.js",
        "web/static/seatrobot/theme.js",
    }
    never = ("sessionStorage", "indexedDB", "postMessage", "eval(", "__proto__", "document.write")
    assert not [(path, word) for path, text in scripts.items() for word in never if word in text]


def test_every_dependency_is_in_the_inventory():
    inventory = (ROOT / "docs" / "dependencies.md").read_text()
    files = {"requirements.in": 10, "requirements-dev.in": 10, "requirements-keys.in": 1}
    files |= {"tools/keys/requirements.in": 1}
    for name, least in files.items():
        lines = (ROOT / name).read_text().splitlines()
        asked = [re.split(r"[\[<>=~ ;]", line)[0] for line in lines]
        wanted = [each for each in asked if re.match(r"\w", each)]
        assert len(wanted) > least
        assert [each for each in wanted if each not in inventory] == []


MIB = 1024 * 1024


@pytest.mark.parametrize(
    "figure",
    [
        f"{facts.LONGEST['title']} characters (venue {facts.LONGEST['venue']})",
        f"{facts.LONGEST['description']:,} characters",
        f"{contacts.LONGEST_EMAIL} characters, RFC 5321",
        f"text of {records.LONGEST_ANSWER:,} characters",
        f"up to {fields.MOST_CHOICES} choices; {fields.MOST_FIELDS} columns",
        f"{records.MOST_TAGS} of {records.LONGEST_TAG} characters",
        f"years {dates.FIRST_YEAR} to {dates.LAST_YEAR}",
        f"up to {facts.MOST_PLACES:,}; who takes one",
        f"{tables.MOST_TABLES:,} of up to {tables.MOST_SEATS} seats",
        f"{bulk.MOST_SUBJECTS:,} guests by tick",
        f"{sheet.MAX_BYTES // MIB} MB, {sheet.MAX_ROWS:,} rows, {sheet.MAX_COLUMNS} columns",
        f"columns, {sheet.MAX_CELLS:,} cells",
        f"{workbooks.MAX_PARTS:,} parts and {workbooks.MAX_UNPACKED // MIB} MB unpacked",
        f"one run for a room at a time, {robot.MOST_SECONDS:.0f} seconds",
        f"{lists.MOST_BYTES // MIB} MB of them, forgotten after {lists.LONGEST_UNUSED / 60:.0f} m",
        f"{posting.WHOLE_SECONDS} s for a delivery",
        f"| staff | {REFUSAL_COUNTS_FOR.days} days |",
    ],
)
def test_the_page_gives_the_limits_of_the_code(figure):
    assert figure in PAGE
