"""Timing engines side by side, and what the processor could do at most.

- `engines`: what is timed, by name: every engine and every form of a network.
- `peers`: Laplacian pyramids, which they are timed beside.
- `lane`: one of them in a process of its own, which tells its time and its memory.
- `roofline`: the multiply-adds and the bytes a second that the processor can do.

`bench.speed` lets them take turns, and keeps what comes out.
"""
