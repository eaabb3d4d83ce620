"""Reading a picture from a file."""

import warnings
from collections.abc import Callable
from os import PathLike
from pathlib import Path

from aefusion.files import FileError, as_path
from aefusion.image.coded import decode
from aefusion.image.dji import dji_temperatures
from aefusion.image.extracted import extracted
from aefusion.image.fff import NoTemperatures
from aefusion.image.flir import flir_temperatures, is_flir, visible_and_temperatures
from aefusion.image.flir_sequence import FlirSequence
from aefusion.image.formats import SEQUENCES, format_of
from aefusion.image.medical_files import what_to_give
from aefusion.image.picture import Picture
from aefusion.image.raw import is_raw, read_raw_file
from aefusion.image.tiff import read_tiff
from aefusion.image.unread_thermal import unread_thermal


def read(
    path: str | PathLike[str],
    *,
    measured: bool = False,
    rendered: bool = False,
    linear: bool = False,
    warn: Callable[[str], object] = warnings.warn,
) -> Picture:
    """The picture in a PNG, JPEG, TIFF, WebP or BMP file, upright, in the depth stored.

    The format is taken from the content, not from the name. 8 bit gives uint8, 16 bit uint16, a float TIFF in
    [0, 1] float32; fewer bits are scaled up. Gray stays (H, W); colour, also from a palette, is (H, W, 3)
    RGB, and stays so where its channels are equal. Of an animation the first frame is read; a TIFF of several
    pages is refused, and so is CMYK. Raises FileError, one line that names the file, if it cannot be read
    whole.

    ``measured``: where a file holds measured values, give those, as `Picture.measured`: the temperatures of a
    radiometric JPEG of FLIR or DJI instead of the picture that the camera made of them, those of a FLIR FFF, SEQ or CSQ
    file (of several frames the first), and a gray TIFF of numbers that are not gray levels (floats outside of [0, 1],
    signed or 32-bit integers); the last two are an error without. Such a picture is transparent where there are no
    data. ``rendered``: of a radiometric JPEG take the camera's picture all the same.
    Raw files of cameras are developed by rawpy, where it is installed, with the camera's white balance: 16 bits, sRGB,
    or with ``linear`` in linear light.
    ``warn``: is called with one line that names the file where it was read otherwise than expected: a JPEG with wrong
    data in it, a FLIR file without temperatures, dead pixels. Any number of threads may read at the same time.
    """
    path = as_path(path, "a picture")
    data = _bytes(path)
    kind = format_of(data)
    if is_raw(data[:64], path.suffix):
        try:
            return read_raw_file(path, data, linear)
        except ValueError as error:
            raise _named(path, error) from None
    if kind == "fff":
        return _of_sequence(path, measured, warn)
    if kind is None and path.suffix.lower() in SEQUENCES:
        wrong = "a recording of a thermal camera in a form that is not read"
        raise FileError(path, wrong, "export it as FLIR SEQ, or as 16-bit TIFF pictures, with the camera's program")
    if kind is None:
        raise FileError(path, "not a picture in a supported format", what_to_give(path, start=data[:132]))

    def say(wrong: str) -> None:
        warn(f"{path}: {wrong}")

    try:
        if kind == "tiff":
            return read_tiff(data, measured, say)
        from_flir = measured and not rendered and kind == "jpeg" and is_flir(data)
        if measured and not rendered and kind == "jpeg" and not from_flir and (counted := dji_temperatures(data)):
            return counted
        if measured and not rendered and kind == "jpeg" and (unread := unread_thermal(data)):
            say(unread)
        picture = decode(data, kind, say)
        if not from_flir:
            return extracted(picture, say) if measured and kind == "png" else picture
        try:
            return flir_temperatures(data, picture, say)
        except NoTemperatures:
            say("a FLIR file without temperatures, taken as a picture")
            return picture
    except ValueError as error:
        raise _named(path, error) from None


def read_both(path: str | PathLike[str], *, warn: Callable[[str], object] = warnings.warn) -> tuple[Picture, Picture]:
    """Both sources of a file that holds two: the visible photograph and the temperatures of a radiometric FLIR JPEG.

    Of one size, registered and cropped as `flir.visible_and_temperatures` says. FileError for every other file.
    ``warn``: as in `read`.
    """
    path = as_path(path, "a picture")
    data = _bytes(path)
    if format_of(data) != "jpeg" or not is_flir(data):
        wrong = "one source, and no radiometric FLIR JPEG, which would hold two"
        raise FileError(path, wrong, "give the second picture too")
    try:
        picture = decode(data, "jpeg", lambda wrong: warn(f"{path}: {wrong}"))
        return visible_and_temperatures(data, picture, lambda wrong: warn(f"{path}: {wrong}"))
    except ValueError as error:
        raise _named(path, error) from None


def _of_sequence(path: Path, measured: bool, warn: Callable[[str], object]) -> Picture:
    """The temperatures in a FLIR file without a picture to look at, of several frames the first."""
    if not measured:
        wrong = "holds temperatures and no picture"
        raise FileError(path, wrong, "make pictures of it with `aefusion thermal`, or fuse it")
    sequence = FlirSequence(path, warn)
    if len(sequence) > 1:
        warn(f"{path}: the first of {len(sequence)} frames: `aefusion video` fuses all")
    return sequence[0]


def _named(path: Path, error: ValueError) -> FileError:
    wrong, _, advice = str(error).rpartition(": ")
    return FileError(path, wrong or str(error), advice)


def _bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise FileError(path, "no such file", "check the path") from None
    except IsADirectoryError:
        raise FileError(path, "a folder, not a picture", "give a file") from None
    except OSError as error:
        wrong = f"cannot be read ({error.strerror})"
        raise FileError(path, wrong, "check the path and its permissions") from None
    if not data:
        raise FileError(path, "the file is empty", "copy or download it again")
    return data
