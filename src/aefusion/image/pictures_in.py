from os import PathLike
from pathlib import Path

from aefusion.image.formats import SUFFIXES


def pictures_in(path: str | PathLike[str]) -> list[Path]:
    """The pictures in a folder, in no order, or the file itself; ValueError for a folder without any.

    >>> [one.name for one in pictures_in("here/one.png")]
    ['one.png']
    """
    path = Path(path)
    if not path.is_dir():
        return [path]
    pictures = [one for one in path.iterdir() if one.suffix.lower() in SUFFIXES and not one.name.startswith(".")]
    if not pictures:
        raise ValueError(f"{path}: a folder without pictures: give pictures, or a folder that holds them")
    return pictures
