"""Asks every address of the running web as people whom it is not meant for.

Which addresses there are, the web server's processes say themselves (`kernel.loaded`); whom each is
meant for stands in the code of the process that examines. So an address that only the web server
knows is found, and one that it declares otherwise. What is asked with POST holds nothing, and only
what must be refused is asked so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from seatrobot.kernel import features, loaded
from seatrobot.kernel.ids import new_id
from seatrobot.kernel.promises.declaring import CannotMeasure
from seatrobot.kernel.routes import Audience, Route, routes
from seatrobot.organizations.members import Member
from seatrobot.organizations.permissions import Role
from seatrobot.practices.checks import canaries
from seatrobot.practices.checks.browser import Answer, Browser, own_address
from seatrobot.practices.checks.probe import (
    ProbeOrganization,
    as_staff,
    at_the_door,
    browser_of,
    with_password,
)

OK, FOUND, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, NO_METHOD, GONE = 200, 302, 401, 403, 404, 405, 410
SERVER_ERROR = 500
SIGN_IN = ("/sign-in/", "/staff/sign-in/")
ACCOUNT = "/account/"
KNOWN_PARTS = {"promise": "access.signins", "kind": "csv", "name": "plan.csv", "path": "0/000"}
"""What stands in an address besides identifiers; in a link, something wrong."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
PRIVATE_HEADERS = {**HEADERS, "Cross-Origin-Resource-Policy": "same-origin"}
"""Badges and other public documents may stand on pages of others."""
POLICY = ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'")
UNSAFE = ("unsafe-inline", "unsafe-eval", "*")

MARKUP, ESCAPED = "Probe <b title='x'>", "Probe &lt;b title=&#x27;x&#x27;&gt;"
"""What somebody types who wants it to be more than text, and how a page must write it."""

Refusal = Callable[[Answer], bool]


@dataclass(slots=True)
class Findings:
    """asked: how many answers were looked at. The lists say what was wrong, one line each.

    strange: addresses of the web server alone, or of this code alone, or declared otherwise.
    open: what was not refused. closed: what was not answered to those it is meant for.
    bare: answers without a header that guards browsers. loose: cookies without a flag.
    lasting: sessions that ended and still opened something. taken: forms from another site, or
    without a token, that were not refused. raw: pages that show what somebody typed as markup.
    """

    asked: int = 0
    strange: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)
    lasting: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)

    def look(self, what: str, answer: Answer, *, is_private: bool) -> None:
        """Look at the headers and the cookies of an answer."""
        self.asked += 1
        self.bare += [f"{what}: {each}" for each in bare(answer.headers, is_private=is_private)]
        self.loose += [f"{what}: {each}" for each in loose(answer.headers)]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who asks. refused: how an address must refuse them; None where it need not."""

    name: str
    browser: Browser
    values: dict[str, str]
    refused: Callable[[Route], Refusal | None]


def everything(probe: ProbeOrganization) -> Findings:
    """Ask every address as each of the people; CannotMeasure where the web has not said which."""
    found = Findings()
    known = _strange(found)
    with ExitStack() as stack:
        for person in _people(probe, stack, found):
            for route in known:
                if refusal := person.refused(route):
                    _ask(person, route, refusal, found)
    return found


def sessions(probe: ProbeOrganization, found: Findings) -> None:
    """Sign in, end the session in both ways there are, and try its key again."""
    with with_password(probe.member) as (address, password):
        for how in ("/sign-out/", "/account/sessions/end-others/"):
            with Browser() as browser, browser_of(probe.member, "password") as other:
                entered = browser.post(SIGN_IN[0], {"username": address, "password": password})
                found.look(f"signing in before {how}", entered, is_private=True)
                answer = browser.get(ACCOUNT)
                found.look(f"{ACCOUNT} to a member", answer, is_private=True)
                if answer.status != OK:
                    found.closed.append(f"{ACCOUNT} to a member who signed in: {answer.status}")
                    return
                before = dict(browser.cookies)
                (browser if how == "/sign-out/" else other).send(how)
                with Browser(before) as again:
                    if not _asks_to_sign_in(again.get(ACCOUNT)):
                        found.lasting.append(f"a session after {how}")


def forms(probe: ProbeOrganization, found: Findings) -> None:
    """Send forms as no page of ours would, and one with markup in it."""
    add = reverse("contacts:new", args=[probe.organization_id])
    people = reverse("contacts:list", args=[probe.organization_id])
    contact = {"contact_id": str(new_id()), "last_name": MARKUP}
    with Browser() as stranger, browser_of(probe.owner, "password") as owner:
        signing_in = {"username": "somebody@nowhere.test", "password": "wrong"}
        for name, browser, path, fields in (
            ("a stranger", stranger, SIGN_IN[0], signing_in),
            ("an owner", owner, add, contact),
        ):
            for with_token in (False, True):
                answer = browser.forge(path, fields, with_token=with_token)
                found.asked += 1
                if answer.status != FORBIDDEN:
                    how = "from another site" if with_token else "without a token"
                    found.taken.append(f"{path} of {name} {how}: {answer.status}")
        taken = owner.post(add, contact)
        shown = owner.get(people)
        found.asked += 2
        if taken.status != FOUND or ESCAPED not in shown.text:
            found.closed.append(f"{people} to an owner who added somebody: {taken.status}")
        if MARKUP in shown.text:
            found.raw.append(f"{people} to an owner")


def bare(headers: Message, *, is_private: bool) -> Iterator[str]:
    """Give the headers that an answer lacks. is_private: nothing may keep it."""
    for name, wanted in (PRIVATE_HEADERS if is_private else HEADERS).items():
        if headers.get(name) != wanted:
            yield f"{name} is {headers.get(name)}"
    policy = headers.get("Content-Security-Policy") or ""
    parts = [part.strip() for part in policy.split(";")]
    if any(each in policy for each in UNSAFE) or not set(POLICY) <= set(parts):
        yield f"Content-Security-Policy is {policy[:80] or None}"
    if own_address().is_tls and not (headers.get("Strict-Transport-Security") or ""):
        yield "Strict-Transport-Security is None"
    if is_private and "no-store" not in (headers.get("Cache-Control") or ""):
        yield f"Cache-Control is {headers.get('Cache-Control')}"


def loose(headers: Message) -> Iterator[str]:
    """Give what the cookies of an answer lack, without their values."""
    for line in headers.get_all("Set-Cookie") or []:
        name, *flags = (part.strip() for part in line.split(";"))
        held = {flag.partition("=")[0].lower(): flag.partition("=")[2] for flag in flags}
        if held.get("max-age") == "0":  # the browser is told to forget it
            continue
        name = name.partition("=")[0]
        wanted = {"httponly", "path"} | ({"secure"} if own_address().is_tls else set())
        if missing := wanted - held.keys():
            yield f"the cookie {name} without {', '.join(sorted(missing))}"
        if held.get("samesite") not in {"Lax", "Strict"}:
            yield f"the cookie {name} with SameSite {held.get('samesite')}"
        if "domain" in held:
            yield f"the cookie {name} for other hosts"


def _strange(found: Findings) -> list[Route]:
    """Compare what each process of the web answers with what is declared here; return both."""
    data: Path = settings.CONFIG.data
    processes = loaded.read(data, "web")
    if not processes:
        raise CannotMeasure(gettext("The web server has not said yet which addresses it has."))
    ours = {each.path: each for each in routes()}
    theirs: dict[str, Route] = {}
    for said in processes.values():
        here = {each.path: each for each in said.routes}
        theirs |= here
        for path in sorted(ours.keys() ^ here.keys()):
            where = "the web server alone" if path in here else "this build alone"
            found.strange.append(f"{path}: of {where}")
        found.strange += [
            f"{path}: meant for {here[path].permission or here[path].audience or 'nobody'}"
            for path in sorted(ours.keys() & here.keys())
            if here[path] != ours[path]
        ]
    found.strange += [
        f"{each.path}: meant for nobody" for each in ours.values() if not each.audience
    ]
    found.strange = list(dict.fromkeys(found.strange))
    return [ours.get(path) or each for path, each in sorted({**theirs, **ours}.items())]


def _people(probe: ProbeOrganization, stack: ExitStack, found: Findings) -> Iterator[Person]:
    """Give each person with a browser, after a look whether it opens what it is meant to."""
    event, other = (canaries.write_event(probe, name) for name in ("Asked", "Not asked"))
    values = {
        **KNOWN_PARTS,
        "organization": str(probe.organization_id),
        "event_id": str(event.pk),
    }
    guests = reverse("guests:list", args=[probe.organization_id, event.pk])
    door = reverse("checkin:door", args=[probe.organization_id, event.pk])
    theirs = reverse("events:list", args=[probe.foreign.organization_id])

    def browser(member: Member, page: str) -> Browser:
        return _opens(stack.enter_context(browser_of(member, "password")), page, found)

    stranger = _opens(stack.enter_context(Browser()), "/practices/", found)
    yield Person("a stranger", stranger, values, _to_a_stranger)
    yield Person("the public", stranger, values, _to_everybody)
    member = browser(probe.member, guests)  # type: ignore[arg-type]  # of the organization
    yield Person("a member", member, values, _without(Role.TEAM))
    yield Person("another owner", browser(probe.foreign, theirs), values, _to_a_foreigner)
    at_door = _opens(stack.enter_context(at_the_door(probe, event)), door, found)
    yield Person("the door", at_door, values, _without(Role.DOOR))
    elsewhere = {**values, "event_id": str(other.pk)}
    yield Person("the door of another event", at_door, elsewhere, _of_another_event)
    staff = stack.enter_context(as_staff(probe))
    yield Person("staff who are disabled", staff, values, _to_staff)


def _opens(browser: Browser, page: str, found: Findings) -> Browser:
    answer = browser.get(page)
    found.look(page, answer, is_private=not page.startswith("/practices/"))
    if answer.status != OK:
        found.closed.append(f"{page}: {answer.status}")
    return browser


def _ask(person: Person, route: Route, is_refused: Refusal, found: Findings) -> None:
    """Ask with GET, and with POST where refusal is expected; note what was not refused."""
    path = route.filled(
        {part: _filling(part, kind, person.values) for part, kind in route.parts.items()}
    )
    is_private = route.audience != Audience.EVERYBODY
    what = f"{route.path} to {person.name}"
    answers = {"GET": person.browser.get(path)}
    if is_private and route.audience != Audience.LINK:
        answers["POST"] = person.browser.send(path)
    for method, answer in answers.items():
        found.look(f"{method} {what}", answer, is_private=is_private)
        if answer.status != NO_METHOD and not is_refused(answer):
            found.open.append(f"{method} {what}: {answer.status}")


def _filling(part: str, converter: str, values: dict[str, str]) -> str:
    """Return what to ask for: what is known, or something that does not exist."""
    if converter == "uuid":
        return values.get(part) or str(new_id())
    return {"int": "1", "slug": "wrong"}.get(converter) or values.get(part, "wrong")


def _to_everybody(route: Route) -> Refusal | None:
    """Say how a public address must answer: anybody may open it, and it must not break."""
    return _works if route.audience == Audience.EVERYBODY else None


def _to_a_stranger(route: Route) -> Refusal | None:
    if route.audience == Audience.LINK:
        return _is_dead
    return None if route.audience == Audience.EVERYBODY else _asks_to_sign_in


def _to_staff(route: Route) -> Refusal | None:
    is_open = route.audience in {Audience.EVERYBODY, Audience.LINK}
    return None if is_open else _asks_to_sign_in


def _to_a_foreigner(route: Route) -> Refusal | None:
    if route.audience == Audience.MEMBERS:
        return _is_not_there
    return _asks_to_sign_in if route.audience == Audience.STAFF else None


def _of_another_event(route: Route) -> Refusal | None:
    return _is_not_there if "event_id" in route.parts else None


def _without(role: Role) -> Callable[[Route], Refusal | None]:
    """How an address must refuse a member who has this role and no other."""
    allowed = {str(each) for each in features.permissions() if role in each.roles}
    entered = {str(each) for each in features.permissions() if Role.LIMITED in each.roles}

    def refused(route: Route) -> Refusal | None:
        if route.audience == Audience.STAFF:
            return _asks_to_sign_in
        is_let_in = route.permission in allowed | entered
        return _is_forbidden if route.audience == Audience.MEMBERS and not is_let_in else None

    return refused


def _asks_to_sign_in(answer: Answer) -> bool:
    is_sent = answer.status == FOUND and answer.location.startswith(SIGN_IN)
    return is_sent or answer.status == UNAUTHORIZED


def _is_forbidden(answer: Answer) -> bool:
    return answer.status == FORBIDDEN


def _is_not_there(answer: Answer) -> bool:
    return answer.status == NOT_FOUND


def _is_dead(answer: Answer) -> bool:
    return answer.status in {NOT_FOUND, GONE}


def _works(answer: Answer) -> bool:
    return answer.status < SERVER_ERROR
