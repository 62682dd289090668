"""The colours of a host on the guests' page, moved until they can be read (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

import colorsys
import re

USUAL = "#1f4d43"
HEX = re.compile(r"#[0-9a-f]{6}")
LIGHT, DARK = "#ffffff", "#1b1d1c"
"""The grounds that text in the host's colour stands on, as in page.css."""
ENOUGH = 4.6
"""A little more than the 4.5 : 1 that AA asks for, for what rounding takes away."""
Rgb = tuple[float, float, float]


def css(accent: str) -> str:
    """Return the style sheet of an accent colour, `#rrggbb`; the usual one for anything else."""
    colour = accent.lower() if HEX.fullmatch(accent.lower()) else USUAL
    rules = []
    for ground, media in ((LIGHT, ""), (DARK, "@media (prefers-color-scheme: dark) ")):
        text = readable(colour, ground)
        sheet = f":root{{--accent:{text};--on-accent:{_on(text)}}}"
        rules.append(f"{media}{{{sheet}}}" if media else sheet)
    return "\n".join(rules) + "\n"


def readable(colour: str, ground: str) -> str:
    """Return the colour nearest to this one that has enough contrast on a ground."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*_rgb(colour))
    step = -0.01 if _luminance(_rgb(ground)) > 0.5 else 0.01  # noqa: PLR2004  the middle
    while contrast(colour, ground) < ENOUGH and 0 <= lightness + step <= 1:
        lightness += step
        colour = _hex(colorsys.hls_to_rgb(hue, lightness, saturation))
    return colour


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted((_luminance(_rgb(one)), _luminance(_rgb(other))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _on(colour: str) -> str:
    """Return black or white, whichever can be read better on a colour."""
    return max(("#ffffff", "#000000"), key=lambda text: contrast(text, colour))


def _rgb(colour: str) -> Rgb:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _hex(rgb: Rgb) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in rgb)


def _luminance(rgb: Rgb) -> float:
    """Return the relative luminance (WCAG 2.2, definition)."""
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004  sRGB
        for part in rgb
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
