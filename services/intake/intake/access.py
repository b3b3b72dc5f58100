"""Who may do what with which petition. One table of roles and actions, one of how far each role sees; every cell has
a test. Deny by default."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from contracts.vocabulary import Role
from gate.access import Actions
from gate.tokens import Officer

_W, _H, _D, _L, _C, _S = (
    Role.WINDOW,
    Role.HANDLER,
    Role.DEPARTMENT_HEAD,
    Role.LEADER,
    Role.CHIEF,
    Role.STATION,
)
_V = Role.DEPUTY

ACTIONS: Actions = {
    "petition.register": frozenset({_W, _H, _S}),
    "petition.list": frozenset({_W, _H, _D, _L, _C, _S}),
    "petition.read": frozenset({_W, _H, _D, _L, _C, _S}),
    "petition.read-material": frozenset({_H, _D, _C}),
    "clock.read": frozenset({_W, _H, _D, _L, _C, _S}),
    "clock.suspend": frozenset({_C}),
    "clock.resume": frozenset({_H, _C}),
    "clock.extend": frozenset({_C}),
    "petition.sign": frozenset({_W, _H}),
    "petition.object": frozenset({_H, _D}),
    "petition.tell-sender": frozenset({_W, _H}),
    "petition.answer-sender": frozenset({_H}),
    "petition.accept": frozenset({_H, _D}),
    "petition.not-accept": frozenset({_H, _D}),
    "petition.guide": frozenset({_W, _H}),
    "petition.ask-material": frozenset({_W, _H}),
    "petition.complete": frozenset({_W, _H}),
    "petition.add-file": frozenset({_W, _H, _S}),
    "petition.read-file": frozenset({_H, _D, _C}),
    "petition.refer": frozenset({_H}),
    "petition.involve": frozenset({_H}),
    "petition.assign": frozenset({_D, _C}),
    "petition.wall": frozenset({_W, _H, _D, _C}),
    "petition.mark-hardship": frozenset({_W, _H}),
    "petition.conclude": frozenset({_H}),
    "petition.reply": frozenset({_W, _H}),
    "petition.close": frozenset({_H}),
    "petition.review-liability": frozenset({_H}),
    "petition.resolve": frozenset({_H, _D}),
    "petition.suspend": frozenset({_C}),
    "petition.resume": frozenset({_H, _C}),
    "petition.withdraw": frozenset({_W, _H}),
    "petition.terminate": frozenset({_C}),
    "petition.reopen": frozenset({_D, _C}),
    "petition.backlog": frozenset({_H, _D, _L, _C}),
    # whom an undecided contact complains of nobody has said yet: those who handle petitions do not read it
    "contact.record": frozenset({_W, _S}),
    "contact.list": frozenset({_W, _C, _S}),
    "contact.read": frozenset({_W, _C, _S}),
    "contact.consult": frozenset({_W, _S}),
    "contact.join": frozenset({_W, _S}),
    "contact.split": frozenset({_W}),
    "petition.link": frozenset({_W, _H}),
    "petition.advise-admission": frozenset({_W, _H}),
    "petition.record-act": frozenset({_H, _D}),
    "petition.print": frozenset({_W, _H, _D}),
    "petition.read-risk": frozenset({_W, _H, _D, _L, _C}),
    "petition.enter-risk": frozenset({_W, _H}),
    "petition.lower-risk": frozenset({_L, _C}),
    "petition.lead": frozenset({_L, _C}),
    "petition.tick-item": frozenset({_H, _L, _C}),
    "reception.plan": frozenset({_W, _C}),
    "reception.list": frozenset({_W, _H, _D, _L, _C}),
    "reception.book": frozenset({_W, _H}),
    "petition.renew-code": frozenset({_W, _H, _S}),
    "petition.owed": frozenset({_W, _H, _D, _L, _C, _S}),
    "petition.prove": frozenset({_W, _H}),
    "petition.record-untellable": frozenset({_H, _D}),
    "petition.ask-secrecy": frozenset({_W, _H, _S}),
    # who asked for secrecy: one asks, another approves, the first looks
    "sealed.ask": frozenset({_H}),
    "sealed.list": frozenset({_C, _V}),
    "sealed.decide": frozenset({_C, _V}),
    "sealed.look": frozenset({_H}),
}


class Scope(StrEnum):
    """How far a role sees. What is behind a wall is in none."""

    OFFICE = "office"  # every petition
    DEPARTMENT = "department"  # one's own department's, and those no department has yet
    SERVICE_POINT = "service_point"  # those registered at one's own service point


SCOPES: Mapping[Role, Scope] = {
    Role.WINDOW: Scope.OFFICE,
    Role.HANDLER: Scope.DEPARTMENT,
    Role.DEPARTMENT_HEAD: Scope.DEPARTMENT,
    Role.LEADER: Scope.OFFICE,
    Role.CHIEF: Scope.OFFICE,
    Role.STATION: Scope.SERVICE_POINT,
    Role.DEPUTY: Scope.OFFICE,
    Role.ALL: Scope.OFFICE,
}

# The same words for what is another's and for what is behind a wall: who is named in it must not learn that he is.
OUT_OF_SIGHT = "此件不在您的办理范围内"


@dataclass(frozen=True, slots=True)
class Held:
    """What access needs to know of a petition. `unnamed`: it concerns us, and nobody has said yet whom."""

    department: str | None
    service_point: str
    walled_officers: frozenset[bytes] = field(default_factory=frozenset)
    walled_departments: frozenset[str] = field(default_factory=frozenset)
    unnamed: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """How far an officer sees for one action. `officer`: the keyed hash of their number, as walls keep it."""

    officer: bytes
    department: str | None
    service_point: str | None
    scopes: frozenset[Scope]

    def covers(self, held: Held) -> bool:
        if self.officer in held.walled_officers or self.department in held.walled_departments:
            return False
        return any(self._within(scope, held) for scope in self.scopes)

    def _within(self, scope: Scope, held: Held) -> bool:
        match scope:
            case Scope.OFFICE:
                return True
            case Scope.DEPARTMENT:
                # whose department it will turn out to be is not known yet: no department sees it
                return not held.unnamed and held.department in (None, self.department)
            case Scope.SERVICE_POINT:
                return held.service_point == self.service_point


def scopes(officer: Officer, action: str) -> frozenset[Scope]:
    """How far each role sees that lets the officer do this; none when no role does."""
    granting = {role for role in SCOPES if role in officer.roles and (role is Role.ALL or role in ACTIONS[action])}
    return frozenset(SCOPES[role] for role in granting)
