"""The judges: each asks one tool and says in one or two rows what came of it."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from instance import ROOT, Instance

HERE = Path(__file__).parent
TOOLS = ROOT / ".judges"
NODE = TOOLS / "node" / "node_modules"
MINUTES = 60
PATIENCE = 10 * MINUTES
SEVERE = {"MEDIUM", "HIGH", "CRITICAL"}
OF_A_PRIVATE_AUTHORITY = re.compile(
    r"cert_(chain_of_trust|trust|revocation|crlDistributionPoints|ocspURL|caIssuers|"
    r"extlifeSpan|expirationStatus)|overall_grade|grade_cap|DNS_CAArecord|OCSP_stapling"
    r"|certificate_transparency"
)
"""Findings of testssl that say no more than that a private authority signed the certificate."""
HARD_CSP = 30
"""csp_evaluator: 10 high, 20 syntax, 30 medium; above are those that may be nothing."""


@dataclass(frozen=True)
class Verdict:
    """What one tool said. verdict: passes, finds or unknown."""

    tool: str
    version: str
    verdict: str
    found: str

    def row(self) -> str:
        cells = (self.tool, self.version, self.verdict, self.found)
        told = [re.sub(r"\s+", " ", cell).replace("|", "/") for cell in cells]
        return f"| {' | '.join(told)} |"


def verdict(tool: str, version: str, faults: list[str], notes: str) -> Verdict:
    if faults:
        return Verdict(tool, version, "finds", f"{'; '.join(faults)}. {notes}".strip())
    return Verdict(tool, version, "passes", notes)


def run(*command: str | Path, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(each) for each in command],
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=PATIENCE,
        check=False,
        cwd=cwd,
    )


def version_in(tool: str) -> str:
    """Return the version of a Python tool in its own environment."""
    place = next((TOOLS / tool / "lib").glob("python*/site-packages"))
    names = {
        each.name.lower().replace("_", "-"): each.version
        for each in distributions(path=[str(place)])
    }
    return names[tool]


def package_version(name: str) -> str:
    return str(json.loads((NODE / name / "package.json").read_text())["version"])


def sslyze(instance: Instance) -> list[Verdict]:
    found = []
    for level in ("intermediate", "modern"):
        asked = ("--mozilla_config", level, "--certinfo_ca_file", instance.authority.file)
        done = run(TOOLS / "sslyze/bin/sslyze", *asked, instance.address)
        compliant = "Compliant" in done.stdout and "Not compliant" not in done.stdout
        _, _, said = done.stdout.partition("COMPLIANCE AGAINST")
        lines = re.findall(r"^\s+\* (.+)$", said, re.MULTILINE)
        faults = [] if compliant else lines or ["no answer was understood"]
        notes = f"complies with Mozilla's recommendation ({level})" if compliant else ""
        found.append(verdict(f"sslyze, {level}", version_in("sslyze"), faults, notes))
    return found


def testssl(instance: Instance) -> list[Verdict]:
    told = instance.place / "testssl.json"
    options = ("--quiet", "--color", "0", "--warnings", "off", "--connect-timeout", "10")
    files = ("--add-ca", instance.authority.file, "--jsonfile", told)
    run("/usr/bin/testssl", *options, *files, instance.url)
    findings: list[dict[str, str]] = json.loads(told.read_text())
    faults = [
        f"{each['id']}: {each['finding']}"
        for each in findings
        if each["severity"] in SEVERE and not OF_A_PRIVATE_AUTHORITY.match(each["id"])
    ]
    left_out = [
        each["id"]
        for each in findings
        if each["severity"] in SEVERE and OF_A_PRIVATE_AUTHORITY.match(each["id"])
    ]
    offered = [each["finding"] for each in findings if each["id"] == "TLS1_3"]
    low = [f"{each['id']}: {each['finding']}" for each in findings if each["severity"] == "LOW"]
    notes = f"{len(findings)} checks; TLS 1.3 {offered[0] if offered else '?'}"
    if low:
        notes += f"; of low severity: {'; '.join(low)}"
    if left_out:
        notes += f"; of the private authority: {', '.join(left_out)}"
    said = run("/usr/bin/testssl", "--version").stdout
    version = re.search(r"testssl(?:\.sh)?\s+([\d.]+)", said)
    return [verdict("testssl", version.group(1) if version else "", faults, notes)]


def observatory(instance: Instance) -> list[Verdict]:
    name = "@mdn/mdn-http-observatory"
    scan = NODE / name / "src" / "scan.js"
    done = run("node", scan, instance.address, NODE_EXTRA_CA_CERTS=str(instance.authority.file))
    told = json.loads(done.stdout)
    if "error" in told:
        return [Verdict("HTTP Observatory", package_version(name), "unknown", told["error"])]
    result = told["scan"]
    faults = [
        f"{test}: {each['result']} ({each['scoreModifier']})"
        for test, each in told["tests"].items()
        if not each["pass"]
    ]
    if result["grade"] != "A+":
        faults.append(f"grade {result['grade']}")
    notes = f"{result['grade']}, {result['score']} points, "
    notes += f"{result['testsPassed']} of {result['testsQuantity']} tests"
    return [verdict("HTTP Observatory", package_version(name), faults, notes)]


def csp(instance: Instance) -> list[Verdict]:
    line = http.client.HTTPSConnection("localhost", instance.port, context=instance.context)
    line.request("GET", "/sign-in/")
    policy = line.getresponse().headers["Content-Security-Policy"]
    line.close()
    done = run("node", HERE / "csp.cjs", policy, NODE_PATH=str(NODE))
    findings: list[dict[str, Any]] = json.loads(done.stdout)
    told = [(each["severity"], f"{each['directive']}: {each['description']}") for each in findings]
    faults = [text for severity, text in told if severity <= HARD_CSP]
    notes = "; ".join(text for severity, text in told if severity > HARD_CSP)
    return [verdict("csp_evaluator", package_version("csp_evaluator"), faults, notes or "nothing")]


SECTXT = """
import json, sys
from sectxt import SecurityTXT
file = SecurityTXT(sys.argv[1])
print(json.dumps([file.errors, file.recommendations, file.notifications]))
"""


def sectxt(instance: Instance) -> list[Verdict]:
    trusted = {"REQUESTS_CA_BUNDLE": str(instance.authority.file)}
    done = run(TOOLS / "sectxt/bin/python", "-c", SECTXT, instance.url, **trusted)
    errors, recommendations, notifications = json.loads(done.stdout)
    faults = [each["message"] for each in errors + recommendations]
    notes = "; ".join(each["message"] for each in notifications)
    notes = notes or "signed, neither errors nor recommendations"
    return [verdict("sectxt", version_in("sectxt"), faults, notes)]


def nmap(instance: Instance) -> list[Verdict]:
    told = instance.place / "nmap.xml"
    scripts = "ssl-enum-ciphers,+http-methods,+http-trace"
    options = ("-Pn", "-sV", "-p", str(instance.port), "--script", scripts)
    run("/usr/bin/nmap", *options, "-oX", told, "localhost")
    root = ET.parse(told).getroot()  # noqa: S314  nmap wrote it, on this machine
    port = root.find(".//port")
    if port is None:
        return [Verdict("nmap", root.get("version", ""), "unknown", "it saw no port")]
    service = port.find("service")
    named = service.attrib if service is not None else {}
    said = {each.get("id", ""): each.get("output", "") for each in port.iter("script")}
    ciphers = said.get("ssl-enum-ciphers", "")
    methods = re.search(r"Supported Methods: (.+)", said.get("http-methods", ""))
    strength = re.search(r"least strength: (\w+)", ciphers)
    versions = re.findall(r"^\s+(TLSv\S+|SSLv\S+):", ciphers, re.MULTILINE)
    faults = []
    if named.get("tunnel") != "ssl":
        faults.append(f"the port speaks {named.get('name')} without TLS")
    if strength and strength.group(1) != "A":
        faults.append(f"a suite of grade {strength.group(1)}")
    if "http-trace" in said or (methods and "TRACE" in methods.group(1)):
        faults.append("TRACE is answered")
    notes = f"{named.get('name')} over TLS"
    notes += f"; {', '.join(versions)} of grade {strength.group(1)}" if strength else ""
    notes += f"; methods {methods.group(1).strip()}" if methods else ""
    notes += f"; it calls the server {named['product']}" if "product" in named else ""
    return [verdict("nmap", root.get("version", ""), faults, notes)]


WAPITI_MODULES = (
    "cookieflags,crlf,csp,exec,file,http_headers,https_redirect,ldap,methods,"
    "permanentxss,redirect,sql,upload,xss"
)
LEFT_OUT = ("sign-out/*", "account/sign-ins/*", "account/password/*", "static/*")
"""What ends the session that wapiti asks with, by design."""


def wapiti(instance: Instance) -> list[Verdict]:
    cookies = instance.sign_in()
    told, store = instance.place / "wapiti.json", instance.place / "wapiti"
    header = "Cookie: " + "; ".join(f"{name}={value}" for name, value in cookies.items())
    bounds = ("--max-scan-time", "150", "--max-attack-time", "25", "--depth", "5")
    within = ("--max-links-per-page", "60", "--max-files-per-dir", "40", "--tasks", "4")
    done = run(
        TOOLS / "wapiti3/bin/wapiti",
        *("-u", f"{instance.url}/", "--scope", "domain", "-m", WAPITI_MODULES),
        *("-H", header),
        *(part for path in LEFT_OUT for part in ("-x", f"{instance.url}/{path}")),
        *(*bounds, *within, "-f", "json", "-o", told, "--store-session", store),
        *("--flush-session", "--no-bugreport", "--verify-ssl", "0", "-v", "0"),
    )
    if not told.exists():
        return [Verdict("wapiti", version_in("wapiti3"), "unknown", done.stderr[-300:])]
    report = json.loads(told.read_text())
    faults = [
        f"{kind}: {len(each)} ({each[0]['method']} {each[0]['path']}: {each[0]['info']})"
        for group in ("vulnerabilities", "anomalies")
        for kind, each in report[group].items()
        if each
    ]
    status, _body, _cookies = instance.get("/account/", cookies)
    if status != http.client.OK:
        faults.append(f"the session was over at the end ({status})")
    pages = report["infos"].get("crawled_pages_nbr", "?")
    notes = f"{pages} pages and forms, {len(WAPITI_MODULES.split(','))} modules, signed in"
    return [verdict("wapiti", version_in("wapiti3"), faults, notes)]


def schemathesis(instance: Instance) -> list[Verdict]:
    schema = json.loads((ROOT / "docs" / "practices.schema.json").read_text())
    definitions = schema.pop("$defs")
    text = json.dumps(
        {
            "openapi": "3.1.0",
            "info": {"title": "What anybody may read by machine", "version": "1"},
            "paths": {
                "/practices/practices.json": {
                    "get": {
                        "responses": {
                            "200": {
                                "description": "The document",
                                "content": {"application/json": {"schema": schema}},
                            }
                        }
                    }
                }
            },
            "components": {"schemas": definitions},
        }
    ).replace("#/$defs/", "#/components/schemas/")
    place = instance.place / "openapi.json"
    place.write_text(text)
    done = run(
        TOOLS / "schemathesis/bin/schemathesis",
        *("run", place, "--url", instance.url, "--tls-verify", instance.authority.file),
        *("--max-examples", "40", "--checks", "all", "--no-color"),
        cwd=instance.place,
    )
    said = re.sub(r"[^\x20-\x7e\n]", "", done.stdout)
    lines = [line.strip() for line in said.splitlines()]
    faults = []
    if done.returncode:
        marks = ("- ", "Error", "Unsupported method")
        faults = [line for line in lines if line.startswith(marks)][:6] or lines[-6:]
    cases = re.search(r"(\d+) generated", said)
    notes = f"{cases.group(1) if cases else '?'} requests for /practices/practices.json"
    return [verdict("schemathesis", version_in("schemathesis"), faults, notes)]


def bandit(_instance: Instance) -> list[Verdict]:
    asked = ("-q", "-r", "src", "-x", "*/tests/*,*/conftest.py,*/migrations/*", "-f", "json")
    done = run(TOOLS / "bandit/bin/bandit", *asked)
    findings: list[dict[str, Any]] = json.loads(done.stdout)["results"]
    severity = Counter(each["issue_severity"] for each in findings)
    faults = [
        f"{each['test_id']} {each['filename']}:{each['line_number']}: {each['issue_text']}"
        for each in findings
        if each["issue_severity"] == "HIGH"
        or (each["issue_severity"] == "MEDIUM" and not _has_a_reason(each))
    ]
    notes = (
        f"{severity['HIGH']} high, {severity['MEDIUM']} medium (each with its reason beside it),"
    )
    return [verdict("bandit", version_in("bandit"), faults, f"{notes} {severity['LOW']} low")]


def _has_a_reason(finding: dict[str, Any]) -> bool:
    """Return whether the statement says why it is no fault, as ruff's rules ask, too."""
    code = (ROOT / finding["filename"]).read_text().splitlines()
    first, last = finding["line_range"][0] - 1, finding["line_range"][-1]
    seeded = "practices/faults/" in finding["filename"]  # statements of our own words, see ruff
    literal = re.search(r"""mark_safe\((["'])[^{]*\1\)""", code[first])
    return bool(seeded or literal or any("# noqa: S" in line for line in code[first:last]))


def pip_audit(_instance: Instance) -> list[Verdict]:
    asked = ("--strict", "--disable-pip", "--require-hashes", "-r", "requirements.txt")
    done = run(TOOLS / "pip-audit/bin/pip-audit", *asked, "-f", "json", "--progress-spinner", "off")
    version = version_in("pip-audit")
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except ValueError:
        lines = done.stderr.strip().splitlines()
        return [Verdict("pip-audit", version, "unknown", lines[-1][:200] if lines else "no answer")]
    skipped = [each["name"] for each in packages if "skip_reason" in each]
    if skipped:
        told = f"the feed does not answer for {len(skipped)} packages"
        return [Verdict("pip-audit", version, "unknown", told)]
    faults = [
        f"{each['name']} {each['version']}: {', '.join(bad['id'] for bad in each['vulns'])}"
        for each in packages
        if each["vulns"]
    ]
    notes = f"{len(packages)} packages, no known vulnerability"
    return [verdict("pip-audit", version, faults, "" if faults else notes)]


JUDGES: dict[str, Callable[[Instance], list[Verdict]]] = {
    "sslyze": sslyze,
    "testssl": testssl,
    "observatory": observatory,
    "csp": csp,
    "sectxt": sectxt,
    "nmap": nmap,
    "wapiti": wapiti,
    "schemathesis": schemathesis,
    "bandit": bandit,
    "pip-audit": pip_audit,
}
