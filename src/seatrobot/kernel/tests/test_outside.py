"""What comes from outside is read as one kind of thing, or refused in one way."""

import msgspec
import pytest

from seatrobot.kernel.outside import LARGEST, NotReadable, read_json


class Part(msgspec.Struct):
    name: str
    at: int = 0
    more: list[dict[str, str]] = []


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"{}",
        b"[]",
        b'{"name":"\xff"}',
        b'{"name":"a","z":' + b"[" * 200_000,
        b'{"name":"a","z":' + b'{"z":' * 200_000,
        b'{"name":"sd\\u0000a"}',
        b'{"name":"sd\\u001Ba"}',
        b'{"name":"a","more":[{"x":"\\u0000"}]}',
        b'{"name":"a","more":[{"\\u0000":"x"}]}',
        b'{"name":"\\ud800"}',
        b'{"name":"a","at":1' + b"0" * 400 + b"}",
        b'{"name":"a","at":1' + b"0" * 5000 + b"}",
        b'{"name":"a","at":-9007199254740993}',
        b'{"name":"a","at":1e400}',
        b'{"name":"a","at":NaN}',
        '{"name":"\ud800"}',
    ],
)
def test_what_is_not_readable(sent):
    with pytest.raises(NotReadable):
        read_json(sent, Part)


def test_what_is():
    said = f'{{"name":"caf\u00e9 \\u000a","at":{LARGEST},"more":[{{"x":"\\\\u0000"}}],"other":[1]}}'
    read = read_json(said, Part)
    assert read == Part("caf\u00e9 \n", LARGEST, [{"x": "\\u0000"}])
