"""Say what files hold."""

import json as JSON
from pathlib import Path
from typing import Annotated, Any

from aefusion.cli.options import IN_FILES, Json
from aefusion.cli.words import in_words, say


def info(files: Annotated[list[Path], IN_FILES], /, *, json: Annotated[Json, IN_FILES] = False) -> int:
    """Say what a file holds: size, depth, camera, focal length, temperatures, pictures inside, time, place.

    Parameters
    ----------
    files
        Pictures, radiometric files, FLIR sequences.
    """
    from aefusion import info
    from aefusion.cli.console import show_facts

    failed = 0
    for i, path in enumerate(files):
        try:
            held = info(path)
        except (ValueError, OSError) as error:
            failed += 1
            if json:
                print(JSON.dumps({"path": str(path), "error": in_words(error)}))
            say(in_words(error))
            continue
        if json:
            print(JSON.dumps(held.row()))
            continue
        if i:
            print()
        show_facts(_facts(held))
    return 1 if failed else 0


def _facts(held) -> dict[str, Any]:
    """What there is, in words."""
    thermal = held.thermal
    place = (
        f"{held.latitude:.6f}, {held.longitude:.6f}" if held.latitude is not None and held.longitude is not None else ""
    )
    height = "" if held.altitude is None else f"{held.altitude:.1f} m above the sea"
    facts = {
        "file": held.path,
        "format": f"{held.format}, {held.bytes:,} bytes",
        "size": f"{held.width}x{held.height}",
        "depth": held.depth if held.channels == "temperatures" else f"{held.depth} {held.channels}",
        "frames": f"{held.frames}" + (f", {held.rate:.3g} a second" if held.rate else "") if held.frames > 1 else "",
        "camera": held.camera,
        "software": held.software,
        "focal length": ", ".join(
            text
            for text in (
                f"{held.focal_length:g} mm" if held.focal_length else "",
                f"as {held.focal_length_35mm:g} mm on 35 mm film" if held.focal_length_35mm else "",
            )
            if text
        ),
        "digital zoom": f"{held.digital_zoom:g}" if held.digital_zoom else "",
        "time": held.time,
        "place": ", ".join(text for text in (place, height) if text),
        "colour profile": "yes" if held.colour_profile else "",
    }
    if thermal:
        facts["temperatures"] = f"{thermal.low:.2f} to {thermal.high:.2f}, mean {thermal.mean:.2f} {thermal.unit}"
        if thermal.camera_low is not None:
            facts["camera's range"] = f"{thermal.camera_low:.0f} to {thermal.camera_high:.0f} degrees Celsius"
        if thermal.emissivity is not None:
            facts["emissivity"] = f"{thermal.emissivity:.2f}"
            facts["distance"] = f"{thermal.distance:g} m"
    facts["inside"] = ", ".join(held.embedded)
    facts["noticed"] = "; ".join(text.removeprefix(f"{held.path}: ") for text in held.warnings)
    return {name: text for name, text in facts.items() if text}
