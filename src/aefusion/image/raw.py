"""Raw files of cameras, through LibRaw (rawpy), where that is installed."""

RAW = (
    ".dng", ".cr2", ".cr3", ".crw", ".nef", ".nrw", ".arw", ".sr2", ".srf", ".orf", ".rw2", ".raf", ".pef", ".srw",
    ".x3f", ".iiq", ".3fr", ".fff", ".erf", ".mef", ".mos", ".mrw", ".kdc", ".dcr", ".gpr", ".rwl",
)  # fmt: skip
"""The suffixes of raw files; .fff is also that of FLIR's thermal files, which begin otherwise."""
_BEGINNINGS = (b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FUJIFILMCCD-RAW", b"FOVb", b"\0MRM")


def is_raw(head: bytes, suffix: str) -> bool:
    """Whether a file that begins so, and has this suffix, is a raw file of a camera.

    >>> is_raw(b"II*\\0", ".nef"), is_raw(b"II*\\0", ".tif")
    (True, False)
    """
    if head.startswith(_BEGINNINGS) or (head[8:10] == b"CR" and head[:4] == b"II*\0") or head[4:12] == b"ftypcrx ":
        return True
    return suffix.lower() in RAW and head[:4] in (b"II*\0", b"MM\0*")
