"""What the command line is like: its words, its help, what it says to people and to programs."""

import csv
import json
import re
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import aefusion.cli
from aefusion.cli import COMMANDS, main, make_app
from aefusion.cli.words import in_words, with_options
from aefusion.files import FileError
from aefusion.image import Picture, read, write

NAMES = [
    [name, inner] if inner else [name]
    for commands in COMMANDS.values()
    for name, command in commands.items()
    for inner in (command if isinstance(command, dict) else [""])
]
"""The words of every command."""
FILES = {path.stem for path in Path(aefusion.cli.__file__).parent.glob("*.py")} - {
    "__init__", "console", "options", "results", "stopping", "words",
}  # fmt: skip
"""Those of commands."""


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    """Runs `aefusion` in this process and an empty folder; gives the exit status, standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)  # which the command sets

    def run(line: str) -> tuple[int, str, str]:
        with warnings.catch_warnings(action="always"), pytest.raises(SystemExit) as ended:
            main(line.split())
        out, err = capsys.readouterr()
        code = ended.value.code
        return (1, out, f"{err}{code}\n") if isinstance(code, str) else (int(code or 0), out, err)

    return run


@pytest.fixture
def pictures(tmp_path, photographs) -> Path:
    for name, picture in zip(("a.png", "b.png"), photographs, strict=True):
        write(tmp_path / name, Picture(picture))
    write(tmp_path / "wide.png", Picture(photographs[1][:128]))
    return tmp_path


def options(words: list[str]) -> dict[str, object]:
    """The options of a command, by all of their names."""
    app = make_app(words)
    _, apps, _ = app.parse_commands(words)
    with app.app_stack(apps):
        return {name: one for one in apps[-1].assemble_argument_collection() for name in one.names}


# --- words ---


@pytest.mark.parametrize("line", ["a.png b.png -o c.png", "./a.png b.png -o c.png", "-o c.png a.png b.png"])
def test_without_a_command_pictures_are_fused(line, pictures, command):
    assert command(line)[:2] == command(f"fuse {line}")[:2]
    assert read(pictures / "c.png").pixels.shape == (256, 256)


def test_folders_are_fused_without_a_command_too(pictures, command):
    for side in "xy":
        (pictures / side).mkdir()
        (pictures / f"{'ab'['xy'.index(side)]}.png").rename(pictures / side / "1.png")
    assert "out: 1 fused" in command("x y -o out --method max")[1]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("fuze a.png b.png -o c.png", "fuze: neither a command nor a file: did you mean aefusion fuse?"),
        ("sack a.png", "sack: neither a command nor a file: did you mean aefusion stack?"),
        ("xyz", "xyz: neither a command nor a file: see aefusion --help"),
        ("bench pare", 'Unknown command "pare". Did you mean "pair"?'),
        ("fuse a.png b.png c.png", "give the result with -o: aefusion fuse a.png b.png -o c.png"),
        ("a.png b.png c.png", "give the result with -o: aefusion fuse a.png b.png -o c.png"),
        ("fuse a.png b.png", "give the result with -o: aefusion fuse ... -o RESULT"),
        ("fuse a.png b.png wide.png", "give the result with -o: aefusion fuse ... -o RESULT"),
        ("stack a.png b.png c.png", "give the result with -o: aefusion stack a.png b.png -o c.png"),
        ("video a.mp4 b.mp4 c.mp4", "give the result with -o: aefusion video a.mp4 b.mp4 -o c.mp4"),
        ("medical a.dcm b.dcm c.dcm", "give the result with -o: aefusion medical a.dcm b.dcm -o c.dcm"),
        ("fuse -o c.png", "A is missing: see aefusion fuse --help"),
        ("fuse a.png b.png -o", "-o needs a value"),
        ("fuse a.png b.png --ouput c.png", "Unknown option: --ouput. Did you mean --output?"),
        ("fuse a.png b.png -o c.png --exist maybe", 'Choose from: "overwrite", "skip", "error"'),
        ("fuse a.png b.png -o c.png --no-crop", "Unknown option: --no-crop."),
        ("fuse a.png b.png -o c.png --empty-range", "Unknown option: --empty-range."),
        (
            "fuse a.png b.png -o c.png --range 20",
            "--range 20: expected two values, the lower one first, as --range 20 60",
        ),
        ("thermal a.png -o c.png --range 20 x", "--range 20: expected two values, the lower one first"),
        ("methods lp", "lp: nothing that aefusion methods takes: see aefusion methods --help"),
    ],
)
def test_words_that_cannot_be_meant_are_one_line(line, said, pictures, command):
    status, out, err = command(line)
    assert (status, out) == (2, "")
    assert err.startswith("aefusion: ") and err.count("\n") == 1 and said in err
    assert not (pictures / "c.png").exists()


# --- help ---


@pytest.mark.parametrize("line", ["", "--help"])
def test_the_help_shows_all_commands_by_purpose(line, command):
    status, out, _ = command(line)
    places = [out.index(f"─ {title} ─") for title in ("Fuse", "Judge", "Learn", "Look")]
    assert status == 0 and places == sorted(places)
    for commands in COMMANDS.values():
        for name in commands:
            assert re.search(rf"^│ {name} +\w", out, re.MULTILINE), name


@pytest.mark.parametrize("words", NAMES, ids=" ".join)
def test_the_help_of_a_command(words, command):
    status, out, err = command(" ".join([*words, "--help"]))
    assert (status, err) == (0, "") and f"Usage: aefusion {' '.join(words)}" in out
    assert not re.search(r"^│ .*--(no|empty)-[^ ]+ {2}", out, re.MULTILINE)


@pytest.mark.parametrize("words", NAMES, ids=" ".join)
def test_options_mean_the_same_everywhere(words):
    names = options(words)
    assert not [name for name in names if name.startswith(("--no-", "--empty-"))]
    if "--output" in names:
        assert names["-o"] is names["--output"]
    if "--json" in names:
        assert names["--json"].hint is bool  # a flag


@pytest.mark.parametrize(
    "line", ["fuse", "stack", "video", "medical", "score", "train", "export", "demo", "bench pair", "bench report",
             "bench gallery", "evolve bank", "evolve add", "evolve mix"],
)  # fmt: skip
def test_what_writes_takes_an_output(line):
    assert "-o" in options(line.split())


def test_help_imports_no_more_than_it_needs():
    code = (
        "import sys\nfrom aefusion.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: print(*sorted(x for x in sys.modules if x == 'numpy' or x.startswith('aefusion')))"
    )

    def imported(*words: str) -> list[str]:
        done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
        return done.stdout.splitlines()[-1].split()

    def files(*words: str) -> list[str]:
        """The files of commands among it; all else is of the command line too."""
        found = imported(*words)
        assert all(name in ("aefusion", "aefusion._version") or name.startswith("aefusion.cli") for name in found)
        return [name for name in found if name.removeprefix("aefusion.cli.") in FILES]

    assert files("--help") == files("bench", "--help") == []
    assert files("fuse", "--help") == ["aefusion.cli.fuse"]
    assert files("methods", "--help") == ["aefusion.cli.lists"]


# --- messages ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('give `resize="b-to-a"`', "give --resize b-to-a"),
        ("`save_transform` needs `align`", "--save-transform needs --align"),
        ("`range=(1, 255)` stretches them", "--range 1 255 stretches them"),
        ("`range=(0.5, 20.25)`", "--range 0.5 20.25"),
        ("`range=(low, high)`", "--range low high"),
        ("`crop=True`", "--crop"),
        ("`crop=False`", "no --crop"),
        ("see `pattern`", "see --pair"),
        ('`pattern="{}_W.JPG:{}_T.JPG"`', '--pair "{}_W.JPG:{}_T.JPG"'),
        ('`suffix=".png"`', "--format png"),
        ('`keep="gray"`', "--colour gray"),
        ("`quality=95`", "--quality 95"),
        ("`series_a` or `series_b`", "--series-a or --series-b"),
        ("as `aefusion methods` lists", "as `aefusion methods` lists"),
        ("`a b`, ``x``, no parameter", "`a b`, ``x``, no parameter"),
    ],
)
def test_parameters_become_options(text, expected):
    assert with_options(text) == expected


@pytest.mark.parametrize(("line", "other"), [("a.mp4 b.mp4 -o c.mp4", "video"), ("A.NII.GZ b.nii -o c.nii", "medical")])
def test_files_of_another_command_are_sent_there(line, other, command):
    status, out, err = command(line)
    assert (status, out) == (1, "") and err.endswith(f"not a picture: fuse such files with aefusion {other}\n")


def test_what_is_for_one_pair_is_refused_for_folders_by_its_name(pictures, command):
    for side in "xy":
        (pictures / side).mkdir()
    assert "--save-steps is for one pair, and x is a folder" in command("fuse x y -o out --save-steps s")[2]
    assert "--save-transform is for one pair" in command("fuse x y -o out --save-transform t.json --align auto")[2]


def test_errors_become_one_line():
    assert (
        in_words(FileError("a.png", "is\nsmall", 'give `resize="b-to-a"`')) == "a.png: is small: give --resize b-to-a"
    )
    assert in_words(PermissionError(13, "Permission denied", "x")).startswith("x: permission denied: choose another")
    assert in_words(OSError(28, "No space left on device", "x")).startswith("x: no space left on device: check")


def test_errors_warnings_and_failures_name_options(pictures, command):
    status, _, err = command("fuse a.png wide.png -o c.png")
    assert status == 1 and "--resize b-to-a" in err and "`" not in err
    for side, name in (("x", "a.png"), ("y", "wide.png")):
        (pictures / side).mkdir()
        (pictures / name).rename(pictures / side / "1.png")
    status, out, err = command("fuse x y -o out --json")
    assert status == 1 and "--resize b-to-a" in json.loads(out)["error"] and "--resize b-to-a" in err
    assert "`" not in out + err
    write(pictures / "dark.png", Picture(np.arange(200, 3200, 3, np.uint16).reshape(20, 50)))
    _, out, err = command("fuse dark.png dark.png -o d.png --range none")
    assert "`" not in err
    status, _, err = command("fuse dark.png dark.png -o c.png --crop")
    assert (status, err) == (1, "aefusion: --crop needs --align\n")


# --- for programs ---

KEYS = {"pair", "sources", "output", "status", "error", "warning", "width", "height", "ranges", "aligned"}


def rows(out: str) -> list[dict]:
    found = [json.loads(line) for line in out.splitlines()]
    assert all(row.keys() >= KEYS for row in found)
    return found


def test_a_warning_is_in_the_row_and_nowhere_else(pictures, command):
    said = "resizing distorts"
    status, out, err = command("fuse a.png wide.png -o c.png --resize b-to-a --json")
    (row,) = rows(out)
    assert status == 0 and said in row["warning"] and said not in err
    assert (row["width"], row["height"], row["status"], row["output"]) == (256, 256, "fused", "c.png")
    _, out, err = command("fuse a.png wide.png -o c.png --resize b-to-a")
    assert said not in out and err.count(said) == 1 and err.startswith("aefusion: warning: ")
    for side, name in (("x", "a.png"), ("y", "wide.png")):
        (pictures / side).mkdir()
        (pictures / name).rename(pictures / side / "1.png")
    _, out, err = command("fuse x y -o out --resize b-to-a --json")
    (row,) = rows(out)
    assert said in row["warning"] and said not in err and "1 fused" in err


def test_a_failure_keeps_its_warnings(pictures, command):
    """Why pictures of different sizes are not aligned is a warning of the pair, which then fails."""
    status, out, err = command("fuse a.png wide.png -o c.png --align auto --json")
    (row,) = rows(out)
    assert status == 1 and "not aligned to a.png" in row["warning"] and "--view" in row["warning"]
    assert "sizes differ, and wide.png: not aligned" in row["error"] and "--view" not in row["error"] + err
    for side, name in (("x", "a.png"), ("y", "wide.png")):
        (pictures / side).mkdir()
        (pictures / name).rename(pictures / side / "1.png")
    status, out, err = command("fuse x y -o out --align auto --json")
    (row,) = rows(out)
    assert status == 1 and "not aligned to" in row["warning"] and "--view" not in err


def test_a_warning_that_is_in_no_row_is_told(pictures, command):
    (pictures / "own.py").write_text(
        "import warnings\ndef f(a, b):\n    warnings.warn('from elsewhere')\n    return a\n"
    )
    _, out, err = command("fuse a.png b.png -o c.png --method own.py:f --json")
    assert rows(out)[0]["warning"] is None and err == "aefusion: warning: from elsewhere\n"


def test_all_that_fuses_gives_rows_of_one_shape(pictures, command):
    for line in ("fuse a.png b.png -o c.png", "fuse a.png b.png -o c.png --dry-run", "stack a.png b.png -o s.png"):
        status, out, err = command(f"{line} --json")
        (row,) = rows(out)
        assert (status, err) == (0, "") and row["sources"] == ["a.png", "b.png"] and row["error"] is None
    status, out, err = command("stack a.png wide.png -o t.png --json")
    assert status == 1 and rows(out)[0]["status"] == "failed" and rows(out)[0]["error"] in err


def test_frames_of_a_video_give_a_row(pictures, command):
    for side, name in (("x", "a.png"), ("y", "b.png")):
        (pictures / side).mkdir()
        (pictures / name).rename(pictures / side / "1.png")
    status, out, _ = command("video x y -o out --json --method max")
    (row,) = rows(out)
    assert status == 0 and (row["frames"], row["width"], row["sources"]) == (1, 256, ["x", "y"])
    status, out, err = command("video x y -o out --json --method max")
    assert status == 1 and "--exist overwrite" in rows(out)[0]["error"] and "--exist overwrite" in err


def test_scores_for_programs_and_as_files(pictures, command):
    line = "score a.png b.png a.png --metrics EN SSIM"
    status, out, err = command(f"{line} --json")
    content = json.loads(out)
    assert (status, err) == (0, "") and content["pairs"]["a"] == content["mean"]
    status, table, _ = command(f"{line} -o s.json")
    assert status == 0 and "EN" in table and json.loads((pictures / "s.json").read_text()) == content
    command(f"{line} --output s.csv")
    assert float(next(csv.DictReader((pictures / "s.csv").read_text().splitlines()))["EN"]) == content["mean"]["EN"]
    for wrong, said in (("-o s.txt", "end the name in .csv or .json"), ("t.json", "give a, b and fused")):
        status, out, err = command(f"{line.replace(' --metrics', f' {wrong} --metrics')}")
        assert (status, out) == (1, "") and said in err and err.count("\n") == 1


def test_results_are_named_last_or_with_output(command):
    for line in ("export aenetv2 one.onnx", "export aenetv2 -o two.onnx", "export aenetv2 --output two.onnx"):
        assert command(line)[0] == 0
    assert Path("one.onnx").read_bytes() == Path("two.onnx").read_bytes()
    assert "no result is named: give it with -o" in command("export aenetv2")[2]
    assert "two results" in command("export aenetv2 one.onnx -o two.onnx")[2]


def test_patterns_that_the_shell_left_expand_in_the_order_people_count(tmp_path, monkeypatch):
    from aefusion.cli import with_files

    monkeypatch.chdir(tmp_path)
    for name in ("2.png", "10.png", "a[1].png"):
        Path(name).touch()
    assert with_files(["stack", "[0-9]*.png", "-o", "*.png"]) == ["stack", "2.png", "10.png", "-o", "*.png"]
    assert with_files(["stack", "a[1].png", "no*.png"]) == ["stack", "a[1].png", "no*.png"]


def test_align_without_a_value_is_auto():
    from aefusion.cli import with_auto

    assert with_auto(["stack", "s", "--align", "-o", "x"]) == ["stack", "s", "--align", "auto", "-o", "x"]
    assert with_auto(["stack", "s", "--align", "affine"]) == ["stack", "s", "--align", "affine"]
    assert with_auto(["stack", "s", "--align"]) == ["stack", "s", "--align", "auto"]


@pytest.mark.parametrize("word", ["hdr", "focus", "bracket"])
def test_what_people_call_a_stack_is_known(word, capsys):
    with pytest.raises(SystemExit):
        main([word, "a.jpg", "b.jpg"])
    assert "did you mean aefusion stack?" in capsys.readouterr().err
