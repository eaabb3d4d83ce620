"""Frames that are those of a FLIR recording."""

import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from time import perf_counter

from aefusion.files import FileError
from aefusion.image import Picture
from aefusion.image.flir_sequence import FlirSequence
from aefusion.video.folder import EXAMPLES, FolderSource
from aefusion.video.frame import PictureFrame


class FlirSource(FolderSource):
    """The frames of a SEQ, CSQ or FFF file at a constant rate, as temperatures.

    ``rate``: instead of the one that the file states; 25 where it states none. FileError if it cannot be read.
    """

    def __init__(self, name: str, rate: Fraction | None, warn: Callable[[str], object] = warnings.warn):
        self._sequence = FlirSequence(name, warn)
        stated = Fraction(self._sequence.rate or 25).limit_denominator(1000)
        self._begin(name, rate or stated, warn)
        self.paths = [Path(f"{Path(name).stem}_{i:06d}") for i in range(len(self._sequence))]

    def frames(self) -> Iterator[tuple[Fraction, PictureFrame]]:
        """(seconds since the first frame, frame); one that cannot be read is left out with a warning."""
        for i in range(self.count):
            begun = perf_counter()
            try:
                picture = self._sequence[i]
            except FileError as error:
                self._warn(f"{error}; left out")
                self.skipped += 1
                continue
            self.seconds += perf_counter() - begun
            yield i / self.rate, PictureFrame(picture)
        if self.skipped == self.count:
            raise FileError(self.name, "not one frame can be read", "copy it again")

    def examples(self, all: bool) -> Generator[Picture]:
        """Every frame that can be read, or at most EXAMPLES, evenly spread, to find a display range."""
        for i in range(0, self.count, 1 if all else -(-self.count // EXAMPLES)):
            with suppress(FileError):
                yield self._sequence[i]

    def again(self) -> "FlirSource":
        """The same frames, once more."""
        return FlirSource(self.name, self.rate, lambda text: None)
