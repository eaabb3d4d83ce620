from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

from aefusion.files import make_folder
from aefusion.fusion.fuse_files import Exist
from aefusion.fusion.notes import Notes
from aefusion.fusion.preparation import Align
from aefusion.stack.counts import Range
from aefusion.stack.fuse_stack import KEPT, FusedStack, Kind, fuse_stack
from aefusion.stack.groups import Group, Groups, groups_of


class Stacks:
    """The stacks in folders; going through it fuses them, see `fuse_stacks`."""

    def __init__(self, groups: Groups, output: Path, suffix: str, exist: str, notes: Notes, options: dict[str, Any]):
        self.groups, self.output, self.notes = groups, output, notes
        self._suffix, self._exist, self._options = suffix, exist, options

    def __len__(self) -> int:
        return len(self.groups.stacks)

    @property
    def alone(self) -> tuple[Path, ...]:
        """Pictures that belong to no stack."""
        return self.groups.alone

    def planned(self) -> list[FusedStack]:
        """What would be fused into what."""
        return [self._planned(group) for group in self.groups.stacks]

    def _planned(self, group: Group) -> FusedStack:
        output = self.output / f"{group.name}{self._suffix}"
        paths = tuple(map(str, group.paths))
        return FusedStack(name=group.name, sources=paths, output=output, status="planned", count=len(paths))

    def __iter__(self) -> Iterator[FusedStack]:
        for group in self.groups.stacks:
            planned = self._planned(group)
            try:
                yield self._fused(planned, planned.output or self.output)
            except (ValueError, OSError) as error:
                yield replace(planned, output=None, status="failed", error=str(error))

    def _fused(self, planned: FusedStack, output: Path) -> FusedStack:
        if output.exists() and self._exist == "skip":
            return replace(planned, status="skipped")
        if output.exists() and self._exist == "error":
            raise ValueError(f"{output}: exists already: see `exist`")
        make_folder(output.parent)
        fused = fuse_stack(planned.sources, output, **self._options)
        # A card holds many: their pixels are in their files.
        return replace(fused, name=planned.name, picture=None, source_map=None, channels={})


def fuse_stacks(
    folders: Sequence[str | PathLike[str]] | str | PathLike[str],
    output: str | PathLike[str],
    *,
    gap: float | None = None,
    suffix: str = ".tif",
    exist: Exist = "overwrite",
    warn: Callable[[str], object] | None = None,
    kind: Kind = "auto",
    align: Align = "none",
    crop: bool = False,
    jobs: int | None = None,
    range: Range = "none",
    linear: bool = False,
    model: str | None = None,
    channel: str | int | None = None,
    focus_by: str | int | None = None,
    time: int | None = None,
    position: int | None = None,
    shadows: float = KEPT,
    highlights: float = KEPT,
    contrast: float = 1.0,
    deghost: bool = False,
    quality: int = 95,
    strip: bool = False,
) -> Stacks:
    """Find the stacks in folders, as on the card of a camera, to fuse each into ``output/<name><suffix>``.

    Which pictures are a stack: see `groups.groups_of`; ``gap``: how many seconds may lie between two pictures of one.
    A result is called after its first and its last picture, or after the folder that holds nothing else. ``exist``:
    "overwrite", "skip" or "error" where a result is there. ``warn`` is told what was left out. The rest as in
    `fuse_stack`. Going through what comes back fuses them and gives a `FusedStack` for each; one that fails has the
    status "failed" and says why.
    """
    options = {
        "kind": kind, "align": align, "crop": crop, "jobs": jobs, "range": range, "linear": linear, "model": model,
        "channel": channel, "focus_by": focus_by, "time": time, "position": position, "shadows": shadows,
        "highlights": highlights, "contrast": contrast, "deghost": deghost, "quality": quality, "strip": strip,
    }  # fmt: skip
    notes = Notes()
    several = [folders] if isinstance(folders, str | PathLike) else list(folders)
    groups = groups_of(several, gap, warn or notes.warn)
    if exist not in ("overwrite", "skip", "error"):
        raise ValueError(f"exist {exist!r}: expected overwrite, skip or error")
    return Stacks(groups, Path(output), suffix, exist, notes, options)
