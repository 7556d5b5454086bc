"""What the person chose on the page, as the engine's own types.

Invariants: a choice that cannot be is a ProfileError with its place, never a guess.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from dicomanon.policy.action import Action
from dicomanon.policy.profile import Override, Profile, profile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dicomanon.pixels.region import Region
    from dicomanon.verify.finding import Accepted

    Body = dict[str, Any]


_OF_PROFILE = ("preset", "profile", "options", "overrides")


def overrides(choices: Body) -> tuple[Override, ...]:
    """The decisions made by hand, in their order."""
    given = choices["overrides"]
    return tuple(Override(o["target"], Action(o["action"]), o.get("value") or "") for o in given)


def profile_of(choices: Body) -> Profile:
    """The preset of the page or the person's own, with everything chosen on top.

    Of many files each brings the same choices: the last ones are remembered as their JSON.
    """
    return _profile(json.dumps({name: choices.get(name) for name in _OF_PROFILE}))


@lru_cache(maxsize=4)
def _profile(chosen: str) -> Profile:
    choices = json.loads(chosen)
    own, made, options = choices["profile"], overrides(choices), choices["options"]
    if own is None:
        return profile(choices["preset"], made, options or ())
    from dicomanon.policy.preset import document, resolve  # noqa: PLC0415 - only own presets need it

    return resolve(document(own), overrides=made, options=options or ())


def regions(masks: Sequence[Body]) -> tuple[Region, ...]:
    """The ticked masks."""
    if not masks:
        return ()
    from dicomanon.pixels.region import Region  # noqa: PLC0415 - only masks need it

    return tuple(
        Region(
            mask["x"],
            mask["y"],
            mask["width"],
            mask["height"],
            None if mask["frames"] is None else tuple(mask["frames"]),
        )
        for mask in masks
    )


def accepted(choices: Body) -> Accepted | None:
    """The person's word on findings they were shown; raises ProfileError without a reason."""
    given = choices.get("accepted")
    if given is None:
        return None
    from dicomanon.verify import finding  # noqa: PLC0415 - few findings are accepted

    places = frozenset((path, kind) for path, kind in given["places"])
    return finding.accepted(given["reason"], places)
