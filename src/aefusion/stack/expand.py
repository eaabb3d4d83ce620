from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path

from aefusion.fusion.sources import Source, check_list
from aefusion.image.pictures_in import pictures_in
from aefusion.image.plane import Plane
from aefusion.stack.earlier_results import without_earlier_results


def expand(sources: Sequence[Source | Plane], warn: Callable[[str], object]) -> list[Source | Plane]:
    """What the sources of a stack stand for: the pictures of a folder, the files that fit a pattern, or themselves.

    What was fused before is left out where other pictures are there, and ``warn`` is called with a line that says so.
    """
    check_list(sources)
    given: list[Sequence[Source | Plane]] = [
        pictures_in(one) if isinstance(one, str | PathLike) else [one] for one in sources
    ]
    kept, earlier = without_earlier_results([one for several in given for one in several])
    if earlier:
        names = ", ".join(Path(str(one)).name for one in earlier)
        warn(f"{names}: made by aefusion before, left out; a copy without metadata (`strip=True`) would be taken")
    return kept
