"""The base of every service but intake: it knows where a petition sits from what intake tells."""

import time
from typing import ClassVar

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from authorization import placements
from authorization.placements import Beside, Named
from authorization.sight import Whose
from contracts.fields import PETITION_NUMBER, WordOf
from contracts.vocabulary import Line, ListScope, RiskColour
from courier import waits
from courier.unit_of_work import UnitOfWork
from service_kit.entrypoints import every
from service_kit.service import Service
from web.call import Call
from web.listing import Fields

# by what every list is narrowed whose rows are of petitions
PLACED: Fields = {"scope": WordOf(ListScope), "line": WordOf(Line), "colour": WordOf(RiskColour)}

# petition → when this process asked for its place; whoever makes numbers up asks for few
_asked: dict[str, float] = {}
MOST_ASKED = 1000


class Neighbour(Service):
    """Keeps each petition's placement and answers of none that is out of sight."""

    rows: ClassVar[type[Beside]]  # what its lists are of

    @every(waits.SWEEP_RARELY)
    def write_beside(self) -> int:
        """Writes beside what is new where its petition sits; returns how many, so that more are looked for at once."""
        with self.context.begin(self.inbox.system) as work:
            return placements.write_beside(work, self.rows)

    @every(waits.SWEEP_RARELY)
    def match_placements(self) -> int:
        """Tries again the walls around nobody we know. Returns 0: nothing is left for at once."""
        # an officer's letter that was committed while a placement was written did not see it
        with self.context.begin(self.inbox.system) as work:
            placements.match_again(work, self.tags)
        return 0

    def let_in(self, call: Call, work: UnitOfWork, petition: str) -> None:
        """Before any answer or act on a petition. Raises Denied, in the same words for whatever is out of sight."""
        placement = placements.load(work, petition)
        if placement is None:
            self._ask_for(petition)
        if placement is None or not self.view(work, call).covers(placement):
            raise self.out(call)

    def visible(self, work: UnitOfWork, call: Call) -> ColumnElement[bool]:
        """Which of its `rows` are in sight and asked for, as far as PLACED goes."""
        whose, risk = Whose(call.query.get("scope", Whose.OFFICE)), self.view(work, call, "petition.read-risk")
        narrowed = placements.narrowed(risk, call.query)
        return placements.visible(self.view(work, call), self.rows.petition, whose, narrowed, self.rows)

    def seen(self, work: UnitOfWork, call: Call, petition: Named) -> ColumnElement[bool]:
        """The same of other rows, beside which nothing is written: `petition` is the column that names it."""
        whose, risk = Whose(call.query.get("scope", Whose.OFFICE)), self.view(work, call, "petition.read-risk")
        return placements.visible(self.view(work, call), petition, whose, placements.narrowed(risk, call.query))

    def out_of_sight(self, session: Session) -> int:
        """How many petitions are shut: walled around nobody we know, or their lane is held."""
        return placements.shut(session)

    def _ask_for(self, petition: str) -> None:
        """Has intake tell once more where it sits, for whoever asks next; in a transaction that the refusal keeps."""
        now, pause = time.monotonic(), waits.PLACE_ASKED
        if not PETITION_NUMBER.fullmatch(petition) or now - _asked.get(petition, -pause) < pause:
            return
        if len(_asked) >= MOST_ASKED:
            _asked.clear()
        _asked[petition] = now
        with self.context.begin(self.inbox.system) as work:
            # of no subject: a number that was made up gets no data key here
            work.letter(placements.SOURCE, "placement.asked.v1", "-", data={"petition": petition})
