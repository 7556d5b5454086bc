"""The border to JavaScript: requests come in as JSON and Files, answers go out as objects.

Invariants: the only module that imports `js` and `pyodide`. Errors leave as their code; an
unexpected exception leaves as its class name, never with a value.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dicomanon.dicom.segment import SourceRange
from dicomanon.errors import DicomanonError, MalformedError
from dicomanon.web.answer import NeedError, crash_body, error_body
from dicomanon.web.session import Session

if TYPE_CHECKING:
    from dicomanon.dicom.source import Source
    from dicomanon.web.answer import Body, Progress

_session = Session()


class JsFileSource:
    """A dropped File, read synchronously as a worker may."""

    def __init__(self, file: Any) -> None:  # noqa: ANN401 - a JsProxy
        from js import FileReaderSync  # noqa: PLC0415 - exists in a worker only

        self._file = file
        self._reader = FileReaderSync.new()
        self._size_bytes = int(file.size)

    @property
    def size_bytes(self) -> int:
        """The File's size."""
        return self._size_bytes

    def read(self, start: int, stop: int) -> bytes:
        """The bytes of the half-open range; raises MalformedError if it is not inside."""
        if not 0 <= start <= stop <= self._size_bytes:
            raise MalformedError("truncated", offset=start)
        buffer = self._reader.readAsArrayBuffer(self._file.slice(start, stop))
        raw: bytes = buffer.to_bytes()
        if len(raw) != stop - start:
            raise MalformedError("truncated", offset=start)
        return raw


def handle(kind: str, body_json: str, files: Any, progress: Any) -> Any:  # noqa: ANN401 - JsProxies
    """Answer one request of the page, as a JavaScript object.

    `{json, buffers, parts}`, `{need}` with packages to load before asking again, or
    `{error}`; files: an Array of Files; parts are Uint8Arrays and `[start, stop]` pairs.
    """
    from js import Object  # noqa: PLC0415 - exists in the page only
    from pyodide.ffi import to_js  # noqa: PLC0415

    sources: list[Source] = [JsFileSource(file) for file in files]
    answer = _answer(kind, json.loads(body_json), sources, progress)
    return to_js(answer, dict_converter=Object.fromEntries)


def _answer(kind: str, body: Body, sources: list[Source], progress: Progress) -> Body:
    try:
        answer = _session.handle(kind, body, sources, progress)
    except NeedError as need:
        return {"need": list(need.packages)}
    except DicomanonError as error:
        return {"error": error_body(error)}
    except Exception as error:  # noqa: BLE001 - the page must hear of every failure, by class only
        return {"error": crash_body(error)}
    parts = answer.parts
    return {
        "json": json.dumps(answer.body, ensure_ascii=False),
        "buffers": list(answer.buffers),
        "parts": None
        if parts is None
        else [list(part) if isinstance(part, SourceRange) else part for part in parts],
    }
