"""The library: one instance and many in a call."""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING

import pytest

import dicomanon
from dicomanon.dicom.source import BytesSource
from dicomanon.errors import InputError, ProfileError
from dicomanon.policy.key import dump_key
from dicomanon.policy.profile import profile
from tests import engine
from tests.batch import batches

if TYPE_CHECKING:
    from pathlib import Path

    from dicomanon.api import Readable

DATA = batches.instance(1, pixels_bytes=300_000)
EXPECTED = engine.anonymized(DATA, "research")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "Yamada.dcm"
    found.write_bytes(DATA)
    return found


def test_one_of_any_kind(path: Path) -> None:
    """A path, a string, bytes, a file and a source are the same instance."""
    with path.open("rb") as stream:
        given: list[Readable] = [path, str(path), DATA, stream, io.BytesIO(DATA), BytesSource(DATA)]
        found = [dicomanon.anonymize(each, "research", engine.KEY) for each in given]
        assert [each.to_bytes() for each in found] == [EXPECTED] * len(given)
        assert len({each.file_name for each in found}) == 1


def test_repr_says_nothing(path: Path) -> None:
    """What is printed of a result has no element's value, old or new, and no pixels."""
    found = dicomanon.anonymize(path, "in-hospital", engine.KEY)
    assert (
        repr(found.result)
        == f"Result({found.result.file_stem}, {len(found.result.segments)} segments)"
    )
    assert len(repr(found)) < 300


def test_keys_and_profiles(path: Path) -> None:
    """A key's text, its bytes and a Key are the same; a profile stands for itself."""
    for key in (dump_key(batches.SECRET), batches.SECRET, dicomanon.Key(batches.SECRET)):
        assert dicomanon.anonymize(path, "research", key).to_bytes() == EXPECTED
    assert dicomanon.anonymize(path, profile("research"), batches.SECRET).to_bytes() == EXPECTED
    random = {dicomanon.anonymize(path).to_bytes() for _ in range(2)}
    assert len(random) == 2
    with pytest.raises(ProfileError):
        dicomanon.anonymize(path, "none")
    with pytest.raises(ProfileError):
        dicomanon.anonymize(path, key=b"short")


def test_save(path: Path, tmp_path: Path) -> None:
    """The output is written once, and over nothing."""
    found = dicomanon.anonymize(path, key=batches.SECRET)
    found.save(tmp_path / "out.dcm")
    assert (tmp_path / "out.dcm").read_bytes() == EXPECTED
    with pytest.raises(FileExistsError):
        found.save(tmp_path / "out.dcm")
    with pytest.raises(FileExistsError):
        found.save(path)


def test_what_is_refused(tmp_path: Path) -> None:
    """Errors are the engine's; the leak check is made unless it is declined."""
    with pytest.raises(InputError):
        dicomanon.anonymize(b"no DICOM" * 50)
    with pytest.raises(InputError):
        dicomanon.anonymize(tmp_path / "nowhere")
    assert dicomanon.anonymize(DATA).result.findings == ()
    assert dicomanon.anonymize(DATA, verify=False).result.findings is None


@pytest.mark.parametrize("workers", [1, 2])
def test_many(tmp_path: Path, workers: int) -> None:
    """Results come as they are done, in order, errors among them; a second call has no work."""
    source, out = batches.fill(tmp_path / "in", 30), tmp_path / "out"
    arguments = {"output": out, "verify": False, "workers": workers}
    found = list(dicomanon.anonymize_many([source], key=batches.SECRET, **arguments))  # type: ignore[arg-type]
    assert [done.number for done in found] == list(range(1, 35))
    assert {done.name for done in found if done.error is None} == set(batches.tree(out))
    assert [done.error.code for done in found if done.error] == ["not_dicom", "truncated"]
    again = list(dicomanon.anonymize_many([source], key=batches.SECRET, **arguments))  # type: ignore[arg-type]
    assert [done.error.code for done in again if done.error] == ["not_dicom", "truncated"]
    assert len(again) == 2


def test_many_that_are_not_finished(tmp_path: Path) -> None:
    """Who stops asking leaves nothing half-done behind."""
    source, out = batches.fill(tmp_path / "in", 40), tmp_path / "out"
    results = dicomanon.anonymize_many([source], output=out, verify=False, workers=2)
    first = next(results)
    results.close()
    assert first.number == 1
    assert not (out / batches.OURS).exists()
    assert batches.tree(out)


def test_calls_do_not_meet(path: Path) -> None:
    """Threads with other keys and profiles get what they would get alone."""
    keys = [bytes([number] * 32) for number in range(4)]
    presets = ["research", "basic", "in-hospital", "midi"]
    alone = [dicomanon.anonymize(path, p, k).to_bytes() for p, k in zip(presets, keys, strict=True)]
    found: dict[int, bytes] = {}

    def work(number: int) -> None:
        for _ in range(5):
            found[number] = dicomanon.anonymize(path, presets[number], keys[number]).to_bytes()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[number] for number in range(4)] == alone


def test_public_names() -> None:
    """Every public name is there, and none that is not."""
    for name in dicomanon.__all__:
        assert getattr(dicomanon, name).__name__ == name
    with pytest.raises(AttributeError):
        getattr(dicomanon, "nothing")  # noqa: B009 - mypy knows better
