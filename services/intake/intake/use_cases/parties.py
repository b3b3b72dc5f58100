"""Who is a party, told to referral for who must keep away (条例 28(3)): it hashes the names and keeps none."""

from courier.inbox import Message
from courier.unit_of_work import UnitOfWork
from intake.tables import Petition
from intake.use_cases import people, respondents


def asked(work: UnitOfWork, message: Message) -> None:
    """By letter: who petitions in the open, for which unit, and whom it is about. Who is in the safe stays there."""
    petition = work.session.get(Petition, message.data["petition"], with_for_update=True)
    if petition is None:
        return  # who asks there may have made the number up
    names = [each["name"] for each in people.all_of(work, petition)]
    names += [people.disclose(work, petition, "organisation")]
    names += [each.name for each in respondents.opened(work, petition)]
    work.letter(
        "referral",
        "parties.told.v1",
        petition.number,
        data={"petition": petition.number, "at": work.now},
        personal={"names": [each for each in names if each]},
    )
