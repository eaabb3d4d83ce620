"""Algorithm 1: the bank of optimal solutions, and pairs to learn from."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from aefusion.cli.console import SOME
from aefusion.cli.options import Json, Names, Output, Pattern, ShownRange
from aefusion.cli.words import say

Jobs = Annotated[int | None, Parameter(show_default=lambda _: "all cores")]


def bank(
    data: Path,
    /,
    *,
    output: Output,
    methods: Names = None,
    evaluation: str = "E2",
    jobs: Jobs = None,
    limit: float = 300,
    retry: bool = False,
    pair: Pattern = None,
    range: ShownRange = "auto",
) -> int:
    """Let fusion methods make their candidates of every pair, and keep the best.

    What the bank holds already is not computed again: a build that was stopped goes on, and methods and pairs are
    added. The exit status is 1 if a pair has no candidate.

    Parameters
    ----------
    data
        A folder of aligned pairs: `<task>/<dataset>/a/NAME` and `<task>/<dataset>/b/NAME`.
    output
        The bank, a folder.
    methods
        Names that `aefusion methods` lists, with parameters after commas (`lp,base=max`), or `file.py:function`. The
        default is all that take less than a second.
    evaluation
        What chooses the best: `E2`, `E2-bounded`, the name of a metric, or `file.py:function`.
    jobs
        How many processes, of one thread each.
    limit
        Seconds for one picture. A method that takes longer has failed for the pair.
    retry
        Try again what has failed before.
    """
    from aefusion.cli.console import progress_bar
    from aefusion.evolution.build_bank import build_bank

    kind = {"methods": methods, "evaluation": evaluation, "jobs": jobs, "limit": limit, "retry": retry}
    kind |= {"pattern": pair, "range": range}
    with progress_bar("candidates", lines=SOME) as progress:
        built = build_bank(data, output, progress=progress, **kind)
    print(f"{output}: {built}")
    for line in built.failure_lines():
        say(line)
    return 1 if built.without else 0


def show(bank: Path, /, *, evaluation: str | None = None, json: Json = False) -> None:
    """Say which method made the best candidate how often, per task.

    Parameters
    ----------
    bank
        A folder that `aefusion evolve bank` made.
    evaluation
        Another evaluation than that which the bank was built with last, if the bank has measured what it needs.
    """
    from aefusion.cli.console import show_table
    from aefusion.evolution.bank import show

    show_table(show(bank, evaluation=evaluation), as_json=json)


def add(
    method: str,
    data: Path,
    bank: Path,
    /,
    *,
    output: Output,
    model: str = "aenetv2",
    test: Path | None = None,
    margin: float = 0.01,
    recipe: Path | None = None,
    epochs: int = 20,
    rate: float = 1e-3,
    jobs: Jobs = None,
    threads: Annotated[int | None, Parameter(show_default=lambda _: "all cores")] = None,
    pair: Pattern = None,
    range: ShownRange = "auto",
    json: Json = False,
) -> int:
    """Add a fusion method to a bank, and let a network learn what is better now.

    The exit status is 1 if a task fell.

    Parameters
    ----------
    method
        A name that `aefusion methods` lists, with parameters after commas, or `file.py:function`.
    data
        The training pairs: `<task>/<dataset>/a/NAME` and `<task>/<dataset>/b/NAME`.
    bank
        A folder that `aefusion evolve bank` made of them.
    output
        A folder for the training and the new weights.
    model
        The network to go on from: a name that `aefusion models` lists, or a file of weights.
    test
        Measure before and after on these pairs. The default is those that training keeps aside.
    margin
        By how much E may fall in a task.
    recipe
        How to go on: a YAML file. The default is as the network was trained.
    epochs
        How long to go on, without a recipe.
    rate
        The learning rate at the start, without a recipe.
    jobs
        How many processes make candidates.
    threads
        How many threads train.
    """
    from aefusion.cli.console import progress_bar, show_table
    from aefusion.cli.train import extra_train

    with extra_train():
        from aefusion.evolution.add_method import add_method as run
        from aefusion.evolution.recipe import Recipe
    settings = Recipe.read(recipe) if recipe else None

    kind = {"recipe": settings, "epochs": epochs, "rate": rate, "jobs": jobs, "threads": threads, "say": say}
    kind |= {"pattern": pair, "range": range}
    with progress_bar("training", lines=False) as progress:
        added = run(method, data, bank, output, model=model, test=test, margin=margin, progress=progress, **kind)
    if added.weights is None:
        say(f"{method}: no optimal solution moved: there is nothing to learn")
        show_table([], as_json=json)
        return 0
    show_table(added.tasks, as_json=json)
    if not json:
        print(f"{len(added.moved) / added.pairs:.1%} of the optimal solutions moved; weights: {added.weights}")
    for row in added.tasks:
        if not row["kept"]:
            say(f"{row['task']}: E fell by {-row['change']:.4f}, more than {margin}")
    return 0 if added.kept else 1


def mix(own: str, common: str, /, *, share: float = 0.5, output: Output) -> None:
    """Write the weights of one task together with a share of the common ones: (own + share x common) / (1 + share).

    Parameters
    ----------
    own
        A name that `aefusion models` lists, or a file of weights that was trained from the common ones on.
    common
        The common weights.
    share
        The paper's beta, 0 or more.
    output
        A file, `.safetensors`.
    """
    from aefusion.evolution.mix import mix as run

    print(run(own, common, share, output))


def cvs(
    output: Path,
    /,
    *,
    pairs: int = 400,
    part: Literal["train", "validation", "test"] = "train",
    seed: int = 0,
) -> None:
    """Render pairs of combined vision, which is the fifth task: what a sensor sees, and what a cockpit display draws.

    They are rendered from a real terrain, not photographed, and a card beside them says so. What is there stays.

    Parameters
    ----------
    output
        A folder; the pairs are in its `cvs/jacksboro/a` (enhanced) and `cvs/jacksboro/b` (synthetic).
    pairs
        How many.
    part
        Which part of the terrain. The parts have no place in common.
    seed
        Of all that is drawn at random.
    """
    from aefusion.cli.console import progress_bar
    from aefusion.evolution.made.make_cvs import make_cvs

    with progress_bar("combined vision", lines=False) as progress:
        made = make_cvs(output, pairs=pairs, part=part, seed=seed, progress=progress)
    before = f", {made.there} of which were there" if made.there else ""
    print(f"{made.folder}: {made.pairs} rendered pairs{before}")
