"""The words of the command line: parameters become options, and errors become one line."""

import ast
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cyclopts import CycloptsError

OPTIONS = {"pattern": "pair", "suffix": "format", "keep": "colour"}
"""The options that have another name than the parameter of the function; any other name is the same in both."""
_TWO = re.compile(
    r'Invalid value for (--\S+): unable to convert "(.*)" into tuple\[float, float\](?:\|Literal\[(.*)\])?\.'
)
"""What cyclopts says where one of two numbers is missing, or is none."""
_PARAMETER = re.compile(r"(?<!`)`([A-Za-z]\w*)(?:=([^`]*))?`(?!`)")


def say(text: str) -> None:
    """Tell people something, as one line on standard error."""
    # In one piece: what two threads say at once must not run into one line.
    sys.stderr.write(f"aefusion: {' '.join(with_options(text).split())}\n")
    sys.stderr.flush()


def with_options(text: str) -> str:
    """A message in which each parameter in backticks has become the option of that name.

    >>> with_options('sizes differ: give `resize="b-to-a"`, or see `save_transform` and `aefusion methods`')
    'sizes differ: give --resize b-to-a, or see --save-transform and `aefusion methods`'
    """
    return _PARAMETER.sub(lambda match: _option(match[1], match[2]), text)


def _option(name: str, value: str | None) -> str:
    option = f"--{OPTIONS.get(name, name).replace('_', '-')}"
    if value is None:
        return option
    try:
        given = ast.literal_eval(value)
    except (ValueError, SyntaxError):  # names that stand for values: range=(low, high)
        given = tuple(re.findall(r"[^\s(),'\"\[\]]+", value))
    if isinstance(given, bool):
        return option if given else f"no {option}"
    words = [str(one) for one in given] if isinstance(given, tuple | list) else [str(given)]
    if name == "suffix":
        words = [word.removeprefix(".") for word in words]
    return " ".join([option, *(word if re.fullmatch(r"[\w.,:/+-]+", word) else f'"{word}"' for word in words)])


def in_words(error: BaseException) -> str:
    """An error as one line: what the system reports of a file becomes the file, what is wrong, what to do.

    >>> in_words(FileNotFoundError(2, "No such file or directory", "b.raw"))
    'b.raw: no such file or folder: check the path'
    """
    if not (isinstance(error, OSError) and error.filename is not None and error.strerror):
        return " ".join(with_options(str(error)).split())
    known = {
        FileNotFoundError: ("no such file or folder", "check the path"),
        FileExistsError: ("exists already", "give another name"),
        IsADirectoryError: ("is a folder, not a file", "give a file"),
        NotADirectoryError: ("a part of this path is a file, not a folder", "check the path"),
        PermissionError: ("permission denied", "choose another place, or check its permissions"),
    }
    wrong, advice = known.get(type(error), (error.strerror.lower(), "check the path, and whether there is room"))
    return f"{error.filename}: {wrong}: {advice}"


def usage_in_words(error: "CycloptsError", words: list[str]) -> str:
    """What is wrong with the words of a command line as one line that says what to do."""
    from cyclopts import CoercionError, MissingArgumentError, UnusedCliTokensError

    text = " ".join(str(error).split())
    command = " ".join(["aefusion", *(error.command_chain or ())])
    if isinstance(error, UnusedCliTokensError) and error.unused_tokens and "Did you mean" not in text:
        return f"{' '.join(error.unused_tokens)}: nothing that {command} takes: see {command} --help"
    if isinstance(error, CoercionError) and (two := _TWO.match(text)):
        words_too = f", or {two[3].replace(',', ' or')}" if two[3] else ""
        return f"{two[1]} {two[2]}: expected two values, the lower one first, as {two[1]} 20 60{words_too}"
    if not isinstance(error, MissingArgumentError) or error.argument is None or "Did you mean" in text:
        return text
    if error.keyword:
        return f"{error.keyword} needs a value: see {command} --help"
    name = error.argument.name
    if name != "--output":
        return f"{name} is missing: see {command} --help"
    return f"no result is named: give the result with -o: {_with_result(command, words)}"


def _with_result(command: str, words: list[str]) -> str:
    """The command with the last word as its result, if it can be meant; else an example."""
    *others, last = words
    new = not last.startswith("-") and not Path(last).exists()
    if new and len(others) > 2 and (Path(last).suffix or Path(others[1]).is_dir()):
        return " ".join(["aefusion", *others, "-o", last])
    return f"{command} ... -o RESULT"
