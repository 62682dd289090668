"""`practices.toml` is checked: a clear sentence for each mistake, and no promise changes by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrobot.cli import main
from seatrobot.practices import profile
from seatrobot.practices.profile import BadProfile, Profile, Provider

ROOT = Path(__file__).parents[4]


@pytest.fixture
def check(operator, capsys):
    """Return what `seatrobot practices check` says of a file: its exit code and its lines."""

    def run(text: str) -> tuple[int, list[str]]:
        operator(text)
        code = main(["practices", "check"])
        said = capsys.readouterr()
        return code, (said.out + said.err).splitlines()

    return run


MISTAKES = [
    ("name = ", "The file is not TOML: Invalid value (at end of document)."),
    ('emial = "a@example.org"', "There is no key “emial”; did you mean “email”?"),
    ("name = 7", "“name” must be text in quotes."),
    ('name = ""', "“name” is empty; remove it or give it a value."),
    ('email = "nobody"', "“email” is no e-mail address."),
    ('url = "http://example.org"', "“url” must be a web address that begins with https://."),
    ('url = "javascript:alert(1)"', "“url” must be a web address that begins with https://."),
    ('url = "https://"', "“url” must be a web address that begins with https://."),
    ('url = "https://exa mple.org"', "“url” must be a web address that begins with https://."),
    ('url = "https://a:b@example.org"', "“url” must be a web address that begins with https://."),
    ('policy_url = "x"', "“policy_url” must be a web address that begins with https://."),
    (
        'languages = "English!"',
        "“languages” must be languages with commas between them, as in “en, de”.",
    ),
    ('providers = "Host"', "“providers” must be tables, each under its own line [[providers]]."),
    ('[[providers]]\nname = "Host"', "“providers[1].purpose” is missing."),
    (
        '[[legal]]\ntitle = "T"\ntext = "t"\nmore = "m"',
        "There is no key “legal[1].more”; the keys are title, text.",
    ),
    (
        'email = "a@example.org\\nContact: mailto:eve@example.org"',
        "“email” holds a line break or another sign that cannot be seen.",
    ),
    ('name = "a\\u2028b"', "“name” holds a line break or another sign that cannot be seen."),
    ('name = "a\\u202eb"', "“name” holds a sign that turns the direction of text."),
    (f'name = "{"x" * 301}"', "“name” is longer than 300 signs."),
]


@pytest.mark.parametrize(("text", "sentence"), MISTAKES)
def test_a_mistake_is_one_clear_sentence(check, text, sentence):
    assert check(text) == (1, [sentence])


@pytest.mark.parametrize(
    "text",
    [
        '[promises]\n"retention.backups" = "within a day"',
        '[retention]\nbackups = "within a day"',
        '"retention.backups" = "within a day"',
        'sentences = ["We are perfect."]',
    ],
)
def test_a_promise_cannot_be_changed_here(check, text):
    code, (sentence,) = check(text)
    assert code == 1
    assert sentence.startswith("The sentences that code keeps cannot be changed here")


def test_every_mistake_is_told(check):
    code, said = check('email = "x"\nurl = "y"\nnonsense = 1\n[promises]\n')
    assert (code, len(said)) == (1, 4)


def test_a_right_file_is_said_to_be(check):
    code, (said,) = check('name = "Example Events"\n')
    assert code == 0
    assert said.endswith("practices.toml is right.")


def test_no_file_is_all_right(instance, capsys):
    assert main(["practices", "check"]) == 0
    assert "does not exist; that is all right" in capsys.readouterr().out


def test_the_example_of_the_documentation_is_right_and_shows_every_key(check):
    text = (ROOT / "docs" / "practices.md").read_text()
    example = text.split("```toml\n")[1].split("```")[0]
    assert check(example)[0] == 0
    told = profile.profile()
    for kind in (told, told.providers[0], told.legal[0]):
        assert all(getattr(kind, name) for name in kind.__struct_fields__)


def test_a_wrong_file_says_nothing_in_the_operators_name(operator):
    operator('name = "Good name"\nemail = "bad"\n')
    with pytest.raises(BadProfile, match="no e-mail address"):
        profile.profile()
    assert profile.known_profile() == Profile()


def test_a_file_is_read_anew_when_it_changes(operator):
    operator('name = "One"\n')
    assert profile.profile().name == "One"
    operator('name = "Another"\n[[providers]]\nname = "Host"\npurpose = "servers"\n')
    assert profile.profile().providers == [Provider("Host", "servers")]


@pytest.mark.parametrize("data", [b"\xff", b"#" * 200_001])
def test_what_cannot_be_read_is_told(instance, capsys, data):
    (instance / "profile").mkdir()
    (instance / "profile" / "practices.toml").write_bytes(data)
    assert main(["practices", "check"]) == 1
    assert "practices.toml is " in capsys.readouterr().err


def test_a_paragraph_of_law_may_have_lines(check):
    assert check('[[legal]]\ntitle = "T"\ntext = """\nOne.\n\nTwo.\n"""\n')[0] == 0
