"""Measure fused pictures."""

import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from aefusion.cli.options import Json, Names, ShownRange

FORMATS = (".csv", ".json")
Convention = Literal["paper", "vifb", "linfeng-tang", "liu", "mefb", "mfifb", "cddfuse", "tang-python"]
FEW = 3
"""So many pairs are measured without a word of how long it takes."""


def score(
    a: Path,
    b: Path,
    fused: Path,
    file: Annotated[Path | None, Parameter(show=False)] = None,
    /,
    *,
    metrics: Names = None,
    convention: Convention = "paper",
    pair: str | None = None,
    range: ShownRange = "auto",
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    csv: Annotated[Path | None, Parameter(show=False)] = None,
    jobs: int = 1,
    fresh: bool = False,
    json: Json = False,
) -> int:
    """Measure the quality of a fused picture, or of a folder of them. The exit status is 1 if a pair failed.

    Parameters
    ----------
    a
        The first source, or a folder.
    b
        The second source, or a folder with pictures of the same stems. It may be the same folder, if names end in -A
        and -B, or in _vis and _ir.
    fused
        The fused picture, or a folder with pictures of the same stems.
    file
        As in `--json FILE`, which is `--output FILE`.
    metrics
        Names such as `Qabf SCD`, or `all`, or `file.py:function`; the default is the paper's Table III. See
        docs/metrics.md.
    convention
        The definitions: `paper` for those of the textbooks, or those of a toolbox.
    pair
        Which files belong together: `{}-A.png:{}-B.png` for the sources, or with a third side for the fused pictures,
        `vis_{}:ir_{}:{}_fused`.
    range
        How the thermal sources were shown when they were fused: as `--range` of `aefusion fuse`.
    output
        Write the values of every pair to this file too, as they come: .csv or .json. A run that was stopped goes on.
    csv
        The same as `--output FILE.csv`.
    jobs
        How many processes, of one thread each.
    fresh
        Measure everything anew, also what stands in the file.
    """
    from aefusion.cli.console import SOME, progress_bar
    from aefusion.cli.words import say, with_options
    from aefusion.quality.score_folders import score_folders
    from aefusion.quality.score_pair import SLOW, TABLE_III, select

    if file and not json:
        raise ValueError(f"{file}: a fourth file: give a, b and fused, and a file for the values as --output")
    if output and output.suffix.lower() not in FORMATS:
        wrong = f"the suffix {output.suffix!r} is not known"
        raise ValueError(f"{output}: {wrong}: end the name in {' or '.join(FORMATS)}")
    for path in (output, csv, file):
        if path and not path.parent.is_dir():
            raise ValueError(f"{path}: there is no folder {path.parent}: make it first")
    kept = output or csv
    chosen = select(",".join(metrics or TABLE_III))
    slow = [metric.name for metric in chosen if metric.name in SLOW]
    if slow and a.is_dir() and sum(1 for _ in a.iterdir()) > FEW:
        say(f"{', '.join(slow)}: about half a second each for a pair of 400 x 400: leave them out, or give `jobs`")
    with progress_bar("score", lines=SOME) as progress:
        scores = score_folders(
            a, b, fused, chosen, convention, range=range, pattern=pair, jobs=jobs, output=kept, fresh=fresh,
            progress=progress if a.is_dir() else lambda done, total, what: None,
        )  # fmt: skip
    if scores.failures and not a.is_dir():  # three files
        raise ValueError(next(iter(scores.failures.values())))
    for path, write in ((csv, scores.write_csv), (file, scores.write_json)):
        if path and path != kept:
            write(path)
    print(scores.json() if json else scores.table())
    for line in undefined_lines(scores.undefined):
        print(line, file=sys.stderr)
    for stem, reason in scores.failures.items():
        print(f"{stem}: {with_options(reason)}", file=sys.stderr)
    return 1 if scores.failures else 0


def undefined_lines(undefined: dict[str, dict[str, str]]) -> list[str]:
    """A line for each reason why a value is not there, with how many pairs, and one of them."""
    reasons: dict[str, list[str]] = {}
    for stem, of_pair in undefined.items():
        for why in of_pair.values():
            reasons.setdefault(why, []).append(stem)
    return [
        f"{stems[0]}: {why}" if len(stems) == 1 else f"{len(stems)} pairs, such as {stems[0]}: {why}"
        for why, stems in reasons.items()
    ]
