"""The first pairs of frames: what is found out by them before they are fused."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

from aefusion.video.frame import Frame

Pair = tuple[Fraction, Frame, Frame]
SPREAD = (0.12, 0.3, 0.7, 1.5, 3.0, 6.0)
"""Seconds after the first pair at which further pairs are looked at."""
BYTES = 128 << 20
"""So much may be held of a source that cannot be read again."""


class Beginning:
    """Pairs of frames of which some that are still to come can be looked at.

    ``again``: gives the pairs once more from the first on, where both sources can be read again; else those that are
    looked at are held until their turn.
    """

    def __init__(self, pairs: Iterable[Pair], again: Callable[[], Iterator[Pair]] | None = None):
        self._pairs, self._again = iter(pairs), again
        self._held: deque[Pair] = deque()

    def __iter__(self) -> Iterator[Pair]:
        while True:
            pair = self._held.popleft() if self._held else next(self._pairs, None)
            if pair is None:
                return
            yield pair

    def later(self, begin: Fraction) -> Iterator[tuple[Frame, Frame]]:
        """Frames at about the times of SPREAD after a time; each is read when it is asked for."""
        wanted = deque(SPREAD)
        for time, a, b in self._again() if self._again else self._hold():
            if wanted and time - begin >= wanted[0]:
                while wanted and time - begin >= wanted[0]:
                    wanted.popleft()
                yield a, b
            if not wanted:
                return

    def _hold(self) -> Iterator[Pair]:
        held = 0
        for pair in self._pairs:
            self._held.append(pair)
            yield pair
            held += sum(frame.fusible.pixels.nbytes * 3 // 2 for frame in pair[1:])
            if held > BYTES:
                return
