"""Files laid onto one of them, each written by itself."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import numpy as np

from aefusion._version import __version__
from aefusion.files import FileError, make_folder, refuse_overwriting
from aefusion.fusion.fuser import KnownPoints, KnownTransform
from aefusion.fusion.notes import Notes, Quiet
from aefusion.fusion.onto_reference import onto_reference
from aefusion.fusion.preparation import Align, Preparation
from aefusion.fusion.sources import check_list
from aefusion.image import Picture, check_quality, check_target, read, write
from aefusion.image.dead_pixels import cleaned
from aefusion.image.formats import SUFFIXES
from aefusion.image.geometry import farthest, stretching
from aefusion.image.metadata import signed, stripped
from aefusion.image.natural_order import natural
from aefusion.image.pictures_in import pictures_in
from aefusion.image.thermal import Range, display_ranges, shown, without_data
from aefusion.image.transform import Transform, common, cropped, warp, write_transforms

Onto = Literal["first", "middle", "last"]
ONTO = ("first", "middle", "last")
TIFF = (".tif", ".tiff")


@dataclass(frozen=True)
class Aligned:
    """What became of one picture."""

    source: str
    output: Path | None = None
    """None where nothing was written."""
    error: str = ""
    """Why it failed, one line."""
    warnings: tuple[str, ...] = ()
    transform: Transform | None = None
    """What laid it onto the reference; None for the reference itself."""
    moved: float = 0.0
    """How far a corner moved at most, in pixels of the reference, beside stretching one size to the other."""
    covered: float = 1.0
    """The share of the result in which the picture shows something."""
    width: int = 0
    """Of the result, in pixels."""
    height: int = 0

    def row(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        return {
            "source": self.source,
            "output": None if self.output is None else str(self.output),
            "status": "failed" if self.error else "aligned" if self.transform else "reference",
            "error": self.error or None,
            "warning": "; ".join(self.warnings) or None,
            "kind": self.transform.kind if self.transform else None,
            "matrix": self.transform.matrix.tolist() if self.transform else None,
            "moved": round(self.moved, 2),
            "covered": round(self.covered, 4),
            "width": self.width or None,
            "height": self.height or None,
        }


def align_files(
    sources: Sequence[str | PathLike[str]],
    output: str | PathLike[str],
    *,
    onto: Onto = "first",
    align: Align = "auto",
    view: float | None = None,
    points: KnownPoints = None,
    transform: KnownTransform = None,
    save_transform: str | PathLike[str] | None = None,
    crop: bool = False,
    range: Range = "auto",
    suffix: str | None = None,
    quality: int = 95,
    strip: bool = False,
    progress: Callable[[int, int, str], object] = lambda done, total, what: None,
) -> Iterator[Aligned]:
    """Lay pictures onto one of them and write each by itself: go through what this gives.

        for one in align_files(["visible.jpg", "thermal.tif"], "thermal-aligned.tif"):
            print(one.output, one.moved)

    ``sources``: two files or more; a folder stands for the pictures in it, in the natural order of their names.
    ``output``: of two sources a file, to which the one that was moved is written; else a folder, in which all of them
    are called as the sources. ``onto``: which one the others are laid onto, "first", "middle" or "last"; they get its
    size. ``align``, ``view``, ``points``, ``transform``, ``crop``: see `Preparation`. ``save_transform``: write the
    transforms to this file. ``suffix``: the format in a folder; that of the source, if it is not given.

    Values and depth stay: of 16 bits the counts, of thermal files in TIFF the degrees; in other formats these are
    shown in a ``range``. Where a picture shows nothing it is black, in a float TIFF NaN. What cannot be read or
    aligned comes out with its ``error``, and the rest goes on. Memory holds two pictures at a time. ValueError, one
    line, where options cannot be meant, before anything is read.
    """
    if onto not in ONTO:
        raise ValueError(f"onto {onto!r}: expected {', '.join(ONTO)}")
    if align == "none" and points is None and transform is None:
        raise ValueError(
            "align 'none': nothing would be laid onto anything: give auto, translation, affine, homography"
        )
    align = "none" if transform is not None else align
    preparation = Preparation(range, align, transform, save_transform, None, crop, view=view, points=points)
    check_quality(quality)
    check_list(sources)
    files = [one for source in sources for one in sorted(pictures_in(source), key=natural)]
    if len(files) < 2:
        raise ValueError(f"{len(files)} picture{'s' * (not files)}: give two or more")
    reference = {"first": 0, "middle": len(files) // 2, "last": len(files) - 1}[onto]
    targets = _targets(files, Path(output), reference, suffix, crop)
    for file in files:
        for target in targets.values():
            refuse_overwriting(file, target)
    return _aligned(files, targets, reference, preparation, quality, strip, progress)


def _targets(files: Sequence[Path], output: Path, reference: int, suffix: str | None, crop: bool) -> dict[int, Path]:
    """What each picture is written to, by its position."""
    if output.suffix and not output.is_dir() and (len(files) == 2 or output.suffix.lower() in SUFFIXES):
        if len(files) > 2:
            raise FileError(output, f"a file, but there are {len(files)} pictures", "give a folder")
        if crop:
            raise FileError(output, "one file, but both pictures are cropped", "give a folder, or leave out `crop`")
        check_target(output)
        return {1 - reference: output}
    if suffix is not None and suffix.lower() not in SUFFIXES:
        raise ValueError(f"suffix {suffix!r}: expected one of {', '.join(SUFFIXES)}")
    names = [file.stem for file in files]
    if len(set(names)) < len(names):
        names = [f"{file.resolve().parent.name}_{file.stem}" for file in files]
    for i, name in enumerate(names):
        if name in names[:i]:
            raise ValueError(f"{files[i]}: the result of {files[names.index(name)]} has the same name: rename one")
    own = [suffix or (file.suffix if file.suffix.lower() in SUFFIXES else ".tif") for file in files]
    return {i: output / f"{name}{end}" for i, (name, end) in enumerate(zip(names, own, strict=True))}


def _aligned(
    files: Sequence[Path],
    targets: dict[int, Path],
    reference: int,
    preparation: Preparation,
    quality: int,
    strip: bool,
    progress: Callable[[int, int, str], object],
) -> Iterator[Aligned]:
    notes = Notes()
    fixed = _read(files[reference], notes)
    shape = fixed.pixels.shape[:2]
    others = [i for i in range(len(files)) if i != reference]
    found: dict[int, Transform] = {}
    failed: dict[int, str] = {}
    told: dict[int, Notes] = {}
    inside = np.ones(shape, bool)
    for done, i in enumerate(others):
        progress(done, len(others), files[i].name)
        told[i] = Notes()
        try:
            one = _transform([fixed, _read(files[i], told[i])], files, reference, i, others, preparation, told[i])
        except (ValueError, OSError) as error:
            failed[i] = str(error)
            continue
        found[i] = one
        inside &= replace(one).inside  # of a copy, as the mask stays in it: one for each would fill the memory
    progress(len(others), len(others), "")
    area = common([inside]) if preparation.crop and found else None
    if preparation.save_transform and not failed:
        write_transforms(preparation.save_transform, [found[i] for i in others])
    for i, target in targets.items():
        try:
            if i in failed:
                raise ValueError(failed[i])
            make_folder(target.parent)
            yield _written(files[i], target, fixed, found.get(i), area, preparation, quality, strip, told.get(i, notes))
        except (ValueError, OSError) as error:
            yield Aligned(str(files[i]), error=str(error) or type(error).__name__)
    if preparation.save_transform and failed:
        raise ValueError(f"{preparation.save_transform}: not written: {next(iter(failed.values()))}")


def _read(file: Path, notes: Notes) -> Picture:
    """A picture in its own values, dead pixels of counts filled."""
    picture = read(file, measured=True, warn=notes.warn)
    if display_ranges("auto", [[picture]], [str(file)])[0] is None or picture.measured:
        return picture
    clean = cleaned(picture.pixels, without_data(picture))
    if clean.filled:
        notes.warn(f"{file}: {clean.filled} dead pixel{'s' * (clean.filled > 1)} filled from the neighbours")
    return replace(picture, pixels=clean.pixels)


def _transform(
    pair: Sequence[Picture],
    files: Sequence[Path],
    reference: int,
    i: int,
    others: Sequence[int],
    preparation: Preparation,
    notes: Notes,
) -> Transform:
    """What lays the second of two pictures onto the first; ValueError where nothing is to be trusted."""
    if preparation.points is not None and len(files) != 2:
        raise ValueError(f"points are those of two pictures, here are {len(files)}: give two")
    if isinstance(known := preparation.transform, tuple | list):
        if len(known) not in (1, len(others)):
            raise ValueError(f"{known[0].name}: holds {len(known)} transforms, but {len(others)} are needed")
        known = known[0] if len(known) == 1 else known[others.index(i)]
        preparation = replace(preparation, transform=(known,))
    names = [str(files[reference]), str(files[i])]
    displays = display_ranges(preparation.range, [[one] for one in pair], names)
    views = [shown(one, display) for one, display in zip(pair, displays, strict=True)]
    # The first of the sources is the one that `view` and points speak of first.
    order = 0 if reference < i else 1
    views, names = (views, names) if order == 0 else (views[::-1], names[::-1])
    if preparation.view and 0 not in (reference, i):  # it is the first that sees wider, or less
        preparation = replace(preparation, view=1.0)
    quiet = Quiet()  # what is refused is the error of a picture, and no warning
    transforms, refused = onto_reference(views, names, preparation, order, quiet)
    if refused:
        raise ValueError(refused[0])
    for text in quiet.warnings:
        notes.warn(text)
    one = transforms[1 - order]
    assert one is not None
    return one


def _written(
    file: Path,
    target: Path,
    fixed: Picture,
    transform: Transform | None,
    area: tuple[slice, slice] | None,
    preparation: Preparation,
    quality: int,
    strip: bool,
    notes: Notes,
) -> Aligned:
    picture = _read(file, Notes()) if transform else fixed
    if picture.measured and target.suffix.lower() not in TIFF:
        picture = shown(picture, display_ranges(preparation.range, [[picture]], [str(file)])[0])
    shape = picture.pixels.shape
    moved, covered = 0.0, np.ones(fixed.pixels.shape[:2], bool)
    if transform:
        picture, covered = warp(picture, replace(transform))
        back = np.linalg.inv(stretching(transform.reference, shape))
        moved = farthest(back @ transform.matrix, np.eye(3), transform.reference)
    if area:
        picture, covered = cropped(picture, *area), covered[area]
    if picture.measured:
        empty = ~covered if picture.alpha is None else ~covered | (picture.alpha == 0)
        picture = Picture(np.where(empty, np.float32(np.nan), picture.pixels), metadata=picture.metadata)
    onto = f", {file.name} laid onto another" if transform else f", {file.name}"
    write(target, stripped(picture) if strip else signed(picture, f"aefusion {__version__}{onto}"), quality)
    height, width = picture.pixels.shape[:2]
    return Aligned(str(file), target, "", tuple(notes.warnings), transform, moved, float(covered.mean()), width, height)
