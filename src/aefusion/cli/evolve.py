"""Algorithm 1: the bank of optimal solutions."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def bank(
    data: Path,
    /,
    *,
    output: Annotated[Path, Parameter(alias="-o")],
    methods: Annotated[list[str] | None, Parameter(consume_multiple=True, negative="")] = None,
    evaluation: str = "E2",
    jobs: int | None = None,
    limit: float = 300,
    retry: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Let fusion methods make their candidates of every pair, and keep the best; exit status 1 if a pair has none.

    What the bank holds already is not computed again: a build that was stopped goes on, methods and pairs are added.

    Parameters
    ----------
    data
        A folder of aligned pairs: `<task>/<dataset>/a/NAME` and `<task>/<dataset>/b/NAME`.
    output
        The bank, a folder.
    methods
        Names that `aefusion methods` lists, with parameters after commas (`lp,base=max`), or `file.py:function`; all
        that take less than a second, if not given.
    evaluation
        What chooses the best: `E2`, `E2-bounded`, the name of a metric, or `file.py:function`.
    jobs
        How many processes, of one thread each; as many as there are cores, if not given.
    limit
        Seconds for one picture; a method that takes longer has failed for the pair.
    retry
        Try again what has failed before.
    """
    from aefusion.evolution.build import build

    built = build(data, output, methods=methods, evaluation=evaluation, jobs=jobs, limit=limit, retry=retry)
    print(f"{output}: {built}")
    for line in built.failure_lines():
        print(f"aefusion: {line}", file=sys.stderr)
    return 1 if built.without else 0


def show(
    bank: Path, /, *, evaluation: str | None = None, json: Annotated[bool, Parameter(negative="")] = False
) -> None:
    """Which method made the best candidate how often, per task.

    Parameters
    ----------
    bank
        A folder that `aefusion evolve bank` made.
    evaluation
        Another one than the bank was built with last, if the bank has measured what it needs.
    json
        For programs.
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
    output: Annotated[Path, Parameter(alias="-o")],
    model: str = "aenetv2",
    test: Path | None = None,
    margin: float = 0.01,
    recipe: Path | None = None,
    epochs: int = 20,
    rate: float = 1e-3,
    jobs: int | None = None,
    threads: int | None = None,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Add a fusion method to a bank, and let a network learn what is better now; exit status 1 if a task fell.

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
        Pairs to compare before and after on; those that training keeps aside, if not given.
    margin
        By how much E may fall in a task.
    recipe
        A YAML file: how to go on; as the network was trained, if not given.
    epochs
        How long to go on, without a recipe.
    rate
        The learning rate at the start, without a recipe.
    jobs
        How many processes make candidates.
    threads
        How many threads train.
    json
        For programs.
    """
    from aefusion.cli.console import progress_bar, show_table
    from aefusion.cli.train import extra_train

    with extra_train():
        from aefusion.evolution.add import add as run
        from aefusion.evolution.recipe import Recipe
    settings = Recipe.read(recipe) if recipe else None

    def report(line: str) -> None:
        print(line, file=sys.stderr)

    kind = {"recipe": settings, "epochs": epochs, "rate": rate, "jobs": jobs, "threads": threads, "report": report}
    with progress_bar("training", lines=False) as progress:
        added = run(method, data, bank, output, model=model, test=test, margin=margin, progress=progress, **kind)
    if added.weights is None:
        print(f"{method}: no optimal solution moved: there is nothing to learn", file=sys.stderr)
        return 0
    show_table(added.tasks, as_json=json)
    if not json:
        print(f"{len(added.moved) / added.pairs:.1%} of the optimal solutions moved; weights: {added.weights}")
    for row in added.tasks:
        if not row["kept"]:
            print(f"aefusion: {row['task']}: E fell by {-row['change']:.4f}, more than {margin}", file=sys.stderr)
    return 0 if added.kept else 1


def mix(own: str, common: str, /, *, share: float = 0.5, output: Annotated[Path, Parameter(alias="-o")]) -> None:
    """Weights of one task together with a share of the common ones: (own + share x common) / (1 + share).

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
