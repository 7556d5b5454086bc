"""Waveforms that are sound: who speaks can be known by the voice, and may say names.

Strategy: a waveform is sound where its SOP Class is of audio, its samples are coded as
speech is, or a channel's source says so. Its samples become silence of the same length, in
their own coding. Not removed: Waveform Sequence and Waveform Data are of Type 1, so without
them the instance would be none of its class; and not refused, for then a study with a
dictation could not be anonymized at all. ECG and all other waveforms stay.

Invariants: no sound stays unless the person names it; what says how it was recorded stays true.

Standard: PS3.3 §C.10.9; PS3.16 CID 3000.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomanon.dicom.instance import Context
from dicomanon.policy.stamp import SOP_CLASS_UID

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dicomanon.dicom.tag import Tag

WAVEFORM_SEQUENCE: Tag = 0x54000100
WAVEFORM_DATA: Tag = 0x54001010
_INTERPRETATION: Tag = 0x54001006
_CHANNELS: Tag = 0x003A0200
_CHANNEL_SOURCE: Tag = 0x003A0208
_CODE_VALUE: Tag = 0x00080100

_CLASSES = frozenset(
    {
        "1.2.840.10008.5.1.4.1.1.9.4.1",  # Basic Voice Audio
        "1.2.840.10008.5.1.4.1.1.9.4.2",  # General Audio
    }
)
_SOURCES = frozenset(map(str, range(109110, 109116)))
"""Voice, narrative, the room, Doppler, phonocardiogram, other sounds of the body: CID 3000."""
_SPEECH = frozenset({"MB", "AB"})
"""Samples in mu-law and A-law, as telephones have them."""
_SILENCE: Mapping[str, bytes] = {"UB": b"\x80", "MB": b"\xff", "AB": b"\xd5", "US": b"\0\x80"}
"""One sample, little endian, by Waveform Sample Interpretation; zero in all others."""


def is_sound(waveform: Context) -> bool:
    """Whether an item of Waveform Sequence is sound."""
    return (
        waveform.instance.text(SOP_CLASS_UID) in _CLASSES
        or waveform.text_of(_INTERPRETATION) in _SPEECH
        or not _SOURCES.isdisjoint(_sources(waveform))
    )


def silence(waveform: Context, size_bytes: int) -> bytes:
    """Samples of silence in the coding of a waveform; size_bytes: even."""
    sample = _SILENCE.get(waveform.text_of(_INTERPRETATION), b"\0")
    ordered = sample if waveform.data_set.little else sample[::-1]
    return ordered * (size_bytes // len(ordered))


def _sources(waveform: Context) -> Iterator[str]:
    """The codes of what a waveform's channels were recorded from."""
    for channel in _items(waveform, _CHANNELS):
        for source in _items(channel, _CHANNEL_SOURCE):
            yield source.text_of(_CODE_VALUE)


def _items(level: Context, sequence: Tag) -> Iterator[Context]:
    element = level.data_set.find(sequence)
    for data_set in (element.items or ()) if element is not None else ():
        yield Context(level.instance, data_set, level)
