"""The command line: paths, options, exit codes.

Strategy: it reads arguments, opens files and prints; every decision is the engine's.
What may hold a patient's value goes to standard output only where the person asked to
see it (`inspect`); standard error gets one sentence a problem, without values and, unless
asked for, without file names, because logs travel. Commands import what they use when
they run, and only the one that was called is imported: that takes a quarter off the start.

Invariants: exit codes are 0 done, 1 usage, 2 an input refused, 3 unsafe; 141 where nobody
reads what is said any more. The input is never written to. An output appears under its
final name only when it is complete.
"""

from __future__ import annotations

import gc
import sys
from importlib import import_module

import click

from dicomanon import __version__, data
from dicomanon.cli.common import DONE, REFUSED, USAGE, exit_code, to_install
from dicomanon.cli.streams import guard
from dicomanon.errors import DicomanonError

COMMANDS = {
    "anonymize": "anonymize",
    "detect": "detect",
    "diff": "diff",
    "inspect": "inspect",
    "key": "keys",
    "presets": "presets",
    "report": "report",
    "review": "review",
    "score": "score",
    "synth": "synth",
    "verify": "verify",
    "watch": "watch",
}
"""Each command, and the module that has it."""


def main() -> None:
    """Run the command line and exit with its code."""
    guard()
    code = _code()
    sys.stdout.flush()
    gc.freeze()  # or the interpreter looks through everything once more, for 10 ms
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


class _Commands(click.Group):
    """The table of commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """All names, in order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """A command by name, imported."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"{__name__}.{COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(
    __version__, prog_name="dicomanon", message=f"%(prog)s %(version)s, PS3.15 {data.EDITION}"
)
def cli() -> None:
    """De-identify DICOM files on this machine."""
