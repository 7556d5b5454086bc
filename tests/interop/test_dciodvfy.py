"""The validator of dicom3tools finds nothing in an output that it did not find in the input.

Strategy: findings are compared without the values they quote and without the numbers of
items, as these differ on purpose. Errors and warnings both count, but for the warnings of
`ACCEPTED`, each of which is about something that the profile or the standard wants.
"""

from __future__ import annotations

import re
import subprocess
from functools import cache
from typing import TYPE_CHECKING

import pytest

from dicomanon.errors import UndecidedError
from dicomanon.policy.option import CONFLICTS, OPTIONS, UNCLAIMED
from dicomanon.policy.profile import Profile, profile
from tests import engine, pydicom_files

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_BYTES = 3_000_000
SECONDS = 20
PRINTED_BYTES = 300_000
FINDING = re.compile(r"(?:Error|Warning) - .*")
VALUE = re.compile(r"(?<=UID )[0-9.]+$|(?<=is not UCUM - is )\S+")
QUOTED = re.compile(r"\[[^\]]*\]|=? ?<[^>]*>?|(?<=-)\s*'[^']*'")
NAMES = re.compile(r"<(/?[A-Za-z][A-Za-z0-9/-]*(?: [A-Za-z0-9]+)*)>")
ALL_OPTIONS = [o for o in OPTIONS if o not in (CONFLICTS[0][0], *UNCLAIMED)]

ACCEPTED = (
    "needed to build DICOMDIR",  # attributes of Type 2 that the profile empties
    " PN ",  # of names of one component, which are valid: pseudonyms and dummies
    "Unrecognized defined term",  # in-hospital's stamp is a code of a scheme of our own
    "not present in standard DICOM IOD",  # the stamp, where the IOD has no patient
)
BROKEN = {"meta_missing_tsyntax.dcm", "nested_priv_SQ.dcm"}
"""Heads that the validator cannot read before they are put right."""
EVERY_OPTION = "every Option"
NO_PATIENT = "no_patient"
"""Dates are to be shifted, and nobody is named whose shift it would be: refused."""

PROFILES: dict[str, Profile] = {
    "basic": profile("basic"),
    "research": profile("research"),
    "in-hospital": profile("in-hospital"),
    EVERY_OPTION: profile("basic", options=ALL_OPTIONS),
}


@cache
def input_findings(path: Path) -> frozenset[str]:
    """What it says of an input, asked once."""
    return findings(path)


def findings(path: Path) -> frozenset[str]:
    """What dciodvfy says of a file."""
    command = f'timeout {SECONDS} dciodvfy "$1" 2>&1 | head -c {PRINTED_BYTES}'
    printed = subprocess.run(
        ["sh", "-c", command, "sh", str(path)], capture_output=True, check=True
    ).stdout.decode("latin-1")
    return frozenset(told(line) for line in FINDING.findall(printed))


def told(line: str) -> str:
    """A finding without values: names of attributes, modules and macros stay."""
    kept = NAMES.sub(lambda found: f"({found[1]})" if "=<" in line else found[0], line)
    return VALUE.sub("", QUOTED.sub("", kept))


FILES = [
    path
    for path in pydicom_files.whole_files()
    if path.stat().st_size <= LARGEST_BYTES and path.name not in BROKEN
]


@pytest.mark.parametrize("path", FILES, ids=pydicom_files.name)
def test_no_new_finding(path: Path, tmp_path: Path) -> None:
    """An output is as valid as its input, under every preset."""
    target = tmp_path / "output.dcm"
    new = {}
    for name, chosen in PROFILES.items():
        try:
            target.write_bytes(engine.anonymized(path.read_bytes(), chosen))
        except UndecidedError as error:
            assert (error.code, name) == (NO_PATIENT, EVERY_OPTION)  # noqa: PT017 - others go on
            continue
        found = findings(target) - input_findings(path)
        new[name] = {line for line in found if not any(each in line for each in ACCEPTED)}
    assert {name for name, found in new.items() if found} == set()
