"""Generate the tables: `python -m dicomanon.data [STANDARDS_DIR]`.

Strategy: the dictionary and the UIDs are pydicom's, everything else comes from
the JSON transcriptions of the standard in STANDARDS_DIR. Facts are copied;
only the categories are our own judgement, and they are rules (`_categories`).

Invariants: the same input gives the same bytes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary
from pydicom._uid_dict import UID_dictionary

from dicomanon.data import CATEGORIES, EDITION, ProfileRow
from dicomanon.data._categories import BEYOND, OVERRIDES, beyond, category

HERE = Path(__file__).parent
STANDARDS = HERE.parents[2].parent / "shared" / "standards"
_PRIVATE_ROW = "ggggeeee"


def elements(rows: list[dict[str, Any]]) -> dict[int, tuple[str, str, str, str, str]]:
    """PS3.6 as pydicom has it, and the elements of Table E.1-1 that are newer than pydicom."""
    newer = {
        int(row["tag"], 16): (" or ".join(row["vr"]), row["vm"], row["name"], "", row["keyword"])
        for row in rows
        if set(row["tag"]) <= set("0123456789ABCDEF")
    }
    return newer | DicomDictionary


def dictionary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """PS3.6 by column; the masks follow the tags in every column."""
    tags = elements(rows)
    entries = [tags[tag] for tag in sorted(tags)]
    entries += [RepeatersDictionary[mask] for mask in sorted(RepeatersDictionary)]
    columns = {"vr": 0, "vm": 1, "name": 2, "keyword": 4}
    return {
        "tag": sorted(tags),
        "mask": sorted(RepeatersDictionary),
        "retired": [row for row, entry in enumerate(entries) if entry[3]],
        **{name: "\n".join(e[at] for e in entries) for name, at in columns.items()},
    }


def uids() -> dict[str, str]:
    """PS3.6 Annex A: the names."""
    return {uid: entry[0] for uid, entry in sorted(UID_dictionary.items())}


def table_e1_1(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Tag or mask -> its cells, joined by `|`, in the order of ProfileRow."""
    *columns, _ = ProfileRow._fields
    return {
        row["tag"]: "|".join(
            [*(row[name] or "" for name in columns), "Y" if row["in_standard_iod"] else ""]
        )
        for row in sorted(rows, key=lambda row: row["tag"])
    }


def sensitive_tags(rows: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Category -> tags and masks: every row of Table E.1-1 and what goes beyond it.

    Raises: LookupError if a row has no category, or a keyword in the rules does not exist.
    """
    entries = {f"{tag:08X}": entry for tag, entry in elements(rows).items()}
    entries |= RepeatersDictionary
    unknown = (OVERRIDES.keys() | BEYOND.keys()) - {entry[4] for entry in entries.values()}
    if unknown:
        raise LookupError(sorted(unknown))
    found: dict[str, str] = {}
    for row in rows:
        tag = row["tag"]
        if tag != _PRIVATE_ROW:
            found[tag] = category(row["keyword"], " ".join(row["vr"] or ()))
    for tag, entry in entries.items():
        if tag not in found and not tag.startswith("50") and (extra := beyond(entry[4], entry[0])):
            found[tag] = extra
    return {name: sorted(tag for tag in found if found[tag] == name) for name in CATEGORIES}


CONTENT_COLUMNS = (
    "basic",
    "retain_uids",
    "retain_device_identity",
    "retain_institution_identity",
    "retain_patient_characteristics",
    "retain_longitudinal_full_dates",
    "retain_longitudinal_modified_dates",
    "clean_descriptors",
)


def content_concepts(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Scheme and code of a concept name -> value type and the columns of Table E.3.4-1."""
    return {
        f"{row['scheme']} {row['code_value']}": "|".join(
            [row["value_type"] or "", *(row[column] or "" for column in CONTENT_COLUMNS)]
        )
        for row in sorted(rows, key=lambda row: (row["scheme"], row["code_value"]))
    }


def iod_types(found: dict[str, Any]) -> dict[str, Any]:
    """Types of Table E.1-1's attributes: by module, the modules of each SOP Class, and nested.

    A conditional Type counts as its unconditional kin; the strictest of several places counts.
    A module that an IOD requires is marked with an exclamation mark.
    """
    tags = {entry[4]: f"{tag:08X}" for tag, entry in DicomDictionary.items()}
    modules = {
        module: {
            tags[k]: int(t[0]) for k, t in sorted(types.items()) if k in tags and t[0] in "123"
        }
        for module, types in found["modules"].items()
    }
    modules = {module: types for module, types in sorted(modules.items()) if types}
    iods = {
        iod: " ".join(m + "!" * (usage == "M") for m, usage in parts if m in modules)
        for iod, parts in sorted(found["iods"].items())
    }
    nested: dict[str, int] = {}
    for place, types in sorted(found["nested"].items()):
        parent, keyword = place.split("/")
        known = [int(t[0]) for t in types if t[0] in "123"]
        if parent in tags and keyword in tags and known:
            nested[f"{tags[parent]}/{tags[keyword]}"] = min(known)
    return {
        "modules": modules,
        "iods": iods,
        "sop_classes": dict(sorted(found["sop_classes"].items())),
        "nested": nested,
    }


def safe_private(rows: list[dict[str, Any]]) -> dict[str, list[list[str]]]:
    """Private Creator -> its elements: group, low byte of the element number, VR."""
    creators: dict[str, list[list[str]]] = {}
    for row in rows:
        element = [row["group"], row["element_low"], row["vr"]]
        creators.setdefault(row["private_creator"], []).append(element)
    return {creator: sorted(creators[creator]) for creator in sorted(creators)}


def main(argv: list[str]) -> int:
    """Write every table beside this file."""
    standards = Path(argv[0]) if argv else STANDARDS

    def raw(name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((standards / f"{name}.json").read_text("utf-8"))
        return found

    def rows(name: str) -> list[dict[str, Any]]:
        found = raw(name)
        if found["edition"] != EDITION:
            raise LookupError(found["edition"])
        table: list[dict[str, Any]] = found["rows"]
        return table

    profile = rows("ps3.15_table_e1-1")
    tables = {
        "dictionary": dictionary(profile),
        "uids": uids(),
        "table_e1_1": table_e1_1(profile),
        "sensitive_tags": sensitive_tags(profile),
        "safe_private": safe_private(rows("ps3.15_table_e3.10-1_safe_private")),
        "table_e3_4_1": content_concepts(raw("ps3.15_table_e3.4-1")["rows"]),
        "iod_types": iod_types(raw("iod_attribute_types")),
        "cid_7050": {row["code_value"]: row["code_meaning"] for row in rows("cid_7050")},
    }
    for name, table in tables.items():
        text = json.dumps(table, ensure_ascii=False, separators=(",", ":"))
        (HERE / f"{name}.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
