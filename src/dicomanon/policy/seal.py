"""Sealing: a text that only a passphrase opens again.

Strategy: PBKDF2-HMAC-SHA-256 makes a key of the passphrase, AES-256-GCM seals the text:
exactly what `cryptography` here and Web Crypto in the page share. The sealed file is JSON
and says everything but the passphrase, so `web/seal.js` reads what is written here and
the other way round. Salt and nonce are given, because the policy room makes no randomness.

Invariants: the same passphrase, typed on any keyboard, is the same bytes (NFKC, UTF-8).
The form's name is authenticated with the text. A wrong passphrase and a changed file are
not told apart, and nothing of the text is in any error.

Standard: RFC 8018 §5.2; NIST SP 800-38D; the count of iterations after OWASP.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Any, NamedTuple
from unicodedata import normalize

from dicomanon.errors import ProfileError

FORM = "dicomanon-sealed-1"
KDF = "PBKDF2-HMAC-SHA-256"
CIPHER = "AES-256-GCM"
ITERATIONS = 600_000
MAX_ITERATIONS = 10_000_000
"""A file that asks for more is made to keep a machine busy."""
SALT_BYTES = 16
NONCE_BYTES = 12
TAG_BYTES = 16
KEY_BYTES = 32
PASSPHRASE_CHARS = 8
"""The least a new passphrase must have; an old one may be shorter."""


class Sealed(NamedTuple):
    """What a sealed file says; text: ciphertext with the tag behind it."""

    iterations: int
    salt: bytes
    nonce: bytes
    text: bytes


def is_sealed(content: str) -> bool:
    """Whether a file's text says that it is sealed."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("form") == FORM


def seal(
    text: str, passphrase: str, *, salt: bytes, nonce: bytes, iterations: int = ITERATIONS
) -> str:
    """A sealed file's text; salt: 16 random bytes; nonce: 12 random bytes, never used twice.

    Raises:
        ProfileError: code `passphrase`; it has fewer than 8 characters.
    """
    if len(normalize("NFKC", passphrase)) < PASSPHRASE_CHARS:
        raise ProfileError("passphrase")
    cipher = _cipher(passphrase, salt, iterations)
    sealed = cipher.encrypt(nonce, text.encode(), FORM.encode())
    content = {
        "form": FORM,
        "kdf": KDF,
        "iterations": iterations,
        "salt": b64encode(salt).decode(),
        "cipher": CIPHER,
        "nonce": b64encode(nonce).decode(),
        "text": b64encode(sealed).decode(),
    }
    return json.dumps(content, indent=1) + "\n"


def unseal(content: str, passphrase: str) -> str:
    """The text in a sealed file.

    Raises:
        ProfileError: `sealed`, it is not a sealed file; `key_passphrase`, the passphrase is
            wrong or the file was changed.
    """
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - only sealed files need it

    sealed = _parsed(content)
    cipher = _cipher(passphrase, sealed.salt, sealed.iterations)
    try:
        return str(cipher.decrypt(sealed.nonce, sealed.text, FORM.encode()), "utf-8")
    except (InvalidTag, UnicodeDecodeError):
        raise ProfileError("key_passphrase") from None


def _parsed(content: str) -> Sealed:
    try:
        found = json.loads(content)
        known = (found["form"], found["kdf"], found["cipher"]) == (FORM, KDF, CIPHER)
        iterations = found["iterations"]
        raw = [b64decode(found[name], validate=True) for name in ("salt", "nonce", "text")]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise ProfileError("sealed") from None
    salt, nonce, text = raw
    sizes = len(salt) >= SALT_BYTES and len(nonce) == NONCE_BYTES and len(text) >= TAG_BYTES
    counted = type(iterations) is int and ITERATIONS <= iterations <= MAX_ITERATIONS
    if not (known and sizes and counted):
        raise ProfileError("sealed")
    return Sealed(iterations, salt, nonce, text)


def _cipher(passphrase: str, salt: bytes, iterations: int) -> Any:  # noqa: ANN401 - an AESGCM
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC  # noqa: PLC0415

    kdf = PBKDF2HMAC(SHA256(), KEY_BYTES, salt, iterations)
    return AESGCM(kdf.derive(normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")))
