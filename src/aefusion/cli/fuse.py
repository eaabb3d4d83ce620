"""Fuse files or folders."""

import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Group, Parameter

FILES = Group("Files", sort_key=1)
FUSION = Group("Fusion", sort_key=2)
SPEED = Group("Speed", sort_key=3)


def fuse(
    a: Annotated[Path, Parameter(group=FILES)],
    b: Annotated[Path, Parameter(group=FILES)],
    /,
    *more: Annotated[Path, Parameter(group=FILES)],
    output: Annotated[Path, Parameter(alias="-o", group=FILES)],
    exist: Annotated[Literal["overwrite", "skip", "error"], Parameter(group=FILES)] = "overwrite",
    format: Annotated[Literal["png", "jpg", "tif", "webp", "bmp"], Parameter(group=FILES)] = "png",
    quality: Annotated[int, Parameter(group=FILES)] = 95,
    dry_run: Annotated[bool, Parameter(negative="", group=FILES)] = False,
    model: Annotated[str, Parameter(group=FUSION)] = "aenetv2",
    method: Annotated[str | None, Parameter(group=FUSION)] = None,
    colour: Annotated[Literal["auto", "a", "b", "gray"], Parameter(group=FUSION)] = "auto",
    resize: Annotated[Literal["b-to-a", "a-to-b"] | None, Parameter(group=FUSION)] = None,
    align: Annotated[Literal["none", "auto", "translation", "affine", "homography"], Parameter(group=FUSION)] = "none",
    transform: Annotated[Path | None, Parameter(group=FUSION)] = None,
    save_transform: Annotated[Path | None, Parameter(group=FUSION)] = None,
    crop: Annotated[bool, Parameter(negative="", group=FUSION)] = False,
    engine: Annotated[Literal["auto", "cpu", "onnx", "torch"], Parameter(group=SPEED)] = "auto",
    threads: Annotated[int | None, Parameter(group=SPEED)] = None,
) -> int:
    """Fuse two pictures or more, or two folders of pictures.

    Parameters
    ----------
    a
        The first picture: visible, near focus, under-exposed, MRI. Or a folder.
    b
        The second: infrared, far focus, over-exposed, CT. Or a folder, with pictures of the same stems.
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
    dry_run
        For folders: list the pairs, and what has no partner, and stop.
    model
        A name that `aefusion models` lists, or a file of weights.
    method
        A fusion algorithm instead of a network: a name that `aefusion methods` lists, or `file.py:function`.
    colour
        Where the colour comes from: `auto` from each source that has any; `gray` for none.
    resize
        Bring one source to the other's size.
    align
        Lay the other sources onto the first, by a transform of this kind, or the simplest that does (`auto`). Where
        none is found: a warning, and nothing is moved.
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
    from aefusion.fuser import Fuser
    from aefusion.image import check_target

    choices = {"colour": colour, "resize": resize, "quality": quality}
    choices |= {"align": align, "transform": transform, "save_transform": save_transform, "crop": crop}
    if a.is_dir() or b.is_dir():
        from aefusion.console import list_pairs, report_folders

        if save_transform:
            raise ValueError(f"{save_transform}: a transform is that of one pair: give two files, not folders")
        if more:
            raise ValueError(f"{more[0]}: folders are fused two by two: give no third source")
        if dry_run:
            return list_pairs(a, b)
        fuser = Fuser(model, engine, threads, method)
        return report_folders(fuser, a, b, output, suffix=f".{format}", exist=exist, **choices)
    if dry_run:
        check_target(output)
        print(" + ".join(map(str, (a, b, *more))), "->", output)
        return 0
    if output.is_file() and exist != "overwrite":
        if exist == "skip":
            print(f"{output}: exists already, skipped")
            return 0
        raise ValueError(f"{output}: exists already: see --exist")
    fuser = Fuser(model, engine, threads, method)
    if more and not getattr(fuser.engine, "many", False):
        print(
            "aefusion: fused one after the other, the order counts; for exposures see --method mertens", file=sys.stderr
        )
    height, width = fuser.file((a, b, *more), output, **choices).pixels.shape[:2]
    print(f"{output}: {width}x{height}, {fuser.name} on {fuser.runs_on}")
    return 0
