"""The command line: paths, options, exit codes.

Strategy: it reads arguments, opens files and prints; every decision is the engine's.
What may hold a patient's value goes to standard output only where the person asked to
see it (`inspect`); standard error gets one sentence a problem, without values and, unless
asked for, without file names, because logs travel. Commands import what they use when
they run, so that `--help` is quick.

Invariants: exit codes are 0 done, 1 usage, 2 an input refused, 3 unsafe; 141 where nobody
reads what is said any more. The input is never written to. An output appears under its
final name only when it is complete.
"""

from __future__ import annotations

import sys

import click

from dicomanon import __version__, data
from dicomanon.cli.anonymize import anonymize
from dicomanon.cli.common import DONE, REFUSED, USAGE, exit_code, to_install
from dicomanon.cli.detect import detect
from dicomanon.cli.diff import diff
from dicomanon.cli.inspect import inspect
from dicomanon.cli.keys import key
from dicomanon.cli.presets import presets
from dicomanon.cli.report import report
from dicomanon.cli.review import review
from dicomanon.cli.score import score
from dicomanon.cli.streams import guard
from dicomanon.cli.synth import synth
from dicomanon.cli.verify import verify
from dicomanon.cli.watch import watch
from dicomanon.errors import DicomanonError


def main() -> None:
    """Run the command line and exit with its code."""
    guard()
    code = _code()
    sys.stdout.flush()
    sys.exit(code)


def _code() -> int:
    """Run the command line; its exit code."""
    try:
        return int(cli.main(standalone_mode=False) or DONE)
    except click.exceptions.Abort:
        return USAGE
    except click.ClickException as error:
        error.show()
        return USAGE
    except DicomanonError as error:
        click.echo(f"dicomanon: {error}", err=True)
        return exit_code(error)
    except OSError as error:
        click.echo(f"dicomanon: {error.strerror}", err=True)
        return REFUSED
    except ImportError as error:
        package = to_install(error)
        if not package:
            raise
        click.echo(f"dicomanon: That needs more: pip install '{package}'.", err=True)
        return USAGE


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(
    __version__, prog_name="dicomanon", message=f"%(prog)s %(version)s, PS3.15 {data.EDITION}"
)
def cli() -> None:
    """De-identify DICOM files on this machine."""


for command in (
    inspect,
    detect,
    anonymize,
    watch,
    verify,
    diff,
    review,
    report,
    key,
    presets,
    score,
    synth,
):
    cli.add_command(command)
