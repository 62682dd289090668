"""Pictures in mail: decoded, made small and encoded anew by us, so nothing else comes along."""

from __future__ import annotations

import io
import warnings

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from seatrobot.invitations.records import PictureRecord
from seatrobot.kernel.refusal import Refused

MOST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 40_000_000
WIDTH = 1200
"""Twice what is shown, for sharp displays."""
MOST_SENT = 90_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_QUALITIES = (85, 75, 65, 55, 45)


class WrongPicture(Refused):
    """A file that is no picture which can be sent."""

    status = 422


def reencode(data: bytes) -> PictureRecord:
    """Return a picture for mail: at most 1,200 pixels wide and some 90 kB; raises WrongPicture.

    Only formats of pixels are read: an SVG is a document, which may hold scripts.
    """
    if len(data) > MOST_BYTES:
        raise WrongPicture(_("The picture is larger than 8 MB."), field="picture")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
                _check_size(opened)
                picture = ImageOps.exif_transpose(opened).convert("RGBA")
    except WrongPicture:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise _not_read() from error
    except (OSError, ValueError, SyntaxError, Warning) as error:
        raise _not_read() from error
    ground = Image.new("RGBA", picture.size, "white")
    flat = Image.alpha_composite(ground, picture).convert("RGB")
    return _encode(flat)


def _check_size(picture: Image.Image) -> None:
    if picture.width * picture.height > MOST_PIXELS:
        raise WrongPicture(_("The picture has too many pixels."), field="picture")


def _not_read() -> WrongPicture:
    return WrongPicture(
        _("This file is no picture that can be sent: choose a JPEG, PNG, WebP or GIF."),
        field="picture",
    )


def _encode(picture: Image.Image) -> PictureRecord:
    width = WIDTH
    while True:
        small = picture.copy()
        small.thumbnail((width, 4 * width))
        for quality in _QUALITIES:
            written = io.BytesIO()
            small.save(written, "JPEG", quality=quality, optimize=True, progressive=True)
            if written.tell() <= MOST_SENT:
                return PictureRecord(written.getvalue(), "jpeg", small.width, small.height)
        width = width * 3 // 4
