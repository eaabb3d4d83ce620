"""The cores of this machine, and a picture's rows shared out among threads."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial


def available_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def check_threads(threads: int | None) -> None:
    """ValueError if this is no number of threads; None stands for as many as there are cores."""
    if threads is None:
        return
    if not isinstance(threads, int) or isinstance(threads, bool):
        raise ValueError(f"threads is {threads!r}; it must be a whole number, or None for as many as there are cores")
    if threads < 1:
        raise ValueError(f"threads is {threads}; it must be 1 or more")


def strips(height: int, threads: int, least: int = 8) -> list[tuple[int, int]]:
    """First row and end of strips of a picture: as many for each thread, at least two, so that one held up is helped.

    ``least``: rows of a strip at least, where each one begins with work for some rows of its neighbours.
    """
    rounds = max(min(threads, 2), -(-height // (256 * threads)))
    rows = max(8, least, -(-height // (rounds * threads)))
    return [(top, min(top + rows, height)) for top in range(0, height, rows)]


def run_all(calls: Sequence[Callable[[], None]], threads: int) -> None:
    """Make all calls, shared out among threads; those that come first begin first."""
    share = map if threads == 1 or len(calls) == 1 else _pool(threads).map
    for _ in share(lambda call: call(), calls):
        pass


def run_strips(strip: Callable[[int, int], None], height: int, threads: int, least: int = 8) -> None:
    """Call strip(top, bottom) for all rows, in `strips`."""
    run_all([partial(strip, top, bottom) for top, bottom in strips(height, threads, least)], threads)


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="aefusion")


if hasattr(os, "register_at_fork"):  # a forked child has the pool, but not its threads
    os.register_at_fork(after_in_child=_pool.cache_clear)
