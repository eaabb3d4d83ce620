from aefusion.image.plane import Plane, Planes


def choose_planes(
    file: Planes, channel: str | int | None = None, time: int | None = None, position: int | None = None
) -> dict[str, list[Plane]]:
    """The planes of one stack of a file, by the names of its channels; of all channels if none is named.

    ``channel``: a name or a number, ``time`` and ``position``: numbers, all from 1. ValueError, one line, where the
    file holds several and none is named, and where there is no such one.
    """
    t = _number(file, "time", time, file.times)
    p = _number(file, "position", position, file.positions)
    channels = range(len(file.channels)) if channel is None else [channel_number(file, channel)]
    if file.depth < 2:
        raise ValueError(f"{file.path}: {file.in_words or '1 plane'}, and a stack needs two planes or more in depth")
    return {file.channels[c]: [Plane(file, p, t, c, z) for z in range(file.depth)] for c in channels}


def channel_number(file: Planes, channel: str | int) -> int:
    """The place of a channel, from 0; ValueError, one line, where there is none of this name or number."""
    names = [name.casefold() for name in file.channels]
    if str(channel).casefold() in names:
        return names.index(str(channel).casefold())
    if str(channel).isdigit() and 1 <= int(channel) <= len(names):
        return int(channel) - 1
    held = ", ".join(f"{i + 1} {name}" if name != str(i + 1) else name for i, name in enumerate(file.channels))
    raise ValueError(f"{file.path}: no channel {channel}: its channels are {held}")


def _number(file: Planes, name: str, number: int | None, count: int) -> int:
    if number is None:
        if count > 1:
            raise ValueError(f"{file.path}: holds {file.in_words}: give `{name}=1` to {count}")
        return 0
    if not 1 <= number <= count:
        raise ValueError(f"{file.path}: `{name}={number}`: it has {count}, counted from 1")
    return number - 1
