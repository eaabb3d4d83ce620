"""The command line; thin: a file for each command or group, every command is one call of a public function."""

import sys
import warnings
from difflib import get_close_matches
from glob import glob, has_magic
from importlib import import_module
from pathlib import Path
from typing import Any

from aefusion._version import __version__
from aefusion.cli.stopping import INTERRUPTED, stopping
from aefusion.cli.words import in_words, say, usage_in_words

# What is typed: the file in this folder that has the function of the last word's name, and what the lists say of it.
COMMANDS = {
    "Fuse": {
        "fuse": ("fuse", "Two pictures or more, or folders of pictures."),
        "stack": ("stack", "A focus or exposure stack of any number of pictures."),
        "video": ("video", "Two videos, cameras, network streams or folders of frames."),
        "stream": ("stream", "Raw frames from standard input to standard output."),
        "medical": ("medical", "Two DICOM or NIfTI images. Not a medical device."),
        "align": ("align", "Lay pictures onto one of them, without fusing them."),
    },
    "Judge": {
        "score": ("score", "Measure the quality of fused pictures."),
        "bench": {
            "pair": ("bench", "Every fusion method on your pictures: time, quality, and the pictures."),
            "methods": ("bench", "Table V: the time of every method and every network."),
            "complexity": ("bench", "Table VI: parameters and FLOPs of every network."),
            "variants": ("bench_quality", "Table VII: every block R, its quality, time and size."),
            "quality": (
                "bench_quality",
                "Figure 6: the quality of every method and network on a set of test pictures.",
            ),
            "gallery": ("bench_gallery", "Sheets and a page of sources and results."),
            "speed": ("bench_speed", "The engines side by side: time, roofline, scaling, memory."),
            "report": ("bench", "All results as one page."),
        },
    },
    "Learn": {
        "train": ("train", "Train a network."),
        "evolve": {
            "bank": ("evolve", "Let methods make candidates of every pair, and keep the best."),
            "show": ("evolve", "Which method made the best candidate how often."),
            "add": ("evolve", "Add a fusion method, and let a network learn what is better now."),
            "mix": ("evolve", "The weights of one task together with a share of the common ones."),
            "cvs": ("evolve", "Render pairs of combined vision, the fifth task."),
        },
    },
    "Look": {
        "info": ("info", "Say what a file holds: size, camera, temperatures, time, place."),
        "thermal": ("thermal", "Take temperatures out of thermal files: numbers, or pictures in colours."),
        "methods": ("lists", "List the fusion algorithms."),
        "models": ("lists", "List the networks."),
        "weights": {
            "": ("weights", "List the weights that the learned methods need, and where their authors publish them."),
            "add": ("weights", "Check published weights, and keep them for the methods."),
        },
        "doctor": ("lists", "Say what is installed, and what it runs on."),
        "demo": ("demo", "Fuse two pairs made from photographs."),
        "export": ("export", "Write a network as an ONNX file."),
    },
}
GROUPS = {
    "bench": "The paper's comparisons, on your pictures or on test pictures.",
    "evolve": "Algorithm 1: the bank of optimal solutions, and adding methods to it.",
    "weights": "List the weights that the learned methods need, or add some.",
}
SYNONYMS = dict.fromkeys(["hdr", "focus", "exposure", "bracket", "zstack", "z-stack", "merge"], "stack")
"""What people call a command that has another name."""
FLAGS = ("--help", "-h", "--version")
USAGE = "Usage: aefusion COMMAND [OPTIONS], or: aefusion A B -o RESULT"
ABOUT = "Fuse two or more pictures of one scene into one picture that shows what each of them shows."
EXAMPLES = """\
aefusion visible.jpg infrared.jpg -o fused.png     fuse two pictures
aefusion fuse visible/ infrared/ -o fused/         fuse folders of pictures
aefusion fuse --help                               all options of a command
"""


def make_app(words: list[str]) -> Any:
    """The commands as a `cyclopts.App`; of their files only that of the command in ``words`` is imported."""
    from cyclopts import App, Group, Parameter

    app = App(
        name="aefusion", usage=USAGE, help=ABOUT, help_epilogue=EXAMPLES, help_format="plaintext", version=__version__,
        default_parameter=Parameter(negative=()), result_action="return_value", exit_on_error=False, print_error=False,
        suppress_keyboard_interrupt=False,
    )  # fmt: skip
    app["--help"].group = app["--version"].group = Group("Options", sort_key=len(COMMANDS))
    for place, (title, commands) in enumerate(COMMANDS.items()):
        group = Group(title, sort_key=place)
        for order, (name, command) in enumerate(commands.items()):
            if isinstance(command, tuple):
                add(app, name, *command, wanted=words[:1] == [name], sort_key=order, group=group)
                continue
            app.command(App(name=name, help=GROUPS[name], help_epilogue="", sort_key=order, group=group))
            for inner_order, (inner, what) in enumerate(command.items()):
                if not inner:  # the group's own words
                    if words[:1] == [name]:
                        app[name].default(getattr(import_module(f"aefusion.cli.{what[0]}"), name))
                    continue
                add(app[name], inner, *what, wanted=words[:2] == [name, inner], sort_key=inner_order)
    return app


def add(app: Any, name: str, file: str, line: str, *, wanted: bool, **place: Any) -> None:
    """Add a command, to be imported when it is called; the one that is wanted has all of its help."""
    module = f"aefusion.cli.{file}"
    if wanted:
        function = getattr(import_module(module), name)
        app.command(function, name=name, help_format="markdown", help_epilogue="", **place)
    else:
        app.command(f"{module}:{name}", name=name, help=line, **place)


def main(arguments: list[str] | None = None) -> None:
    """Run a command. What is wrong with its input is one line on standard error, and the exit status is 1 or 2.

    After Ctrl-C it is 130, after SIGTERM 143, after SIGHUP 129.
    """
    warnings.showwarning = lambda message, *_: say(f"warning: {message}")
    words = list(sys.argv[1:] if arguments is None else arguments)
    with stopping() as told:
        try:
            status = run(words)
        except KeyboardInterrupt:
            print("aefusion: interrupted", file=sys.stderr)
            sys.exit(told.status(INTERRUPTED))
        except BrokenPipeError:
            sys.exit(141)
        except (ValueError, OSError, MemoryError) as error:
            sys.exit(f"aefusion: {in_words(error) or 'out of memory'}")
        sys.exit(told.status(status or 0))


def run(words: list[str]) -> int | None:
    """Run a command and give its exit status, which is 2 where its words cannot be meant."""
    # Imported in here, so that Ctrl-C while it is imported is one line too.
    from cyclopts import CycloptsError

    try:
        words = with_command(with_files(with_auto(words)))
        return make_app(words)(words)
    except CycloptsError as error:
        say(usage_in_words(error, words))
        return 2


def with_auto(words: list[str]) -> list[str]:
    """The words, with `auto` behind an --align that has no value."""
    following = [*words[1:], "-"]
    return [one for i, word in enumerate(words)
            for one in ([word, "auto"] if word == "--align" and following[i].startswith("-") else [word])]  # fmt: skip


def with_files(words: list[str]) -> list[str]:
    """The words, with the files that fit in place of a pattern: one in quotes, or any where the shell is Windows'.

    A pattern that nothing fits stays, and so does that of an option.
    """
    if not any(map(has_magic, words)):
        return words
    from aefusion.image.natural_order import natural

    result: list[str] = []
    for word in words:
        of_option = bool(result) and result[-1].startswith("-")
        fitting = glob(word) if has_magic(word) and not of_option and not Path(word).exists() else []  # noqa: PTH207
        result += sorted(fitting, key=natural) or [word]
    return result


def with_command(words: list[str]) -> list[str]:
    """The words of the command line; without a command they begin with options or pictures, and `fuse` is meant."""
    names = [name for commands in COMMANDS.values() for name in commands]
    if not words or words[0] in (*names, *FLAGS):
        return words
    first = Path(words[0])
    if words[0].startswith("-") or first.exists() or first.suffix or len(first.parts) > 1:
        return ["fuse", *words]
    from cyclopts import CycloptsError

    close = [SYNONYMS[words[0]]] if words[0] in SYNONYMS else get_close_matches(words[0], names, n=1)
    advice = f"did you mean aefusion {close[0]}?" if close else "see aefusion --help"
    raise CycloptsError(msg=f"{words[0]}: neither a command nor a file: {advice}")
