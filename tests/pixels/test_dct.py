"""Masks in the DCT domain: coefficients of other blocks stay to the bit, by a plain reader."""

from __future__ import annotations

import io
from typing import Any

import imagecodecs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dicomanon.errors import PixelError
from dicomanon.pixels.black import Black
from dicomanon.pixels.dct import mask_jpeg
from dicomanon.pixels.frame import PixelDescription
from dicomanon.pixels.huffman import Table
from dicomanon.pixels.recode import recode
from dicomanon.pixels.region import Region, frame_runs
from tests.pixels.plain_jpeg import Jpeg, Plane, read, segment, write
from tests.pixels.test_codec import description

MIDDLE = {8: 128, 12: 2048}


def described(jpeg: Jpeg, photometric: str = "") -> PixelDescription:
    kind = np.uint8 if jpeg.precision == 8 else np.uint16
    samples = len(jpeg.planes)
    shape = (jpeg.rows, jpeg.columns) if samples == 1 else (jpeg.rows, jpeg.columns, samples)
    name = photometric or ("MONOCHROME2" if samples == 1 else "YBR_FULL_422")
    more: Any = {"photometric": name}
    return description("jpeg", np.zeros(shape, kind), jpeg.precision, **more)


def masked(data: bytes, region: Region, jpeg: Jpeg, value: int = 0, name: str = "") -> bytes:
    (run,) = frame_runs([region], 1)
    black = Black((value,) * len(jpeg.planes), ())
    return mask_jpeg(data, described(jpeg, name), run.bands, black).data


def check(before: Jpeg, after: Jpeg, region: Region, black: tuple[int, ...]) -> int:
    """Every block of every component; how many are black by the mask."""
    across, down = before.most
    count = 0
    for old, new, value in zip(before.planes, after.planes, black, strict=True):
        high, wide = 8 * down // old.down, 8 * across // old.across
        bottom, right = region.y_px + region.height_px, region.x_px + region.width_px
        step = before.dc_steps[old.quantizer]
        wanted = (value - MIDDLE[before.precision]) * 8
        for y, row in enumerate(old.blocks):
            for x, block in enumerate(row):
                hit = (
                    y * high < (10**6 if bottom >= before.rows else bottom)
                    and (y + 1) * high > region.y_px
                    and x * wide < (10**6 if right >= before.columns else right)
                    and (x + 1) * wide > region.x_px
                )
                found = new.blocks[y][x]
                if not hit:
                    assert block == found
                    continue
                if any(found) or any(block):  # own scans do not code what only pads MCUs
                    assert not any(found[1:])
                    assert abs(found[0] * step - wanted) < step
                count += 1
    return count


@st.composite
def jpegs(draw: st.DrawFn) -> tuple[Jpeg, bytes]:
    """8 or 12 bits, one or three components, any sampling, restarts, one scan or several."""
    precision = draw(st.sampled_from([8, 12]))
    factors = draw(
        st.sampled_from(
            [[(1, 1)], [(2, 2)], [(1, 1)] * 3, [(2, 1), (1, 1), (1, 1)], [(2, 2), (1, 1), (1, 1)],
             [(4, 1), (1, 1), (1, 1)], [(2, 2), (2, 1), (1, 2)]]
        )
    )  # fmt: skip
    jpeg = Jpeg(
        process=0xC0 if precision == 8 else 0xC1,
        precision=precision,
        rows=draw(st.integers(1, 40)),
        columns=draw(st.integers(1, 40)),
        interval=draw(st.sampled_from([0, 1, 3, 10])),
        planes=[Plane(i + 1, h, v, i % 2) for i, (h, v) in enumerate(factors)],
        dc_steps={0: draw(st.integers(1, 40)), 1: draw(st.integers(1, 40))},
    )
    scans = [[n] for n in range(len(factors))]
    if len(factors) > 1 and draw(st.booleans()):
        scans = draw(st.sampled_from([[[0, 1, 2]], [[0], [1, 2]], [[0, 2], [1]]]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    most = 8 << precision - 5
    rows, columns = jpeg.units()
    chance = draw(st.sampled_from([0.0, 0.05, 0.5, 1.0]))
    alone = {scan[0] for scan in scans if len(scan) == 1}
    for n, p in enumerate(jpeg.planes):
        values = rng.integers(-60, 60, (rows * p.down, columns * p.across, 64))
        values[rng.random(values.shape) >= chance] = 0
        values[..., 0] = rng.integers(-most // 2, most // 2, values.shape[:2])
        if n in alone:
            high, wide = jpeg.own(p)
            values[high:], values[:, wide:] = 0, 0
        p.blocks = values.tolist()
    return jpeg, write(jpeg, scans)


@settings(max_examples=120)
@given(st.data())
def test_only_blocks_that_touch_the_mask_change(data: st.DataObject) -> None:
    """Coefficient by coefficient; tables have no code to spare, so longer ones are sent."""
    jpeg, coded = data.draw(jpegs())
    x = data.draw(st.integers(0, jpeg.columns - 1))
    y = data.draw(st.integers(0, jpeg.rows - 1))
    region = Region(
        x, y, data.draw(st.integers(1, jpeg.columns - x)), data.draw(st.integers(1, jpeg.rows - y))
    )
    top = 2 * MIDDLE[jpeg.precision] - 1
    value = data.draw(st.sampled_from([0, top, 37])) if len(jpeg.planes) == 1 else 0
    middle = MIDDLE[jpeg.precision]
    black = (value,) if len(jpeg.planes) == 1 else (0, middle, middle)
    after = read(masked(coded, region, jpeg, value))
    assert check(jpeg, after, region, black) > 0


@pytest.mark.parametrize(
    "way",
    [
        {"quality": 75},
        {"quality": 95, "subsampling": 0},
        {"quality": 60, "subsampling": 2, "optimize": True},
        {"quality": 80, "subsampling": 1, "restart_marker_blocks": 3},
        {"quality": 80, "subsampling": 2, "restart_marker_rows": 1},
        {"quality": 100, "subsampling": 0, "optimize": True},
    ],
)
@pytest.mark.parametrize("grey", [True, False])
def test_real_encoders(way: dict[str, Any], grey: bool) -> None:  # noqa: FBT001
    """Pillow's, that is libjpeg-turbo's, with its own tables, optimized ones and restarts."""
    rng = np.random.default_rng(5)
    y, x = np.mgrid[0:75, 0:101]
    wave = (np.sin(x / 7) * np.cos(y / 11) * 100 + 128)[..., None] + rng.normal(0, 9, (75, 101, 3))
    values = wave.clip(0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(values[..., 0] if grey else values).save(out, "JPEG", **way)
    before = read(out.getvalue())
    region = Region(30, 20, 41, 19)
    after = read(masked(out.getvalue(), region, before))
    check(before, after, region, (0,) if grey else (0, 128, 128))


@pytest.mark.parametrize(
    ("name", "black"), [("RGB", (0, 0, 0)), ("YBR_FULL", (0, 128, 128)), ("YBR_FULL_422", None)]
)
def test_black_by_what_the_components_are(name: str, black: tuple[int, ...] | None) -> None:
    """RGB where the photometric says so, or component names do; else luma and chroma."""
    values = np.full((16, 16, 3), 90, np.uint8)
    space: dict[str, Any] = (
        {"colorspace": "rgb", "outcolorspace": "rgb"} if name != "YBR_FULL" else {}
    )
    coded = bytes(imagecodecs.jpeg8_encode(values, level=90, **space))
    before = read(coded)
    region = Region(0, 0, 8, 8)
    check(before, read(masked(coded, region, before, name=name)), region, black or (0, 0, 0))


def test_what_could_hold_a_thumbnail_does_not_pass() -> None:
    """Only the segments that say what the components are stay in a masked frame."""
    out = io.BytesIO()
    thumbnail = segment(0xE1, b"Exif\0\0picture") + segment(0xFE, b"YAMADA^TARO")
    jfif = segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\1\1abc")
    Image.new("L", (16, 16), 99).save(out, "JPEG", quality=90)
    coded = out.getvalue()
    before = read(coded)
    after = masked(coded[:2] + jfif + thumbnail + coded[2:], Region(0, 0, 3, 3), before)
    assert b"YAMADA" not in after
    assert b"Exif" not in after
    assert b"abc" not in after
    assert after.count(b"JFIF") == 1


# -- refusals -----------------------------------------------------------------------------------


def refusal(coded: bytes, jpeg: Jpeg) -> str:
    (run,) = frame_runs([Region(1, 1, 5, 5)], 1)
    with pytest.raises(PixelError) as caught:
        recode(coded, described(jpeg), run.bands, Black((0,) * len(jpeg.planes), ()), "")
    return caught.value.code


def picture(**way: Any) -> bytes:  # noqa: ANN401 - Pillow's own
    out = io.BytesIO()
    rng = np.random.default_rng(7)
    Image.fromarray(rng.integers(0, 255, (40, 40), np.uint8)).save(out, "JPEG", **way)
    return out.getvalue()


def test_progressive_is_refused() -> None:
    """No transfer syntax of DICOM's table allows it."""
    assert refusal(picture(progressive=True), read(picture())) == "encapsulated_mask"


@pytest.mark.parametrize("process", [0xC9, 0xCA, 0xCD, 0xC5, 0xCB])
def test_arithmetic_and_hierarchical_are_refused(process: int) -> None:
    """By the frame's marker, before anything is decoded."""
    coded = picture().replace(b"\xff\xc0", bytes((0xFF, process)))
    assert refusal(coded, read(picture())) == "encapsulated_mask"


def test_a_broken_jpeg_is_refused() -> None:
    """Cut off anywhere, it is never written half masked."""
    coded = picture()
    jpeg = read(coded)
    for stop in range(4, len(coded) - 2, 97):
        assert refusal(coded[:stop], jpeg) == "codec"


@settings(max_examples=100)
@given(st.data())
def test_damage_is_masked_or_refused(data: st.DataObject) -> None:
    """One byte changed: black and the same outside, or PixelError; nothing else is raised."""
    coded = bytearray(picture(restart_marker_blocks=5))
    at = data.draw(st.integers(2, len(coded) - 1))
    coded[at] = data.draw(st.integers(0, 255))
    (run,) = frame_runs([Region(1, 1, 5, 5)], 1)
    d = described(read(picture()))
    try:
        made = recode(bytes(coded), d, run.bands, Black((0,), ()), "").data
    except PixelError:
        return
    assert not imagecodecs.jpeg8_decode(made)[1:6, 1:6].any()


def test_a_size_that_is_not_the_description_s_is_refused() -> None:
    """60,000 x 60,000 in the header, the attributes, or both: nothing is allocated."""
    coded = picture()
    huge = coded.replace(b"\0\x28\0\x28", b"\xea\x60\xea\x60")
    small = read(coded)
    assert refusal(huge, small) == "codec"
    small.rows = small.columns = 60000
    d = described(read(coded))
    values = {name: getattr(d, name) for name in d.__slots__}
    large = PixelDescription(**{**values, "rows_px": 60000, "columns_px": 60000})
    with pytest.raises(PixelError) as caught:
        recode(huge, large, (), Black((0,), ()), "")
    assert caught.value.code == "frame_size"


def test_a_table_without_room_for_black_is_refused() -> None:
    """Where 16 bits are used up there is no code left for what the image never had."""
    assert Table(b"\1" * 16, bytes(range(16))).extended(99) is None
    assert Table(b"\1" + bytes(15), b"\0").extended(99) is not None
    jpeg = Jpeg(0xC0, 8, 8, 8, planes=[Plane(1, 1, 1, 0, [[[5, *[1] * 63]]])], dc_steps={0: 1})
    coded = write(jpeg, [[0]], length=1)
    ac = segment(0xC4, b"\x10" + b"\1" + bytes(15) + b"\1")
    full = segment(0xC4, b"\x10" + b"\1" * 16 + bytes(range(1, 17)))
    assert refusal(coded.replace(ac, full), jpeg) == "encapsulated_mask"
