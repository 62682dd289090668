class VaultError(Exception):
    """The vault did not do what was asked."""


class KeyringRefused(VaultError):
    """A keyring was asked for without a named actor, for another organization, or by staff."""


class KeyringMissing(VaultError):
    """There is no such keyring: never made, or destroyed."""


class SealBroken(VaultError):
    """A sealed value does not open: changed, moved from its row, or sealed under another key."""
