"""The display ranges of sources that nothing is known of beforehand: cameras, and standard input."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from aefusion.fusion.plan import Display, Plan, shown_ranges
from aefusion.image import Picture
from aefusion.image.thermal import Range, display_ranges, has_values

VOTERS = 8
"""The first so many frames of a source that show something say its range."""


class Settling:
    """Finds the display ranges of sources from their first frames that show something; see `display_ranges`.

    Nothing is held back for it: a range is that of the frames that came so far, and changes no more after VOTERS of
    them. ``unknown``: the sources that it is found for; ``names``: what errors call the sources.

    >>> settling = Settling("auto", "ab", [True, True], print)
    >>> settling([Picture(np.zeros((9, 9), np.uint16))] * 2, [None, None]), settling.done
    ([None, None], False)
    """

    def __init__(self, choice: Range, names: Sequence[str], unknown: Sequence[bool], warn: Callable[[str], object]):
        self._choice: Range = choice
        self._names, self._unknown, self._warn = names, unknown, warn
        self._voters: list[list[Picture]] = [[] for _ in names]
        self._most = VOTERS if isinstance(choice, str) else 1
        self.done = choice == "none" or not any(unknown)

    def __call__(self, pictures: Sequence[Picture], displays: Sequence[Display]) -> list[Display]:
        """The ranges, with the say of one more picture of each source; ``displays``: those so far."""
        if self.done:
            return list(displays)
        able = [yes and has_values(picture) for yes, picture in zip(self._unknown, pictures, strict=True)]
        if not any(map(has_values, pictures)):  # which is an error where a range was asked for
            display_ranges(self._choice, [[picture] for picture in pictures], self._names, self._warn)
        asked = False
        for voters, yes, picture in zip(self._voters, able, pictures, strict=True):
            if yes and len(voters) < self._most and shows_something(picture):
                voters.append(replace(picture, pixels=picture.pixels.copy()))
                asked = True
        if asked:
            found = display_ranges(self._choice, self._voters, self._names, self._warn)
            new = zip(found, displays, self._voters, strict=True)
            displays = [one if voters else before for one, before, voters in new]
        self.done = all(len(voters) >= self._most for voters, yes in zip(self._voters, able, strict=True) if yes)
        if self.done:
            self._voters = [[] for _ in self._names]
        return list(displays)


def settled(planned: Plan, pictures: Sequence[Picture], displays: Sequence[Display]) -> Plan:
    """A plan with other display ranges, for pictures such as these."""
    if tuple(displays) == planned.displays:
        return planned
    return replace(planned, displays=tuple(displays), ranges=shown_ranges(pictures, displays))


def shows_something(picture: Picture) -> bool:
    """Whether there is more than one value in a picture beside 0 and white: a closed shutter shows nothing."""
    part = picture.pixels[::2, ::2]
    values = part[(part > 0) & (part < np.iinfo(np.uint16).max)] if part.dtype == np.uint16 else part.ravel()
    return values.size > part.size // 2 and float(np.ptp(values)) > 1
