from glob import glob, has_magic
from os import PathLike
from pathlib import Path

from aefusion.files import FileError
from aefusion.image.formats import SUFFIXES
from aefusion.image.natural_order import natural


def pictures_in(path: str | PathLike[str]) -> list[Path]:
    """The pictures in a folder, in no order, the files that fit a pattern, or the file itself.

    FileError for a folder without any, and a pattern that nothing fits. A file whose name has the letters of a pattern
    in it is that file.

    >>> [one.name for one in pictures_in("here/one.png")]
    ['one.png']
    """
    path = Path(path)
    if has_magic(str(path)) and not path.exists():
        fitting = sorted((Path(one) for one in glob(str(path))), key=natural)  # noqa: PTH207 (any pattern)
        if not fitting:
            raise FileError(path, "no file fits this pattern", "check it")
        return fitting
    if not path.is_dir():
        return [path]
    pictures = [one for one in path.iterdir() if one.suffix.lower() in SUFFIXES and not one.name.startswith(".")]
    if not pictures:
        raise ValueError(f"{path}: a folder without pictures: give pictures, or a folder that holds them")
    return pictures
