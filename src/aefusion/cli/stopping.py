"""SIGTERM and SIGHUP end a command as Ctrl-C does: what was made so far is kept, and no unfinished file stays."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

INTERRUPTED = 130
"""The exit status after Ctrl-C."""


class Stopped(KeyboardInterrupt):
    """The process was told to end by a signal other than that of Ctrl-C."""

    def __init__(self, number: int):
        super().__init__(signal.Signals(number).name)
        self.number = number


class Stopping:
    """Which signal told the command to end."""

    def __init__(self):
        self.number: int | None = None

    def status(self, status: int) -> int:
        """The exit status of a command: 130 becomes 143 after SIGTERM, 129 after SIGHUP."""
        return 128 + self.number if status == INTERRUPTED and self.number else status


@contextmanager
def stopping() -> Iterator[Stopping]:
    """While it lasts, SIGTERM and SIGHUP raise `Stopped` once in the main thread; a signal that is ignored stays so.

    `docker stop`, `systemctl stop` and `kill` send SIGTERM; a terminal or a connection that is closed sends SIGHUP.
    What comes after the first is ignored, so that the file in work is finished; Ctrl-C still ends that too.
    """
    told, process, before = Stopping(), os.getpid(), {}

    def handle(number: int, _: Any) -> None:
        if os.getpid() != process:  # a child that was forked: it has nothing to finish
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return
        if told.number is None:
            told.number = number
            if number != signal.SIGTERM:
                _forget_the_terminal()
            raise Stopped(number)

    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
            number = getattr(signal, name, None)
            if number and signal.getsignal(number) == signal.SIG_DFL:
                before[number] = signal.signal(number, handle)
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _forget_the_terminal() -> None:
    """Whatever is said from now on is said to nobody: the terminal is gone, and writing to it would be an error."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            if stream.isatty():
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, stream.fileno())
                os.close(nowhere)
