"""Videos: rates and times, sound, damage, interruption."""

import signal
import subprocess
import sys
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from calls import fuse_video
from video_files import NTSC, SECOND, damage, flat, main_status, make, moving_scenes, planes_of

from aefusion.fusion.fuser import Fuser
from aefusion.image import Picture, write
from aefusion.video.read import VideoSource

av = pytest.importorskip("av")


@pytest.fixture(scope="module")
def scene():
    return moving_scenes()


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov", ".webm"])
def test_rate_is_exact(tmp_path, scene, suffix):
    a = make(tmp_path / "a.mkv", scene[0] * 4)
    fuse_video(Fuser(), a, a, tmp_path / f"out{suffix}")
    with av.open(str(tmp_path / f"out{suffix}")) as container:
        assert container.streams.video[0].average_rate == NTSC
    times, _ = planes_of(tmp_path / f"out{suffix}")
    assert len(times) == 24
    if suffix in (".mp4", ".mov"):  # the others round to 1/1000 s
        assert times == [i / NTSC for i in range(24)]


def test_changing_rate_keeps_its_times(tmp_path):
    times = [0, 40, 90, 200, 210, 300]
    a = make(tmp_path / "a.mkv", flat([60] * 6), rate=25, times=times)
    fuse_video(Fuser(), a, a, tmp_path / "out.mp4")
    assert planes_of(tmp_path / "out.mp4")[0] == [Fraction(time, 1000) for time in times]
    done = fuse_video(Fuser(), a, a, tmp_path / "out")
    assert [path.stem for path in sorted((tmp_path / "out").iterdir())] == [f"{i:06d}" for i in range(6)]
    assert done.frames == 6


def test_a_rate_of_large_numbers(tmp_path):
    a, base = str(tmp_path / "a.mp4"), 10**8
    times = [i * base // 25 + i % 3 * 7 for i in range(23)]
    with av.open(a, "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = Fraction(1, base)
        for time in times:
            frame = av.VideoFrame(64, 48, "yuv420p")
            frame.pts, frame.time_base = time, Fraction(1, base)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    fuse_video(Fuser(), a, a, tmp_path / "out.mp4")
    assert np.allclose([float(time) for time in planes_of(tmp_path / "out.mp4")[0]], np.array(times) / base, atol=1e-6)
    (tmp_path / "b").mkdir()
    for i in range(3):
        write(tmp_path / "b" / f"{i}.png", Picture(np.full((48, 64), 90, np.uint8)))
    done = fuse_video(Fuser(), tmp_path / "b", tmp_path / "b", tmp_path / "b.mp4", rate=Fraction("29.97002997003"))
    assert done.frames == 3


@pytest.mark.parametrize(
    ("offset", "expected"), [("0", [0, 1, 1, 2, 2, 3, 3, 3]), ("1/10", [0, 0, 1, 1, 2, 2, 3, 3, 3])]
)
def test_of_the_second_the_nearest_frame(tmp_path, offset, expected):
    a, b = (
        make(tmp_path / "a.mkv", flat([50] * 30), rate=20),
        make(tmp_path / "b.mkv", flat([40, 80, 120, 160]), rate=10),
    )
    done = fuse_video(SECOND, a, b, tmp_path / "out.mkv", encoder="ffv1", offset=Fraction(offset))
    shown = [int(frame[0][0, 0]) // 40 - 1 for frame in planes_of(tmp_path / "out.mkv")[1]]
    assert shown == expected  # it ends with the second
    assert done.frames == len(expected)
    done = fuse_video(SECOND, b, a, tmp_path / "out.mkv", length=Fraction(3, 10))
    assert (done.frames, done.rate) == (3, 10)


def test_sound_of_the_first_is_copied_and_ends_with_the_pictures(tmp_path):
    a = make(tmp_path / "a.mp4", flat([60] * 40), rate=20, codec="libx264", sound=2)
    b = make(tmp_path / "b.mp4", flat([60] * 20), rate=20, codec="libx264", sound=1)

    def packets(path):
        with av.open(str(path)) as container:
            return [(p.pts * p.time_base, bytes(p)) for p in container.demux(audio=0) if p.size]

    fuse_video(Fuser(), a, a, tmp_path / "out.mp4")
    assert packets(tmp_path / "out.mp4") == packets(a)
    fuse_video(Fuser(), a, b, tmp_path / "out.mkv")
    found, whole = packets(tmp_path / "out.mkv"), packets(a)
    assert [data for _, data in found] == [data for time, data in whole if time < 1]
    with pytest.warns(UserWarning, match="sound .aac. does not fit in .webm"):
        fuse_video(Fuser(), a, b, tmp_path / "out.webm")
    nobody_asks = VideoSource(a)
    assert len(list(nobody_asks.frames())) == 40 and not nobody_asks.sound
    nobody_asks.close()


def test_a_damaged_frame_is_left_out_and_counted(tmp_path, scene, capsys):
    a = make(tmp_path / "a.mp4", scene[0] * 6, codec="libx264", options={"g": "12", "bf": "0"})
    b = make(tmp_path / "b.mp4", scene[1] * 6, codec="libx264")
    damage(a, 15)
    out = tmp_path / "out.mp4"
    assert main_status("video", a, b, "-o", out) == 0
    said = capsys.readouterr()
    assert "a.mp4: " in said.err and "damaged" in said.err
    done = fuse_video(Fuser(), a, b, out)
    assert 1 <= done.skipped[0] + done.repaired[0] <= 12 and done.skipped[1] == 0
    times, _ = planes_of(out)
    assert len(times) == done.frames == 36 - done.skipped[0]
    assert times[-1] == 35 / NTSC  # those after it keep their times
    done = fuse_video(Fuser(), b, a, out)  # damaged in the second: the nearest whole frame is taken
    assert done.frames == 36 and done.skipped[0] == 0 and done.skipped[1] >= 1


def test_a_truncated_file_gives_what_is_there(tmp_path, scene):
    a = make(tmp_path / "a.mkv", scene[0] * 6)
    data = Path(a).read_bytes()
    Path(a).write_bytes(data[: len(data) * 6 // 10])
    assert 10 < fuse_video(Fuser(), a, a, tmp_path / "out.mp4").frames < 30


def test_interrupt_leaves_a_playable_file(tmp_path, scene):
    a = make(tmp_path / "a.mkv", scene[0] * 100)
    lines = [
        "import time, pathlib",
        "n = []",
        "def slow(a, b):",
        "    time.sleep(0.02)",
        "    n.append(0)",
        "    if len(n) > 20: pathlib.Path('begun').touch()",
        "    return a",
    ]
    (tmp_path / "slow.py").write_text("\n".join(lines))
    command = [sys.executable, "-c", "from aefusion.cli import main; main()"]
    command += ["video", a, a, "-o", "out.mp4", "--method", "slow.py:slow"]
    # Whoever runs the tests in the background has SIGINT ignored, which a child would inherit.
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    pipes = {"stderr": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, cwd=tmp_path, preexec_fn=heard, **pipes)
    while not (tmp_path / "begun").exists():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and "interrupted" in said and "Traceback" not in said
    assert 1 <= len(planes_of(tmp_path / "out.mp4")[0]) < 600
    assert not list(tmp_path.glob(".aefusion*"))
