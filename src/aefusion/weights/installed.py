import os
from pathlib import Path

VARIABLE = "AEFUSION_WEIGHTS"


def folder() -> Path:
    """Where weights of others are kept that the user has: what AEFUSION_WEIGHTS names, or the user's folder of data."""
    if given := os.environ.get(VARIABLE):
        return Path(given)
    from platformdirs import user_data_path

    return user_data_path("aefusion", appauthor=False) / "weights"


def installed(method: str, name: str, beside: Path | None = None) -> Path | None:
    """The file of that set of weights of a method in `folder`, or in the folder ``beside``; None if there is none."""
    for place in (folder(), beside):
        if place and (path := place / f"{method}-{name}.safetensors").is_file():
            return path
    return None
