"""The person's choices: options of the command line as a profile and a key.

Strategy: a preset is one of ours or a file of the person's; what stands on the command
line comes on top of it. Files that a preset extends are found beside it.

Invariants: a file's place is an error's business only as the path of keys inside it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from dicomanon.cli.common import passphrase, read_text
from dicomanon.errors import ProfileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dicomanon.batch.find import Find
    from dicomanon.batch.task import Job
    from dicomanon.engine import Look
    from dicomanon.pixels.detect.find import Effort
    from dicomanon.pixels.detect.search import Which
    from dicomanon.pixels.region import Region
    from dicomanon.pixels.unmaskable import Unmaskable
    from dicomanon.policy.key import Key
    from dicomanon.policy.private_list import PrivateList
    from dicomanon.policy.profile import Override, Profile
    from dicomanon.verify.finding import Accepted


OPTIONS = click.option(
    "--option",
    "options",
    multiple=True,
    metavar="NAME",
    help="An Option of PS3.15 Annex E on top of the preset, such as retain-uids or "
    "clean-descriptors; repeatable.",
)
SETTINGS = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="TAG=ACTION[:VALUE]",
    help="On top of the preset, decide for a tag, keyword, path, category or `private`; "
    "repeatable, later ones win.",
)

UNMASKABLE = click.option(
    "--unmaskable",
    type=click.Choice(["refuse", "remove", "convert"]),
    default="refuse",
    show_default=True,
    help="What happens to compressed pixels that a mask cannot be burned into (video, "
    "progressive JPEG): refuse the file, remove its pixels, or convert them to uncompressed "
    "ones and mask those.",
)


def on_a_preset(preset: str | None, *tops: Sequence[str]) -> None:
    """Refuse what goes on top of a preset where none is named."""
    if any(tops) and preset is None:
        message = "--option and --set go with --preset"
        raise click.UsageError(message)


class Choices(NamedTuple):
    """What a person may choose about every output, as the command line has it."""

    preset: str = "research"
    options: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    masks: tuple[str, ...] = ()
    unmaskable: Unmaskable = "refuse"
    key_file: Path | None = None
    phrase_file: str | None = None
    lookup_file: Path | None = None
    unknown_patients: str = "refuse"
    private_file: Path | None = None
    no_verify: bool = False
    accept_findings: str | None = None
    strict_text: bool = False
    looked_at: bool = False
    refuse_burned_in: bool = False
    mask_devices: bool = False
    mask_template_files: tuple[Path, ...] = ()
    mask_text: Which | None = None
    effort: Effort = "normal"
    every_frame: bool = False


def job_of(chosen: Choices, template: str) -> Job:
    """The choices as a job that writes nowhere yet."""
    from dicomanon.batch.task import Job  # noqa: PLC0415 - commands import what they use
    from dicomanon.naming import checked_template  # noqa: PLC0415

    listed = _listed(chosen.private_file)
    base = profile_of(
        chosen.preset,
        chosen.settings,
        chosen.options,
        listed,
        strict=chosen.strict_text or None,
        wary=chosen.refuse_burned_in or None,
    )
    profile = _with_lookup(base, chosen.lookup_file, chosen.unknown_patients)
    regions = regions_of(chosen.masks)
    key = key_of(chosen.key_file, chosen.phrase_file)
    accepted = _accepted(chosen.accept_findings)
    return Job(
        profile,
        key,
        checked_template(template),
        regions,
        chosen.unmaskable,
        verify=not chosen.no_verify,
        accepted=accepted,
        looked_at=chosen.looked_at,
        find=_find(chosen, profile),
        left=_left(chosen),
    )


def _find(chosen: Choices, profile: Profile) -> Find | None:
    """What instances are searched for on top of the masks that are given."""
    if not (chosen.mask_devices or chosen.mask_template_files or chosen.mask_text):
        return None
    from dicomanon.batch.find import Find  # noqa: PLC0415 - commands import what they use
    from dicomanon.pixels.template import catalogue, read_templates  # noqa: PLC0415

    own = [read_text(file, "mask_templates") for file in chosen.mask_template_files]
    templates = [template for text in own for template in read_templates(text)]
    if chosen.mask_devices:
        templates.extend(catalogue())
    return Find(
        tuple(templates),
        chosen.mask_text,
        chosen.effort,
        chosen.every_frame,
        chosen.looked_at,
        chosen.unmaskable == "remove",
        _overlays_stay(profile),
    )


def _overlays_stay(profile: Profile) -> bool:
    """Whether a profile may leave an overlay: then its text has to be masked."""
    from dicomanon.policy.action import Action  # noqa: PLC0415
    from dicomanon.policy.ruling import OVERLAY_DATA  # noqa: PLC0415

    rulings = [of for tag, of in profile.tags.items() if tag & 0xFF00FFFF == OVERLAY_DATA]
    return not rulings or any(ruling.action is not Action.REMOVE for ruling in rulings)


def _left(chosen: Choices) -> Look | None:
    """The second search, where a first one found the text to mask."""
    if chosen.mask_text is None or chosen.no_verify:
        return None
    from dicomanon.batch.find import left_in  # noqa: PLC0415

    return left_in


def _accepted(reason: str | None) -> Accepted | None:
    if reason is None:
        return None
    from dicomanon.verify.finding import accepted  # noqa: PLC0415

    return accepted(reason)


def _listed(file: Path | None) -> PrivateList | None:
    if file is None:
        return None
    from dicomanon.policy.private_list import parse_private_list  # noqa: PLC0415

    return parse_private_list(read_text(file, "private_list"))


def _with_lookup(profile: Profile, file: Path | None, unknown: str) -> Profile:
    if file is None:
        return profile
    from dicomanon.policy.lookup import parse_lookup, with_lookup  # noqa: PLC0415

    text = read_text(file, "lookup")
    return with_lookup(profile, parse_lookup(text, refuse_unknown=unknown == "refuse"))


def profile_of(  # noqa: PLR0913 - one parameter a kind of choice
    preset: str,
    settings: Iterable[str] = (),
    options: Iterable[str] = (),
    listed: PrivateList | None = None,
    *,
    strict: bool | None = None,
    wary: bool | None = None,
) -> Profile:
    """The profile of a preset's name or file, with settings and Options on top.

    strict: whether cleaned texts keep only known words; wary: whether what may have burned-in
    text is refused unseen; None leaves it to the file.
    """
    from dicomanon.policy.preset import read, resolve  # noqa: PLC0415 - commands import what they use
    from dicomanon.policy.private_list import PrivateList  # noqa: PLC0415
    from dicomanon.policy.profile import PRESETS, Own, profile  # noqa: PLC0415

    listed = listed or PrivateList()
    overrides = [override_of(setting) for setting in settings]
    if preset in PRESETS:
        own = Own(listed=listed, strict=bool(strict), wary=bool(wary))
        return profile(preset, overrides, options, own)
    name, text = load_preset(preset, "")
    return resolve(
        read(text),
        load_preset,
        overrides,
        options,
        name=name,
        listed=listed,
        strict=strict,
        wary=wary,
    )


def load_preset(name: str, origin: str) -> tuple[str, str]:
    """A preset file's full path and text; a relative name is looked for beside its origin."""
    path = (Path(origin).parent / name).resolve() if origin else Path(name).resolve()
    if not path.is_file():
        raise ProfileError("preset")
    return str(path), read_text(path, "preset_form")


def override_of(setting: str) -> Override:
    """`TAG=ACTION[:VALUE]` as a choice."""
    from dicomanon.policy.action import Action  # noqa: PLC0415
    from dicomanon.policy.profile import Override, target_of  # noqa: PLC0415

    target, equals, action = setting.partition("=")
    name, _, value = action.partition(":")
    if not equals or name not in list(Action):
        raise ProfileError("action")
    return Override(target_of(target), Action(name), value)


def key_of(file: Path | None, phrase_file: str | None) -> Key:
    """The key in a file, unsealed where it must be; a random one without a file."""
    from dicomanon.policy import key  # noqa: PLC0415
    from dicomanon.policy.seal import is_sealed, unseal  # noqa: PLC0415

    if file is None:
        return key.Key(os.urandom(key.SECRET_BYTES))
    text = read_text(file, "key")
    if is_sealed(text):
        text = unseal(text, passphrase(phrase_file, new=False))
    return key.load_key(text)


def regions_of(masks: Sequence[str]) -> tuple[Region, ...]:
    """The masks as regions."""
    if not masks:
        return ()
    from dicomanon.pixels.region import parse_region  # noqa: PLC0415

    return tuple(parse_region(mask) for mask in masks)
