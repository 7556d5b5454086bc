"""One tab's engine: a key, at most one open file, and an answer to every request.

Strategy: a request is a type and a body as `web/protocol.js` types them. The open instance
and its last plan are kept, so a changed choice answers with the rows that differ; requests
about one file of many bring that file along and leave nothing behind.

Invariants: answers are JSON-ready, with bytes beside them; a choice that fails leaves the
last plan in force.
"""

from __future__ import annotations

import gc
import json
import secrets
from time import perf_counter
from typing import TYPE_CHECKING

from dicomanon import __version__, data, overview, warmup
from dicomanon.errors import DicomanonError, LeakError, NotDicomError
from dicomanon.policy.decision import after, before
from dicomanon.policy.key import SECRET_BYTES, Key, load_key
from dicomanon.policy.plan import plan
from dicomanon.report.entry import observed, written
from dicomanon.web.answer import Answer, crash_body, error_body
from dicomanon.web.choices import overrides, profile_of
from dicomanon.web.detect import Count, Searches, found
from dicomanon.web.many import anonymized, indexed, scanned
from dicomanon.web.picture import picture, pixel_info
from dicomanon.web.rows import change, counts, differs, row
from dicomanon.web.templates import proposed, template_file
from dicomanon.web.verdict import made, passed, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from dicomanon.dicom.instance import Instance
    from dicomanon.dicom.source import Source
    from dicomanon.engine import Result
    from dicomanon.pixels.detect.find import Steps
    from dicomanon.policy.decision import Decision
    from dicomanon.report.entry import Entry
    from dicomanon.web.answer import Body, Progress

FIRST_ROWS = 200


class Session:
    """One tab: a key, at most one open file, its plan."""

    def __init__(self) -> None:
        self._key = Key(secrets.token_bytes(SECRET_BYTES))
        self._instance: Instance | None = None
        self._decisions: list[Decision] = []
        self._survey = overview.Survey()
        self._searches = Searches()
        self._saved: tuple[Result, float] | None = None
        self._requests: dict[str, Callable[[Body, Progress], Answer]] = {
            "boot": self._boot,
            "rows": self._rows,
            "plan": self._replan,
            "value": self._value,
            "frame": self._frame,
            "save": self._save,
            "ranked": self._ranked,
            "key": self._load_key,
            "preset": self._preset,
            "leave": self._leave,
            "templates": self._templates,
            "remember": self._remember,
            "close": self._close,
        }
        self._file_requests: dict[str, Callable[[list[Source], Body, Progress], Answer]] = {
            "open": self._open,
            "index": self._index,
            "thumbnail": self._thumbnail,
            "detect": self._detect,
            "inferred": self._inferred,
            "anonymize": self._anonymize,
            "kept": self._kept,
            "report": self._report,
        }

    def handle(self, kind: str, body: Body, files: list[Source], progress: Progress) -> Answer:
        """Answer a request; files: what it brings along."""
        if kind in self._file_requests:
            return self._file_requests[kind](files, body, progress)
        return self._requests[kind](body, progress)

    # -- requests that bring files -------------------------------------------------

    def _open(self, files: list[Source], body: Body, progress: Progress) -> Answer:
        """Scan a file and answer with facts, warnings and the first rows."""
        progress("read")
        instance = scanned(files[0])
        survey = overview.survey(instance)
        progress("plan")
        decided = self._decided(instance, body["choices"])
        self._instance, self._survey, self._decisions = instance, survey, decided
        self._saved = None
        return Answer(
            {
                "facts": self._facts(),
                "warnings": self._warnings(),
                "rows": [row(i, d) for i, d in enumerate(self._decisions[:FIRST_ROWS])],
                "total_rows": len(self._decisions),
                "counts": counts(self._decisions),
                "pixels": pixel_info(instance),
            }
        )

    def _index(self, files: list[Source], _body: Body, _progress: Progress) -> Answer:
        """Where each file belongs, or why it does not."""
        return Answer([_tried(source) for source in files])

    def _thumbnail(self, files: list[Source], _body: Body, _progress: Progress) -> Answer:
        return picture(scanned(files[0]), None, None)

    def _anonymize(self, files: list[Source], body: Body, progress: Progress) -> Answer:
        count = Count()
        steps = anonymized(files[0], body, self._key, progress, count)
        return self._searches.begin(steps, count)

    def _kept(self, files: list[Source], body: Body, _progress: Progress) -> Answer:
        from dicomanon.web.kept import kept  # noqa: PLC0415 - few ask for a review

        return kept(files, body["choices"], self._key)

    def _detect(self, files: list[Source], body: Body, _progress: Progress) -> Answer:
        """Look for text on a file."""
        count = Count()
        return self._searches.begin(found(scanned(files[0]), body, count), count)

    def _inferred(self, files: list[Source], body: Body, _progress: Progress) -> Answer:
        """Go on with what asked for a network; the file is what the network answered."""
        return self._searches.go_on(body["search"], files[0], body["shape"])

    def _report(self, files: list[Source], body: Body, _progress: Progress) -> Answer:
        """A report of the run whose entries the page brings, or else of what was saved last."""
        from dicomanon.web.filing import entries_in, filed  # noqa: PLC0415 - few ask for a file

        entries = entries_in(files[0]) if files else self._saved_entries()
        chosen = profile_of(body["choices"])
        form, language = body["form"], body["language"]
        return Answer({"text": filed(entries, chosen, self._key, body["times"], form, language)})

    # -- requests about the open file, the key and the choices ----------------------

    def _boot(self, body: Body, progress: Progress) -> Answer:
        """Take the page's key, and run once so that the first file opens as fast as the next."""
        self._load_key(body, progress)
        choices = {"preset": "research", "overrides": [], "masks": []}
        Session().handle("open", {"choices": choices}, [warmup.SOURCE], lambda _stage: None)
        gc.freeze()  # a third of the time of many files went to looking at what always stays
        return Answer({"version": __version__, "edition": data.EDITION})

    def _rows(self, body: Body, _progress: Progress) -> Answer:
        start, stop = body["start"], body["stop"]
        chosen = self._decisions[start:stop]
        return Answer([row(start + i, decision) for i, decision in enumerate(chosen)])

    def _replan(self, body: Body, progress: Progress) -> Answer:
        progress("plan")
        old = self._decisions
        self._decisions = self._decided(self._opened(), body["choices"])
        changes = [
            change(index, new)
            for index, (was, new) in enumerate(zip(old, self._decisions, strict=True))
            if differs(was, new)
        ]
        decided = counts(self._decisions)
        return Answer({"changes": changes, "counts": decided, "warnings": self._warnings()})

    def _value(self, body: Body, _progress: Progress) -> Answer:
        decision = self._decisions[body["index"]]
        shown = before(decision.element, decision.context)
        return Answer({"before": shown, "after": after(decision)})

    def _frame(self, body: Body, progress: Progress) -> Answer:
        progress("read")
        return picture(self._opened(), body["frame"], body.get("window"))

    def _leave(self, body: Body, _progress: Progress) -> Answer:
        self._searches.leave(body["search"])
        return Answer({})

    def _templates(self, body: Body, _progress: Progress) -> Answer:
        return Answer(proposed(self._opened(), body["text"]))

    def _remember(self, body: Body, _progress: Progress) -> Answer:
        return Answer({"text": template_file(self._opened(), body["masks"], body["name"])})

    def _save(self, body: Body, progress: Progress) -> Answer:
        count = Count()
        return self._searches.begin(self._made(body, progress, count), count)

    def _made(self, body: Body, progress: Progress, count: Count) -> Steps[Answer]:
        """Make the output and search it; what the check refuses is no error, but the verdict."""
        started = perf_counter()
        instance, choices = self._opened(), body["choices"]
        self._saved = None
        try:
            again = body.get("again")
            result = yield from made(instance, choices, self._key, progress, again, count)
        except LeakError as error:
            return refused(choices, error)
        if instance is self._instance:
            self._saved = result, perf_counter() - started
        return passed(result, self._key)

    def _ranked(self, body: Body, _progress: Progress) -> Answer:
        from dicomanon.web.kept import ranked  # noqa: PLC0415 - few ask for a review

        return ranked(body["rows"], body["most"])

    def _load_key(self, body: Body, _progress: Progress) -> Answer:
        self._key = load_key(body["text"])
        return Answer({"fingerprint": self._key.fingerprint})

    def _preset(self, body: Body, _progress: Progress) -> Answer:
        from dicomanon.policy.compose import compose  # noqa: PLC0415 - few ask for a file

        made, own = body["choices"], body["choices"].get("profile")
        found = compose(made["preset"], own, overrides(made), made.get("options", ()))
        return Answer({"text": json.dumps(found, indent=1, ensure_ascii=False)})

    def _close(self, _body: Body, _progress: Progress) -> Answer:
        self._instance = self._saved = None
        self._decisions = []
        return Answer({})

    # -- parts of answers --------------------------------------------------------

    def _saved_entries(self) -> list[Entry]:
        if self._saved is None:
            raise NotDicomError("empty")
        result, seconds = self._saved
        return [written(1, observed(result), f"{result.file_stem}.dcm", seconds)]

    def _opened(self) -> Instance:
        if self._instance is None:
            raise NotDicomError("empty")
        return self._instance

    def _decided(self, instance: Instance, choices: Body) -> list[Decision]:
        """What a plan decides; a choice that fails leaves the last plan in force."""
        masked, cleaned = bool(choices["masks"]), bool(choices.get("looked_at"))
        chosen = profile_of(choices)
        return list(plan(instance, chosen, self._key, masked=masked, cleaned=cleaned).decisions())

    def _facts(self) -> Body:
        instance = self._opened()
        facts = overview.facts(instance, self._survey)._asdict()
        return {"size_bytes": instance.original.size_bytes, **facts}

    def _warnings(self) -> list[Body]:
        found = overview.warnings(self._opened(), self._survey)
        return [warning._asdict() for warning in found]


def _tried(source: Source) -> Body:
    """Where a file belongs, or its error; one bad file never stops the others."""
    try:
        return indexed(source)
    except DicomanonError as error:
        return {"error": error_body(error)}
    except Exception as error:  # noqa: BLE001 - as at the border: by class only
        return {"error": crash_body(error)}
