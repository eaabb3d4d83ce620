"""Measure fused pictures."""

import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from aefusion.cli.options import Json, Names

FORMATS = (".csv", ".json")


def score(
    a: Path,
    b: Path,
    fused: Path,
    file: Annotated[Path | None, Parameter(show=False)] = None,
    /,
    *,
    metrics: Names = None,
    convention: Literal["paper", "vifb", "linfeng-tang", "liu"] = "paper",
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    csv: Annotated[Path | None, Parameter(show=False)] = None,
    json: Json = False,
) -> int:
    """Measure the quality of a fused picture, or of a folder of them. The exit status is 1 if a pair failed.

    Parameters
    ----------
    a
        The first source, or a folder.
    b
        The second source, or a folder with pictures of the same stems.
    fused
        The fused picture, or a folder with pictures of the same stems.
    file
        As in `--json FILE`, which is `--output FILE`.
    metrics
        Names such as `Qabf SCD`, or `all`; the default is the paper's Table III. See docs/metrics.md.
    convention
        The definitions: `paper` for those of the textbooks, or those of a toolbox.
    output
        Write the values of every pair to this file too: .csv or .json.
    csv
        The same as `--output FILE.csv`.
    """
    from aefusion.cli.words import with_options
    from aefusion.quality.score import TABLE_III
    from aefusion.quality.score_folders import score_folders

    if file and not json:
        raise ValueError(f"{file}: a fourth file: give a, b and fused, and a file for the values as --output")
    if output and output.suffix.lower() not in FORMATS:
        wrong = f"the suffix {output.suffix!r} is not known"
        raise ValueError(f"{output}: {wrong}: end the name in {' or '.join(FORMATS)}")
    for path in (output, csv, file):
        if path and not path.parent.is_dir():
            raise ValueError(f"{path}: there is no folder {path.parent}: make it first")
    scores = score_folders(a, b, fused, ",".join(metrics or TABLE_III), convention)
    if scores.failures and not a.is_dir():  # three files
        raise ValueError(next(iter(scores.failures.values())))
    if output:
        (scores.write_csv if output.suffix.lower() == ".csv" else scores.write_json)(output)
    if csv:
        scores.write_csv(csv)
    if file:
        scores.write_json(file)
    print(scores.json() if json else scores.table())
    for stem, reason in scores.failures.items():
        print(f"{stem}: {with_options(reason)}", file=sys.stderr)
    return 1 if scores.failures else 0
