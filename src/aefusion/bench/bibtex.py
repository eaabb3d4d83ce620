"""BibTeX: the project, the paper that it implements, and the work that each fusion method comes from."""

import re
from collections.abc import Iterable

from aefusion._version import __version__
from aefusion.fusion.method import load
from aefusion.library import METHODS

PROJECT = f"""@software{{aefusion,
  title = {{aefusion}},
  author = {{{{The aefusion developers}}}},
  version = {{{__version__}}},
  license = {{Apache-2.0}},
}}"""
PAPER = """@article{aenetv2,
  title = {{AE-Netv2}: Optimization of Image Fusion Efficiency and Network Architecture},
  author = {Fang, Aiqing and Zhao, Xinbo and Yang, Jiaqi and Qin, Beibei and Zhang, Yanning},
  year = {2020},
}"""
_SOURCE = re.compile(
    r"(?:After )?(?P<authors>[^,]+(?:, [^,\d]+)*), (?P<year>\d{4}), (?P<title>[^;.]+)(?:; (?P<note>.+))?\."
)


def bibtex(methods: Iterable[str] = ()) -> str:
    """Entries for the project, the paper, and these methods (all, if none is named); one for those of one work.

    They hold what the package knows: family names, year and title. Where it was published must be looked up. Methods
    that are nobody's (``average``, ``max``) and those of this project have no entry of their own.

    >>> print(bibtex(["lp"]).split("\\n\\n")[-1])
    @misc{burt1983,
      title = {The {Laplacian} pyramid as a compact image code},
      author = {Burt and Adelson},
      year = {1983},
      note = {aefusion: lp},
    }
    """
    works: dict[str, list[str]] = {}
    for method in map(load, methods or METHODS):
        works.setdefault(method.source, []).append(method.name)
    entries, keys = [PROJECT, PAPER], {}
    for source, names in works.items():
        found = _SOURCE.fullmatch(source)
        if not found:
            continue
        authors = found["authors"].split(", ")
        key = f"{re.sub('[^a-z]', '', authors[0].lower())}{found['year']}"
        keys[key] = keys.get(key, 0) + 1
        if keys[key] > 1:
            key += chr(ord("a") + keys[key] - 1)
        title = " ".join(_kept(word) for word in found["title"].split())
        note = "; ".join(filter(None, [f"aefusion: {', '.join(names)}", found["note"]]))
        entries.append(
            f"@misc{{{key},\n  title = {{{title}}},\n  author = {{{' and '.join(authors)}}},\n"
            f"  year = {{{found['year']}}},\n  note = {{{note.replace('_', chr(92) + '_')}}},\n}}"
        )
    return "\n\n".join(entries)


def _kept(word: str) -> str:
    """A word whose capitals BibTeX shall keep, in braces."""
    names = ("Laplacian", "Gaussian", "Karhunen-Loeve")
    return f"{{{word}}}" if word in names or re.search(r"[a-z0-9][A-Z]|[A-Z]{2}", word) else word
