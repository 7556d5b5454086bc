"""onnxruntime-web as a classic script: its pinned module, less what only a module may say.

Strategy: a worker that starts from a blob on a disk cannot be a module in every browser, so
the module's last word, its exports, becomes an object of the worker. Where the module says its
own address, to start its threads, stands the address of the worker, whose script it is part of.

Invariants: each edit applies to exactly one place, or the build stops.
"""

from __future__ import annotations

import re

from webbuild.fetch import BuildError

# The names under which the module exports what networks.js uses.
EXPORTS = re.compile(r"export\{([^}]*)\};")
USED = ("InferenceSession", "Tensor", "env")
SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)
# A blob's address: nothing lies beside it that could be looked for.
OWN_ADDRESS, WORKER_ADDRESS = "import.meta.url", "self.location.href"


def classic(module: str) -> str:
    """Return the module as a script that makes `self.ort`. Raises: BuildError if it changed."""
    found = EXPORTS.findall(module)
    if len(found) != 1:
        message = "onnxruntime-web no longer ends in one list of exports"
        raise BuildError(message)
    local = dict(reversed(pair.split(" as ")) for pair in found[0].split(","))
    members = ",".join(f"{name}:{local[name]}" for name in USED)
    script = EXPORTS.sub(lambda _: f"self.ort={{{members}}};", module)
    script = SOURCE_MAP.sub("", script).replace(OWN_ADDRESS, WORKER_ADDRESS)
    return f"(()=>{{{script}}})();\n"
