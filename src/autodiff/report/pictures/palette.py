"""The colours of pictures and pages, in light and in dark: Okabe and Ito's, which colour-blind people tell apart.

https://jfly.uni-koeln.de/color: blue and vermillion (darkened until small text has a contrast of 4.5 to 1 on white),
and on dark paper sky blue and orange.
"""

from typing import NamedTuple


class Palette(NamedTuple):
    """Colours by what they are for."""

    paper: str
    ink: str
    line: str
    fill: str
    input_fill: str
    value: str
    gradient: str
    partial: str
    mark: str


LIGHT = Palette("#ffffff", "#1a1a1a", "#6b6b6b", "#ffffff", "#eef3f8", "#0067a3", "#b34700", "#5c5c5c", "#a3346f")
DARK = Palette("#16181c", "#ececec", "#8f959e", "#1f2329", "#26303b", "#56b4e9", "#f0a31a", "#b4b9c1", "#f29ac4")
