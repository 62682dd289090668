"""A laptop in a directory of the test: the real program, its real key, facts as the test wants."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest import mock

from django.test import Client

from seatrobot.accounts.factors.tests.device import Device as Passkey
from seatrobot.accounts.staff.tests.people import challenge
from seatrobot.agent import protocol, reporting
from seatrobot.devices.models import Device

BASE = "/staff/devices/"
SERVER = "https://guests.example.org"
MACHINE = protocol.machine("4c4c4544-0042")
GOOD = {
    "system": "linux",
    "release": "Debian GNU/Linux 13",
    "container": False,
    "machine": MACHINE,
    "disks": [protocol.disk("/", "system", True), protocol.disk("vg-swap", "swap", True)],
    "lock": protocol.lock(True, 300),
}


class Laptop:
    """Speaks to the service through a client of the test instead of the network."""

    def __init__(self, directory: Path, **facts: Any) -> None:
        self.place = reporting.Place(directory)
        self.facts = GOOD | facts
        self.client = Client()
        self.sent: list[dict[str, str]] = []

    def enrol(self, token: str, name: str = "Blue ThinkPad") -> dict[str, Any]:
        with self._wired():
            return reporting.enrol(self.place, SERVER, token, name)

    def report(self, **facts: Any) -> dict[str, Any]:
        self.facts |= facts
        with self._wired():
            return reporting.report(self.place)

    def refused(self, **facts: Any) -> str:
        """Report and return the sentence with which the service refuses it."""
        try:
            self.report(**facts)
        except reporting.NotTaken as error:
            return str(error)
        raise AssertionError("the report was taken")

    def send(self, body: dict[str, str], path: str = "report"):
        return self.client.post(f"/devices/{path}/", body, content_type="application/json")

    @property
    def row(self) -> Device:
        return Device.objects.get(pk=self.place.remembered()["device"])

    def _wired(self):
        return mock.patch.multiple(
            reporting, collect=lambda: self.facts, _ask=self._get, _send=self._post
        )

    def _get(self, _server: str, path: str) -> dict[str, Any]:
        return self.client.get(f"/devices/{path}/").json()

    def _post(self, _server: str, path: str, body: dict[str, str]) -> dict[str, Any]:
        self.sent.append(body)
        answer = self.send(body, path)
        if answer.status_code != 200:
            raise reporting.NotTaken(answer.json()["detail"])
        return answer.json()


def token_of(client: Client) -> str:
    page = client.post(f"{BASE}new/").content.decode()
    return page.split(" enrol ")[1].split("</code>")[0].split()[1]


def confirm(client: Client, passkey: Passkey, laptop: Laptop):
    """Confirm the key of a laptop as its owner does."""
    place = f"{BASE}{laptop.row.pk}/"
    asked = challenge(client, f"{place}options/")
    return client.post(place, {"answer": passkey.get(asked)})


def enrolled(client: Client, passkey: Passkey, directory: Path, **facts: Any) -> Laptop:
    laptop = Laptop(directory, **facts)
    laptop.enrol(token_of(client))
    assert confirm(client, passkey, laptop).status_code == 302
    return laptop


def signed(laptop: Laptop, message: dict[str, Any], namespace: str) -> dict[str, str]:
    """Return a message that the laptop's key has signed, whatever it says."""
    return reporting._signed(laptop.place.key, message, namespace)


def said(body: dict[str, str]) -> dict[str, Any]:
    return json.loads(body["message"])
