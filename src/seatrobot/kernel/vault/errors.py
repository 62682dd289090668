from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext as _

from seatrobot.kernel.refusal import Refused


class VaultError(Exception):
    """The vault did not do what was asked."""


class KeyringRefused(VaultError):
    """A keyring was asked for without a named actor, for another organization, or by staff."""


class KeysUnavailable(VaultError, Refused):
    """Keys that are needed cannot be used now; `cause` tells the operator precisely why."""

    status: ClassVar[int] = 503

    def __init__(self, cause: str, sentence: object = "") -> None:
        """Show the sentence to the person; `cause` is for the operator and the log alone."""
        self.cause = cause
        super().__init__(
            sentence
            or _(
                "The keys of this service cannot be used at the moment, so nothing that is sealed"
                " can be read or changed. Nothing is lost; whoever runs the service has to act."
            )
        )
        self.add_note(cause)


class RootKeyMissing(KeysUnavailable):
    """There is no root key where the configuration says that it is."""


class RootKeyWrong(KeysUnavailable):
    """The root key is another one than the one that wrapped a keyring."""


class RootKeyUnreachable(KeysUnavailable):
    """What holds the root key does not answer, or refuses us."""


class RootKeyRefused(RootKeyUnreachable):
    """What holds the root key has answered, and will not: disabled, or not for us."""


class StoreUnreachable(KeysUnavailable):
    """The key store does not answer, or refuses us."""


class KeyringDamaged(KeysUnavailable):
    """A wrapped keyring is not whole, or was changed."""


class KeyringLocked(KeysUnavailable):
    """The organization has locked everything of it with its own key."""

    status: ClassVar[int] = 423

    def __init__(self, name: object, cause: str = "", sentence: object = "") -> None:
        super().__init__(
            cause or f"the organization {name} is locked with its own key",
            sentence
            or _(
                "This organization is locked: its Primary Owner has locked everything of it with a"
                " key that this service does not have. Nothing can be read or changed until they"
                " unlock it."
            ),
        )


class OwnKeyRefused(KeyringLocked):
    """What holds the organization's own key does not decrypt with it: the same as locked.

    is_final: whether it has answered so; otherwise it has not answered.
    """

    def __init__(self, name: object, why: str, *, is_final: bool) -> None:
        self.name, self.why, self.is_final = name, why, is_final
        super().__init__(
            name,
            f"the organization {name} is locked, because its own key does not open it: {why}",
            _(
                "This organization is locked: the key that it holds itself, in a key service of"
                " its own, does not open it at the moment. Nothing can be read or changed until"
                " that key can be used again."
            ),
        )

    def again(self) -> OwnKeyRefused:
        """Return the same refusal for somebody else who asks."""
        return OwnKeyRefused(self.name, self.why, is_final=self.is_final)


class PlatformKeyringMissing(KeysUnavailable):
    """The platform has no keyring, although it has sealed something before."""


class KeyringRemains(VaultError):
    """A keyring was destroyed, yet a copy of it can still be read, or nobody can say so."""


class PolicyRefused(VaultError):
    """The operator's file on cryptography cannot be used; the text says why in one sentence."""


class KeyringChanged(VaultError):
    """A wrapped keyring was to be replaced, and somebody else has replaced it meanwhile."""


class KeyInUse(VaultError):
    """A key cannot be retired yet; the text says what uses it."""


class StillGoingOn(KeyInUse):
    """A transaction that began before has not ended in time."""


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
