"""Which petition may be mediated, heard, talked over, how openly, and who may take part. Plain Python.

信访工作条例 30(3), 33; 人民调解法 17; 刑事诉讼法 288; 听证工作规定 4, 5, 7.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from contracts.vocabulary import (
    ClosedReason,
    Kind,
    Line,
    PartRole,
    ProceedingForm,
    ProceedingKind,
    RosterKind,
    SettlementGround,
    Unfit,
)
from referral.domain.errors import NotFit
from statute.hearings import Hearing, hearings

F, G, K, R = ProceedingForm, SettlementGround, ProceedingKind, PartRole


@dataclass(frozen=True, slots=True)
class Matter:
    """What is known of the petition. `anonymous` None: not told here, so it is taken for nameless."""

    kind: Kind
    line: Line
    sub_line: str | None
    secret: bool
    anonymous: bool | None
    held: bool
    ended: bool

    @property
    def nameless(self) -> bool:
        """Whether nobody is known who could be asked."""
        return self.anonymous is not False

    @property
    def guarded(self) -> bool:
        """What tells of whom it speaks would tell whom it hits."""
        return self.secret or self.kind is Kind.ACCUSATION


_BETWEEN_CITIZENS = frozenset({F.PEOPLE, F.ADMINISTRATIVE, F.JUDICIAL})
_OF_CRIMES = frozenset({G.CIVIL_DISPUTE, G.NEGLIGENCE})
_CRIMINAL = frozenset({Line.CRIMINAL_APPEAL, Line.COMPLAINT_APPEAL})
# line → whose mediation there may be; a line that is not here has none
FORMS: Mapping[Line, frozenset[ProceedingForm]] = MappingProxyType(
    {
        **dict.fromkeys(_CRIMINAL, frozenset({F.SETTLEMENT})),
        Line.CIVIL_SUPERVISION: frozenset({F.SETTLEMENT, F.PEOPLE}),
        Line.ADMINISTRATIVE_SUPERVISION: frozenset({F.SETTLEMENT, F.ADMINISTRATIVE}),
        Line.SUPPORT_PROSECUTION: _BETWEEN_CITIZENS,
        Line.OTHER: _BETWEEN_CITIZENS,
    }
)
MEETINGS = frozenset({F.CASE, F.AID, F.JOINT})

# kind → as what somebody takes part in it
ROLES: Mapping[ProceedingKind, frozenset[PartRole]] = MappingProxyType(
    {
        K.MEDIATION: frozenset({R.PETITIONER, R.OTHER_SIDE, R.MEDIATOR, R.HANDLER, R.GUEST}),
        K.HEARING: frozenset(R) - {R.MEDIATOR, R.TALKED_TO},
        K.MEETING: frozenset({R.HOST, R.HANDLER, R.AGENCY}),
        K.TALK: frozenset({R.HOST, R.TALKED_TO}),
    }
)
# role → by what it may be named; who petitions is named by the petition
NAMED: Mapping[PartRole, frozenset[str]] = MappingProxyType(
    {
        R.PETITIONER: frozenset(),
        R.OTHER_SIDE: frozenset({"name", "agency"}),
        R.HOST: frozenset({"officer"}),
        R.HANDLER: frozenset({"officer"}),
        R.HEARING_OFFICER: frozenset({"roster", "name"}),
        R.SUPERVISOR: frozenset({"roster", "name"}),
        R.MEDIATOR: frozenset({"agency"}),
        R.AGENCY: frozenset({"agency"}),
        R.GUEST: frozenset({"name"}),
        R.TALKED_TO: frozenset({"officer"}),
    }
)
# role → as what somebody of the roster is entered who takes it
ENTERED: Mapping[PartRole, RosterKind] = MappingProxyType(
    {R.HEARING_OFFICER: RosterKind.HEARING_OFFICER, R.SUPERVISOR: RosterKind.SUPERVISOR}
)
SIDES = frozenset({R.PETITIONER, R.OTHER_SIDE})
# our own people know of it by their work; everybody else is told
TOLD = frozenset(R) - {R.HOST, R.HANDLER, R.TALKED_TO}


def check(matter: Matter, kind: ProceedingKind, form: ProceedingForm | None, ground: SettlementGround | None) -> None:
    """Raises NotFit with the reason: the first that holds, what must not be told of before all others."""
    why = refusal(matter, kind, form, ground)
    if why is not None:
        raise NotFit(why)


def refusal(
    matter: Matter, kind: ProceedingKind, form: ProceedingForm | None, ground: SettlementGround | None
) -> Unfit | None:
    """Why there can be no such proceeding; None: there can."""
    if matter.held:
        return Unfit.HELD
    if matter.ended:
        return Unfit.ENDED
    if matter.secret and (kind, form) != (K.MEETING, F.CASE):
        return Unfit.SECRET
    match kind:
        case K.MEDIATION:
            return _mediated(matter, form, ground)
        case K.HEARING:
            return None if rules_of(matter) else Unfit.NOT_OF_LINE
        case K.MEETING:
            return None if form in MEETINGS else Unfit.NOT_OF_LINE
        case K.TALK:
            return None


def _mediated(matter: Matter, form: ProceedingForm | None, ground: SettlementGround | None) -> Unfit | None:
    if matter.kind is not Kind.CLAIM:
        return Unfit.NOT_A_CLAIM
    if matter.nameless:
        return Unfit.ANONYMOUS
    if form not in FORMS.get(matter.line, ()):
        return Unfit.NOT_SETTLED if matter.line in _CRIMINAL else Unfit.NOT_OF_LINE
    if form is F.SETTLEMENT and ground not in grounds(matter.line):
        return Unfit.NOT_SETTLED
    return None


def grounds(line: Line) -> frozenset[SettlementGround]:
    """By which the parties of such a petition may settle it between them."""
    if line in _CRIMINAL:
        return _OF_CRIMES
    return frozenset({G.SUPERVISION}) if F.SETTLEMENT in FORMS.get(line, ()) else frozenset()


def rules_of(matter: Matter) -> Hearing | None:
    """How its hearing is held; None: its line has none."""
    return hearings().get(matter.sub_line or "") or hearings().get(matter.line)


def reasons(rules: Hearing) -> list[ClosedReason]:
    """Why the public may be kept out of the line's hearing; a minor's is closed in every line (5(2))."""
    return [each for each in ClosedReason if each.zh in rules.closed]


def is_open(matter: Matter, rules: Hearing, closed: Iterable[ClosedReason]) -> bool:
    """Whether the public is let in: never to what accuses, is secret or nameless."""
    return rules.open and not (matter.guarded or matter.nameless or set(closed))


def takes_part(matter: Matter, kind: ProceedingKind, role: PartRole) -> bool:
    """Whether there may be somebody as this. Of what accuses there is no other side, and no guest."""
    if role not in ROLES[kind] or (role is R.PETITIONER and matter.nameless):
        return False
    if matter.secret:
        return role in {R.HOST, R.HANDLER}
    return not (matter.guarded and role in {R.OTHER_SIDE, R.GUEST})
