"""The command line; thin: a file for each command or group, every command is one call of a public function."""

import sys
import warnings
from importlib import import_module
from typing import Any

from aefusion._version import __version__

GROUPS = {
    "evolve": "Algorithm 1: the bank of optimal solutions, and adding methods to it.",
    "bench": "The paper's comparisons as commands.",
}
# What is typed, and the file in this folder that has the function of the last word's name.
COMMANDS = {
    "fuse": "fuse",
    "stack": "stack",
    "video": "video",
    "stream": "stream",
    "medical": "medical",
    "score": "score",
    "models": "lists",
    "methods": "lists",
    "doctor": "lists",
    "export": "export",
    "train": "train",
    "evolve bank": "evolve",
    "evolve show": "evolve",
    "evolve add": "evolve",
    "evolve mix": "evolve",
    "bench pair": "bench",
    "bench methods": "bench",
    "bench complexity": "bench",
    "bench variants": "bench_quality",
    "bench quality": "bench_quality",
    "bench report": "bench",
    "bench speed": "bench_speed",
    "bench gallery": "bench_gallery",
    "demo": "demo",
}


def make_app() -> Any:
    """The commands as a `cyclopts.App`."""
    from cyclopts import App

    app = App(
        name="aefusion",
        help="Fuse two or more pictures of one scene into one picture that shows what each of them shows.",
        version=__version__,
        help_format="markdown",
        result_action="return_value",
        suppress_keyboard_interrupt=False,
    )
    for name, about in GROUPS.items():
        app.command(App(name=name, help=about))
    for words, file in COMMANDS.items():
        *group, name = words.split()
        module = import_module(f"aefusion.cli.{file}")
        (app[group[0]] if group else app).command(getattr(module, name), name=name)
    return app


def main(arguments: list[str] | None = None) -> None:
    """Run a command; errors of the user's are one line on standard error and exit status 1."""
    warnings.showwarning = lambda message, *_: print(f"aefusion: warning: {message}", file=sys.stderr)
    try:
        # Made in here, so that Ctrl-C while it is imported is one line too.
        status = make_app()(arguments)
    except KeyboardInterrupt:
        print("aefusion: interrupted", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(141)
    except (ValueError, OSError, MemoryError) as error:
        message = " ".join(in_words(error).split()) or "out of memory"
        sys.exit(f"aefusion: {message}")
    sys.exit(status or 0)


def in_words(error: BaseException) -> str:
    """An error as one sentence: what the system reports of a file becomes the file, what is wrong, what to do.

    >>> in_words(FileNotFoundError(2, "No such file or directory", "b.raw"))
    'b.raw: no such file or folder: check the path'
    """
    if not (isinstance(error, OSError) and error.filename is not None and error.strerror):
        return str(error)
    known = {
        FileNotFoundError: ("no such file or folder", "check the path"),
        FileExistsError: ("exists already", "give another name"),
        IsADirectoryError: ("is a folder, not a file", "give a file"),
        NotADirectoryError: ("a part of this path is a file, not a folder", "check the path"),
        PermissionError: ("permission denied", "choose another place, or check its permissions"),
    }
    wrong, advice = known.get(type(error), (error.strerror.lower(), "check the path, and whether there is room"))
    return f"{error.filename}: {wrong}: {advice}"
