"""Work ahead of its use, in threads."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Generic, TypeVar

Item = TypeVar("Item")
SECONDS = 0.1
"""How often a waiting side looks whether it has been stopped."""


class End(Exception):
    """There are no more items."""


class Ahead(Generic[Item]):
    """Items of an iterable, made ahead of their use in a thread of their own, `size` at most.

    What the iterable raises is raised here. Stages of a pipeline are such objects one behind the other.

    >>> list(Ahead(range(3), 2))
    [0, 1, 2]
    """

    def __init__(self, items: Iterable[Item], size: int):
        self._queue: Queue[tuple[str, object]] = Queue(size)
        self._stopped = Event()
        self._thread = Thread(target=self._make, args=(items,), daemon=True, name="aefusion-ahead")
        self._thread.start()

    def __iter__(self) -> Iterator[Item]:
        while not self._stopped.is_set():
            try:
                yield self.take(SECONDS)
            except Empty:
                continue
            except End:
                return

    def take(self, seconds: float) -> Item:
        """The next item; `queue.Empty` if there is none after so many seconds, `End` after the last."""
        kind, item = self._queue.get(timeout=seconds) if seconds else self._queue.get_nowait()
        if kind == "item":
            return item  # pyright: ignore[reportReturnType]
        self._queue.put((kind, item))  # for whoever asks again
        if kind == "error":
            raise item  # pyright: ignore[reportGeneralTypeIssues]
        raise End

    def stop(self) -> None:
        """Make no more: whoever uses the items sees their end. Returns at once."""
        self._stopped.set()

    @property
    def waiting(self) -> int:
        """How many items wait, about."""
        return self._queue.qsize()

    @property
    def stopped(self) -> bool:
        return self._stopped.is_set()

    def ended(self, seconds: float = 2) -> bool:
        """Whether the thread is at its end, after waiting for it this long: it may be held up by a camera."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _make(self, items: Iterable[Item]) -> None:
        try:
            for item in items:
                if not self._put("item", item):
                    return
        except BaseException as error:
            self._put("error", error)
        else:
            self._put("end", None)

    def _put(self, kind: str, item: object) -> bool:
        while not self._stopped.is_set():
            try:
                self._queue.put((kind, item), timeout=SECONDS)
                return True
            except Full:
                continue
        return False


class Newest(Ahead[Item]):
    """The same, but nothing waits for its use: of more than `size` items that wait, the oldest are dropped."""

    dropped = 0

    def _put(self, kind: str, item: object) -> bool:
        while not self._stopped.is_set():
            with suppress(Full):
                self._queue.put_nowait((kind, item))
                return True
            if kind == "item":
                with suppress(Empty):
                    self._queue.get_nowait()
                    self.dropped += 1
            else:
                self._stopped.wait(SECONDS / 10)
        return False
