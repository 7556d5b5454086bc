"""One call of `anonymize`: the same choices and key for every input, one after the other.

Strategy: an input that is refused does not stop the others; what was done is one line an
input. The crosswalk hears only of what was written.

Invariants: an output appears under its final name only when it is complete; an input is
never written to. Messages hold no values and, unless asked for, no file names.
"""

from __future__ import annotations

import json
import os
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from dicomanon.cli.common import DONE, exit_code, name_of, print_table
from dicomanon.errors import DicomanonError, NotDicomError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dicomanon.anonymize import Result
    from dicomanon.pixels.region import Region
    from dicomanon.policy.crosswalk import Crosswalk
    from dicomanon.policy.decision import Plan
    from dicomanon.policy.key import Key
    from dicomanon.policy.profile import Profile

SKIPPED_IN_FOLDERS = (NotDicomError, UnsupportedError)


class Input(NamedTuple):
    """A file to anonymize; named: by the person, and not found in a folder."""

    path: Path
    named: bool


def inputs_of(sources: Sequence[Path], output: Path | None) -> Iterator[Input]:
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


class Run:
    """The choices and the key of one call, and what it wrote so far."""

    def __init__(  # noqa: PLR0913 - one parameter a choice of the person
        self,
        profile: Profile,
        key: Key,
        regions: tuple[Region, ...],
        output: Path | None,
        inputs: Sequence[Input],
        crosswalk: Crosswalk | None = None,
        *,
        as_json: bool,
        verify: bool,
    ) -> None:
        self._profile = profile
        self._key = key
        self._regions = regions
        self._output = output
        self._inputs = inputs
        self._crosswalk = crosswalk
        self._as_json = as_json
        self._verify = verify
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
                code = max(code, DONE if skips else exit_code(error))
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
            result = anonymize_one(
                source, self._profile, self._key, self._regions, verify=self._verify
            )
            if self._output is None:
                self._describe(number, result)
                return
            target = self._target(result.file_stem)
            write_file(descriptor, result.segments, target)
            if self._crosswalk is not None:
                self._crosswalk.add(result.plan)
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
        print_table(("element", "name", "action", "rule", "after"), _plan_rows(result.plan))

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
        "leak_check": "skipped" if result.findings is None else "passed",
        "weak_findings": len(result.findings or ()),
        "masks": len(result.regions),
        "masked_frames": result.masked_frames,
        "mask_change": result.mask_change,
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
            name_of(decision.element.tag),
            action,
            decision.ruling.rule,
            written,
        )


def _decided(row: tuple[str, str, str, str, str]) -> dict[str, str]:
    return dict(zip(("path", "name", "action", "rule", "after"), row, strict=True))
