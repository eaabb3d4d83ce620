"""What PyAV decodes as luma and chroma: over the whole range, upright."""

from typing import Any

import numpy as np

from aefusion.video.frame import FULL, Tags, plane_of
from aefusion.video.luma_range import expanded

GRAYS = {"gray": 8, "gray10le": 10, "gray12le": 12, "gray14le": 14, "gray16le": 16}
DEEP_GRAYS = (*[name for name, bits in GRAYS.items() if bits > 8], "gray16be", "gray10be", "gray12be")
PLANAR = {"yuv420p": 8, "yuvj420p": 8, "yuv420p10le": 10}


def upright(plane: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """A plane turned and mirrored as the upper left of a display matrix says, rounded to quarter turns."""
    (a, b), (c, d) = matrix.tolist()
    if abs(b) > abs(a):
        plane, a, d = plane.T, c, b
    return np.ascontiguousarray(plane[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1])


def planes(frame: Any) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray] | None, int, Tags]:
    """Luma over the whole range, chroma 4:2:0 as stored, its bits, what they mean."""
    name = frame.format.name
    depth = max(component.bits for component in frame.format.components)
    tags = Tags(frame.color_range == FULL, frame.colorspace, frame.color_primaries, frame.color_trc)
    if name.startswith(("gray", "ya8", "ya16", "mono")):
        if name not in GRAYS:
            frame = frame.reformat(format="gray" if depth <= 8 else "gray16le")
        bits = GRAYS[frame.format.name]
        # The tags do not say which range a gray frame has but for limited: pictures and thermal cameras use all of it.
        full = frame.color_range != 1
        return expanded(plane_of(frame, 0, bits), bits, full), None, bits, Tags()
    if frame.format.is_rgb or name.startswith(("pal", "bayer", "xyz")):
        tags = Tags(False, 1, frame.color_primaries, frame.color_trc)
        frame = frame.reformat(
            format=_target(depth), dst_colorspace="ITU709", src_color_range="JPEG", dst_color_range="MPEG"
        )
    elif name not in PLANAR:
        full = tags.full_range or name.startswith("yuvj")
        tags = Tags(full, tags.matrix, tags.primaries, tags.transfer)
        stored = "JPEG" if full else "MPEG"
        frame = frame.reformat(format=_target(depth), src_color_range=stored, dst_color_range=stored)
    elif name == "yuvj420p":
        tags = Tags(True, tags.matrix, tags.primaries, tags.transfer)
    bits = PLANAR[frame.format.name]
    y, cb, cr = (plane_of(frame, i, bits) for i in range(3))
    return expanded(y, bits, tags.full_range), (cb, cr), bits, tags


def _target(depth: int) -> str:
    return "yuv420p" if depth <= 8 else "yuv420p10le"
