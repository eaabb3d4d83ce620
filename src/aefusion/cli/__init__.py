"""The command line; thin: a file for each command or group, every command is one call of a public function."""

import sys
import warnings
from importlib import import_module

from cyclopts import App

from aefusion import __version__

app = App(
    name="aefusion",
    help="Fuse two or more pictures of one scene into one picture that shows what each of them shows.",
    version=__version__,
    help_format="markdown",
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)
evolve = App(name="evolve", help="Algorithm 1: the bank of optimal solutions.")
bench = App(name="bench", help="The paper's comparisons as commands.")

# The group, the command, the file in this folder that has it.
COMMANDS = [
    (app, "fuse", "fuse"),
    (app, "score", "score"),
    (app, "models", "lists"),
    (app, "methods", "lists"),
    (app, "doctor", "lists"),
    (app, "export", "export"),
    (app, "train", "train"),
    (evolve, "bank", "evolve"),
    (evolve, "show", "evolve"),
    (bench, "methods", "bench"),
    (app, "demo", "demo"),
]
for group, name, module in COMMANDS:
    group.command(getattr(import_module(f"aefusion.cli.{module}"), name), name=name)
for group in (evolve, bench):
    app.command(group)


def main(arguments: list[str] | None = None) -> None:
    """Run a command; errors of the user's are one line on standard error and exit status 1."""
    warnings.showwarning = lambda message, *_: print(f"aefusion: warning: {message}", file=sys.stderr)
    try:
        status = app(arguments)
    except KeyboardInterrupt:
        print("aefusion: interrupted", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(141)
    except (ValueError, OSError, MemoryError) as error:
        message = " ".join(str(error).split()) or "out of memory"
        sys.exit(f"aefusion: {message}")
    sys.exit(status or 0)
