"""What a service hears of a petition's place and of the office's officers, for every service but intake."""

from collections.abc import Mapping

from authorization import colleagues, placements
from authorization.placements import Tags
from courier.inbox import Handler, Message
from courier.unit_of_work import UnitOfWork


def events(tags: Tags) -> Mapping[str, Handler]:
    """Handlers by type of event: a petition's place is kept as intake tells it."""

    def placed(work: UnitOfWork, message: Message) -> None:
        assert message.envelope.version is not None
        placements.keep(work, tags, message.envelope.version, message.data)

    return {placements.PLACED: placed}


def letters(tags: Tags) -> Mapping[str, Handler]:
    """Handlers by type of letter: an officer of the office is kept, and the walls around them are matched."""

    def told(work: UnitOfWork, message: Message) -> None:
        colleagues.keep(work, message.data)
        placements.match_again(work, tags)

    return {"office.officer.v1": told}
