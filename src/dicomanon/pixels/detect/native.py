"""The native host of the networks: onnxruntime. The only module that imports it.

Strategy: a session a network, made when it is first run and kept.

Invariants: nothing is fetched: a model that is not there is an error that says so.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from dicomanon.errors import ProfileError
from dicomanon.pixels.detect.models import model_file

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from dicomanon.pixels.detect.find import Inference, Network, Steps

T = TypeVar("T")


class StoppedError(Exception):
    """The person stopped a search."""


def drive(steps: Steps[T], stop: Callable[[], bool] = lambda: False) -> T:
    """Run a coroutine of inferences to its end; stop: asked before each of them.

    Raises:
        StoppedError: `stop` said so.
        ProfileError: `detect_models` or `detect_runtime`, a part of detection is not installed.
    """
    try:
        wanted = next(steps)
        while not stop():
            wanted = steps.send(infer(wanted))
    except StopIteration as end:
        result: T = end.value
        return result
    raise StoppedError


def infer(wanted: Inference) -> NDArray[np.float32]:
    """Run one network on one tensor; raises as `drive`."""
    session = _session(wanted.network)
    answer: NDArray[np.float32] = session.run(None, {session.get_inputs()[0].name: wanted.tensor})[
        0
    ]
    return answer


@cache
def _session(network: Network) -> Any:  # noqa: ANN401 - onnxruntime has no types
    try:
        import onnxruntime  # noqa: PLC0415 - an extra; loaded when text is looked for
    except ImportError:
        raise ProfileError("detect_runtime") from None
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # Threads that spin while they wait take processors from other workers.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(
        model_file(network), options, providers=["CPUExecutionProvider"]
    )
