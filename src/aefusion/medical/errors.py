"""What is said when a package is missing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aefusion.files import FileError

NEEDS = "pip install 'aefusion[medical]'"


class Missing(ValueError):
    """A package is not installed."""


@contextmanager
def told_of(path: Path) -> Iterator[None]:
    """Whatever a damaged file makes a library raise, as one line that names the file."""
    try:
        yield
    except (FileError, Missing, MemoryError):
        raise
    except FileNotFoundError:
        raise FileError(path, "no such file", "check the path") from None
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise FileError(path, f"damaged or cut off ({reason})", "copy or export it again") from None


@contextmanager
def needs_extra(what: str) -> Iterator[None]:
    """A package that is not installed becomes one line that says what to install."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise Missing(f"{what} needs {error.name}: {NEEDS}") from None
