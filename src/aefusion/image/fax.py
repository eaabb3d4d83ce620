"""Fax compression of TIFF files of 1 bit: imagecodecs decodes it too, but passes over damage.

Sources: ITU-T T.4, 2003, and T.6, 1988; TIFF 6.0, 1992, section 11.
"""

from bisect import bisect_right
from itertools import chain

import numpy as np

# The codes of runs of 0 to 63 pixels, then of 64, 128 ... 1728, white and black; and of 1792, 1856 ... 2560 for both.
_WHITE = """
00110101 000111 0111 1000 1011 1100 1110 1111 10011 10100 00111 01000 001000 000011 110100 110101 101010 101011 0100111
0001100 0001000 0010111 0000011 0000100 0101000 0101011 0010011 0100100 0011000 00000010 00000011 00011010 00011011
00010010 00010011 00010100 00010101 00010110 00010111 00101000 00101001 00101010 00101011 00101100 00101101 00000100
00000101 00001010 00001011 01010010 01010011 01010100 01010101 00100100 00100101 01011000 01011001 01011010 01011011
01001010 01001011 00110010 00110011 00110100
11011 10010 010111 0110111 00110110 00110111 01100100 01100101 01101000 01100111 011001100 011001101 011010010 011010011
011010100 011010101 011010110 011010111 011011000 011011001 011011010 011011011 010011000 010011001 010011010 011000
010011011
"""
_BLACK = """
0000110111 010 11 10 011 0011 0010 00011 000101 000100 0000100 0000101 0000111 00000100 00000111 000011000 0000010111
0000011000 0000001000 00001100111 00001101000 00001101100 00000110111 00000101000 00000010111 00000011000 000011001010
000011001011 000011001100 000011001101 000001101000 000001101001 000001101010 000001101011 000011010010 000011010011
000011010100 000011010101 000011010110 000011010111 000001101100 000001101101 000011011010 000011011011 000001010100
000001010101 000001010110 000001010111 000001100100 000001100101 000001010010 000001010011 000000100100 000000110111
000000111000 000000100111 000000101000 000001011000 000001011001 000000101011 000000101100 000001011010 000001100110
000001100111
0000001111 000011001000 000011001001 000001011011 000000110011 000000110100 000000110101 0000001101100 0000001101101
0000001001010 0000001001011 0000001001100 0000001001101 0000001110010 0000001110011 0000001110100 0000001110101
0000001110110 0000001110111 0000001010010 0000001010011 0000001010100 0000001010101 0000001011010 0000001011011
0000001100100 0000001100101
"""
_LONG = """
00000001000 00000001100 00000001101 000000010010 000000010011 000000010100 000000010101 000000010110 000000010111
000000011100 000000011101 000000011110 000000011111
"""
_LENGTHS = list(chain(range(64), range(64, 2561, 64)))
_RUNS = [dict(zip((codes + _LONG).split(), _LENGTHS, strict=True)) for codes in (_WHITE, _BLACK)]
_PASS, _RUNS_FOLLOW = "pass", "runs"
_MODES = {"0001": _PASS, "001": _RUNS_FOLLOW, "1": 0, "011": 1, "000011": 2, "0000011": 3, "010": -1, "000010": -2,
          "0000010": -3}  # fmt: skip
_END_OF_LINE = "00000000000"
_MODIFIED_HUFFMAN, _GROUP_3, _GROUP_4 = 2, 3, 4


def fax_decode(data: bytes, width: int, rows: int, compression: int, two_dimensional: bool = False) -> bytes:
    """Rows of 1-bit pixels, each from a whole byte on, 1 for black; ValueError if the data are damaged or cut off.

    ``compression``: the number that TIFF gives it, 2 to 4; ``two_dimensional``: bit 0 of a file's T4Options.
    """
    coded = _Coded(data)
    page = np.zeros((rows, width + 1), np.uint8)
    changes: list[int] = []
    for row in page:
        flat = compression != _GROUP_4
        if compression == _MODIFIED_HUFFMAN:
            coded.to_byte()
        elif compression == _GROUP_3 and coded.skip_end_of_line() and two_dimensional:
            flat = coded.take({"1": True, "0": False})
        changes = _row(coded, width) if flat else _row_after(coded, width, changes)
        row[changes] = 1
    return np.packbits(np.bitwise_xor.accumulate(page, axis=1)[:, :width], axis=1).tobytes()


class _Coded:
    """Bits, and the place up to which they are read."""

    def __init__(self, data: bytes):
        self.bits = np.unpackbits(np.frombuffer(data, np.uint8)).astype("S1").tobytes().decode()
        self.at = 0

    def take(self, codes: dict):
        """What the next code stands for."""
        for length in range(1, 14):
            code = self.bits[self.at : self.at + length]
            if code in codes:
                self.at += length
                return codes[code]
        raise ValueError("a fax code that is not known")

    def run(self, colour: int) -> int:
        """The length of the next run, 0 white or 1 black."""
        length = part = self.take(_RUNS[colour])
        while part >= 64:
            part = self.take(_RUNS[colour])
            length += part
        return length

    def to_byte(self) -> None:
        self.at += -self.at % 8

    def skip_end_of_line(self) -> bool:
        if not self.bits.startswith(_END_OF_LINE, self.at):
            return False
        self.at = self.bits.index("1", self.at) + 1
        return True


def _row(coded: _Coded, width: int) -> list[int]:
    """Where a row changes its colour, white at its start."""
    changes, at, colour = [], 0, 0
    while at < width:
        at += coded.run(colour)
        changes.append(at)
        colour = 1 - colour
    return _changes(changes, width)


def _row_after(coded: _Coded, width: int, before: list[int]) -> list[int]:
    """The same of a row that is told by its difference from the one before."""
    changes, at, colour = [], -1, 0
    while at < width:
        mode = coded.take(_MODES)
        place = bisect_right(before, at)
        place += (place + colour) % 2  # the next change there from this row's colour
        there, beyond = [*before[place : place + 2], width, width][:2]
        if mode == _PASS:
            at = beyond
        elif mode == _RUNS_FOLLOW:
            for run_colour in (colour, 1 - colour):
                at = max(at, 0) + coded.run(run_colour)
                changes.append(at)
        else:
            if there + mode < at:
                raise ValueError("a fax row that goes back")
            at = there + mode
            changes.append(at)
            colour = 1 - colour
    return _changes(changes, width)


def _changes(changes: list[int], width: int) -> list[int]:
    """Without runs of no pixels, and without what lies at the end of the row."""
    kept: list[int] = []
    for change in changes:
        if change > width:
            raise ValueError("a fax row that is too long")
        if kept and kept[-1] == change:
            kept.pop()
        else:
            kept.append(change)
    return [change for change in kept if change < width]
