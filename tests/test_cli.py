"""The command line as a process: what it prints, what it leaves behind, how it exits."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from aefusion.image import Picture, read, write


def aefusion(*arguments, cwd: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", "from aefusion.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)


@pytest.fixture
def folder(tmp_path, photographs) -> Path:
    for name, picture in zip(("a.png", "b.jpg"), photographs, strict=True):
        write(tmp_path / name, Picture(picture))
    return tmp_path


def test_fuses_two_files(folder):
    done = aefusion("fuse", "a.png", "b.jpg", "-o", "fused.png", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("fused.png: 256x256, aenetv2 on CPU")
    assert read(folder / "fused.png").pixels.shape == (256, 256)


@pytest.mark.parametrize("arguments", [(), ("fuse", "--help")])
def test_help(arguments, tmp_path):
    done = aefusion(*arguments, *([] if arguments else ["--help"]), cwd=tmp_path)
    assert done.returncode == 0 and "fuse" in done.stdout
    if arguments:
        assert all(group in done.stdout for group in ("Files", "Fusion", "Speed", "default: aenetv2"))


def make_bad_inputs(folder: Path) -> None:
    (folder / "empty.png").touch()
    jpeg = (folder / "b.jpg").read_bytes()
    (folder / "truncated.jpg").write_bytes(jpeg[: len(jpeg) // 2])
    (folder / "text.png").write_text("not a picture\n")
    (folder / "wrong.py").write_text("def shape(a, b):\n    return a[1:]\ndef broken(a, b):\n    return a + 'x'\n")
    (folder / "sub").mkdir()
    (folder / "none").mkdir()
    tifffile.imwrite(folder / "nan.tif", np.full((20, 20), np.nan, np.float32))
    write(folder / "small.png", Picture(np.zeros((20, 30), np.uint8)))


BAD = [  # arguments of fuse, what the one line must say
    ("missing.png b.jpg -o out.png", r"missing\.png: no such file"),
    ("sub/../none b.jpg -o out.png", "a file, but the other source is a folder"),
    ("none sub -o out", "holds no picture"),
    ("empty.png b.jpg -o out.png", r"empty\.png: the file is empty"),
    ("a.png truncated.jpg -o out.png", r"truncated\.jpg: .*(cut|truncated|ends)"),
    ("text.png b.jpg -o out.png", r"text\.png: not a picture"),
    ("nan.tif nan.tif -o out.png", r"nan\.tif: .*(NaN|nan)"),
    ("a.png small.png -o out.png", r"a\.png is 256x256, small\.png is 30x20: .*--resize b-to-a"),
    ("a.png b.jpg -o nowhere/out.png", r"nowhere/out\.png: there is no folder"),
    *[("a.png b.jpg -o /proc/out.png", r"/proc/out\.png: cannot be written")] * Path("/proc").is_dir(),
    ("a.png b.jpg -o out.png --method laplace", "no fusion method laplace: did you mean lp"),
    ("a.png b.jpg -o out.png --method wrong.py:shape", r"wrong\.py:shape"),
    ("a.png b.jpg -o out.png --method wrong.py:broken", r"wrong\.py:broken"),
    ("a.png b.jpg -o out.png --method wrong.py:none", r"wrong\.py.*none"),
    ("a.png b.jpg -o out.xyz", r"out\.xyz: the suffix '\.xyz' is not known"),
    ("a.png b.jpg -o a.png", r"a\.png: the result would overwrite this source"),
    ("a.png b.jpg -o sub", r"sub: a folder of this name is there"),
    ("a.png b.jpg -o out.png --model nonsense", "unknown model 'nonsense'; shipped are .*aenetv2"),
    ("a.png b.jpg -o out.png --model aenetv3", "unknown model .aenetv3.; shipped are aenetv2"),
    ("a.png b.jpg -o out.png --model a.png", r"a\.png: not a file of weights"),
    ("a.png b.jpg -o out.png --threads 0", "threads is 0"),
    ("a.png b.jpg -o out.png --method lp --model aenetv2", "model aenetv2 and method lp: give one of them"),
    ("a.png b.jpg -o out.png --quality 500", "quality 500"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD)
def test_bad_input_gets_one_line_and_leaves_nothing(arguments, message, folder):
    make_bad_inputs(folder)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    done = aefusion("fuse", *arguments.split(), cwd=folder)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1 and re.search(message, done.stderr), done.stderr
    after = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert after == before


def test_fuses_with_methods_and_more_than_two_sources(folder):
    (folder / "mine.py").write_text("def darker(*sources):\n    import numpy\n    return numpy.min(sources, axis=0)\n")
    sources = [read(folder / name).pixels for name in ("a.png", "b.jpg")]
    write(folder / "c.png", Picture(np.full_like(sources[0], 77)))
    for method, expected in (
        ("max", np.maximum(np.maximum(*sources), 77)),
        ("average", np.rint((sources[0].astype(float) + sources[1] + 77) / 3)),
        ("mine.py:darker", np.minimum(np.minimum(*sources), 77)),
    ):
        done = aefusion("fuse", "a.png", "b.jpg", "c.png", "-o", "out.png", "--method", method, cwd=folder)
        assert done.returncode == 0, done.stderr
        assert np.abs(read(folder / "out.png").pixels - expected).max() <= 0.5
    assert aefusion("fuse", "a.png", "b.jpg", "c.png", "-o", "network.png", cwd=folder).returncode == 0


def test_exif_and_profile_of_the_first_source_are_kept(folder):
    from PIL import Image, ImageCms

    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "aefusion camera", 6  # maker; turned by 90 degrees
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 29.0)})
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = np.random.default_rng(0).integers(0, 256, (40, 60, 3)).astype(np.uint8)
    Image.fromarray(picture).save(folder / "first.jpg", exif=exif, icc_profile=profile)
    write(folder / "second.png", Picture(np.zeros((60, 40), np.uint8)))
    done = aefusion("fuse", "first.jpg", "second.png", "-o", "kept.jpg", cwd=folder)
    assert done.returncode == 0, done.stderr
    with Image.open(folder / "kept.jpg") as kept:
        found = kept.getexif()
        assert kept.size == (40, 60) and found[0x010F] == "aefusion camera" and found[0x0112] == 1
        assert found.get_ifd(0x8825)[1] == "N"
        assert kept.info["icc_profile"] == profile


@pytest.mark.parametrize("shape", [(1, 1), (1, 10000)])
def test_extreme_sizes(shape, tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    write(tmp_path / "a.png", Picture(picture))
    done = aefusion("fuse", "a.png", "a.png", "-o", "out.png", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert read(tmp_path / "out.png").pixels.shape == shape


@pytest.fixture
def folders(tmp_path, photographs) -> Path:
    for side, picture in zip("ab", photographs, strict=True):
        (tmp_path / side).mkdir()
        for name in ("one", "two", "three"):
            write(tmp_path / side / f"{name}.png", Picture(picture))
    write(tmp_path / "a" / "alone.png", Picture(photographs[0]))
    return tmp_path


def test_folders(folders):
    done = aefusion("fuse", "a", "b", "-o", "out", cwd=folders)
    assert done.returncode == 0
    assert "3 fused, 0 skipped, 0 failed, 1 picture without partner" in done.stdout
    assert sorted(path.name for path in (folders / "out").iterdir()) == ["one.png", "three.png", "two.png"]
    assert "0 fused, 3 skipped" in aefusion("fuse", "a", "b", "-o", "out", "--exist", "skip", cwd=folders).stdout
    again = aefusion("fuse", "a", "b", "-o", "out", "--exist", "error", cwd=folders)
    assert again.returncode == 1 and again.stderr.count("exists already") == 3


def test_one_bad_pair_does_not_stop_a_folder(folders):
    (folders / "b" / "one.png").write_bytes(b"")
    write(folders / "b" / "two.png", Picture(np.zeros((9, 9), np.uint8)))
    done = aefusion("fuse", "a", "b", "-o", "out", "--format", "jpg", cwd=folders)
    assert done.returncode == 1
    assert "1 fused, 0 skipped, 2 failed" in done.stdout
    one, two = done.stderr.splitlines()
    assert one.startswith("aefusion: one: ") and "one.png: the file is empty" in one
    assert two.startswith("aefusion: two: ") and "sizes differ" in two
    assert [path.name for path in (folders / "out").iterdir()] == ["three.jpg"]


def test_whatever_a_pair_does_the_rest_goes_on(folders):
    code = "def f(a, b, seen=[]):\n    seen.append(1)\n    return a if len(seen) != 2 else {}['[bad] pair']\n"
    (folders / "mine.py").write_text(code)
    done = aefusion("fuse", "a", "b", "-o", "out", "--method", "mine.py:f", cwd=folders)
    assert done.returncode == 1 and "2 fused, 0 skipped, 1 failed" in done.stdout
    assert done.stderr == "aefusion: three: mine.py:f raised KeyError: '[bad] pair'\n"
    assert (
        aefusion("fuse", "a", "nowhere", "-o", "x", cwd=folders).stderr == "aefusion: nowhere: no such file or folder\n"
    )


def test_bench_pair(folder):
    done = aefusion(
        "bench",
        "pair",
        "a.png",
        "b.jpg",
        "--methods",
        "average",
        "lp",
        "dl",
        "-o",
        "sheet.png",
        "--json",
        cwd=folder,
    )
    rows = {row["method"]: row for row in json.loads(done.stdout)}
    assert rows["lp"]["E2"] > 0 and rows["lp"]["seconds"] > 0 and rows["average"]["failure"] == ""
    assert rows["dl"]["E2"] is None and "weights of VGG-19" in rows["dl"]["failure"]
    assert read(folder / "sheet.png").pixels.ndim == 3
    assert "give two pictures" in aefusion("bench", "pair", "a.png", cwd=folder).stderr
    assert "size 6" in aefusion("bench", "pair", "--size", "6", cwd=folder).stderr


def test_methods_for_programs(tmp_path):
    rows = {row["name"]: row for row in json.loads(aefusion("methods", "--json", cwd=tmp_path).stdout)}
    assert rows["lp"]["parameters"] == {"levels": 4, "base": "mean"}


def test_results_do_not_go_among_the_sources(folders):
    assert "holds the sources" in aefusion("fuse", "a", "b", "-o", "a", cwd=folders).stderr
    assert "the sources are folders" in aefusion("fuse", "a", "b", "-o", "x.png", cwd=folders).stderr
    assert not (folders / "x.png").exists()


def test_dry_run_lists_pairs_and_writes_nothing(folders):
    done = aefusion("fuse", "a", "b", "-o", "out", "--dry-run", cwd=folders)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "a/one.png + b/one.png",
        "a/three.png + b/three.png",
        "a/two.png + b/two.png",
        "a/alone.png: no partner",
    ]
    assert not (folders / "out").exists()


def test_models_for_programs(tmp_path):
    rows = {row["name"]: row for row in json.loads(aefusion("models", "--json", cwd=tmp_path).stdout)}
    assert rows["aenetv2"]["parameters"] == 5378 and rows["aenetv2"]["FLOPs"] == 860_480_000
    assert rows["aenetv2"]["weights (bytes)"] < 30_000
    assert "41,154" in aefusion("models", cwd=tmp_path).stdout


def test_doctor_says_what_runs(tmp_path):
    facts = json.loads(aefusion("doctor", "--json", cwd=tmp_path).stdout)
    assert facts["model aenetv2"].startswith("runs on CPU")
    assert facts["engine torch"].endswith("CPU") and facts["engine cpu"] == "on CPU"


def test_export(tmp_path):
    import onnx

    done = aefusion("export", "aenetv2", "net.onnx", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    properties = {entry.key: entry.value for entry in onnx.load(tmp_path / "net.onnx").metadata_props}
    assert properties["name"] == "aenetv2" and properties["licence"] == "Apache-2.0"
    assert {"version", "range", "form"} <= set(properties)
    assert "end the name in .onnx" in aefusion("export", "aenetv2", "net.pb", cwd=tmp_path).stderr


def test_demo(tmp_path):
    done = aefusion("demo", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert {"sheet.png", "focus_fused.png", "exposure_fused.png"} <= {p.name for p in (tmp_path / "demo").iterdir()}
    # The fused pictures are more like both sources (SSIM) than either source is.
    for table in done.stdout.split("\n\n")[1:3]:
        rows = {line.split()[0]: [float(value) for value in line.split()[1:]] for line in table.splitlines()[2:]}
        assert rows["fused"][2] > max(rows["a"][2], rows["b"][2])
    assert "ms a pair" in done.stdout
