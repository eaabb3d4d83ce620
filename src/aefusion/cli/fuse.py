"""Fuse files or folders."""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Group, Parameter

FILES = Group("Files", sort_key=1)
FOLDERS = Group("Folders", sort_key=2)
FUSION = Group("Fusion", sort_key=3)
SPEED = Group("Speed", sort_key=4)


def fuse(
    a: Annotated[Path, Parameter(group=FILES)],
    b: Annotated[Path | None, Parameter(group=FILES)] = None,
    /,
    *more: Annotated[Path, Parameter(group=FILES)],
    output: Annotated[Path, Parameter(alias="-o", group=FILES)],
    exist: Annotated[Literal["overwrite", "skip", "error"], Parameter(group=FILES)] = "overwrite",
    format: Annotated[Literal["png", "jpg", "tif", "webp", "bmp"], Parameter(group=FILES)] = "png",
    quality: Annotated[int, Parameter(group=FILES)] = 95,
    strip: Annotated[bool, Parameter(negative="", group=FILES)] = False,
    json: Annotated[bool, Parameter(negative="", group=FILES)] = False,
    dry_run: Annotated[bool, Parameter(negative="", group=FILES)] = False,
    pair: Annotated[str | None, Parameter(group=FOLDERS)] = None,
    recursive: Annotated[bool, Parameter(negative="", group=FOLDERS)] = False,
    shard: Annotated[str | None, Parameter(group=FOLDERS)] = None,
    model: Annotated[str | None, Parameter(group=FUSION, show_default=lambda _: "aenetv2")] = None,
    method: Annotated[str | None, Parameter(group=FUSION)] = None,
    colour: Annotated[Literal["auto", "a", "b", "gray"], Parameter(group=FUSION)] = "auto",
    range: Annotated[tuple[float, float] | Literal["auto", "set"], Parameter(group=FUSION)] = "auto",
    resize: Annotated[Literal["b-to-a", "a-to-b"] | None, Parameter(group=FUSION)] = None,
    align: Annotated[Literal["none", "auto", "translation", "affine", "homography"], Parameter(group=FUSION)] = "none",
    transform: Annotated[Path | None, Parameter(group=FUSION)] = None,
    save_transform: Annotated[Path | None, Parameter(group=FUSION)] = None,
    crop: Annotated[bool, Parameter(negative="", group=FUSION)] = False,
    engine: Annotated[Literal["auto", "cpu", "onnx", "torch"], Parameter(group=SPEED)] = "auto",
    threads: Annotated[int | None, Parameter(group=SPEED)] = None,
) -> int:
    """Fuse two pictures or more, or folders of pictures.

    Parameters
    ----------
    a
        The first picture: visible, near focus, under-exposed, MRI. Or a folder.
    b
        The second: infrared, far focus, over-exposed, CT. Or a folder, with pictures of the same stems. Not needed for
        a radiometric FLIR JPEG, which holds both, a folder of them, or a folder with `--pair`.
    more
        More pictures. Methods such as `mertens` (exposures), `average` and `max` take all at once; the network and the
        others fuse one after the other, and the order counts.
    output
        The fused picture, PNG, JPEG, TIFF, WebP or BMP by its suffix. For folders: a folder.
    exist
        What to do where the result exists already.
    format
        For folders: the format of the results.
    quality
        For JPEG and WebP, 1 to 100.
    strip
        Leave EXIF (place, time, camera) and XMP out; the colour profile stays.
    json
        For programs: a line of JSON for each pair on standard output, all else on standard error.
    dry_run
        For folders: list the pairs, and what has no partner, and stop.
    pair
        Which files are pairs, first source and second: `"{}_W.JPG:{}_T.JPG"`. `{}` must be equal, `*` is anything; with
        a slash (`"visible/{}:infrared/{}"`) folders inside are searched.
    recursive
        Pair the folders inside too; the results keep their places.
    shard
        Of the pairs only a share, `2/5` for the second of five machines.
    model
        A name that `aefusion models` lists, or a file of weights.
    method
        A fusion algorithm instead of a network: a name that `aefusion methods` lists, or `file.py:function`.
    colour
        Where the colour comes from: `auto` from each source that has any; `gray` for none.
    range
        What becomes black and white of thermal pictures, 16-bit gray or radiometric: two values in the unit of the file
        (degrees Celsius for FLIR JPEG, counts for 16 bit); `set` for the lowest and highest of all; `auto` for
        percentiles 0.1 and 99.9 of what is clearly thermal. One range for a whole folder.
    resize
        Bring one source to the other's size.
    align
        Lay the other sources onto the first (with `--resize a-to-b` onto the last), by a transform of this kind, or the
        simplest that does (`auto`). Where none is found: a warning, and nothing is moved.
    transform
        Lay them by the transform in this file instead: for cameras that are fixed to each other, and for folders.
    save_transform
        Write the transform that was found to this file.
    crop
        Keep the area that all aligned sources show.
    engine
        What runs the network; see `aefusion doctor`.
    threads
        How many threads; all cores, if not given.
    """
    from aefusion.cli.console import show_line
    from aefusion.fusion.fuser import Fuser
    from aefusion.fusion.preparation import Found
    from aefusion.image import check_target

    choices: dict[str, Any] = {"colour": colour, "quality": quality, "strip": strip}
    steps: dict[str, Any] = {"range": range, "resize": resize}
    steps |= {"align": align, "transform": transform, "save_transform": save_transform, "crop": crop}
    if a.is_dir() or (b and b.is_dir()):
        from aefusion.cli.console import find, list_pairs, report_folders
        from aefusion.fusion.preparation import Preparation
        from aefusion.image.pairs import shard as share

        if more:
            raise ValueError(f"{more[0]}: folders are fused two by two: give no third source")
        prepare = Preparation(**steps)
        found = find(a, b, output, pair, recursive)
        chosen = share(found.pairs, shard) if shard else found.pairs
        if dry_run:
            return list_pairs(found, chosen, as_json=json)
        fuser = Fuser(model, engine, threads, method)
        choices |= {"suffix": f".{format}", "exist": exist}
        return report_folders(fuser, found, chosen, output, prepare, as_json=json, **choices)
    for name, given in {"--pair": pair, "--recursive": recursive, "--shard": shard}.items():
        if given:
            raise ValueError(f"{name} is for folders: {a} is none")
    sources = [a, *([b] if b else []), *more]
    report = partial(show_line, output.stem, sources) if json else None
    if dry_run:
        check_target(output)
        report("planned", output) if report else print(" + ".join(map(str, sources)), "->", output)
        return 0
    if output.is_file() and exist != "overwrite":
        if exist == "skip":
            report("skipped", output) if report else print(f"{output}: exists already, skipped")
            return 0
        raise ValueError(f"{output}: exists already: see --exist")
    fuser = Fuser(model, engine, threads, method)
    if more and not getattr(fuser.engine, "many", False):
        print(
            "aefusion: fused one after the other, the order counts; for a series of focus or exposure "
            "see aefusion stack, for exposures also --method mertens",
            file=sys.stderr,
        )
    found = Found()
    try:
        height, width = fuser.file(sources, output, found=found, **choices, **steps).pixels.shape[:2]
    except (ValueError, OSError) as error:
        if report:
            report("failed", error=str(error))
        raise
    if report:
        report("fused", output, warning="; ".join(found.warnings))
    else:
        print(f"{output}: {width}x{height}, {fuser.name} on {fuser.runs_on}{found.ranges_in_words}")
    return 0
