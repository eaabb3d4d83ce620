"""What there is: networks, methods, and what is installed."""

from aefusion.cli.options import Json


def models(*, json: Json = False) -> None:
    """List the networks: parameters, FLOPs at 400x400 as the paper counts them, and bytes of the shipped weights."""
    from aefusion.bench.models import models as rows
    from aefusion.cli.console import show_table

    show_table(rows(), as_json=json)


def methods(*, json: Json = False) -> None:
    """List the fusion algorithms: what each is for, how fast it is, where it comes from.

    Speed is for 400 x 400 on two cores: real time is below 60 ms, fast below 1 s, slow up to half a minute. The extra
    is what a method needs: `pip install 'aefusion[lab]'`. CVS is combined vision: enhanced and synthetic pictures. The
    JSON has the parameters of the methods too.
    """
    from aefusion.cli.console import show_table
    from aefusion.library import ANY, METHODS

    keys = ("name", "year", "category", "tasks", "speed", "extra", "source", *(["parameters"] if json else []))
    rows = [{key: getattr(method, key) for key in keys} for method in METHODS.values()]
    if not json:
        for row in rows:
            row |= {"year": str(row["year"]), "tasks": "all" if row["tasks"] == ANY else " ".join(row["tasks"])}
    show_table(rows, as_json=json)


def doctor(*, json: Json = False) -> None:
    """Say what is installed, what it runs on, and which engine a call would use."""
    from aefusion.cli.console import show_facts
    from aefusion.engine.doctor import doctor as facts

    show_facts(facts(), as_json=json)
