"""Measure fused pictures."""

import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter


def score(
    a: Path,
    b: Path,
    fused: Path,
    /,
    *,
    metrics: Annotated[list[str] | None, Parameter(consume_multiple=True, negative="")] = None,
    convention: Literal["paper", "vifb", "linfeng-tang", "liu"] = "paper",
    csv: Path | None = None,
    json: Path | None = None,
) -> int:
    """Measure the quality of a fused picture, or of a folder of them; exit status 1 if a pair failed.

    Parameters
    ----------
    a
        The first source, or a folder.
    b
        The second source, or a folder with pictures of the same stems.
    fused
        The fused picture, or a folder with pictures of the same stems.
    metrics
        Names such as `Qabf SCD`, or `all`: see docs/metrics.md. The paper's Table III, if not given.
    convention
        `paper` for the textbook definitions; or the values of that toolbox.
    csv
        A file for the values of every pair.
    json
        The same as JSON.
    """
    from aefusion.quality.score import TABLE_III
    from aefusion.quality.score_folders import score_folders

    for file in (csv, json):
        if file and not file.parent.is_dir():
            raise ValueError(f"{file}: there is no folder {file.parent}: make it first")
    scores = score_folders(a, b, fused, ",".join(metrics or TABLE_III), convention)
    if scores.failures and not a.is_dir():  # three files
        raise ValueError(next(iter(scores.failures.values())))
    print(scores.table())
    if csv:
        scores.write_csv(csv)
    if json:
        scores.write_json(json)
    for stem, reason in scores.failures.items():
        print(f"{stem}: {reason}", file=sys.stderr)
    return 1 if scores.failures else 0
