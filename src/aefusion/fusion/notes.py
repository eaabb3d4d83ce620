"""What the way to one result came upon: kept for the caller, and told at once."""

import warnings


class Notes:
    """Warnings on the way of one result, from reading its sources to writing it; one object goes the whole way.

    >>> notes = Notes()
    >>> notes.add("not cropped")
    >>> notes.warnings
    ['not cropped']
    """

    def __init__(self):
        self.warnings: list[str] = []

    def add(self, text: str) -> None:
        """Keep a warning without telling it: one that follows from another one."""
        if text not in self.warnings:
            self.warnings.append(text)

    def warn(self, text: str) -> None:
        """Keep a warning, and tell it as Python's warnings do."""
        if text not in self.warnings:
            self.warnings.append(text)
            warnings.warn(text, stacklevel=3)


class Quiet(Notes):
    """Notes of a try: kept, and told to nobody."""

    warn = Notes.add
