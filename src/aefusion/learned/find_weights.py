from os import PathLike
from pathlib import Path

from aefusion.files import FileError
from aefusion.learned.published import Published, sets_of
from aefusion.weights.installed import installed

HERE = Path(__file__).parent
"""Weights that are part of the package lie beside this file."""


def find_weights(method: str, weights: str | PathLike[str] | None = None) -> Path:
    """The file of a method's weights: of the set of that name, of its authors' first set, or the given file.

    ValueError, one line that says which command gets them, if they are not there.
    """
    if weights is not None and Path(weights).suffix == ".safetensors":
        if not Path(weights).is_file():
            raise FileError(weights, "no such file of weights", f"see `aefusion weights {method}`")
        return Path(weights)
    published = {one.name: one for one in sets_of(method)}
    first = next(iter(published.values()))
    wanted = [str(weights)] if weights else [first.name, *(one.name for one in published.values() if one.same_as)]
    for name in wanted:
        if path := place_of(method, name, published.get(name)):
            return path
    own = f"; or take {method}:here, which was trained here" if installed(method, "here", HERE) else ""
    raise ValueError(_advice(method, wanted[0], published) + own)


def place_of(method: str, name: str, published: Published | None = None) -> Path | None:
    """The file of that set of weights, if it is installed."""
    found = installed(method, name, HERE)
    return found or (installed(published.same_as, "published") if published and published.same_as else None)


def names_of(method: str) -> list[str]:
    """The names of all sets of a method's weights that are installed, those of the authors first."""
    from aefusion.weights.installed import folder

    published = {one.name: one for one in sets_of(method)}
    there = [name for name, one in published.items() if place_of(method, name, one)]
    for place in (folder(), HERE):
        found = sorted(path.stem for path in place.glob(f"{method}-*.safetensors"))
        there += [name for path in found if (name := path.removeprefix(f"{method}-")) not in there]
    return there


def _advice(method: str, name: str, published: dict[str, Published]) -> str:
    one = published.get(name)
    if one is None:
        return f"{method} has no weights {name}: `aefusion weights {method}` lists what there is"
    if not one.source:
        return f"the weights of {method} were never published: train it, or give a file of weights"
    files = " ".join(file.name for file in one.files) or "FILES"
    return (
        f"{method} has no weights yet: its authors publish them ({one.source}; licence: {one.licence}): get {files} "
        f"there, then `aefusion weights add {one.same_as or method} {files}`"
    )
