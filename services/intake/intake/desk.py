"""What the routes of every file need of the service class they are mixed into."""

from typing import Any

from courier.work import Work
from gate.edge import Call
from gate.tokens import Officer
from house.service import House
from intake.tables import Petition


class Desk(House):
    """Base of the classes whose routes IntakeService inherits; it says what these do."""

    def _let_in(self, call: Call, work: Work, number: str, *, lock: bool = False) -> Petition:
        raise NotImplementedError

    def _summary(self, work: Work, officer: Officer, petition: Petition) -> dict[str, Any]:
        raise NotImplementedError

    def _act(self, call: Call, number: str, use_case: Any, present: Any = None) -> Any:
        """`present`: what is answered, of the work and what the use case returns; else the petition's summary."""
        raise NotImplementedError
