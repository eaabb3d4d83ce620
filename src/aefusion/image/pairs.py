"""Finding the pairs of two folders."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from aefusion.image.errors import PictureError
from aefusion.image.formats import SUFFIXES


@dataclass(frozen=True)
class Pairs:
    """The pictures of two folders, matched by the name without suffix."""

    pairs: list[tuple[str, Path, Path]]
    """(stem, path in a, path in b), sorted by stem."""
    only_a: list[Path]
    """Pictures of the first folder without partner."""
    only_b: list[Path]
    """Pictures of the second folder without partner."""


def pairs(folder_a: str | PathLike[str], folder_b: str | PathLike[str]) -> Pairs:
    """The pictures of two folders that have the same stem, whatever their suffixes.

    Hidden files, files with other suffixes, and folders inside are passed over. Raises PictureError if a
    folder is not there or holds no picture, if two pictures of one folder share a stem, and if no stem is in
    both.
    """
    a, b = _pictures(Path(folder_a)), _pictures(Path(folder_b))
    common = sorted(a.keys() & b.keys())
    if not common:
        names = f"{min(a.values()).name}, in {folder_b} for example {min(b.values()).name}"
        wrong = f"no picture has a partner of the same stem: here is for example {names}"
        raise PictureError(folder_a, wrong, "rename the files so that the stems are equal")
    return Pairs(
        [(stem, a[stem], b[stem]) for stem in common],
        [a[stem] for stem in sorted(a.keys() - b.keys())],
        [b[stem] for stem in sorted(b.keys() - a.keys())],
    )


def _pictures(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        wrong = "a file, not a folder" if folder.exists() else "no such folder"
        raise PictureError(folder, wrong, "give a folder of pictures")
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        wrong = f"cannot be listed ({error.strerror})"
        raise PictureError(folder, wrong, "check its permissions") from None
    found: dict[str, Path] = {}
    for path in entries:
        if path.name.startswith(".") or path.suffix.lower() not in SUFFIXES or not path.is_file():
            continue
        if path.stem in found:
            wrong = f"two pictures with one stem, {found[path.stem].name} and {path.name}"
            raise PictureError(folder, wrong, "rename or move one of them")
        found[path.stem] = path
    if not found:
        raise PictureError(folder, "holds no picture", f"supported are {', '.join(SUFFIXES)}")
    return found
