"""Frames that are pictures in a folder."""

import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from threading import Event
from time import perf_counter

import numpy as np

from aefusion.files import FileError
from aefusion.image import Picture, check_quality, read, write
from aefusion.image.formats import READ, SUFFIXES
from aefusion.image.natural_order import natural
from aefusion.video.frame import Frame, PictureFrame
from aefusion.video.read import LARGEST

EXAMPLES = 32
DEEP = ("png", "tiff")
"""The formats that hold more than 8 bits."""


class FolderSource:
    """The pictures of a folder as frames of a constant rate, in the order of their names (2 before 10).

    Raises FileError if there is no picture.
    """

    repaired, turned, repeated, restarts, reconnects, away = 0, False, 0, 0, 0, 0.0
    start, pixel_shape = Fraction(0), Fraction(1)
    live, stamped, known, clock, time_of_day, duration = False, False, True, None, None, None

    def __init__(self, folder: str, rate: Fraction, warn: Callable[[str], object] = warnings.warn):
        self._begin(folder, rate, warn)
        found = (path for path in Path(folder).iterdir() if path.suffix.lower() in READ and path.is_file())
        self.paths = sorted((path for path in found if path.name[0] != "."), key=lambda path: natural(path.name))
        if not self.paths:
            raise FileError(folder, "holds no picture", f"supported are {', '.join(READ)}")

    def _begin(self, name: str, rate: Fraction, warn: Callable[[str], object]) -> None:
        self._warn = warn
        self.name, self.rate, self.seconds, self.skipped = name, rate, 0.0, 0
        self.time_base = (1 / rate).limit_denominator(LARGEST)
        self.sound, self.sound_streams, self.metadata = (), (), {}
        self.begun = Event()
        self.begun.set()

    @property
    def count(self) -> int:
        return len(self.paths)

    def frames(self) -> Iterator[tuple[Fraction, PictureFrame]]:
        """(seconds since the first frame, frame); a picture that cannot be read is left out with a warning.

        A warning, too, for the first picture of another size.
        """
        first: tuple[int, ...] | None = None
        told = False
        for i, path in enumerate(self.paths):
            begun = perf_counter()
            try:
                picture = read(path, measured=True, warn=self._warn)
            except FileError as error:
                self._warn(f"{error}; left out")
                self.skipped += 1
                continue
            self.seconds += perf_counter() - begun
            size = picture.pixels.shape[1::-1]
            first = first or size
            if size != first and not told:  # once: of such pictures there may be many
                told = True
                differ = "{}x{}, the first is {}x{}".format(*size, *first)
                self._warn(f"{path} is {differ}: frames are brought to the size of the first")
            yield i / self.rate, PictureFrame(picture)
        if self.skipped == self.count:
            raise FileError(self.name, "not one picture can be read", "check the files")

    def examples(self, all: bool) -> Generator[Picture]:
        """Every picture that can be read, or at most EXAMPLES, evenly spread, to find a display range."""
        for path in self.paths[:: 1 if all else -(-self.count // EXAMPLES)]:
            with suppress(FileError):
                yield read(path, measured=True)

    def again(self) -> "FolderSource":
        """The same pictures, once more."""
        again = FolderSource(self.name, self.rate, lambda text: None)
        again.paths = self.paths
        return again

    def keep_sound(self) -> None:
        pass

    def rest_of_sound(self, end: Fraction) -> None:
        pass

    def stop(self) -> None:
        pass

    def close(self) -> None:
        pass


def same_stems(a: FolderSource, b: FolderSource) -> int:
    """Leave only the frames that are in both folders; returns how many are left out.

    Where no stem is in both, frames are paired in the order of their names, and none is left out.
    """
    common = {path.stem for path in a.paths} & {path.stem for path in b.paths}
    if not common:
        return 0
    alone = len(a.paths) + len(b.paths) - 2 * len(common)
    for source in (a, b):
        source.paths = [path for path in source.paths if path.stem in common]
    return alone


class FolderSink:
    """Writes frames as pictures, numbered from 0 in the order in which they come.

    ``stems``: the names of the frames of a folder instead, by their times. The folder is made with the first frame.
    """

    def __init__(
        self,
        folder: Path,
        suffix: str,
        quality: int,
        stems: Sequence[str] | None,
        sign: Callable[[Picture], Picture],
    ):
        check_quality(quality)
        self.folder, self.suffix, self.quality = folder, suffix, quality
        self._stems, self._sign, self._count = stems, sign, 0
        self.bits, self.seconds, self.encoder = 8, 0.0, suffix[1:]
        self.parts: list[Path] = []
        if folder.is_file():
            raise FileError(folder, "a file, not a folder", "give another name")

    def write(self, time: Fraction, frame: Frame, rate: Fraction) -> None:
        begun = perf_counter()
        picture = frame.picture()
        if SUFFIXES[self.suffix.lower()] in DEEP:
            self.bits = max(self.bits, 8 if picture.pixels.dtype == np.uint8 else 16)
        # A rate that changes has no number for a time, and two times may be nearest to one.
        name = self._stems[round(time * rate)] if self._stems else f"{self._count:06d}"
        self._count += 1
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{name}{self.suffix}"
        write(path, self._sign(picture), self.quality)
        self.seconds += perf_counter() - begun

    def close(self, *, whole: bool) -> None:
        pass

    def abort(self) -> None:
        pass
