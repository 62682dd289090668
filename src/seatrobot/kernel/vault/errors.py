from typing import ClassVar

from django.utils.translation import gettext as _

from seatrobot.kernel.refusal import Refused


class VaultError(Exception):
    """The vault did not do what was asked."""


class KeyringRefused(VaultError):
    """A keyring was asked for without a named actor, for another organization, or by staff."""


class KeyringMissing(VaultError, Refused):
    """There is no such keyring: never made, destroyed, or lost."""

    status: ClassVar[int] = 503

    def __init__(self, name: object) -> None:
        """Say so to the person; `name` is in the log alone."""
        super().__init__(
            _(
                "The keys of an organization are missing, so nothing of it can be read or changed."
                " Ask whoever runs this service to put them back."
            )
        )
        self.add_note(f"there is no keyring {name}")


class SealBroken(VaultError):
    """A sealed value does not open: changed, moved from its row, or sealed under another key."""


class MaskedValue(VaultError, Refused):
    """What stands for a personal field was to be saved in its place."""

    def __init__(self) -> None:
        super().__init__(_("A masked field cannot be saved: leave it alone, or write all of it."))
