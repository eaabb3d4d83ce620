"""The transform from one picture to another as it is kept in a file, and what it does to pictures."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from os import PathLike
from pathlib import Path

import numpy as np

from aefusion.files import FileError, write_whole
from aefusion.image.colour import luminance
from aefusion.image.depth import to_depth, white
from aefusion.image.geometry import stretching
from aefusion.image.picture import Picture

FORMAT = "aefusion transform 1"
MATRIX = "(x, y, 1) in the reference to the place in the moving picture; centres of pixels are at whole numbers"


@dataclass(frozen=True)
class Transform:
    """Where in a moving picture each place of a reference lies, for pictures of these sizes."""

    matrix: np.ndarray
    """(3, 3) float64, as `align.Alignment.matrix`."""
    reference: tuple[int, int]
    """Height and width of the reference, in pixels."""
    moving: tuple[int, int]
    kind: str = "homography"
    name: str = "the transform"
    """What errors call it."""

    @cached_property
    def inside(self) -> np.ndarray:
        """bool (H, W), on the grid of the reference: where the moving picture shows something."""
        import cv2

        height, width = self.reference
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        whole = np.full(self.moving, 255, np.uint8)
        return cv2.warpPerspective(whole, self.matrix, (width, height), flags=flags) == 255

    def check(self, reference: Picture, moving: Picture, names: Sequence[str]) -> None:
        """ValueError if it was made for pictures of other sizes; ``names``: those of the two pictures."""
        made, given = (self.reference, self.moving), tuple(x.pixels.shape[:2] for x in (reference, moving))
        if made != given:
            of, made_for = (" and ".join(f"{w}x{h}" for h, w in sizes) for sizes in (given, made))
            raise ValueError(
                f"{self.name}: made for pictures of {made_for}; {names[0]} and {names[1]} are {of}: "
                "give a transform made for these sizes, or `align`"
            )


def write_transforms(path: str | PathLike[str], transforms: Sequence[Transform], onto: int | None = None) -> None:
    """Write transforms onto one reference as JSON, one for each moving picture, in their order.

    ``onto``: the position of the reference among all pictures, where it may be any of a series.
    """
    rows = [{"kind": one.kind, "matrix": one.matrix.tolist(), "moving": list(one.moving[::-1])} for one in transforms]
    content = {"format": FORMAT, "matrix": MATRIX, "sizes": "width, height"}
    content |= {"reference": list(transforms[0].reference[::-1]), "transforms": rows}
    content |= {} if onto is None else {"onto": onto}
    write_whole(Path(path), (json.dumps(content, indent=1) + "\n").encode())


def read_transforms(path: str | PathLike[str]) -> list[Transform]:
    """The transforms that `write_transforms` wrote; FileError if the file holds none."""
    path = Path(path)
    advice = "give a file that `save_transform` wrote"
    try:
        content = json.loads(path.read_bytes())
        if content["format"] != FORMAT:
            raise FileError(path, f"its format is {content['format']!r}, not {FORMAT!r}", advice)
        width, height = map(int, content["reference"])
        found = [
            Transform(np.array(one["matrix"], float), (height, width), (int(one["moving"][1]), int(one["moving"][0])),
                      str(one["kind"]), str(path))
            for one in content["transforms"]
        ]  # fmt: skip
    except OSError as error:
        raise FileError(path, f"cannot be read ({error.strerror})", advice) from None
    except FileError:
        raise
    except KeyError as error:
        raise FileError(path, f"not a transform, it states no {error.args[0]}", advice) from None
    except json.JSONDecodeError as error:
        raise FileError(path, f"not a transform, it is no JSON ({error})", advice) from None
    except (ValueError, TypeError, IndexError) as error:
        raise FileError(path, f"not a transform ({error})", advice) from None
    for one in found:
        if one.matrix.shape != (3, 3) or not np.isfinite(one.matrix).all() or abs(np.linalg.det(one.matrix)) < 1e-9:
            raise FileError(path, "a matrix in it is not 3 x 3, finite and invertible", advice)
    if not found:
        raise FileError(path, "holds no transform", advice)
    return found


def onto_of(path: str | PathLike[str]) -> int | None:
    """The position of the reference that a file of transforms states; None if it states none."""
    stated = json.loads(Path(path).read_bytes()).get("onto")
    return stated if isinstance(stated, int) and stated >= 0 else None


def warp(picture: Picture, transform: Transform, beyond: Picture | None = None) -> tuple[Picture, np.ndarray]:
    """A moving picture on the grid of the reference, bicubic, and where it is: (H, W) bool.

    Outside, where the moving picture shows nothing, the result is that of ``beyond``, a picture of the size of the
    reference, or black and transparent. The size of the picture is not checked: see `Transform.check`.
    """
    inside = transform.inside
    scale = beyond.metadata.scale if beyond else None
    picture = replace(picture, metadata=replace(picture.metadata, scale=scale))  # the grid is that of the reference
    limits = (float(picture.pixels.min()), float(picture.pixels.max())) if picture.measured else (0, 1)
    pixels = _warped(picture.pixels, transform, limits)
    alpha = None if picture.alpha is None else _warped(picture.alpha, transform)
    if inside.all():
        return replace(picture, pixels=pixels, alpha=alpha), inside
    pixels[~inside] = 0 if beyond is None else _like(pixels, beyond.pixels[~inside])
    if alpha is not None:
        clear = 0 if beyond is None else white(alpha.dtype)
        other = beyond and beyond.alpha
        alpha[~inside] = clear if other is None else to_depth(other[~inside], alpha.dtype)
    return replace(picture, pixels=pixels, alpha=alpha), inside


def common(insides: Sequence[np.ndarray]) -> tuple[slice, slice]:
    """Rows and columns of a rectangle that lies in all pictures: the sides that cut most are moved in until it does.

    >>> common([np.array([[0, 0, 0], [0, 1, 1], [0, 1, 1]], bool)])
    (slice(1, 3, None), slice(1, 3, None))
    """
    inside = np.logical_and.reduce(insides)
    top, left, bottom, right = 0, 0, *inside.shape
    while top < bottom and left < right:
        part = inside[top:bottom, left:right]
        missing = [1 - side.mean() for side in (part[0], part[:, 0], part[-1], part[:, -1])]
        if max(missing) == 0:
            return slice(top, bottom), slice(left, right)
        worst = int(np.argmax(missing))
        top, left, bottom, right = (
            top + (worst == 0), left + (worst == 1), bottom - (worst == 2), right - (worst == 3),
        )  # fmt: skip
    raise ValueError("the pictures have no area in common: crop not")


def cropped(picture: Picture, rows: slice, columns: slice) -> Picture:
    """A part of a picture."""
    alpha = None if picture.alpha is None else np.ascontiguousarray(picture.alpha[rows, columns])
    scale = picture.metadata.scale
    metadata = replace(picture.metadata, scale=scale and scale.of_part(rows.start or 0, columns.start or 0))
    pixels = np.ascontiguousarray(picture.pixels[rows, columns])
    return replace(picture, pixels=pixels, alpha=alpha, metadata=metadata)


def _like(pixels: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Single pixels, (N,) or (N, 3), in the depth of a picture and with as many channels."""
    others = to_depth(others, pixels.dtype)
    if pixels.ndim == 2:
        return others if others.ndim == 1 else to_depth(luminance(others[None])[0], pixels.dtype)
    return others if others.ndim == 2 else others[:, None]


def _warped(pixels: np.ndarray, transform: Transform, limits: tuple[float, float] = (0, 1)) -> np.ndarray:
    """The pixels on the grid of the reference; floats stay within the limits, which bicubic interpolation exceeds."""
    import cv2

    height, width = transform.reference
    matrix = transform.matrix
    # Bicubic reads 4 x 4 pixels: where the picture shrinks by more than that covers, it is shrunk by areas first.
    scale = np.sqrt(abs(np.linalg.det(matrix[:2, :2])))
    if scale > 1.5:
        h, w = (max(1, round(n / scale)) for n in pixels.shape[:2])
        matrix = stretching(pixels.shape, (h, w)) @ matrix
        pixels = cv2.resize(pixels, (w, h), interpolation=cv2.INTER_AREA)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    result = cv2.warpPerspective(pixels, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.clip(result, *limits) if result.dtype == np.float32 else result
