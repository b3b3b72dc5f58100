"""The published language: every type has a golden sample, and people cannot be in an event."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from marshmallow import Schema
from marshmallow.fields import Field, String

import contracts
from contracts import fields, registry
from contracts.events.base import Event, OfPetition
from contracts.events.intake import PetitionReferred
from contracts.message import Published
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
def test_an_event_cannot_declare_text(kind: type[Field[str]]) -> None:
    """A name, a phone or a sentence cannot even be declared: the class is refused when it is made."""
    with pytest.raises(TypeError, match=r"Leaky\.remark: an event cannot declare"):

        class Leaky(Event, type=None):
            remark = kind()


def test_an_event_says_its_type_and_its_sentence_or_is_refused() -> None:
    """Whoever forgets the one or the other, or names a field that is not there, is told when the module is read."""
    with pytest.raises(TypeError, match="PetitionMute says no type"):

        class PetitionMute(OfPetition):
            sentence = "静默"

    with pytest.raises(TypeError, match=r"PetitionSpelled says petition\.spelled: type="):

        class PetitionSpelled(OfPetition, type="petition.spelled"):
            sentence = "没有版本"

    with pytest.raises(TypeError, match="PetitionBlank says no sentence"):

        class PetitionBlank(PetitionReferred, type="petition.blank.v1"):
            """Its base's sentence would tell of another event."""

    with pytest.raises(TypeError, match=r"PetitionStrange: its sentence names \['nobody'\]"):

        class PetitionStrange(OfPetition, type="petition.strange.v1"):
            sentence = "{petition} 由 {nobody} 办理"


def test_two_classes_cannot_say_one_type() -> None:
    """The second would never be heard: what it says would be checked by the fields of the first."""

    class PetitionClosed(OfPetition, type="petition.closed.v1"):
        sentence = "归档"

    assert PetitionClosed.contract is not None
    with pytest.raises(ValueError, match=r"event petition\.closed\.v1: said by"):
        registry._by_type([*CONTRACTS, PetitionClosed.contract])


def test_whatever_says_a_type_is_collected_and_has_its_golden_sample() -> None:
    """A message is its class and its sample: no class without the other, no sample of a class that is gone."""
    said = {each.contract for each in _below(Schema) if isinstance(each, Published) and each.contract}
    written = {each for each in said if each.schema.__module__.startswith("contracts.")}
    assert written == set(CONTRACTS), "said by a class in a module the registry does not read"
    samples = {(path.parent.name, path.stem) for path in SAMPLES.glob("*/*.json")}
    names = {(each.category, each.name) for each in CONTRACTS}
    assert set() == names - samples, "no golden sample: write samples/<category>/<type>.json"
    assert set() == samples - names, "a sample of a type that nobody says"


def _below(schema: type[Schema]) -> Iterator[type[Schema]]:
    for each in schema.__subclasses__():
        yield each
        yield from _below(each)


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
