"""Whether a colour profile fits a picture."""

_SPACES = {1: b"GRAY", 3: b"RGB "}


def usable_icc(icc: bytes, channels: int) -> bytes:
    """The profile if it is sound and made for as many channels (1 gray, 3 RGB) as the file has, else nothing.

    Source: ICC.1:2022, section 7.2, the profile header.

    >>> usable_icc(b"not a profile", 3)
    b''
    """
    sound = len(icc) >= 128 and int.from_bytes(icc[:4], "big") == len(icc) and icc[36:40] == b"acsp"
    return icc if sound and icc[16:20] == _SPACES[channels] else b""
