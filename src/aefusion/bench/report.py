"""All results as one page: HTML that needs no other file, Markdown tables, charts; and the tables of documents."""

import html
import re
from base64 import b64encode
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

from aefusion.bench.charts import charts
from aefusion.bench.quality import card
from aefusion.bench.results import read
from aefusion.bench.tables import Table, generic
from aefusion.files import FileError, make_folder, write_whole
from aefusion.markers import fill

SUITES = {
    "methods": "aefusion.bench.methods",
    "complexity": "aefusion.bench.complexity",
    "variants": "aefusion.bench.variants",
    "quality": "aefusion.bench.quality",
    "speed": "aefusion.bench.speed_tables",
}
"""In the order of the page: where `tables(content)` of a suite is. A suite that is not here is shown as it is."""
FOLDER = Path("results")
"""The folder of the results where none is named, if it is there: it is in a copy of the repository."""
NAMES = r"bench [a-z0-9_ -]+?"
"""Markers, see `markers.fill`: ``<!-- bench quality -->`` for all tables of a suite, ``<!-- bench quality 1 -->`` for
one of them, ``<!-- bench card NAME -->`` for one method or network of the suite quality."""
STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:1200px;padding:0 1rem;color:#22262b;background:#fff}
h1,h2,h3{line-height:1.2}h2{margin-top:3rem;border-bottom:1px solid #d5dade}nav a{margin-right:1rem}
div{overflow-x:auto}table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .6rem;border-bottom:1px solid #e4e8eb;text-align:left;vertical-align:top}th{background:#f3f5f7}
tr.ours td{background:#fbeeea}tr.ours td:first-child{font-weight:600}.note{color:#59626b;font-size:13px;max-width:62rem}
img{max-width:100%;margin:1rem 0}
"""


Suites = dict[str, list[dict[str, Any]]]
"""By suite, in the order of `SUITES`: the content of its files of results."""


def results_folder(given: Path | None = None) -> Path:
    """The folder of the results: the given one, or `FOLDER`; FileError if it is not there."""
    folder = given or FOLDER
    if not folder.is_dir():
        raise FileError(folder, "no such folder of results", "give one as `results`")
    return folder


def newest(folder: Path) -> Suites:
    """What is in ``<folder>/<version>/<suite>--<machine>.json``; of each suite the newest version that has any."""
    paths = sorted(folder.glob("*/*--*.json"), key=lambda path: (_version(path), path.name))
    files: dict[str, list[Path]] = {}
    for path in paths:
        suite = path.name.partition("--")[0]
        same = [other for other in files.get(suite, []) if other.parent == path.parent]
        files[suite] = [*same, path]
    order = [*(suite for suite in SUITES if suite in files), *(suite for suite in files if suite not in SUITES)]
    return {suite: [read(path) for path in files[suite]] for suite in order}


def _version(path: Path) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", path.parent.name)))


def tables(content: dict[str, Any]) -> list[Table]:
    """The tables of one file of results."""
    module = SUITES.get(content["suite"])
    make: Callable[[dict[str, Any]], list[Table]] = import_module(module).tables if module else generic
    return make(content)


def write_report(folder: Path, output: Path) -> list[Path]:
    """Write index.html, tables.md and the charts (SVG) into the folder ``output``, which is made; returns the files.

    ``folder``: the results, see `newest`. FileError if it holds none; ValueError if charts are to be drawn and there is
    no matplotlib.
    """
    suites = newest(folder)
    if not suites:
        wrong = "no results (<version>/<suite>--<machine>.json)"
        raise FileError(folder, wrong, "run aefusion bench methods first, with this folder as `results`")
    drawn = {suite: [charts(content) for content in contents] for suite, contents in suites.items()}
    make_folder(output)
    files = {"index.html": page(suites, drawn).encode(), "tables.md": markdown(suites).encode()}
    for several in drawn.values():
        for number, one in enumerate(several, 1):
            files |= {f"{name}{'' if number == 1 else f'-{number}'}.svg": data for name, data in one.items()}
    for name, data in files.items():
        write_whole(output / name, data)
    return [output / name for name in files]


def page(suites: Suites, drawn: dict[str, list[dict[str, bytes]]]) -> str:
    """One HTML page with everything in it."""
    links = "".join(f"<a href=#{suite}>{suite}</a>" for suite in suites)
    parts = [f"<h1>Benchmarks of aefusion</h1>\n<nav>{links}</nav>"]
    for suite, contents in suites.items():
        parts.append(f"<h2 id={suite}>{suite}</h2>")
        for content, pictures in zip(contents, drawn[suite], strict=True):
            parts += [table.html() for table in tables(content)]
            for name, data in pictures.items():
                source = f"data:image/svg+xml;base64,{b64encode(data).decode()}"
                parts.append(f'<img alt="{html.escape(name)}" src="{source}">')
    body = "\n".join(parts)
    head = f"<meta charset=utf-8>\n<title>Benchmarks of aefusion</title>\n<style>{STYLE}</style>"
    return f"<!doctype html>\n<html lang=en><head>{head}</head>\n<body>\n{body}\n</body></html>\n"


def markdown(suites: Suites) -> str:
    """One Markdown page with all tables."""
    parts = [f"## {suite}\n\n{section(suites, suite)}" for suite in suites]
    return "# Benchmarks of aefusion\n\n" + "\n\n".join(parts) + "\n"


def section(suites: Suites, wanted: str) -> str:
    """The Markdown of all tables of a suite, or of the one of that number: "quality", "quality 1".

    "card NAME" is what the suite quality measured of that method or network.
    """
    suite, _, number = wanted.partition(" ")
    if suite == "card" and "quality" in suites:
        return "\n\n".join(card(content, number).markdown() for content in suites["quality"])
    if suite not in suites:
        return f"*Not measured yet: `aefusion bench {suite}`.*"
    parts = []
    for content in suites[suite]:
        made = tables(content)
        if number and not (number.isdigit() and 1 <= int(number) <= len(made)):
            raise ValueError(f"<!-- bench {wanted} -->: {suite} has tables 1 to {len(made)}")
        parts += [table.markdown() for table in (made[int(number) - 1 : int(number)] if number else made)]
    return "\n\n".join(parts)


def update(document: str, suites: Suites) -> str:
    """The document with what stands between its markers made anew.

    >>> print(update("<!-- bench nothing -->\\nold\\n<!-- end -->", {}))
    <!-- bench nothing -->
    *Not measured yet: `aefusion bench nothing`.*
    <!-- end -->
    """
    return fill(document, NAMES, lambda name: section(suites, name.removeprefix("bench ")))


def update_files(folder: Path, files: Iterable[Path]) -> list[Path]:
    """Make the tables in Markdown files anew from the results in a folder; returns those that changed.

    FileError for a file without markers.
    """
    changed = []
    for path in files:
        before = path.read_text(encoding="utf-8")
        if "<!-- bench " not in before:
            raise FileError(path, "has no tables of results", "put <!-- bench methods --> and <!-- end --> in it")
        after = update(before, newest(folder))
        if after != before:
            write_whole(path, after.encode())
            changed.append(path)
    return changed
