"""What becomes of who petitions: they die, and an heir goes on; or a guardian acts for them."""

from datetime import date

from contracts.vocabulary import Incapacity, PartyRole, Reach, Relation
from courier.unit_of_work import UnitOfWork
from intake.domain import errors, states
from intake.tables import Petition
from intake.use_cases import people, timeline
from intake.use_cases.people import PetitionerInput
from intake.use_cases.petitions import load
from intake.use_cases.tools import tools_of
from statute import day_of


def record_death(work: UnitOfWork, number: str, died_on: date, proof: str) -> Petition:
    """Nothing is sent any more to what they had left; near relatives and heirs may go on with it (国家赔偿法 6).

    `proof`: by which paper it is known, sealed. How long they have is the office's choice (HEIRS_WITHIN_DAYS).
    Raises DiedAlready, WrongField for a day that is to come.
    """
    petition = load(work, number)
    states.check("record-death", petition.snapshot)
    today = day_of(work.now)
    if died_on > today:
        raise errors.WrongField("died_on", "不能晚于今天", "it lies in the future")
    petition.died_on, petition.heirs_until = died_on, today + tools_of(work).heirs_within
    petition.death = people.seal(work, number, "petition|death", proof)
    petition.reach = petition.reach if petition.secrecy else Reach.NONE
    facts = {"died_on": died_on, "heirs_until": petition.heirs_until}
    timeline.record(work, petition, "petition.petitioner_died.v1", **facts)  # type: ignore[arg-type]
    return petition


def take_over(work: UnitOfWork, number: str, relation: Relation, heir: PetitionerInput) -> Petition:
    """They are who is told from now on, under a reference of their own; what the dead had left stays theirs.

    Raises NobodyToFollow, Invalid naming the field.
    """
    petition = load(work, number)
    states.check("take-over", petition.snapshot)
    checked = people.checked(heir, day_of(work.now), tools_of(work).area_code, "heir.")
    person = checked.personal | {"role": PartyRole.HEIR}
    place = 1 + len(petition.persons)
    petition.heirs_until, petition.told = None, None if petition.secrecy else place
    people.keep(work, petition, [person], None, begin=place)
    petition.reach = reach = people.reach(checked, secrecy=petition.secrecy)
    facts = {"relation": relation, "person": petition.person, "reach": reach}
    timeline.record(work, petition, "petition.taken_over.v1", **facts)
    people.give_contact(work, petition, checked)
    return petition


def appoint_guardian(
    work: UnitOfWork, number: str, ground: Incapacity, proof: str, guardian: PetitionerInput
) -> Petition:
    """Who petitions cannot act for themselves: their guardian is told from now on (民法典 23); it stays their petition.

    `proof`: by which paper it is known, sealed. Another guardian takes the place of the one before. Raises NobodyNamed,
    DiedAlready, Invalid naming the field.
    """
    petition = load(work, number)
    states.check("appoint-guardian", petition.snapshot)
    checked = people.checked(guardian, day_of(work.now), tools_of(work).area_code, "guardian.")
    ward, place = petition.person, 1 + len(petition.persons)
    people.keep(work, petition, [checked.personal | {"role": PartyRole.GUARDIAN}], None, begin=place)
    petition.person, petition.guardian = ward, place
    petition.told = None if petition.secrecy else place
    petition.incapacity = people.seal(work, number, "petition|incapacity", proof)
    petition.reach = people.reach(checked, secrecy=petition.secrecy)
    timeline.record(work, petition, "petition.guarded.v1", ground=ground, reach=Reach(petition.reach))
    people.give_contact(work, petition, checked)
    return petition


def nobody_left(work: UnitOfWork, petition: Petition) -> bool:
    """Whether who petitioned has died, and within the set time nobody has taken it over: then nobody can be told."""
    return petition.heirs_until is not None and petition.heirs_until < day_of(work.now)
