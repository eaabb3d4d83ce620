import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from aefusion.files import FileError

MAGIC = 0xDB4775248B80FB57
FLOAT32 = 1


def read_tensorflow(index: Path) -> dict[str, np.ndarray]:
    """The float32 arrays of a TensorFlow checkpoint (V2 bundle) by their names; TensorFlow is not needed.

    ``index``: the file NAME.index; NAME.data-00000-of-00001 must lie beside it. The index is a table of LevelDB, each
    value of which is a protocol buffer: kind, shape, place and length in the file of data. FileError if one of the
    files is not there, or is something else.
    """
    data = index.with_name(f"{index.name.removesuffix('.index')}.data-00000-of-00001")
    if not data.is_file():
        raise FileError(index, f"{data.name} is not beside it", "give both files of the checkpoint")
    raw, content = index.read_bytes(), data.read_bytes()
    arrays = {}
    try:
        for name, value in _table(raw):
            entry = _fields(value)
            if not name or entry.get(1) != FLOAT32:  # the header, and counters
                continue
            shape = tuple(_fields(part).get(1, 0) for part in _repeated(entry.get(2, b""), 2))
            start, length = entry.get(4, 0), entry.get(5, 0)
            if 4 * int(np.prod(shape)) != length or start + length > len(content):
                raise ValueError(f"{name} does not fit the data")
            arrays[name] = np.frombuffer(content, "<f4", length // 4, start).reshape(shape)
    except (ValueError, IndexError, TypeError, struct.error) as error:
        raise FileError(index, f"not the index of a TensorFlow checkpoint ({error})", "give NAME.index") from None
    return arrays


def _table(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """Keys and values of all blocks."""
    if len(raw) < 48 or struct.unpack("<Q", raw[-8:])[0] != MAGIC:
        raise ValueError("it does not end as one")
    _, place = _handle(raw, len(raw) - 48)  # of the blocks' names, which are not used
    (start, length), _ = _handle(raw, place)
    for _, handle in _block(raw, start, length):
        (start, length), _ = _handle(handle, 0)
        for key, value in _block(raw, start, length):
            yield key.decode("utf-8"), value


def _block(raw: bytes, start: int, length: int) -> Iterator[tuple[bytes, bytes]]:
    if start + length >= len(raw) or raw[start + length]:
        raise ValueError("a block is compressed or cut")
    block = raw[start : start + length]
    restarts = struct.unpack("<I", block[-4:])[0]
    end, place, key = len(block) - 4 * (restarts + 1), 0, b""
    while place < end:
        shared, place = _number(block, place)
        own, place = _number(block, place)
        size, place = _number(block, place)
        key = key[:shared] + block[place : place + own]
        yield key, block[place + own : place + own + size]
        place += own + size


def _handle(raw: bytes, place: int) -> tuple[tuple[int, int], int]:
    start, place = _number(raw, place)
    length, place = _number(raw, place)
    return (start, length), place


def _number(raw: bytes, place: int) -> tuple[int, int]:
    """A number of seven bits a byte, and the place after it."""
    number = shift = 0
    while True:
        byte = raw[place]
        place += 1
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return number, place


def _pairs(raw: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field of a protocol buffer."""
    place = 0
    while place < len(raw):
        tag, place = _number(raw, place)
        kind = tag & 7
        if kind == 0:
            value, place = _number(raw, place)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
            value, place = raw[place : place + size], place + size
        elif kind == 2:
            size, place = _number(raw, place)
            value, place = raw[place : place + size], place + size
        else:
            raise ValueError(f"a field of the kind {kind}")
        yield tag >> 3, value


def _fields(raw) -> dict:
    return dict(_pairs(raw))


def _repeated(raw, number: int) -> list:
    return [value for field, value in _pairs(raw) if field == number]
