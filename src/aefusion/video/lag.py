"""How late the frames of a live source are."""

from fractions import Fraction
from time import monotonic

from aefusion.video.ends import Source


class Lag:
    """How late the frames of a live source are written: seconds after they arrived."""

    def __init__(self, source: Source):
        self._source = source if source.live else None
        self._sum, self._most, self._count = 0.0, 0.0, 0

    def now(self, time: Fraction) -> float:
        """For how many seconds a frame, of this time since the first of the source, has been there; 0 if unknown."""
        clock = self._source and self._source.clock
        if not self._source or not clock or clock.lag is None:
            return 0.0
        return monotonic() - clock.lag - float(self._source.start + time)

    def written(self, time: Fraction) -> None:
        """A frame of this time is written now."""
        if self._source:
            late = self.now(time)
            self._sum, self._most, self._count = self._sum + late, max(self._most, late), self._count + 1

    @property
    def seconds(self) -> tuple[float, float] | None:
        """On average and at most; None where the source is not live."""
        return (self._sum / self._count, self._most) if self._count else None
