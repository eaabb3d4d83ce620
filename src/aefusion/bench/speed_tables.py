"""The results of `bench speed` as tables."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aefusion.bench.tables import Table, failures, milliseconds, origin, text

Row = Mapping[str, Any]
CLOCK = "On one thread the ratios and shares are of processor time, with more threads of time on the wall."


def tables(content: Mapping[str, Any]) -> list[Table]:
    """For each network: the roofline, all figures at one size, and time, scaling and memory over the sizes."""
    shown = []
    for model in dict.fromkeys(row["key"]["model"] for row in content["rows"]):
        rows = [row for row in content["rows"] if row["key"]["model"] == model]
        engines = [row for row in rows if row["measured"].get("wall") or row["failure"]]
        shown += [
            roofline(model, rows),
            one_size(model, engines, content),
            over_sizes(
                f"{model}: time a pair, ms", engines, lambda row: text(row["measured"][clock(row)]["median"] * 1e3),
                "Medians, on one thread of processor time, with more of time on the wall." + failures(engines, name),
            ),
            over_sizes(
                f"{model}: time a pixel beside that at 512 x 512", engines, linear,
                "1 where time grows as pixels do; both sizes have their turns in the same rounds. Medians of the "
                f"ratios, in brackets the ratio of the best rounds. {CLOCK}",
            ),
            over_sizes(
                f"{model}: peak memory, MiB",
                [row for row in engines if row["key"]["threads"] == engines[0]["key"]["threads"]],
                lambda row: text(row["facts"]["peak memory"] and row["facts"]["peak memory"] / 2**20),
                "What a process holds while it fuses, beside the two sources; float32 but for uint8. "
                "The least possible is the result: 4 bytes a pixel.",
            ),
        ]  # fmt: skip
    return shown


def name(row: Row) -> str:
    key = row["key"]
    return f"{key['engine']}, {size(row)}, {key['threads']} threads"


def size(row: Row) -> str:
    return f"{row['key']['width']}x{row['key']['height']}"


def clock(row: Row) -> str:
    return row["facts"]["clock"]


def linear(row: Row) -> str:
    name = "time a pixel beside 512x512"
    return f"{row['measured'][name]['median']:.2f} ({row['facts'][f'best {name}']:.2f})"


def threads(row: Row) -> str:
    return str(row["key"]["threads"])


def roofline(model: str, rows: list[Row]) -> Table:
    """What the processor can do, of the median of all sizes' medians, and what of it binds the network."""
    table = Table(f"{model}: the roofline", ("threads", "of", "a second"))
    limits = [row for row in rows if row["measured"].keys() & {"bytes"} or row["key"]["engine"].startswith("peak ")]
    for key in dict.fromkeys((row["key"]["threads"], row["key"]["engine"]) for row in limits):
        same = [row["measured"] for row in limits if (row["key"]["threads"], row["key"]["engine"]) == key]
        rates = sorted(measured["bytes" if key[1] == "memory" else "multiply-adds"]["median"] for measured in same)
        unit = "GB" if key[1] == "memory" else "G multiply-adds"
        table.add(str(key[0]), key[1], f"{text(rates[len(rates) // 2] / 1e9)} {unit}")
    need = next(
        (row["facts"]["multiply-adds a pixel"] for row in rows if "multiply-adds a pixel" in row["facts"]), None
    )
    if need:
        table.note = (
            f"The folded network needs {need:,} multiply-adds and, at the least, 12 bytes a pixel (two float32 read, "
            f"one written): {need / 12:.0f} a byte. Peak: independent multiply-adds in registers; memory: two large "
            "float32 pictures added into a third. Medians, taken in every round between the engines' turns."
        )
    return table


def one_size(model: str, rows: list[Row], content: Mapping[str, Any]) -> Table:
    """All that was measured at 400 x 400, or at the smallest size."""
    chosen = next((size(row) for row in rows if size(row) == "400x400"), size(rows[0]))
    heads = (
        "engine", "threads", "median, ms (quartiles)", "best", "processor", "x the first", "GMAC/s", "of roofline",
        "threads' gain", "rounds",
    )  # fmt: skip
    note = (
        "Rounds in which each engine, in a process of its own, has a turn; a slow one leaves early. Median, best: on "
        "the wall; processor: of processor time. x the first: how many times the first engine's time, the median "
        "of the ratios within rounds. GMAC/s: the folded network's multiply-adds, whatever an engine does in truth. Of "
        "roofline: beside what was measured in the same round. Threads' gain: time on one thread by that on these. In "
        f"brackets the ratios of best rounds. {CLOCK} Measured on: {origin(content)}."
    )
    table = Table(f"{model}: engines at {chosen}", heads, note=note)
    for row in rows:
        if size(row) != chosen:
            continue
        measured = row["measured"]
        if row["failure"]:
            table.add(row["key"]["engine"], threads(row), "failed", *["-"] * 7)
            continue
        median = {key: value["median"] for key, value in measured.items()}
        rate, share = median.get("multiply-adds"), median.get("share of the roofline")
        best = row["facts"].get("best share of the roofline")
        table.add(
            row["key"]["engine"], threads(row), milliseconds(measured["wall"]), text(row["facts"]["best wall"] * 1e3),
            text(median["processor"] * 1e3), f"{median['beside the first']:.2f}", text(rate and rate / 1e9),
            "-" if share is None else f"{share:.0%} ({best:.0%})", gain(row, rows), text(measured["wall"]["count"]),
            bold=row["key"]["engine"] == rows[0]["key"]["engine"],
        )  # fmt: skip
    return table


def gain(row: Row, rows: Iterable[Row]) -> str:
    """How many times faster than on one thread, on the wall."""
    key = row["key"] | {"threads": 1}
    one = next((other for other in rows if other["key"] == key and not other["failure"]), None)
    if one is None or row is one:
        return "-"
    median, best = (
        before / after
        for before, after in (
            (one["measured"]["wall"]["median"], row["measured"]["wall"]["median"]),
            (one["facts"]["best wall"], row["facts"]["best wall"]),
        )
    )
    return f"{median:.2f} ({best:.2f})"


def over_sizes(title: str, rows: Iterable[Row], cell: Callable[[Row], str], note: str) -> Table:
    """A row for each engine and number of threads, a column for each size."""
    rows = list(rows)
    sizes = list(dict.fromkeys(size(row) for row in sorted(rows, key=lambda x: x["key"]["width"] * x["key"]["height"])))
    table = Table(title, ("engine", "threads", *sizes), note=note)
    for key in dict.fromkeys((row["key"]["engine"], threads(row)) for row in rows):
        cells = {
            size(row): "failed" if row["failure"] else cell(row)
            for row in rows
            if (row["key"]["engine"], threads(row)) == key
        }
        table.add(*key, *(cells.get(one, "-") for one in sizes), bold=key[0] == rows[0]["key"]["engine"])
    return table
