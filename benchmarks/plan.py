"""What planning costs beside the scan: the full Basic Profile on the header of a CT slice.

    python benchmarks/plan.py [--rounds 300]

Strategy: both run over the same header (about 270 elements with nested sequences) in
turns, so that whatever else the machine does falls on both; the fastest round counts. Beside
them stands planning by precedent, as all slices of a series but the first few are planned.

Invariants: profile and tables are loaded before the first round, as in any run over more
than one file. The ratio is what is judged; milliseconds are the machine's.
"""

from __future__ import annotations

import argparse
import gc
import sys
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.ct import small  # noqa: E402 - the repository's own root
from dicomanon.dicom.scan import scan, scanned  # noqa: E402
from dicomanon.dicom.source import BytesSource, Window  # noqa: E402
from dicomanon.policy.key import Key  # noqa: E402
from dicomanon.policy.plan import plan  # noqa: E402
from dicomanon.policy.profile import profile  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT = 3.0
"""Planning may cost so many times the scan."""
PRESETS = ("basic", "research", "midi", "in-hospital")


def fastest(rounds: int, *runs: Callable[[], object]) -> list[float]:
    """The shortest time of each run, in seconds; the runs take turns."""
    best = [float("inf")] * len(runs)
    gc.collect()
    for _ in range(rounds):
        for number, run in enumerate(runs):
            start = perf_counter()
            run()
            best[number] = min(best[number], perf_counter() - start)
    return best


def main(argv: list[str] | None = None) -> int:
    """Print the ratio for each preset; 1 if the Basic Profile is over the limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=300)
    rounds = parser.parse_args(argv).rounds
    source = BytesSource(small().read_bytes())
    instance, _, alike = (scan(source) for _ in range(3))  # the third is recognized
    key = Key(bytes(32))
    elements = sum(1 for _ in instance.places())
    print(f"{elements} elements at all depths")
    ratios = {}
    for name in PRESETS:
        chosen = profile(name)
        for each in (instance, alike):
            plan(each, chosen, key)
        found, planned, followed = fastest(
            rounds,
            lambda: scanned(Window(source)),
            partial(plan, instance, chosen, key),
            partial(plan, alike, chosen, key),
        )
        ratios[name] = planned / found
        shown = f"{found * 1e3:7.3f} ms  plan {planned * 1e3:7.3f} ms"
        precedent = f"by precedent {followed * 1e3:7.3f} ms"
        print(f"{name:12} scan {shown}  ratio {ratios[name]:.2f}  {precedent}")
    return 0 if ratios["basic"] <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
