"""What other people's tools say of Seatrobot: one table, printed and written to docs/judges.md.

    make judge                   all of them, some ten minutes
    make judge JUDGES="nmap csp" those alone; docs/judges.md stays as it is

A throw-away instance with TLS by an authority of its own and the demonstration is started on
loopback; nothing else is asked but the vulnerability feed of pip-audit. Ends with code 1 when a
judge finds something.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from judges import JUDGES, Verdict

from instance import ROOT, Instance
from seatrobot.kernel.build import build_name

PAGE = ROOT / "docs" / "judges.md"
HEADER = "| tool | version | verdict | what it found |\n|---|---|---|---|"
INTRODUCTION = """# What other people's tools say

`make judge` starts a throw-away instance (TLS by an authority of its own, the demonstration, \
loopback only), lets these tools look at it or at its source, prints this table and writes this \
page. The tools live in `.judges/`, apart from what the product needs; `nmap` and `testssl` come \
from Debian. It ends with code 1 when a tool finds something.

*passes*: nothing that its rule calls a fault; what it noted all the same stands beside it. \
*finds*: a fault. *unknown*: it did not answer, or what it asks did not; that is never a pass.
"""
RULES = """
## When a tool passes

| tool | passes when |
|---|---|
| sslyze | the listener complies with Mozilla's recommendation of that name |
| testssl | no finding of severity MEDIUM or above, but for those that come from the certificate's \
private authority |
| HTTP Observatory | A+, with the certificate's authority trusted by the scan |
| csp_evaluator | no finding that it calls high, medium or a mistake of syntax; a *maybe* is noted |
| sectxt | neither errors nor recommendations |
| nmap | the port speaks TLS alone, its suites have grade A, TRACE is not among the methods |
| wapiti | no vulnerability, signed in as the Primary Owner until the end |
| schemathesis | every generated request gets an answer that the document's schema allows |
| bandit | nothing of high severity; of medium severity nothing without a reason beside the line |
| pip-audit | `--strict` finds no known vulnerability in `requirements.txt` |

The certificate authority is ours, so whether a public one would be trusted is not judged here. \
Schemathesis needs a schema, and one document has one: `/practices/practices.json` \
([its schema](practices.schema.json)); the other addresses answer browsers and have none.
"""


def main() -> int:
    wanted = sys.argv[1:] or list(JUDGES)
    if unknown := [name for name in wanted if name not in JUDGES]:
        print(f"No such judge: {', '.join(unknown)}. There are {', '.join(JUDGES)}.")
        return 2
    verdicts = []
    with tempfile.TemporaryDirectory(prefix="seatrobot-judge-") as place:
        instance = Instance(Path(place))
        instance.start()
        try:
            for name in wanted:
                verdicts += _ask(name, instance)
        finally:
            instance.stop()
    table = "\n".join([HEADER, *(each.row() for each in verdicts)])
    print(table)
    if len(sys.argv) == 1:
        day = f"Newest result: {datetime.now(UTC):%Y-%m-%d}, Seatrobot {build_name()}."
        PAGE.write_text(f"{INTRODUCTION}\n{day}\n\n{table}\n{RULES}")
    return 1 if any(each.verdict == "finds" for each in verdicts) else 0


def _ask(name: str, instance: Instance) -> list[Verdict]:
    print(f"{name} …", end=" ", file=sys.stderr, flush=True)
    began = time.monotonic()
    try:
        verdicts = JUDGES[name](instance)
    except Exception as error:  # noqa: BLE001  a judge that breaks is unknown, the others go on
        verdicts = [
            Verdict(name, "", "unknown", f"it broke: {type(error).__name__}: {error}"[:300])
        ]
    print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
    return verdicts


if __name__ == "__main__":
    sys.exit(main())
