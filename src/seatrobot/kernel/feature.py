"""What kernel declares: journal actions."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from seatrobot.kernel.features import Area, Feature
from seatrobot.kernel.journal import actions
from seatrobot.kernel.journal.actions import Kind


class Action(actions.Action):
    KEYS_DESTROY = (
        "keys:key:destroy",
        _("Keys destroyed that nothing is sealed under"),
        _("%(who)s destroyed keys that nothing is sealed under"),
        Kind.ENDING,
    )
    KEYS_RESEAL = (
        "keys:value:reseal",
        _("Sealed data sealed anew"),
        _("%(who)s sealed data anew under the newest keys; nothing of it was shown"),
        Kind.READING,
    )
    KEYS_RETIRE = (
        "keys:key:retire",
        _("Keys closed that nothing is sealed under"),
        _("%(who)s closed older keys, after counting that nothing is sealed under them"),
    )
    KEYS_ROTATE = (
        "keys:key:rotate",
        _("Keys rotated"),
        _("%(who)s made new keys, under which everything is sealed from now on"),
    )
    OPERATOR_SHELL = (
        "operator:shell:open",
        _("Shell opened by the operator"),
        _("%(who)s opened a shell on the data"),
        Kind.READING,
    )
    PROMISE_ATTEST = "promise:attestation:record", _("Promise attested")
    PROMISE_CHANGE = "promise:state:change", _("Promise changed its state")
    PROMISE_CONFIRM = "promise:attestation:confirm", _("Attestation confirmed")
    PROMISE_SIGNER = "promise:signer:add", _("Passkey enrolled, as later signatures are judged by")
    PROMISE_SIGNER_END = "promise:signer:remove", _("Passkey removed: it signs nothing any more")
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
    VAULT_HOLD = (
        "vault:root:hold",
        _("A process began to open keys"),
        _("%(who)s: a process began to open keys with the root key"),
        Kind.READING,
    )
    VAULT_OWN = (
        "vault:own:use",
        _("Own key asked for in your key service"),
        _("%(who)s asked for the organization's own key in its key service"),
        Kind.READING,
    )
    VAULT_ROTATE = (
        "vault:root:rotate",
        _("Keyrings wrapped by another root key"),
        _("%(who)s had all keyrings wrapped by another root key"),
    )
    VAULT_SHEETS = (
        "vault:root:export",
        _("Recovery sheets of the root key printed"),
        _("%(who)s printed recovery sheets of the root key"),
        Kind.EXPORTING,
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
        "keys": Area(_("Keys"), "key"),
        "operator": Area(_("Operator"), "shield-lock"),
        "support": Area(_("Support access"), "lifebuoy"),
        "vault": Area(_("Sealed data"), "lock"),
        "promise": Area(_("Promises"), "shield-check"),
    },
)
