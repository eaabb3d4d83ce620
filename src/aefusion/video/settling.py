"""The display range of a source that nothing is known of beforehand: a camera, or standard input."""

from collections.abc import Callable

import numpy as np

from aefusion.fusion.plan import Display
from aefusion.image import Picture
from aefusion.image.thermal import Range, display_ranges, has_values

VOTERS = 8
"""The first so many frames that show something say the range; each has its say when it comes, and then it stays."""


class Settling:
    """Finds the display range of a source from its first frames that show something; see `display_ranges`.

    Nothing is held back for it: the range is that of the frames that came so far, and changes no more after VOTERS.

    >>> settling = Settling("auto", "b", print)
    >>> settling(Picture(np.zeros((9, 9), np.uint16))), settling.done
    (None, False)
    """

    def __init__(self, choice: Range, name: str, warn: Callable[[str], object]):
        self._choice: Range = choice
        self._name, self._warn = name, warn
        self._voters: list[Picture] = []
        self.done = not isinstance(choice, str) or choice == "none"
        self.display: Display = None

    def __call__(self, picture: Picture) -> Display:
        """The range, with the say of one more frame."""
        if self.done:
            return self.display
        if not has_values(picture):
            self.done = True
        elif shows_something(picture):
            self._voters.append(Picture(picture.pixels.copy()))
            (self.display,) = display_ranges(self._choice, [self._voters], [self._name], self._warn)
            self.done = len(self._voters) >= VOTERS
        if self.done:
            self._voters = []
        return self.display


def shows_something(picture: Picture) -> bool:
    """Whether there is more than one value in a picture beside 0 and white: a closed shutter shows nothing."""
    part = picture.pixels[::2, ::2]
    values = part[(part > 0) & (part < np.iinfo(np.uint16).max)] if part.dtype == np.uint16 else part.ravel()
    return values.size > part.size // 2 and float(np.ptp(values)) > 1
