"""Pictures of the guests' page: whatever is uploaded is drawn anew, and nothing else is kept.

A file that Pillow does not open as one of three kinds of picture (an SVG with a script, a page) is
refused, and so is one with more dots than a phone can show.
"""

from __future__ import annotations

import warnings
from io import BytesIO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from seatrobot.kernel.refusal import Refused
from seatrobot.replies.models import PictureRecord

LARGEST_BYTES = 12 * 1024 * 1024
MOST_DOTS = 50_000_000
SIZES = {"banner": (1600, 900), "logo": (600, 300)}
KINDS = ("JPEG", "PNG", "WEBP")


class WrongPicture(Refused):
    """A file is no picture that can be shown."""

    status = 422


def drawn(data: bytes, place: str) -> PictureRecord:
    """Return the picture in a file, made small enough for its place; raise WrongPicture."""
    if len(data) > LARGEST_BYTES:
        raise WrongPicture(_("The picture has more than 12 MB; choose a smaller one."), field=place)
    image = _opened(data, place)
    if image.width * image.height > MOST_DOTS:
        raise WrongPicture(_("The picture is too large; choose a smaller one."), field=place)
    try:
        image.load()
    except (OSError, ValueError, SyntaxError):
        raise _no_picture(place) from None
    image = ImageOps.exif_transpose(image)
    image.thumbnail(SIZES[place])
    if place == "logo" and image.mode in {"RGBA", "LA", "P"}:
        return _saved(image.convert("RGBA"), "PNG", "image/png")
    return _saved(_on_white(image), "JPEG", "image/jpeg")


def _opened(data: bytes, place: str) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return Image.open(BytesIO(data), formats=KINDS)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise WrongPicture(
            _("The picture is too large; choose a smaller one."), field=place
        ) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise _no_picture(place) from None


def _no_picture(place: str) -> WrongPicture:
    return WrongPicture(_("This is no picture: choose a JPEG, PNG or WebP."), field=place)


def _on_white(image: Image.Image) -> Image.Image:
    seen = image.convert("RGBA")
    ground = Image.new("RGBA", seen.size, "white")
    return Image.alpha_composite(ground, seen).convert("RGB")


def _saved(image: Image.Image, form: str, kind: str) -> PictureRecord:
    clean = Image.new(image.mode, image.size)  # without what the file said beside its dots
    clean.paste(image)
    kept = BytesIO()
    clean.save(kept, form, **({"quality": 85, "optimize": True} if form == "JPEG" else {}))
    return PictureRecord(kept.getvalue(), kind, clean.width, clean.height)
