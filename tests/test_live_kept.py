"""What long recordings keep: segments by time, and files that are whole after a signal."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from fractions import Fraction
from functools import partial
from threading import Event

import cv2
import numpy as np
import pytest
from calls import fuse_video
from live_sources import Server, clip, decoded, free_port
from video_files import SECOND, flat, main_status, make, planes_of

from aefusion.image import Picture, read, write
from aefusion.video import read as reading
from aefusion.video.ahead import Newest
from aefusion.video.read import VideoSource
from aefusion.video.target import target_of

av = pytest.importorskip("av")
F = Fraction
LAVFI = "testsrc2=size=64x48:rate={},realtime"
with_lavfi = pytest.mark.skipif("lavfi" not in av.formats_available, reason="this PyAV has no lavfi")

LISTEN = """
import sys, time
from aefusion.video.read import VideoSource
source = VideoSource(sys.argv[1], "rtsp,rtsp_flags=listen,listen_timeout=20")
times = [time for time, _ in source.frames()]
day = source.time_of_day
source.close()
print(source.live, source.rate, len(times), day is not None and abs(float(day) - time.time()) < 60)
"""


def test_a_new_file_after_some_time(tmp_path, capsys):
    a = make(tmp_path / "a.mp4", flat([16 + 4 * i for i in range(50)]), rate=25, codec="libx264", sound=2)
    done = fuse_video(SECOND, a, a, tmp_path / "out.mp4", every=F(4, 5))
    names = [f"out-000{i}.mp4" for i in (1, 2, 3)]
    assert [path.name for path in done.parts] == names == sorted(p.name for p in tmp_path.glob("out*"))
    counts, sound = [], 0.0
    for path in done.parts:
        times, _ = planes_of(path)
        assert times[0] == 0 and times == [F(i, 25) for i in range(len(times))]
        counts.append(len(times))
        with av.open(str(path)) as container:
            beeps = [p.pts * p.time_base for p in container.demux(audio=0) if p.size]
        assert beeps[0] < 0.03
        sound += float(beeps[-1]) + 1024 / 48000
    assert counts == [20, 20, 10] and sum(counts) == done.frames
    assert 1.8 < sound < 2.1
    done = fuse_video(SECOND, a, a, tmp_path / "out.mp4", every=F(1))  # nothing of the first run is replaced
    assert [path.name for path in done.parts] == ["out-0004.mp4", "out-0005.mp4"]
    with pytest.raises(ValueError, match=r"out-0005\.mp4: exists already"):
        fuse_video(SECOND, a, a, tmp_path / "out.mp4", every=F(1), exist="error")
    done = fuse_video(SECOND, a, a, tmp_path / "out.mp4", every=F(1), exist="overwrite")
    assert done.parts[0].name == "out-0001.mp4"
    assert main_status("video", a, a, "-o", tmp_path / "x.mkv", "--every", "1s") == 0
    assert "2 files: " in capsys.readouterr().out
    for output, wrong in ((tmp_path / "frames", "`every` is for videos"), ("-", "`every` is for files")):
        with pytest.raises(ValueError, match=wrong):
            fuse_video(SECOND, a, a, output, every=F(1))
    assert "10m: expected" not in str(main_status("video", a, a, "-o", tmp_path / "y.mkv", "--length", "10m"))
    assert "--every soon: expected" in str(main_status("video", a, a, "-o", tmp_path / "y.mkv", "--every", "soon"))


# Signals

SLOW = """
import pathlib, time
n = []
def slow(a, b):
    time.sleep(0.02)
    n.append(0)
    if len(n) > {after}: pathlib.Path("begun").touch()
    return a
"""


def stop(tmp_path, number, *words, ready="begun", then=lambda: None):
    """Run a command, send a signal when it has begun, and give (exit status, what it said)."""
    heard = partial(signal.signal, number, signal.SIG_DFL)
    process = subprocess.Popen(
        [sys.executable, "-c", "from aefusion.cli import main; main()", *map(str, words)],
        cwd=tmp_path, preexec_fn=heard, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while not (tmp_path / ready).exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    process.send_signal(number)
    then()
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    return process.returncode, out + err


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no such signals")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (getattr(signal, "SIGHUP", 1), 129)])
def test_a_video_that_is_stopped_is_kept(tmp_path, number, status):
    a = make(tmp_path / "a.mkv", flat([60] * 400), rate=25)
    (tmp_path / "slow.py").write_text(SLOW.format(after=12))
    code, said = stop(tmp_path, number, "video", a, a, "-o", "out.mp4", "--method", "slow.py:slow")
    assert code == status and "interrupted: out.mp4 holds what was fused so far" in said
    assert 1 <= len(planes_of(tmp_path / "out.mp4")[0]) < 400
    assert not list(tmp_path.glob(".aefusion*"))


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no such signals")
def test_folders_that_are_stopped_keep_whole_pictures(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        for i in range(200):
            write(tmp_path / name / f"{i}.png", Picture(np.full((40, 50), 90, np.uint8)))
    (tmp_path / "slow.py").write_text(SLOW.format(after=5))
    code, said = stop(tmp_path, signal.SIGTERM, "fuse", "a", "b", "-o", "out", "--method", "slow.py:slow")
    made = list((tmp_path / "out").iterdir())
    assert code == 143 and "of 200 done" in said and 1 <= len(made) < 200
    assert all(path.name[0] != "." and read(path).pixels.shape == (40, 50) for path in made)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no such signals")
def test_a_stack_that_is_stopped_leaves_nothing(tmp_path):
    (tmp_path / "s").mkdir()
    rng = np.random.default_rng(0)
    for i in range(12):
        write(tmp_path / "s" / f"{i}.png", Picture(rng.integers(0, 256, (700, 900), np.uint8)))
    os.mkfifo(tmp_path / "s" / "99.png")
    ended = Event()

    def hold():
        with (tmp_path / "s" / "99.png").open("wb"):  # waits for its reader, who waits for what never comes
            (tmp_path / "begun").touch()
            ended.wait(60)

    threading.Thread(target=hold, daemon=True).start()
    words = ("stack", "s", "-o", "out.png", "--kind", "focus")
    code, said = stop(tmp_path, signal.SIGHUP, *words, then=ended.set)
    assert code == 129 and "interrupted" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["begun", "s"]


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no such signals")
def test_training_that_is_stopped_can_go_on(tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("lightning_fabric")
    rng = np.random.default_rng(0)
    for side in "ab":
        for i in range(4):
            path = tmp_path / "data" / "focus" / "drawn" / side / f"{i}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            write(path, Picture(rng.integers(0, 256, (96, 90), np.uint8)))
    (tmp_path / "recipe.yaml").write_text(
        "model: aenetv2-plusplus\nteacher: average\nbatch: 2\ncrop: 64\nsteps_per_epoch: 2\nvalidation: 0.0\n"
        "segments: [[2000, 0.001]]\nseed: 1\n"
    )
    words = ("train", "recipe.yaml", "data", "-o", "out", "--accelerator", "cpu", "--threads", "1")
    code, said = stop(tmp_path, signal.SIGTERM, *words, ready="out/checkpoint.pt")
    assert code == 143 and "interrupted" in said
    assert not list((tmp_path / "out").glob(".aefusion*"))


def test_a_file_that_states_no_rate_has_that_of_its_times(tmp_path, monkeypatch):
    a = make(tmp_path / "a.mp4", flat(range(30, 60)), codec="libx264", options={"bf": "2"}, sound=1)
    monkeypatch.setattr(reading, "plausible", lambda rate, tick: False)
    source = VideoSource(a)
    source.keep_sound()
    assert source.rate == F(30000, 1001)
    assert [time for time, _ in source.frames()] == [i / F(30000, 1001) for i in range(30)]  # nothing is lost for it
    assert len(source.sound) > 40
    source.close()


def test_rtsp_out_and_in(tmp_path):
    """The listener has a process of its own: PyAV holds Python's lock while it connects."""
    a = make(tmp_path / "a.mkv", flat([16 + 4 * i for i in range(15)]), rate=25)
    url = f"rtsp://127.0.0.1:{free_port()}/live"
    listener = subprocess.Popen([sys.executable, "-c", LISTEN, url], stdout=subprocess.PIPE, text=True)
    while True:
        assert listener.poll() is None
        try:
            assert fuse_video(SECOND, a, a, url).frames == 15
            break
        except ValueError as error:
            assert "check that somebody receives there" in str(error)
            time.sleep(0.05)
    live, rate, count, of_the_day = listener.communicate(timeout=30)[0].split()
    assert (live, rate, of_the_day) == ("True", "25", "True") and int(count) >= 12


def test_standard_output_is_the_video_alone(tmp_path):
    a = make(tmp_path / "a.mkv", flat([16 + 4 * i for i in range(12)]), rate=25)
    command = [sys.executable, "-c", "from aefusion.cli import main; main()", "video", a, a, "-o", "-"]
    done = subprocess.run(command, capture_output=True, timeout=60)
    assert done.returncode == 0 and len(decoded(done.stdout)) == 12 and done.stdout[:1] == b"G"
    assert b"standard output: 12 frames" in done.stderr
    done = subprocess.run([*command, "--container", "matroska", "--json"], capture_output=True, timeout=60)
    assert len(decoded(done.stdout)) == 12 and done.stdout[:4] == b"\x1aE\xdf\xa3" and b'"frames": 12' in done.stderr


@pytest.mark.parametrize("form", ["mpjpeg", "mpegts"])
def test_late_packets_are_not_decoded_where_no_other_frame_needs_them(monkeypatch, form):
    """A camera of 50 frames a second, each of which takes 0.05 s to decode; those of H.264 need each other."""
    jpeg = cv2.imencode(".jpg", np.random.default_rng(0).integers(0, 255, (48, 64), np.uint8))[1].tobytes()
    pieces = [b"--x\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(jpeg) + jpeg + b"\r\n"] * 100
    monkeypatch.setattr(reading, "LONG_ENOUGH", F(3, 10))
    if form == "mpegts":
        content = clip(range(100), rate=50)
        pieces = [content[i : i + 188] for i in range(0, len(content), 188)]
    source = VideoSource(Server([pieces], pause=2 / len(pieces)).url, form, lambda text: None)
    at_once, tried = source._decode, []

    def decode(packet):
        tried.append(packet)
        time.sleep(0.05 if form == "mpjpeg" else 0.03)
        return at_once(packet)

    monkeypatch.setattr(source, "_decode", decode)
    with closing(source):
        source.newest = frames = Newest(source.frames(), 2)
        list(frames)
    if form == "mpegts":
        assert len(tried) >= 100
    else:
        assert len(tried) < 80
        assert frames.dropped > 15


def test_a_transport_stream_and_what_is_refused(tmp_path):
    a = make(tmp_path / "a.mkv", flat([60] * 12), rate=25)
    assert fuse_video(SECOND, a, a, tmp_path / "out.ts").frames == 12
    assert (tmp_path / "out.ts").read_bytes()[:1] == b"G" and len(planes_of(tmp_path / "out.ts")[0]) == 12
    for output, wrong in [
        ("foo://user:secret@x/y", "foo://x/y: foo:// is not known: begin it with udp://"),
        ("rtsp://user:secret@127.0.0.1:9/y", "rtsp://127.0.0.1:9/y: cannot be written"),
        ("srt://127.0.0.1:9", r"srt://127\.0\.0\.1:9: cannot be written(: PyAV as it is installed has no srt://| \()"),
        (tmp_path / "out.xyz", "the suffix '.xyz' is not known"),
    ]:
        with pytest.raises(ValueError, match=wrong) as told:
            fuse_video(SECOND, a, a, output)
        assert "secret" not in str(told.value)
    assert target_of("-", "matroska").muxer == "matroska" and target_of("x.m4v").muxer == "mp4"
