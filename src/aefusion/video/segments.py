"""A long recording as files of some minutes each."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

from aefusion.video.frame import Frame
from aefusion.video.target import Target
from aefusion.video.write import VideoSink


class Segments:
    """Writes frames as a `VideoSink` does, into a new file whenever one is ``every`` seconds long.

    Of ``out.mp4`` the files are out-0001.mp4, out-0002.mp4 and so on; each appears when it is whole, and each plays by
    itself. Numbers go on after the highest that is there, so that a recording that is started again replaces nothing;
    ``exist`` "overwrite" begins with 1 all the same, and "error" is a ValueError where a file of the name is there.
    """

    def __init__(
        self,
        target: Target,
        every: Fraction,
        open_sink: Callable[[Target], VideoSink],
        exist: Literal["overwrite", "error"] | None,
    ):
        if target.path is None:
            raise ValueError(f"`every` is for files: {target.name} is none")
        if every <= 0:
            raise ValueError(f"every {float(every):g}: expected seconds, more than 0")
        self._every, self._open, self._path = every, open_sink, target.path
        there = numbers(target.path)
        if there and exist == "error":
            raise ValueError(f"{numbered(target.path, there[-1])}: exists already: see `exist`")
        self._number = 1 if exist == "overwrite" or not there else there[-1] + 1
        self._target, self._before = target, 0.0
        self.parts: list[Path] = []
        self._begin: Fraction | None = None
        self._sink = self._next()

    def _next(self) -> VideoSink:
        path = numbered(self._path, self._number)
        return self._open(replace(self._target, name=str(path), path=path))

    @property
    def bits(self) -> int:
        return self._sink.bits

    @property
    def encoder(self) -> str:
        return self._sink.encoder

    @property
    def seconds(self) -> float:
        """For how long it was busy."""
        return self._before + self._sink.seconds

    def write(self, time: Fraction, frame: Frame, rate: Fraction) -> None:
        """Encode a frame."""
        if self._begin is None:
            self._begin = time
        elif time - self._begin >= self._every:
            self._finish(whole=False)
            self._begin = time
            self._number += 1
            self._before += self._sink.seconds
            self._sink = self._next()
        self._sink.write(time, frame, rate)

    def close(self, *, whole: bool) -> None:
        """Finish the last file."""
        self._finish(whole=whole)

    def abort(self) -> None:
        """Leave no unfinished file behind; the finished ones stay."""
        self._sink.abort()

    def _finish(self, *, whole: bool) -> None:
        self._sink.close(whole=whole)
        self.parts += self._sink.parts


def numbered(path: Path, number: int) -> Path:
    """The name of a part.

    >>> numbered(Path("out.mp4"), 3).name
    'out-0003.mp4'
    """
    return path.with_name(f"{path.stem}-{number:04d}{path.suffix}")


def numbers(path: Path) -> list[int]:
    """The numbers of the parts that are there, in order."""
    ends = (one.stem.removeprefix(f"{path.stem}-") for one in path.parent.glob(f"{_plain(path.stem)}-*{path.suffix}"))
    return sorted(int(end) for end in ends if end.isdecimal() and len(end) >= 4)


def _plain(text: str) -> str:
    """Text as a pattern of `glob` that matches itself."""
    return "".join(f"[{one}]" if one in "*?[" else one for one in text)
