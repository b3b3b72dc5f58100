"""When two registrations are one matter registered twice. Plain Python."""

from dataclasses import dataclass

from contracts.vocabulary import Kind, PetitionState
from intake.domain.states import EARLY


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two. `stays`: it has not left, came from nobody's agency, and nobody was answered."""

    number: str
    state: PetitionState
    kind: Kind
    anonymous: bool
    secrecy: bool
    sealed_post: bool
    stays: bool


@dataclass(frozen=True, slots=True)
class Somebody:
    """Who petitions first, as far as they are compared; numbers in the one way in which they are kept."""

    name: str | None
    resident_id: str | None
    phones: frozenset[str]


def may_be_one(one: Side, other: Side) -> bool:
    """Whether they can be merged if it is the same person: nothing guarded is joined to what is guarded less."""
    return (
        one.number != other.number
        and {one.state, other.state} <= EARLY
        and one.kind is other.kind
        and one.secrecy == other.secrecy
        and one.stays
        and other.stays
        and not (one.anonymous or other.anonymous or one.sealed_post or other.sealed_post)
    )


def same(one: Somebody, other: Somebody) -> bool:
    """By the ID where both gave one, else by the name and one of their numbers both."""
    if one.resident_id and other.resident_id:
        return one.resident_id == other.resident_id
    return one.name is not None and one.name == other.name and not one.phones.isdisjoint(other.phones)
