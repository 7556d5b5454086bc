"""The lease: one run at a time writes to a store, and a dead one is not in the way for long."""

from __future__ import annotations

import pickle
from contextlib import closing
from time import monotonic, sleep
from typing import TYPE_CHECKING

import pytest

from dicomanon.api import anonymize_many
from dicomanon.batch import lease
from dicomanon.batch.cloud import LEASE, CloudStore
from dicomanon.batch.journal import kept
from dicomanon.batch.task import Job
from dicomanon.dicom.source import BytesSource
from dicomanon.errors import ProfileError
from dicomanon.naming import TEMPLATE
from dicomanon.policy.key import Key
from dicomanon.policy.profile import profile
from tests.batch import batches

if TYPE_CHECKING:
    from pathlib import Path

RENEW_SECONDS, LOST_SECONDS, DEAD_SECONDS = 0.05, 0.5, 1.0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same in small."""
    monkeypatch.setattr(lease, "RENEW_SECONDS", RENEW_SECONDS)
    monkeypatch.setattr(lease, "LOST_SECONDS", LOST_SECONDS)
    monkeypatch.setattr(lease, "DEAD_SECONDS", DEAD_SECONDS)


def job(folder: Path) -> tuple[str, Job]:
    """A store that is a folder behind a URL, and a run into it."""
    place = f"file://{folder}"
    store = CloudStore(place)
    return place, Job(profile("research"), Key(batches.SECRET), TEMPLATE, store=store)


@pytest.mark.parametrize("scheme", ["file://", ""])
def test_a_second_run(tmp_path: Path, scheme: str) -> None:
    """In a store and in a folder it is refused while another is at work, and not after that."""
    source = batches.fill(tmp_path / "in", 3)
    place = f"{scheme}{tmp_path / 'out'}"
    first = anonymize_many([source], output=place)
    next(first)
    with pytest.raises(ProfileError) as caught:
        list(anonymize_many([source], output=place))
    assert caught.value.code == "busy"
    first.close()
    assert len(list(anonymize_many([source], output=place))) == 7
    assert not any(path.is_file() for path in (tmp_path / "out" / batches.OURS).rglob("*"))


def test_a_dead_run(tmp_path: Path) -> None:
    """What it left is taken over when it has not changed for long enough, and not before."""
    place, chosen = job(tmp_path)
    left = tmp_path / LEASE
    left.parent.mkdir(parents=True)
    left.write_bytes(b"somebody 7\n")
    waited: list[float] = []
    began = monotonic()
    with kept(place, chosen, keyed=True, waits=lambda: waited.append(monotonic())):
        assert monotonic() - began > DEAD_SECONDS
        assert left.read_bytes() != b"somebody 7\n"
    assert len(waited) == 1
    assert not left.exists()


def test_a_lease_that_is_lost(tmp_path: Path) -> None:
    """Who finds another's in its place names nothing more, and leaves the other's there."""
    place, chosen = job(tmp_path)
    store, left = chosen.store, tmp_path / LEASE
    assert store is not None
    with pytest.raises(OSError, match="another run"), kept(place, chosen, keyed=True):  # noqa: PT012
        store.begin()
        store.place(store.write(BytesSource(b""), [b"first"]), "first.dcm")
        second = store.write(BytesSource(b""), [b"second"])
        left.write_bytes(b"somebody 1\n")
        sleep(4 * RENEW_SECONDS)
        store.place(second, "second.dcm")
    assert (tmp_path / "first.dcm").read_bytes() == b"first"
    assert not (tmp_path / "second.dcm").exists()
    assert left.read_bytes() == b"somebody 1\n"


def test_workers_have_no_lease(tmp_path: Path) -> None:
    """They write parts; who names them is the run."""
    place, chosen = job(tmp_path)
    with closing(anonymize_many([], output=place)), kept(place, chosen, keyed=True):
        assert isinstance(chosen.store, CloudStore)
        assert chosen.store.lease is not None
        assert pickle.loads(pickle.dumps(chosen.store)).lease is None  # noqa: S301 - our own
