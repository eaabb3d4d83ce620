"""Heat in colours over what the other source shows: thermal cameras call it MSX."""

from collections.abc import Sequence

import numpy as np

from aefusion.fusion.plan import Plan, ShownRange, letter
from aefusion.image import Picture
from aefusion.image.colour import luminance
from aefusion.image.depth import to_depth
from aefusion.image.palette import Palette, coloured, with_bar
from aefusion.image.thermal import BLACK, display_ranges

DETAIL = 40
"""Detail is what is smaller than this part of the picture's shorter side."""


def hot_source(pictures: Sequence[Picture], planned: Plan) -> int:
    """The position of the source whose heat is drawn: the last thermal one, or the last of one channel.

    ValueError where there is neither.
    """
    values = list(zip(pictures, planned.displays, strict=True))
    for suits in (lambda one: one[0].measured or one[1] is not None, lambda one: not one[0].is_colour):
        for i in reversed(range(len(values))):
            if suits(values[i]):
                return i
    raise ValueError(f"`palette`: neither thermal nor gray: {', '.join(planned.names)}: leave it out")


def with_heat(
    pictures: Sequence[Picture], prepared: Sequence[Picture], planned: Plan, fused: Picture, palette: Palette
) -> tuple[Picture, ShownRange]:
    """The fused picture as 8-bit RGB with heat in the colours of a palette and their bar at its side, and their range.

    ``pictures``: the sources as they were read; ``prepared``: the same after the plan. A colour stands for a
    temperature as the bar says. On it lies, as lighter and darker, the detail that the fused luminance has and the
    heat has not. Where the thermal source shows nothing, the fused picture stays as it is.
    """
    import cv2

    i = hot_source(pictures, planned)
    heat, source = prepared[i].pixels, pictures[i]
    display = planned.displays[i]
    if display is None and source.measured:
        display = display_ranges("auto", [[source]], [""])[0]
    if display is None:
        shares, shown = luminance(heat), ShownRange(letter(i), 0, 255, "gray levels")
    else:
        shares = (to_depth(heat, np.uint16).astype(np.float32) - BLACK) / (65535 - BLACK)
        shown = ShownRange(letter(i), *display, source.unit or "counts")
    colours = coloured(shares, palette).astype(np.float32)
    sigma = max(2.0, min(heat.shape[:2]) / DETAIL)
    # The blur is linear: what is taken away is blurred with what it is taken from.
    difference = luminance(fused.pixels) - luminance(heat)
    colours += 255 * (difference - cv2.GaussianBlur(difference, (0, 0), sigma))[..., None]
    drawn = np.rint(np.clip(colours, 0, 255)).astype(np.uint8)
    plain = to_depth(fused.pixels, np.uint8)
    plain = plain if plain.ndim == 3 else cv2.cvtColor(plain, cv2.COLOR_GRAY2RGB)
    drawn = np.where(_covered(source, planned, i)[..., None], drawn, plain)
    with_its_bar = with_bar(drawn, shown.low, shown.high, shown.unit, palette)
    return Picture(with_its_bar, metadata=fused.metadata), shown


def _covered(picture: Picture, planned: Plan, i: int) -> np.ndarray:
    """bool (H, W) of the result: where a source has data."""
    alpha = planned.shown(picture, i).alpha
    opaque = np.full(planned.sizes[i], 255, np.uint8) if alpha is None else to_depth(alpha, np.uint8)
    nothing = Picture(np.zeros(planned.sizes[planned.reference], np.uint8))
    return planned.placed(Picture(opaque), i, nothing).pixels > 250
