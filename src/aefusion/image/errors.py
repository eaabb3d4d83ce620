"""The one exception of reading, writing and pairing pictures."""

from os import PathLike, fspath


class PictureError(ValueError):
    """Something is wrong with one picture file or folder. One line: the path, what is wrong, what to do.

    >>> str(PictureError("a.png", "the file is empty", "copy it again"))
    'a.png: the file is empty: copy it again'
    """

    def __init__(self, path: str | PathLike[str], wrong: str, advice: str):
        super().__init__(" ".join(f"{fspath(path)}: {wrong}: {advice}".split("\n")))
        self.path = fspath(path)
