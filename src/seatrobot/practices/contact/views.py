"""How to report a fault: security.txt, the key, and a page for people."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.translation import get_language_info
from django.views.decorators.http import require_safe

from seatrobot.kernel.routes import Audience, open_to
from seatrobot.practices import addresses
from seatrobot.practices.contact import openpgp, security_txt
from seatrobot.practices.profile import known_profile

GROUP = 4


@open_to(Audience.EVERYBODY)
@require_safe
def security(_request: HttpRequest) -> HttpResponse:
    """Answer with security.txt."""
    return HttpResponse(
        security_txt.security_txt(),
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "public, max-age=3600"},
    )


@open_to(Audience.EVERYBODY)
@require_safe
def at_root(_request: HttpRequest) -> HttpResponse:
    """Redirect from the older place of the file (RFC 9116, section 3)."""
    return redirect(security_txt.PLACE, permanent=True)


@open_to(Audience.EVERYBODY)
@require_safe
def key(_request: HttpRequest) -> HttpResponse:
    """Answer with the public key that security.txt is signed with."""
    return HttpResponse(
        str(openpgp.certificate()),
        content_type="application/pgp-keys",
        headers={"Cache-Control": "public, max-age=3600"},
    )


@open_to(Audience.EVERYBODY)
@require_safe
def contact(_request: HttpRequest) -> HttpResponse:
    """Show how to report a fault; rendered without the request, so that no cookie is set."""
    operator, fingerprint = known_profile(), openpgp.fingerprint()
    context = {
        "operator": operator,
        "fingerprint": " ".join(
            fingerprint[place : place + GROUP] for place in range(0, len(fingerprint), GROUP)
        ),
        "languages": ", ".join(_language(tag.strip()) for tag in operator.languages.split(",")),
        "key_url": security_txt.KEY_PLACE,
        "file_url": security_txt.PLACE,
        "practices_url": addresses.page(),
    }
    headers = {"Cache-Control": "public, max-age=300"}
    return HttpResponse(render_to_string("practices/contact.html", context), headers=headers)


def _language(tag: str) -> str:
    """Return the translated name of a language; the tag when it is unknown."""
    try:
        return str(get_language_info(tag)["name_translated"])
    except KeyError:
        return tag
