"""What there is: networks, methods, and what is installed."""

from typing import Annotated

from cyclopts import Parameter


def models(*, json: Annotated[bool, Parameter(negative="")] = False) -> None:
    """List the networks: parameters, FLOPs at 400x400 in the paper's convention, bytes of the shipped weights.

    Parameters
    ----------
    json
        For programs.
    """
    from aefusion.bench.models import models as rows
    from aefusion.cli.console import show_table

    show_table(rows(), as_json=json)


def methods(*, json: Annotated[bool, Parameter(negative="")] = False) -> None:
    """List the fusion algorithms: what each is for, how fast it is, where it comes from.

    Speed is for 400 x 400 on two cores: real time below 60 ms, fast below 1 s, slow up to half a minute. The extra is
    what a method needs: `pip install 'aefusion[lab]'`. CVS is combined vision: enhanced and synthetic pictures.

    Parameters
    ----------
    json
        For programs, with the parameters.
    """
    from aefusion.cli.console import show_table
    from aefusion.library import ANY, METHODS

    keys = ("name", "year", "category", "tasks", "speed", "extra", "source", *(["parameters"] if json else []))
    rows = [{key: getattr(method, key) for key in keys} for method in METHODS.values()]
    if not json:
        for row in rows:
            row |= {"year": str(row["year"]), "tasks": "all" if row["tasks"] == ANY else " ".join(row["tasks"])}
    show_table(rows, as_json=json)


def doctor(*, json: Annotated[bool, Parameter(negative="")] = False) -> None:
    """Say what is installed, what it runs on, and which engine a call would use.

    Parameters
    ----------
    json
        For programs.
    """
    from aefusion.cli.console import show_facts
    from aefusion.engine.doctor import doctor as facts

    show_facts(facts(), as_json=json)
