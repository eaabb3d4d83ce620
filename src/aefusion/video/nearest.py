from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")
Time = Fraction
NOW = Time(0)


def nearest(
    first: Iterable[tuple[Time, A]], second: Iterable[tuple[Time, B]], duration: Time, offset: Time = NOW
) -> Iterator[tuple[Time, A, B]]:
    """Each item of the first with the item of the second that is nearest in time; of two as near, the later.

    Both in order of time, in seconds. `offset` is added to the times of the second. Items of the first more than half
    a `duration` (that of an item of the second) before the second begins are left out; it ends where the first ends,
    or where the last of the second has lasted its duration.

    >>> first = [(Time(i, 4), i) for i in range(9)]
    >>> [b for _, _, b in nearest(first, [(Time(i, 2), i) for i in range(3)], Time(1, 2))]
    [0, 1, 1, 2, 2, 2]
    """
    others = iter(second)
    present = coming = next(others, None)
    if present is None:
        return
    begin = present[0] + offset - duration / 2
    for time, item in first:
        while coming is not None and abs(coming[0] + offset - time) <= abs(present[0] + offset - time):
            present, coming = coming, next(others, None)
        if coming is None and time >= present[0] + offset + duration:
            return
        if time >= begin:
            yield time, item, present[1]
