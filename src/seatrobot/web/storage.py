"""How static files are kept on disk, and messages in the browser."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Without this, a browser could mix scripts of two versions after an update."""

    support_js_module_import_aggregation = True

    def __init__(self, location: str | None = None, lists: str | None = None) -> None:
        """Keep the list of all files beside the directory that is served, not in it."""
        kept = FileSystemStorage(lists or settings.STATIC_LISTS)
        super().__init__(location, manifest_storage=kept)


class Messages(CookieStorage):
    """In a signed cookie: a message may name a guest, and the session table is not sealed.

    Over TLS its name binds the cookie to this host, so that no other host of the domain can set it.
    """

    @property
    def cookie_name(self) -> str:
        return "__Host-messages" if settings.SESSION_COOKIE_SECURE else "messages"
