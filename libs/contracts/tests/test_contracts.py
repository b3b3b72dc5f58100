"""The published language: every type has a golden sample, and people cannot be in an event."""

import json
from pathlib import Path

import pytest
from marshmallow.fields import String

import contracts
from contracts import fields, registry
from contracts.registry import CONTRACTS, Contract, ContractError

SAMPLES = Path(contracts.__file__ or "").parent / "samples"


def sample(contract: Contract) -> dict[str, dict[str, object]]:
    content: dict[str, dict[str, object]] = json.loads(
        (SAMPLES / contract.category / f"{contract.name}.json").read_text(encoding="utf-8")
    )
    return content


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: f"{c.category}:{c.name}")
def test_the_golden_sample_is_read_and_said_again(contract: Contract) -> None:
    """What was published once stays readable, and is written as it was."""
    content = sample(contract)
    loaded = registry.load(contract.category, contract.name, content["data"])
    assert content["data"] == registry.dump(contract.category, contract.name, loaded)
    if contract.personal:
        personal = registry.load_personal(contract.name, content["personal"])
        assert content["personal"] == registry.dump_personal(contract.name, personal)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: f"{c.category}:{c.name}")
def test_an_unknown_field_is_ignored_when_heard_and_refused_when_said(contract: Contract) -> None:
    """A newer sender may add; we ourselves say nothing the contract does not list."""
    content = sample(contract)["data"]
    loaded = registry.load(contract.category, contract.name, content | {"newer": "x"})
    assert "newer" not in loaded
    with pytest.raises(ContractError) as refused:
        registry.dump(contract.category, contract.name, loaded | {"newer": "x"})
    assert refused.value.field == "newer"


@pytest.mark.parametrize("kind", [fields.Text, String])
def test_an_event_cannot_declare_text(kind: type) -> None:
    """A name, a phone or a sentence cannot even be declared: the class is refused when it is made."""
    with pytest.raises(TypeError):
        type("Leaky", (fields.Event,), {"remark": kind()})


@pytest.mark.parametrize(
    "text", ["张三", "13800138000转", "信2026-619926-00012", "信2026-619926-000123 ", "移2026-619926-000123"]
)
def test_no_event_field_takes_a_name(text: str) -> None:
    """The pattern fields of events take their own shape only."""
    for field in (fields.PetitionNumber(), fields.AgencyCode(), fields.Reference(), fields.Digest()):
        with pytest.raises(Exception, match=r".+"):
            field.deserialize(text)


def test_an_unregistered_type_is_refused() -> None:
    """A type nobody published is an error that says so, in both languages."""
    with pytest.raises(ContractError) as refused:
        registry.load("event", "petition.whispered.v1", {})
    assert (refused.value.field, refused.value.zh) == ("type", "消息类型未登记")


def test_what_is_called_critical_is_understood_or_all_of_it_refused() -> None:
    """As `crit` of JWS: in the contract and in the data, however deep; the sentence repeats no name."""
    said = {
        "secrecy": True,
        "newer": 1,
        "petitioner": {"name": "石大川", "newer": 1},
        "respondents": [{"name": "某"}, {"unit": "A09"}],
    }
    registry.understand(
        "from_agency", "petition.submitted.v1", said, ["secrecy", "petitioner.name", "respondents.unit"]
    )
    for name in ("newer", "petitioner.newer", "petitioner.phone", "respondents.name.x", "title", "secrecy.x"):
        with pytest.raises(ContractError) as refused:
            registry.understand("from_agency", "petition.submitted.v1", said, ["secrecy", name])
        assert "critical" == refused.value.field
        assert name not in refused.value.zh
