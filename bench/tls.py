"""Which clients does each TLS profile let in, and how many handshakes a second does it make?

    .venv/bin/python bench/tls.py [--write]

The web server's TLS (granian, with the options of `seatrobot up`) listens under both profiles, with
a certificate of ECDSA P-256 and one of RSA 2048. Recorded hellos of clients are sent to each;
`--write` stores what was answered as the public table. Then two threads make whole handshakes.
Prints one JSON line.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from seatrobot.practices.checks import clients
from seatrobot.runtime import serving
from seatrobot.runtime.faulting.processes import free_port

SECONDS = float(os.environ.get("SECONDS", "3"))
THREADS = 2
APP = """
async def app(scope, protocol):
    protocol.response_empty(204, [])
"""
KEYS = {
    "ecdsa": lambda: ec.generate_private_key(ec.SECP256R1()),
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
}


def main() -> None:
    met: dict[str, dict[str, str]] = {each.name: {} for each in clients.clients()}
    rates: dict[str, float] = {}
    for profile in ("modern", "compatible"):
        for certificate in KEYS:
            with listening(profile, certificate) as port:
                for name, taken in clients.replay("127.0.0.1", port, "localhost").items():
                    met[name][f"{profile}_{certificate}"] = taken
                newest = "TLSv1_3" if profile == "modern" else "TLSv1_2"
                rates[f"{profile}_{certificate}"] = handshakes(port, ssl.TLSVersion[newest])
    if "--write" in sys.argv:
        write(met)
    lets_in = {
        name: sum(bool(each[name]) for each in met.values()) for name in next(iter(met.values()))
    }
    print(
        json.dumps(
            {
                "bench": "tls",
                "clients": len(met),
                "lets_in": lets_in,
                "handshakes_per_second": {name: round(rate) for name, rate in rates.items()},
                "ratio_compatible_to_modern": {
                    kind: round(rates[f"compatible_{kind}"] / rates[f"modern_{kind}"], 2)
                    for kind in KEYS
                },
                "load": os.getloadavg()[0],
            }
        )
    )


@contextmanager
def listening(profile: str, certificate: str) -> Iterator[int]:
    """Run the web server's TLS alone, with one worker."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="seatrobot-bench-") as text:
        place = Path(text)
        issue(place, certificate)
        (place / "answering.py").write_text(APP)
        command = [sys.executable, "-m", "granian", "answering:app", "--interface", "rsgi"]
        command += ["--port", str(port), "--no-ws", "--log-level", "error"]
        command += ["--ssl-certificate", "certificate.pem", "--ssl-keyfile", "key.pem"]
        command += ["--ssl-protocol-min", str(serving.OLDEST[profile])]
        environment = {**os.environ, "PYTHONPATH": text}
        with subprocess.Popen(command, cwd=place, env=environment) as server:
            try:
                wait(port)
                yield port
            finally:
                server.terminate()


def wait(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the listener did not start")


def issue(place: Path, kind: str) -> None:
    key = KEYS[kind]()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    moment = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(moment).not_valid_after(moment + timedelta(days=1))
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    signed = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    form = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (place / "key.pem").write_bytes(key.private_bytes(pem, *form))
    (place / "certificate.pem").write_bytes(signed.public_bytes(pem))


def handshakes(port: int, newest: ssl.TLSVersion) -> float:
    """Return how many whole handshakes a second the listener makes with this protocol."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = context.maximum_version = newest
    end = time.monotonic() + SECONDS
    counts = [0] * THREADS

    def shake(number: int) -> None:
        while time.monotonic() < end:
            with socket.create_connection(("127.0.0.1", port), 10) as opened:
                context.wrap_socket(opened, server_hostname="localhost").close()
            counts[number] += 1

    threads = [threading.Thread(target=shake, args=(number,)) for number in range(THREADS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return sum(counts) / SECONDS


def write(met: dict[str, dict[str, str]]) -> None:
    found = {
        "at": datetime.now(UTC).date().isoformat(),
        "listener": f"granian {importlib.metadata.version('granian')} (rustls)",
        "clients": [{"name": name, **answers} for name, answers in met.items()],
    }
    file = Path(clients.__file__).with_name("clients_measured.json")
    lines = json.dumps(found, indent=1)
    file.write_text(lines + "\n")


if __name__ == "__main__":
    main()
