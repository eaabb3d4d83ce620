"""Docstrings as Markdown, which is how mkdocstrings shows them.

Lines of `>>>`, which would be quotations, become blocks of code; a section of parameters becomes a list.
"""

import re

from griffe import Extension

EXAMPLE = re.compile(r"(?:^[ \t]*>>> .*\n?(?:^[ \t]*\S.*\n?)*)+", re.MULTILINE)
PARAMETERS = re.compile(r"^Parameters\n-+\n(.+?)(?=\n\n|\Z)", re.MULTILINE | re.DOTALL)


class Docstrings(Extension):
    """Change each docstring where it is read."""

    def on_object(self, *, obj, **_) -> None:
        if obj.docstring:
            text = PARAMETERS.sub(listed, obj.docstring.value)
            obj.docstring.value = EXAMPLE.sub(fenced, text)


def fenced(match: re.Match) -> str:
    """An example in a fence."""
    lines = [line.strip() for line in match[0].splitlines()]
    return "\n".join(["```pycon", *lines, "```", ""])


def listed(match: re.Match) -> str:
    """Lines of `name: what` as a list."""
    return "\n" + re.sub(r"^(\w+): ", r"- **\1**: ", match[1], flags=re.MULTILINE)
