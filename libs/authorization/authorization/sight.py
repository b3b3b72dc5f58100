"""The rule: whether one officer's view covers where one petition sits. Every door of every service asks it."""

from dataclasses import dataclass, field
from enum import StrEnum

from authorization.table import Scope

# The same words for what is another's and for what is behind a wall: who is named in it must not learn that he is.
OUT_OF_SIGHT = "此件不在您的办理范围内"


class Whose(StrEnum):
    """Which of what an officer may see a list is of."""

    MINE = "mine"  # they handle it, or stand in for who does
    DEPARTMENT = "department"  # their department's, whoever handles it there
    OFFICE = "office"  # all that is in sight


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a petition sits, and who is kept away from it.

    `unnamed`: it concerns us, and nobody has said yet whom. `shut`: somebody is kept away whom we do not know, or what
    we know may be out of date: then nobody sees it.
    """

    department: str | None
    service_point: str
    walled_officers: frozenset[bytes] = field(default_factory=frozenset)
    walled_departments: frozenset[str] = field(default_factory=frozenset)
    unnamed: bool = False
    shut: bool = False
    handler: str | bytes | None = None  # the number where it is known, else the service's own fingerprint of it


@dataclass(frozen=True, slots=True)
class View:
    """How far an officer sees for one action.

    `officer`: the service's own fingerprint of their number, as it keeps walls. `seats`: every department they are
    known to belong to; None when nobody knows where they sit. `hands`: by number and by fingerprint, the officer and
    whom they stand in for today: what these handle is theirs, in whatever department.
    """

    officer: bytes
    department: str | None
    service_point: str | None
    scopes: frozenset[Scope]
    seats: frozenset[str] | None = None
    hands: frozenset[str | bytes] = frozenset()

    @property
    def numbers(self) -> list[str]:
        """Of `hands` the numbers, for where a handler is kept by number."""
        return sorted(each for each in self.hands if isinstance(each, str))

    @property
    def fingerprints(self) -> list[bytes]:
        """Of `hands` the fingerprints, for where a handler is kept by fingerprint."""
        return sorted(each for each in self.hands if isinstance(each, bytes))

    def covers(self, placement: Placement, whose: Whose = Whose.OFFICE) -> bool:
        """Whether a petition that sits there may be seen: within reach, and no wall before it; and is theirs."""
        if placement.shut or self._walled(placement) or not self._within(placement):
            return False
        match whose:
            case Whose.MINE:
                return placement.handler in self.hands
            case Whose.DEPARTMENT:
                return placement.department is not None and placement.department == self.department
            case Whose.OFFICE:
                return True

    def covers_department(self, department: str) -> bool:
        """Of what belongs to a department and to no petition."""
        return Scope.OFFICE in self.scopes or (Scope.DEPARTMENT in self.scopes and department == self.department)

    def _walled(self, placement: Placement) -> bool:
        if self.officer in placement.walled_officers:
            return True
        # who sits nowhere we know may sit there
        return bool(placement.walled_departments if self.seats is None else placement.walled_departments & self.seats)

    def _within(self, placement: Placement) -> bool:
        # whose department it will turn out to be is not known yet: nobody has it in hand either
        in_hand = bool(self.scopes) and placement.handler in self.hands and not placement.unnamed
        return in_hand or any(self._reaches(scope, placement) for scope in self.scopes)

    def _reaches(self, scope: Scope, placement: Placement) -> bool:
        match scope:
            case Scope.OFFICE:
                return True
            case Scope.DEPARTMENT:
                # whose department it will turn out to be is not known yet: no department sees it
                return not placement.unnamed and placement.department in (None, self.department)
            case Scope.SERVICE_POINT:
                return placement.service_point == self.service_point
