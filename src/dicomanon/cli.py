"""The command line: paths, options, exit codes.

Strategy: it reads arguments, opens files and prints; every decision is the engine's.
What may hold a patient's value goes to standard output only where the person asked to
see it (`inspect`); standard error gets one sentence a problem, without values and, unless
asked for, without file names, because logs travel.

Invariants: exit codes are 0 done, 1 usage, 2 an input refused, 3 unsafe. The input is
never written to. An output appears under its final name only when it is complete.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from functools import cached_property
from io import TextIOWrapper
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from dicomanon import __version__
from dicomanon.errors import (
    SENTENCES,
    DicomanonError,
    InputError,
    NotDicomError,
    ProfileError,
    UnsafeError,
    UnsupportedError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dicomanon.anonymize import Result
    from dicomanon.dicom.instance import Place
    from dicomanon.pixels.region import Region
    from dicomanon.policy.decision import Plan
    from dicomanon.policy.key import Key
    from dicomanon.policy.profile import Profile

DONE, USAGE, REFUSED, UNSAFE = 0, 1, 2, 3
SKIPPED_IN_FOLDERS = (NotDicomError, UnsupportedError)
_WIDE = 200


class Input(NamedTuple):
    """A file to anonymize; named: by the person, and not found in a folder."""

    path: Path
    named: bool


def main() -> None:
    """Run the command line and exit with its code."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names of files may be no text
    try:
        sys.exit(cli.main(standalone_mode=False) or DONE)
    except click.exceptions.Abort:
        sys.exit(USAGE)
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE)
    except DicomanonError as error:
        click.echo(f"dicomanon: {error}", err=True)
        sys.exit(_code(error))
    except OSError as error:
        click.echo(f"dicomanon: {error.strerror}", err=True)
        sys.exit(REFUSED)


def _code(error: DicomanonError) -> int:
    if isinstance(error, UnsafeError):
        return UNSAFE
    return REFUSED if isinstance(error, InputError) else USAGE


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="dicomanon")
def cli() -> None:
    """De-identify DICOM files on this machine."""


# -- inspect ---------------------------------------------------------------------


@cli.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--all", "everything", is_flag=True, help="Every element, not only sensitive ones.")
def inspect(file: Path, *, as_json: bool, everything: bool) -> None:
    """Show what identifies the patient in FILE.

    Without --all: the elements of the sensitive tags that have a value, and private ones.
    """
    from dicomanon import overview  # noqa: PLC0415 - commands import what they use
    from dicomanon.dicom.scan import scan  # noqa: PLC0415
    from dicomanon.dicom.source import FileSource  # noqa: PLC0415

    with file.open("rb") as stream:
        instance = scan(FileSource(stream.fileno()))
        places = [p for p in instance.places() if everything or _is_sensitive(p)]
        if as_json:
            rows = [_described(place) for place in places]
            click.echo(json.dumps({"file": str(file), "elements": rows}, ensure_ascii=False))
        else:
            counted = overview.survey(instance)
            _print_facts(overview.facts(instance, counted), overview.warnings(instance, counted))
            _print_elements(places)
        if instance.truncated_at is not None:
            click.echo(f"dicomanon: {SENTENCES['truncated']}", err=True)


def _is_sensitive(place: Place) -> bool:
    from dicomanon.data import category_of  # noqa: PLC0415
    from dicomanon.dicom.tag import is_private  # noqa: PLC0415

    element = place.element
    if element.items is not None or not element.value_bytes:
        return False
    return is_private(element.tag) or bool(category_of(element.tag))


def _described(place: Place) -> dict[str, Any]:
    """One element as `--json` prints it; bulk values as their length, sequences as null."""
    from dicomanon.dicom.instance import UNDEFINED  # noqa: PLC0415

    element = place.element
    vr = place.context.vr(element)
    return {
        "path": str(place.path),
        "vr": vr,
        "length_bytes": UNDEFINED if element.undefined_length else element.value_bytes,
        "offset_bytes": element.value_start,
        "value": None if vr == "SQ" else _value(place),
    }


def _value(place: Place) -> str | int:
    try:
        text = place.context.text(place.element)
    except InputError:  # a binary value of the wrong length has no text
        text = None
    return place.element.value_bytes if text is None else text


def _name(tag: int) -> str:
    from dicomanon import data  # noqa: PLC0415

    entry = data.entry(tag)
    return entry.name if entry is not None else ""


def _print_facts(facts: Any, warnings: Sequence[Any]) -> None:  # noqa: ANN401 - NamedTuples of overview
    for name, value in facts._asdict().items():
        if value not in ("", 0):
            click.echo(f"{name.replace('_', ' '):>18}  {value}")
    for warning in warnings:
        details = "".join(f" {value}" for value in warning.data.values())
        click.echo(f"{warning.level:>18}! {warning.code.replace('_', ' ')}{details}")


def _table(titles: Sequence[str], rows: Iterator[Sequence[str]]) -> None:
    """Print a table: fitted to a terminal, at full width elsewhere."""
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - rich takes 50 ms to import
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(width=None if sys.stdout.isatty() else _WIDE, highlight=False)
    table = Table(*titles, box=SIMPLE_HEAD)
    for row in rows:
        table.add_row(*(Text(_printable(cell)) for cell in row))
    console.print(table)


def _printable(text: str) -> str:
    """Without control characters: a value must not steer the terminal."""
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def _print_elements(places: Sequence[Place]) -> None:
    _table(
        ("element", "VR", "name", "value"),
        (
            (
                str(place.path),
                place.context.vr(place.element),
                _name(place.element.tag),
                _shown(place),
            )
            for place in places
        ),
    )


def _shown(place: Place) -> str:
    if place.element.items is not None:
        return f"{len(place.element.items)} items"
    value = _value(place)
    return f"{value} bytes" if isinstance(value, int) else value


# -- anonymize -------------------------------------------------------------------


@cli.command()
@click.argument("sources", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), help="Folder.")
@click.option("--preset", default="research", show_default=True, help="research or in-hospital.")
@click.option(
    "--option",
    "options",
    multiple=True,
    metavar="NAME",
    help="An Option of PS3.15 Annex E, such as retain-uids or clean-descriptors; repeatable.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="TAG=ACTION[:VALUE]",
    help="Decide for a tag, keyword, path, category or `private`; repeatable, later ones win.",
)
@click.option(
    "--mask",
    "masks",
    multiple=True,
    metavar="X,Y,W,H[@FRAMES]",
    help="Black out a rectangle, in pixels from the top left; @3 or @2-7 for some frames.",
)
@click.option(
    "--key",
    "key_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Key file for the same pseudonyms in every run; without one, a random key per run.",
)
@click.option("--describe", is_flag=True, help="Show the plan and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line a file.")
@click.option("--show-names", is_flag=True, help="Name the files in messages; names may identify.")
def anonymize(  # noqa: PLR0913 - one parameter an option
    sources: tuple[Path, ...],
    *,
    output: Path | None,
    preset: str,
    options: tuple[str, ...],
    settings: tuple[str, ...],
    masks: tuple[str, ...],
    key_file: Path | None,
    describe: bool,
    as_json: bool,
    show_names: bool,
) -> int:
    """Anonymize SOURCES, files and folders, into a folder under neutral names."""
    from dicomanon.policy import key, profile  # noqa: PLC0415 - commands import what they use

    if output is None and not describe:
        raise click.MissingParameter(param_type="option", param_hint="-o FOLDER")
    chosen = profile.profile(preset, [_override(setting) for setting in settings], options)
    secret = (
        key.Key(secrets.token_bytes(key.SECRET_BYTES))
        if key_file is None
        else key.load_key(_key_text(key_file))
    )
    inputs = list(_inputs(sources, output))
    if output is not None and not describe:
        output.mkdir(parents=True, exist_ok=True)
    written_to = None if describe else output
    run = _Run(chosen, secret, _regions(masks), written_to, inputs, as_json=as_json)
    return run.all(show_names=show_names)


def _key_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ProfileError("key") from None


def _override(setting: str) -> Any:  # noqa: ANN401 - profile.Override, imported when used
    from dicomanon.policy.action import Action  # noqa: PLC0415
    from dicomanon.policy.profile import Override, target_of  # noqa: PLC0415

    target, equals, action = setting.partition("=")
    name, _, value = action.partition(":")
    if not equals or name not in list(Action):
        raise ProfileError("action")
    return Override(target_of(target), Action(name), value)


def _regions(masks: tuple[str, ...]) -> tuple[Region, ...]:
    if not masks:
        return ()
    from dicomanon.pixels.region import parse_region  # noqa: PLC0415

    return tuple(parse_region(mask) for mask in masks)


def _inputs(sources: Sequence[Path], output: Path | None) -> Iterator[Input]:
    """The files of all sources, folders in order of names; the output folder is none of them.

    Of a folder only what is a file: nobody named the pipes and dead links in it.
    """
    ours = output.resolve() if output is not None else None
    for source in sources:
        if not source.is_dir():
            yield Input(source, named=True)
            continue
        for folder, names, files in os.walk(source):
            names[:] = sorted(n for n in names if (Path(folder) / n).resolve() != ours)
            if Path(folder).resolve() == ours:
                continue
            found = (Path(folder) / file for file in sorted(files))
            yield from (Input(path, named=False) for path in found if path.is_file())


class _Run:
    """One call of `anonymize`: the same choices and key for every input."""

    def __init__(  # noqa: PLR0913 - one parameter a choice of the person
        self,
        profile: Profile,
        key: Key,
        regions: tuple[Region, ...],
        output: Path | None,
        inputs: Sequence[Input],
        *,
        as_json: bool,
    ) -> None:
        self._profile = profile
        self._key = key
        self._regions = regions
        self._output = output
        self._inputs = inputs
        self._as_json = as_json
        self._written: set[str] = set()

    def all(self, *, show_names: bool) -> int:
        """Every input in turn; one that is refused does not stop the others."""
        inputs = self._inputs
        code = DONE
        skipped = 0
        for number, item in enumerate(inputs, 1):
            try:
                self._one(number, item.path)
            except DicomanonError as error:
                skips = isinstance(error, SKIPPED_IN_FOLDERS) and not item.named
                skipped += skips
                code = max(code, DONE if skips else _code(error))
                self._failed(number, len(inputs), error, item.path if show_names else None)
        if not self._as_json and self._output is not None:
            click.echo(f"{len(self._written)} written, {len(inputs) - len(self._written)} not.")
        return code

    def _one(self, number: int, path: Path) -> None:
        from dicomanon.anonymize import anonymize as anonymize_one  # noqa: PLC0415
        from dicomanon.dicom.segment import write_file  # noqa: PLC0415
        from dicomanon.dicom.source import FileSource  # noqa: PLC0415

        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            source = FileSource(descriptor)
            result = anonymize_one(source, self._profile, self._key, self._regions)
            if self._output is None:
                self._describe(number, result)
                return
            target = self._target(result.file_stem)
            write_file(descriptor, result.segments, target)
        finally:
            os.close(descriptor)
        if self._as_json:
            click.echo(json.dumps({"input": number, "output": target.name, **_summary(result)}))

    def _target(self, stem: str) -> Path:
        """Where to write: a second instance of the same UID gets a number, inputs stay."""
        folder = self._output or Path()
        name = f"{stem}.dcm"
        for number in count(2):
            target = folder / name
            if name not in self._written and not self._is_input(target):
                break
            name = f"{stem}-{number}.dcm"
        self._written.add(name)
        return folder / name

    def _is_input(self, target: Path) -> bool:
        """Whether a file is one of the inputs, under whatever name."""
        return target.exists() and _identity(target) in self._input_files

    @cached_property
    def _input_files(self) -> set[tuple[int, int]]:
        return {_identity(item.path) for item in self._inputs}

    def _describe(self, number: int, result: Result) -> None:
        if self._as_json:
            plan = [_decided(row) for row in _plan_rows(result.plan)]
            click.echo(json.dumps({"input": number, **_summary(result), "plan": plan}))
            return
        _table(("element", "name", "action", "rule", "after"), _plan_rows(result.plan))

    def _failed(self, number: int, total: int, error: DicomanonError, path: Path | None) -> None:
        name = f" ({path})" if path is not None else ""
        click.echo(f"dicomanon: file {number} of {total}{name}: {error}", err=True)
        if self._as_json:
            place = None if error.path is None else str(error.path)
            click.echo(
                json.dumps(
                    {"input": number, "error": error.code, "path": place, "offset": error.offset}
                )
            )


def _identity(path: Path) -> tuple[int, int]:
    """What tells a file from all others, under whatever name."""
    status = path.stat()
    return status.st_dev, status.st_ino


def _summary(result: Result) -> dict[str, Any]:
    plan = result.plan
    return {
        "actions": plan.counts(),
        "masks": len(result.regions),
        "masked_frames": result.masked_frames,
        "preset": plan.profile.name,
    }


def _plan_rows(plan: Plan) -> Iterator[tuple[str, str, str, str, str]]:
    """The plan without any value of the source: what is kept is not printed."""
    from dicomanon.policy.action import Action  # noqa: PLC0415
    from dicomanon.policy.decision import after  # noqa: PLC0415

    for decision in plan.decisions():
        action = "remove" if decision.inside else str(decision.ruling.action)
        changes = decision.edit is not None and decision.ruling.action is not Action.KEEP
        written = after(decision) if changes and not decision.inside else ""
        yield (
            str(decision.path),
            _name(decision.element.tag),
            action,
            decision.ruling.rule,
            written,
        )


def _decided(row: tuple[str, str, str, str, str]) -> dict[str, str]:
    return dict(zip(("path", "name", "action", "rule", "after"), row, strict=True))


# -- key -------------------------------------------------------------------------


@cli.group()
def key() -> None:
    """Key files: the same pseudonyms in every run."""


@key.command()
@click.argument("file", type=click.Path(exists=False, path_type=Path))
def new(file: Path) -> None:
    """Write a new random key to FILE, readable by its owner only."""
    from dicomanon.policy.key import SECRET_BYTES, dump_key, load_key  # noqa: PLC0415

    text = dump_key(secrets.token_bytes(SECRET_BYTES))
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    click.echo(f"Key {load_key(text).fingerprint}")
