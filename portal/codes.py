"""Codes that a phone's camera reads, drawn as pictures for paper and screen."""

from __future__ import annotations

import segno
from markupsafe import Markup


def picture(address: str) -> Markup:
    """A QR code for an address, as SVG without style attributes; class `qr` gives it its size."""
    made = segno.make(address, error="m", micro=False)
    return Markup(made.svg_inline(border=2, svgclass="qr", lineclass=None, omitsize=True))  # noqa: S704 - drawn here
