"""Autonomous evolution: a method is added to the bank, and the network learns what it can do better."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from aefusion.engine import Trained, start
from aefusion.evolution.bank import Bank
from aefusion.evolution.build_bank import build_bank
from aefusion.evolution.data import look_at
from aefusion.evolution.evaluations import Evaluation, measure
from aefusion.evolution.evaluations import evaluation as load_evaluation
from aefusion.evolution.keep_aside import keep_aside
from aefusion.evolution.recipe import BANK, Recipe
from aefusion.evolution.train import train
from aefusion.files import make_folder, write_whole
from aefusion.image.pair_tree import TreePair
from aefusion.image.shown_pairs import read_grays
from aefusion.image.thermal import Range
from aefusion.network import MODELS


@dataclass(frozen=True)
class Added:
    """What adding a method did."""

    pairs: int
    moved: dict[str, tuple[str | None, str]]
    """By the pair's name: the method that O came from before, and the one now, where O moved."""
    weights: Path | None
    """The network that learned the new O; None where no O moved, so that there was nothing to learn."""
    tasks: list[dict[str, Any]]
    """A row for each task: test pairs, E before, E after, the difference, and whether that is within the margin."""

    @property
    def kept(self) -> bool:
        """Whether no task fell by more than the margin."""
        return all(row["kept"] for row in self.tasks)


def add_method(
    method: str | Iterable[str],
    data: Path | str,
    bank: Path | str,
    output: Path | str,
    *,
    model: str = "aenetv2",
    test: Path | str | None = None,
    margin: float = 0.01,
    recipe: Recipe | None = None,
    epochs: int = 20,
    rate: float = 1e-3,
    jobs: int | None = None,
    threads: int | None = None,
    pattern: str | None = None,
    range: Range = "auto",
    say: Callable[[str], None] = print,
    progress: Callable[[int, int, str], None] | None = None,
) -> Added:
    """Add `method` to the bank, go on training `model` towards the new O, and compare before with after.

    `method`: one or more names of the library, or ``file.py:function``. `data`: the training pairs of the bank, which
    must hold their candidates already. `output`: the folder of the training. `recipe`: how to go on; if not given, as
    `model` was trained, for `epochs` epochs at a learning rate that falls from `rate` to 0. If the recipe learns from a
    bank, its evaluation and its methods count, and those added. `test`: pairs to compare on; the pairs of `data` that
    training keeps aside, if not given. Where E compares candidates, they are the pictures before and after.
    `pattern`, `range`: which files of the data are pairs, and how thermal pictures are shown, as in `build_bank`.
    `say` gets lines for people; `progress` is that of `build`, then that of `train`. Stopped at any point, it goes on
    when it is called again.

    ValueError for wrong methods, evaluations or folders, and for `output` with a run of another recipe in it.
    """
    data, output = Path(data), Path(output)
    methods = [method] if isinstance(method, str) else list(method)
    trained = Trained.load(model)
    recipe = recipe or replace(recipe_of(trained), segments=[(epochs, rate)], schedule="cosine", exact_epochs=2)
    chosen = dict(recipe.teacher_parameters) if recipe.teacher.startswith(BANK) else {}
    name = chosen.setdefault("evaluation", Bank(bank).evaluation.name)
    evaluation = load_evaluation(name)
    chosen.setdefault("methods", Bank(bank).methods)

    def winners() -> dict[str, str]:
        return {best.name: best.method for best in Bank(bank, **chosen).optima.values()}

    known = _remembered(output / "before.json", lambda: {"methods": chosen["methods"], "optima": winners()})
    before = known["optima"]
    built = build_bank(
        data, bank, methods=methods, evaluation=name, jobs=jobs, progress=progress, pattern=pattern, range=range
    )
    chosen["methods"] = list(dict.fromkeys([*known["methods"], *methods]))
    moved = {pair: (before.get(pair), now) for pair, now in winners().items() if before.get(pair) != now}
    say(f"{len(moved)} of {built.pairs} optimal solutions moved")
    if not moved:
        return Added(built.pairs, moved, None, [])

    if not test and saw_pairs_of_now(trained, recipe):
        say(f"{model} has learned from pairs that are kept aside now: give `test` for a fair before and after")
    recipe = replace(
        recipe, model=trained.name if trained.name in MODELS else recipe.model, start=model, teacher=f"{BANK}{bank}",
        teacher_parameters=chosen, pair=pattern or recipe.pair, range=range if range != "auto" else recipe.range,
    )  # fmt: skip
    weights = train(recipe, data, output, threads=threads, say=say, progress=progress)
    sources = look_at(Path(test) if test else data, pattern, range)
    if not test:
        sources = keep_aside(sources, recipe.kept_by, recipe.validation)[1] or sources
    pairs = ((source.pair, *read_grays(source.pair, source.displays)) for source in sources)
    return Added(built.pairs, moved, weights, before_and_after(model, weights, pairs, evaluation, margin))


def recipe_of(trained: Trained) -> Recipe:
    """How a network was trained, as its weights say; the defaults where they do not."""
    settings: dict[str, Any] = trained.metadata.get("recipe") or {"model": trained.name}
    try:
        return Recipe(**settings)
    except TypeError as error:
        raise ValueError(
            f"{trained.name}: its weights name a setting that there is not: {error}: give `recipe`"
        ) from None


def saw_pairs_of_now(trained: Trained, recipe: Recipe) -> bool:
    """Whether a network kept other pairs aside, by its seed or share: it has learned from some of those of now."""
    settings = trained.metadata.get("recipe") or {}
    seed = settings.get("aside_seed")
    before = settings.get("seed", recipe.kept_by) if seed is None else seed
    return (before, settings.get("validation", recipe.validation)) != (recipe.kept_by, recipe.validation)


def before_and_after(
    model: str,
    weights: Path,
    pairs: Iterable[tuple[TreePair, np.ndarray, np.ndarray]],
    evaluation: Evaluation,
    margin: float,
) -> list[dict[str, Any]]:
    """E of the pictures of two networks, a row for each task; `pairs` as `read_pairs` gives them."""
    engines = [start(Trained.load(str(name))) for name in (model, weights)]
    scores: dict[str, list[np.ndarray]] = {}
    for pair, a, b in pairs:
        pictures = [engine(a, b) for engine in engines]
        marks = np.array([[measure(name, a, b, x) for name in evaluation.metrics] for x in pictures], np.float64)
        scores.setdefault(pair.task, []).append(evaluation.combine(marks))
    rows = []
    for task, values in sorted(scores.items()):
        before, after = np.mean(values, axis=0)
        kept = bool(after >= before - margin)
        rows.append(
            {"task": task, "pairs": len(values), "E before": float(before), "E after": float(after)}
            | {"change": float(after - before), "kept": kept}
        )
    return rows


def _remembered(path: Path, make: Callable[[], dict]) -> dict:
    """What `make` gave when it was first called for this file."""
    if not path.exists():
        make_folder(path.parent)
        write_whole(path, json.dumps(make()).encode())
    return json.loads(path.read_text())
