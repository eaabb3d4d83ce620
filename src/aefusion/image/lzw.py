"""LZW as TIFF files use it. Source: TIFF 6.0, 1992, section 13."""

import numpy as np

CLEAR, END, FIRST = 256, 257, 258
# Of the codes after a clear code: how wide each is, and how many bits are before it. The last comes with a full table.
_WIDTHS = 9 + np.searchsorted([511, 1023, 2047], FIRST + np.arange(-1, 4096 - FIRST), "right")
_BEFORE = np.cumsum(_WIDTHS) - _WIDTHS


def lzw_decode(data: bytes, size: int) -> bytes:
    """The first ``size`` bytes that were packed, or fewer; ValueError if an encoder cannot have written these data.

    All codes from one clear code to the next are decoded at once, as a loop over codes would take seconds for each
    million of pixels. The package imagecodecs, which tifffile uses where it is installed, is about six times as fast.

    >>> lzw_decode(bytes([0x80, 0x0B, 0x60, 0x50, 0x22, 0x0C, 0x0C, 0x85, 0x01]), 99).hex()
    '2d2d2d2d2d412d2d2d42'
    """
    padded = np.frombuffer(data + bytes(2), np.uint8).astype(np.int32)
    windows = (padded[:-2] << 16) | (padded[1:-1] << 8) | padded[2:]
    parts, at, done, end = [], 0, 0, 8 * len(data)
    while done < size:
        count = int(np.searchsorted(_BEFORE + _WIDTHS, end - at, "right"))
        places, widths = at + _BEFORE[:count], _WIDTHS[:count]
        codes = windows[places >> 3] >> (24 - (places & 7) - widths) & ((1 << widths) - 1)
        stops = np.flatnonzero((codes == CLEAR) | (codes == END))
        if not stops.size and count == len(_WIDTHS):
            raise ValueError("an LZW table that overflows")
        stop = int(stops[0]) if stops.size else count
        parts.append(_strings(codes[:stop]))
        done += len(parts[-1])
        if not stops.size or codes[stop] == END:
            break
        at += int(_BEFORE[stop] + _WIDTHS[stop])
    return b"".join(parts)[:size]


def _strings(codes: np.ndarray) -> bytes:
    """What codes after a clear code stand for: FIRST + j for the string of the code at j and the byte behind it."""
    parents, single = np.maximum(codes - FIRST, 0), codes < FIRST
    if ((parents >= np.arange(len(codes))) & ~single).any():
        raise ValueError("an LZW code that is not in the table")
    lengths, onward = np.ones(len(codes), np.int64), np.where(single, -1, parents)
    while (on := onward >= 0).any():  # each time twice as many steps nearer to a single byte
        lengths[on] += lengths[onward[on]]
        onward = np.where(on, onward[onward], -1)
    starts = np.cumsum(lengths) - lengths
    # Each byte is that of the same place in its parent's string, which was written before; a single one is its own.
    origin = np.arange(int(lengths.sum())) + np.repeat(np.where(single, 0, starts[parents] - starts), lengths)
    while not np.array_equal(further := origin[origin], origin):
        origin = further
    values = np.zeros(len(origin), np.uint8)
    values[starts[single]] = codes[single]
    return values[origin].tobytes()
