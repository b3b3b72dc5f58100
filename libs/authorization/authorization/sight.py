"""The rule: whether one officer's view covers where one petition sits. Every door of every service asks it."""

from dataclasses import dataclass, field

from authorization.table import Scope

# The same words for what is another's and for what is behind a wall: who is named in it must not learn that he is.
OUT_OF_SIGHT = "此件不在您的办理范围内"


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


@dataclass(frozen=True, slots=True)
class View:
    """How far an officer sees for one action.

    `officer`: the service's own fingerprint of their number, as it keeps walls. `seats`: every department they are
    known to belong to; None when nobody knows where they sit.
    """

    officer: bytes
    department: str | None
    service_point: str | None
    scopes: frozenset[Scope]
    seats: frozenset[str] | None = None

    def covers(self, placement: Placement) -> bool:
        """Whether a petition that sits there may be seen: within reach, and no wall before it."""
        return not placement.shut and not self._walled(placement) and self._within(placement)

    def covers_department(self, department: str) -> bool:
        """Of what belongs to a department and to no petition."""
        return Scope.OFFICE in self.scopes or (Scope.DEPARTMENT in self.scopes and department == self.department)

    def _walled(self, placement: Placement) -> bool:
        if self.officer in placement.walled_officers:
            return True
        # who sits nowhere we know may sit there
        return bool(placement.walled_departments if self.seats is None else placement.walled_departments & self.seats)

    def _within(self, placement: Placement) -> bool:
        return any(self._reaches(scope, placement) for scope in self.scopes)

    def _reaches(self, scope: Scope, placement: Placement) -> bool:
        match scope:
            case Scope.OFFICE:
                return True
            case Scope.DEPARTMENT:
                # whose department it will turn out to be is not known yet: no department sees it
                return not placement.unnamed and placement.department in (None, self.department)
            case Scope.SERVICE_POINT:
                return placement.service_point == self.service_point
