"""The transform between two pictures from places that somebody marked in both."""

from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np

from aefusion.files import FileError
from aefusion.image.geometry import corners, placed, stretching, zoomed
from aefusion.image.transform import Transform

Row = tuple[float, float, float, float]
FORM = "x and y in the first picture, x and y in the second, such as 310,225,88.5,61"
OFF = 0.01
"""How far a point of many may be off before it is left out: this share of the moving picture, or two pixels."""
FEW = 6
"""With fewer points than this, none is left out."""
LEAST = {"translation": 1, "similarity": 2, "affine": 3, "homography": 4}
"""How many points a transform needs."""


@dataclass(frozen=True)
class Points:
    """Places of the same things in two pictures; centres of pixels are at whole numbers."""

    rows: tuple[Row, ...]
    """x and y in the first picture, x and y in the second."""
    name: str = "the points"
    """What errors call them."""

    def transform(
        self,
        reference: tuple[int, int],
        moving: tuple[int, int],
        kind: str = "auto",
        view: float | None = None,
        first_is_reference: bool = True,
    ) -> tuple[Transform, str]:
        """The transform onto the reference, and how far the points are off it, in words; nothing where they are few.

        ``reference``, ``moving``: height and width. ``kind``: "auto" takes what so many points determine: 1 a
        translation (of sizes that are stretched to one; ``view``, as in `align`, tells the scale), 2 a similarity, 3 an
        affine transform, 4 and more a homography. More points than needed: least squares, and of FEW and more those
        that do not fit the others are left out (RANSAC). ValueError, one line, where points lie outside of the
        pictures, are too few for the kind, or give a transform that folds or mirrors the picture.
        """
        places = np.array(self.rows, float)
        from_, to = (places[:, :2], places[:, 2:]) if first_is_reference else (places[:, 2:], places[:, :2])
        for number, (row, *ends) in enumerate(zip(self.rows, from_, to, strict=True), 1):
            for place, (height, width) in zip(ends, (reference, moving), strict=True):
                if not (-0.5 <= place[0] <= width - 0.5 and -0.5 <= place[1] <= height - 0.5):
                    where = ",".join(f"{one:g}" for one in row)
                    wrong = f"{self.name}: point {number} ({where}) lies outside of the picture of {width}x{height}"
                    raise ValueError(f"{wrong}: give {FORM}")
        count = len(places)
        kind = [name for name, least in LEAST.items() if least <= count][-1] if kind == "auto" else kind
        if count < LEAST[kind]:
            many = f"{count} point{'s' * (count > 1)}"
            raise ValueError(f"{self.name}: {many}, {kind} needs {LEAST[kind]}: mark more, or give another `align`")
        start = zoomed(stretching(reference, moving), view or 1.0, reference)
        matrix, fits = _fitted(from_, to, kind, start, max(2.0, OFF * max(moving)))
        if not _is_proper(matrix, from_, reference):
            wrong = f"{self.name}: they give no transform that lays one picture onto the other"
            raise ValueError(f"{wrong}: spread them over the picture, not on a line, and check their order")
        off = np.linalg.norm([placed(matrix, *one) - other for one, other in zip(from_, to, strict=True)], axis=1)
        return Transform(matrix, reference, moving, kind, self.name), self._in_words(kind, off, fits)

    def _in_words(self, kind: str, off: np.ndarray, fits: np.ndarray) -> str:
        if len(off) == LEAST[kind]:
            return ""
        used = off[fits]
        how = f"{used.mean():.1f} pixels off in the mean, {used.max():.1f} at most"
        text = f"{self.name}: {kind} of {len(used)} points, {how}"
        left_out = ", ".join(f"{i} (by {off[i - 1]:.0f})" for i in range(1, len(off) + 1) if not fits[i - 1])
        return f"{text}; left out as they do not fit: point {left_out}" if left_out else text


def read_points(source: str | PathLike[str] | Any) -> Points:
    """The points in a CSV file, or in an array or a list of rows (N, 4).

    The file: a row for each point, separated by commas, semicolons, tabs or spaces; the first row may be a header, rows
    that begin with # are passed over. FileError, or ValueError for rows, if they are no points.
    """
    if not isinstance(source, str | PathLike):
        try:
            rows = np.array(source, float)
        except (ValueError, TypeError):
            rows = np.zeros((0, 0))
        if rows.ndim != 2 or rows.shape[1] != 4 or not len(rows) or not np.isfinite(rows).all():
            raise ValueError(f"points: expected rows of four numbers: {FORM}")
        return Points(tuple(tuple(map(float, row)) for row in rows))  # pyright: ignore
    path = Path(source)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise FileError(path, f"cannot be read ({error.strerror})", "check the path") from None
    except UnicodeDecodeError:
        raise FileError(path, "no text", f"give a CSV file of points: {FORM}") from None
    rows, headed = [], False
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            rows.append(_row(line))
        except ValueError:
            if rows or headed:
                raise FileError(path, f"line {number} is no point: {line.strip()[:40]}", f"expected {FORM}") from None
            headed = True
    if not rows:
        raise FileError(path, "holds no point", f"expected a line for each: {FORM}")
    return Points(tuple(rows), fspath(source))


def _row(line: str) -> Row:
    """The four numbers of a line; ValueError if it holds others."""
    separator = next((one for one in (";", "\t", ",") if one in line), None)
    cells = line.split(separator)
    if separator in (";", "\t"):  # as programs write them where numbers have a comma
        cells = [cell.replace(",", ".") for cell in cells]
    numbers = [float(cell) for cell in cells]
    if len(numbers) != 4 or not np.isfinite(numbers).all():
        raise ValueError
    return numbers[0], numbers[1], numbers[2], numbers[3]


def _fitted(
    from_: np.ndarray, to: np.ndarray, kind: str, start: np.ndarray, off: float
) -> tuple[np.ndarray, np.ndarray]:
    """The matrix of a kind that puts points nearest to their partners, and which of them it was made of."""
    import cv2

    fits = np.ones(len(from_), bool)
    robust = len(from_) >= FEW
    if kind == "translation":
        matrix = start.copy()
        matrix[:2, 2] += np.mean([b - placed(start, *a) for a, b in zip(from_, to, strict=True)], axis=0)
        return matrix, fits
    if kind == "homography":
        matrix, mask = cv2.findHomography(from_, to, cv2.RANSAC if robust else 0, off)
        return (np.full((3, 3), np.nan), fits) if matrix is None else (matrix, mask.ravel().astype(bool) | (not robust))
    if robust:
        find = cv2.estimateAffinePartial2D if kind == "similarity" else cv2.estimateAffine2D
        matrix, mask = find(from_, to, ransacReprojThreshold=off)
        if matrix is None:
            return np.full((3, 3), np.nan), fits
        fits = mask.ravel().astype(bool)
    return _least_squares(from_[fits], to[fits], kind), fits


def _least_squares(from_: np.ndarray, to: np.ndarray, kind: str) -> np.ndarray:
    """The similarity or affine transform with the least sum of squared distances."""
    x, y = from_.T
    one, none = np.ones_like(x), np.zeros_like(x)
    if kind == "similarity":
        rows = np.concatenate([np.stack([x, -y, one, none], 1), np.stack([y, x, none, one], 1)])
        a, b, c, d = np.linalg.lstsq(rows, np.concatenate(to.T), rcond=None)[0]
        return np.array([[a, -b, c], [b, a, d], [0, 0, 1]])
    solved = np.linalg.lstsq(np.stack([x, y, one], 1), to, rcond=None)[0]
    return np.vstack([solved.T, [0, 0, 1]])


def _is_proper(matrix: np.ndarray, from_: np.ndarray, shape: tuple[int, int]) -> bool:
    """Whether a matrix neither folds nor mirrors a picture, nor makes a line of it."""
    if not np.isfinite(matrix).all() or np.linalg.det(matrix) <= 0:
        return False
    x, y = np.array([*corners(shape), *map(tuple, from_)]).T
    depth = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
    return bool((depth > 0).all() and np.linalg.cond(matrix[:2, :2]) < 100)
