"""Keys past their date are rotated at night, and what older keys sealed is sealed anew."""

from __future__ import annotations

import logging

from seatrobot.kernel.actor import Actor
from seatrobot.kernel.ids import PLATFORM
from seatrobot.kernel.jobs import Work, every, job, nightly
from seatrobot.kernel.vault import resealing
from seatrobot.kernel.vault import services as vault
from seatrobot.kernel.vault.errors import KeyInUse, VaultError

log = logging.getLogger(__name__)


@job("keys.reseal", tries=4)
def reseal(work: Work) -> None:
    """Seal everything of an organization, or of the platform, under its newest keys."""
    organization_id = work.organization_id or PLATFORM
    actor = Actor.job(work.name, work.account_id)
    resealing.reseal(actor, organization_id)
    try:
        resealing.retire(actor, organization_id)
    except KeyInUse as error:
        if not work.is_last_try:
            raise
        log.warning("Older keys of %s stay open: %s; tried again at night.", organization_id, error)


@every("41 * * * *", "keys.settle")
def settle(_work: Work) -> None:
    """Delete what was destroyed from a replica that was away then, and fill what one lacks."""
    for name in vault.settle():
        log.warning("The keyring %s was not alike in all places of the key store; now it is.", name)


@nightly("keys.renew")
def renew(work: Work) -> None:
    """Rotate what is due, destroy what nobody needs, and finish what was left unfinished."""
    actor = Actor.job(work.name)
    for organization_id in resealing.everybody():
        try:
            resealing.destroy_retired(actor, organization_id)
            if due := resealing.due(organization_id):
                resealing.rotate(actor, organization_id, due)
            if resealing.has_older(organization_id):
                resealing.ask(actor, organization_id)
        except VaultError as error:
            log.warning("The keys of %s were not renewed: %s", organization_id, error)
        except Exception:
            log.exception("The keys of %s were not renewed", organization_id)
