"""Scripts, styles and pictures of every page: compared with those of the installed package."""

from __future__ import annotations

import gzip
import http.client
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.files.storage import storages
from django.utils.translation import gettext as _

from seatrobot.kernel.manifest.packages import Comparison
from seatrobot.kernel.promises.declaring import CannotMeasure
from seatrobot.practices.checks import browser

ENCODINGS = ("identity", "gzip")


def compare() -> Comparison:
    """Collect the package's files anew, and compare what is kept and what the web answers."""
    with tempfile.TemporaryDirectory() as scratch:
        fresh, lists = Path(scratch) / "static", Path(scratch) / "lists"
        collect(fresh, lists)
        found = Comparison()
        found.wrong += _different(fresh, settings.STATIC_ROOT)
        found.wrong += _different(lists, settings.STATIC_LISTS)
        names = [name for name in sorted(_files(fresh)) if not name.endswith(".gz")]
        found.compared = len(names)
        found.wrong += _answered_otherwise(fresh, names)
        return found


def collect(place: Path, lists: Path) -> None:
    """Collect the package's static files into `place` as a start of the service does."""
    options = {"location": str(place), "lists": str(lists)}
    backend = settings.STORAGES["staticfiles"]["BACKEND"]
    storage: Any = storages.create_storage({"BACKEND": backend, "OPTIONS": options})
    brought = {}
    for finder in get_finders():
        for name, source in finder.list([]):
            if name not in brought:
                brought[name] = (source, name)
                with source.open(name) as file:
                    storage.save(name, file)
    for _name, _hashed, result in storage.post_process(brought):
        if isinstance(result, Exception):
            raise result


def _different(fresh: Path, kept: Path) -> Iterator[str]:
    """Give a sentence for each file that is not the same in both directories."""
    wanted, there = _files(fresh), _files(kept)
    for name in sorted(wanted | there):
        if name not in there:
            yield f"{kept.name}/{name} is missing"
        elif name not in wanted:
            yield f"{kept.name}/{name} is of no package"
        elif (fresh / name).read_bytes() != (kept / name).read_bytes():
            yield f"{kept.name}/{name} is not the file of this build"


def _files(place: Path) -> set[str]:
    return {str(path.relative_to(place)) for path in place.rglob("*") if not path.is_dir()}


def _answered_otherwise(fresh: Path, names: list[str]) -> Iterator[str]:
    """Give a sentence for each file that the web server answers with other content."""
    address = browser.own_address()
    connection = browser.connect(address)
    try:
        for name in names:
            wanted = (fresh / name).read_bytes()
            for encoding in ENCODINGS:
                headers = {"Host": address.name, "Accept-Encoding": encoding}
                connection.request("GET", quote(settings.STATIC_URL + name), headers=headers)
                answer = connection.getresponse()
                body = answer.read()
                if answer.getheader("Content-Encoding") == "gzip":
                    body = _unpacked(body)
                if answer.status != http.client.OK or body != wanted:
                    yield f"the web server answers {name} otherwise ({encoding})"
    except (OSError, http.client.HTTPException) as error:
        raise CannotMeasure(_("The web server does not answer at its own address.")) from error
    finally:
        connection.close()


def _unpacked(body: bytes) -> bytes:
    try:
        return gzip.decompress(body)
    except (OSError, EOFError):
        return b""
