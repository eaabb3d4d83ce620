"""What is said when a package is missing."""

from collections.abc import Iterator
from contextlib import contextmanager

NEEDS = "pip install 'aefusion[medical]'"


@contextmanager
def needs_extra(what: str) -> Iterator[None]:
    """A package that is not installed becomes one line that says what to install."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise ValueError(f"{what} needs {error.name}: {NEEDS}") from None
