"""What travels is a class that says its own type; `contracts.registry` collects them, and no list stands beside."""

import re
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema
from marshmallow.schema import SchemaMeta

_TYPE = re.compile(r"[a-z]+\.[a-z_]+\.v[1-9][0-9]*")


@dataclass(frozen=True, slots=True)
class Contract:
    """What is known of one type: read by the registry, the reference, and whoever shows or carries it."""

    name: str  # the type that travels: petition.registered.v1
    category: str  # event · letter · to_agency · from_agency · to_channel · from_channel
    source: str  # the service that says it, "any", "agency" or "channel"
    schema: type[Schema]
    personal: type[Schema] | None = None  # the part of a letter that is encrypted
    sentence: str | None = None  # of an event, on a petition's timeline
    brief: str | None = None  # the same to who may not read what was said, where the sentence tells whom it hits


class Published(SchemaMeta):
    """Makes the contract of what travels from the line of its class: `class Reply(FromAgency, type="reply.v1")`.

    `type`: with its major version, never inherited; None where a class is only a base of others. Who forgets it is
    told when the module is read. `category`, `source`: inherited from a base that says them.
    """

    contract: Contract | None
    _category = _source = ""

    def __new__(mcs, name: str, bases: tuple[type, ...], attrs: dict[str, Any], **_: Any) -> Any:
        """The facts of the class line are for `__init__`: marshmallow's own metaclass takes none."""
        return super().__new__(mcs, name, bases, attrs)

    def __init__(
        cls,
        name: str,
        bases: tuple[type, ...],
        attrs: dict[str, Any],
        *,
        type: str | None = "",
        category: str | None = None,
        source: str | None = None,
        **facts: Any,
    ):
        super().__init__(name, bases, attrs)  # type: ignore[no-untyped-call]
        cls._category, cls._source = category or cls._category, source or cls._source
        cls.contract = None
        if type is None:
            return
        if not _TYPE.fullmatch(type):
            raise TypeError(f'{name} says {type or "no type"}: type="thing.happened.v1", or None for a base of others')
        if not (cls._category and cls._source):
            raise TypeError(f"{name}: nothing says its category, or who says it")
        cls.contract = Contract(type, cls._category, cls._source, cls, **facts)  # type: ignore[arg-type]
