"""A whole stack: order, kind, one pass for the weights, one for the pictures, and the result with its metadata."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from aefusion._version import software
from aefusion.engine.threads import available_cores
from aefusion.files import refuse_overwriting
from aefusion.fusion.fuser import Fuser
from aefusion.fusion.notes import Notes
from aefusion.fusion.preparation import Align, Preparation
from aefusion.fusion.result import Fused
from aefusion.fusion.sources import Source, check_list
from aefusion.image import Metadata, Picture, check_quality, check_target, write
from aefusion.image.colour import counts_as_gray, luminance
from aefusion.image.depth import to_depth, white
from aefusion.image.metadata import signed, stripped
from aefusion.stack.channels import check_channels, stacks_of, write_channels
from aefusion.stack.counts import Range, keeps_counts
from aefusion.stack.depth import Depth, check_depth, one_step, write_depth
from aefusion.stack.expand import expand
from aefusion.stack.ghosts import find_ghosts
from aefusion.stack.in_strips import in_strips
from aefusion.stack.kind import kind_of
from aefusion.stack.pictures import Frame, Pictures
from aefusion.stack.places import Places
from aefusion.stack.radiance import check_light, merge, stated_exposures
from aefusion.stack.read_source_map import read_source_map
from aefusion.stack.shares import Shares
from aefusion.stack.sharpest import sharpest
from aefusion.stack.source_map import check_map, write_source_map
from aefusion.stack.tone import roll_off
from aefusion.stack.tournament import in_depth, tournament
from aefusion.stack.weights import exposure_weight, focus_weight
from aefusion.transforms.blend import Blend

Kind = Literal["auto", "focus", "exposure", "sharpest"]
KINDS = get_args(Kind)
UNCOVERED = np.float32(-1e6)
KEPT = 0.7
"""How much of what the best exposure shows of shadows and of highlights is kept, unless somebody says otherwise."""

Progress = Callable[[int, int], object]
"""Told after each picture how many readings are done, and of how many."""


class Look(NamedTuple):
    """How the result is to look; see `fuse_stack`."""

    shadows: float = KEPT
    highlights: float = KEPT
    contrast: float = 1.0
    deghost: bool = False
    map: str | PathLike[str] | None = None

    def check(self) -> None:
        """ValueError for what is out of range."""
        for name, value, most in (("shadows", self.shadows, 1), ("highlights", self.highlights, 1),
                                  ("contrast", self.contrast, 4)):  # fmt: skip
            if not 0 <= value <= most:
                raise ValueError(f"`{name}={value}`: expected a number from 0 to {most}")


def _silent(done: int, total: int) -> None:
    """No progress is shown."""


@dataclass(frozen=True, kw_only=True)
class FusedStack(Fused):
    """A fused stack. Its `picture` has the depth of the deepest picture, is colour if any has three channels, and has
    the metadata of the first that has some."""

    kind: str = ""
    """What the stack was taken for, or the name of the network."""
    why: str = ""
    """Why it was taken for that, in words; empty where it was given."""
    channels: dict[str, Picture] = field(default_factory=dict, repr=False, compare=False)
    """The fused channels of a microscope's file, by their names; `picture` is the one that decided, or the first."""
    places: Places | None = field(default=None, repr=False, compare=False)
    """Where the pictures were laid; None where nobody asked for that."""
    source_map: np.ndarray | None = field(default=None, repr=False, compare=False)
    """(H, W) uint8 or uint16: which of the sources counts most at each pixel; None where a network fused."""

    @property
    def names(self) -> tuple[str, ...]:
        """The pictures in the order in which they were fused; the indices of the map count these."""
        return self.sources

    def row(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        laid = self.places and self.places.rows(self.names)
        return super().row() | {"kind": self.kind or None, "why": self.why or None, "alignment": laid}

    @property
    def description(self) -> str:
        """What was done, for the software tag."""
        first, last = (Path(name).name for name in (self.names[0], self.names[-1]))
        return software(self.kind, f"{len(self.names)} pictures from {first} to {last}")


def fuse_stack(
    sources: Sequence[Source],
    output: str | PathLike[str] | None = None,
    *,
    kind: Kind = "auto",
    align: Align = "none",
    transform: str | PathLike[str] | None = None,
    save_transform: str | PathLike[str] | None = None,
    crop: bool = False,
    jobs: int | None = None,
    range: Range = "none",
    linear: bool = False,
    model: str | None = None,
    save_map: str | PathLike[str] | None = None,
    save_depth: str | PathLike[str] | None = None,
    step: float | None = None,
    channel: str | int | None = None,
    focus_by: str | int | None = None,
    time: int | None = None,
    position: int | None = None,
    shadows: float = KEPT,
    highlights: float = KEPT,
    contrast: float = 1.0,
    deghost: bool = False,
    map: str | PathLike[str] | None = None,
    quality: int = 95,
    strip: bool = False,
    progress: Progress = _silent,
) -> FusedStack:
    """Fuse a focus or exposure series of two pictures or more, all of one size, into a file if ``output`` is given.

    ``sources``: paths or arrays as in `aefusion.fuse`; a folder stands for the pictures in it, and a pattern for the
    files that fit it; what was fused before is left out. Paths are put in natural order first, so that their order
    makes no difference at all; that of arrays makes a difference of rounding, and decides whose metadata are kept and
    which of two equal pictures the map names. ``kind``: "focus" takes each part from where it is sharp, "exposure" from
    where it is well exposed, contrasty and colourful; "auto" goes by the exposures that the files state, then by what
    the pictures show, see `kind.kind_of`; `FusedStack.why` says by what. The files are read twice (what
    "auto" looks at, what is aligned, and 16-bit pictures whose first bits are not used, once more), and memory does not
    grow with their number. ``model``: fuse with this network instead, two by two as in a tournament; memory then grows
    with the logarithm of the number.

    ``align``: lay each picture onto the middle one first, by a transform of this kind, or "auto" for the simplest that
    does. Each is found through its neighbour, and one that lies right stays as it is. ``transform``: lay them by a file
    that ``save_transform`` wrote. ``crop``: keep the area that all show; if there is one with a smaller field than the
    others have, as with lenses that breathe, they are laid onto that. ``jobs``: so many threads align, all cores if it
    is not given. Without any, a stack whose pictures do not lie on each other is warned of.

    ``linear``: raw files are developed in linear light, and other pictures are brought to it. Exposures are then merged
    to the light of the scene by the exposures that their files state, as floats beyond white: write .exr or .tif. The
    kind "sharpest" takes the one picture that is sharpest as a whole.

    ``range``: which values become black and white, of 16-bit pictures and of counts (floats beyond 1, signed and 32-bit
    integers): (low, high), "set" for the lowest and the highest of all, "auto" for percentiles. With "none" the result
    has counts as the files have, and what uses fewer bits than 16 is fused by its own contrast.

    One file of several planes is a stack: a TIFF of pages, ImageJ's and OME's, LSM, CZI and ND2. ``channel`` (a name or
    a number), ``time`` and ``position``, all counted from 1, choose the stack. Without ``channel`` all are fused, into
    one TIFF file, each for itself, or all as ``focus_by``, the name or number of one, is sharp.

    ``save_depth``: a map of the depth at which each pixel is sharp, filled where nothing is: a TIFF of numbers, or a
    picture in colours. They are in the unit of the file, or of ``step``, the distance between two pictures, which goes
    before what the file says; else they count pictures.

    ``shadows``, ``highlights``: of exposures, how much of what the best of them shows there is kept where dark parts
    lie beside bright ones, from 0 (they may reach black or white) to 1. ``contrast``: how much contrast counts beside
    exposure when the best one is chosen, 0 to 4. ``deghost``: what moved between the exposures is taken from one of
    them, see `ghosts.find_ghosts`; they are read once more.

    ``output``: PNG, JPEG, TIFF, WebP or BMP by its suffix; ``quality`` is for JPEG and WebP. EXIF names what the
    picture was made from as its software; ``strip`` leaves EXIF and XMP out. ``save_map``: a PNG for the index of each
    pixel's source. ``map``: such a file, edited by hand: what differs from the choice made here is taken from the
    picture that the map says. ``progress`` is called after each picture with how many readings are done, and of how
    many.

    Raises ValueError, one line that says what to do, for fewer than two pictures, a file given twice, sizes that differ
    and pictures that cannot be read; nothing is written then.

    >>> a, b = np.zeros((2, 40, 50, 3), np.uint8)
    >>> fuse_stack([a, b], kind="focus").pixels.shape
    (40, 50, 3)
    """
    if kind not in KINDS:
        raise ValueError(f"kind {kind!r}: expected one of {', '.join(KINDS)}")
    check_list(sources)
    notes = Notes()
    files = expand(sources, notes.warn)
    _check_targets(files, output, save_map, quality, model)
    if save_depth:
        check_depth(save_depth, output, kind, model)
    look = Look(shadows, highlights, contrast, deghost, map)
    look.check()
    if deghost and (model or linear or kind == "sharpest"):
        raise ValueError(
            '`deghost` is for exposures that are blended: leave out `model`, `linear` and `kind="sharpest"`'
        )
    if map and model:
        raise ValueError(f"{fspath(map)}: a network mixes its sources: give a map without `model`")
    # A stack keeps its values: no picture of it is shown in a range of its own.
    preparation = Preparation(range="none", align=align, transform=transform, save_transform=save_transform, crop=crop)
    stacks, by = stacks_of(files, channel, focus_by, time, position)
    if len(stacks) > 1:
        check_channels(output)
    guide, depths, done = None, None, {}
    for name in sorted(stacks, key=lambda name: name != by):  # the one that decides for all comes first
        pictures = Pictures(stacks[name], preparation, notes, range)
        pictures.series.linear, pictures.series.shown = linear, output is not None and not keeps_counts(output)
        depth = Depth() if save_depth and not done else None
        done[name] = _fuse(pictures, kind, model, look, jobs or available_cores(), progress, guide, depth)
        guide = guide or (pictures if by else None)
        depths = depths or depth
    fused = replace(done[by or next(iter(stacks))], channels={name: done[name].picture for name in stacks})
    if output is None or fused.picture is None:
        return fused
    if fused.picture.pixels.dtype == np.float32 and linear and fused.kind == "exposure":
        check_light(output)
    picture = stripped(fused.picture) if strip else signed(fused.picture, fused.description)
    if len(stacks) > 1:
        write_channels(output, fused.channels, "" if strip else fused.description)
    else:
        write(output, picture, quality)
    if save_depth and depths:
        write_depth(save_depth, depths.filled(), *one_step(step, picture), picture)
    if save_map and fused.source_map is not None:
        write_source_map(save_map, fused.source_map, fused.names)
    return replace(fused, output=Path(output), name=Path(output).stem, picture=picture)


def _fuse(
    pictures: Pictures,
    kind: Kind,
    model: str | None,
    look: Look,
    jobs: int,
    progress: Progress,
    guide: Pictures | None = None,
    depth: Depth | None = None,
) -> FusedStack:
    """``guide``: another channel, whose weights count. ``depth`` gets the weights."""
    why = ""
    if kind == "auto" and (not model or pictures.aligns):
        kind, why = kind_of(guide or pictures)
    if guide is None:
        pictures.place(kind != "exposure", jobs)
    if model:
        frames = (picture for picture, _ in pictures)
        fuser = Fuser(model)
        fused = tournament(fuser, frames, lambda done: progress(done, len(pictures)))
        return _result(pictures, in_depth(fused, pictures.depth), model, None)
    if kind == "sharpest":
        best = sharpest(guide or pictures, lambda done: progress(done, len(pictures)))
        picture = next(islice(pictures, best, None))[0]
        return _result(pictures, in_depth(picture, pictures.depth), kind, None, f"{pictures.names[best]}")
    if depth and kind == "exposure":
        raise ValueError(f'only a focus stack has depth, and this was taken for exposures ({why}): `kind="focus"`')
    if kind == "exposure" and pictures.series.linear:
        amounts = stated_exposures(pictures.sources, pictures.names)
        light = merge(_told(pictures, progress), amounts, pictures[0].metadata)
        return _result(pictures, light, kind, None, why)
    # The middle of a series is the least likely to be so dark, or so bright, that colour does not show.
    colourful = kind == "exposure" and not counts_as_gray(pictures[pictures.middle].pixels)
    done, ghosts, reference = 0, None, np.zeros(())
    if look.deghost and kind == "focus":
        pictures.notes.warn('`deghost` is for exposures, and this is taken for a stack of focus: `kind="exposure"`')
    elif look.deghost:
        ghosts = find_ghosts(lambda: (to_depth(one.pixels, np.float32) for one, _ in pictures))
        reference = to_depth(pictures.frame(ghosts.reference)[0].pixels, np.float32)

    room: np.ndarray | None = None

    def weigh(strip: np.ndarray) -> np.ndarray:
        pixels = to_depth(strip, np.float32)
        if kind == "focus":
            return focus_weight(pixels)
        return exposure_weight(_as_colour(pixels, True) if colourful else luminance(pixels), look.contrast)

    def weight(i: int, picture: Picture, covered: np.ndarray | None) -> np.ndarray:
        nonlocal done, room
        found = room = in_strips(weigh, picture.pixels, None if depth else room)
        if covered is not None:
            found[~covered] = UNCOVERED
        if ghosts and (ghost := ghosts.at(i, found.shape)) is not None:
            found[ghost] = UNCOVERED
        done += 1
        progress(done, 2 * len(pictures))
        return found

    weights = (weight(i, *frame) for i, frame in enumerate(guide or pictures))
    shares = Shares(depth.watched(weights) if depth else weights, len(pictures))
    if look.map:
        shares.choose(read_source_map(look.map, len(pictures), shares.winner.shape))
    if guide:
        pictures.follow(guide)
    blend = Blend(look.shadows, look.highlights) if kind == "exposure" else Blend()
    metadata, alpha, floats = Metadata(), np.zeros((), pictures.depth), np.zeros(())
    frames = zip(pictures, guide, strict=True) if guide else ((one, one) for one in pictures)
    for i, ((picture, _), deciding) in enumerate(frames):
        metadata = metadata if metadata != Metadata() else picture.metadata
        pixels = _as_floats(picture.pixels, floats)
        floats = floats if pixels is picture.pixels else pixels  # never an array that somebody gave
        if ghosts:
            pixels = ghosts.without(i, pixels, reference)
        blend.add(_as_colour(pixels, pictures.is_colour), shares(weight(i, *deciding), i))
        if alpha is not None:
            alpha = None if picture.alpha is None else np.maximum(alpha, to_depth(picture.alpha, pictures.depth))
    fused = blend.result()
    fused = to_depth(roll_off(fused) if kind == "exposure" else np.clip(fused, 0, 1), pictures.depth)
    return _result(pictures, Picture(fused, alpha, metadata), kind, shares.winner, why)


def _told(pictures: Pictures, progress: Progress) -> Iterator[Frame]:
    for done, frame in enumerate(pictures, 1):
        yield frame
        progress(done, len(pictures))


def _result(pictures: Pictures, fused: Picture, kind: str, source_map: np.ndarray | None, why: str = "") -> FusedStack:
    height, width = fused.pixels.shape[:2]
    fused = pictures.series.restored(fused)
    return FusedStack(
        sources=tuple(pictures.names), warnings=tuple(pictures.notes.warnings), aligned=pictures.aligned, width=width,
        height=height, count=len(pictures), by=kind, picture=fused, kind=kind, why=why, source_map=source_map,
        places=pictures.places,
    )  # fmt: skip


def _check_targets(
    sources: Sequence[object],
    output: str | PathLike[str] | None,
    save_map: str | PathLike[str] | None,
    quality: int,
    model: str | None,
) -> None:
    """ValueError, before long work, where the result or the map cannot be written."""
    check_quality(quality)
    if output is not None:
        check_target(output)
    if save_map:
        if output is None:
            raise ValueError(f"{save_map}: a map is written beside a result: give `output` too")
        if model:
            raise ValueError(
                f"{save_map}: a network mixes its sources, there is no map: leave out the map or the model"
            )
        check_map(save_map)
        if Path(save_map).resolve() == Path(output).resolve():
            raise ValueError(f"{save_map}: the result and the map have one name: give two")
        check_target(save_map)
    for source in sources:
        for target in (output, save_map):
            if target and isinstance(source, str | PathLike):
                refuse_overwriting(source, target)


def _as_floats(pixels: np.ndarray, room: np.ndarray) -> np.ndarray:
    """The same as float32 in [0, 1], in an array that is there already if it has the shape."""
    if pixels.dtype == np.float32:
        return pixels
    if room.shape != pixels.shape:
        return to_depth(pixels, np.float32)
    np.copyto(room, pixels)
    room /= np.float32(white(pixels.dtype))
    return room


def _as_colour(pixels: np.ndarray, colour: bool) -> np.ndarray:
    import cv2

    return cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB) if colour and pixels.ndim == 2 else pixels
