"""Aligning a picture to another one of the same scene, taken by another camera, exposure or focus, or from the hand."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from aefusion.image.geometry import farthest, stretching
from aefusion.image.laying import CHECK, COARSE, FINE, KINDS, TURNS, Kind, Laying
from aefusion.image.parts import part_of, parts
from aefusion.image.search import sift
from aefusion.image.similarity import inliers

STILL = 0.3
"""A transform that moves no corner further than this, in pixels, is none: resampling would only soften the picture."""
LEAST_INLIERS = 0.25
"""The share of blocks that must agree, if there are many; of n blocks, 1 / sqrt(n) more."""
OF_A_PART = 10
"""Of n blocks of a part, this / n more: there are more places at which few blocks may agree by chance."""
EQUAL = 1.25
"""Views whose widths differ by no more than this are looked at as equal ones."""
FURTHER = [1.65 * 1.06**step for step in range(17)]
"""How many times wider one of the pictures may see, where nobody said so and equal views were in vain."""
WIDEST = 20
"""The largest view that can be stated."""
ABOUT = [1.06**step for step in range(-3, 4)]
"""What a stated view may be off by."""
PARTS = 24
"""How many parts of the wider picture are looked at."""
APART = 0.15
"""Two places of the narrow picture are the same part if they are nearer than this share of its longer side."""


@dataclass(frozen=True)
class Alignment:
    """What `align` found."""

    matrix: np.ndarray
    """(3, 3) float64: the place in the moving picture of each place (x, y, 1) in the reference; centres of pixels are
    at whole numbers. Where ``ok`` is False: that of no alignment, which only stretches one size to the other."""
    kind: Kind
    before: float
    """The similarity of the edges (see `similarity`), -1 to 1, without alignment."""
    after: float
    """The same with the best transform that was found, even if it was refused."""
    inliers: float
    """The share of blocks of the picture whose own best match is where that transform puts them."""
    ok: bool
    why: str = ""
    """Where ``ok`` is False: the reason, in words."""

    @property
    def gain(self) -> float:
        """What the similarity gained."""
        return self.after - self.before


def align(
    reference: np.ndarray,
    moving: np.ndarray,
    kind: Kind | Literal["auto"] = "auto",
    view: float | None = None,
) -> Alignment:
    """The transform that lays a picture onto a reference; both gray, (H, W), float32 in [0, 1], sizes may differ.

    Shift, scale and turn are searched over the whole picture, and by SIFT; the best of these starts is refined by
    OpenCV's ECC (Evangelidis, Psarakis, 2008) on pictures of the strength and direction of edges, from coarse to fine.
    "auto" takes the simplest of translation, affine and homography that does as well as the others. A transform is
    ``ok`` if its scale, stretch and overlap are those of two pictures of one scene, if enough blocks of the picture
    agree with it one by one, and if the similarity gained; otherwise the alignment says why not.

    ``view``: how many times wider the reference sees than the moving picture; below 1 where it sees less. About 20 % is
    near enough. 1 looks at no others than equal views, 0.53 to 1.9. None looks for those first, and then for the
    narrower of the two views in the wider one, up to 4.2 to 1. ValueError for a kind that is not known, or a view that
    is not positive.

    >>> from skimage.data import camera
    >>> scene = np.float32(camera()) / 255
    >>> found = align(scene[:400, :400], 1 - scene[30:430, 20:420])
    >>> found.kind, found.matrix[:2, 2].round(1) + 0
    ('translation', array([-20., -30.]))
    >>> align(scene, 1 - scene[200:360, 180:340], view=3).matrix[:2, 2].round() + 0
    array([-180., -200.])
    """
    if kind not in ("auto", *KINDS):
        raise ValueError(f"align {kind!r}: expected auto, {', '.join(KINDS)}")
    check_view(view)
    for name, picture in (("first", reference), ("second", moving)):
        if not isinstance(picture, np.ndarray) or picture.ndim != 2 or picture.dtype != np.float32:
            raise ValueError(f"align: the {name} is no float32 array (H, W): give a gray picture in [0, 1]")
    nothing = stretching(reference.shape, moving.shape)
    for name, picture in (("first", reference), ("second", moving)):
        if min(picture.shape) < 16 or float(np.ptp(picture)) < 1e-3:
            return Alignment(nothing, "translation", 0, 0, 0, False, f"the {name} shows nothing to align by")
    laying = Laying(reference, moving)
    if view and not 1 / EQUAL <= view <= EQUAL:
        return _onto_a_part(laying, kind, [view * factor for factor in ABOUT] if kind != "translation" else [view])
    equal = _onto_the_whole(laying, kind)
    if equal.ok or view or kind == "translation":
        return equal
    for views in (FURTHER, [1 / one for one in FURTHER]):
        further = _onto_a_part(laying, kind, views)
        if further.ok:
            return further
    return equal


def check_view(view: float | None) -> None:
    """ValueError for what is no view of `align`."""
    if view is not None and not 1 / WIDEST <= view <= WIDEST:
        raise ValueError(f"view {view}: expected how many times wider the first sees, for example 2.4")


def _onto_the_whole(laying: Laying, kind: Kind | Literal["auto"]) -> Alignment:
    """Alignment of two views of about the same width."""
    nothing = laying.nothing
    matrix, chosen = laying.finish(laying.start("translation" if kind == "translation" else "affine"), kind)
    before, after = (laying.score(one, FINE) for one in (nothing, matrix))
    if after <= before or farthest(matrix, nothing, laying.pictures[0].shape) < STILL:
        matrix, chosen, after = nothing, "translation", before  # aligned already, if the blocks agree
    return _judged(laying, matrix, chosen, before, after)


def _onto_a_part(laying: Laying, kind: Kind | Literal["auto"], views: list[float]) -> Alignment:
    """Alignment of two views of which one is that of a part of the other."""
    wide, narrow = laying.pictures
    if max(views) < 1:  # the moving picture is the wide one
        return _turned_round(_onto_a_part(Laying(narrow, wide), kind, [1 / view for view in views]))
    family: Kind = "translation" if kind == "translation" else "affine"
    places = parts(wide, narrow, views, [] if family == "translation" else TURNS)
    places = places if family == "translation" else sift(wide, narrow) + places
    tried: list[tuple[float, Laying, np.ndarray, np.ndarray]] = []
    kept: list[np.ndarray] = []
    for place in places:
        if len(kept) == PARTS:
            break
        if any(farthest(place, other, wide.shape) < APART * max(narrow.shape) for other in kept):
            continue
        kept.append(place)
        rows, columns = part_of(wide.shape, narrow.shape, place)
        part = Laying(np.ascontiguousarray(wide[rows, columns]), narrow)
        if min(part.pictures[0].shape) >= 16:
            corner = np.array([[1, 0, columns.start], [0, 1, rows.start], [0, 0, 1.0]])
            matrix = place @ corner
            for side in (COARSE, part.sides[0]):
                matrix = part.refined(matrix, "translation", side)
            tried.append((_agreeing(part, matrix), part, matrix, corner))
    if not tried:
        return Alignment(
            laying.nothing, family, 0, 0, 0, False, "the narrower view is smaller than 16 pixels in the wider one"
        )
    before = laying.score(laying.nothing, FINE)
    _, part, matrix, corner = max(tried, key=lambda one: one[0])
    # Where few edges are common, a transform that may deform goes astray at once, or the last step does.
    careful = matrix
    for side in part.sides:
        careful = part.refined(careful, "translation", side)
    finished: list[tuple[np.ndarray, Kind]] = []
    finished.append(part.finish(part.refined(matrix, family, COARSE), kind, simple=False))
    if kind in ("auto", "affine"):
        finished.append((part.refined(careful, "affine", part.sides[-1]), "affine"))
        finished.append((careful, "affine"))
    matrix, chosen = max(finished, key=lambda one: _agreeing(part, one[0]))
    result = _judged(part, matrix, chosen, before, part.score(matrix, FINE), of_a_part=True)
    return replace(result, matrix=result.matrix @ np.linalg.inv(corner) if result.ok else laying.nothing)


def _agreeing(laying: Laying, matrix: np.ndarray) -> float:
    """The share of the blocks that agree with a matrix, beside what they may by chance; below 0 where it is wild."""
    share, blocks = inliers(*laying.laid(matrix, CHECK))
    return -1.0 if laying.wild(matrix) else share - OF_A_PART / max(blocks, 1)


def _judged(
    laying: Laying, matrix: np.ndarray, kind: Kind, before: float, after: float, of_a_part: bool = False
) -> Alignment:
    """An alignment that is ok if the matrix can be that of one scene, and enough blocks agree with it."""
    share, blocks = inliers(*laying.laid(matrix, CHECK))
    why = laying.wild(matrix)
    more = OF_A_PART / max(blocks, 1) if of_a_part else 1 / np.sqrt(max(blocks, 1))
    if not why and share < LEAST_INLIERS + more:
        why = f"only {share:.0%} of the picture agrees with the best transform"
    return Alignment(laying.nothing if why else matrix, kind, before, after, share, not why, why)


def _turned_round(result: Alignment) -> Alignment:
    """The alignment of the second picture onto the first from that of the first onto the second."""
    back = np.linalg.inv(result.matrix)
    return replace(result, matrix=back / back[2, 2])
