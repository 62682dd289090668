"""The operator publishes: own files before ours, each change an edition, faults before anything."""

from __future__ import annotations

import pytest

from seatrobot import cli
from seatrobot.kernel.acting import acting
from seatrobot.kernel.actor import Actor
from seatrobot.personnel import publishing
from seatrobot.personnel.models import Edition

from .conftest import publish
from .test_markdown import FILL


@pytest.fixture
def command(capsys, db, texts_of_the_operator):
    def run(act: str) -> tuple[int, str, str]:
        args = cli._parser().parse_args(["personnel", act])
        code = args.run(args)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_publish_list_change_and_publish_again(command, texts_of_the_operator):
    assert command("list")[1].count("not published") == 6
    code, out, _err = command("publish")
    assert code == 0
    assert out.count("edition 1") == 6
    assert "Everything is published" in command("publish")[1]
    own = texts_of_the_operator / "policies" / "incident.md"
    own.write_text(f"# What to do\n\n{FILL}\n")
    listed = command("list")[1]
    assert "incident  What to do  edition 1  your text  the file says otherwise" in listed
    assert "incident  What to do  edition 2" in command("publish")[1]
    own.unlink()
    assert "incident  Incident policy  edition 3" in command("publish")[1]
    numbers = Edition.objects.filter(name="incident").order_by("number")
    assert list(numbers.values_list("number", flat=True)) == [1, 2, 3]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("Incident Policy.md", f"# A\n\n{FILL}".encode(), "small letters"),
        ("incident.md", b"# A\n\nshort", "characters"),
        ("incident.md", b"\xff\xfe" * 200, "UTF-8"),
        ("incident.md", b"x" * (publishing.LONGEST_FILE + 1), "too large"),
        ("incident.md", FILL.encode(), "title"),
    ],
)
def test_a_fault_publishes_nothing_and_names_the_file(
    command, texts_of_the_operator, name, content, sentence
):
    (texts_of_the_operator / "policies" / name).write_bytes(content)
    for act in ("publish", "list"):
        code, out, err = command(act)
        assert (code, out) == (1, "")
        assert name in err
        assert sentence in err
    assert not Edition.objects.exists()


def test_the_first_time_happens_once(db, texts_of_the_operator):
    for _time in range(2):
        with acting(Actor.operator("welcome")):
            publishing.publish_first()
    assert Edition.objects.count() == 6
    (texts_of_the_operator / "policies" / "more.md").write_text(f"# More\n\n{FILL}\n")
    with acting(Actor.operator("welcome")):
        publishing.publish_first()
    assert Edition.objects.count() == 6
    assert [each.name for each in publish()] == ["more"]
