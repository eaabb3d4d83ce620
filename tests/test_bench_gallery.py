"""Sheets and the page of sources and results."""

import base64
import re
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

from aefusion.bench import gallery
from aefusion.bench.gallery import bench_gallery, sheet_rows
from aefusion.bench.panel import ZOOM, Panel, most_different, within
from aefusion.cli import main
from aefusion.image import Picture, read, write


@pytest.fixture
def tree(tmp_path, photographs):
    """Two tasks with a pair each, the second in colour, and a peer's folder of fused pictures."""
    a, b = photographs
    for task, (x, y) in {"focus": (a, b), "exposure": (np.dstack([a, a // 2, a]), b)}.items():
        for side, picture in (("a", x), ("b", y)):
            folder = tmp_path / "data" / task / "set" / side
            folder.mkdir(parents=True)
            write(folder / "one.png", Picture(picture))
    (tmp_path / "peer" / "focus").mkdir(parents=True)
    write(tmp_path / "peer" / "focus" / "one.png", Picture(a // 2 + b // 2))
    return tmp_path


class Page(HTMLParser):
    """The sections of a page, each a list of captions, and all addresses in it."""

    def __init__(self, text: str):
        super().__init__()
        self.sections, self.addresses, self.scripts, self.caption = [], [], 0, False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.caption = tag == "figcaption"
        if tag == "section":
            self.sections.append([])
        self.scripts += tag == "script"
        self.addresses += [value for name, value in attributes if name in ("src", "href", "srcset", "data")]

    def handle_data(self, data):
        if self.caption:
            self.sections[-1].append(data)
            self.caption = False


def test_sheets_and_a_page_with_nothing_outside_of_it(tree):
    written, failed = bench_gallery(
        [tree / "data"], output=tree / "sheets", html=tree / "page.html", methods=["aenetv2", "lp"],
        fused=[f"peer={tree / 'peer'}"], height=100,
    )  # fmt: skip
    assert [path.name for path in written] == ["exposure--set.png", "focus--set.png", "page.html"]
    assert list(failed) == ["exposure/set/one, peer"] and "no picture" in failed["exposure/set/one, peer"]
    assert sorted(x.name for x in (tree / "sheets").iterdir()) == ["exposure--set.png", "focus--set.png"]
    assert read(tree / "sheets" / "focus--set.png").pixels.shape[1] == 5 * (100 + 8)
    text = (tree / "page.html").read_text()
    page = Page(text)
    assert page.sections == [["a", "b", "aenetv2", "lp"], ["a", "b", "aenetv2", "lp", "peer"]]
    assert len(page.addresses) == 9 and page.scripts == 1 and "http:" not in text and "https:" not in text
    a = cv2.imdecode(np.frombuffer(base64.b64decode(page.addresses[4].split(",")[1]), np.uint8), cv2.IMREAD_UNCHANGED)
    assert np.abs(a.astype(float) - read(tree / "data/focus/set/a/one.png").pixels).mean() < 3
    colours = [base64.b64decode(x.split(",")[1]) for x in page.addresses[:4]]
    shapes = [cv2.imdecode(np.frombuffer(x, np.uint8), cv2.IMREAD_UNCHANGED).ndim for x in colours]
    assert shapes == [3, 2, 3, 3]  # the results have the colour of a


def test_names_do_not_become_markup(tree):
    folder = tree / "peer"
    bench_gallery([tree / "data"], html=tree / "page.html", methods=["lp"], tasks=["focus"],
                  fused=[f"<b>&'\"={folder}"])  # fmt: skip
    assert Page((tree / "page.html").read_text()).sections == [["a", "b", "lp", "<b>&'\""]]


def test_the_inset_lies_where_the_detail_of_results_differs():
    a = np.full((120, 160), 100, np.uint8)
    one, other = a.copy(), a + np.uint8(50)  # brighter in the whole: no difference of detail
    other[60:90, 80:120][::2] = 0
    x, y, w, h = most_different([a, a, one, other])
    assert (w, h) == (160 // ZOOM, 120 // ZOOM)
    assert abs(x - 80) <= 2 and abs(y - 60) <= 2
    assert most_different([a, other, a])[0] == pytest.approx(80, abs=2)  # a single result: beside the sources


def test_the_inset_is_enlarged_below_each_picture():
    a = np.zeros((100, 200), np.uint8)
    a[40:60, 100:140] = 255
    panel = Panel("task", "set/one", dict.fromkeys(("a", "b", *map(str, range(6))), a), (100, 40, 40, 20))
    lines = sheet_rows(panel, 50)
    assert [len(line) for line in lines] == [4, 4] and lines[0][0][0] == "one: a"
    cell = lines[0][0][1]
    assert cell.shape == (50 + 4 + 50, 100, 3) and cell[60:100].min() == 255
    assert [round(x) for x in cell[20, 52].tolist()] == [230, 60, 40]


def test_an_inset_is_cut_at_the_border():
    assert within((180, -5, 40, 20), 100, 200) == (180, 0, 20, 15)
    with pytest.raises(ValueError, match="inset 200 0 10 10: outside of a picture of 200x100"):
        within((200, 0, 10, 10), 100, 200)


def test_the_command_says_what_failed_and_goes_on(tree, capsys, photographs):
    write(tree / "data/focus/set/b/one.png", Picture(photographs[1][:100]))
    (tree / "page.html").write_text("before")
    with pytest.raises(SystemExit) as stop:
        main(["bench", "gallery", "--data", f"{tree / 'data'}", "--html", f"{tree / 'page.html'}", "--methods", "lp"])
    assert stop.value.code == 1
    told = capsys.readouterr()
    assert re.search(r"aefusion: focus/set/one: a is 256x256, b 256x100", told.err)
    assert Page((tree / "page.html").read_text()).sections == [["a", "b", "lp"]]


def test_many_pairs_take_several_sheets(tree, monkeypatch):
    monkeypatch.setattr(gallery, "PAIRS", 1)
    for side in "ab":
        folder = tree / "data" / "focus" / "set" / side
        write(folder / "two.png", read(folder / "one.png"))
    inset = (250, 250, 20, 20)
    assert not bench_gallery([tree / "data" / "focus" / "set"], output=tree / "out", methods=["lp"], inset=inset)[1]
    assert sorted(x.name for x in (tree / "out").iterdir()) == ["pairs-2.png", "pairs.png"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "nothing to write"),
        (["-o", "sheets", "--pairs", "-1"], "pairs -1"),
        (["--html", "missing/page.html"], "folder that exists"),
        (["-o", "sheets", "--tasks", "music"], "no task music"),
        (["-o", "sheets", "--methods", "nothing"], "nothing"),
        (["-o", "sheets", "--fused", "peer"], "give NAME=DIR"),
    ],
)
def test_what_is_wrong_with_the_arguments_is_one_line(tree, monkeypatch, words, message):
    monkeypatch.chdir(tree)
    with pytest.raises(SystemExit) as stop:
        main(["bench", "gallery", "--data", "data", *words])
    assert message in str(stop.value) and "\n" not in str(stop.value)
