"""Docstrings as mkdocstrings shows them: lines of `>>>` become blocks of code, for in Markdown they are quotations."""

import re

from griffe import Extension

EXAMPLE = re.compile(r"(?:^[ \t]*>>> .*\n?(?:^[ \t]*\S.*\n?)*)+", re.MULTILINE)


class Doctests(Extension):
    """Put each example of a docstring into a fence."""

    def on_object(self, *, obj, **_) -> None:
        if obj.docstring and ">>> " in obj.docstring.value:
            obj.docstring.value = EXAMPLE.sub(fenced, obj.docstring.value)


def fenced(match: re.Match) -> str:
    lines = [line.strip() for line in match[0].splitlines()]
    return "\n".join(["```pycon", *lines, "```", ""])
