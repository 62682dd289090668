"""Make the keys that are made on first use: where a confined process could not."""

from __future__ import annotations

import os


def main() -> None:
    os.umask(0o077)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seatrobot.settings")
    from django.conf import settings

    from seatrobot.kernel.journal import signing
    from seatrobot.kernel.vault.rootkey import FileRootKey
    from seatrobot.practices.contact import openpgp

    FileRootKey(settings.VAULT_ROOT_KEY)
    signing.public_key()
    openpgp.certificate()


if __name__ == "__main__":
    main()
