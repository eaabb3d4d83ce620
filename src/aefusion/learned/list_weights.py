from pathlib import Path
from typing import Any

from aefusion.learned.find_weights import names_of, place_of
from aefusion.learned.published import PUBLISHED

FEATURES_OF = {"fzl": "vgg19", "dl": "vgg19", "zca": "resnet50"}
"""The methods that take features of a network, and of which."""


def list_weights(method: str | None = None) -> list[dict[str, Any]]:
    """A row for each set of weights that authors publish, and for each other one that is installed.

    Of a method, or of all. ValueError if the method takes no weights.

    >>> [row["name"] for row in list_weights("pmgi")][:2]
    ['ir_visible', 'multi_focus']
    """
    methods = dict.fromkeys(one.method for one in PUBLISHED)
    if method is not None and method not in methods:
        raise ValueError(f"{method} takes no weights: those that do are {', '.join(methods)}")
    rows = []
    for known in methods if method is None else [method]:
        published = [one for one in PUBLISHED if one.method == known]
        others = [name for name in names_of(known) if name not in {one.name for one in published}]
        rows += [
            _row(known, one.name, one.licence, one.source, one.files, place_of(known, one.name, one))
            for one in published
        ]
        rows += [_row(known, name, "", "", (), place_of(known, name)) for name in others]
    return rows


def needed(method: Any) -> list[str] | None:
    """The installed weights that a row of METHODS can take, by name; None if it needs none."""
    if "learned" not in method.extra.split(","):
        return None
    return names_of(FEATURES_OF.get(method.name) or str(method.name))


def _row(method: str, name: str, licence: str, source: str, files: Any, path: Path | None) -> dict[str, Any]:
    return {
        "method": method,
        "name": name,
        "installed": str(path) if path else None,
        "licence": licence or "your own",
        "source": source,
        "files": [file._asdict() for file in files],
    }
