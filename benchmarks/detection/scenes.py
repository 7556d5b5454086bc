"""Made-up images with burned-in text, and where each string lies, to measure detection with.

Strategy: a seed gives everything. A background (slices, plain films, ultrasound sectors,
screens, and the images that pydicom ships) gets strings as devices and people burn them
in: names, dates and numbers in English and Japanese, 8 to 200 px high, of any contrast down
to 12 grey levels, some turned. Then it is stored with 8, 12 or 16 bits or in colour, as a DICOM
file, so that the whole way is measured.

What nobody can read is not burned in: strokes stand out from the ground by at least `LEGIBLE`
standard deviations of its grain, taken at the strokes' own width. Below 3 to 5 a person sees
no shape in noise (Rose's criterion); the lower end is taken, so that no more is drawn clearer
than must be. Slow shades and edges are no grain. `cleared` says which strings were.

Invariants: nobody real is named. The truth of a string is its glyphs' own pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    Rng = np.random.Generator
    Picture = NDArray[np.float32]

FONTS = {
    "en": [
        *Path("/usr/share/fonts/truetype/dejavu").glob("DejaVuSans*.ttf"),
        *Path("/usr/share/fonts/truetype/dejavu").glob("DejaVuSerif*.ttf"),
        Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    ],
    "ja": [
        Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
        Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc"),
        Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc"),
    ],
}
LARGEST_PX = 200
LEAST_CONTRAST = 12.0
LEGIBLE = 3.0
_STROKES = 10
"""Strokes are as wide as a string is high, divided by this."""
_OF_MEDIAN = 1.4826 / np.sqrt(2)
"""A normal deviation, of the median distance between two values."""
_MARGIN_PX = 3
_TRIES = 60


@dataclass(frozen=True, slots=True)
class Burned:
    """A string on a scene.

    glyphs: (rows, columns), true on its strokes; contrast: of its ink, in 256 levels;
    cleared: drawn with more than its lot, to be legible.
    """

    text: str
    language: str
    height_px: int
    turned_degrees: float
    contrast: float
    cleared: bool
    glyphs: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Scene:
    """A DICOM file and the strings burned into it; shown: (rows, columns, 3), for peers."""

    kind: str
    bits: int
    data: bytes
    shown: NDArray[np.uint8]
    strings: tuple[Burned, ...]


# -- what is written ------------------------------------------------------------------------

_LATIN = (
    "YAMADA TARO SATO HANAKO SUZUKI ICHIRO TANAKA SMITH JOHN MILLER ANNA GARCIA LEE WEBER".split()
)
_KANJI = "山田 佐藤 鈴木 高橋 田中 渡辺 伊藤 中村 小林 加藤 吉田 山本 斎藤 松本 井上".split()
_GIVEN = "太郎 花子 一郎 健 美咲 翔太 陽子 恵 直樹 由美 大輔 さくら".split()
_KANA = "ヤマダ サトウ スズキ タカハシ タナカ ワタナベ イトウ ナカムラ".split()
_KANA_GIVEN = "タロウ ハナコ イチロウ ミサキ ショウタ ヨウコ".split()
_HOSPITALS = ("General Hospital", "St. Mary Clinic", "Radiology Dept.", "City Medical Center")
_HOSPITALS_JA = ("中央病院", "市民病院", "大学病院 放射線科", "山田クリニック", "第二外来")
_ERAS = ("昭和", "平成", "令和", "S", "H", "R")


def _english(rng: Rng) -> str:
    day, month, year = rng.integers(1, 29), rng.integers(1, 13), rng.integers(1930, 2026)
    number = rng.integers(10_000, 99_999_999)
    last, first = rng.choice(_LATIN), rng.choice(_LATIN)
    forms = (
        f"{last}^{first}",
        f"{last}, {first}",
        f"{first.title()} {last.title()}",
        f"{last} {first} {'MF'[rng.integers(2)]}",
        f"ID: {number}",
        f"{number:08d}",
        f"MRN {number}",
        f"{year}-{month:02d}-{day:02d}",
        f"{month:02d}/{day:02d}/{year}",
        f"DOB {day:02d}.{month:02d}.{year}",
        f"{year}{month:02d}{day:02d} {rng.integers(24):02d}:{rng.integers(60):02d}",
        f"Acc {'ABCD'[rng.integers(4)]}{number}",
        str(rng.choice(_HOSPITALS)),
        f"Dr. {last.title()}",
    )
    return str(forms[rng.integers(len(forms))])


def _japanese(rng: Rng) -> str:
    day, month, year = rng.integers(1, 29), rng.integers(1, 13), rng.integers(1, 60)
    family, given = rng.choice(_KANJI), rng.choice(_GIVEN)
    forms = (
        f"{family} {given}",
        f"{family}{given}",
        f"{family}　{given} 様",
        f"{rng.choice(_KANA)} {rng.choice(_KANA_GIVEN)}",
        f"患者名 {family}{given}",
        f"氏名：{family} {given}",
        f"{rng.choice(_ERAS)}{year}年{month}月{day}日",
        f"{1930 + year}年{month}月{day}日生",
        f"生年月日 {1930 + year}/{month:02d}/{day:02d}",
        f"患者ID {rng.integers(100_000, 9_999_999)}",
        f"{rng.integers(1, 99)}歳 {'男女'[rng.integers(2)]}性",
        str(rng.choice(_HOSPITALS_JA)),
    )
    return str(forms[rng.integers(len(forms))])


_WRITERS: dict[str, Callable[[Rng], str]] = {"en": _english, "ja": _japanese}


# -- grounds: (rows, columns) or (rows, columns, 3), 0 to 255 --------------------------------


def _smooth(rng: Rng, rows: int, columns: int, cell: int) -> Picture:
    """Noise whose features are `cell` pixels wide, -1 to 1."""
    grid = rng.normal(size=(rows // cell + 2, columns // cell + 2)).astype(np.float32) / 2
    image = Image.fromarray(grid).resize((columns, rows), Image.Resampling.BICUBIC)
    return np.asarray(image, np.float32)


def _axes(rows: int, columns: int) -> tuple[Picture, Picture]:
    down, across = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j].astype(np.float32)
    return down, across


def _slice(rng: Rng, rows: int, columns: int) -> Picture:
    """A body on black with organs and noise, as in CT and MR."""
    down, across = _axes(rows, columns)
    picture = np.full((rows, columns), rng.uniform(0, 15), np.float32)
    for n in range(int(rng.integers(4, 14))):
        size = rng.uniform(0.55, 0.9) if n == 0 else rng.uniform(0.04, 0.35)
        x, y = (0.0, 0.0) if n == 0 else rng.uniform(-0.5, 0.5, 2)
        inside = ((across - x) / size) ** 2 + ((down - y) / (size * rng.uniform(0.5, 1))) ** 2 < 1
        picture[inside] = rng.uniform(40, 180) if n else rng.uniform(70, 130)
    picture += 12 * _smooth(rng, rows, columns, 24)
    return picture + rng.normal(0, rng.uniform(1, 10), (rows, columns)).astype(np.float32)


def _film(rng: Rng, rows: int, columns: int) -> Picture:
    """A plain film: slow shades, ribs, fine grain."""
    down, across = _axes(rows, columns)
    picture = 110 + 60 * _smooth(rng, rows, columns, 160) + 40 * across**2
    ribs = np.sin((down + 0.25 * across**2) * rng.uniform(12, 22) + rng.uniform(0, 6))
    picture += rng.uniform(5, 25) * ribs * (np.abs(across) > 0.15)  # noqa: PLR2004 - the spine
    if rng.random() < 0.5:  # noqa: PLR2004 - collimated, or not
        edge = rng.uniform(0.6, 0.9)
        picture[(np.abs(across) > edge) | (np.abs(down) > edge)] = rng.choice([2.0, 250.0])
    return picture + rng.normal(0, rng.uniform(0.5, 5), (rows, columns)).astype(np.float32)


def _sector(rng: Rng, rows: int, columns: int) -> Picture:
    """An ultrasound sector with speckle on black, a grey bar and marks of depth."""
    down, across = _axes(rows, columns)
    y = down + 1.1
    radius, angle = np.hypot(across, y), np.arctan2(across, y)
    inside = (radius > rng.uniform(0.2, 0.5)) & (radius < rng.uniform(1.6, 2.0))
    inside &= np.abs(angle) < rng.uniform(0.4, 0.8)
    tissue = 70 + 70 * _smooth(rng, rows, columns, 40)
    tissue = tissue * rng.gamma(2.0, 0.5, (rows, columns)).astype(np.float32)
    picture = np.where(inside, tissue, rng.uniform(0, 6)).astype(np.float32)
    bar = np.linspace(255, 0, rows // 3, dtype=np.float32)
    picture[rows // 6 : rows // 6 + len(bar), columns - 14 : columns - 6] = bar[:, None]
    picture[:: max(rows // 16, 8), columns - 22 : columns - 18] = 200
    return picture


def _doppler(rng: Rng, rows: int, columns: int) -> Picture:
    """A sector in colour with flow."""
    grey = _sector(rng, rows, columns)
    picture = np.repeat(grey[..., None], 3, axis=2)
    flow = 1.5 * _smooth(rng, rows, columns, 60)
    down, across = _axes(rows, columns)
    shown = (np.abs(across) < 0.25) & (np.abs(down) < 0.3) & (grey > 20)  # noqa: PLR2004
    strength = np.clip(np.abs(flow) - 0.2, 0, 1)[..., None] * shown[..., None]
    towards = np.array((230, 90, 20), np.float32), np.array((20, 90, 240), np.float32)
    colour = np.where(flow[..., None] > 0, *towards)
    mixed: Picture = (picture * (1 - strength) + colour * strength).astype(np.float32)
    return mixed


def _screen(rng: Rng, rows: int, columns: int) -> Picture:
    """A captured screen or a scanned sheet: flat areas and lines."""
    ground = rng.uniform(0, 255, 3) if rng.random() < 0.5 else rng.choice([8.0, 245.0])  # noqa: PLR2004
    picture = np.full((rows, columns, 3), ground, np.float32)
    for _ in range(int(rng.integers(1, 5))):
        x, y = rng.integers(0, columns - 40), rng.integers(0, rows - 40)
        w, h = rng.integers(30, columns // 2), rng.integers(30, rows // 2)
        picture[y : y + h, x : x + w] = rng.uniform(0, 255, 3)
    curve = (rows / 2 + rows / 6 * _smooth(rng, 4, columns, 12)[0]).astype(int)
    picture[np.clip(curve, 0, rows - 1), np.arange(columns)] = rng.uniform(0, 255, 3)
    return picture


_REAL_FILES = ("CT_small.dcm", "MR_small.dcm", "693_J2KI.dcm", "JPEG2000.dcm")


@cache
def _shipped(name: str) -> Picture:
    """The values of an image that pydicom ships."""
    values: Picture = dcmread(str(get_testdata_file(name))).pixel_array.astype(np.float32)
    return values


def _real(rng: Rng, rows: int, columns: int) -> Picture:
    """An image that pydicom ships, over its own range, in the scene's size."""
    values = _shipped(str(rng.choice(_REAL_FILES)))
    low, high = np.percentile(values, (0.5, 99.5))
    grey = np.clip((values - low) / (high - low) * 255, 0, 255)
    return np.asarray(Image.fromarray(grey).resize((columns, rows), Image.Resampling.BICUBIC))


GROUNDS: dict[str, Callable[[Rng, int, int], Picture]] = {
    "slice": _slice,
    "film": _film,
    "sector": _sector,
    "doppler": _doppler,
    "screen": _screen,
    "real": _real,
}


# -- burning in -----------------------------------------------------------------------------


def _glyphs(rng: Rng, text: str, language: str, height: int, turned: float) -> NDArray[np.uint8]:
    """A string's strokes as coverage, 0 to 255, cut to its own box; height: of its ink."""
    fonts = FONTS[language]
    path = str(fonts[rng.integers(len(fonts))])
    trial = ImageFont.truetype(path, 100).getbbox(text)
    font = ImageFont.truetype(path, round(height * 100 / (trial[3] - trial[1])))
    left, top, right, bottom = font.getbbox(text)
    image = Image.new("L", (int(right - left) + 2, int(bottom - top) + 2))
    ImageDraw.Draw(image).text((1 - left, 1 - top), text, fill=255, font=font)
    if turned:
        image = image.rotate(turned, Image.Resampling.BICUBIC, expand=True)
    box = image.getbbox()
    return np.asarray(image.crop(box))


def _turned(rng: Rng) -> float:
    """Mostly straight, some upright, a few slanted."""
    kind = rng.random()
    if kind < 0.8:  # noqa: PLR2004
        return 0.0
    if kind < 0.9:  # noqa: PLR2004
        return float(rng.choice([90.0, 270.0]))
    return float(rng.uniform(-15, 15) if kind < 0.97 else rng.uniform(-45, 45))  # noqa: PLR2004


def _height(rng: Rng) -> int:
    """Half of all strings below 25 px, a tenth above 80."""
    kind = rng.random()
    low, high = (8, 25) if kind < 0.5 else (25, 80) if kind < 0.9 else (80, LARGEST_PX)  # noqa: PLR2004
    return int(rng.integers(low, high + 1))


def _burn(rng: Rng, picture: Picture, taken: NDArray[np.bool_]) -> Burned | None:
    """Write one string where there is room; None if there is none."""
    language = "ja" if rng.random() < 0.4 else "en"  # noqa: PLR2004
    text, height, turned = _WRITERS[language](rng), _height(rng), _turned(rng)
    coverage = _glyphs(rng, text, language, height, turned)
    rows, columns = coverage.shape
    if rows >= picture.shape[0] or columns >= picture.shape[1]:
        return None
    for _ in range(_TRIES):
        y = int(rng.integers(0, picture.shape[0] - rows))
        x = int(rng.integers(0, picture.shape[1] - columns))
        margin = max(_MARGIN_PX, height // 2)
        around = (
            slice(max(y - margin, 0), y + rows + margin),
            slice(max(x - margin, 0), x + columns + margin),
        )
        here = (slice(y, y + rows), slice(x, x + columns))
        ink = None if taken[around].any() else _ink(rng, picture[here], coverage, height)
        if ink is not None:
            break
    else:
        return None
    colour, contrast, cleared = ink
    ground = picture[here]
    alpha = coverage[..., None] / 255 if ground.ndim == 3 else coverage / 255  # noqa: PLR2004
    picture[here] = ground * (1 - alpha) + colour * alpha
    taken[around] = True
    glyphs = np.zeros(taken.shape, np.bool_)
    glyphs[here] = coverage > 127  # noqa: PLR2004
    if not glyphs.any():
        return None
    return Burned(text, language, height, turned, contrast, cleared, glyphs)


def _ink(
    rng: Rng, ground: Picture, coverage: NDArray[np.uint8], height: int
) -> tuple[float, float, bool] | None:
    """A grey that can be read all over this ground, its contrast, and whether it was cleared.

    None if there is none.
    """
    grey = ground if ground.ndim == 2 else ground.mean(axis=2)  # noqa: PLR2004
    low, high, mean = float(np.percentile(grey, 2)), float(np.percentile(grey, 98)), grey.mean()
    contrast = max(LEAST_CONTRAST, float(grey.std())) + rng.random() ** 2 * 200
    strokes = coverage[coverage > 127].mean() / 255 if (coverage > 127).any() else 1.0  # noqa: PLR2004
    least = LEGIBLE * _grain(grey, max(1, round(height / _STROKES))) / strokes
    bright, dark = max(high + contrast, mean + least), min(low - contrast, mean - least)
    if bright <= 255 and (dark < 0 or rng.random() < 0.8):  # noqa: PLR2004
        return float(bright), float(bright - mean), bool(bright > high + contrast)
    return (float(dark), float(mean - dark), bool(dark < low - contrast)) if dark >= 0 else None


def _grain(grey: Picture, width: int) -> float:
    """The deviation of a ground's grain between squares so wide; slow shades and edges are none."""
    rows, columns = (size // width for size in grey.shape)
    if rows < 1 or columns < 2:  # noqa: PLR2004 - nothing to compare
        return 0.0
    squares = grey[: rows * width, : columns * width].reshape(rows, width, columns, width)
    return float(np.median(np.abs(np.diff(squares.mean(axis=(1, 3)), axis=1))) * _OF_MEDIAN)


# -- scenes ---------------------------------------------------------------------------------

_SIZES = (256, 384, 512, 768, 1024)
_BITS = (8, 12, 16)


def scenes(seed: int, numbers: Iterable[int], *, text: bool) -> Iterator[Scene]:
    """The scenes of a seed that have these numbers, with strings or without any."""
    for number in numbers:
        rng = np.random.default_rng((seed, int(text), number))
        kind = list(GROUNDS)[number % len(GROUNDS)]
        rows, columns = (int(size) for size in rng.choice(_SIZES, 2))
        picture = np.clip(GROUNDS[kind](rng, rows, columns), 0, 255).astype(np.float32)
        taken = np.zeros((rows, columns), np.bool_)
        wanted = int(rng.integers(2, 7)) if text else 0
        strings = [_burn(rng, picture, taken) for _ in range(wanted)]
        bits = 8 if picture.ndim == 3 else _BITS[number // len(GROUNDS) % len(_BITS)]  # noqa: PLR2004
        shown = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
        yield Scene(
            kind,
            bits,
            file_of(picture, bits),
            shown if shown.ndim == 3 else np.repeat(shown[..., None], 3, axis=2),  # noqa: PLR2004
            tuple(string for string in strings if string is not None),
        )


def file_of(picture: Picture, bits: int) -> bytes:
    """The picture as a DICOM file; its least and greatest value need not fill the range."""
    values = np.rint(np.clip(picture, 0, 255) / 255 * ((1 << bits) - 1))
    data_set: Any = Dataset()
    data_set.file_meta = FileMetaDataset()
    data_set.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data_set.file_meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    data_set.file_meta.MediaStorageSOPInstanceUID = "2.25.1"
    data_set.SOPClassUID, data_set.SOPInstanceUID = SecondaryCaptureImageStorage, "2.25.1"
    data_set.Modality = "OT"
    data_set.Rows, data_set.Columns = picture.shape[:2]
    data_set.SamplesPerPixel = 3 if picture.ndim == 3 else 1  # noqa: PLR2004
    data_set.PhotometricInterpretation = "RGB" if picture.ndim == 3 else "MONOCHROME2"  # noqa: PLR2004
    if picture.ndim == 3:  # noqa: PLR2004
        data_set.PlanarConfiguration = 0
    data_set.BitsAllocated = 8 if bits == 8 else 16  # noqa: PLR2004
    data_set.BitsStored, data_set.HighBit, data_set.PixelRepresentation = bits, bits - 1, 0
    kind = np.uint8 if bits == 8 else np.uint16  # noqa: PLR2004
    pixels = values.astype(kind).tobytes()
    data_set.PixelData = pixels + b"\0" * (len(pixels) % 2)
    stream = BytesIO()
    data_set.save_as(stream, enforce_file_format=True)
    return stream.getvalue()
