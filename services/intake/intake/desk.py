"""What every group of intake's routes stands on: a petition is looked up before anything is done with it."""

from courier.work import Work
from gate.edge import Call
from house.service import House
from intake import petitions, walls
from intake.access import OUT_OF_SIGHT
from intake.tables import Petition


class Desk(House):
    def _let_in(self, call: Call, work: Work, number: str, *, lock: bool = False) -> Petition:
        """The petition, when it is in the officer's sight; before any answer is repeated from an earlier one."""
        petition, action = petitions.load(work, number, lock=lock), call.route.action or ""
        if not walls.view(work, call.officer, action).covers(petition.held):
            raise self.gate.deny(call.officer, action, OUT_OF_SIGHT, call.path)
        return petition
