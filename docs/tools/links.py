"""What is read in one way in the repository and in another way by MkDocs: links that leave this folder, and lists.

The pages are read in the repository too, where `../src/aefusion/network/models.py` is a link to a file. In the site a
link to the card of a network's weights becomes a link to a page made of it. A link to any other file leads to the
repository where mkdocs.yml names one (`repo_url`), and is the text alone where it names none. A link to a file that is
not there is a warning, and so fails the build. A list needs an empty line before it here, and none there.
"""

import logging
import re
from pathlib import Path
from posixpath import normpath, relpath

from mkdocs.structure.files import File, InclusionLevel

ROOT = Path(__file__).parents[2]
CARDS = "src/aefusion/weights"
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
LIST = re.compile(r"^(?![-*] |\d+\. |\s|$)(.+\n)(?=[-*] |1\. )", re.MULTILINE)
FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?^ {0,3}\1.*?$", re.DOTALL | re.MULTILINE)
log = logging.getLogger("mkdocs.hooks.links")


def on_files(files, config):
    """Add a page for each card."""
    for card in sorted((ROOT / CARDS).glob("*.md")):
        page = File.generated(config, f"weights/{card.name}", content="", inclusion=InclusionLevel.NOT_IN_NAV)
        page.content_string = rewrite(card.read_text(), f"{CARDS}/{card.name}", page.src_uri, config.repo_url)
        files.append(page)
    return files


def on_page_markdown(markdown, page, config, files):
    if page.file.generated_by:
        return markdown
    return rewrite(markdown, f"docs/{page.file.src_uri}", page.file.src_uri, config.repo_url)


def rewrite(markdown: str, path: str, page: str, repository: str | None) -> str:
    """The text of the file at `path` in the repository as that of `page`; blocks of code stay as they are."""

    def link(match: re.Match) -> str:
        image, text, target = match.groups()
        if re.match(r"[a-z]+:|#|/", target):
            return match[0]
        name, _, anchor = target.partition("#")
        file = normpath(f"{Path(path).parent.as_posix()}/{name}")
        if not (ROOT / file).exists():
            log.warning(f"{path}: a link to {file}, which is not there")
            return match[0]
        place = page_of(file)
        if place:
            return f"{image}[{text}]({relpath(place, Path(page).parent.as_posix())}{anchor and '#' + anchor})"
        return f"[{text}]({repository.rstrip('/')}/blob/main/{file})" if repository else text

    def change(text: str) -> str:
        return LIST.sub(r"\1\n", LINK.sub(link, text))

    parts, end = [], 0
    for fence in FENCE.finditer(markdown):
        parts += [change(markdown[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*parts, change(markdown[end:])])


def page_of(file: str) -> str:
    """Where a file of the repository stands in the site; empty if it does not."""
    if file.startswith("docs/"):
        return file.removeprefix("docs/")
    if file == "README.md":
        return "index.md"
    return f"weights/{Path(file).name}" if file.startswith(f"{CARDS}/") and file.endswith(".md") else ""
