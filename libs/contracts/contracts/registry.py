"""Every type that may travel, collected from the classes that say it: their schemas, and who says them where to.

A body is checked here and nowhere else, on its way out as on its way in.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields

from contracts import agency, channels, events, letters
from contracts.message import Contract, Published
from contracts.sentences import faults

__all__ = [
    "CONTRACTS",
    "REGISTRY",
    "Contract",
    "ContractError",
    "contract",
    "declared",
    "dump",
    "dump_personal",
    "load",
    "load_personal",
    "understand",
]


class ContractError(ValueError):
    """A body that does not keep its contract.

    Attributes: `field` the dotted path, `zh` and `en` one sentence each. Never holds the value itself.
    """

    def __init__(self, field: str | None, zh: str, en: str):
        super().__init__(en)
        self.field, self.zh, self.en = field, zh, en


def _collected() -> Iterator[Contract]:
    """Of every class that says a type, module by module, in the order they are written."""
    of_events = (f"{events.__name__}.{each.name}" for each in iter_modules(events.__path__))
    for name in (*of_events, letters.__name__, agency.__name__, channels.__name__):
        for each in vars(import_module(name)).values():
            if isinstance(each, Published) and each.__module__ == name and each.contract is not None:
                yield each.contract


def _by_type(found: Iterable[Contract]) -> dict[tuple[str, str], Contract]:
    """Raises ValueError where two classes say one type: the one would be checked by the other's fields."""
    contracts: dict[tuple[str, str], Contract] = {}
    for each in found:
        if (other := contracts.setdefault((each.category, each.name), each)) is not each:
            raise ValueError(f"{each.category} {each.name}: said by {other.schema} and {each.schema}")
    return contracts


CONTRACTS = list(_collected())

# `referral.recalled.v1` is both an event and a message to the agency: the category tells them apart
REGISTRY: Mapping[tuple[str, str], Contract] = _by_type(CONTRACTS)


def contract(category: str, type_: str) -> Contract:
    """Returns the contract of a type. Raises ContractError for a type nobody published."""
    try:
        return REGISTRY[category, type_]
    except KeyError:
        raise ContractError("type", "消息类型未登记", "the message type is not registered") from None


def declared(category: str, type_: str) -> Mapping[str, fields.Field[Any]]:
    """Returns the fields of a type by name. Raises ContractError for a type nobody published."""
    return _saying(contract(category, type_).schema).fields


def load(category: str, type_: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the values of a body that arrived; fields not in the contract are left out, for a newer sender may add.

    Raises ContractError for what does not keep it, naming the field.
    """
    return _load(_hearing(contract(category, type_).schema), data)


def dump(category: str, type_: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Returns values as the published JSON.

    Raises ContractError for what the receiver would refuse, and for a field that is not in the contract: what nobody
    listed does not leave.
    """
    return _dump(_saying(contract(category, type_).schema), data)


def dump_personal(type_: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the personal part of a letter as the JSON that is encrypted.

    Raises ContractError as `dump`, and for a letter that may carry nothing personal.
    """
    personal = contract("letter", type_).personal
    if personal is None:
        raise ContractError("personal", "此类信件不得含个人信息", "this letter may carry nothing personal")
    return _dump(_saying(personal), data)


def load_personal(type_: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the values of a letter's personal part, decrypted before; none where the letter has no such part.

    Raises ContractError for what does not keep its contract.
    """
    personal = contract("letter", type_).personal
    return {} if personal is None else _load(_hearing(personal), data)


def understand(category: str, type_: str, data: Mapping[str, Any], critical: Collection[str]) -> None:
    """Checks that each name a sender calls critical is in the contract and in the data.

    Left out, what is said would be another thing. Raises ContractError, whose sentence names no member: what others
    call their own may be anything.
    """
    for place, name in enumerate(critical, 1):
        if not _has(_hearing(contract(category, type_).schema), data, name.split(".")):
            raise ContractError(
                "critical",
                f"critical 的第 {place} 项本系统不认识或消息里没有，整条消息未采用",
                f"number {place} of critical is not understood here, or not in the message",
            )


def _has(schema: Schema, data: Any, path: Sequence[str]) -> bool:
    name, *deeper = path
    field = schema.fields.get(name)
    if field is None or not isinstance(data, Mapping) or name not in data:
        return False
    if not deeper:
        return True
    inner = field.inner if isinstance(field, fields.List) else field
    several = data[name] if isinstance(data[name], list) else [data[name]]
    return isinstance(inner, fields.Nested) and any(_has(inner.schema, each, deeper) for each in several)


# a schema copies all its fields when it is made: each is made once, and holds nothing of what it checks
@cache
def _hearing(schema: type[Schema]) -> Schema:
    return schema(unknown=EXCLUDE)


@cache
def _saying(schema: type[Schema]) -> Schema:
    return schema()


def _dump(schema: Schema, data: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = schema.dump(data)
    strangers = set(data) - set(body)
    if strangers:
        field = sorted(strangers)[0]
        raise ContractError(field, "不在约定的字段之内", "the field is not in the contract")
    # what we say is held to the same rules as what we hear
    _load(schema, body)
    return body


def _load(schema: Schema, data: Mapping[str, Any]) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(data)
    except ValidationError as fault:
        field, zh = faults(fault.messages)[0]
        raise ContractError(field, zh, f"{field} does not keep its contract") from None
    return loaded
