"""Where each picture of a stack goes: onto which picture, by which transforms, and which area is kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any, cast

import numpy as np

from aefusion.fusion.notes import Notes
from aefusion.fusion.preparation import Preparation
from aefusion.image.colour import luminance
from aefusion.image.geometry import corners, farthest, placed, stretching
from aefusion.image.picture import Picture
from aefusion.image.transform import Transform, common, onto_of, write_transforms
from aefusion.stack.alignment import STILL, Found, alignment
from aefusion.stack.laid_pair import Small

SLACK = 0.01
"""A picture covers another one where no more than this share of the longer side is missing at any corner."""


@dataclass(frozen=True)
class Places:
    """Where the pictures of a stack go."""

    onto: int
    """The position of the picture that the others are laid onto."""
    transforms: tuple[Transform | None, ...]
    """One for each picture; None where it stays as it is."""
    area: tuple[slice, slice] | None = None
    """The rows and columns that are kept; None for all."""
    found: tuple[Found, ...] = ()
    """What was found of each picture, on the middle one; nothing where the transforms were known."""

    @property
    def aligned(self) -> bool:
        """Whether no picture was refused."""
        return not any(one.why for one in self.found)

    def rows(self, names: Sequence[str]) -> list[dict[str, Any]]:
        """What became of each picture as plain values, for JSON."""
        rows = []
        for i, (name, transform) in enumerate(zip(names, self.transforms, strict=True)):
            matrix = np.eye(3) if transform is None else transform.matrix
            row: dict[str, Any] = {"source": name, "kind": transform and transform.kind, "onto": i == self.onto}
            row |= _motion(matrix, (1, 1) if transform is None else transform.reference)
            if self.found:
                one = self.found[i]
                row |= {"before": round(one.before, 4), "after": round(one.after, 4), "refused": one.why or None}
            rows.append(row)
        return rows

    def lines(self, names: Sequence[str]) -> list[str]:
        """The same for people, a line for each picture."""
        lines = []
        for row in self.rows(names):
            if row["onto"]:
                lines.append(f"{row['source']}: the others are laid onto it")
                continue
            moved = "stays where it is"
            if row.get("refused"):
                moved = "not aligned"
            elif row["kind"]:
                x, y = row["shift"]
                moved = (
                    f"{row['kind']}, shift {x:.1f} {y:.1f}, scale {row['scale']:.4f}, turn {row['turn']:.2f} degrees"
                )
            gained = f"; edges agree by {row['before']:.2f}, now {row['after']:.2f}" if "before" in row else ""
            lines.append(f"{row['source']}: {moved}{gained}")
        return lines


def places(
    read: Callable[[int], Picture],
    names: Sequence[str],
    preparation: Preparation,
    plain: bool,
    jobs: int,
    notes: Notes,
) -> Places:
    """Where the pictures of a stack go, as a preparation asks for it: by transforms that it has, or that are found.

    ``read``: gives a picture by its position; each is read once, one after the other. ``plain``: see `alignment`.
    A picture that cannot be aligned is a warning, and stays. With ``crop`` the picture with the smallest field is the
    one that the others are laid onto, if all of them cover it; else it is the middle one. ValueError where transforms
    are not as many as are needed, or not of these sizes.
    """
    if preparation.transform is not None:
        result = _known(read, names, preparation)
    else:
        smalls = [Small(luminance(read(i).pixels)) for i in range(len(names))]
        sizes = [(small.full[0], small.full[1]) for small in smalls]
        kind = "auto" if preparation.align == "none" else preparation.align
        found = alignment(smalls, kind, plain, jobs)
        for name, one in zip(names, found, strict=True):
            if one.why:
                notes.warn(f"{name}: not aligned to {names[len(names) // 2]}: {one.why}")
        matrices = [one.matrix for one in found]
        onto = smallest(matrices, sizes) if preparation.crop else len(names) // 2
        result = Places(onto, tuple(_transforms(matrices, sizes, onto, found)), None, tuple(found))
    if preparation.save_transform:
        _save(preparation.save_transform, result, read(result.onto).pixels.shape[:2], names)
    if not preparation.crop:
        return result
    shown: np.ndarray | None = None
    for one in result.transforms:
        if one:
            inside = replace(one).inside  # of a copy: what is looked up in a transform stays in it
            shown = inside if shown is None else shown & inside
    if shown is None:
        notes.add("not cropped, as nothing was moved")
        return result
    return replace(result, area=common([shown]))


def smallest(matrices: Sequence[np.ndarray], sizes: Sequence[tuple[int, int]]) -> int:
    """The position of the picture with the smallest field, if all others cover it; else the middle one.

    ``matrices``: the place in each picture of each place in the middle one. ``sizes``: height and width of each.

    >>> wide, narrow = np.eye(3), np.array([[1.2, 0, -1], [0, 1.2, -1], [0, 0, 1]])
    >>> smallest([narrow, wide], [(10, 10)] * 2), smallest([np.eye(3)] * 3, [(9, 9)] * 3)
    (0, 1)
    """
    middle = len(matrices) // 2
    scales = [abs(float(np.linalg.det(matrix[:2, :2]))) for matrix in matrices]
    best = int(np.argmax(scales))
    if scales[best] <= scales[middle] * 1.002:
        return middle
    slack = SLACK * max(sizes[best])
    for matrix, (height, width) in zip(matrices, sizes, strict=True):
        for corner in corners(sizes[best]):
            x, y = placed(matrix @ np.linalg.inv(matrices[best]), *corner)
            if not (-slack <= x <= width - 1 + slack and -slack <= y <= height - 1 + slack):
                return middle
    return best


def _motion(matrix: np.ndarray, size: tuple[int, int]) -> dict[str, Any]:
    """Shift of the middle in pixels, scale, and turn in degrees."""
    y, x = (np.array(size) - 1) / 2
    place = placed(matrix, x, y)
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))
    turn = float(np.degrees(np.arctan2(matrix[1, 0] - matrix[0, 1], matrix[0, 0] + matrix[1, 1])))
    shift = [round(float(place[0] - x), 2), round(float(place[1] - y), 2)]
    return {"shift": shift, "scale": round(scale, 5), "turn": round(turn, 3)}


def _transforms(
    matrices: Sequence[np.ndarray], sizes: Sequence[tuple[int, int]], onto: int, found: Sequence[Found]
) -> list[Transform | None]:
    """A transform for each picture onto one of them; None where it lies right."""
    result: list[Transform | None] = []
    back = np.linalg.inv(matrices[onto])
    for matrix, size, one in zip(matrices, sizes, found, strict=True):
        laid = matrix @ back
        laid = laid / laid[2, 2]
        stays = size == sizes[onto] and farthest(laid, stretching(sizes[onto], size), sizes[onto]) < STILL
        kind = "affine" if onto != len(sizes) // 2 and one.kind == "translation" else one.kind
        result.append(None if stays else Transform(laid, sizes[onto], size, kind))
    return result


def _known(read: Callable[[int], Picture], names: Sequence[str], preparation: Preparation) -> Places:
    known = cast(Sequence[Transform], preparation.transform)
    name = known[0].name
    onto = onto_of(name) if Path(name).is_file() else None
    onto = len(names) // 2 if onto is None else onto
    if len(known) != len(names) - 1 or onto >= len(names):
        held = f"{len(known)} transform{'s' * (len(known) != 1)}"
        raise ValueError(f"{name}: holds {held}, but {len(names) - 1} are needed for {len(names)} pictures")
    transforms: list[Transform | None] = list(known)
    transforms.insert(onto, None)
    reference = read(onto)
    for i, one in enumerate(transforms):
        if one:
            one.check(reference, read(i), (names[onto], names[i]))
            if farthest(one.matrix, stretching(one.reference, one.moving), one.reference) < STILL / 10:
                transforms[i] = None if one.reference == one.moving else one
    return Places(onto, tuple(transforms))


def _save(path: str | PathLike[str], found: Places, size: tuple[int, ...], names: Sequence[str]) -> None:
    """Write the transforms to a file; ValueError where one was not found."""
    for name, one in zip(names, found.found, strict=True):
        if one.why:
            older = ", and the file of this name is an older one" if Path(path).exists() else ""
            raise ValueError(f"{fspath(path)}: not written{older}: {name}: {one.why}")
    height, width = size
    stays = Transform(np.eye(3), (height, width), (height, width), "translation")
    write_transforms(path, [one or stays for i, one in enumerate(found.transforms) if i != found.onto], found.onto)
