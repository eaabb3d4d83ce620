"""The pages of the reference that are made of the package itself: its command line, its methods, metrics and networks.

A line `<!-- made: NAME -->` in a page is replaced by what the function of that name here gives.
"""

import re

LINE = re.compile(r"^<!-- made: (\w+) -->$", re.MULTILINE)


def on_page_markdown(markdown, page, config, files):
    makers = {maker.__name__: maker for maker in (commands, methods, method_functions, metric_functions, models)}
    return LINE.sub(lambda match: makers[match[1]](), markdown)


def commands() -> str:
    """Every command with its help, in the groups of `aefusion --help`."""
    from aefusion.cli import COMMANDS

    parts = []
    for title, group in COMMANDS.items():
        parts.append(f"## {title}")
        for name, command in group.items():
            inner = [""] if isinstance(command, tuple) else command
            parts += [help_of([name, word] if word else [name]) for word in inner]
    return "\n\n".join(parts)


def help_of(words: list[str]) -> str:
    """The help of one command as Markdown."""
    from aefusion.cli import make_app

    whole = app = make_app(words)
    for word in words:
        app = app[word]
    app.default_parameter = whole.default_parameter
    text = app.generate_docs(heading_level=3, recursive=False, usage_name=" ".join(["aefusion", *words]))
    return re.sub(r"^### .*", f"### aefusion {' '.join(words)}", text, count=1)


def methods() -> str:
    """METHODS as a table."""
    from aefusion.library import ANY, METHODS

    rows = ["| name | title | year | for | speed | needs |", "|---|---|---|---|---|---|"]
    for method in METHODS.values():
        tasks = "all tasks" if method.tasks == ANY else ", ".join(method.tasks)
        rows.append(
            f"| [`{method.name}`][aefusion.{method.home}.{method.name}.{method.name}] | {method.title} | {method.year} "
            f"| {tasks} | {method.speed} | {f'`[{method.extra}]`' if method.extra else 'nothing'} |"
        )
    return "\n".join(rows)


def method_functions() -> str:
    """The function of each method, for mkdocstrings."""
    from aefusion.library import METHODS

    places = [f"aefusion.{method.home}.{name}.{name}" for name, method in METHODS.items()]
    return "\n\n".join(f"::: {place}\n    options: {{heading_level: 3}}" for place in places)


def metric_functions() -> str:
    """The function of each metric, for mkdocstrings."""
    from aefusion.quality import METRICS

    names = dict.fromkeys(metric.module for metric in METRICS.values())
    return "\n\n".join(f"::: aefusion.quality.{name}.{name}\n    options: {{heading_level: 3}}" for name in names)


def models() -> str:
    """MODELS as a table."""
    from aefusion.network import MODELS

    rows = ["| name | title | parameters | FLOPs at 400 x 400 | in the paper |", "|---|---|---|---|---|"]
    for model in MODELS.values():
        cost = model.cost()
        rows.append(f"| `{model.name}` | {model.title} | {cost.parameters:,} | {cost.flops:,} | {model.paper} |")
    return "\n".join(rows)
