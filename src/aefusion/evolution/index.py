"""The folder of a bank: an SQLite index, and lossless pictures under the hashes of what made them."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np

from aefusion.evolution.versions import method_version
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
HELP = "`aefusion evolve bank DATA --output BANK` makes one"


def open_index(bank: Path, *, create: bool = False) -> sqlite3.Connection:
    """The index of a bank, each statement committed by itself; ValueError, one line, where there is none."""
    file = bank / "index.sqlite"
    if not file.is_file():
        if not create:
            raise ValueError(f"{bank}: no bank of optimal solutions is there: {HELP}")
        part = file.with_suffix(".part")
        part.unlink(missing_ok=True)
        new = sqlite3.connect(part)
        new.executescript(SCHEMA)
        new.close()
        part.replace(file)
    try:
        index = sqlite3.connect(f"{file.resolve().as_uri()}?mode=rw", uri=True, timeout=60, isolation_level=None)
        found = index.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise ValueError(f"{file}: not the index of a bank ({error}): make the bank anew") from None
    if found != 1:
        raise ValueError(f"{file}: of form {found}, this version reads form 1: make the bank anew")
    return index


def make_folder(bank: Path) -> None:
    """The folder of a bank, if it is not there; ValueError, one line, if something else is."""
    ours = ("index.", "lock")  # all that a build leaves behind which was stopped before the index was there
    if bank.is_file() or (
        bank.is_dir()
        and not (bank / "index.sqlite").is_file()
        and not all(entry.name.startswith(ours) for entry in bank.iterdir())
    ):
        raise ValueError(f"{bank}: not a bank, and not an empty folder: give another name")
    bank.mkdir(parents=True, exist_ok=True)


@contextmanager
def locked(bank: Path) -> Iterator[None]:
    """Inside, no other process builds this bank; the lock ends with the process, however that ends."""
    lock = sqlite3.connect(bank / "lock", timeout=0, isolation_level=None)
    try:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            raise ValueError(f"{bank}: another process is building it: wait until it ends, or stop it") from None
        yield
    finally:
        lock.close()


def pair_hash(a: np.ndarray, b: np.ndarray) -> str:
    """The pair by its pixels: float32 (H, W) in [0, 1], counted in 65,536 levels, in this order."""
    digest = sha256()
    for picture in (a, b):
        digest.update(str(picture.shape).encode() + to_levels(picture).tobytes())
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


def picture_path(bank: Path, candidate: str) -> Path:
    return bank / "pictures" / candidate[:2] / f"{candidate}.png"


def to_levels(picture: np.ndarray) -> np.ndarray:
    """float32 in [0, 1] as uint16."""
    return np.rint(np.clip(picture, 0, 1) * np.float32(65535)).astype(np.uint16)


def from_levels(levels: np.ndarray) -> np.ndarray:
    return levels.astype(np.float32) / np.float32(65535)


def write_levels(path: Path, levels: np.ndarray) -> None:
    """A 16-bit PNG that is under its name whole or not at all."""
    import cv2

    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.stem}.{os.getpid()}.part")
    with part.open("wb") as file:
        file.write(cv2.imencode(".png", levels)[1].tobytes())
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def read_levels(path: Path) -> np.ndarray:
    import cv2

    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED) if path.is_file() else None
    if picture is None or picture.dtype != np.uint16:
        raise ValueError(f"{path}: missing or broken: delete it if it is there, and build the bank again")
    return picture
