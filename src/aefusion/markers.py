"""Parts of a page that a program makes: what stands between ``<!-- NAME -->`` and ``<!-- end -->``."""

import re
from collections.abc import Callable
from os import PathLike
from pathlib import Path

from aefusion.files import FileError, write_whole

END = "<!-- end -->"


def fill(page: str, name: str, make: Callable[[str], str]) -> str:
    """The page with what stands between markers made anew: `make` gives the text for the name of a marker.

    `name`: a regular expression; markers of other names are left alone, and a page without any comes back as it is.

    >>> print(fill("<!-- table a -->\\nold\\n<!-- end -->", "table .", str.upper))
    <!-- table a -->
    TABLE A
    <!-- end -->
    """
    return _marked(name).sub(lambda marked: f"{marked['marker']}{make(marked['name'])}\n{END}", page)


def fill_file(path: str | PathLike[str], name: str, make: Callable[[str], str]) -> bool:
    """Do the same in a file, UTF-8, and write it if that changes it; whether it did.

    FileError if it has no marker of such a name, or cannot be written.
    """
    page = Path(path).read_text(encoding="utf-8")
    if not _marked(name).search(page):
        raise FileError(path, f"has no marker <!-- {name} -->", f"put it in, and {END} after it")
    filled = fill(page, name, make)
    if filled != page:
        write_whole(path, filled.encode())
    return filled != page


def _marked(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?P<marker><!-- (?P<name>{name}) -->\n).*?{END}", re.DOTALL)
