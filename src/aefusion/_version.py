"""The one place that says the version, and what a result says of the software that made it."""

__version__ = "0.1.0"


def software(*about: str) -> str:
    """The software tag of a result: the name, the version, and what else is to be said of it.

    >>> software("method lp").replace(__version__, "1.2.3")
    'aefusion 1.2.3, method lp'
    """
    return ", ".join([f"aefusion {__version__}", *about])
