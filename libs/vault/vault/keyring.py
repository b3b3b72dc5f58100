"""A service's keys, read from one file that only it can read.

Shape of the file: {"service", "wrap": {"current", "keys": {id: base64}}, "index": base64, "letter": private JWK,
"readers": {service: public JWK}}.
"""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc.jwk import OKPKey

PLACEMENT = "placement.key"  # what officers are told apart by in a petition's placement


@dataclass(frozen=True, slots=True)
class Keyring:
    """`wrap` keys close data keys (new ones by `current`); `index` makes fingerprints; the rest is for letters."""

    service: str
    wrap: Mapping[str, bytes]
    current: str
    index: bytes
    letter: OKPKey
    readers: Mapping[str, OKPKey]

    @classmethod
    def from_file(cls, path: Path) -> "Keyring":
        """Raises FileNotFoundError, KeyError or ValueError: a service without its keys must not start."""
        raw: dict[str, Any] = json.loads(path.read_text())
        return cls(
            service=raw["service"],
            wrap={key_id: base64.b64decode(key) for key_id, key in raw["wrap"]["keys"].items()},
            current=raw["wrap"]["current"],
            index=base64.b64decode(raw["index"]),
            letter=OKPKey.import_key(raw["letter"]),
            readers={name: OKPKey.import_key(key) for name, key in raw["readers"].items()},
        )


def generate(folder: Path, services: list[str]) -> list[Path]:
    """Writes `<service>.keys.json` each, `officer.key` and `.pub`, the services' shared `placement.key`.

    Never overwrites. Returns what it wrote.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    missing = [name for name in services if not (folder / f"{name}.keys.json").exists()]
    written = []
    if missing:
        if len(missing) != len(services):
            raise FileExistsError(f"keys of some services exist already; missing: {', '.join(missing)}")
        letters = {name: OKPKey.generate_key("X25519") for name in services}
        for name in services:
            content = {
                "service": name,
                "wrap": {"current": "w1", "keys": {"w1": random_key()}},
                "index": random_key(),
                "letter": letters[name].as_dict(private=True),
                "readers": {other: key.as_dict(private=False) for other, key in letters.items()},
            }
            written.append(create(folder / f"{name}.keys.json", json.dumps(content)))
    if not (folder / "officer.key").exists():
        officer = OKPKey.generate_key("Ed25519")
        written.append(create(folder / "officer.key", json.dumps(officer.as_dict(private=True))))
        written.append(create(folder / "officer.pub", json.dumps(officer.as_dict(private=False))))
    if not (folder / PLACEMENT).exists():
        written.append(create(folder / PLACEMENT, json.dumps({"key": random_key()})))
    return written


def random_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def create(path: Path, content: str) -> Path:
    # created closed: a file that is readable for a moment has been readable
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
    return path
