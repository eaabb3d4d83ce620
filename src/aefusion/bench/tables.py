"""A table as text, as Markdown and as HTML."""

import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Table:
    """Cells of text under heads; `bold` rows are the ones to find at once (the networks)."""

    title: str
    heads: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    note: str = ""
    bold: set[int] = field(default_factory=set)

    def add(self, *cells: str, bold: bool = False) -> None:
        if bold:
            self.bold.add(len(self.rows))
        self.rows.append(cells)

    def records(self) -> list[dict[str, str]]:
        """A dict a row, for `console.show_table`."""
        return [dict(zip(self.heads, row, strict=True)) for row in self.rows]

    def markdown(self) -> str:
        """The title as a bold line, the table, the note.

        >>> print(Table("T", ("x", "y"), [("1", "a|b")], bold={0}).markdown())
        **T**
        <BLANKLINE>
        | x | y |
        |---|---|
        | **1** | a\\|b |
        """
        lines = [f"**{self.title}**", "", _line(self.heads), "|---" * len(self.heads) + "|"]
        for number, row in enumerate(self.rows):
            cells = [cell.replace("|", "\\|") for cell in row]
            lines.append(_line([f"**{cells[0]}**", *cells[1:]] if number in self.bold else cells))
        return "\n".join(lines + (["", self.note] if self.note else []))

    def html(self) -> str:
        rows = [
            f"<tr{' class=ours' if number in self.bold else ''}>"
            + "".join(f"<td>{html.escape(cell)}</td>" for cell in row)
            for number, row in enumerate(self.rows)
        ]
        heads = "".join(f"<th>{html.escape(head)}</th>" for head in self.heads)
        note = f"<p class=note>{html.escape(self.note)}</p>" if self.note else ""
        body = "\n".join(rows)
        return f"<h3>{html.escape(self.title)}</h3>\n<div><table>\n<tr>{heads}\n{body}\n</table></div>\n{note}"


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def text(value: Any, digits: int = 3) -> str:
    """A figure to so many digits, never with an exponent; "-" for none.

    >>> text(12345.6), text(0.00123456), text(8_000), text(True), text(None)
    ('12,346', '0.00123', '8,000', 'yes', '-')
    """
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) else str(value)
    if not value:
        return "0"
    from math import floor, log10

    return f"{value:,.{max(0, digits - 1 - floor(log10(abs(value))))}f}"


def milliseconds(measured: Mapping[str, Any] | None, quartiles: bool = True) -> str:
    """The median of measured seconds in ms, with the quartiles."""
    if not measured or measured["median"] is None:
        return "-"
    median, low, high = (text(measured[name] * 1e3) for name in ("median", "low", "high"))
    return f"{median} ({low} to {high})" if quartiles else median


def failures(rows: Iterable[Mapping[str, Any]], name: Callable[[Mapping[str, Any]], str]) -> str:
    """A sentence on the rows that failed, those with one reason together."""
    reasons: dict[str, list[str]] = {}
    for row in rows:
        if row["failure"]:
            reasons.setdefault(row["failure"], []).append(name(row))
    told = [f"{', '.join(names)}: {reason}" for reason, names in reasons.items()]
    return f" Failed: {'; '.join(told)}." if told else ""


def origin(content: Mapping[str, Any]) -> str:
    """What a file of results was measured on, one line."""
    machine, libraries = content["machine"], content["libraries"]
    names = ("python", "numpy", "opencv-python-headless", "onnxruntime", "torch")
    versions = ", ".join(f"{name} {libraries[name]}" for name in names if name in libraries)
    cores = f"{machine['cores']} core{'s' if machine['cores'] > 1 else ''}"
    kernel = f"kernel {machine['instructions']}"
    return (
        f"{machine['processor']}, {cores}, {kernel}; aefusion {content['version']}, {versions}; {content['date'][:10]}"
    )


def generic(content: Mapping[str, Any]) -> list[Table]:
    """Any results as they are: the key, the facts, the medians with their quartiles."""
    rows = content["rows"]
    keys, facts, measured = (list(dict.fromkeys(name for row in rows for name in row[of])) for of in _PARTS)
    table = Table(content["suite"], (*keys, *facts, *measured))
    for row in rows:
        quartiles = [row["measured"].get(name, dict.fromkeys(("median", "low", "high", "unit"))) for name in measured]
        table.add(
            *(text(row["key"].get(name)) for name in keys),
            *(text(row["facts"].get(name)) for name in facts),
            *(f"{text(m['median'])} ({text(m['low'])} to {text(m['high'])}) {m['unit'] or ''}" for m in quartiles),
        )
    table.note = (
        f"Measured on: {origin(content)}.{failures(rows, lambda row: ', '.join(map(str, row['key'].values())))}"
    )
    return [table]


_PARTS = ("key", "facts", "measured")
