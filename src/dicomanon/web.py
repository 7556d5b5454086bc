"""The worker's API: one open file, the person's choices, and answers as JSON.

Strategy: `handle` takes a request type and a JSON body as `web/protocol.js` types them
and returns JSON text, with pixels as bytes beside it and the output as Blob parts that
point into the dropped File. The instance and its last plan are kept, so a changed choice
answers with the rows that differ.

Invariants: the only module that imports `js` and `pyodide`. Errors leave as their code;
an unexpected exception leaves as its class name, never with a value. Numpy and the codecs
are asked for (`need`) before the code that imports them runs.
"""

from __future__ import annotations

import json
import secrets
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from dicomanon import __version__, data, overview, report, warmup
from dicomanon.anonymize import anonymize_instance
from dicomanon.dicom.instance import UNDEFINED
from dicomanon.dicom.scan import scan
from dicomanon.dicom.segment import SourceRange
from dicomanon.dicom.tag import is_private
from dicomanon.dicom.vr import VRS
from dicomanon.errors import (
    DicomanonError,
    MalformedError,
    NotDicomError,
    PixelError,
    ProfileError,
    UnsafeError,
)
from dicomanon.policy.action import Action
from dicomanon.policy.decision import Decision, after, value_text
from dicomanon.policy.key import SECRET_BYTES, Key, load_key
from dicomanon.policy.plan import plan
from dicomanon.policy.profile import Override, Profile, allowed, profile
from dicomanon.policy.stamp import STAMPS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dicomanon.dicom.instance import Instance
    from dicomanon.dicom.source import Source
    from dicomanon.pixels.region import Region

    Body = dict[str, Any]
    Progress = Callable[[str], None]

FIRST_ROWS = 200
SHOWN_CHARS = 256
WINDOW_BYTES = 1 << 18
_FILE_META_GROUP = 2


class Answer(NamedTuple):
    """body: JSON-ready; buffers: bytes beside it; parts: the output's segments."""

    body: Any
    buffers: tuple[bytes, ...] = ()
    parts: tuple[bytes | SourceRange, ...] | None = None


class NeedError(Exception):
    """A request needs packages that are not loaded yet."""

    def __init__(self, packages: tuple[str, ...]) -> None:
        self.packages = packages
        super().__init__(*packages)


def _require(*packages: str) -> None:
    """Ask the worker for packages before code that imports them runs."""
    missing = tuple(name for name in packages if name not in sys.modules)
    for name in missing:
        try:
            __import__(name)
        except ImportError:
            raise NeedError(missing) from None


class Session:
    """One tab: a key, at most one open file, its plan."""

    def __init__(self) -> None:
        self._key = Key(secrets.token_bytes(SECRET_BYTES))
        self._instance: Instance | None = None
        self._decisions: list[Decision] = []
        self._survey = overview.Survey()
        self._file_name = ""
        self._requests: dict[str, Callable[[Body, Progress], Answer]] = {
            "boot": self._boot,
            "rows": self._rows,
            "plan": self._replan,
            "value": self._value,
            "frame": self._frame,
            "save": self._save,
            "key": self._load_key,
            "preset": self._preset,
            "close": self._close,
        }

    def open(self, source: Source, name: str, body: Body, progress: Progress) -> Answer:
        """Scan a file and answer with facts, warnings and the first rows."""
        progress("read")
        instance = scan(source, WINDOW_BYTES)
        if instance.truncated_at is not None:
            raise MalformedError("truncated", offset=instance.truncated_at)
        survey = overview.survey(instance)
        progress("plan")
        decided = self._decided(instance, body["choices"])
        self._instance, self._file_name, self._survey = instance, name, survey
        self._decisions = decided
        return Answer(
            {
                "facts": self._facts(),
                "warnings": self._warnings(),
                "rows": [_row(i, d) for i, d in enumerate(self._decisions[:FIRST_ROWS])],
                "total_rows": len(self._decisions),
                "counts": self._counts(),
                "pixels": self._pixels(),
            }
        )

    def handle(self, kind: str, body: Body, progress: Progress) -> Answer:
        """Answer every request but `open`."""
        return self._requests[kind](body, progress)

    # -- requests ----------------------------------------------------------------

    def _boot(self, _body: Body, _progress: Progress) -> Answer:
        """Run once over a made-up instance, so that the first file opens as fast as the next."""
        choices = {"preset": "research", "overrides": [], "masks": []}
        Session().open(warmup.SOURCE, "", {"choices": choices}, lambda _stage: None)
        return Answer({"version": __version__, "edition": data.EDITION})

    def _rows(self, body: Body, _progress: Progress) -> Answer:
        start, stop = body["start"], body["stop"]
        chosen = self._decisions[start:stop]
        return Answer([_row(start + i, decision) for i, decision in enumerate(chosen)])

    def _replan(self, body: Body, progress: Progress) -> Answer:
        progress("plan")
        before = self._decisions
        self._decisions = self._decided(self._opened(), body["choices"])
        changes = [
            _change(index, new)
            for index, (old, new) in enumerate(zip(before, self._decisions, strict=True))
            if _differs(old, new)
        ]
        return Answer({"changes": changes, "counts": self._counts(), "warnings": self._warnings()})

    def _value(self, body: Body, _progress: Progress) -> Answer:
        decision = self._decisions[body["index"]]
        return Answer({"before": _before(decision), "after": after(decision)})

    def _frame(self, body: Body, progress: Progress) -> Answer:
        instance = self._opened()
        _require("numpy")
        from dicomanon.pixels.frame import describe  # noqa: PLC0415 - numpy on demand
        from dicomanon.pixels.render import render  # noqa: PLC0415

        description = describe(instance)
        if description is None:
            raise PixelError("no_pixels")
        if description.codec is not None:
            _require("imagecodecs")
        progress("read")
        window = body.get("window")
        rendered = render(
            instance,
            description,
            body["frame"],
            window=None if window is None else (window["center"], window["width"]),
        )
        used = rendered.window
        return Answer(
            {
                "width": rendered.width,
                "height": rendered.height,
                "window": None if used is None else {"center": used[0], "width": used[1]},
            },
            (rendered.rgba,),
        )

    def _save(self, body: Body, progress: Progress) -> Answer:
        choices = body["choices"]
        if choices["masks"]:
            progress("mask")
            if self._opened().transfer_syntax.codec is not None:
                _require("numpy", "imagecodecs")
        _require("pydicom")
        progress("check")
        result = anonymize_instance(
            self._opened(), _profile(choices), self._key, _regions(choices["masks"])
        )
        progress("write")
        counts = _counts(list(result.plan.decisions()))
        return Answer(
            {
                "name": f"{result.file_stem}.dcm",
                "report": report.text(result, self._key),
                "counts": counts,
                "masked_regions": len(result.regions),
                "masked_frames": result.masked_frames,
            },
            parts=tuple(result.segments),
        )

    def _load_key(self, body: Body, _progress: Progress) -> Answer:
        text = body["text"]
        self._key = Key(secrets.token_bytes(SECRET_BYTES)) if text is None else load_key(text)
        return Answer({"fingerprint": self._key.fingerprint})

    def _preset(self, body: Body, _progress: Progress) -> Answer:
        from dicomanon.policy.compose import compose  # noqa: PLC0415 - few ask for a file

        made, own = body["choices"], body["choices"].get("profile")
        found = compose(made["preset"], own, _overrides(made), made.get("options", ()))
        return Answer({"text": json.dumps(found, indent=1, ensure_ascii=False)})

    def _close(self, _body: Body, _progress: Progress) -> Answer:
        self._instance = None
        self._decisions = []
        self._file_name = ""
        return Answer({})

    # -- parts of answers --------------------------------------------------------

    def _opened(self) -> Instance:
        if self._instance is None:
            raise NotDicomError("empty")
        return self._instance

    def _decided(self, instance: Instance, choices: Body) -> list[Decision]:
        """What a plan decides; a choice that fails leaves the last plan in force."""
        masked = bool(choices["masks"])
        return list(plan(instance, _profile(choices), self._key, masked=masked).decisions())

    def _facts(self) -> Body:
        instance = self._opened()
        facts = overview.facts(instance, self._survey)._asdict()
        size = instance.original.size_bytes
        return {"file_name": self._file_name, "size_bytes": size, **facts}

    def _warnings(self) -> list[Body]:
        found = overview.warnings(self._opened(), self._survey)
        return [warning._asdict() for warning in found]

    def _counts(self) -> Body:
        return _counts(self._decisions)

    def _pixels(self) -> Body | None:
        """What the page needs to show and mask frames; None if there are none to show."""
        from dicomanon.pixels.codec import previewable  # noqa: PLC0415 - only images need it
        from dicomanon.pixels.frame import describe  # noqa: PLC0415

        instance = self._opened()
        try:
            description = describe(instance)
        except PixelError:  # the overview warns; masking and previewing say why they refuse
            return None
        if description is None:
            return None
        return {
            "width": description.columns_px,
            "height": description.rows_px,
            "frames": description.frames,
            "maskable": description.maskable,
            "previewable": previewable(instance.transfer_syntax),
            "windowed": description.windowed,
            "regions": [
                {
                    "x": r.x_px,
                    "y": r.y_px,
                    "width": r.width_px,
                    "height": r.height_px,
                    "frames": None,
                }
                for r in overview.image_areas(instance)
            ],
        }


def _overrides(choices: Body) -> tuple[Override, ...]:
    given = choices["overrides"]
    return tuple(Override(o["target"], Action(o["action"]), o.get("value") or "") for o in given)


def _profile(choices: Body) -> Profile:
    own, overrides, options = choices.get("profile"), _overrides(choices), choices.get("options")
    if own is None:
        return profile(choices["preset"], overrides, options or ())
    from dicomanon.policy.preset import document, resolve  # noqa: PLC0415 - only own presets need it

    return resolve(document(own), overrides=overrides, options=options or ())


def _regions(masks: Sequence[Body]) -> tuple[Region, ...]:
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


def _counts(decisions: Sequence[Decision]) -> Body:
    actions: dict[str, int] = {}
    changed = 0
    for decision in decisions:
        action = "remove" if decision.inside else str(decision.ruling.action)
        actions[action] = actions.get(action, 0) + 1
        changed += _changed(decision)
    return {"actions": actions, "changed": changed, "total": len(decisions)}


def _changed(decision: Decision) -> bool:
    return decision.inside or decision.edit is not None


def _differs(old: Decision, new: Decision) -> bool:
    if old.ruling != new.ruling or old.inside != new.inside:
        return True
    if isinstance(old.edit, list) and isinstance(new.edit, list):
        return False
    return old.edit != new.edit


def _before(decision: Decision) -> str:
    element, context = decision.element, decision.context
    if element.items is not None:
        return f"[{len(element.items)}]"
    vr = context.vr(element)
    if vr not in VRS or VRS[vr].kind == "bytes":
        return f"<{element.value_bytes}>"
    return value_text(context.instance.value(element), vr, context)


def _after(decision: Decision) -> str:
    return _before(decision) if not _changed(decision) else after(decision)


def _change(index: int, decision: Decision) -> Body:
    return {
        "index": index,
        "action": str(decision.ruling.action),
        "after": _cut(_after(decision)),
        "rule": decision.ruling.rule,
        "changed": _changed(decision),
        "inside": decision.inside,
    }


def _row(index: int, decision: Decision) -> Body:
    tag = decision.element.tag
    vr = decision.context.vr(decision.element)
    entry = data.entry(tag)
    element = decision.element
    return {
        **_change(index, decision),
        "path": str(decision.path),
        "depth": len(decision.path) // 2,
        "tag": f"({tag >> 16:04X},{tag & 0xFFFF:04X})",
        "name": "" if entry is None else entry.name,
        "vr": vr,
        "length_bytes": UNDEFINED if element.undefined_length else element.value_bytes,
        "before": _cut(_before(decision)),
        "category": _category(tag),
        "allowed": _offered(decision, vr),
    }


def _offered(decision: Decision, vr: str) -> list[str]:
    """What the select offers: what the VR allows, and always what is decided now.

    What follows the data set or says what was done is not the person's to decide.
    """
    tag, current = decision.element.tag, str(decision.ruling.action)
    if tag in STAMPS or tag >> 16 == _FILE_META_GROUP:
        return [current]
    offered = [str(action) for action in allowed(tag, vr)]
    return offered if current in offered else [*offered, current]


def _category(tag: int) -> str:
    if is_private(tag):
        return "private"
    if tag >> 16 == _FILE_META_GROUP or not tag & 0xFFFF:
        return "structure"
    return data.category_of(tag) or "other"


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}…"


# -- the border to JavaScript ----------------------------------------------------

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


def handle(kind: str, body_json: str, file: Any, progress: Any) -> Any:  # noqa: ANN401 - JsProxies
    """Answer one request of the page, as a JavaScript object.

    `{json, buffers, parts}`, `{need}` with packages to load before asking again, or
    `{error}`; parts are Uint8Arrays and `[start, stop]` pairs.
    """
    from js import Object  # noqa: PLC0415 - exists in the page only
    from pyodide.ffi import to_js  # noqa: PLC0415

    return to_js(_answer(kind, body_json, file, progress), dict_converter=Object.fromEntries)


def _answer(kind: str, body_json: str, file: Any, progress: Progress) -> Body:  # noqa: ANN401
    body = json.loads(body_json)
    try:
        if kind == "open":
            answer = _session.open(JsFileSource(file), str(file.name), body, progress)
        else:
            answer = _session.handle(kind, body, progress)
    except NeedError as need:
        return {"need": list(need.packages)}
    except DicomanonError as error:
        return {"error": _described(error)}
    except Exception as error:  # noqa: BLE001 - the page must hear of every failure, by class only
        detail = {"code": "crash", "path": None, "offset": None, "detail": type(error).__name__}
        return {"error": detail}
    parts = answer.parts
    return {
        "json": json.dumps(answer.body, ensure_ascii=False),
        "buffers": list(answer.buffers),
        "parts": None
        if parts is None
        else [list(part) if isinstance(part, SourceRange) else part for part in parts],
    }


def _described(error: DicomanonError) -> Body:
    return {
        "code": error.code,
        "path": None if error.path is None else str(error.path),
        "offset": error.offset,
        "unsafe": isinstance(error, UnsafeError),
        **({"detail": error.where} if isinstance(error, ProfileError) and error.where else {}),
    }
