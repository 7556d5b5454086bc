"""Every error dicomanon raises.

    DicomanonError
    ├─ InputError            this file cannot be handled; the batch goes on
    │  ├─ NotDicomError      it is not DICOM at all
    │  ├─ MalformedError     it is DICOM, and broken where we cannot be lenient
    │  └─ UnsupportedError   it is sound, and we do not handle its kind
    ├─ ProfileError          the person's profile, option, mask or key is wrong
    └─ UnsafeError           it could be written, and we refuse
       ├─ UndecidedError     no rule decides an element, or its rule cannot act
       ├─ PixelError         a mask cannot be burned in as asked
       └─ LeakError          the output still holds an identifier

Strategy: an error carries a stable `code` from `SENTENCES` and where it
happened, nothing else; the code is also the key of the page's messages, so one
problem has one sentence in each language.

Invariants: no message, repr or attribute holds an element value or the name of
a source file. Only `cli` and `web` catch `DicomanonError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dicomanon.dicom.tag import TagPath
    from dicomanon.verify.finding import Finding

SENTENCES: dict[str, str] = {
    # InputError
    "unreadable": "The file cannot be read.",
    "zip_encrypted": "The ZIP entry is encrypted; unpack it first.",
    "zip_path": "The ZIP entry has a path that leaves its folder, or is a link.",
    "zip_bomb": "The ZIP unpacks to far more than its size allows for.",
    "zip_damaged": "The ZIP or the entry in it is damaged.",
    "internal": "dicomanon itself failed on the file; please report it.",
    "worker_lost": "The process that handled the file ended, twice.",
    # NotDicomError
    "empty": "The file is empty.",
    "not_dicom": "The file is not DICOM.",
    # MalformedError
    "truncated": "The file ends in the middle of an element.",
    "length": "An element says it is longer than what holds it.",
    "delimiter": "A sequence or fragment is not delimited as the standard requires.",
    "depth": "Sequences are nested deeper than any real file needs.",
    "count": "The file holds more elements than any real file needs.",
    "deflate": "The deflated data set cannot be inflated.",
    "value": "An element's value cannot be read as its value representation.",
    # UnsupportedError
    "transfer_syntax": "The transfer syntax is not one dicomanon reads.",
    "inflated_size": "The deflated data set is too large once inflated.",
    "zip_method": "The ZIP entry is compressed in a way dicomanon does not read.",
    "dicomdir": "A DICOMDIR is an index of files, not an image; anonymize the files it lists.",
    # ProfileError
    "preset": "There is no preset of that name.",
    "option": "There is no Option of that name.",
    "option_conflict": "Two of the Options contradict each other.",
    "tag": "That is neither a tag, a keyword nor a path of tags.",
    "action": "There is no action of that name.",
    "action_not_allowed": "That action is not possible for this element.",
    "action_value": "The value given does not fit the element's value representation.",
    "charset_text": "A text is not in the character set it declares, so it cannot be rewritten.",
    "charset_value": "The value given cannot be written in the file's character set.",
    "mask": "A mask is x,y,w,h with an optional @frames, inside the image.",
    "mask_templates": "The file of mask templates is not one that dicomanon made.",
    "key": "The key file is not a dicomanon key.",
    "key_sealed": "The key file is sealed; give its passphrase.",
    "key_passphrase": "The passphrase is wrong, or the sealed file was changed.",
    "template": "A template of names has {patient}, {study}, {series} and, for sure, {instance}.",
    "journal": "The output folder's journal is damaged; --redo makes a new one.",
    "host_key": "The server is not in known_hosts, or its key is another; see to that with ssh.",
    "busy": "Another run is at work on this output; wait until it has ended.",
    "journal_key": "The output folder is of another key; give that one or another folder.",
    "journal_choices": "The output folder is of other choices; give these, or --redo.",
    "detect_models": "The networks that find text are missing: python3 -m webbuild.models, "
    "then install again.",
    "detect_runtime": "Finding text needs onnxruntime: pip install 'dicomanon[detect]'.",
    "passphrase": "A passphrase needs at least 8 characters.",
    "sealed": "The file is not one that dicomanon sealed.",
    "lookup": "The lookup table is not a CSV of id_old,id_new[,name][,date_offset_days].",
    "answers": "The answer key is not an SQLite file of answers as the MIDI validation has it.",
    "map": "The map is not a CSV of id_old,id_new.",
    "private_list": "The list of private elements is not a CSV of creator,tag,disposition.",
    "preset_form": "The preset says something dicomanon does not know.",
    "preset_cycle": "Presets extend each other in a circle.",
    "convert": "That is not a script of the format named.",
    "reason": "Findings are accepted for a reason, and none was given.",
    "report": "The file is not a report of dicomanon.",
    "review": "The file is not a review's CSV with the columns cut and value.",
    "uid_map": "The UID map is not a CSV of id_old,id_new.",
    # UndecidedError
    "undecided": "No rule decides an element, so nothing is written.",
    "lookup_unknown": "The lookup table does not know the file's patient.",
    "no_patient": "Dates cannot be shifted: the file does not say which patient it belongs to.",
    # PixelError
    "no_pixels": "There are no pixels to mask.",
    "encapsulated_mask": (
        "This kind of compression (video, progressive or arithmetic JPEG and the like) cannot be "
        "encoded again, so it cannot be masked. Its pixels can be removed, or converted where "
        "they can be decoded."
    ),
    "pixel_layout": "The pixel data does not have the size its attributes say.",
    "pixel_description": "The attributes that describe the pixels are missing or at odds.",
    "codec": "The compressed frame cannot be decoded.",
    "burned_in_risk": "Text may be burned into the image, and nobody masked it or looked at it.",
    "text_review": "It is not sure what of this image is text; a person has to look at it.",
    "slide_label": "This picture shows the label of a slide; it is left out.",
    "face_possible": "A face may be recognized in these pixels, and faces are not removed here.",
    "frame": "There is no such frame.",
    "frame_size": "The image is too large to be shown or masked.",
    # LeakError
    "leak": "The output still holds an identifier.",
}


class DicomanonError(Exception):
    """A problem with a stable code and a place, and no value from the file.

    code: a key of `SENTENCES`; path: the element, if one is concerned;
    offset: byte offset in the source, if one is known.
    """

    def __init__(
        self, code: str, *, path: TagPath | None = None, offset: int | None = None
    ) -> None:
        self.code = code
        self.path = path
        self.offset = offset
        super().__init__(code)

    def __str__(self) -> str:
        place = "" if self.path is None else f" [{self.path}]"
        offset = "" if self.offset is None else f" (at byte {self.offset})"
        return f"{SENTENCES[self.code]}{place}{offset}"


class InputError(DicomanonError):
    """This file cannot be handled; a batch goes on without it."""


class NotDicomError(InputError):
    """The file is not DICOM."""


class MalformedError(InputError):
    """The file is DICOM, and broken where leniency would be guessing."""


class UnsupportedError(InputError):
    """The file is sound, and of a kind that is not handled."""


class ProfileError(DicomanonError):
    """The person's profile, option, mask or key is wrong.

    where: the place in the person's own file, a path of its keys or a line; no value.
    """

    def __init__(
        self,
        code: str,
        *,
        path: TagPath | None = None,
        offset: int | None = None,
        where: str = "",
    ) -> None:
        super().__init__(code, path=path, offset=offset)
        self.where = where

    def __str__(self) -> str:
        return super().__str__() + (f" [{self.where}]" if self.where else "")


class UnsafeError(DicomanonError):
    """The output could be written, and is refused."""


class UndecidedError(UnsafeError):
    """No rule decides an element, or its rule cannot act."""


class PixelError(UnsafeError):
    """A mask cannot be burned in as asked."""


class LeakError(UnsafeError):
    """The output still holds an identifier; findings: all of the check's, strong ones first."""

    def __init__(
        self,
        code: str,
        *,
        path: TagPath | None = None,
        offset: int | None = None,
        findings: Sequence[Finding] = (),
    ) -> None:
        super().__init__(code, path=path, offset=offset)
        self.findings = tuple(findings)
