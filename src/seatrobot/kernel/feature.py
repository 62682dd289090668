"""What kernel declares: journal actions."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.features import Area, Feature
from seatrobot.kernel.journal import actions
from seatrobot.kernel.journal.actions import Kind


class Action(actions.Action):
    OPERATOR_SHELL = (
        "operator:shell:open",
        _("Shell opened by the operator"),
        _("%(who)s opened a shell on the data"),
        Kind.READING,
    )
    PROMISE_ATTEST = "promise:attestation:record", _("Promise attested")
    PROMISE_CHANGE = "promise:state:change", _("Promise changed its state")
    PROMISE_CONFIRM = "promise:attestation:confirm", _("Attestation confirmed")
    PROMISE_SIGNER = "promise:signer:add", _("Passkey that signs attestations enrolled")
    PROMISE_EXAMINE = "promise:evidence:record", _("Promise examined")
    STAFF_REFUSE = (
        "support:access:refuse",
        _("Access refused to staff"),
        _("%(who)s was refused access: no live grant, or a condition is not met"),
        Kind.ENDING,
    )
    VAULT_CHECK = (
        "vault:sample:check",
        _("Some sealed data opened to check its keys"),
        _("%(who)s opened some sealed data to check its keys; nothing of it was shown"),
        Kind.READING,
    )
    VAULT_OPEN = (
        "vault:keyring:open",
        _("Sealed data read"),
        _("%(who)s read sealed data"),
        Kind.READING,
    )


FEATURE = Feature(
    actions=Action,
    areas={
        "operator": Area(_("Operator"), "shield-lock"),
        "support": Area(_("Support access"), "lifebuoy"),
        "vault": Area(_("Sealed data"), "lock"),
        "promise": Area(_("Promises"), "shield-check"),
    },
)
