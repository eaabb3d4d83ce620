import re
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TypeVar

from aefusion.image.exif_facts import exif_facts
from aefusion.image.exif_of_file import exif_of_file

_OF_FUSION = re.compile(r"aefusion [\w.+]+, (focus|exposure|model |method |.* pictures from )")
Given = TypeVar("Given")


def without_earlier_results(sources: Sequence[Given]) -> tuple[list[Given], list[Given]]:
    """The sources without those files that were fused before, by their software tag; and those.

    Where all were fused before they are all taken: results of parts of a long series. What `aefusion align` wrote is
    not a result of fusion.
    """
    earlier = [one for one in sources if isinstance(one, str | PathLike) and _is_result(Path(one))]
    if not earlier or len(earlier) == len(sources):
        return list(sources), []
    return [one for one in sources if not any(one is other for other in earlier)], earlier


def _is_result(path: Path) -> bool:
    return bool(_OF_FUSION.match(exif_facts(exif_of_file(path)).software))
