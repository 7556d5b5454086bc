"""What the second reader's import costs, and that it leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys


def said(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return done.stdout.split()


def test_numpy_stays_out_and_can_come_in() -> None:
    """The reader comes without it; whoever wants it afterwards gets it."""
    code = (
        "import sys; from dicomanon.verify.lean import import_pydicom; import_pydicom();"
        "import dicomanon.verify.leak; print('numpy' in sys.modules, 'PIL' in sys.modules);"
        "import numpy, PIL.Image; print(numpy.arange(2).sum())"
    )
    assert said(code) == ["False", "False", "1"]


def test_what_is_there_is_left_alone() -> None:
    """Where pydicom is imported already it keeps its pixels."""
    code = (
        "import pydicom; from dicomanon.verify.lean import import_pydicom; import_pydicom();"
        "from pydicom import config; import sys; print(config.have_numpy, 'numpy' in sys.modules)"
    )
    assert said(code) == ["True", "True"]
