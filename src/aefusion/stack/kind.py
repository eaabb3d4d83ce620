"""What a stack is one of, focus or exposure: by what the files say, then by what the pictures show; and why."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from os import PathLike
from typing import Literal, NamedTuple

import numpy as np

from aefusion.image.colour import luminance
from aefusion.image.exif_facts import ExifFacts, exif_facts
from aefusion.image.exif_of_file import exif_of_file
from aefusion.image.picture import Picture
from aefusion.stack.pictures import Pictures

SMALLEST_STEP = 0.25
"""From this many stops between the darkest and the brightest on, exposures were meant to differ."""
DIFFERENT_EXPOSURE, BRIGHTER = 1.5, 1.2
"""How many times as bright, on average, the brightest picture of a bracket is as the darkest, where no file says so:
surely, and at least."""
AGREE = 1.1
"""Pictures whose mean brightness differs by less were exposed alike."""
ONE_SIDED = 0.8
"""So far one exposure is brighter than the next, see `one_sided`: between 0 and 0.6 where the focus differs, and
from 0.87 on in the brackets that were tried, those from the hand and with people walking through them too."""
SIDE = 32
"""The longer side of the small pictures that are compared, in which blur and small shifts do not show."""
LOOKED_AT = 9
"""So many pictures are looked at."""
SHOWN = 3
"""So many levels of exposure are named."""


class Found(NamedTuple):
    """What a stack was found to be one of."""

    kind: Literal["focus", "exposure"]
    why: str
    """In words."""


def kind_of(pictures: Pictures) -> Found:
    """What a stack is one of.

    EXIF decides where it says that exposures differ. Else up to nine pictures are compared, small: those of a bracket
    differ in brightness, and each is brighter than the one before all over; in a stack of focus most are as bright,
    or, as in fluorescence, some parts become brighter and others darker.
    """
    if pictures.series.of_planes:
        return Found("focus", "planes of one file")
    facts = [exif_facts(exif_of_file(one)) for one in pictures.sources if isinstance(one, str | PathLike)]
    stated = exposures(facts) if len(facts) == len(pictures) else None
    if stated and stated.kind == "exposure":
        return stated
    chosen = sorted({round(i) for i in np.linspace(0, len(pictures) - 1, LOOKED_AT)})
    return by_pictures([pictures[i] for i in chosen], stated)


def exposures(facts: Sequence[ExifFacts]) -> Found | None:
    """What the exposures that files state say; None where one states none, or they are of no clear pattern."""
    times = [one.exposure_time for one in facts]
    if not all(times):
        return None
    # A lens without contacts states no aperture: it is the same for all then.
    values = [(one.exposure_time or 1) * (one.iso or 100) / (one.f_number or 1) ** 2 for one in facts]
    stops = np.log2(values)
    spread = float(stops.max() - stops.min())
    if spread < SMALLEST_STEP:
        distances = sorted(one.focus_distance for one in facts if one.focus_distance)
        if distances and distances[-1] > 1.02 * distances[0]:
            return Found("focus", f"focus distances from {distances[0]:g} to {distances[-1]:g} m")
        return Found("focus", f"all exposures are {_in_words(facts[0])}")
    levels = Counter(np.round(stops / SMALLEST_STEP).tolist())
    biases = {one.exposure_bias for one in facts}
    if len(biases) == 1 and len(facts) > 3 and levels.most_common(1)[0][1] > len(facts) / 2:
        return None  # one that is off, as where the light of a focus stack changed
    low, high = int(stops.argmin()), int(stops.argmax())
    return Found("exposure", f"exposures from {_in_words(facts[low])} to {_in_words(facts[high])}")


def by_pictures(pictures: Sequence[Picture], stated: Found | None = None) -> Found:
    """What pictures of one scene look like; ``stated``: what their files say of equal exposures, if they do."""
    smalls = [_small(one) for one in pictures]
    means = np.array([float(one.mean()) for one in smalls])
    middle = float(np.median(means))
    alike = int(((means < middle * AGREE) & (means > middle / AGREE)).sum())
    low, high = means.min(), means.max()
    ratio = float(high / max(low, 1e-6))
    seen = f"mean brightness from {100 * low:.3g} to {100 * high:.3g} % of white"
    scale = pictures[0].metadata.scale
    if scale and scale.unit in ("um", "nm"):
        return Found("focus", "a micrograph: its file states the size of a pixel")
    if ratio < BRIGHTER:
        return stated or Found("focus", "the pictures are equally bright")
    if 2 * alike > len(smalls) and len(smalls) > 2:
        if stated:
            return stated
        return Found("focus", f"{alike} of {len(smalls)} pictures are equally bright")
    if stated and len(set(np.round(np.log2(np.maximum(means, 1e-6)), 1))) < len(smalls):
        return stated
    order = np.argsort(means)
    if ratio < DIFFERENT_EXPOSURE and detail_differs(pictures[order[0]], pictures[order[-1]]):
        return Found("focus", f"{seen}, which is little, and each is sharp elsewhere")
    sides = [one_sided(smalls[i], smalls[j]) for i, j in pairwise(order)]
    if float(np.median(sides)) < ONE_SIDED:
        return Found("focus", "some parts of the pictures become brighter where others become darker")
    return Found("exposure", seen)


def one_sided(a: np.ndarray, b: np.ndarray) -> float:
    """How far one picture is brighter than the other all over: 1 everywhere, 0 as much brighter as darker.

    Both float32 of one shape.

    >>> one_sided(np.float32([0.1, 0.4]), np.float32([0.2, 0.8])), one_sided(np.float32([1, 2]), np.float32([2, 1]))
    (1.0, 0.0)
    """
    change = b - a
    return float(abs(change.sum()) / max(float(np.abs(change).sum()), 1e-9))


def detail_differs(a: Picture, b: Picture) -> bool:
    """Whether fine detail is stronger in one picture here and in the other one there, by more than a factor of two."""
    import cv2

    energies = []
    for picture in (a, b):
        gray = _small(picture, 512)
        band = gray - cv2.GaussianBlur(gray, (0, 0), 1.5)
        energies.append(cv2.GaussianBlur(band * band, (0, 0), 6))
    if energies[0].shape != energies[1].shape:
        return False
    noise = 1e-3 * float(max(one.max() for one in energies)) + 1e-12
    textured = energies[0] + energies[1] > 10 * noise
    octaves = 0.5 * np.log2((energies[0] + noise) / (energies[1] + noise))[textured]
    return bool(octaves.size and np.subtract(*np.percentile(octaves, (90, 10))) > 1)


def _small(picture: Picture, side: int = SIDE) -> np.ndarray:
    import cv2

    gray = luminance(picture.pixels)
    height, width = gray.shape
    factor = min(1.0, side / max(height, width))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return cv2.resize(gray, size, interpolation=cv2.INTER_AREA)


def _in_words(facts: ExifFacts) -> str:
    """An exposure, such as 1/100 s f/8 ISO 100."""
    seconds = facts.exposure_time or 0
    parts = [f"1/{round(1 / seconds)} s" if 0 < seconds < 0.4 else f"{seconds:g} s"]
    parts += [f"f/{facts.f_number:g}"] if facts.f_number else []
    parts += [f"ISO {facts.iso:g}"] if facts.iso else []
    return " ".join(parts)
