"""Sealing: Python and Node's Web Crypto open each other's files, and nothing else opens them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dicomanon.errors import ProfileError
from dicomanon.policy.key import dump_key, load_key
from dicomanon.policy.seal import is_sealed, seal, unseal

ROOT = Path(__file__).resolve().parents[2]
SEAL_JS = (ROOT / "web" / "seal.js").as_uri()
PHRASE = "correct horse 電池 staple"
KEY = dump_key(bytes(range(32)))
SALT, NONCE = bytes(range(16)), bytes(range(12))
VECTOR = seal(KEY, PHRASE, salt=SALT, nonce=NONCE)


def node(script: str, *arguments: str) -> str:
    """What a module script prints, seal.js at hand as `s`, the arguments as `a`."""
    head = f"const s = await import({json.dumps(SEAL_JS)}); const a = process.argv.slice(1);"
    command = ["node", "--input-type=module", "-e", head + script, "--", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout


def changed(**fields: object) -> str:
    return json.dumps({**json.loads(VECTOR), **fields})


def test_the_form() -> None:
    """A sealed file says how it was made, and nothing of what is in it."""
    found: dict[str, Any] = json.loads(VECTOR)
    assert found.pop("text")
    assert found == {
        "form": "dicomanon-sealed-1",
        "kdf": "PBKDF2-HMAC-SHA-256",
        "iterations": 600_000,
        "salt": "AAECAwQFBgcICQoLDA0ODw==",
        "cipher": "AES-256-GCM",
        "nonce": "AAECAwQFBgcICQoL",
    }
    assert is_sealed(VECTOR)
    assert not any(is_sealed(text) for text in (KEY, "", "[1]", "no JSON", "[" * 100_000))


def test_python_opens_what_python_sealed() -> None:
    """The text comes back, whatever form of Unicode the keyboard gives."""
    assert unseal(VECTOR, PHRASE) == KEY
    wide = PHRASE.replace("correct", "ｃｏｒｒｅｃｔ")
    assert unseal(VECTOR, wide) == KEY


def test_the_page_opens_what_python_sealed() -> None:
    """Web Crypto reads the same form."""
    script = "process.stdout.write(await s.unseal(a[0], a[1]))"
    assert node(script, VECTOR, PHRASE) == KEY


def test_python_opens_what_the_page_sealed() -> None:
    """And the other way round, for a key that the page made."""
    script = """
      const key = s.newKey();
      console.log(JSON.stringify([key, await s.seal(key, a[0]), s.isSealed(key)]));
    """
    key, sealed, plain_is_sealed = json.loads(node(script, PHRASE))
    assert unseal(sealed, PHRASE) == key
    assert not plain_is_sealed
    assert len(load_key(key).fingerprint) == 8


@pytest.mark.parametrize(
    "content",
    [
        changed(nonce="AAAAAAAAAAAAAAAA"),
        changed(salt="AAAAAAAAAAAAAAAAAAAAAA=="),
        changed(iterations=600_001),
        changed(text="AAAA" + json.loads(VECTOR)["text"][4:]),
    ],
)
def test_a_changed_file_does_not_open(content: str) -> None:
    """Every field that may differ decides; both sides say the same code."""
    with pytest.raises(ProfileError) as caught:
        unseal(content, PHRASE)
    assert caught.value.code == "key_passphrase"
    assert node(CODE, content, PHRASE) == "key_passphrase"


def test_a_wrong_passphrase_does_not_open() -> None:
    """The error is the one of a changed file, and holds neither."""
    with pytest.raises(ProfileError) as caught:
        unseal(VECTOR, "another phrase")
    assert caught.value.code == "key_passphrase"
    assert "another" not in f"{caught.value} {caught.value!r}"
    assert node(CODE, VECTOR, "another phrase") == "key_passphrase"


CODE = "await s.unseal(a[0], a[1]).catch((error) => process.stdout.write(error.code))"


@pytest.mark.parametrize(
    "content",
    [
        *("", "null", "[]", '"x"', KEY, changed(form="dicomanon-sealed-2"), changed(kdf="scrypt")),
        *(changed(cipher="AES-128-GCM"), changed(iterations=599_999), changed(iterations=10**9)),
        *(changed(iterations="600000"), changed(iterations=True), changed(nonce="AAEC")),
        *(changed(salt="AAEC"), changed(text="AAEC"), changed(text="%"), changed(text=None)),
    ],
)
def test_what_is_no_sealed_file(content: str) -> None:
    """Other files, weak or endless derivations and broken fields are refused on both sides."""
    with pytest.raises(ProfileError) as caught:
        unseal(content, PHRASE)
    assert caught.value.code == "sealed"
    assert node(CODE, content, PHRASE) == "sealed"


def test_a_new_passphrase_has_eight_characters() -> None:
    """Shorter ones seal nothing."""
    with pytest.raises(ProfileError) as caught:
        seal(KEY, "1234567", salt=SALT, nonce=NONCE)
    assert caught.value.code == "passphrase"
    script = "await s.seal('x', '1234567').catch((error) => process.stdout.write(error.code))"
    assert node(script) == "passphrase"


def test_a_sealed_key_is_no_key_yet() -> None:
    """Loading one says that its passphrase is needed."""
    with pytest.raises(ProfileError) as caught:
        load_key(VECTOR)
    assert caught.value.code == "key_sealed"
