"""What holds for every test.

Invariants: how busy the machine is decides nothing: no example of a property has a deadline.
A test that hangs ends, with a trace of every thread (`faulthandler_timeout` in pyproject.toml).
"""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
