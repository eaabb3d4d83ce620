"""The ways in which public sets of pairs are laid out: two folders beside each other, or both pictures in one folder.

LLVIP and M3FD have `visible` and `infrared`, MSRS has `vi` and `ir`, TNO has `VIS` and `IR`, Lytro has `-A` and `-B`.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from aefusion.image.formats import READ

SIDES = (
    ("a", "b"),
    ("vi", "ir"),
    ("vis", "ir"),
    ("vi", "inf"),
    ("vis", "inf"),
    ("vi", "infrared"),
    ("visible", "infrared"),
    ("visible", "thermal"),
    ("visible", "lwir"),
    ("rgb", "ir"),
    ("rgb", "thermal"),
    ("rgb", "infrared"),
    ("near", "far"),
    ("under", "over"),
    ("ue", "oe"),
    ("mri", "ct"),
    ("mri", "pet"),
    ("mri", "spect"),
    ("mr", "ct"),
    ("1", "2"),
)
"""What the folders, or the ends of the names, of the first and of the second picture are called, in any case."""
MOST = 2 / 3
"""The share of the pictures of a folder that must be of pairs, for their names to say that they are."""
ADVICE = 'name the folders a and b, or vi and ir, or say which files are pairs, as `pattern="{}-A.png:{}-B.png"`'


def two_folders(folder: Path) -> tuple[Path, Path] | None:
    """The folders in a folder that hold the first and the second pictures, by their names; None if there are none.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as name:
    ...     for side in ("IR", "VIS", "notes"):
    ...         Path(name, side).mkdir()
    ...     [side.name for side in two_folders(Path(name)) or ()]
    ['VIS', 'IR']
    """
    inside = {path.name.lower(): path for path in sorted(folder.iterdir()) if path.is_dir()}
    for first, second in SIDES:
        if first in inside and second in inside:
            return inside[first], inside[second]
    return None


def two_ends(folder: Path) -> str | None:
    """The pattern of a folder that holds both pictures of each pair, by the ends of their names; None if none fits.

    `l-01-A.png` and `l-01-B.png` give ``{}-A:{}-B``: a letter or a word of SIDES behind a hyphen or an underscore. Two
    thirds of the pictures must be of such pairs: the numbers of a series are none.
    """
    stems = [path.stem for path in sorted(folder.iterdir()) if path.suffix.lower() in READ and path.is_file()]
    for first, second in SIDES:
        for ends in _ends(stems, first):
            partner = ends[0] + _in_case(second, ends[1:])
            those, others = ({x.removesuffix(end) for x in stems if x.endswith(end)} for end in (ends, partner))
            if 2 * len(those & others) >= MOST * len(stems):
                return f"{{}}{ends}:{{}}{partner}"
    return None


def _ends(stems: list[str], word: str) -> Iterator[str]:
    """The ways in which the names end in a word, with the hyphen or underscore before it."""
    found = (re.search(rf"[-_]{re.escape(word)}$", stem, re.IGNORECASE) for stem in stems)
    yield from dict.fromkeys(match[0] for match in found if match)


def _in_case(word: str, like: str) -> str:
    return word.upper() if like.isupper() else word.capitalize() if like.istitle() else word
