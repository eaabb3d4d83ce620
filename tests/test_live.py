"""Live sources and outputs: clocks, what is dropped or stale, connecting again, sending, segments, signals."""

import sys
import time
import warnings
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from calls import fuse_video
from live_sources import Receiver, Server, clip
from video_files import SECOND, flat, main_status, make, planes_of

from aefusion.fusion.fuser import Fuser
from aefusion.image import Picture
from aefusion.video import read as reading
from aefusion.video.ahead import Ahead, End, Newest
from aefusion.video.clock import ARRIVAL, DAY, FIRST, STAMPS, Clock, Continuity, Meeting
from aefusion.video.opening import is_live, open_video
from aefusion.video.pairing import Standing, paired_at_once
from aefusion.video.rate import plausible, rate_of, rate_of_arrival
from aefusion.video.read import VideoSource
from aefusion.video.settling import VOTERS, Settling

av = pytest.importorskip("av")
F = Fraction
LAVFI = "testsrc2=size=64x48:rate={},realtime"
with_lavfi = pytest.mark.skipif("lavfi" not in av.formats_available, reason="this PyAV has no lavfi")


# Clocks


def test_two_parts_in_one_file_give_all_frames(tmp_path, capsys):
    for name in "ab":
        (tmp_path / f"{name}.ts").write_bytes(clip(range(10)) + clip(range(10, 20)))
    a, b = tmp_path / "a.ts", tmp_path / "b.ts"
    done = fuse_video(SECOND, a, b, tmp_path / "out.mkv", encoder="ffv1")
    assert (done.frames, done.restarts, done.repeated) == (20, (1, 1), (0, 0))
    times, frames = planes_of(tmp_path / "out.mkv")
    assert times == [F(round(40 * i), 1000) for i in range(20)]
    assert [round((float(y.mean()) - 16) / 4) for y, *_ in frames] == list(range(20))
    assert done.row()["restarts"] == (1, 1)
    assert main_status("video", a, b, "-o", tmp_path / "out.mkv") == 0
    assert "a.ts: its clock started anew once" in capsys.readouterr().err


def test_sound_goes_on_where_a_clock_starts_anew(tmp_path):
    a = make(tmp_path / "a.ts", flat([60] * 20), rate=20, codec="libx264", sound=1)
    data = (tmp_path / "a.ts").read_bytes()
    (tmp_path / "twice.ts").write_bytes(data + data)
    done = fuse_video(SECOND, tmp_path / "twice.ts", tmp_path / "twice.ts", tmp_path / "out.mp4")
    assert done.frames == 40 and a
    with av.open(str(tmp_path / "out.mp4")) as container:
        beeps = [p.pts * p.time_base for p in container.demux(audio=0) if p.size]
    assert all(later > earlier for earlier, later in pairwise(beeps)) and 1.7 < beeps[-1] < 2.1


@pytest.mark.parametrize(
    ("live", "jumps", "second", "shift", "restarts"),
    [
        (False, False, F(0), F(1), 1),  # back to its begin
        (False, False, F(24, 25), F(0), 0),  # a frame out of order
        (False, True, F(1000), F(0), 0),  # a gap in a recording
        (False, True, F(5000), 1 - F(5000), 1),
        (False, False, F(5000), F(0), 0),  # a format whose clock does not jump
        (True, False, F(5000), 1 + F(2) - F(1, 25) - F(5000), 1),  # 2 seconds passed
        (True, False, F(3), F(0), 0),  # and so they did for its clock
    ],
)
def test_times_go_on(live, jumps, second, shift, restarts):
    clock = Continuity(F(1, 25), live, jumps)
    for i in range(25):
        assert clock(0, F(i, 25), F(1, 25), i / 25) == 0
    assert float(clock(0, second, F(1, 25), 24 / 25 + 2)) == pytest.approx(float(shift), abs=2e-3)
    assert clock.restarts == restarts


def test_frames_of_one_time_are_left_out_and_counted(tmp_path, monkeypatch):
    a = make(tmp_path / "a.mkv", flat([60] * 6), rate=25)
    stamps = {}

    def stamped(self, frame):
        stamps[self] = stamps.get(self, -1) + 1
        return [F(0), F(1), F(1), F(1, 2), F(2), F(3)][stamps[self]] / 25

    monkeypatch.setattr(VideoSource, "_time", stamped)
    done = fuse_video(SECOND, a, a, tmp_path / "out.mkv")
    assert (done.frames, done.repeated) == (4, (2, 2))


def source(start, *, live=True, lag=None, stamped=True, day=None, duration=None, restarts=0):
    begun = Event()
    begun.set()
    return SimpleNamespace(
        start=F(start), live=live, stamped=stamped, time_of_day=day, duration=duration, restarts=restarts, begun=begun,
        clock=SimpleNamespace(lag=lag, settled=lambda: True),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "choice", "expected"),
    [
        # One clock, as the times of arrival say: 0.1 s of another delay do not count.
        (source(100, lag=7.0), source(101, lag=7.1), "auto", (1, STAMPS)),
        (source(100, lag=7.0), source(101, lag=7.1), "arrival", (F(11, 10), ARRIVAL)),
        (source(100, lag=7.0, stamped=False), source(101, lag=7.1), "auto", (F(11, 10), ARRIVAL)),
        (source(0, lag=3.0), source(0, lag=5.0), "auto", (2, ARRIVAL)),  # each counts from its begin
        (source(0, lag=3.0), source(0, lag=5.0), "first", (0, FIRST)),
        (source(0, lag=3.0, day=F(1000)), source(0, lag=5.0, day=F(1001)), "auto", (1, DAY)),
        (source(0, lag=3.0, day=F(1000)), source(0, lag=5.0, day=F(9000)), "auto", (2, ARRIVAL)),  # one clock is wrong
        (source(50, live=False, duration=9), source(53, live=False, duration=9), "auto", (3, STAMPS)),
        (source(50, live=False, duration=9), source(63, live=False, duration=9), "auto", (0, FIRST)),
        (source(0, live=False, duration=9), source(F(7, 5), live=False, duration=9), "auto", (0, FIRST)),
        (source(0, live=False, duration=9), source(F(7, 5), live=False, duration=9), "stamps", (F(7, 5), STAMPS)),
        (source(0), source(0, live=False), "auto", (0, FIRST)),
    ],
)
def test_by_which_clock_sources_meet(one, other, choice, expected):
    meeting = Meeting(one, other, choice, F(5))
    assert (meeting() - 5, meeting.how) == expected


def test_a_time_of_day_may_be_told_later():
    one, other = source(0, lag=3.0), source(0, lag=5.0)
    meeting = Meeting(one, other)
    assert (meeting(), meeting.how) == (2, ARRIVAL)
    one.time_of_day, other.time_of_day = F(10), F(11)
    assert (meeting(), meeting.how) == (1, DAY)
    with pytest.raises(ValueError, match="clock 'wall': expected auto, first"):
        Meeting(one, other, "wall")


def test_clocks_that_drift_apart_are_followed():
    one, other = source(0), source(0)
    for source_, drift in ((one, 0.0), (other, 0.01)):
        source_.clock = Clock(True, 0.04)
        for i in range(200 * 25):
            source_.clock.arrived(F(i, 25), 7.0 + i / 25 * (1 + drift) + (i % 3) / 100, 0.03)
        if source_ is one:
            continue
        meeting = Meeting(one, other)
        assert (meeting.how, meeting()) == ("", pytest.approx(1.2, abs=0.1))  # by two minutes that are over
        assert meeting.how == ARRIVAL
    for i in range(200 * 25, 400 * 25):
        one.clock.arrived(F(i, 25), 7.0 + i / 25, 0.03)
        other.clock.arrived(F(i, 25), 7.0 + i / 25 * 1.01, 0.03)
    assert float(meeting()) == pytest.approx(3.0, abs=0.7)


def test_what_was_there_before_says_nothing_of_its_arrival():
    clock = Clock(True, 0.04)
    for i in range(10):  # a second of frames at once
        clock.arrived(F(i, 25), 100.0, 0.0)
    assert clock.lag is None and not clock.settled()
    for i in range(10, 14):
        clock.arrived(F(i, 25), 99.63 + i / 25, 0.03)
    assert clock.settled() and clock.lag == pytest.approx(99.63)


def test_rates_that_cannot_be_meant():
    assert plausible(F(2000), F(1, 90000)) and not plausible(F(90000), F(1, 90000)) and not plausible(None, None)
    assert rate_of([F(i * 1001, 30000) for i in (0, 1, 2, 3, 6, 5, 9, 8)]) == F(30000, 1001)
    assert rate_of([F(0), F(1)]) is None
    burst = [(F(i, 1000), True) for i in range(12)]  # a sender may begin with what it has
    steady = [(F(1, 2) + F(i, 9) + F(i % 3, 300), i != 4) for i in range(10)]
    assert rate_of_arrival([*burst, *steady]) == 9
    assert rate_of_arrival(burst) is None


def test_a_stream_that_states_no_rate(tmp_path, monkeypatch):
    """MJPEG without times is said to have 25 frames a second: the times of arrival tell."""
    monkeypatch.setattr("aefusion.video.rate.BURST", F(0))
    monkeypatch.setattr(reading, "LONG_ENOUGH", F(3, 10))
    jpeg = cv2.imencode(".jpg", np.full((48, 64), 99, np.uint8))[1].tobytes()
    piece = b"--x\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(jpeg) + jpeg + b"\r\n"
    server = Server([[piece] * 60], 0.02)
    source = VideoSource(server.url, "mpjpeg")
    assert source.live and not source.stamped
    assert 28 < source.rate < 55
    times = [time for time, _ in source.frames()]
    source.close()
    assert len(times) > 55 and times[-1] > 0.3


# Pairs


def test_a_second_that_stands_still_is_reported(tmp_path, capsys):
    a = make(tmp_path / "a.mkv", flat([50] * 50), rate=25)
    times = [40 * i for i in range(50) if not 12 <= i < 37]  # a second without frames
    b = make(tmp_path / "b.mkv", flat(range(40, 40 + len(times))), rate=25, times=times)
    done = fuse_video(SECOND, a, b, tmp_path / "out.mkv")
    assert done.still == (1, pytest.approx(1.04)) and done.stale == 19  # over 0.15 s from either end
    frozen = make(tmp_path / "c.mkv", flat([40, 41, *[42] * 30, *range(50, 68)]), rate=25)
    assert main_status("video", a, frozen, "-o", tmp_path / "out.mkv") == 0
    assert "c.mkv: stood still once, 1.2 s in all: 26 frames got a picture that was not of" in capsys.readouterr().err
    moving = make(tmp_path / "d.mkv", flat(range(40, 90)), rate=25)
    done = fuse_video(SECOND, a, moving, tmp_path / "out.mkv")
    assert (done.still, done.stale) == ((0, 0.0), 0)


def test_the_newest_items_only():
    made, gate = Event(), Event()

    def items():
        yield 0
        gate.wait(5)
        yield from range(1, 10)
        made.set()

    newest = Newest(items(), 3)
    assert newest.take(5) == 0
    gate.set()
    assert made.wait(5)
    assert [newest.take(5) for _ in range(3)] == [7, 8, 9]
    with pytest.raises(End):
        newest.take(5)
    assert newest.dropped == 6 and list(newest) == []


def test_at_once_the_nearest_that_is_there():
    def picture(value):
        return SimpleNamespace(fusible=Picture(np.full((16, 16), value, np.uint8)))

    standing = Standing(1 / 25)
    first = Newest(((F(i, 25), f"a{i}") for i in range(10)), 20)
    second = Ahead(standing.watch((F(i, 25), picture(i)) for i in range(5)), 8)
    first.ended()
    second.ended()
    begun = time.monotonic()
    pairs = list(paired_at_once(first, second, lambda: F(1, 25), F(1, 25), F(1, 25), standing))
    assert [(a, int(b.fusible.pixels[0, 0])) for _, a, b in pairs] == [
        ("a1", 0),
        ("a2", 1),
        ("a3", 2),
        ("a4", 3),
        ("a5", 4),
    ]
    assert time.monotonic() - begun < 2  # and the end of the second is the end


@with_lavfi
def test_live_drops_frames_rather_than_to_be_late(tmp_path, capsys):
    def slow(a, b):
        time.sleep(0.06)
        return a

    choices = {"format_a": "lavfi", "format_b": "lavfi", "length": F(7, 10)}
    name = LAVFI.format(50)
    done = fuse_video(Fuser(method=slow), name, name, tmp_path / "out.mkv", live=True, **choices)
    assert done.dropped > 10 and done.frames + done.dropped >= 30
    assert done.delay is not None and done.delay[1] < 0.5
    assert done.clock == STAMPS and abs(done.offset) < 0.2
    row = done.row()
    assert (row["dropped"], row["clock"], row["offset"]) == (done.dropped, STAMPS, float(done.offset))
    a = make(tmp_path / "a.mkv", flat([60] * 6), rate=25)
    with pytest.raises(ValueError, match=r"a.mkv: `live` is for cameras"):
        fuse_video(SECOND, a, a, tmp_path / "no.mkv", live=True)


# Alignment and display ranges


def scenes():
    rng = np.random.default_rng(3)
    scene = cv2.GaussianBlur(rng.integers(0, 255, (256, 320)).astype(np.float32), (0, 0), 4)
    scene = cv2.normalize(scene, None, 16, 235, cv2.NORM_MINMAX).astype(np.uint8)
    for _ in range(20):
        x, y = rng.integers(10, 280), rng.integers(10, 220)
        cv2.rectangle(scene, (int(x), int(y)), (int(x) + 24, int(y) + 18), int(rng.integers(16, 235)), -1)
    return scene, 251 - cv2.resize(scene[40:220, 50:275], (160, 128), interpolation=cv2.INTER_AREA)


def with_gray(*planes):
    return [(y, *(np.full((y.shape[0] // 2, y.shape[1] // 2), 128, np.uint8),) * 2) for y in planes]


@pytest.mark.parametrize("again", [True, False])
def test_a_closed_shutter_at_the_start_does_not_hinder_alignment(tmp_path, again, monkeypatch):
    wide, narrow = scenes()
    monkeypatch.setattr(VideoSource, "known", again)  # else frames are held until their turn
    a = make(tmp_path / "a.mkv", with_gray(*[wide] * 8), rate=25)
    b = make(tmp_path / "b.mkv", with_gray(*[np.full_like(narrow, 120)] * 2, *[narrow] * 6), rate=25)
    done = fuse_video(SECOND, a, b, tmp_path / "out.mkv", align="affine", crop=True)
    assert done.aligned and not done.warnings and done.frames == 8
    assert abs(done.width - 225) < 12 and abs(done.height - 180) < 12
    blank = make(tmp_path / "c.mkv", with_gray(*[np.full_like(narrow, 120)] * 8), rate=25)
    with pytest.warns(UserWarning, match=r"shows nothing to align by \(the best of 2 tries at different times\)"):
        assert not fuse_video(SECOND, a, blank, tmp_path / "no.mkv", align="affine", resize="b-to-a").aligned


def test_a_range_settles_with_the_first_frames_that_show_something():
    rng = np.random.default_rng(0)
    scene = (8000 + rng.integers(0, 600, (40, 50))).astype(np.uint16)
    settling = Settling("auto", "ab", [False, True], lambda text: None)
    display = [None, None]
    for _ in range(2):
        display = settling([Picture(scene), Picture(np.zeros_like(scene))], display)
        assert display == [None, None]
    for i in range(VOTERS):
        assert not settling.done
        display = settling([Picture(scene), Picture(scene + np.uint16(10 * i))], display)
        assert display[0] is None and display[1] is not None
    assert settling.done and 7990 < display[1][0] < 8050 and 8580 < display[1][1] < 8680
    assert settling([Picture(scene), Picture(scene + np.uint16(9000))], display) == display
    with pytest.raises(ValueError, match="neither 16-bit gray nor"):
        Settling("set", "ab", [True, True], print)([Picture(np.zeros((9, 9), np.uint8))] * 2, [None, None])


# Connections


def test_a_stream_that_ends_is_connected_again(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(reading, "PAUSES", (0.01, 0.01))
    server = Server([[clip(range(12))], [clip(range(12, 24))]])
    # What never ends on its side: after the second part nobody listens, and the tries end.
    b = make(tmp_path / "b.mkv", flat(range(30, 130)), rate=25)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        done = fuse_video(SECOND, server.url, b, tmp_path / "out.mkv", format_a="mpegts", reconnect=0.2)
    said = [str(one.message) for one in told]
    assert (done.frames, done.reconnects, done.restarts) == (24, (1, 0), (0, 0)) and 0 < done.away[0] < 2
    assert any("connecting again, for 0.2 s" in text for text in said)
    assert any("no connection within 0.2 s: it ends here" in text for text in said)
    times, _ = planes_of(tmp_path / "out.mkv")
    assert all(later > earlier for earlier, later in pairwise(times))


def test_what_is_live(tmp_path):
    a = make(tmp_path / "a.mkv", flat([60] * 6), rate=25)
    with open_video(a) as container:
        assert not is_live(a, container)

    def opened(form, no_file=False, duration=None):
        return SimpleNamespace(duration=duration, format=SimpleNamespace(name=form, no_file=no_file))

    for form, live in (("v4l2", True), ("lavfi", False)):
        assert is_live("name", opened(form, no_file=True)) == live
    assert is_live("udp://@:5000", opened("mpegts"))
    assert not is_live("a.fifo", opened("mpegts"))
    assert not is_live("https://x/a.mp4", opened("mp4", duration=9))


def test_cameras_by_number_and_recordings_that_are_no_videos(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if sys.platform == "linux" and not Path("/dev/video97").exists():
        with pytest.raises(ValueError, match=r"97: .*camera 97 is /dev/video97 of v4l2"):
            open_video("97")
    (tmp_path / "a.csq").write_bytes(bytes(range(256)) * 9)
    with pytest.raises(ValueError, match="a recording of FLIR of a kind that is not read, or a damaged one: export it"):
        open_video("a.csq")


# Where it goes


def test_frames_are_sent_by_udp_at_their_times(tmp_path):
    a = make(tmp_path / "a.mkv", flat([16 + 4 * i for i in range(12)]), rate=25)
    receiver = Receiver()
    done = fuse_video(SECOND, a, a, f"{receiver.url}?pkt_size=1316")
    frames = receiver.frames()
    assert done.frames == 12 and done.output is None and done.address == receiver.url
    assert done.row()["output"] == receiver.url
    assert len(frames) >= 10
    assert all(float(later - earlier) == pytest.approx(0.04) for (earlier, _), (later, _) in pairwise(frames))
    assert receiver.arrivals[-1] - receiver.arrivals[0] > 0.35  # as fast as they are shown, not as fast as may be


LISTEN = """
import sys, time
from aefusion.video.read import VideoSource
source = VideoSource(sys.argv[1], "rtsp,rtsp_flags=listen,listen_timeout=20")
times = [time for time, _ in source.frames()]
day = source.time_of_day
source.close()
print(source.live, source.rate, len(times), day is not None and abs(float(day) - time.time()) < 60)
"""
