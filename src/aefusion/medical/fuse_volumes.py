"""Two volumes or slices, or three, into one, slice by slice."""

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from aefusion.fusion.fuser import Fuser, Method
from aefusion.fusion.notes import Notes
from aefusion.fusion.result import Fused
from aefusion.medical.check_output import Kind, check_output
from aefusion.medical.fuse_pair import Progress, fuse_pair, silent
from aefusion.medical.match import Resample
from aefusion.medical.overlay import check_bar
from aefusion.medical.register import check_transform_file, save_transform
from aefusion.medical.square import square_size
from aefusion.medical.units import Units
from aefusion.medical.view import View
from aefusion.medical.volume_pair import VolumePair, open_pair
from aefusion.medical.wanted import Form


@dataclass(frozen=True, kw_only=True)
class FusedVolumes(Fused):
    """What was written of two volumes or slices; `count` is the number of slices."""

    kind: Kind
    """What the output is."""
    grid: str
    """The grid of the result in words; empty where no position is stated."""
    shown: tuple[str, ...]
    """How each of the sources is shown, in words."""
    in_words: str
    """What was fused, in a sentence without names."""

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return super().row() | {"slices": self.count, "kind": self.kind, "grid": self.grid or None, "shown": self.shown}


def fuse_volumes(
    a: str | PathLike[str],
    b: str | PathLike[str],
    output: str | PathLike[str],
    *,
    c: str | PathLike[str] | None = None,
    fuser: Fuser | None = None,
    model: str | None = None,
    engine: str = "auto",
    threads: int | None = None,
    method: Method | None = None,
    slice: int | None = None,
    view: View | None = None,
    series_a: int | str | None = None,
    series_b: int | str | None = None,
    series_c: int | str | None = None,
    volume: int | Sequence[int] | None = None,
    form: Form | None = None,
    units: Units = "file",
    window_a: tuple[float, float] | None = None,
    window_b: tuple[float, float] | None = None,
    window_c: tuple[float, float] | None = None,
    colormap: str | None = None,
    opacity: float | None = None,
    colour_bar: bool = False,
    resample: Resample | None = None,
    register: Sequence[str] = (),
    save_transform: str | PathLike[str] | None = None,
    force: bool = False,
    anonymise: bool = False,
    dry_run: bool = False,
    progress: Progress = silent,
) -> FusedVolumes:
    """Fuse two medical images or three, slices or volumes, that lie on one grid in the patient. Not a medical device.

    ``a``, ``b``, ``c``: a DICOM file, a folder with a DICOM series, a DICOMDIR, NIfTI, MGH, Analyze, MetaImage or
    NRRD; see `open_pair` for ``series_a`` to ``force``. ``output``: .nii, .nii.gz; a new folder, for a DICOM series;
    .dcm or a picture for a single slice. ``slice``: fuse only this one, counted from 1 in the order of the result.
    ``colour_bar``: draw the colours of the last source, with their values, beside a picture. ``save_transform``: write
    what ``register`` found, as a transform of ITK (.tfm, .txt). ``anonymise``: take nothing over from the headers but
    where the slices lie; what is to be seen in the pixels stays. ``dry_run``: only say what would be fused.
    ``progress`` is called with how many slices are done, and of how many. ``fuser``: one that is there already; else
    one is made of ``model``, ``engine``, ``threads`` and ``method``.

    Raises ValueError, one line that says what to do; the output appears whole or not at all.
    """
    notes, number = Notes(), None if slice is None else slice - 1
    _warn_of_twice(notes, (a, series_a, window_a), (b, series_b, window_b), volume)
    if save_transform:
        check_transform_file(Path(save_transform))
        if len(set(register)) != 1:
            raise ValueError("`save_transform` is for one source that is registered: give `register` one")
    with open_pair(
        a, b, c, window_a=window_a, window_b=window_b, window_c=window_c, colormap=colormap, opacity=opacity,
        units=units, resample=resample, register=register, view=view, series_a=series_a, series_b=series_b,
        series_c=series_c, volume=volume, form=form, force=force, warn=notes.warn,
    ) as pair:  # fmt: skip
        kind = check_output(Path(output), pair, number)
        if colour_bar:
            check_bar(pair.sources[-1])
        count, by = pair.count if number is None else 1, ""
        if not dry_run:
            fuser = fuser or Fuser(model, engine, threads, method)
            by = fuser.in_words
            count = fuse_pair(
                fuser, pair, output, number=number, colour_bar=colour_bar, anonymise=anonymise, progress=progress
            )
            if save_transform:
                _save(Path(save_transform), pair)
        width, height = _size(pair, kind)
        sources = (a, b) if c is None else (a, b, c)
        return FusedVolumes(
            name=Path(output).stem, sources=tuple(map(str, sources)), output=Path(output),
            status="planned" if dry_run else "fused", warnings=tuple(notes.warnings), width=width, height=height,
            aligned=True if pair.registered else None, count=count, by=by, kind=kind, grid=str(pair.grid or ""),
            shown=tuple(shown.in_words for shown in pair.sources), in_words=pair.in_words,
        )  # fmt: skip


def _warn_of_twice(notes: Notes, a: Sequence[Any], b: Sequence[Any], volume: int | Sequence[int] | None) -> None:
    """In two windows, as for bone and brain, one file is a pair; and two of its volumes are."""
    one, other = Path(a[0]), Path(b[0])
    several = volume is not None and not isinstance(volume, int) and len(set(volume)) > 1
    if one.exists() and other.exists() and one.samefile(other) and a[1:] == b[1:] and not several:
        notes.warn(f"{other}: given twice, in one window: nothing is added to it")


def _save(path: Path, pair: VolumePair) -> None:
    save_transform(path, pair.registered[0].matrix)


def _size(pair: VolumePair, kind: Kind) -> tuple[int, int]:
    """The width and height of the slices of the result; of a picture those before a bar."""
    if kind == "picture" and pair.grid:
        return square_size(pair.grid)
    return pair.a.volume.columns, pair.a.volume.rows
