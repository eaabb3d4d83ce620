"""How much more of a scene one camera sees than another."""

import numpy as np

from aefusion.image.exif_facts import exif_facts
from aefusion.image.picture import Picture


def stated_view(first: Picture, second: Picture) -> float | None:
    """How many times wider the first sees than the second, by the focal lengths that their files state, if both do.

    Those are FocalLengthIn35mmFormat, of lenses with the same field of view along the diagonal (CIPA DC-008, 2019);
    the widths are those of the longer sides. Not whether a picture was cut or zoomed afterwards: a hint.
    """
    lengths = [exif_facts(one.metadata.exif).focal_length_35mm for one in (first, second)]
    if not lengths[0] or not lengths[1]:
        return None
    sides = [max(one.pixels.shape[:2]) / np.hypot(*one.pixels.shape[:2]) for one in (first, second)]
    return float(lengths[1] / lengths[0] * sides[0] / sides[1])
