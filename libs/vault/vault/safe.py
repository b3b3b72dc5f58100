"""A safe for what must not open with the other keys: a key file of its own, kept and backed up in another place.

Shape of the file: {"current": id, "keys": {id: base64}}. What is closed names its key; new things are closed by the
current one.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.keyring import create, keys_in, random_key, read
from vault.vault import Sealed

_NONCE = 12


@dataclass(frozen=True, slots=True)
class Safe:
    """What only its own keys open, apart from the keys of everything else."""

    keys: Mapping[str, bytes]
    current: str

    @classmethod
    def from_file(cls, path: Path) -> "Safe":
        """Raises WrongKeys."""
        return cls(*keys_in(path, read(path, "current", "keys")))

    def close(self, label: str, plain: bytes) -> tuple[str, bytes]:
        """The key's id, and what it closed. `label` (table|column|row) must be given again to open."""
        nonce = os.urandom(_NONCE)
        return self.current, nonce + AESGCM(self.keys[self.current]).encrypt(nonce, plain, _bound(label, self.current))

    def open(self, label: str, key_id: str, closed: bytes) -> bytes:
        """Raises Sealed: another row, another key, or a key that is no longer here."""
        try:
            return AESGCM(self.keys[key_id]).decrypt(closed[:_NONCE], closed[_NONCE:], _bound(label, key_id))
        except (KeyError, InvalidTag):
            raise Sealed("the safe does not open") from None


def generate(path: Path) -> bool:
    """Writes a key file; one that is there stays. Whether it wrote."""
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    create(path, json.dumps({"current": "s1", "keys": {"s1": random_key()}}))
    return True


def _bound(label: str, key_id: str) -> bytes:
    return f"{label}|{key_id}".encode()
