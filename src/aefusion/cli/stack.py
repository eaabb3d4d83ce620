"""Fuse a stack of pictures."""

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Group, Parameter

from aefusion.cli.console import progress_bar
from aefusion.cli.options import FUSION, IN_FILES, WRITING, Json, Kind, Output, Writing
from aefusion.cli.results import showing_one
from aefusion.cli.stack_groups import fuse_groups

EXPOSURES = Group("Exposures", sort_key=5)
PLANES = Group("Files of microscopes", sort_key=6)
MANY = Group("Many stacks", sort_key=2)
PLACES = Group("Alignment", sort_key=4)


def stack(
    *pictures: Annotated[Path, IN_FILES],
    output: Annotated[Output, IN_FILES],
    save_map: Annotated[Path | None, IN_FILES] = None,
    map: Annotated[Path | None, IN_FILES] = None,
    save_depth: Annotated[Path | None, IN_FILES] = None,
    writing: Writing = WRITING,
    json: Annotated[Json, IN_FILES] = False,
    group: Annotated[bool, Parameter(group=MANY)] = False,
    gap: Annotated[float | None, Parameter(group=MANY, show_default=lambda _: "4 times the usual")] = None,
    format: Annotated[Literal["png", "jpg", "tif", "webp", "bmp", "exr"], Parameter(group=MANY)] = "tif",
    exist: Annotated[Literal["overwrite", "skip", "error"], Parameter(group=MANY)] = "overwrite",
    dry_run: Annotated[bool, Parameter(group=MANY)] = False,
    kind: Annotated[Literal["auto", "focus", "exposure", "sharpest"], Parameter(group=FUSION)] = "auto",
    align: Annotated[Kind, Parameter(group=PLACES)] = "none",
    transform: Annotated[Path | None, Parameter(group=PLACES)] = None,
    save_transform: Annotated[Path | None, Parameter(group=PLACES)] = None,
    crop: Annotated[bool, Parameter(group=PLACES)] = False,
    jobs: Annotated[int | None, Parameter(group=PLACES, show_default=lambda _: "all cores")] = None,
    range: Annotated[tuple[float, float] | Literal["auto", "set", "none"], Parameter(group=FUSION)] = "none",
    linear: Annotated[bool, Parameter(group=FUSION)] = False,
    model: Annotated[str | None, Parameter(group=FUSION)] = None,
    channel: Annotated[str | None, Parameter(group=PLANES)] = None,
    focus_by: Annotated[str | None, Parameter(group=PLANES)] = None,
    time: Annotated[int | None, Parameter(group=PLANES)] = None,
    position: Annotated[int | None, Parameter(group=PLANES)] = None,
    step: Annotated[float | None, Parameter(group=PLANES)] = None,
    shadows: Annotated[float, Parameter(group=EXPOSURES)] = 0.7,
    highlights: Annotated[float, Parameter(group=EXPOSURES)] = 0.7,
    contrast: Annotated[float, Parameter(group=EXPOSURES)] = 1.0,
    deghost: Annotated[bool, Parameter(group=EXPOSURES)] = False,
) -> int:
    """Fuse a focus or exposure stack of any number of pictures.

    Parameters
    ----------
    pictures
        Two or more, of one size, in any order: they are taken in the natural order of their names. A folder stands for
        the pictures in it, and a pattern in quotes for the files that fit it. What aefusion fused before is left out.
        Or one file of several planes.
    output
        The fused picture: PNG, JPEG, TIFF, WebP, BMP or OpenEXR, by its suffix.
    save_map
        Write which picture each pixel comes from: a PNG of indices that says which index is which picture.
    map
        A map that --save-map wrote, and that was painted on with colours picked from it: what differs from the choice
        made here is taken from the picture that the map says.
    save_depth
        Write at which depth each pixel of a focus stack is sharp, filled where nothing is: a TIFF of numbers, or a
        picture in colours with a bar.
    group
        Find the stacks in folders, as on the card of a camera, and fuse each into the folder of the results: pictures
        taken shortly one after the other, of one camera and lens, each exposure of a bracket once; and in folders
        inside. A result is called after its first and last picture.
    gap
        So many seconds may lie between two pictures of a stack, at most.
    format
        The format of the results.
    exist
        What to do where a result exists already.
    dry_run
        Say which stacks there are, and fuse none.
    kind
        What differs between the pictures. `auto` goes by the exposures that the files state, then by what the pictures
        show, and says by what. `sharpest` takes the one picture that is sharpest as a whole.
    align
        Lay each picture onto the middle one first, by a transform of this kind, for series from the hand and for lenses
        that breathe. `auto` takes the simplest that fits. What lies right stays as it is.
    transform
        Search nothing: lay them by the transforms in this file, for more stacks of the same camera positions.
    save_transform
        Write the transforms that were found to this file (.json).
    crop
        Keep only the area that all show. If one picture has a smaller field than the others, as with lenses that
        breathe, they are laid onto that one, which is kept whole.
    jobs
        How many pictures are aligned at the same time.
    range
        What becomes black and what becomes white, of 16-bit pictures and of counts: two values, `set` for the lowest
        and the highest of all, `auto` for the percentiles 0.1 and 99.9. With `none` values stay as they are.
    linear
        Fuse in linear light: raw files are developed so, and other pictures are brought to it. Exposures are merged to
        the light of the scene, beyond white, by the exposures in their EXIF: write .exr or .tif.
    model
        Fuse two by two with a network, as in a tournament: a name that `aefusion models` lists, or a file of weights.
    channel
        Of a file of several planes (TIFF, ImageJ, OME-TIFF, LSM, CZI, ND2) fuse this channel, by its name or its
        number from 1. Without it all are fused, into one TIFF file.
    focus_by
        Fuse all channels as this one is sharp, by its name or number; else each for itself.
    time
        Of several times this one, from 1.
    position
        Of several positions this one, from 1.
    step
        The distance from one picture to the next for --save-depth, in the unit of the file, else in micrometres. If it
        is not given: what the file says, else depths count pictures.
    shadows
        How much of dark parts beside bright ones is kept, 0 to 1: with 0 they may become black, with 1 they are about
        as bright as in the exposure that shows them best.
    highlights
        The same for bright parts beside dark ones.
    contrast
        How much the contrast counts when the best exposure of each part is chosen, 0 to 4; 0 goes by brightness and
        colour alone, and is softer.
    deghost
        Take what moved between the exposures, such as people and leaves, from the best exposed one alone.
    """
    options: dict[str, Any] = {
        "kind": kind, "align": align, "crop": crop, "jobs": jobs, "range": range, "linear": linear, "model": model,
        "channel": channel, "focus_by": focus_by, "time": time, "position": position,
        "shadows": shadows, "highlights": highlights, "contrast": contrast, "deghost": deghost, **vars(writing),
    }  # fmt: skip
    if group:
        for name, path in {"save_map": save_map, "map": map, "save_depth": save_depth, "transform": transform,
                           "save_transform": save_transform}.items():  # fmt: skip
            if path:
                raise ValueError(f"`{name}` is that of one stack: leave out `group=True`")
        return fuse_groups(list(pictures), output, gap, f".{format}", json, dry_run, options | {"exist": exist})
    if gap is not None or dry_run:
        raise ValueError(f"`{'gap' if gap is not None else 'dry_run'}` is for many stacks: give `group=True` too")
    from aefusion import fuse_stack

    with showing_one(pictures, output, json) as (_, show):
        with progress_bar("fusing", lines=False) as progress:
            fused = fuse_stack(
                pictures, output, save_map=save_map, map=map, save_depth=save_depth, transform=transform,
                save_transform=save_transform, step=step, progress=progress, **options,
            )  # fmt: skip
        why = f" ({fused.why}; else give --kind {'focus' if fused.kind == 'exposure' else 'exposure'})"
        lines = [f"{output}: {fused.width}x{fused.height}, {fused.count} pictures fused by {fused.kind}"]
        if fused.kind == "sharpest":
            lines[0] = f"{output}: {fused.width}x{fused.height}, {fused.why} is the sharpest of {fused.count}"
        elif fused.why:
            lines[0] += why
        if len(fused.channels) > 1:
            lines[0] += f", channels {', '.join(fused.channels)}"
        lines += fused.places.lines(fused.names) if fused.places else []
        if save_map:
            lines.append(f"{save_map}: 0 is {fused.names[0]}, {fused.count - 1} is {fused.names[-1]}")
        show(fused, "\n".join(lines))
    return 0
