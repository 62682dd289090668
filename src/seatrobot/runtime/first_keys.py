"""Make the keys that are made on first use: where a confined process could not."""

from __future__ import annotations

import os
import sys

from seatrobot.kernel.vault.errors import KeysUnavailable
from seatrobot.kernel.vault.remote import NotInstalled
from seatrobot.runtime.errors import RefusedError
from seatrobot.runtime.terminal import complain


def main() -> int:
    """Make them; where the root key or the key store is not usable, say so and make no other."""
    os.umask(0o077)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seatrobot.settings")
    import django

    django.setup()  # sentences are translated

    from seatrobot.kernel.heads import cosigning
    from seatrobot.kernel.journal import signing
    from seatrobot.kernel.vault import services as vault
    from seatrobot.practices.contact import openpgp

    try:
        vault.prepare()
    except NotInstalled as error:
        complain(f"The keys cannot be used: {error}.")
        return RefusedError.code
    except KeysUnavailable as error:
        complain(f"The keys cannot be used: {error.cause}.")
    signing.public_key()
    cosigning.verifier_key(signing.host())
    openpgp.certificate()
    return 0


if __name__ == "__main__":
    sys.exit(main())
