"""Whether a colour profile fits a picture."""

import struct

_SPACES = {1: b"GRAY", 3: b"RGB "}


def usable_icc(icc: bytes, channels: int) -> bytes:
    """The profile if it is sound and made for as many channels (1 gray, 3 RGB) as the file has, else nothing.

    Sound: its header and its table of tags are, and no tag lies beyond its end. Source: ICC.1:2022, 7.2 and 7.3.

    >>> usable_icc(b"not a profile", 3)
    b''
    """
    if len(icc) < 132 or icc[16:20] != _SPACES[channels] or icc[36:40] != b"acsp":
        return b""
    size, count = (struct.unpack_from(">I", icc, at)[0] for at in (0, 128))
    if size != len(icc) or 132 + 12 * count > size:
        return b""
    tags = struct.iter_unpack(">4s2I", icc[132 : 132 + 12 * count])
    return icc if all(at + length <= size for _, at, length in tags) else b""
