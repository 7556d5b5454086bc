"""Properties: what is written is found again, and garbage is only ever `InputError`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from dicomanon.dicom.scan import scan
from dicomanon.dicom.source import BytesSource
from dicomanon.dicom.transfer_syntax import DEFLATED_LE, EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE
from dicomanon.errors import InputError, UnsafeError
from tests import builders, engine
from tests.builders import Delimited, part10

if TYPE_CHECKING:
    from dicomanon.dicom.instance import DataSet

SYNTAXES = st.sampled_from([EXPLICIT_LE, IMPLICIT_LE, EXPLICIT_BE, DEFLATED_LE])
SEQUENCES = (0x00081110, 0x00081140, 0x52009229, 0x0040A730)
LEAVES = {
    0x00100010: "PN",
    0x00100020: "LO",
    0x0020000D: "UI",
    0x00280010: "US",
    0x00204000: "LT",
    0x00420011: "OB",
}

VALUES = {
    **dict.fromkeys(("PN", "LO", "LT"), st.text("ABC^ ", max_size=9)),
    "UI": st.from_regex(r"1\.[1-9][0-9]{0,8}", fullmatch=True),
    "US": st.integers(0, 65535),
    "OB": st.binary(max_size=20),
}
FIRST: builders.Element = ("SOPClassUID", "UI", builders.CT_IMAGE)


def leaf(tag: int) -> st.SearchStrategy[builders.Element]:
    vr = LEAVES[tag]
    return st.tuples(st.just(tag), st.just(vr), VALUES[vr])


def sequence(inside: st.SearchStrategy[Any]) -> st.SearchStrategy[builders.Element]:
    items = st.lists(st.lists(inside, min_size=1, max_size=4), max_size=3)
    content = st.one_of(items, st.builds(Delimited, items, items=st.booleans()))
    return st.tuples(st.sampled_from(SEQUENCES), st.sampled_from(["SQ", "UN"]), content)


ELEMENTS = st.recursive(st.sampled_from(sorted(LEAVES)).flatmap(leaf), sequence, max_leaves=20)
TREES = st.lists(ELEMENTS, max_size=8)


def written(specs: list[builders.Element], *, little: bool) -> list[Any]:
    """A tree as it was meant: tag, and the raw value or the items."""
    tree: list[Any] = []
    for name, vr, value in specs:
        content = value.content if isinstance(value, Delimited) else value
        if isinstance(content, list):
            inside = True if vr == "UN" else little
            tree.append((name, [written(item, little=inside) for item in content]))
        else:
            tree.append((name, builders.raw_value(vr, value, little=little)))
    return tree


def found(data: bytes) -> list[Any]:
    instance = scan(BytesSource(data))
    assert instance.truncated_at is None
    assert instance.trailing_bytes == 0

    def level(data_set: DataSet) -> list[Any]:
        return [
            (e.tag, instance.value(e) if e.items is None else [level(i) for i in e.items])
            for e in data_set.elements
        ]

    return level(instance.data_set)


@given(TREES, SYNTAXES)
def test_trees_are_found_again(specs: list[builders.Element], syntax: Any) -> None:  # noqa: ANN401
    """Any tree in any encoding is read as it was written."""
    expected = written([FIRST, *specs], little=syntax.little)
    assert [(builders.tag_of(tag), value) for tag, value in expected] == found(
        part10(syntax, FIRST, *specs)
    )


@given(TREES, SYNTAXES, st.sampled_from(["research", "in-hospital"]))
def test_outputs_of_trees_are_sound(
    specs: list[builders.Element],
    syntax: Any,  # noqa: ANN401
    preset: str,
) -> None:
    """What is written can be read, has even lengths, and no name is left."""
    output = engine.anonymized(part10(syntax, FIRST, *specs), preset)
    instance = scan(BytesSource(output))
    assert instance.truncated_at is None
    assert instance.trailing_bytes == 0
    for place in instance.places():
        if place.element.tag == 0x00100010:
            text = place.context.text(place.element) or ""
            assert text == "" or text.startswith("ANON")


GARBAGE = st.one_of(
    st.binary(max_size=400),
    st.binary(max_size=400).map(lambda noise: builders.PREAMBLE + noise),
    st.binary(max_size=400).map(
        lambda noise: builders.PREAMBLE + builders.file_meta(EXPLICIT_LE.uid) + noise
    ),
    st.binary(max_size=400).map(
        lambda noise: builders.PREAMBLE + builders.file_meta(DEFLATED_LE.uid) + noise
    ),
)


@given(GARBAGE)
def test_garbage(noise: bytes) -> None:
    """Noise gives an output, or one of our errors about inputs."""
    try:
        engine.anonymized(noise, "research")
    except (InputError, UnsafeError):
        return


@given(GARBAGE, st.integers(1, 200))
def test_window_never_matters(noise: bytes, window_bytes: int) -> None:
    """Through any window the same is found, or the same is wrong."""

    def seen(size: int) -> object:
        try:
            instance = scan(BytesSource(noise), size)
        except InputError as error:
            return error.code, error.offset
        return [(str(p.path), p.element.start, p.element.stop) for p in instance.places()]

    assert seen(window_bytes) == seen(1 << 16)
