"""`verify`: originals beside what was made of them, by whomever.

Strategy: two files are a pair; of folders the pairs are found by what de-identification
leaves alone (`verify.match`), or by a UID map. Each pair goes through the leak check. What
an output should be is its own stamps' to say, or the person's, by a preset.

Invariants: nothing is written. An output without its original is a strong finding, an
original without output a weak one. Originals are told by number, outputs by their names,
which are part of the release.
"""

from __future__ import annotations

import csv
import json
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from dicomanon.cli.choices import OPTIONS, SETTINGS, on_a_preset, profile_of, regions_of
from dicomanon.cli.common import DONE, UNSAFE, name_of, print_table, read_text
from dicomanon.errors import ProfileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dicomanon.dicom.source import Source
    from dicomanon.pixels.region import Region
    from dicomanon.policy.profile import Profile
    from dicomanon.verify.finding import Finding, Strength
    from dicomanon.verify.leak import Expectation
    from dicomanon.verify.match import Card, Matching
    from dicomanon.verify.structure import Instead

_PATH = click.Path(exists=True, path_type=Path)
_TITLES = ("output", "element", "name", "left", "of", "sure", "where")


class Verdict(NamedTuple):
    """What was found in a pair, or of one that has no partner.

    original, output: their places in order of names, None without one; name: the output's.
    """

    original: int | None
    output: int | None
    name: str
    findings: Sequence[Finding]


@click.command()
@click.argument("original", type=_PATH)
@click.argument("anonymized", type=_PATH)
@click.option(
    "--preset",
    metavar="NAME|FILE",
    help="What the output should be; without it, what its own stamps claim.",
)
@OPTIONS
@SETTINGS
@click.option(
    "--mask",
    "masks",
    multiple=True,
    metavar="X,Y,W,H[@FRAMES]",
    help="A rectangle that was blacked out; repeatable.",
)
@click.option(
    "--unmaskable",
    type=click.Choice(["remove", "convert"]),
    help="What may have become of compressed pixels that no mask could be burned into.",
)
@click.option(
    "--uid-map",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The crosswalk's uid.csv (id_old,id_new), so that pairs need not be found.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line a pair.")
def verify(  # noqa: PLR0913 - one parameter an option
    original: Path,
    anonymized: Path,
    *,
    preset: str | None,
    options: tuple[str, ...],
    settings: tuple[str, ...],
    masks: tuple[str, ...],
    unmaskable: Instead | None,
    uid_map: Path | None,
    as_json: bool,
) -> int:
    """Search ANONYMIZED for what identifies somebody in ORIGINAL.

    Each is a file or a folder. Ends with 3 if something is left for sure, or an output has no
    original.
    """
    from dicomanon.verify.lean import import_pydicom  # noqa: PLC0415 - commands import what they use

    import_pydicom()
    on_a_preset(preset, options, settings)
    chosen = None if preset is None else profile_of(preset, settings, options)
    known = {} if uid_map is None else _new_uids(read_text(uid_map, "uid_map"))
    wanted = partial(_wanted, chosen, regions_of(masks), unmaskable)
    rows: list[tuple[str, ...]] = []
    compared, strong, ambiguous = 0, False, False
    for verdict in _verdicts(original, anonymized, known, wanted):
        compared += None not in (verdict.original, verdict.output)
        strong = strong or any(finding.strength == "strong" for finding in verdict.findings)
        ambiguous = ambiguous or any(f.kind == "ambiguous" for f in verdict.findings)
        if as_json:
            click.echo(json.dumps(_plain(verdict)))
        else:
            rows.extend(_rows(verdict))
    if not as_json:
        if rows:
            print_table(_TITLES, rows)
        click.echo(f"{compared} compared, {len(rows)} findings.")
    if ambiguous:
        click.echo("dicomanon: what is ambiguous finds its original by --uid-map.", err=True)
    return UNSAFE if strong else DONE


def _new_uids(text: str) -> dict[str, str]:
    """The new UIDs of a crosswalk's `uid.csv`."""
    rows = list(csv.reader(text.removeprefix("\ufeff").splitlines()))
    if not rows or rows[0] != ["id_old", "id_new"] or any(len(row) != len(rows[0]) for row in rows):
        raise ProfileError("uid_map")
    return dict(rows[1:])


def _wanted(
    profile: Profile | None, masks: tuple[Region, ...], instead: Instead | None, name: str
) -> Expectation:
    from dicomanon.engine import expectation  # noqa: PLC0415 - commands import what they use
    from dicomanon.verify.leak import Expectation  # noqa: PLC0415

    if profile is None:
        return Expectation(masks=masks, output_name=name, instead=instead)
    return expectation(profile, masks, name, instead)


def _verdicts(
    original: Path,
    anonymized: Path,
    known: Mapping[str, str],
    wanted: Callable[[str], Expectation],
) -> Iterator[Verdict]:
    """Every pair, then what has no partner."""
    from dicomanon.verify.leak import find  # noqa: PLC0415 - commands import what they use

    originals, outputs = _Folder(original), _Folder(anonymized)
    matching = _matching(originals, outputs, known)
    for old, new in matching.pairs:
        name = outputs.name(new)
        with originals.opened(old) as one, outputs.opened(new) as other:
            yield Verdict(old, new, name, find(one, other, wanted(name)))
    for new in matching.outputs:
        kind = "ambiguous" if new in matching.ambiguous else "unmatched"
        yield Verdict(None, new, outputs.name(new), [_alone(kind, "strong")])
    for old in matching.originals:
        yield Verdict(old, None, "", [_alone("missing", "weak")])
    for new in outputs.others:
        yield Verdict(None, new, outputs.name(new), [_alone("not_dicom", "weak")])


def _matching(originals: _Folder, outputs: _Folder, known: Mapping[str, str]) -> Matching:
    """Two files are a pair, whatever they are."""
    from dicomanon.verify.match import Matching, match  # noqa: PLC0415

    if originals.path.is_file() and outputs.path.is_file():
        return Matching(((0, 0),), (), (), frozenset())
    before, after = originals.cards(), outputs.cards()
    found = match(list(before.values()), list(after.values()), known)
    old, new = list(before), list(after)
    return Matching(
        tuple((old[one], new[other]) for one, other in found.pairs),
        tuple(old[index] for index in found.originals),
        tuple(new[index] for index in found.outputs),
        frozenset(new[index] for index in found.ambiguous),
    )


class _Folder:
    """The files of a folder in order of their names, or one file; others: which are no DICOM."""

    def __init__(self, path: Path) -> None:
        self.path = path
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        self._files = [file for file in found if file.is_file()]
        self.others: list[int] = []

    def name(self, index: int) -> str:
        """A file's name below the folder."""
        file = self._files[index]
        return file.relative_to(self.path).as_posix() if self.path.is_dir() else file.name

    @contextmanager
    def opened(self, index: int) -> Iterator[Source]:
        """A file as a source."""
        from dicomanon.dicom.source import FileSource  # noqa: PLC0415

        with self._files[index].open("rb") as stream:
            yield FileSource(stream.fileno())

    def cards(self) -> dict[int, Card]:
        """The cards of the DICOM files, by index."""
        from dicomanon.verify.match import card  # noqa: PLC0415
        from dicomanon.verify.reader import read  # noqa: PLC0415
        from dicomanon.verify.reading import is_instance  # noqa: PLC0415

        cards = {}
        for index in range(len(self._files)):
            with self.opened(index) as source:
                reading = read(source)
                if is_instance(reading):
                    cards[index] = card(reading, cache(partial(self._pixel_digest, index)))
                else:
                    self.others.append(index)
        return cards

    def _pixel_digest(self, index: int) -> bytes:
        from dicomanon.verify.match import pixel_digest  # noqa: PLC0415
        from dicomanon.verify.reader import read  # noqa: PLC0415

        with self.opened(index) as source:
            return pixel_digest(read(source))


def _alone(kind: str, strength: Strength) -> Finding:
    from dicomanon.verify.finding import Finding  # noqa: PLC0415

    return Finding(None, kind, "", strength, "structure", None)


def _plain(verdict: Verdict) -> dict[str, object]:
    """The line of a pair: files by number from 1."""
    original, output, name, findings = verdict
    return {
        "original": None if original is None else original + 1,
        "output": None if output is None else output + 1,
        "name": name or None,
        "findings": [finding.plain() for finding in findings],
    }


def _rows(verdict: Verdict) -> Iterator[tuple[str, ...]]:
    """The findings of a pair as the table shows them."""
    number = "" if verdict.original is None else f"original {verdict.original + 1}"
    for finding in verdict.findings:
        yield (
            verdict.name or number,
            str(finding.path or ""),
            "" if finding.path is None else name_of(finding.path.tag),
            finding.kind.replace("_", " "),
            finding.category,
            finding.strength,
            finding.where.replace("_", " "),
        )
