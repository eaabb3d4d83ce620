import re
from os import PathLike, fspath


def natural(path: str | PathLike[str]) -> tuple:
    """The key that sorts paths as people count: digits are numbers.

    >>> sorted(["b10.tif", "b9.tif", "a.tif"], key=natural)
    ['a.tif', 'b9.tif', 'b10.tif']
    """
    parts = re.split(r"(\d+)", fspath(path))
    return tuple((int(part) if i % 2 else 0, part) for i, part in enumerate(parts))
