"""The key: what makes replacements consistent for its holder and meaningless to others.

Strategy: one secret, one keyed hash (BLAKE2b), one purpose a use, so that a UID and a
patient ID with the same text share nothing. UIDs are UUIDs of version 8 under 2.25,
so they are valid, never longer than 44 characters, and need no registered root.

Invariants: the same key, purpose and text give the same result on every host, today and
next year; without the key nothing can be reversed or recomputed. The secret is not in
any message or repr.

Standard: PS3.5 §9, §B.2; RFC 7693, RFC 9562 §5.8.
"""

from __future__ import annotations

import json
from base64 import b32encode
from hashlib import blake2b

from dicomanon.errors import ProfileError
from dicomanon.policy.seal import is_sealed

SECRET_BYTES = 32
MAX_SHIFT_DAYS = 3650
DAY_SECONDS = 86_400
PSEUDONYM_PREFIX = "ANON"
PSEUDONYM_CHARS = 16
_FORM = "dicomanon-key-1"
_KEPT_UIDS = 1 << 14


class Key:
    """A project's secret of 32 bytes."""

    __slots__ = ("__weakref__", "_secret", "_uids")

    def __init__(self, secret: bytes) -> None:
        if len(secret) != SECRET_BYTES:
            raise ProfileError("key")
        self._secret = secret
        self._uids: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"Key({self.fingerprint})"

    def digest(self, purpose: str, text: str, size_bytes: int = 16) -> bytes:
        """The keyed hash of a text for one purpose; purpose: at most 16 ASCII characters."""
        return blake2b(
            text.encode("utf-8", "surrogatepass"),
            digest_size=size_bytes,
            key=self._secret,
            person=purpose.encode("ascii"),
        ).digest()

    @property
    def fingerprint(self) -> str:
        """Eight hex digits that tell keys apart and nothing else."""
        return self.digest("fingerprint", "", 4).hex()

    def uid(self, source: str) -> str:
        """The new UID of a source UID. Standard: PS3.5 §B.2."""
        new = self._uids.get(source)
        if new is None:
            number = int.from_bytes(self.digest("uid", source), "big")
            number = number & ~(0xF << 76) | 0x8 << 76
            number = number & ~(0x3 << 62) | 0x2 << 62
            if len(self._uids) >= _KEPT_UIDS:  # an archive has more than memory is for
                self._uids.clear()
            new = self._uids[source] = f"2.25.{number}"
        return new

    def pseudonym(self, source: str) -> str:
        """A code of 16 capital letters and digits: valid as SH, CS, AE, LO and PN."""
        code = b32encode(self.digest("pseudonym", source, 10)).decode("ascii")
        return (PSEUDONYM_PREFIX + code)[:PSEUDONYM_CHARS]

    def shift_days(self, patient_id: str) -> int:
        """How far this patient's dates move: 1 to 3650 days into the past."""
        number = int.from_bytes(self.digest("shift", patient_id, 8), "big")
        return -1 - number % MAX_SHIFT_DAYS

    def shift_seconds(self, patient_id: str) -> int:
        """How far this patient's times of day move, where they do: 1 to 86,399 seconds."""
        number = int.from_bytes(self.digest("shift-seconds", patient_id, 8), "big")
        return 1 + number % (DAY_SECONDS - 1)

    def file_stem(self, source: str) -> str:
        """A neutral file name without its ending."""
        code = b32encode(self.digest("file", source, 10)).decode("ascii")
        return f"dicomanon-{code.lower()}"


def dump_key(secret: bytes) -> str:
    """A key file's text."""
    return json.dumps({"form": _FORM, "secret": secret.hex()}, indent=1) + "\n"


def load_key(text: str) -> Key:
    """The key in a key file's text.

    Raises:
        ProfileError: `key`, it is not a key file; `key_sealed`, it is sealed.
    """
    if is_sealed(text):
        raise ProfileError("key_sealed")
    try:
        content = json.loads(text)
        secret = bytes.fromhex(content["secret"]) if content["form"] == _FORM else b""
    except (ValueError, TypeError, KeyError, RecursionError):  # the last: brackets in brackets
        raise ProfileError("key") from None
    return Key(secret)
