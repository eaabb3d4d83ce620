"""Files and folders: written whole or not at all, and never over a source; functions in Python files."""

import inspect
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from os import PathLike, fspath
from pathlib import Path
from typing import Any

PART = ".aefusion-"
"""The name of a file or folder that is being written begins so; where a process is killed, it stays behind."""


class FileError(ValueError):
    """Something is wrong with one file or folder. One line: the path, what is wrong, what to do.

    >>> str(FileError("a.png", "the file is empty", "copy it again"))
    'a.png: the file is empty: copy it again'
    """

    def __init__(self, path: str | PathLike[str], wrong: str, advice: str):
        super().__init__(" ".join(f"{fspath(path)}: {wrong}: {advice}".split("\n")))
        self.path = fspath(path)


def as_path(path: str | PathLike[str], what: str) -> Path:
    """A path as a `Path`; ValueError, which says what it is to be the path of, where it is none.

    >>> as_path(["a.png"], "a picture")
    Traceback (most recent call last):
    ValueError: a list where the path of a picture is expected: give a str or a Path
    """
    if not isinstance(path, str | PathLike) or not isinstance(fspath(path), str):
        raise ValueError(f"a {type(path).__name__} where the path of {what} is expected: give a str or a Path")
    return Path(path)


@contextmanager
def whole(path: str | PathLike[str]) -> Iterator[Path]:
    """Another name in the same folder to write a file, or a folder, under; it gets the right one if all goes well.

    Both names have the same suffixes, as some writers go by them. A link stays a link; its target is replaced.
    FileError if it cannot be written; nothing is left behind then.
    """
    part = part_name(path)
    try:
        yield part
        part.replace(Path(path).resolve())
    except OSError as error:
        raise FileError(path, f"cannot be written ({error.strerror})", "choose another place or make room") from None
    finally:
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        part.unlink(missing_ok=True)


def part_name(path: str | PathLike[str]) -> Path:
    """The name under which `whole` writes: hidden, in the same folder, with the same suffixes (two, as in .nii.gz)."""
    target = Path(path).resolve()
    return target.with_name(f"{PART}{secrets.token_hex(6)}.part{''.join(target.suffixes[-2:])}")


def write_whole(path: str | PathLike[str], data: bytes) -> None:
    """Write a file whole or not at all. FileError if it cannot be written."""
    with whole(path) as part, part.open("xb") as file:
        file.write(data)


def make_folder(path: str | PathLike[str]) -> None:
    """Make a folder, and those that it lies in, where they are missing; FileError if that cannot be."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise FileError(path, "a file of this name is there, a folder is needed", "give another name") from None
    except OSError as error:
        raise FileError(path, f"the folder cannot be made ({error.strerror})", "choose another place") from None


def refuse_overwriting(source: str | PathLike[str], output: str | PathLike[str]) -> None:
    """FileError if the result would overwrite a source."""
    if Path(output).exists() and Path(source).exists() and Path(output).samefile(source):
        raise FileError(output, "the result would overwrite this source", "give another name")


def is_place(name: object) -> bool:
    """Whether a name is ``path/to/file.py:function``, and not that of a part of the package."""
    return isinstance(name, str) and ".py" in name


def function_at(place: str) -> Callable[..., Any]:
    """The function ``path/to/file.py:function``, whose file is run; ValueError, one line, if there is none."""
    path, _, function = place.rpartition(":")
    if not path.endswith(".py") or not function:
        raise ValueError(f"{place}: give a file and the function in it, as path/to/file.py:function")
    if not Path(path).is_file():
        raise ValueError(f"{path}: there is no such file")
    name = f"aefusion_own_{Path(path).stem}"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ValueError(f"{path} is not a Python file")
    module = module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickle look their module up
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise ValueError(f"{path} does not run: {type(error).__name__}: {error}") from error
    if not hasattr(module, function):
        own = [key for key, value in vars(module).items() if inspect.isfunction(value) and value.__module__ == name]
        raise ValueError(f"{path} has no function {function}; it has {', '.join(own) or 'none'}")
    return getattr(module, function)
