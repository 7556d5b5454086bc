"""The report of a run: its form, what it says, and what it must not say."""

from __future__ import annotations

import io
import json
import tracemalloc
from hashlib import sha256
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from dicomanon.data import EDITION
from dicomanon.dicom.segment import to_bytes
from dicomanon.dicom.source import BytesSource
from dicomanon.engine import anonymize
from dicomanon.errors import ProfileError
from dicomanon.pixels.region import Region
from dicomanon.policy.action import Action
from dicomanon.policy.lookup import parse_lookup, with_lookup
from dicomanon.policy.profile import Override, profile, target_of
from dicomanon.report import text
from dicomanon.report.entry import observed
from dicomanon.report.run import Writer, head, read
from dicomanon.verify.finding import accepted
from dicomanon.verify.leak import CATEGORIES
from tests.report.runs import RESEARCH, Clock, entry, report, some
from tests.verify.outputs import KEY, SECRETS, original

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dicomanon.policy.profile import Profile

SOURCE = original()
SCHEMA = json.loads(resources.files("dicomanon.report").joinpath("schema.json").read_text("utf-8"))
VALID = Draft202012Validator(SCHEMA)
LEAKY = profile("in-hospital")._replace(gone=CATEGORIES)
"""Keeps dates, UIDs and devices, and promises that they are gone."""


def checked(text: str) -> dict[str, Any]:
    """A report as JSON, after seeing to its form and that no secret is in it."""
    found: dict[str, Any] = json.loads(text)
    assert [error.message for error in VALID.iter_errors(found)] == []
    assert not [secret for secret in SECRETS if secret in text]
    return found


def choose(*settings: tuple[str, Action, str]) -> Profile:
    return profile("research", [Override(target_of(t), action, v) for t, action, v in settings])


def test_the_schema_is_one() -> None:
    """The schema is valid itself, and everything in it is demanded."""
    Draft202012Validator.check_schema(SCHEMA)
    for form in (SCHEMA, *SCHEMA["$defs"].values()):
        if "properties" in form:
            assert set(form["required"]) == set(form["properties"])
            assert form["additionalProperties"] is False


def test_a_run() -> None:
    """What was chosen, an entry an input in order, and what they add up to."""
    found = checked(report(some()))
    assert found["tables"] == {"ps3_15": EDITION}
    assert found["profile"]["name"] == "research"
    assert found["key"] == {"fingerprint": KEY.fingerprint}
    assert (found["started"], found["finished"]) == (
        "2026-03-01T12:30:05+00:00",
        "2026-03-01T12:30:15+00:00",
    )
    assert [(e["number"], e["state"]) for e in found["inputs"]] == [
        (1, "written"),
        (2, "refused"),
        (3, "refused"),
    ]
    totals = found["totals"]
    assert (totals["inputs"], totals["written"]) == (3, 1)
    assert totals["refused"] == {"empty": 1, "not_dicom": 1}
    assert totals["actions"] == {
        action: dict(sorted(rules.items()))
        for action, rules in sorted(found["inputs"][0]["actions"].items())
    }
    assert totals["ids"] == {"patient": 1, "study": 1, "series": 1}
    assert totals["seconds"] == 10


def test_an_entry_says_what_is_in_the_output() -> None:
    """Digest, size, IDs and stamps are the output's."""
    found = entry(1, SOURCE)
    result = anonymize(BytesSource(SOURCE), RESEARCH, KEY)
    output = to_bytes(BytesSource(SOURCE), result.segments)
    assert found["sha256"] == sha256(output).hexdigest()
    assert found["size_bytes"] == len(output)
    assert found["sop_class"] == "CT Image Storage"
    assert found["ids"]["patient"].startswith("ANON")
    assert all(text.encode() in output for text in found["ids"].values())
    assert found["stamps"] == {
        "identity_removed": "YES",
        "method": RESEARCH.method,
        "dates": "REMOVED",
        "codes": ["113100"],
    }
    counted: dict[str, int] = {a: sum(rules.values()) for a, rules in found["actions"].items()}
    assert counted == result.plan.counts()
    assert (found["check"], found["findings"], found["accepted"]) == ("passed", [], None)


def test_ids_that_stay_are_not_said() -> None:
    """In-hospital keeps UIDs, a person keeps the patient's ID: the report has neither."""
    kept = choose(("PatientID", Action.KEEP, ""), ("StudyInstanceUID", Action.VALUE, "1.2.3.99"))
    found = entry(1, SOURCE, kept)["ids"]
    assert (found["patient"], found["study"]) == (None, None)
    assert found["series"].startswith("2.25.")
    in_hospital = profile("in-hospital")
    found = checked(report([entry(1, SOURCE, in_hospital)], in_hospital))
    assert found["inputs"][0]["ids"] == {
        "patient": found["inputs"][0]["ids"]["patient"],
        "study": None,
        "series": None,
        "instance": None,
    }
    assert found["totals"]["ids"] == {"patient": 1, "study": 0, "series": 0}


def test_a_given_subject_id_is_said() -> None:
    """What the lookup table gives is a pseudonym."""
    table = parse_lookup("id_old,id_new\nKX-774-2091,S-001\n")
    chosen = with_lookup(RESEARCH, table)
    found = checked(report([entry(1, SOURCE, chosen)], chosen))
    assert found["inputs"][0]["ids"]["patient"] == "S-001"
    assert found["profile"]["lookup"] is True


def test_what_a_person_decided() -> None:
    """Tags and paths with their actions, and no value they gave."""
    chosen = choose(
        ("StudyDescription", Action.VALUE, "SECRET-GIVEN"),
        ("00081140[0].00081155", Action.KEEP, ""),
        ("TM", Action.EMPTY, ""),
    )
    text = report([entry(1, SOURCE, chosen)], chosen)
    overrides = checked(text)["profile"]["overrides"]
    assert overrides["00081030"] == "value"
    assert overrides["00081140[0].00081155"] == "keep"
    assert overrides["00080030"] == "empty"
    assert "SECRET-GIVEN" not in text


@pytest.mark.parametrize(
    ("masks", "share"),
    [
        ([Region(0, 0, 16, 32)], 0.5),
        ([Region(0, 0, 16, 16), Region(8, 8, 16, 16)], (256 + 256 - 64) / 1024),
        ([Region(-5, -5, 6, 6, (1, 9))], 1 / 1024),
        ([], 0.0),
    ],
)
def test_masks_and_their_share(masks: Sequence[Region], share: float) -> None:
    """What masks cover together, of all pixels."""
    found = checked(report([entry(1, SOURCE, RESEARCH, masks)]))["inputs"][0]
    assert found["masked_share"] == round(share, 6)
    assert len(found["masks"]) == len(masks)


def test_a_blocked_output_leaves_its_findings() -> None:
    """What the check refused is an entry with places and kinds, and no ID of its own."""
    found = checked(report([entry(7, SOURCE, LEAKY)]))
    (blocked,) = found["inputs"]
    assert (blocked["number"], blocked["code"]) == (7, "leak")
    assert {f["kind"] for f in blocked["findings"]} >= {"date", "uid", "device"}
    assert found["totals"]["findings"]["strong"]["uid"] > 1
    assert found["totals"]["written"] == 0


def test_an_override_stands_in_the_report() -> None:
    """Findings that a person accepted, and why; where none was needed, no reason."""
    word = accepted("a test of ours")
    found = checked(report([entry(1, SOURCE, LEAKY, accepted=word)]))
    (passed,) = found["inputs"]
    assert (passed["state"], passed["check"], passed["accepted"]) == (
        "written",
        "accepted",
        "a test of ours",
    )
    assert {f["strength"] for f in passed["findings"]} >= {"strong"}
    assert found["totals"]["check"]["accepted"] == 1
    assert entry(1, SOURCE, accepted=word)["accepted"] is None


def test_as_plain_text() -> None:
    """The same for one result, as the page shows it."""
    word = accepted("a test of ours")
    said = text(anonymize(BytesSource(SOURCE), LEAKY, KEY, accepted=word), KEY)
    assert "findings accepted: a test of ours" in said
    assert "leak check: passed, 0 weak likenesses\n" in text(
        anonymize(BytesSource(SOURCE), RESEARCH, KEY), KEY
    )
    assert not [secret for secret in SECRETS if secret in said]


def test_unchecked_is_said() -> None:
    """`--no-verify` shows in the head, in the entry and in the totals."""
    found = checked(report([entry(1, SOURCE, verify=False)], verify=False))
    assert found["verify"] is False
    assert found["inputs"][0]["check"] == "skipped"
    assert found["totals"]["check"] == {"passed": 0, "accepted": 0, "skipped": 1}


@pytest.mark.parametrize("count", [0, 1, 3])
def test_it_is_read_as_it_was_written(count: int) -> None:
    """Line by line, again and again, and whole where somebody reformatted it."""
    entries = some()[:count]
    text = report(entries)
    for form in (text, json.dumps(json.loads(text), indent=2)):
        found = read(io.StringIO(form))
        assert found.head["form"] == "dicomanon-report-1"
        assert found.totals["inputs"] == len(entries)
        assert list(found.entries()) == entries
        assert list(found.entries()) == entries


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"form": "x", "inputs": []}', "id,new\n1,2\n"])
def test_what_is_no_report(text: str) -> None:
    """It is refused by its code."""
    with pytest.raises(ProfileError) as raised:
        read(io.StringIO(text))
    assert raised.value.code == "report"


def test_a_stopped_run_has_totals() -> None:
    """Whatever stops a run, the report is whole and says what was done."""
    stream = io.StringIO()
    beginning = head(RESEARCH, KEY, host="cli", verify=True)
    with pytest.raises(KeyboardInterrupt), Writer(stream, beginning, Clock()) as writer:  # noqa: PT012
        writer.add(entry(1, SOURCE))
        raise KeyboardInterrupt
    assert checked(stream.getvalue())["totals"]["written"] == 1


class _Null(io.StringIO):
    def write(self, text: str) -> int:
        return len(text)


def test_a_long_run_is_not_held_in_memory() -> None:
    """Four thousand entries are written in little more memory than five hundred."""
    one = entry(1, SOURCE)

    def peak(count: int) -> int:
        tracemalloc.start()
        with Writer(_Null(), head(RESEARCH, KEY, host="cli", verify=True), Clock()) as writer:
            for number in range(count):
                writer.add({**one, "number": number + 1})
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(4_000) < peak(500) + 50_000


def test_observed_is_plain() -> None:
    """What a worker sends is JSON as it stands."""
    seen = observed(anonymize(BytesSource(SOURCE), RESEARCH, KEY, [Region(1, 1, 2, 2, (1, 1))]))
    assert json.loads(json.dumps(seen)) == seen
