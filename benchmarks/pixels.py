"""Masks on every transfer syntax: what they change, who still reads it, and how long it takes.

    python benchmarks/pixels.py [--runs 3]

Strategy: the cases of the tests, one line each: the masked area, the greatest change
outside it, and whether pydicom with pylibjpeg, dcmtk and gdcm find the same in the output
as in the source. Then the two figures that depend on size: a large JPEG in the DCT domain,
block by block by a plain reader, and cines beside a copy, or decoding and encoding again,
which is done one frame after the other. A mask is looked at again by decoding what was encoded:
several frames at a time pay for that where processors are free, the last column where not.

Invariants: nothing is asserted of the figures; a reader that has no decoder for a
transfer syntax stands as "-".
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import sys
import tempfile
import time
import warnings
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import imagecodecs
import numpy as np
import pydicom
from pydicom.pixels.utils import pixel_array

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from dicomanon.dicom.scan import scan  # noqa: E402 - the repository's own root
from dicomanon.dicom.sink import write_file  # noqa: E402
from dicomanon.dicom.source import BytesSource, FileSource  # noqa: E402
from dicomanon.pixels.codec import decode_coded, encode  # noqa: E402
from dicomanon.pixels.fragment import encapsulated_frame  # noqa: E402
from dicomanon.pixels.frame import describe  # noqa: E402
from dicomanon.pixels.mask import mask  # noqa: E402
from dicomanon.pixels.region import Region  # noqa: E402
from tests.pixels import plain_jpeg  # noqa: E402
from tests.pixels.coded import (  # noqa: E402
    BASE,
    CASES,
    COLUMNS,
    ROWS,
    htj2k,
    jpeg2000,
    jpeg_lossless,
    jpegls,
)
from tests.pixels.images import fragments, image, part10, segments  # noqa: E402
from tests.pixels.test_compressed import (  # noqa: E402
    DCMTK,
    GDCM,
    PYDICOM,
    REGION,
    by_tool,
    check_frame,
    frame,
    inner,
    masked,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from dicomanon.pixels.frame import PixelDescription
    from tests.pixels.coded import Case

    Reader = Callable[[bytes], NDArray[np.int64]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="masks on every transfer syntax")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        table(Path(folder))
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    large_jpeg(options.runs)
    cines(options.runs)


# -- the table ----------------------------------------------------------------------------------


def table(folder: Path) -> None:
    """One line a case."""
    print(f"{'transfer syntax, photometric, bits':44}black outside         pydicom dcmtk gdcm")
    sound = 0
    for case in CASES:
        before = case.file()
        after, found = masked(before, REGION)
        black = verdict(case, lambda data: frame(data, 2)[1], before, after, found.change)
        outside = "same" if not found.change else f"+-{found.change} of {2**case.stored}"
        readers = [
            verdict(case, read, before, after, 0 if case.exact else 4) if read else "-"
            for read in readers_of(case, folder)
        ]
        sound += black == "yes" and "NO" not in readers
        print(f"{case!s:44}{black:6}{outside:16}{readers[0]:8}{readers[1]:6}{readers[2]}")
    print(f"{sound} of {len(CASES)} sound\n")


def readers_of(case: Case, folder: Path) -> list[Reader | None]:
    """What pydicom, dcmtk and gdcm make of the second frame."""

    def by_pydicom(data: bytes) -> NDArray[np.int64]:
        values = pixel_array(pydicom.dcmread(io.BytesIO(data)), raw=True, index=1)
        return values.reshape(ROWS, COLUMNS, -1).astype(np.int64)

    return [
        by_pydicom if case.uid.startswith(PYDICOM) else None,
        (lambda data: by_tool([*DCMTK[case.uid]], data, folder)) if case.uid in DCMTK else None,
        (lambda data: by_tool(["gdcmconv", "--raw"], data, folder)) if case.uid in GDCM else None,
    ]


def verdict(case: Case, read: Reader, before: bytes, after: bytes, change: int) -> str:
    """Whether a reader finds one value inside and the same outside."""
    old, new = read(before), read(after)
    try:
        check_frame(case, old, new, new[inner(REGION, 2)][0, 0], change)
    except AssertionError:
        return "NO"
    return "yes"


# -- sizes --------------------------------------------------------------------------------------


def quickest(work: Callable[[], object], runs: int) -> float:
    """Seconds of the quickest run."""
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def picture(rows: int, columns: int, seed: int) -> NDArray[np.uint8]:
    """Smooth and noisy, as an ultrasound image is."""
    y, x = np.mgrid[0:rows, 0:columns]
    noise = np.random.default_rng(seed).normal(0, 6, (rows, columns))
    wave = np.sin(x / 40 + seed) * np.cos(y / 60) * 90 + 120 + noise
    values: NDArray[np.uint8] = wave.clip(0, 255).astype(np.uint8)
    return values


def file_of(coded: list[bytes], uid: str, rows: int, columns: int) -> bytes:
    """A file of compressed frames."""
    padded = [data + b"\0" * (len(data) % 2) for data in coded]
    count = ("IS", f"{len(coded):<4}".encode())
    value = ("OB", fragments(*padded))
    return part10(image(b"", rows, columns, 8, "OB", x00280008=count, x7FE00010=value), BASE + uid)


def described(data: bytes) -> PixelDescription:
    """What describes the pixels of a file."""
    found = describe(scan(BytesSource(data)))
    if found is None:
        raise SystemExit
    return found


def large_jpeg(runs: int) -> None:
    """JPEG Baseline, 2048 x 2048, 1 % masked."""
    side = 2048
    coded = bytes(imagecodecs.jpeg8_encode(picture(side, side, 1), level=90))
    data = file_of([coded], "4.50", side, side)
    region = Region(300, 500, side // 10, side // 10)
    seconds = quickest(lambda: masked(data, region), runs)
    after = masked(data, region)[0]
    new_coded = encapsulated_frame(scan(BytesSource(after)), described(after), 1)
    old = plain_jpeg.read(coded).planes[0].blocks
    new = plain_jpeg.read(new_coded).planes[0].blocks
    outside = same = 0
    for y, row in enumerate(old):
        for x, block in enumerate(row):
            hit = (
                region.x_px < 8 * x + 8
                and 8 * x < region.x_px + region.width_px
                and region.y_px < 8 * y + 8
                and 8 * y < region.y_px + region.height_px
            )
            outside += not hit
            same += not hit and block == new[y][x]
    print(f"JPEG Baseline {side} x {side}, 1 % masked: {seconds:.2f} s, ", end="")
    print(f"{same} of {outside} blocks outside have the same coefficients\n")


def cines(runs: int) -> None:
    """512 x 512 x 100, 1 % of every frame: native beside a copy, encoded beside its codec."""
    rows = columns = 512
    frames = [picture(rows, columns, n % 5) for n in range(100)]
    value = b"".join(values.tobytes() for values in frames)
    native = part10(image(value, rows, columns, x00280008=("IS", b"100 ")))
    region = Region(10, 10, 52, 50)
    print("| cine 512 x 512 x 100, 1 % masked | seconds | beside | seconds | x | x, processor |")
    print("|---|--:|---|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in"), Path(folder, "out")
        source.write_bytes(native)
        turns = partial(copied, source, target), partial(written, source, target, region)
        line("native, file to file", "a copy", side_by_side(turns, 5 * runs))
    for name, uid, coded in encoded(frames):
        data = file_of(coded, uid, rows, columns)
        again = partial(recoded, coded, described(data))
        best = side_by_side((again, partial(masked, data, region)), runs)
        line(name, "decoding and encoding", best)


def encoded(frames: list[NDArray[np.uint8]]) -> Iterator[tuple[str, str, list[bytes]]]:
    """Name, transfer syntax and codestreams of a cine in each codec that is lossless."""
    empty = described(file_of([b"\0\0"], "5", *frames[0].shape))
    yield "RLE", "5", [encode(values, b"", empty) for values in frames]
    coders = (
        ("JPEG Lossless", "4.70", jpeg_lossless(1)),
        ("JPEG-LS", "4.80", jpegls()),
        ("JPEG 2000", "4.90", jpeg2000()),
        ("HTJ2K", "4.201", htj2k()),
    )
    for name, uid, coder in coders:
        yield name, uid, [coder(values, 8) for values in frames]


def recoded(coded: list[bytes], d: PixelDescription) -> None:
    """Every frame decoded and encoded again, one after the other."""
    for data in coded:
        encode(decode_coded(data, d), data, d)


def copied(source: Path, target: Path) -> None:
    """A copy, and away with it."""
    shutil.copyfile(source, target)
    target.unlink()


def written(source: Path, target: Path, region: Region) -> None:
    """A masked copy, and away with it."""
    with source.open("rb") as file:
        scanned = scan(FileSource(file.fileno()))
        found = mask(scanned, [region])
        write_file(scanned.original, segments(scanned, found.edits, found.insertions), target)
    target.unlink()


def side_by_side(turns: Sequence[Callable[[], object]], runs: int) -> list[tuple[float, float]]:
    """Wall and processor seconds of each, the least of runs that take turns."""
    best = [(float("inf"), float("inf"))] * len(turns)
    for _ in range(runs):
        for n, turn in enumerate(turns):
            started = time.perf_counter(), time.process_time()
            turn()
            wall, processor = time.perf_counter() - started[0], time.process_time() - started[1]
            best[n] = min(best[n][0], wall), min(best[n][1], processor)
    return best


def line(name: str, beside: str, best: list[tuple[float, float]]) -> None:
    """One row of the table of cines."""
    (other, other_processor), (ours, processor) = best
    print(
        f"| {name} | {ours:.3f} | {beside} | {other:.3f} | {ours / other:.2f} "
        f"| {processor / other_processor:.2f} |"
    )


if __name__ == "__main__":
    main()
