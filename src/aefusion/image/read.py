"""Reading a picture from a file."""

from os import PathLike
from pathlib import Path

from aefusion.image.coded import decode
from aefusion.image.errors import PictureError
from aefusion.image.formats import SUPPORTED, format_of
from aefusion.image.picture import Picture
from aefusion.image.tiff import read_tiff


def read(path: str | PathLike[str]) -> Picture:
    """The picture in a PNG, JPEG, TIFF, WebP or BMP file, upright, in the depth stored.

    The format is taken from the content, not from the name. 8 bit gives uint8, 16 bit uint16, a float TIFF in
    [0, 1] float32; fewer bits are scaled up. Gray stays (H, W); colour, also from a palette, is (H, W, 3)
    RGB, and stays so where its channels are equal. Of an animation the first frame is read; a TIFF of several
    pages is refused, and so is CMYK. Raises PictureError, one line that names the file, if it cannot be read
    whole.
    """
    path = Path(path)
    data = _bytes(path)
    kind = format_of(data)
    if kind is None:
        raise PictureError(path, "not a picture in a supported format", f"give one of {SUPPORTED}")
    try:
        return read_tiff(data) if kind == "tiff" else decode(data, kind)
    except ValueError as error:
        wrong, _, advice = str(error).rpartition(": ")
        raise PictureError(path, wrong or str(error), advice) from None


def _bytes(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise PictureError(path, "no such file", "check the path") from None
    except IsADirectoryError:
        raise PictureError(path, "a folder, not a picture", "give a file") from None
    except OSError as error:
        wrong = f"cannot be read ({error.strerror})"
        raise PictureError(path, wrong, "check the path and its permissions") from None
    if not data:
        raise PictureError(path, "the file is empty", "copy or download it again")
    return data
