"""The base of every service but intake: it knows where a petition sits from what intake tells."""

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from authorization import placements
from authorization.placements import Named
from courier.entrypoints import every
from courier.work import Work
from gate.edge import Call
from house.service import House


class Neighbour(House):
    @every(30.0)
    def match_placements(self) -> int:
        # an officer's letter that was committed while a placement was written did not see it
        with self.office.begin(self.inbox.system) as work:
            placements.match_again(work, self.tags)
        return 0

    def let_in(self, call: Call, work: Work, petition: str) -> None:
        """Before any answer or act on a petition. Raises Denied, in the same words for whatever is out of sight."""
        if not placements.covers(work, self.view(work, call), petition):
            raise self.out(call)

    def visible(self, work: Work, call: Call, petition: Named) -> ColumnElement[bool]:
        """Which rows of a list are in sight; `petition`: the column that names each row's."""
        return placements.visible(self.view(work, call), petition)

    def out_of_sight(self, session: Session) -> int:
        return placements.shut(session)
