"""pydicom without what it decodes pixels with, for processes that are ours alone.

Strategy: the check reads headers; numpy, Pillow and the decoders that pydicom imports when
they are there take longer than all it does. They are hidden while it is imported.

Invariants: nothing stays hidden. Where pydicom is imported already, or may be wanted whole
by others (a library's caller), this does nothing or is not called.
"""

from __future__ import annotations

import sys

HIDDEN = ("numpy", "PIL", "requests", "gdcm", "pylibjpeg", "libjpeg", "openjpeg", "rle", "jpeg_ls")


def import_pydicom() -> None:
    """Import pydicom as if it were installed alone; call it in a process of ours only."""
    if "pydicom" in sys.modules:
        return
    hidden = [name for name in HIDDEN if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: as if not installed
    try:
        import pydicom  # noqa: F401, PLC0415 - the point
    finally:
        for name in hidden:
            del sys.modules[name]
