"""The paper's Table V: every method and every network, time by the paper's protocol."""

from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aefusion.bench.contestants import Contestant, contestants, digest
from aefusion.bench.paper import TABLE_V
from aefusion.bench.results import Progress, Results, summary
from aefusion.bench.tables import Table, failures, milliseconds, origin, text
from aefusion.bench.timing import SEED, Files, time_pairs, write_pairs
from aefusion.library import ANY

SIZE = 400


def bench_methods(
    methods: Iterable[str] = (),
    *,
    pairs: int = 300,
    limit: float = 60,
    data: Files = (),
    results: str | PathLike[str] | None = None,
    fresh: bool = False,
    progress: Progress = lambda done, total, what: None,
) -> Results:
    """Time methods and networks (all, if none is named) on gray pairs of 400 x 400 and 8 bit; a row for each.

    ``pairs``: how many, of which the first does not count. ``limit``: seconds after which a method's run ends, with the
    pairs it has done; the second pair is always done. ``data``: files of pairs, instead of pairs made from photographs
    in scikit-image. ``results``: a folder in which rows are kept as they come; those that are there are not measured
    again, unless ``fresh``. ``progress``: called before each method. A method that fails is a row that says why.
    """
    if pairs < 2:
        raise ValueError(f"pairs {pairs}: at least 2, as the first does not count")
    chosen = contestants(methods)
    pictures = digest(f"{path.name} {path.stat().st_size}" for pair in data for path in pair) if data else "photographs"
    settings = {"pairs": pairs, "size": SIZE, "limit": limit, "pictures": pictures}
    with Results("methods", settings, seeds=[SEED], folder=results, fresh=fresh) as measured:
        todo = [c for c in chosen if not measured.done({"method": c.name}, c.made_from)]
        if not todo:
            return measured
        with TemporaryDirectory(prefix="aefusion-") as folder:
            files = write_pairs(Path(folder), pairs, SIZE, data)
            for number, contestant in enumerate(todo):
                progress(number, len(todo), contestant.name)
                _measure(measured, contestant, files, limit)
        progress(len(todo), len(todo), "")
    return measured


def _measure(results: Results, contestant: Contestant, files: Files, limit: float) -> None:
    measured, failure = {}, None
    try:
        fuse = contestant.start()
        alone, reading = time_pairs(fuse, files, limit)
        measured = {"time": summary(alone, "s"), "time with reading": summary(reading, "s")}
    except Exception as error:  # whatever one method does, the rest goes on
        failure = str(error) or type(error).__name__
    results.add(
        {"method": contestant.name},
        facts=facts(contestant),
        measured=measured,
        paper=paper(contestant),
        failure=failure,
        made_from=contestant.made_from,
    )


def facts(contestant: Contestant) -> dict[str, Any]:
    """What Table V says of a method without measuring: category, year, parameters, size, evolution, generality."""
    if contestant.kind == "method":
        method, weights = contestant.method, contestant.learned_weights
        return {
            "kind": "method",
            "title": method.title,
            "category": method.category,
            "year": method.year,
            "parameters": ", ".join(f"{name} {value}" for name, value in method.parameters.items()),
            "size (bytes)": weights.stat().st_size if weights else None,
            "evolution": False,
            "generality": set(ANY) <= set(method.tasks),
        }
    model, weights = contestant.model, contestant.weights
    return {
        "kind": "network",
        "title": model.title,
        "category": "deep learning",
        "year": 2020,
        "parameters": f"{model.cost().parameters:,} weights{training(weights)}",
        "size (bytes)": weights.stat().st_size if weights else None,
        "evolution": True,
        "generality": True,
    }


def training(weights: Path | None) -> str:
    """The recipe's epochs, batch and crop, and what it started from, as far as a file of weights tells."""
    if not weights:
        return ""
    from aefusion.weights import load

    recipe = load(weights)[1].get("recipe") or {}
    epochs = sum(int(segment[0]) for segment in recipe.get("segments", ()))
    told = {"epochs": epochs} | {name: recipe.get(name) for name in ("batch", "crop", "start")}
    return "".join(f", {name} {value}" for name, value in told.items() if value)


def paper(contestant: Contestant) -> dict[str, Any]:
    """The paper's row of Table V, as printed; empty where it has none."""
    row = TABLE_V.get(contestant.model.name if contestant.kind == "network" else contestant.name)
    return row._asdict() if row else {}


def tables(content: dict[str, Any]) -> list[Table]:
    """Table V: what was measured, fastest first, beside what the paper prints; then the paper's other rows."""
    heads = (
        "method", "category", "year", "median, ms (quartiles)", "mean", "with reading", "runs", "x AE-Netv2",
        "paper, s", "size, kB", "paper, MB", "evolution", "general", "paper: general",
    )  # fmt: skip
    settings = content["settings"]
    note = (
        f"Gray pairs of {settings['size']} x {settings['size']}, 8 bit, in memory; with reading (median, ms): from "
        f"PNG files; never saving. {settings['pairs']} pairs, the first not counted; fewer where {settings['limit']:g} "
        "s had gone by: see runs. The paper's columns are as printed: on an i5-8500, networks on a GPU (RTX 2070); "
        "its sizes are those of checkpoints. x AE-Netv2: how many times its median. Measured on: "
        f"{origin(content)}."
    )
    table = Table("Table V: methods and networks, time a pair", heads)
    rows = sorted(content["rows"], key=lambda row: row["measured"].get("time", {}).get("median") or float("inf"))
    unit = next((r["measured"]["time"]["median"] for r in rows if r["key"]["method"] == "aenetv2" and r["measured"]), 0)
    for row in rows:
        known, printed, measured = row["facts"], row["paper"], row["measured"]
        time, size = measured.get("time"), known["size (bytes)"]
        table.add(
            row["key"]["method"], known["category"], str(known["year"]),
            milliseconds(time) if time else "failed",
            text(time["mean"] * 1e3) if time else "-",
            milliseconds(measured.get("time with reading"), quartiles=False),
            text(time["count"]) if time else "-",
            text(time["median"] / unit) if time and unit else "-",
            text(printed.get("seconds")), text(size / 1e3) if size else "-", text(printed.get("size")),
            text(known["evolution"]), text(known["generality"]), text(printed.get("generality")),
            bold=known["kind"] == "network",
        )  # fmt: skip
    table.note = note + failures(rows, lambda row: row["key"]["method"])
    parameters = Table(
        "Table V: parameters",
        ("method", "name", "parameters"),
        [(row["key"]["method"], row["facts"]["title"], row["facts"]["parameters"] or "-") for row in rows],
    )
    here = {row["key"]["method"] for row in rows}
    others = Table(
        "Table V: what only the paper measured",
        ("method", "category", "year", "paper, s", "paper, MB", "evolution", "general"),
        [
            (row.name, row.category, str(row.year), text(row.seconds), text(row.size), text(row.evolution),
             text(row.generality))
            for name, row in TABLE_V.items() if name not in here
        ],
        "As printed; the machine is not ours.",
    )  # fmt: skip
    return [table, parameters, others]
