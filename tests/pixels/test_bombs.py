"""Files that say they are gigantic are refused before anything is allocated for them."""

from __future__ import annotations

import json
import subprocess
import sys

SECONDS = 1
PEAK_BYTES = 200 << 20


def test_bombs_are_refused() -> None:
    """Of every transfer syntax: a PixelError within a second, all of them within 200 MB."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.pixels.bombs"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found, peak_bytes = json.loads(done.stdout)
    assert {code for code, _ in found.values()} == {"codec", "frame_size", "pixel_layout"}
    assert {name for name, (_, seconds) in found.items() if seconds >= SECONDS} == set()
    assert peak_bytes < PEAK_BYTES
