"""De-identify DICOM instances: one engine for the browser tab and the command line.

    result = dicomanon.anonymize("image.dcm", "research", key)
    result.save("anonymized.dcm")

    for done in dicomanon.anonymize_many(["archive"], "research", key, output="out", workers=4):
        print(done.number, done.name or done.error)

Invariants: importing `dicomanon` itself costs nothing; what the names below stand for is
imported when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dicomanon.api import Anonymized, anonymize, anonymize_many
    from dicomanon.batch.run import Done
    from dicomanon.policy.key import Key
    from dicomanon.policy.profile import Profile

__version__ = "0.1.0"
__all__ = ["Anonymized", "Done", "Key", "Profile", "anonymize", "anonymize_many"]

_HOMES = {
    "Anonymized": "dicomanon.api",
    "anonymize": "dicomanon.api",
    "anonymize_many": "dicomanon.api",
    "Done": "dicomanon.batch.run",
    "Key": "dicomanon.policy.key",
    "Profile": "dicomanon.policy.profile",
}


def __getattr__(name: str) -> object:
    """A public name from where it lives."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(name)
    from importlib import import_module  # noqa: PLC0415 - as the names themselves

    found = globals()[name] = getattr(import_module(home), name)
    return found
