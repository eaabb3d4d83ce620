"""Which files belong together: two sources and the picture that was fused of them."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from aefusion.files import FileError
from aefusion.image.formats import READ
from aefusion.image.layouts import two_ends
from aefusion.image.medical_files import what_to_give
from aefusion.image.pair import Pairs
from aefusion.image.pairs import pairs

WITH_PATTERN = (
    'rename the files, or give `pattern="{}-A.png:{}-B.png"`, or with the fused ones `pattern="{}-A:{}-B:{}_fused"`'
)


@dataclass(frozen=True)
class Triples:
    """The files to score, by what names the pair."""

    files: dict[str, tuple[Path, Path, Path]]
    failures: dict[str, str] = field(default_factory=dict)
    """By the stem of a picture without partner: what is missing."""
    folders: bool = False
    """Whether folders were given, and not three files."""


def find_triples(a: Path, b: Path, fused: Path, pattern: str | None = None) -> Triples:
    """Three files, or the files of three folders.

    Of folders those of the same stem belong together. If both sources lie in one folder, their names say which is
    which (see `layouts.two_ends`: ``l-01-A`` and ``l-01-B``), and the fused picture is called as the pair (``l-01``),
    or as one of both. ``pattern``: as `image.pairs` has it, and a third side for the fused pictures, if their names
    need one: ``"{}-A:{}-B:{}_fused"``.

    ValueError for files beside folders, and for a pattern that is none; FileError where nothing belongs together.
    """
    folders = [path.is_dir() for path in (a, b, fused)]
    if not any(folders):
        return Triples({fused.stem: (a, b, fused)})
    if not all(folders):
        raise ValueError(f"{a}, {b}, {fused}: give three files or three folders")
    sides = pattern.split(":") if pattern and "{}" in pattern else []
    of_fused = sides.pop() if len(sides) == 3 else None
    between = ":".join(sides) if of_fused else pattern
    if between is None and a.samefile(b):
        between = two_ends(a)
    sources = pairs(a, b, pattern=between, advice=WITH_PATTERN)
    results = _results(fused, of_fused, sources)
    failures: dict[str, str] = {}
    for path, missing in (*((path, b) for path in sources.only_a), *((path, a) for path in sources.only_b)):
        failures.setdefault(path.stem, _alone(path, missing))
    files = {}
    for stem, one, other in sources.pairs:
        if found := next((results[name] for name in (stem, one.stem, other.stem) if name in results), None):
            files[stem] = one, other, found
        else:
            failures.setdefault(one.stem, _alone(one, fused))
    used = {path for *_, path in files.values()}
    for path in results.values():
        if path not in used:
            failures.setdefault(path.stem, _alone(path, a))
    if not files and not failures:
        raise FileError(fused, "no fused picture belongs to a pair", WITH_PATTERN)
    if not files:
        example = f"{next(iter(results.values())).name}, and the pairs are for example {sources.pairs[0].stem}"
        raise FileError(fused, f"no fused picture belongs to a pair: here is for example {example}", WITH_PATTERN)
    return Triples(files, failures, folders=True)


def _results(folder: Path, side: str | None, sources: Pairs) -> dict[str, Path]:
    """The fused pictures by what names their pair."""
    if side is not None:
        return _of_side(folder, side)
    pictures = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in READ and path.is_file()]
    pictures = [path for path in pictures if not path.name.startswith(".")]
    if not pictures:
        raise FileError(folder, "holds no picture", what_to_give(folder, f"supported are {', '.join(READ)}"))
    if any("/" in pair.stem for pair in sources.pairs):
        inside = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in READ and path.is_file()]
        return {path.relative_to(folder).with_suffix("").as_posix(): path for path in inside}
    seen: dict[str, Path] = {}
    for path in pictures:
        if path.stem in seen:
            wrong = f"two pictures with one stem, {seen[path.stem].name} and {path.name}"
            raise FileError(folder, wrong, "rename or move one of them")
        seen[path.stem] = path
    return seen


def _of_side(folder: Path, side: str) -> dict[str, Path]:
    """The pictures of a folder that fit one side of a pattern, by what ``{}`` stands for."""
    words = {"{}": "(?P<stem>[^/]+?)", "*": "[^/]*?"}
    expression = "".join(words.get(part, re.escape(part)) for part in re.split(r"(\{\}|\*)", side))
    if Path(side).suffix.lower() not in READ:
        expression += f"(?:{'|'.join(map(re.escape, READ))})"
    files = [path for path in sorted(folder.iterdir()) if path.is_file()]
    fits = ((path, re.fullmatch(expression, path.name, re.IGNORECASE)) for path in files)
    found = {match["stem"]: path for path, match in fits if match}
    if not found:
        example = files[0].name if files else "nothing"
        raise FileError(folder, f"no picture fits {side}: here is for example {example}", "check the pattern")
    return found


def _alone(path: Path, missing: Path) -> str:
    return f"{path}: no picture of this stem in {missing}: add it, or remove this one"
