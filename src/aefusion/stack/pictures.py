"""The pictures of a stack: in their order, read one by one and as often as wanted, checked."""

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from os import PathLike, fspath
from pathlib import Path

import numpy as np

from aefusion.fuser import Source, called, load
from aefusion.image import Picture
from aefusion.image.depth import deepest


class Pictures:
    """Paths or arrays as a stack: going through it reads each picture again, so that memory holds two at a time.

    Files are put in the natural order of their paths (2.tif before 10.tif), whatever the order they are given in;
    arrays stay as they are given. ValueError where there are fewer than two, a file is given twice, or sizes differ.
    """

    def __init__(self, sources: Sequence[Source]):
        if len(sources) < 2:
            raise ValueError(f"{len(sources)} picture: a stack needs two or more")
        paths = [source for source in sources if not isinstance(source, np.ndarray)]
        if len(paths) == len(sources):
            sources = paths = sorted(paths, key=natural)
        for path, following in pairwise(sorted(Path(path).resolve() for path in paths)):
            if path == following:
                raise ValueError(f"{path}: given twice: give each picture of the stack once")
        self.sources = list(sources)
        self.names = [called(source, i) for i, source in enumerate(sources)]
        self.depth = np.dtype(np.uint8)
        """The deepest dtype so far; that of the stack after it was gone through once."""
        self.is_colour = False
        """Whether a picture so far has three channels."""
        self._size: tuple[int, int] | None = None

    def __len__(self) -> int:
        return len(self.sources)

    def __getitem__(self, i: int) -> Picture:
        picture = load(self.sources[i], self.names[i])
        height, width = picture.pixels.shape[:2]
        if self._size is None:
            self._size = (height, width)
        if (height, width) != self._size:
            raise ValueError(
                f"{self.names[i]} is {width}x{height}, pictures before it are {self._size[1]}x{self._size[0]}: "
                "a stack needs pictures of one size"
            )
        self.depth = deepest(self.depth, picture.pixels.dtype)
        self.is_colour = self.is_colour or picture.is_colour
        return picture

    def __iter__(self) -> Iterator[Picture]:
        """The pictures in order; the next one is read while the caller works on this one."""
        with ThreadPoolExecutor(1, thread_name_prefix="aefusion-files") as pool:
            coming = pool.submit(self.__getitem__, 0)
            for i in range(1, len(self) + 1):
                picture = coming.result()
                if i < len(self):
                    coming = pool.submit(self.__getitem__, i)
                yield picture


def natural(path: str | PathLike[str]) -> tuple:
    """The key that sorts paths as people count: digits are numbers.

    >>> sorted(["b10.tif", "b9.tif", "a.tif"], key=natural)
    ['a.tif', 'b9.tif', 'b10.tif']
    """
    parts = re.split(r"(\d+)", fspath(path))
    return tuple((int(part) if i % 2 else 0, part) for i, part in enumerate(parts))
