"""Fuse two or more pictures of one scene into one picture that shows what each of them shows.

    >>> import aefusion
    >>> aefusion.METHODS["lp"].title
    'Laplacian pyramid'

Importing the package imports NumPy and nothing heavier; each name below is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from aefusion._version import __version__

_HOMES = {
    "fuse": "aefusion.fusion.fuser",
    "Fuser": "aefusion.fusion.fuser",
    "score": "aefusion.quality",
    "METRICS": "aefusion.quality",
    "METHODS": "aefusion.library",
    "MODELS": "aefusion.network",
}
__all__ = ["METHODS", "METRICS", "MODELS", "Fuser", "__version__", "fuse", "score"]

if TYPE_CHECKING:
    from aefusion.fusion.fuser import Fuser, fuse
    from aefusion.library import METHODS
    from aefusion.network import MODELS
    from aefusion.quality import METRICS, score


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module 'aefusion' has no attribute {name!r}")
    globals()[name] = value = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
