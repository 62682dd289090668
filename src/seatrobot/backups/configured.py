"""The stores that the configuration names (`SEATROBOT_BACKUP_STORES`), with blanks between them.

* `directory:PATH`
* `s3://BUCKET/PREFIX?region=REGION&endpoint=https://HOST`

By default two directories below the data directory, which are one place and prove nothing.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from seatrobot.backups.bucket import S3Store
from seatrobot.backups.stores import DirectoryStore, Store, StoreError


def stores() -> list[Store]:
    """Return the stores that the configuration names, in its order."""
    return list(_stores(tuple(settings.BACKUP_STORES)))


def store(name: str) -> Store:
    """Return a store by its name; raise StoreError where none is called so."""
    for each in stores():
        if each.name == name:
            return each
    known = ", ".join(each.name for each in stores())
    raise StoreError(f"no store is called {name!r}; there are {known}")


@lru_cache(maxsize=4)
def _stores(urls: tuple[str, ...]) -> tuple[Store, ...]:
    return tuple(store_at(url, f"store-{number}") for number, url in enumerate(urls, start=1))


def store_at(url: str, name: str) -> Store:
    """Return the store at an address, without looking whether it is there."""
    if url.startswith("s3://"):
        return S3Store(url, name)
    return DirectoryStore(Path(url.removeprefix("directory:")), name)


def prepare() -> None:
    """Make the directories of the default stores, which are below the data directory.

    Others have to be there: a directory that is missing may be a disk that is not mounted.
    """
    data: Path = settings.CONFIG.data
    for each in stores():
        if isinstance(each, DirectoryStore) and data in each.directory.parents:
            each.directory.mkdir(mode=0o700, parents=True, exist_ok=True)


def places() -> int:
    """Return at how many different places the stores are; one that is gone counts for none."""
    found = set()
    for each in stores():
        try:
            found.add(each.place())
        except StoreError:
            continue
    return len(found)
