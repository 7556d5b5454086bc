"""Help in sections: a command of many options shows them by what they are about.

Strategy: one table from section to the parameters in it, in the order they are shown, so
that commands which share options share their places too.

Invariants: every option is shown once; one that the table does not know stands last.
"""

from __future__ import annotations

import click

SECTIONS: dict[str, tuple[str, ...]] = {
    "Where to": ("output", "template", "zip_phrase_file", "dry_run", "describe"),
    "Elements": ("preset", "options", "settings", "strict_text", "private_file"),
    "Key and IDs": (
        "key_file",
        "phrase_file",
        "lookup_file",
        "unknown_patients",
        "crosswalk",
        "seal_crosswalk",
        "crosswalk_phrase_file",
    ),
    "Pixels": (
        "masks",
        "unmaskable",
        "mask_text",
        "effort",
        "every_frame",
        "mask_devices",
        "mask_template_files",
        "refuse_burned_in",
        "looked_at",
    ),
    "Check and report": ("no_verify", "accept_findings", "report", "quarantine"),
    "The run": ("workers", "on_error", "redo", "two_pass", "settle_seconds", "scheduler"),
    "Messages": ("as_json", "show_names"),
}
OTHERS = "Others"


class Sectioned(click.Command):
    """A command whose help has a heading for each kind of option."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under their headings."""
        records = {
            parameter.name or "": record
            for parameter in self.get_params(ctx)
            if isinstance(parameter, click.Option)
            and (record := parameter.get_help_record(ctx)) is not None
        }
        for heading, names in SECTIONS.items():
            shown = [records.pop(name) for name in names if name in records]
            if shown:
                with formatter.section(heading):
                    formatter.write_dl(shown)
        with formatter.section(OTHERS):
            formatter.write_dl(list(records.values()))
