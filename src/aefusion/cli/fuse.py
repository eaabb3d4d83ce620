"""Fuse files or folders."""

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Group, Parameter

from aefusion.cli.options import (
    ENGINE,
    FUSION,
    IN_FILES,
    STEPS,
    STEPS_BEFORE,
    WRITING,
    Engine,
    Json,
    Output,
    Steps,
    Suffix,
    Writing,
)

FOLDERS = Group("Folders", sort_key=2)
OTHERS = dict.fromkeys((".mp4", ".m4v", ".mov", ".mkv", ".avi", ".webm"), "video")
OTHERS |= dict.fromkeys((".dcm", ".nii", ".nii.gz"), "medical")
"""Suffixes of files that another command fuses."""


def fuse(
    a: Annotated[Path, IN_FILES],
    b: Annotated[Path | None, IN_FILES] = None,
    /,
    *more: Annotated[Path, IN_FILES],
    output: Annotated[Output, IN_FILES],
    exist: Annotated[Literal["overwrite", "skip", "error"], IN_FILES] = "overwrite",
    writing: Writing = WRITING,
    json: Annotated[Json, IN_FILES] = False,
    dry_run: Annotated[bool, IN_FILES] = False,
    format: Annotated[Suffix, Parameter(group=FOLDERS)] = "png",
    pair: Annotated[str | None, Parameter(group=FOLDERS)] = None,
    recursive: Annotated[bool, Parameter(group=FOLDERS)] = False,
    shard: Annotated[str | None, Parameter(group=FOLDERS)] = None,
    engine: Engine = ENGINE,
    colour: Annotated[Literal["auto", "a", "b", "gray"], Parameter(group=FUSION)] = "auto",
    palette: Annotated[Literal["iron", "arctic", "rainbow", "gray"] | None, Parameter(group=FUSION)] = None,
    rendered: Annotated[bool, Parameter(group=STEPS)] = False,
    steps: Steps = STEPS_BEFORE,
    save_steps: Annotated[Path | None, Parameter(group=STEPS)] = None,
) -> int:
    """Fuse two pictures or more, or folders of pictures.

    `aefusion a.jpg b.jpg -o fused.png` is short for `aefusion fuse a.jpg b.jpg -o fused.png`.

    Parameters
    ----------
    a
        The first picture: visible, near focus, under-exposed, MRI. Or a folder.
    b
        The second picture: infrared, far focus, over-exposed, CT. Or a folder with pictures of the same stems. It is
        not needed for a radiometric FLIR JPEG, which holds both, for a folder of them, or for a folder with `--pair`.
    more
        More pictures. Methods such as `mertens` (exposures), `average` and `max` take all at once. The network and the
        other methods fuse one after the other, and the order counts.
    output
        The fused picture: PNG, JPEG, TIFF, WebP or BMP, by its suffix. For folders, a folder.
    exist
        What to do where the result exists already.
    dry_run
        Say which files would be fused, and which pictures of folders have no partner, and write nothing.
    format
        The format of the results.
    pair
        Which files are pairs, the first source and the second: `"{}_W.JPG:{}_T.JPG"`. What `{}` stands for must be
        equal, and `*` stands for anything. With a slash (`"visible/{}:infrared/{}"`) folders inside are searched. Or
        `time:2`: those that were taken within 2 seconds (`time`: 1 second); `time:2+3600` if the second clock is an
        hour ahead. Or `order`: the first with the first and so on; in one folder, those that follow each other. In one
        folder the thermal pictures are the second, by the names that cameras give, or as `"time:2 *_W:*_T"` says. If
        it is not given, pictures of the same stem are a pair.
    recursive
        Pair the pictures in folders inside too. The results keep their places.
    shard
        Fuse only a share of the pairs: `2/5` is that of the second of five machines.
    colour
        Where the colour comes from: `auto` takes it from each source that has any, `gray` from none.
    palette
        Draw heat in these colours over the visible detail, as thermal cameras do (MSX), with a bar of temperatures at
        the right side.
    rendered
        Of the radiometric files of FLIR and DJI take the picture that the camera made, not its temperatures.
    save_steps
        Write the pictures of each step to this folder.
    """
    for suffix, command in OTHERS.items():
        if a.name.lower().endswith(suffix):
            raise ValueError(f"{a}: not a picture: fuse such files with aefusion {command}")
    choices: dict[str, Any] = {
        "colour": colour,
        "exist": exist,
        "palette": palette,
        "rendered": rendered,
        **vars(writing),
        **vars(steps),
    }
    if a.is_dir() or (b and b.is_dir()):
        from aefusion import fuse_folders
        from aefusion.cli.results import fuse_and_show, list_planned

        if more:
            raise ValueError(f"{more[0]}: folders are fused two by two: give no third source")
        if save_steps:
            raise ValueError(f"`save_steps` is for one pair, and {a} is a folder: give two files")
        if choices.pop("save_transform"):
            raise ValueError(f"`save_transform` is for one pair, and {a} is a folder: give two files, then `transform`")
        choices |= {"pattern": pair, "recursive": recursive, "shard": shard, "suffix": f".{format}"}
        folders = fuse_folders(a, b, output, **vars(engine), **choices)
        return list_planned(folders, json) if dry_run else fuse_and_show(folders, json)
    for name, given in {"pattern": pair, "recursive": recursive, "shard": shard}.items():
        if given:
            raise ValueError(f"`{name}` is for folders: {a} is none")
    sources = [a, *([b] if b else []), *more]
    return fuse_pictures(sources, output, engine, json, dry_run, choices | {"save_steps": save_steps})


def fuse_pictures(
    sources: list[Path], output: Path, engine: Engine, json: bool, dry_run: bool, choices: dict[str, Any]
) -> int:
    """Fuse files into a file, and say what became of them; the exit status."""
    from aefusion import fuse_files
    from aefusion.cli.results import showing_one
    from aefusion.image import check_target

    with showing_one(sources, output, json) as (planned, show):
        if dry_run:
            check_target(output)
            show(planned, f"{' + '.join(planned.sources)} -> {output}")
            return 0
        fused = fuse_files(sources, output, **vars(engine), **choices)
        if fused.status == "skipped":
            show(fused, f"{output}: exists already, skipped")
        else:
            ranges = "".join(f"; {one}" for one in fused.ranges)
            show(fused, f"{output}: {fused.width}x{fused.height}, {fused.by}{ranges}")
    return 0
