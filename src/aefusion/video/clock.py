"""The clock of a source: times that never go back, and what they have in common with those of another source."""

from dataclasses import dataclass, field
from fractions import Fraction
from threading import Event
from time import monotonic, sleep
from typing import Literal

Choice = Literal["auto", "first", "stamps", "arrival"]
CHOICES = ("auto", "first", "stamps", "arrival")
GAP = 10
"""A live clock that goes this many seconds further than the time that passed has started anew."""
HOUR = 3600
"""A clock in a file that jumps further forward than this many seconds has started anew; less is a gap."""
STEPS = 3
"""A clock that goes back by more than so many frames has started anew; less is a frame out of order."""
AT_THE_EDGE = 3
"""So many packets that had to be waited for say when packets of a source arrive."""
PATIENCE = 3.0
"""Seconds after which what is known of a clock must do."""
WINDOW = 60.0
"""Seconds after which the times of arrival are looked at anew: two clocks drift apart, by seconds a day."""
DRIFT = 0.02
"""Seconds by which two live sources must have drifted apart to be brought together again."""
SAME_STAMPS = 0.25
"""Time stamps of two live sources count as those of one clock where the times of arrival differ by less than this."""
SAME_WORLD = 3.0
"""Times of day that two senders state are believed where the times of arrival differ by less than this."""
FAR_FROM_ZERO = 10
"""Files whose first time stamps are this many seconds or more from 0, and which overlap, were stamped by one clock."""


@dataclass
class Continuity:
    """Adds to the time stamps of packets what keeps them going on where a clock starts anew."""

    frame: Fraction
    """Seconds of a frame."""
    live: bool
    jumps: bool
    """Whether the format is one whose clock may jump forward."""
    restarts: int = 0
    shift: Fraction = Fraction(0)
    """Seconds that are added now."""
    _ends: dict[int, Fraction] = field(default_factory=dict)
    _arrivals: dict[int, float] = field(default_factory=dict)
    _anew: bool = False

    def begin_anew(self) -> None:
        """The next packet is the first of another connection."""
        self._anew = bool(self._ends)

    def __call__(self, stream: int, stamp: Fraction, duration: Fraction, arrival: float) -> Fraction:
        """What is to be added to the stamps of a packet: its time of decoding in its own clock, and of arrival."""
        duration = duration or self.frame
        end = self._ends.get(stream)
        passed = Fraction(arrival - self._arrivals.get(stream, arrival)).limit_denominator(1000)
        if self._anew or (end is not None and self._jumped(stamp + self.shift - end, duration, passed)):
            if not self._anew:
                self.restarts += 1
            self._anew = False
            last = max(self._ends.values())
            if self.live:  # the time that really passed since the last packet
                last += max(
                    Fraction(0), Fraction(arrival - max(self._arrivals.values())).limit_denominator(1000) - duration
                )
            self.shift = last - stamp
            self._ends.clear()
        self._ends[stream] = stamp + self.shift + duration
        self._arrivals[stream] = arrival
        return self.shift

    def _jumped(self, ahead: Fraction, duration: Fraction, passed: Fraction) -> bool:
        if ahead < -(STEPS + 1) * max(duration, self.frame):
            return True
        if self.live:
            return ahead > passed + GAP
        return self.jumps and ahead > HOUR


class Clock:
    """When the packets of a live source arrived, seen from its time stamps."""

    def __init__(self, live: bool, frame: float):
        self.live, self.frame = live, frame
        self._first = self._until = 0.0
        self._waited = 0
        self._lag: float | None = None
        self._least: float | None = None

    def arrived(self, stamp: Fraction, arrival: float, waited: float) -> None:
        """A packet with a time stamp in seconds arrived at a time of `monotonic`; so long it had to be waited for.

        What need not be waited for was there before, so its arrival says little: the least lag counts.
        """
        self._first = self._first or arrival
        if waited > 0.2 * self.frame:
            self._waited += 1
        elif self._waited == 0 and arrival - self._first < PATIENCE:
            return
        lag = arrival - float(stamp)
        self._lag = lag if self._lag is None else min(self._lag, lag)
        self._least = lag if self._least is None else min(self._least, lag)
        self._until = self._until or arrival + WINDOW
        if arrival > self._until:
            self._lag, self._least, self._until = self._least, None, arrival + WINDOW

    def settled(self) -> bool:
        """Whether enough packets had to be waited for."""
        return self._waited >= AT_THE_EDGE

    @property
    def lag(self) -> float | None:
        """The time of arrival of what has the time stamp 0, as `monotonic` says it; None where nothing is known.

        It is that of the last WINDOW seconds.
        """
        return self._lag


class Meeting:
    """How much later the first frame of the second source was taken than that of the first, and how that is known.

    Call it for the seconds to be added to the times of the second, which count from its own first frame as those of the
    first do from its own. For live sources: by the times of day that both senders state (RTCP), by time stamps of one
    clock, else by the times of arrival. Files count from their first frames, unless time stamps far from 0 overlap.
    """

    def __init__(self, one, other, choice: Choice = "auto", offset: Fraction = Fraction(0)):
        if choice not in CHOICES:
            raise ValueError(f"clock {choice!r}: expected {', '.join(CHOICES)}")
        self._one, self._other, self._choice, self._given = one, other, choice, offset
        self.how, self._apart, self._until = "", Fraction(0), 0.0
        self.stopped = Event()

    @property
    def offset(self) -> Fraction:
        """The seconds that are added, with those that were given."""
        return self._apart + self._given

    def __call__(self) -> Fraction:
        if not self.how:
            self._wait()
            self._apart, self.how = self._find()
            self._until = monotonic() + 5 * PATIENCE
        elif self.how == ARRIVAL:
            # The time of day may be told later than the first frame.
            if self._until and (found := self._by_the_day()):
                self._apart, self.how = found
            elif abs((now := self._by_arrival()) - self._apart) > DRIFT:
                self._apart = now
            if monotonic() > self._until:
                self._until = 0.0
        return self.offset

    def _wait(self) -> None:
        """Until both have begun and, where both are live, until their times of arrival are known."""
        until = None
        while not self.stopped.is_set():
            begun = all(source.begun.is_set() for source in (self._one, self._other))
            if begun and (self._choice == "first" or not self._both_live()):
                return
            if begun:
                until = until or monotonic() + PATIENCE
                if all(source.clock.settled() for source in (self._one, self._other)) or monotonic() > until:
                    return
            sleep(0.005)

    def _both_live(self) -> bool:
        return self._one.live and self._other.live

    def _find(self) -> tuple[Fraction, str]:
        one, other, choice = self._one, self._other, self._choice
        stamps = other.start - one.start
        if choice == "first":
            return Fraction(0), FIRST
        if choice == "stamps":
            return stamps, STAMPS
        if choice == "arrival" and not self._both_live():
            raise ValueError('`clock="arrival"` is for two live sources: leave it out')
        if not self._both_live():
            together = _overlap(one, other) if min(one.start, other.start) >= FAR_FROM_ZERO else False
            return (stamps, STAMPS) if together else (Fraction(0), FIRST)
        if one.clock.lag is None or other.clock.lag is None:
            return Fraction(0), f"{FIRST}, as times of arrival are not known"
        arrival = self._by_arrival()
        if choice == "arrival":
            return arrival, ARRIVAL
        if found := self._by_the_day():
            return found
        if one.stamped and other.stamped and abs(stamps - arrival) <= SAME_STAMPS:
            return stamps, STAMPS
        return arrival, ARRIVAL

    def _by_arrival(self) -> Fraction:
        one, other = self._one, self._other
        apart = other.clock.lag + float(other.start) - one.clock.lag - float(one.start)
        return Fraction(apart).limit_denominator(1000)

    def _by_the_day(self) -> tuple[Fraction, str] | None:
        if self._choice != "auto" or not self._both_live():
            return None
        days = self._one.time_of_day, self._other.time_of_day
        if days[0] is None or days[1] is None:
            return None
        apart = days[1] + self._other.start - days[0] - self._one.start
        return (apart, DAY) if abs(apart - self._by_arrival()) <= SAME_WORLD else None


FIRST, STAMPS = "each from its first frame", "time stamps of one clock"
ARRIVAL, DAY = "arrival", "the time of day that both state (RTCP)"


def _overlap(one, other) -> bool:
    ends = [source.start + (source.duration or 0) for source in (one, other)]
    return max(one.start, other.start) < min(ends)
