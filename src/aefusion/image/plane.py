"""One plane of a file that holds several, and what a reader of such files gives."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from aefusion.image.picture import Picture
from aefusion.image.scale import Scale


class Planes(ABC):
    """The planes of a microscope's file: positions, times, channels, and the planes of a stack (z).

    All are counted from 0.
    """

    path: Path
    positions: int = 1
    times: int = 1
    channels: tuple[str, ...] = ("1",)
    """Their names; their numbers, from 1, where they have none."""
    depth: int = 1
    """How many planes a stack has."""
    scale: Scale | None = None

    def __new__(cls, *_: object):
        planes = super().__new__(cls)
        planes.turn = Lock()
        return planes

    turn: Lock
    """Threads take turns: readers of these files have one place in the file for all."""

    @abstractmethod
    def read(self, position: int, time: int, channel: int, z: int, warn: Callable[[str], object]) -> Picture:
        """A plane, upright, in the depth stored; ValueError 'what is wrong: what to do'."""

    @property
    def count(self) -> int:
        """How many planes there are in all."""
        return self.positions * self.times * len(self.channels) * self.depth

    @property
    def in_words(self) -> str:
        """What there is more than one of."""
        parts = [(self.positions, "positions"), (self.times, "times"), (len(self.channels), "channels"),
                 (self.depth, "planes")]  # fmt: skip
        return ", ".join(f"{count} {what}" for count, what in parts if count > 1)


@dataclass(frozen=True)
class Plane:
    """A plane of a file, which is read when it is asked for."""

    file: Planes = field(repr=False)
    position: int
    time: int
    channel: int
    z: int

    @property
    def name(self) -> str:
        """What errors, the map and the software tag call it; planes are counted from 1."""
        more = f" of channel {self.file.channels[self.channel]}" if len(self.file.channels) > 1 else ""
        return f"{self.file.path}, plane {self.z + 1}{more}"

    def read(self, warn: Callable[[str], object]) -> Picture:
        """The picture; ValueError, one line that names the file, if it cannot be read."""
        try:
            with self.file.turn:
                return self.file.read(
                    self.position, self.time, self.channel, self.z, lambda wrong: warn(f"{self.name}: {wrong}")
                )
        except ValueError as error:
            raise ValueError(f"{self.name}: {error}") from None
