"""The keys: whether they belong together, what was destroyed is gone, and a lock locks."""

from __future__ import annotations

import time
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seatrobot.kernel.examiner import examining
from seatrobot.kernel.promises.declaring import CannotMeasure, Measure, Measurement, promise
from seatrobot.kernel.vault import checking, own
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.keystore import mark_of
from seatrobot.practices.checks import keyrings
from seatrobot.practices.checks.browser import Browser
from seatrobot.practices.checks.probe import (
    ProbeOrganization,
    browser_of,
    own_secret,
    probe_organization,
)
from seatrobot.practices.models import Probe

ORGANIZATIONS = "SELECT id FROM organizations_organization"
LONGEST_SECONDS = 60
IN_A_ROW = 24
"""How many answers must refuse: with eight workers each of them is asked, in all likelihood."""
PAUSE_SECONDS = 0.05
FOUND, OK = 302, 200


@promise(
    "encryption.keys",
    sentence=gettext_lazy(
        "Keys are kept apart from the data, and what is destroyed or locked cannot be opened."
    ),
    measured_by=gettext_lazy(
        "What is written on each wrapped keyring is read: whether it is whole and wrapped by a"
        " root key that is in use or was before it; and in every place where they are kept, whether"
        " one is left that was destroyed. A hundred of them chosen by chance, and each 24th at its"
        " hour of the day, are opened with the root key: each must be the one of its organization,"
        " with keys of its own. Organizations' own keys are compared with the sheet that their log"
        " names; key services that hold one are not asked. The root key, the keys that sign and the"
        " key of cookies, so far as they are in files, are searched for in the newest 500 rows of"
        " tables, in small files of the data directory, in what changed there in the last two hours"
        " and in temporary files, up to 256 MB of each: as they are, in hexadecimal and in base64."
        " An organization kept for this is locked with a key of its own, and the web server is"
        " asked for it until 24 answers in a row refuse; then it is unlocked."
    ),
    measures=[
        Measure("keyrings", gettext_lazy("keyrings in the key store"), least=1),
        Measure("opened", gettext_lazy("keyrings opened with the root key"), least=1),
        Measure("problems", gettext_lazy("keyrings that are foreign or damaged"), most=0),
        Measure("own", gettext_lazy("own keys other than the log of their organization"), most=0),
        Measure("copies", gettext_lazy("copies of a key outside its file"), most=0),
        Measure("left", gettext_lazy("keyrings that were destroyed and are left"), most=0),
        Measure(
            "seconds",
            gettext_lazy("seconds until nothing of a locked organization is shown"),
            most=LONGEST_SECONDS,
        ),
        Measure("unlocked", gettext_lazy("organizations that open again"), least=1),
    ],
    every=timedelta(hours=1),
    timeout=timedelta(seconds=4 * LONGEST_SECONDS),
)
def keys() -> Measurement:
    """Look at root key and key store, and lock the probe organization."""
    with examining() as examiner:
        known = [row[0] for row in examiner.execute(ORGANIZATIONS)]
        ours = Probe.objects.values_list("organization_id", "foreign_organization_id").first()
        own_keys = keyrings.own_keys(examiner, ours or ())
    state = checking.look(known, has_accounts=True)
    left, opened = _left(), keyrings.opened()
    with probe_organization() as probe:
        copies = keyrings.copies(probe.organization_id)
        seconds, unlocked = _locked(probe)
    return Measurement(
        {
            "keyrings": sum(state.wrapped_by.values()),
            "opened": opened.number,
            "problems": len(state.problems) + len(opened.wrong),
            "own": len(own_keys),
            "copies": len(copies),
            "left": len(left),
            "seconds": round(seconds, 1),
            "unlocked": int(unlocked),
        },
        [*state.problems, *opened.wrong, *own_keys, *copies, *state.remarks, *left],
    )


def _left() -> list[str]:
    """Return which destroyed keyrings can still be read somewhere."""
    store = vault.key_store()
    places = getattr(store, "stores", [store])
    gone: set[str] = set().union(*(place.destroyed() for place in places))
    return [
        f"{name} is left in {place.where}"
        for place in places
        for name in place.names()
        if mark_of(name) in gone
    ]


def _locked(probe: ProbeOrganization) -> tuple[float, bool]:
    """Lock the organization; return after how many seconds all refuse, and whether it opens again.

    One second more than the limit where some never do.
    """
    page = probe.path("events/")
    with browser_of(probe.owner, "password") as browser:
        if browser.get(page).status != OK:
            raise CannotMeasure(_("The web server does not show the organization kept for this."))
        words = own.adopt(probe.organization_id, own_secret(probe.organization_id)).words
        own.prove(probe.organization_id, words)
        own.lock(probe.organization_id)
        try:
            seconds = _until_refused(browser, page)
        finally:
            own.unlock(probe.organization_id, words)
        time.sleep(PAUSE_SECONDS)
        is_open = _opens(browser, page)
        own.give_up(probe.organization_id)
    return seconds, is_open


def _until_refused(browser: Browser, page: str) -> float:
    begun = last = time.monotonic()
    refused = 0
    while refused < IN_A_ROW:
        answer = browser.get(page)
        if answer.status == FOUND and answer.location.endswith("/locked/"):
            refused += 1
        else:
            refused, last = 0, time.monotonic()
            if last - begun > LONGEST_SECONDS:
                return LONGEST_SECONDS + 1
        browser.close()  # the next connection may lead to another worker
        time.sleep(PAUSE_SECONDS)
    return last - begun


def _opens(browser: Browser, page: str) -> bool:
    """Return whether it opens again; a process on a distant key store may take a while."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < deadline:
        if browser.get(page).status == OK:
            return True
        time.sleep(PAUSE_SECONDS)
    return False
