"""The programs we are measured against: pinned, installed apart, called as their manuals say.

Strategy: one table. PyPI peers get a virtual environment each under .cache/peers/;
Debian's come from the system. What cannot be installed stays in the table with the
reason, so that a missing peer is seen and never counted.

Invariants: no peer sees our packages or another's. Each gets one process for all
files, reads the same folder and writes into a fresh one on the same disk.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENTS = ROOT / ".cache" / "peers"

NINE_TAGS = (
    "0010,0010",  # Patient's Name
    "0010,0020",  # Patient ID
    "0010,0030",  # Patient's Birth Date
    "0008,0050",  # Accession Number
    "0008,0080",  # Institution Name
    "0008,0090",  # Referring Physician's Name
    "0008,1010",  # Station Name
    "0008,1070",  # Operators' Name
    "0020,0010",  # Study ID
)
UIDS = ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")

# dcmanon is a library without a command: this is its README's loop, one Anonymizer for all;
# a file that it refuses does not stop the others.
DCMANON_LOOP = """
import os, sys
from dcmanon import AnonymizationError, Anonymizer
source, target = sys.argv[1:]
anonymizer = Anonymizer()
for folder, _, names in os.walk(source):
    for name in names:
        try:
            anonymized = anonymizer.anonymize(os.path.join(folder, name))
        except AnonymizationError as error:
            print(error, file=sys.stderr)
            continue
        with open(os.path.join(target, name), "wb") as stream:
            stream.write(anonymized)
"""
# fw-file-rs is a library too, for headers: this is its README's way, the pixels behind as they are.
FW_FILE_LOOP = """
import os, sys
from fw_file_rs.dcm import Context
source, target, profile = sys.argv[1:]
context = Context().deid_profile(profile)
for folder, _, names in os.walk(source):
    for name in names:
        path = os.path.join(folder, name)
        header = context.read_until_pixels(path)
        with open(path, "rb") as stream:
            stream.seek(len(header))
            rest = stream.read()
        with open(os.path.join(target, name), "wb") as stream:
            stream.write(context.deid_header(header))
            stream.write(rest)
"""
FW_FILE_PROFILE = "\n".join(
    (
        "version: 1",
        "dicom:",
        "  recurse-sequence: true",
        "  remove-private-tags: true",
        "  fields:",
        *(f"  - name: '({tag})'\n    replace-with: ''" for tag in NINE_TAGS),
        *(f"  - name: {name}\n    hashuid: true" for name in UIDS),
    )
)
DICOGNITO = """
import shutil, sys
from dicognito.__main__ import main
source, target = sys.argv[1:]
shutil.copytree(source, target)
main(["--in-place", "--quiet", target])
"""
DEID = ("identifiers", "--action", "all", "--input")
GDCMANON = """
openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -out "$0" -days 2 -subj /CN=x
for file in "$1"/*
do gdcmanon --de-identify -c "$0" -i "$file" -o "$2/${{file##*/}}"
done
"""


class Program(NamedTuple):
    """A contender that is ready to run.

    command: its words, `{source}` and `{target}` stand for the folders; makes_target:
    whether it wants to make the target folder itself; does: what it does to a file.
    """

    name: str
    version: str
    command: tuple[str, ...]
    makes_target: bool
    does: str


class Missing(NamedTuple):
    """A contender that cannot run here, and why."""

    name: str
    reason: str


def ours(*more: str, verify: bool = True) -> Program:
    """Our command line as a person calls it, from the environment that runs the benchmark.

    more: further options; verify: with the leak check, which no peer makes of its own output.
    """
    script = Path(sys.executable).with_name("dicomanon")
    words = (str(script),) if script.exists() else (sys.executable, "-m", "dicomanon")
    version = _output(*words, "--version").split()[1].rstrip(",")
    command = (*words, "anonymize", "{source}", "-o", "{target}", "--preset", "research", *more)
    does = "all of Table E.1-1, sequences at every depth, private out, UIDs keyed"
    if verify:
        does += "; then searches each output for the source's identifiers"
    return Program(
        "dicomanon" if verify else "dicomanon --no-verify",
        version,
        command if verify else (*command, "--no-verify"),
        makes_target=True,
        does=does,
    )


def peers() -> list[Program | Missing]:
    """Every contender but ours, `cp -r` first."""
    return [
        _system(
            "cp -r", "cp", ("cp", "-r", "{source}", "{target}"), makes_target=True, does="copies"
        ),
        dcmanon(),
        _from_pypi(
            "fw-file-rs",
            "fw-file-rs==0.9.1",
            ("bin/python", "-c", FW_FILE_LOOP, "{source}", "{target}", FW_FILE_PROFILE),
            does="nine tags and four UIDs at every depth, private out",
        ),
        _from_pypi(
            "dicom-anonymizer",
            "dicom-anonymizer==2.1.0",
            ("bin/dicom-anonymizer", "{source}", "{target}"),
            does="all of Table E.1-1 (2024b), private out, UIDs random",
        ),
        _system(
            "gdcmanon --dumb",
            "gdcmanon",
            (
                *("gdcmanon", "--dumb", "--recursive", "-i", "{source}", "-o", "{target}"),
                *(word for tag in NINE_TAGS for word in ("--empty", tag)),
            ),
            does="empties nine tags at the top level, nothing else",
        ),
        _system(
            "cp -r + dcmodify",
            "dcmodify",
            # It only works in place, so the copy that keeps the source is part of its time.
            (
                *("sh", "-c", 'cp -r "$1" "$0" && shift && find "$0" -type f -exec "$@" {{}} +'),
                *("{target}", "{source}", "dcmodify", "--no-backup", "--ignore-missing-tags"),
                *(word for tag in NINE_TAGS for word in ("-ma", f"({tag})=")),
            ),
            makes_target=True,
            does="empties nine tags at every depth, nothing else",
        ),
    ]


def deidentifiers() -> list[Program | Missing]:
    """Peers in the mode that their manuals give for whole headers, names of files kept."""
    certificate = ENVIRONMENTS / "certificate.pem"
    return [
        _from_pypi(
            "dicom-anonymizer",
            "dicom-anonymizer==2.1.0",
            ("bin/dicom-anonymizer", "{source}", "{target}"),
            does="all of Table E.1-1 (2024b)",
        ),
        _from_pypi(
            "dicognito",
            "dicognito==0.19.0",
            # It names its outputs by their new UIDs, but for those that it changes in place.
            ("bin/python", "-c", DICOGNITO, "{source}", "{target}"),
            makes_target=True,
            does="its own list, in place on a copy",
        ),
        _from_pypi(
            "deid",
            "deid==0.4.13",
            ("bin/deid", "--outfolder", "{target}", *DEID, "{source}"),
            does="its default recipe",
        ),
        dcmanon(),
        _system(
            "gdcmanon",
            "gdcmanon",
            ("sh", "-c", GDCMANON, str(certificate), "{source}", "{target}"),
            # A file by itself: of a folder it leaves all after the first that it refuses.
            does="the Basic Profile, originals encrypted for a certificate",
        ),
    ]


def dcmanon() -> Program | Missing:
    """The Rust library with Python bindings, which has no command of its own."""
    return _from_pypi(
        "dcmanon",
        "dcmanon==0.3.1",
        ("bin/python", "-c", DCMANON_LOOP, "{source}", "{target}"),
        does="its own default tags, private out, UIDs hashed without a key",
    )


def _system(
    name: str, program: str, command: tuple[str, ...], *, makes_target: bool = False, does: str
) -> Program | Missing:
    if shutil.which(program) is None:
        return Missing(name, f"{program} is not installed")
    first = _output(program, "--version").splitlines()[0]
    version = next((word for word in first.split() if word.strip("v")[:1].isdigit()), "?")
    return Program(name, version.strip("v"), command, makes_target=makes_target, does=does)


def _from_pypi(
    name: str,
    requirement: str,
    command: tuple[str, ...],
    *,
    makes_target: bool = False,
    does: str,
) -> Program | Missing:
    """A peer in its own virtual environment, made once; command[0] is a path inside it."""
    folder = ENVIRONMENTS / requirement.replace("==", "-")
    stamp = folder / "installed"
    if not stamp.exists():
        venv.create(folder, with_pip=True, clear=True)
        pip = (folder / "bin/python", "-m", "pip", "--disable-pip-version-check", "install")
        done = subprocess.run(
            [*pip, "--quiet", "--only-binary=:all:", requirement],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            return Missing(name, (done.stderr.strip() or "pip failed").splitlines()[-1])
        stamp.touch()
    program, *words = command
    version = requirement.partition("==")[2]
    return Program(name, version, (str(folder / program), *words), makes_target, does)


def _output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
