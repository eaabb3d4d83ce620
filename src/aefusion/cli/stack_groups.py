"""Fuse all stacks in folders, and say what became of each."""

import sys
from pathlib import Path
from typing import Any

from aefusion.cli.console import progress_bar
from aefusion.cli.results import showing
from aefusion.cli.words import say


def fuse_groups(
    folders: list[Path],
    output: Path,
    gap: float | None,
    suffix: str,
    json: bool,
    dry_run: bool,
    options: dict[str, Any],
) -> int:
    """Fuse the stacks of folders into a folder, or say which they are; the exit status."""
    from aefusion import fuse_stacks

    stacks = fuse_stacks(folders, output, gap=gap, suffix=suffix, warn=say, **options)
    results = []
    with progress_bar("fusing", lines=False) as progress, showing(json) as show:
        for fused in stacks.planned() if dry_run else stacks:
            results.append(fused)
            progress(len(results), len(stacks), fused.name)
            first, last = (Path(fused.sources[i]).name for i in (0, -1))
            what = f"{len(fused.sources)} pictures, {first} to {last}" if len(fused.sources) > 1 else first
            by = f", by {fused.kind} ({fused.why})" if fused.why else f", by {fused.kind}" if fused.kind else ""
            became = "" if fused.status in ("planned", "fused") else f": {fused.status}"
            show(fused, f"{output / fused.name}{suffix}: {what}{by}{became}")
    failed = [fused for fused in results if fused.status == "failed"]
    counts = [f"{sum(one.status == status for one in results)} {status}" for status in ("fused", "skipped", "failed")]
    if stacks.alone:
        names = ", ".join(path.name for path in stacks.alone[:3])
        more = f" and {len(stacks.alone) - 3} more" if len(stacks.alone) > 3 else ""
        counts.append(f"{len(stacks.alone)} in no stack ({names}{more})")
    said = [f"{len(stacks)} stacks", *counts[3:]] if dry_run else counts
    print(f"{output}: {', '.join(said)}", file=sys.stderr if json else sys.stdout)
    for fused in failed:
        say(f"{fused.name}: {fused.error}")
    return 1 if failed else 0
