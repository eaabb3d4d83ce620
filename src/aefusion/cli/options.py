"""The options that several commands have, each written once, with its help."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Group, Parameter

FILES = Group("Files", sort_key=1)
FUSION = Group("Fusion", sort_key=3)
STEPS = Group("Steps before", sort_key=4)
SPEED = Group("Speed", sort_key=6)

IN_FILES = Parameter(group=FILES)
Output = Annotated[Path, Parameter(alias="-o")]
Json = Annotated[bool, Parameter(help="Print JSON on standard output, and all else on standard error.")]
Names = Annotated[list[str] | None, Parameter(consume_multiple=True)]
Paths = Annotated[list[Path] | None, Parameter(consume_multiple=True)]
Pattern = Annotated[
    str | None,
    Parameter(
        help="Which files are pairs, the first source and the second: `{}-A.png:{}-B.png`, `vi/{}:ir/{}`, or as "
        "`aefusion fuse --pair` takes it. Without it: folders a and b, vi and ir, or names that end in -A and -B."
    ),
]
ShownRange = Annotated[
    tuple[float, float] | Literal["auto", "set", "none"],
    Parameter(help="How thermal pictures are shown, as in `aefusion fuse --range`. A folder has one range."),
]
Kind = Literal["none", "auto", "translation", "affine", "homography"]
Suffix = Literal["png", "jpg", "tif", "webp", "bmp"]


@Parameter(name="*")
@dataclass(frozen=True)
class Engine:
    """What fuses."""

    model: Annotated[str | None, Parameter(group=FUSION, show_default=lambda _: "aenetv2")] = None
    """A network: a name that `aefusion models` lists, or a file of weights."""
    method: Annotated[str | None, Parameter(group=FUSION)] = None
    """A fusion algorithm instead of a network: a name that `aefusion methods` lists, or `file.py:function`."""
    engine: Annotated[Literal["auto", "cpu", "onnx", "torch"], Parameter(group=SPEED)] = "auto"
    """What runs the network; `aefusion doctor` says what there is."""
    threads: Annotated[int | None, Parameter(group=SPEED, show_default=lambda _: "all cores")] = None
    """How many threads fuse."""


@Parameter(name="*", group=STEPS)
@dataclass(frozen=True)
class Steps:
    """What is done to the sources before they are fused, in this order."""

    range: tuple[float, float] | Literal["auto", "set", "none"] = "auto"
    """What becomes black and what becomes white of thermal pictures, which are 16-bit gray or radiometric: two values
    in the unit of the file (degrees Celsius for a FLIR JPEG, counts for 16 bit); `set` for the lowest and the highest
    of all; `auto` for the percentiles 0.1 and 99.9 of what is clearly thermal; or `none` for the values as they are. A
    folder or a video has one range."""
    align: Kind = "none"
    """Lay the other sources onto the first (with `--resize a-to-b`, onto the last) by a transform of this kind; `auto`
    takes the simplest that fits. Where none is found there is a warning, and nothing is moved. All frames of a video
    get one transform, that of the first frames that can be aligned."""
    transform: Path | None = None
    """Lay them by the transform in this file, for cameras that are fixed to each other."""
    save_transform: Path | None = None
    """Write the transform that was found to this file (.json)."""
    resize: Literal["b-to-a", "a-to-b"] | None = None
    """Bring one source to the size of the other. Without it, sizes that differ are an error."""
    crop: bool = False
    """Keep only the area that all aligned sources show."""
    view: float | None = None
    """How many times wider the first source sees than the second, for `--align`, to about 20 percent: 2.4, or 0.4 where
    it sees less. If it is not given: what the files say of their focal lengths, else it is searched, up to 4.2 to 1."""
    points: Path | None = None
    """Lay them by places that were marked in both pictures: a CSV file with a line for each, x and y in the first, x
    and y in the second. One gives a shift, two a similarity, three an affine transform, four and more a homography, if
    `--align` names no other kind."""


@Parameter(name="*", group=FILES)
@dataclass(frozen=True)
class Writing:
    """How pictures are written."""

    quality: int = 95
    """The quality of JPEG and WebP, 1 to 100."""
    strip: bool = False
    """Leave the metadata out: EXIF (place, time, camera) and XMP. The colour profile stays."""


ENGINE, STEPS_BEFORE, WRITING = Engine(), Steps(), Writing()


def the_output(file: Path | None, output: Path | None, example: str) -> Path:
    """The result of a command that takes it as its last word or as ``--output``; ValueError unless one is given."""
    if file and output:
        raise ValueError(f"{file} and {output}: two results: give one of them")
    if not (path := file or output):
        raise ValueError(f"no result is named: give it with -o, for example -o {example}")
    return path
