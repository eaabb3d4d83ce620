"""A network drawn from its graph, as SVG: figures 2 and 3 of the paper."""

from html import escape

from aefusion.network import Graph, Model, shapes
from aefusion.network.graph import Layer

WIDTH, HEIGHT, GAP, MARGIN, LANE = 230, 26, 10, 24, 16
COLOURS = {
    "input": "#dfe6ec", "output": "#dfe6ec", "conv": "#c9dcf2", "norm": "#e8f0da", "relu": "#f7e6cf",
    "pool": "#f3c9c2", "upsample": "#d9cdea", "shuffle": "#fbf3c4", "add": "#ffffff", "concat": "#ffffff",
}  # fmt: skip


def draw(model: Model) -> str:
    """Every layer as a box, from the top to the bottom, and each way past a layer as a line at the side: SVG.

    A box says what the layer does, how many channels it has, and how many weights. Layers that only crop are left out:
    the branches that they bring to one size are drawn as they are.
    """
    graph = model.graph()
    shown = [place for place, layer in enumerate(graph) if layer.op != "crop"]
    rows = {place: row for row, place in enumerate(shown)}
    sizes = _weights(graph)
    ways = [(_origin(graph, x), place) for place in shown for x in graph[place].inputs]
    past = sorted(
        (way for way in set(ways) if rows[way[1]] - rows[way[0]] > 1), key=lambda way: rows[way[1]] - rows[way[0]]
    )
    lanes = _lanes([(rows[first], rows[last]) for first, last in past])
    width = 2 * MARGIN + WIDTH + LANE * (max(lanes, default=-1) + 2) + 60
    height = 2 * MARGIN + 28 + len(shown) * (HEIGHT + GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="11">',
        '<defs><marker id="tip" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="6" markerHeight="6" orient="auto">'
        '<path d="M0 0L6 3L0 6z" fill="#445"/></marker></defs>',
        f'<text x="{MARGIN}" y="{MARGIN + 4}" font-size="14">{escape(model.title)}</text>',
    ]

    def top(place: int) -> int:
        return MARGIN + 22 + rows[place] * (HEIGHT + GAP)

    for place in shown:
        layer, y = graph[place], top(place)
        fill = COLOURS.get(layer.op, "#eee")
        parts.append(
            f'<rect x="{MARGIN}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="4" fill="{fill}" '
            f'stroke="#667"/><text x="{MARGIN + 8}" y="{y + 17}">{escape(_words(layer))}</text>'
        )
        count = f", {sizes[layer.name]:,}" if sizes.get(layer.name) else ""
        right = f"{layer.channels} map{'s' * (layer.channels > 1)}{count}"
        parts.append(f'<text x="{MARGIN + WIDTH - 8}" y="{y + 17}" text-anchor="end" fill="#445">{right}</text>')
        if any(rows[_origin(graph, x)] == rows[place] - 1 for x in layer.inputs):
            x = MARGIN + WIDTH // 2
            parts.append(f'<path d="M{x} {y - GAP}V{y - 2}" stroke="#445" fill="none" marker-end="url(#tip)"/>')
    for (first, last), lane in zip(past, lanes, strict=True):
        x, side = MARGIN + WIDTH, MARGIN + WIDTH + LANE * (lane + 1)
        begin, end = top(first) + HEIGHT - 7, top(last) + 7
        line = f"M{x} {begin}H{side}V{end}H{x + 2}"
        parts.append(f'<path d="{line}" stroke="#a33" fill="none" marker-end="url(#tip)"/>')
    return "\n".join([*parts, "</svg>\n"])


def _words(layer: Layer) -> str:
    what = {
        "input": "input: each source three times", "norm": "batch norm", "relu": "ReLU", "output": "clip to 0..1",
        "shuffle": f"shuffle of {layer.groups} groups", "pool": f"max pooling {layer.kernel}x{layer.kernel}",
        "upsample": "twice as large", "add": "sum", "concat": "side by side",
        "conv": f"{layer.name}: {layer.kernel}x{layer.kernel}"
        + (f", {layer.groups} groups" if layer.groups > 1 else ""),
    }  # fmt: skip
    return what.get(layer.op, layer.op)


def _weights(graph: Graph) -> dict[str, int]:
    """By the name of a layer, how many numbers training learns in it."""
    found: dict[str, int] = {}
    for name, shape in shapes(graph).items():
        layer, _, part = name.rpartition(".")
        size = 1
        for n in shape:
            size *= n
        found[layer] = found.get(layer, 0) + (size if part in ("weight", "bias") else 0)
    return found


def _origin(graph: Graph, place: int) -> int:
    """The layer whose result it is, behind those that crop it."""
    while graph[place].op == "crop":
        place = graph[place].inputs[0]
    return place


def _lanes(spans: list[tuple[int, int]]) -> list[int]:
    """For each line at the side the first lane that is free from its beginning to its end."""
    taken: list[list[tuple[int, int]]] = []
    lanes = []
    for first, last in spans:
        lane = next((i for i, of in enumerate(taken) if all(last <= a or first >= b for a, b in of)), len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].append((first, last))
        lanes.append(lane)
    return lanes
