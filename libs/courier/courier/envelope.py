"""The envelope of everything that travels: CloudEvents 1.0, structured JSON.

Extension attributes of ours: `version` and `previous` on events (place in the subject's chain, digest of the envelope
before), `actoragency` `actorofficer` `actorrole` on everything, `traceparent` (W3C), `receipt`: a partner wants to be
told that its message was taken, `critical`: what the receiver must understand or refuse the whole (as `crit` of JWS):
members of `data`, dotted where they lie deeper, or extension attributes. What is not in it and not known is ignored.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import rfc8785

from contracts import plain, strict

__all__ = ["Actor", "Envelope", "parse"]

CONTENT_TYPE = "application/cloudevents+json"
LARGEST = 1024 * 1024
DEEPEST = 32  # whoever walks a body after us must not run out of stack
_TRACE = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_MEMBER = re.compile(r"[A-Za-z0-9_]{1,64}(\.[A-Za-z0-9_]{1,64}){0,7}")
_EXTENSIONS = frozenset({"version", "previous", "actoragency", "actorofficer", "actorrole", "traceparent", "receipt"})


class EnvelopeError(ValueError):
    """A body that is no envelope. `field` is what is wrong with it; `zh` and `en` say why, never with the value."""

    def __init__(self, field: str, zh: str, en: str):
        super().__init__(en)
        self.field, self.zh, self.en = field, zh, en


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it. From the bus the agency is proved and the officer claimed."""

    agency: str
    officer: str
    role: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """What travels. `version` and `previous` are an event's alone: the lane it belongs to is its subject."""

    source: str  # a URI reference: /619926/intake, /agencies/A09
    type: str
    subject: str
    time: datetime
    data: Mapping[str, Any]
    actor: Actor | None = None
    version: int | None = None
    previous: str | None = None
    trace: str | None = None
    receipt: bool = False  # of what came: its sender wants to be told that it was taken
    critical: tuple[str, ...] = ()  # of what came: the members of `data` that must be understood
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def to_bytes(self) -> bytes:
        """Canonical JSON (RFC 8785), so that whoever holds the bytes can prove the digest."""
        body: dict[str, Any] = {
            "specversion": "1.0",
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "subject": self.subject,
            "time": self.time.isoformat(timespec="microseconds"),
            "datacontenttype": "application/json",
            "data": self.data,
        }
        extensions = {
            "version": self.version,
            "previous": self.previous,
            "actoragency": self.actor and self.actor.agency,
            "actorofficer": self.actor and self.actor.officer,
            "actorrole": self.actor and self.actor.role,
            "traceparent": self.trace,
            "critical": list(self.critical) or None,
        }
        return canonical(body | {name: value for name, value in extensions.items() if value is not None})


def canonical(value: Any) -> bytes:
    """A JSON value as RFC 8785 writes it."""
    if not _is_plain(value):
        return rfc8785.dumps(value)
    # where names are ASCII and numbers whole it is what the standard library writes, at a tenth of the time
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(name, str) and name.isascii() and _is_plain(each) for name, each in value.items())
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str) or (isinstance(value, int) and abs(value) < 2**53)


def digest(body: bytes) -> bytes:
    """SHA-256 of an envelope's bytes: what the next event of the subject names as `previous`."""
    return hashlib.sha256(body).digest()


def parse(body: bytes) -> Envelope:
    """Reads an envelope from a queue. Raises EnvelopeError for whatever is not one."""
    if len(body) > LARGEST:
        raise EnvelopeError("body", "消息超过 1 MiB", "the message is larger than 1 MiB")
    try:
        raw = strict.read(body)
    except ValueError:
        raise EnvelopeError("body", strict.WRONG_ZH, strict.WRONG_EN) from None
    if not isinstance(raw, dict):
        raise EnvelopeError("body", "应为 JSON 对象", "the body is not a JSON object")
    if _is_deeper(raw, DEEPEST):
        raise EnvelopeError("body", f"嵌套超过 {DEEPEST} 层", f"nested more than {DEEPEST} levels deep")
    if raw.get("specversion") != "1.0":
        raise EnvelopeError("specversion", "应为 1.0", "specversion is not 1.0")
    for name in ("id", "source", "type", "subject"):
        if not _is_name(raw.get(name), blanks=name == "subject"):
            raise EnvelopeError(name, "必填，1 至 128 个可见字符", f"{name} is missing or not 1-128 visible characters")
    if not isinstance(raw.get("data"), dict):
        raise EnvelopeError("data", "应为 JSON 对象", "data is not a JSON object")
    version = raw.get("version")
    if version is not None and (type(version) is not int or not 0 < version < 2**31):
        raise EnvelopeError("version", "应为正整数", "version is not a positive integer")
    return Envelope(
        id=raw["id"],
        source=raw["source"],
        type=raw["type"],
        subject=raw["subject"],
        time=_moment(raw.get("time")),
        data=raw["data"],
        actor=_actor(raw),
        version=version,
        previous=raw.get("previous"),
        trace=trace_or_none(raw.get("traceparent")),
        receipt=raw.get("receipt") is True,
        critical=_critical(raw),
    )


def said_by(agency: str, envelope: Envelope) -> Envelope:
    """An agency's message with the actor we can answer for: the agency is proved by the broker, the officer is claimed.

    Whatever else it claims (another agency, a role of ours, a person's name) must not reach our trail.
    """
    claimed = envelope.actor.officer if envelope.actor else "-"
    return replace(envelope, actor=Actor(agency, claimed if _CODE.fullmatch(claimed) else "-", "agency"))


def trace_or_none(value: object) -> str | None:
    """A W3C traceparent, or nothing: a broken one must not be carried on."""
    return value if isinstance(value, str) and _TRACE.fullmatch(value) else None


def new_trace() -> str:
    return f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-01"


def _is_name(value: object, *, blanks: bool = False) -> bool:
    """A document number of theirs, 综转〔2026〕12号, as well as an id of ours."""
    if not isinstance(value, str) or len(value) > 128 or not plain.is_visible(value):
        return False
    return blanks or not any(each.isspace() for each in value)


def _is_deeper(value: Any, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels < 0 or any(_is_deeper(each, levels - 1) for each in inner)


def _moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise EnvelopeError("time", "应为带时区的 RFC 3339 时间", "time is not RFC 3339 with an offset")
    if not plain.is_reckonable(moment):
        # in UTC, or in a column, the year 1 or 9999 may be none any more
        raise EnvelopeError("time", plain.DAYS_ZH, f"time is not between {plain.EARLIEST} and {plain.LATEST}")
    return moment


def _actor(raw: Mapping[str, Any]) -> Actor | None:
    parts = [raw.get(name) for name in ("actoragency", "actorofficer", "actorrole")]
    if all(part is None for part in parts):
        return None
    if not all(_is_name(part) for part in parts):
        raise EnvelopeError("actor", "经办人信息不完整", "actoragency, actorofficer and actorrole go together")
    return Actor(*parts)  # type: ignore[arg-type]


def _critical(raw: Mapping[str, Any]) -> tuple[str, ...]:
    """What is left to be understood in `data`: of the attributes beside it, those of ours are."""
    if "critical" not in raw:
        return ()
    given = raw["critical"]
    # CloudEvents knows no lists: a library may only let one say a text
    names = given.split(" ") if isinstance(given, str) else given
    shaped = isinstance(names, list) and all(isinstance(each, str) and _MEMBER.fullmatch(each) for each in names)
    if not shaped or not 0 < len(names) <= 32 or len(set(names)) < len(names):
        raise EnvelopeError(
            "critical", "应为 1 至 32 个不重复的字段名", "critical is not a list of 1-32 different names of members"
        )
    return tuple(each for each in names if not (each in _EXTENSIONS and each in raw))
