"""Answers as dicomanon.web does, and misbehaves on request.

Strategy: `value` names what to do in its `index`; each probe is one function.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import js
from pyodide.ffi import JsException, create_once_callable, to_js

WALLED = (
    "fetch",
    "XMLHttpRequest",
    "WebSocket",
    "EventSource",
    "WebTransport",
    "importScripts",
    "Worker",
    "BroadcastChannel",
)
STORES = ("indexedDB", "caches", "cookieStore")


def _answer(**fields: object) -> Any:  # noqa: ANN401 - a JavaScript object
    return to_js(fields, dict_converter=js.Object.fromEntries)


def _walls() -> dict[str, str]:
    """What each way out of the worker does when called, as a function and as a constructor."""
    found = {}
    for name in WALLED:
        door = getattr(js, name, None)
        for kind, call in (("", door), ("new ", getattr(door, "new", None))):
            try:
                call("/parts.js")  # type: ignore[misc]
                found[kind + name] = "open"
            except (JsException, TypeError) as error:
                found[kind + name] = type(error).__name__
    return found


def _stores() -> dict[str, str]:
    return {name: str(getattr(js, name, None)) for name in STORES}


def _codecs() -> dict[str, bool]:
    """Whether a frame survives each DICOM codec, there and back."""
    import imagecodecs  # noqa: PLC0415 - the packs come when they are asked for
    import numpy as np  # noqa: PLC0415

    frame = (np.arange(64 * 64, dtype=np.uint16) * 3).reshape(64, 64)
    lossless: dict[str, dict[str, Any]] = {
        "jpegls": {},
        "ljpeg": {},
        "htj2k": {},
        "jpeg2k": {"level": 0, "reversible": True},
        "jpegxl": {"lossless": True},
    }
    found = {}
    for name, options in lossless.items():
        coded = getattr(imagecodecs, f"{name}_encode")(frame, **options)
        found[name] = bool((getattr(imagecodecs, f"{name}_decode")(coded) == frame).all())
    eight = (frame // 256).astype(np.uint8)
    back = imagecodecs.jpeg8_decode(imagecodecs.jpeg8_encode(eight, 95))
    found["jpeg8"] = bool(np.abs(back.astype(int) - eight).max() < 8)
    found["dicomrle"] = callable(imagecodecs.dicomrle_decode)
    return found


def _secret() -> None:
    raise ValueError("山田^太郎")


def _hang() -> None:
    while True:
        pass


def _die() -> Any:  # noqa: ANN401 - JavaScript's object
    """Raise where nobody catches: in a timer, while this request waits for a pack."""
    js.setTimeout(create_once_callable(_secret), 0)
    return _answer(need=["pydicom"])


PROBES = {
    "walls": _walls,
    "stores": _stores,
    "codecs": _codecs,
    "secret": _secret,
    "hang": _hang,
}


def _probe(body: str, progress: Any) -> Any:  # noqa: ANN401 - JavaScript's function and object
    name = json.loads(body)["index"]
    if name == "die":
        return _die()
    if name == "codecs" and "/lib/numpy.zip" not in sys.path:
        return _answer(need=["numpy", "imagecodecs"])
    progress("read", 1, 2)
    return _answer(json=json.dumps(PROBES[name]()))


ANSWERS: dict[str, dict[str, Any]] = {
    "boot": {"json": '{"version": "probe", "edition": "probe"}'},
    "plan": {"error": {"code": "tag", "path": None, "offset": 7}},
    # A view into a larger buffer: only the view may travel.
    "frame": {"json": '{"width": 2}', "buffers": [memoryview(bytes(range(8)))[2:6]]},
    "save": {"json": '{"name": "a.dcm"}', "parts": [memoryview(b"new"), [2, 5]]},
}


def handle(kind: str, body: str, files: Any, _heads: Any, progress: Any) -> Any:  # noqa: ANN401 - see _probe
    """Answer one request of the worker."""
    if kind == "open":
        return _answer(json=json.dumps({"total_rows": files[0].size}))
    return _probe(body, progress) if kind == "value" else _answer(**ANSWERS[kind])
