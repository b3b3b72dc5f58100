"""A service's keys, read from one file that only it can read.

Shape of the file: {"service", "wrap": {"current", "keys": {id: base64}}, "index": base64, "letter": private JWK,
"readers": {service: public JWK}}.
"""

import base64
import json
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

PLACEMENT = "placement.key"  # what officers are told apart by in a petition's placement
LENGTH = 32  # bytes of a key


class WrongKeys(ValueError):  # noqa: N818 - what they are
    """A key file that cannot be used, or a key that is needed and not in it: a service must not start like that.

    `zh`: the sentence for whoever operates; it names files and key ids, never what is in a key.
    """

    def __init__(self, zh: str):
        super().__init__(zh)
        self.zh = zh


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
        """Raises WrongKeys."""
        raw = read(path, "service", "wrap", "index", "letter", "readers")
        wrap, current = keys_in(path, raw["wrap"])
        try:
            letter = OKPKey.import_key(raw["letter"])
            readers = {name: OKPKey.import_key(key) for name, key in raw["readers"].items()}
        except (AttributeError, JoseError, KeyError, TypeError, ValueError):
            raise WrongKeys(f"密钥文件 {path} 的 letter 或 readers 不是密钥") from None
        return cls(raw["service"], wrap, current, key_of(path, "index", raw["index"]), letter, readers)

    def check(self, service: str, others: Sequence[str]) -> None:
        """Whether it is this service's, and letters can be written to all. Raises WrongKeys."""
        if self.service != service:
            raise WrongKeys(f"密钥文件是 {self.service} 的，不是 {service} 的")
        missing = [name for name in others if name not in self.readers]
        if missing:
            raise WrongKeys(f"密钥文件的 readers 缺少 {'、'.join(missing)}：给它的信件无法加密")
        if self.readers.get(service) and self.readers[service].thumbprint() != self.letter.thumbprint():
            raise WrongKeys("密钥文件的 letter 与 readers 不是一套：别人给本服务的信件无法打开")


def read(path: Path, *members: str) -> dict[str, Any]:
    """A key file's content, with at least these members. Raises WrongKeys saying what is wrong with it."""
    try:
        mode, text = path.stat().st_mode, path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise WrongKeys(f"没有密钥文件 {path}") from None
    except OSError as fault:
        raise WrongKeys(f"密钥文件 {path} 无法读取（{fault.strerror}）：请核对属主和权限") from None
    except UnicodeDecodeError:
        raise WrongKeys(f"密钥文件 {path} 不是 UTF-8 文本") from None
    if mode & 0o022:
        # whoever may write it may have put a key of their own there
        raise WrongKeys(f"密钥文件 {path} 可被属主以外的用户改写：请执行 chmod go-w，并核对内容")
    try:
        raw = json.loads(text, object_pairs_hook=_each_once)
    except (RecursionError, ValueError) as fault:
        why = fault.args[0] if isinstance(fault, _Twice) else "不是完整的 JSON"
        raise WrongKeys(f"密钥文件 {path} {why}") from None
    missing = [name for name in members if name not in raw] if isinstance(raw, dict) else members
    if missing:
        raise WrongKeys(f"密钥文件 {path} 缺少 {'、'.join(missing)}")
    content: dict[str, Any] = raw
    return content


def keys_in(path: Path, raw: Any) -> tuple[dict[str, bytes], str]:
    """The keys by id, and the id of the current one, of {"current", "keys"}. Raises WrongKeys."""
    if not isinstance(raw, dict) or not isinstance(raw.get("keys"), dict):
        raise WrongKeys(f"密钥文件 {path} 缺少 keys")
    keys, current = {name: key_of(path, name, key) for name, key in raw["keys"].items()}, raw.get("current")
    if not isinstance(current, str) or current not in keys:
        raise WrongKeys(f"密钥文件 {path} 的 current 是 {current}，keys 里没有这一把")
    if len(set(keys.values())) < len(keys):
        raise WrongKeys(f"密钥文件 {path} 里有两个编号是同一把密钥")
    return keys, current


def key_of(path: Path, name: str, value: Any) -> bytes:
    """Raises WrongKeys."""
    try:
        key = base64.b64decode(value, validate=True)
    except (TypeError, ValueError):
        key = b""
    if len(key) != LENGTH:
        raise WrongKeys(f"密钥文件 {path} 中的 {name} 不是 {LENGTH} 字节的密钥（base64）")
    return key


class _Twice(ValueError):  # noqa: N818 - what a name is there
    pass


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        # the last would win, and what the other closed would never open again
        raise _Twice(f"里 {next(each for each in names if names.count(each) > 1)} 出现两次")
    return found


def generate(folder: Path, services: list[str]) -> list[Path]:
    """Writes `<service>.keys.json` each, `.key` and `.pub` of who signs tokens, the services' shared `placement.key`.

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
    # by which officers' tokens are signed: at the command line, and for who logs in to the pages
    for signs in ("officer", "signer"):
        if not (folder / f"{signs}.key").exists():
            pair = OKPKey.generate_key("Ed25519")
            written.append(create(folder / f"{signs}.key", json.dumps(pair.as_dict(private=True))))
            written.append(create(folder / f"{signs}.pub", json.dumps(pair.as_dict(private=False))))
    if not (folder / PLACEMENT).exists():
        written.append(create(folder / PLACEMENT, json.dumps({"key": random_key()})))
    return written


def random_key() -> str:
    """A new key as the key files hold it."""
    return base64.b64encode(secrets.token_bytes(LENGTH)).decode()


def change(path: Path, how: Callable[[dict[str, Any]], None]) -> None:
    """Writes a key file of either shape anew; `how` is given its {"current", "keys"}. Raises WrongKeys.

    There is the old content or the new one, never half of it, and never one that would not be read.
    """
    raw = read(path)
    part = raw.get("wrap", raw)
    keys_in(path, part)
    how(part)
    keys_in(path, part)
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    create(new, json.dumps(raw))
    new.chmod(path.stat().st_mode & 0o777)
    new.replace(path)


def create(path: Path, content: str) -> Path:
    """The path, now a file that only its owner can read. Raises FileExistsError: no key is written over."""
    # created closed: a file that is readable for a moment has been readable
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
    return path
