"""The message reference is true: drawn from the contracts, valid by others' judgement, and as strict as our code."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from contracts import reference, registry
from contracts.reference import SIDES, json_schema
from contracts.registry import CONTRACTS, Contract, ContractError
from tools.dev import machine

DOCS = Path(__file__).parent.parent.parent / "docs"
PUBLISHED = [contract for contract in CONTRACTS if contract.category in SIDES]
FORMATS = jsonschema.Draft7Validator.FORMAT_CHECKER


def names(contract: Contract) -> str:
    return f"{contract.category}:{contract.name}"


def test_what_is_committed_is_what_the_contracts_say(tmp_path: Path) -> None:
    """Who changes a contract draws the reference again: `python -m contracts.reference docs`."""
    reference.write(tmp_path)
    for name in ("agency.asyncapi.json", "messages.md"):
        assert (tmp_path / name).read_text(encoding="utf-8") == (DOCS / name).read_text(encoding="utf-8"), name


def test_the_asyncapi_initiative_would_read_it() -> None:
    """Valid by the initiative's own schema of AsyncAPI 3.0, every reference inside resolving."""
    try:
        machine.node(Path(__file__).parent)
    except machine.MachineError as fault:
        pytest.skip(f"the schema comes by npm: {fault}")
    schemas = Path(__file__).parent / "node_modules" / "@asyncapi" / "specs" / "schemas"
    document = json.loads((DOCS / "agency.asyncapi.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, json.loads((schemas / "3.0.0.json").read_text(encoding="utf-8")))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(
            document | {"channels": 1}, json.loads((schemas / "3.0.0.json").read_text(encoding="utf-8"))
        )
    for pointer in _references(document):
        found: Any = document
        for step in pointer.removeprefix("#/").split("/"):
            found = found[step]


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [pointer for inner in node.values() for pointer in _references(inner)]
    return [pointer for inner in node for pointer in _references(inner)] if isinstance(node, list) else []


@pytest.mark.parametrize("contract", PUBLISHED, ids=names)
def test_every_example_keeps_its_schema(contract: Contract) -> None:
    """What a vendor copies from the page is what the page says is right."""
    schema = reference.envelope(contract)
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.validate(reference.example(contract), schema, format_checker=FORMATS)


@pytest.mark.parametrize("contract", PUBLISHED, ids=names)
def test_the_schema_is_as_strict_as_the_code(contract: Contract) -> None:
    """Each field left out, emptied or of another kind: both refuse it, or both take it."""
    good = reference.example(contract)["data"]
    schema = json_schema(contract.schema)
    for name in good:
        rest = {key: value for key, value in good.items() if key != name}
        for broken in (
            rest,
            *(rest | {name: value} for value in (None, "", 7, -1, True, [], {}, "x" * 20_001, "不是")),
        ):
            assert _keeps(schema, broken) == _loads(contract, broken), (name, broken.get(name, "left out"))


def _keeps(schema: dict[str, Any], data: dict[str, Any]) -> bool:
    return jsonschema.Draft7Validator(schema, format_checker=FORMATS).is_valid(data)


def _loads(contract: Contract, data: dict[str, Any]) -> bool:
    try:
        registry.load(contract.category, contract.name, data)
    except ContractError:
        return False
    return True
