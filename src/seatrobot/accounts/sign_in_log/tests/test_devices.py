"""Browser, system and type of device from agents of every kind, from many threads at once."""

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrobot.accounts.sign_in_log import origins
from seatrobot.accounts.sign_in_log.kinds import DeviceType
from seatrobot.accounts.sign_in_log.origins import parse_agent

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
AGENTS = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0": (
        "desktop",
        "Firefox 140.0",
        "Windows 10",
        "Firefox on Windows",
    ),
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} Chrome/141.0.0.0 Safari/537.36": (
        "desktop",
        "Chrome 141.0",
        "Mac 10.15",
        "Chrome on Mac",
    ),
    f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0": (
        "desktop",
        "Edge 141.0",
        "Linux",
        "Edge on Linux",
    ),
    f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {WEBKIT} Chrome/141.0.0.0 Safari/537.36": (
        "desktop",
        "Chrome 141.0",
        "Chrome OS 14541.0",
        "Chrome on Chrome OS",
    ),
    f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {WEBKIT} Chrome/126.0.0.0 Mobile Safari/537.36": (
        "phone",
        "Chrome 126.0",
        "Android 14",
        "Chrome on Android",
    ),
    f"Mozilla/5.0 (Linux; Android 14; SM-X910) {WEBKIT} Chrome/126.0.0.0 Safari/537.36": (
        "tablet",
        "Chrome 126.0",
        "Android 14",
        "Chrome on Android",
    ),
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
    " Gecko) CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1": (
        "phone",
        "Chrome 126.0",
        "iOS 18.0",
        "Chrome on iPhone",
    ),
    "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/17.5 Mobile/15E148 Safari/604.1": (
        "tablet",
        "Safari 17.5",
        "iOS 17.5",
        "Safari on iPad",
    ),
    "python-requests/2.32.3": ("bot", "Python Requests 2.32", "", "Python Requests"),
    "Feedly/1.0 (+http://www.feedly.com/fetcher.html)": ("bot", "", "", "Unknown device"),
}
AT_ONCE = """
import json, sys, threading
import django
django.setup()
from seatrobot.accounts.sign_in_log.origins import describe
agents, found = json.load(sys.stdin), []
start = threading.Barrier(len(agents))
def sign_in(agent):
    start.wait()
    found.append((agent, describe(agent)))
threads = [threading.Thread(target=sign_in, args=(agent,)) for agent in agents]
[thread.start() for thread in threads], [thread.join() for thread in threads]
print(json.dumps(found))
"""


@pytest.mark.parametrize("agent", AGENTS)
def test_common_agents_are_recognised(agent):
    device = parse_agent(agent)
    assert (device.type, device.browser, device.system, device.label) == AGENTS[agent]


def test_the_resolver_is_the_one_in_pure_python():
    """A native one may crash, and a web worker with it; ua_parser's default takes what it finds."""
    assert type(origins._resolver()).__module__ == "ua_parser.basic"


def test_many_sign_ins_right_after_the_start_are_all_answered():
    """In a process of its own, whose patterns are not compiled yet."""
    agents = [f"{agent} {number}" for number in range(6) for agent in AGENTS]
    done = subprocess.run(
        [sys.executable, "-c", AT_ONCE],
        input=json.dumps(agents),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = dict(json.loads(done.stdout))
    assert found == {agent: AGENTS[agent.rpartition(" ")[0]][3] for agent in agents}


@pytest.mark.parametrize(
    "agent", ["", "?", "A" * 1_000_000, "Mozilla/5.0 (" * 80_000, "\x00\ud800", "(((((", "/" * 400]
)
def test_an_agent_that_is_none_gets_an_answer(agent):
    assert parse_agent(agent).type in {DeviceType.UNKNOWN, DeviceType.BOT}


@given(st.text(max_size=500))
def test_any_text_gets_an_answer(agent):
    assert parse_agent(agent).label


def test_the_cache_holds_no_long_agent():
    """Strangers fill it: a thousand agents of a megabyte each would be a gigabyte."""
    origins._parse.cache_clear()
    before = parse_agent("B" * 1_000_000)
    assert parse_agent("B" * origins.LONGEST_AGENT) is before
    assert origins._parse.cache_info().currsize == 1
