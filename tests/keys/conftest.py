"""Servers that hold keys, each a real process: AWS's services by moto, OpenBao, SoftHSM.

`make .keys/installed` installs the first two into an environment of their own, and `tools/apt`
the third; where one is missing its tests are skipped, and pytest says so.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from seatrobot.runtime.faulting.processes import free_port

PROGRAMS = Path(__file__).parents[2] / ".keys" / "bin"
SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")
TOKEN, PIN = "only-for-tests", "7654321"
REGION = "eu-central-1"


@contextmanager
def running(command: list[str], answers, env: dict[str, str] | None = None):
    process = subprocess.Popen(
        command,
        env={**os.environ, **(env or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while not answers():
            assert process.poll() is None, f"{command[0]} ended with {process.returncode}"
            assert time.monotonic() < deadline, f"{command[0]} does not answer"
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait(20)


def program(name: str) -> str:
    path = PROGRAMS / name
    if not path.exists():
        pytest.skip(f"{name} is not installed: make .keys/installed")
    return str(path)


def is_up(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


@pytest.fixture(scope="session")
def aws():
    """The address of moto, which plays KMS and S3; credentials are in the environment."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    env = {
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL_KMS": address,
    }
    command = [program("moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    with running(command, lambda: is_up(address)), pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        yield address


@pytest.fixture(scope="session")
def kms_client(aws):
    from botocore.session import get_session

    return get_session().create_client("kms", region_name=REGION)


@pytest.fixture(scope="session")
def s3_client(aws):
    from botocore.session import get_session

    return get_session().create_client("s3", region_name=REGION, endpoint_url=aws)


class Bao:
    """A development server of OpenBao with the transit engine."""

    def __init__(self, port: int) -> None:
        self.place = f"127.0.0.1:{port}"

    def ask(self, method: str, path: str, body: object = None, token: str = TOKEN):
        request = urllib.request.Request(
            f"http://{self.place}/v1/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"X-Vault-Token": token},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read()
            return json.loads(text) if text else {}

    def limited_token(self, key: str) -> str:
        """Return a token that may encrypt and decrypt with one key, and nothing else."""
        rules = "".join(
            f'path "transit/{act}/{key}" {{ capabilities = ["update"] }}\n'
            for act in ("encrypt", "decrypt")
        )
        self.ask("PUT", f"sys/policies/acl/{key}", {"policy": rules})
        made = self.ask("POST", "auth/token/create", {"policies": [key], "no_parent": True})
        return str(made["auth"]["client_token"])


@pytest.fixture(scope="session")
def bao():
    port = free_port()
    command = [
        *(program("bao"), "server", "-dev", "-dev-no-store-token"),
        *(f"-dev-root-token-id={TOKEN}", f"-dev-listen-address=127.0.0.1:{port}"),
    ]
    with running(command, lambda: is_up(f"http://127.0.0.1:{port}/v1/sys/health")):
        server = Bao(port)
        server.ask("POST", "sys/mounts/transit", {"type": "transit"})
        yield server


@pytest.fixture
def hsm(tmp_path, monkeypatch):
    """The address of a key in a new token of SoftHSM, but for the name of the key."""
    if not SOFTHSM.exists() or not shutil.which("softhsm2-util"):
        pytest.skip("SoftHSM is not installed: tools/apt softhsm2")
    tokens = tmp_path / "tokens"
    tokens.mkdir()
    configuration = tmp_path / "softhsm2.conf"
    configuration.write_text(
        f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    monkeypatch.setenv("SOFTHSM2_CONF", str(configuration))
    label = f"seatrobot-{secrets.token_hex(8)}"  # of 32 bytes at most
    command = ["softhsm2-util", "--init-token", "--free", "--label", label]
    command += ["--so-pin", "1234567", "--pin", PIN]
    subprocess.run(command, check=True, capture_output=True)
    (tmp_path / "pin").write_text(PIN)
    return (
        f"pkcs11:token={label};object=%s?module-path={SOFTHSM}&pin-source={tmp_path / 'pin'}"
        f"&x-places={tokens}"
    )
