from glob import glob, has_magic
from os import PathLike
from pathlib import Path

from aefusion.files import FileError
from aefusion.image.formats import SUFFIXES
from aefusion.image.medical_files import what_to_give
from aefusion.image.natural_order import natural
from aefusion.image.raw import RAW


def pictures_in(path: str | PathLike[str]) -> list[Path]:
    """The pictures in a folder, in no order, the files that fit a pattern, or the file itself.

    Of a folder a raw file of a camera counts where no other picture has its stem. A file whose name has the letters of
    a pattern in it is that file. FileError for a folder without any, and a pattern that nothing fits.

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
    files = [one for one in path.iterdir() if not one.name.startswith(".")]
    pictures = [one for one in files if one.suffix.lower() in SUFFIXES]
    stems = {one.stem.casefold() for one in pictures}  # a camera may write both
    pictures += [one for one in files if one.suffix.lower() in RAW and one.stem.casefold() not in stems]
    if not pictures:
        advice = what_to_give(path, "give pictures, or a folder that holds them")
        if any(one.is_dir() for one in files):
            advice += "; stacks in folders inside: `group=True`"
        raise ValueError(f"{path}: a folder without pictures: {advice}")
    return pictures
