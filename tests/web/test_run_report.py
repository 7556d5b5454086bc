"""What the page keeps of a run for its reports: every entry once, in order, and little memory."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.test_page_static import WEB, imported, node

ENTRY_CHARS = 1000
PACKED_BYTES = 150


@pytest.mark.parametrize("count", [0, 1, 3, 1000])
def test_entries_are_lines_in_order(count: int) -> None:
    """What was written and what was refused, numbered from 1, whether packed or not yet."""
    found: list[Any] = node(f"""
        const {{ Entries }} = {imported(WEB / "run-report.js")};
        const entries = new Entries();
        for (let at = 1; at <= {count}; at++) {{
          if (at % 3 === 0) entries.refused({{ code: "leak", findings: [{{ kind: "name" }}] }});
          else entries.written(`p/${{at}}.dcm`, {{ seconds: at, ids: "0".repeat({ENTRY_CHARS}) }});
        }}
        const text = await (await entries.whole()).text();
        console.log(JSON.stringify(text.split("\\n").slice(0, -1).map((line) => JSON.parse(line))));
    """)
    assert [entry["number"] for entry in found] == list(range(1, count + 1))
    refused = [entry for entry in found if entry["state"] == "refused"]
    assert [entry["number"] for entry in refused] == list(range(3, count + 1, 3))
    assert all(entry["findings"] == [{"kind": "name"}] for entry in refused)
    written = [entry for entry in found if entry["state"] == "written"]
    assert [entry["output"] for entry in written] == [f"p/{e['seconds']}.dcm" for e in written]


def test_entries_take_little_memory() -> None:
    """Ten thousand take a small part of their text, once they are packed."""
    most = 10_000 * PACKED_BYTES
    grown: int = node(f"""
        const {{ Entries }} = {imported(WEB / "run-report.js")};
        const {{ setFlagsFromString }} = await import("node:v8");
        const {{ runInNewContext }} = await import("node:vm");
        setFlagsFromString("--expose-gc");
        const collect = runInNewContext("gc");
        const entries = new Entries();
        const add = (count) => {{
          for (let at = 0; at < count; at++) {{
            entries.written("p/1.dcm", {{ ids: `${{Math.random()}}`.padEnd({ENTRY_CHARS}, "ab") }});
          }}
        }};
        const settled = async (most) => {{
          for (let turn = 0; ; turn++) {{
            await new Promise((resolve) => setTimeout(resolve, 100));
            collect();
            const {{ heapUsed, arrayBuffers }} = process.memoryUsage();
            if (heapUsed + arrayBuffers < most || turn === 100) return heapUsed + arrayBuffers;
          }}
        }};
        add(1000);
        await (await entries.whole()).text();
        const before = await settled(Infinity);
        add(10_000);
        console.log(JSON.stringify((await settled(before + {most})) - before));
    """)
    assert grown < most
