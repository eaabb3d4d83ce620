"""The channels of a microscope's file as stacks, and their results as one file."""

from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path

from aefusion.files import FileError, write_whole
from aefusion.fusion.sources import Source
from aefusion.image import Picture
from aefusion.image.formats import SUFFIXES
from aefusion.image.plane import Plane
from aefusion.image.planes import open_planes
from aefusion.image.tiff_channels import encode_channels
from aefusion.image.write import OME
from aefusion.stack.choose_planes import channel_number, choose_planes

Stack = Sequence[Source | Plane]


def stacks_of(
    sources: Stack,
    channel: str | int | None = None,
    focus_by: str | int | None = None,
    time: int | None = None,
    position: int | None = None,
) -> tuple[dict[str, Stack], str]:
    """The stacks that sources stand for, by the names of their channels, and the channel that decides for all.

    Several sources are one stack, without a name; a single file of several planes is one for each channel. ValueError,
    one line, where options that choose planes are given without such a file.
    """
    file = open_planes(sources[0]) if len(sources) == 1 and isinstance(sources[0], str | PathLike) else None
    if file is None:
        for name, value in (("channel", channel), ("focus_by", focus_by), ("time", time), ("position", position)):
            if value is not None:
                raise ValueError(f"`{name}` is for one file of several planes: leave it out")
        return {"": sources}, ""
    stacks: dict[str, Stack] = dict(choose_planes(file, channel, time, position))
    if focus_by is None:
        return stacks, ""
    by = file.channels[channel_number(file, focus_by)]
    if channel is not None and by not in stacks:
        raise ValueError(f"`channel={channel!r}` and `focus_by={focus_by!r}`: leave the first out: all are written")
    return stacks, by


def check_channels(output: str | PathLike[str] | None) -> None:
    """FileError where several channels cannot be written."""
    if output is not None and SUFFIXES.get(Path(output).suffix.lower()) != "tiff":
        raise FileError(
            output, "several channels are written as TIFF", "end its name in .tif, or choose one: `channel=1`"
        )


def write_channels(path: str | PathLike[str], channels: Mapping[str, Picture], software: str) -> None:
    """Write fused channels as one TIFF file: OME-TIFF where its name ends in .ome.tif, else as ImageJ has it."""
    ome = fspath(path).lower().endswith(OME)
    try:
        data = encode_channels(channels, software, ome)
    except ValueError as error:
        wrong, _, advice = str(error).rpartition(": ")
        raise FileError(path, wrong or str(error), advice) from None
    write_whole(path, data)
