import re

_WRITERS = re.compile(
    r"\s*(ImageJ=|\{|shape=\(|<MetaData|SCANIMAGE|SI\.|state\.|<\?xml[^>]*>\s*(<!--.*?-->\s*)*<(OME|MetaData)\b|<OME\b)",
    re.DOTALL | re.IGNORECASE,
)
"""ImageJ, Micro-Manager and tifffile (JSON), tifffile of old, MetaMorph, ScanImage, OME-TIFF."""


def describes_the_file(description: str) -> bool:
    """Whether a TIFF's description (tag 270) is that of the arrays in the file and not of what a picture shows.

    In another file it would be wrong.

    >>> describes_the_file("ImageJ=1.54f"), describes_the_file("A rose")
    (True, False)
    """
    return bool(_WRITERS.match(description))
