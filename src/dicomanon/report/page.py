"""A report as a page to read, and as one sheet to sign for the ethics file.

Strategy: both are parts made of the report's head and totals; only the tables of files and
of accepted findings read the entries, each once and no further than `MAX_ROWS`.

Invariants: what a page says stands in the report. Text goes through `markup`, which
escapes it.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from dicomanon.policy.action import Action
from dicomanon.report import markup

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dicomanon.diff import Difference
    from dicomanon.report.entry import Entry
    from dicomanon.report.run import Report
    from dicomanon.report.words import Words

    Fact = tuple[str, object]

MAX_ROWS = 1000
_SIGNERS = ("signed_by", "checked_by", "approved_by")


def report_page(report: Report, say: Words) -> Iterator[str]:
    """The whole report as HTML, part by part."""
    yield from markup.page(say("title"), say.language, _report_parts(report, say))


def summary_page(report: Report, say: Words) -> Iterator[str]:
    """One sheet with what was done, and lines for whoever did, checked and released it."""
    yield from markup.page(say("summary_title"), say.language, _summary_parts(report, say))


def diff_page(found: Iterable[Difference], say: Words) -> Iterator[str]:
    """What `diff` found, a line an element; what is not as planned has a frame."""
    titles = [
        say(name) for name in ("state", "element", "attribute", "before", "after", "action", "rule")
    ]
    title = say("diff_title")
    rows = (_difference(each, say) for each in found)
    yield from markup.page(title, say.language, markup.table(title, titles, rows))


def _difference(each: Difference, say: Words) -> tuple[object, ...]:
    wrong = each.planned is False
    state = say(f"state_{each.state}") + (f" ({say('not_as_planned')})" if wrong else "")
    values = (say("hidden") if text is None else text for text in (each.before, each.after))
    return (
        markup.Cell(state, f"{each.state} wrong" if wrong else each.state),
        str(each.path),
        each.name,
        *values,
        say.of("action", each.action),
        say.of("rule", each.rule),
    )


def _report_parts(report: Report, say: Words) -> Iterator[str]:
    yield markup.paragraph(say("promise"))
    yield markup.heading(say("run"))
    yield from markup.facts(_run(report, say))
    yield from _overrides(report, say)
    yield markup.heading(say("totals"))
    yield from markup.facts(_totals(report, say))
    yield from _actions(report, say)
    yield from _refused(report, say)
    yield from _findings(report, say)
    yield from _accepted(report, say)
    yield from _instances(report, say)
    yield markup.paragraph(say("responsibility"))


def _summary_parts(report: Report, say: Words) -> Iterator[str]:
    blank = ("purpose", "recipient", "ethics")
    yield from markup.facts((say(name), "") for name in blank)
    yield markup.heading(say("run"))
    yield from markup.facts(_run(report, say))
    yield markup.heading(say("totals"))
    yield from markup.facts(_totals(report, say))
    for name in ("promise", "pixels_caution", "key_caution", "responsibility"):
        yield markup.paragraph(say(name))
    titles = [say(name) for name in ("role", "person", "date", "signature")]
    rows = [(say(role), "", "", "") for role in _SIGNERS]
    yield from markup.table(say("signature"), titles, rows, "line")


def _run(report: Report, say: Words) -> Iterator[Fact]:
    head, profile = report.head, report.head["profile"]
    tool = head["tool"]
    options = "; ".join(say.of("option", name) for name in profile["options"])
    listed = profile["private_list"]
    yield say("tool"), f"{tool['name']} {tool['version']} ({say(head['host'])})"
    yield say("tables"), f"DICOM PS3.15 Annex E, {head['tables']['ps3_15']}"
    yield say("started"), head["started"].replace("T", " ")
    yield say("seconds"), report.totals["seconds"]
    yield say("preset"), say.of("preset", profile["name"])
    yield say("options"), options or say("none")
    yield say("private"), say(f"private_{profile['private']}")
    yield say("dates"), say(f"dates_{profile['dates']}")
    yield say("gone"), ", ".join(say.of("category", name) for name in profile["gone"])
    if listed:
        yield say("private_list"), listed
    if profile["lookup"]:
        yield say("lookup"), say("yes")
    yield say("overrides"), len(profile["overrides"])
    yield say("key"), head["key"]["fingerprint"]


def _totals(report: Report, say: Words) -> Iterator[Fact]:
    totals = report.totals
    for name in ("inputs", "written"):
        yield say(name), totals[name]
    yield say("refused_count"), sum(totals["refused"].values())
    for name, word in (("patient", "patients"), ("study", "studies"), ("series", "series")):
        yield say(word), totals["ids"][name]
    for name in ("masked_instances", "masked_frames"):
        yield say(name), totals[name]
    checks = (f"{say(f'check_{name}')}: {count}" for name, count in totals["check"].items())
    yield say("check"), "; ".join(checks)


def _overrides(report: Report, say: Words) -> Iterator[str]:
    chosen = report.head["profile"]["overrides"]
    if chosen:
        rows = ((path, say.of("action", action)) for path, action in chosen.items())
        yield from markup.table(say("overrides"), [say("element"), say("action")], rows)


def _actions(report: Report, say: Words) -> Iterator[str]:
    """In the order of `Action`; removed rules of a table count as they decided."""
    actions: dict[str, dict[str, int]] = report.totals["actions"]
    rows = (
        (say.of("action", action), say.of("rule", rule), count)
        for action in Action
        for rule, count in actions.get(action, {}).items()
    )
    titles = [say(name) for name in ("action", "rule", "elements")]
    yield markup.heading(say("actions"))
    yield from markup.table(say("actions"), titles, rows)


def _refused(report: Report, say: Words) -> Iterator[str]:
    refused: dict[str, int] = report.totals["refused"]
    if refused:
        rows = ((say.of("error", code), count) for code, count in refused.items())
        yield markup.heading(say("refused"))
        yield from markup.table(say("refused"), [say("reason"), say("files")], rows)


def _findings(report: Report, say: Words) -> Iterator[str]:
    found: dict[str, dict[str, int]] = report.totals["findings"]
    yield markup.heading(say("findings"))
    rows = [
        (say.of("kind", kind), say(strength), count)
        for strength, kinds in found.items()
        for kind, count in kinds.items()
    ]
    if rows:
        titles = [say(name) for name in ("finding", "strength", "files")]
        yield from markup.table(say("findings"), titles, rows)
    else:
        yield markup.paragraph(say("none_found"))


def _accepted(report: Report, say: Words) -> Iterator[str]:
    if not report.totals["check"]["accepted"]:
        return
    rows = (
        (entry["output"], finding["path"], *_found(finding, say), entry["accepted"])
        for entry in report.entries()
        if entry["state"] == "written" and entry["check"] == "accepted"
        for finding in entry["findings"]
        if finding["strength"] == "strong"
    )
    titles = [say(name) for name in ("output", "element", "finding", "where", "reason")]
    yield markup.heading(say("accepted"))
    yield from markup.table(say("accepted"), titles, islice(rows, MAX_ROWS))


def _found(finding: dict[str, Any], say: Words) -> tuple[str, str]:
    return say.of("kind", finding["kind"]), say.of("where", finding["where"])


def _instances(report: Report, say: Words) -> Iterator[str]:
    titles = [
        say(name)
        for name in ("number", "output", "kind_of", "patient", "changed", "masks", "weak_findings")
    ]
    count = report.totals["inputs"]
    yield markup.heading(say("instances"))
    rows = (_instance(entry, say) for entry in islice(report.entries(), MAX_ROWS))
    yield from markup.table(say("instances"), titles, rows)
    if count > MAX_ROWS:
        yield markup.paragraph(say("instances_more", shown=MAX_ROWS, count=count))


def _instance(entry: Entry, say: Words) -> tuple[object, ...]:
    if entry["state"] == "refused":
        return entry["number"], say.of("error", entry["code"]), "", "", "", "", ""
    changed = sum(
        sum(rules.values()) for action, rules in entry["actions"].items() if action != Action.KEEP
    )
    share = f"{entry['masked_share']:.2%}" if entry["masks"] else ""
    if entry["unmaskable"] is not None:
        share = say.of("unmaskable", entry["unmaskable"])
    weak = sum(finding["strength"] == "weak" for finding in entry["findings"])
    shown = (entry["number"], entry["output"], entry["sop_class"], entry["ids"]["patient"])
    return *shown, changed, share, weak
