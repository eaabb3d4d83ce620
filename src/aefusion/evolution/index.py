"""The index of a bank: the candidates, under the hashes of what made them, and what was measured."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np

from aefusion.evolution.pictures import to_16_bit
from aefusion.evolution.versions import method_version
from aefusion.files import PART, FileError, whole
from aefusion.fusion.method import load
from aefusion.library import METHODS, Method

SCHEMA = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE pairs (pair TEXT PRIMARY KEY, name TEXT, task TEXT, root TEXT);
CREATE TABLE methods (method TEXT PRIMARY KEY, version TEXT, parameters TEXT);
CREATE TABLE candidates (candidate TEXT PRIMARY KEY, pair TEXT, method TEXT, version TEXT, parameters TEXT,
                         seconds REAL, failure TEXT, time_limit REAL);
CREATE TABLE marks (candidate TEXT, metric TEXT, version TEXT, value REAL, failure TEXT, time_limit REAL,
                    PRIMARY KEY (candidate, metric, version));
CREATE INDEX candidates_of_pairs ON candidates (pair);
PRAGMA user_version = 1;
"""


def open_index(bank: Path, *, create: bool = False) -> sqlite3.Connection:
    """The index of a bank, each statement committed by itself; FileError where there is none."""
    file = bank / "index.sqlite"
    if not file.is_file():
        if not create:
            raise FileError(bank, "no bank of optimal solutions is there", "`aefusion evolve bank` makes one")
        with whole(file) as part, closing(sqlite3.connect(part)) as new:
            new.executescript(SCHEMA)
    try:
        index = sqlite3.connect(f"{file.resolve().as_uri()}?mode=rw", uri=True, timeout=60, isolation_level=None)
        found = index.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise FileError(file, f"not the index of a bank ({error})", "make the bank anew") from None
    if found != 1:
        raise FileError(file, f"of form {found}, this version reads form 1", "make the bank anew")
    return index


def make_folder(bank: Path) -> None:
    """The folder of a bank, if it is not there; FileError if something else is."""
    ours = ("index.", PART, "lock")  # what a build leaves behind that was stopped before the index was there
    if bank.is_file() or (
        bank.is_dir()
        and not (bank / "index.sqlite").is_file()
        and not all(entry.name.startswith(ours) for entry in bank.iterdir())
    ):
        raise FileError(bank, "not a bank, and not an empty folder", "give another name")
    bank.mkdir(parents=True, exist_ok=True)


@contextmanager
def locked(bank: Path) -> Iterator[None]:
    """Inside, no other process builds this bank; the lock ends with the process, however that ends.

    FileError if another one does.
    """
    lock = sqlite3.connect(bank / "lock", timeout=0, isolation_level=None)
    try:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            raise FileError(bank, "another process is building it", "wait until it ends, or stop it") from None
        yield
    finally:
        lock.close()


def pair_hash(a: np.ndarray, b: np.ndarray) -> str:
    """The pair by its pixels: float32 (H, W) in [0, 1], counted in 16 bits, in this order."""
    digest = sha256()
    for picture in (a, b):
        digest.update(str(picture.shape).encode() + to_16_bit(picture).tobytes())
    return digest.hexdigest()[:32]


def candidate_key(pair: str, method: str, version: str, parameters: str) -> str:
    """The name of a candidate: the same pair, method, code and parameters, the same name."""
    return sha256("\n".join((pair, method, version, parameters)).encode()).hexdigest()[:32]


def choose(specification: str) -> Method:
    """The method of a name, with parameters of one's own after commas.

    >>> choose("lp,base=max").parameters
    {'levels': 4, 'base': 'max'}
    """
    from ast import literal_eval

    name, *settings = specification.split(",")
    method, chosen = load(name), {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals or (name in METHODS and key not in method.parameters):
            known = ", ".join(f"{k}={v}" for k, v in method.parameters.items()) or "none"
            raise ValueError(f"{specification}: no parameter {key!r} of {name}; known are {known}")
        try:
            chosen[key] = literal_eval(value)
        except (ValueError, SyntaxError):
            chosen[key] = value
    return replace(method, parameters=method.parameters | chosen)


def identity(specification: str) -> tuple[str, str]:
    """Version and parameters of a method, as the index has them."""
    method = choose(specification)
    return method_version(method), json.dumps(method.parameters, sort_keys=True, default=str)
