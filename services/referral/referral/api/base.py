"""What every group of referral's routes stands on: a referral is looked up, acted on and shown alike everywhere."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from marshmallow import Schema

from authorization import placements
from contracts.problems import Conflict, Problem
from contracts.vocabulary import ReferralState
from courier.unit_of_work import UnitOfWork
from referral.tables import Referral
from referral.use_cases import actions, parties, roster, views
from service_kit.actions import Target, drawn
from service_kit.acts import Acts
from service_kit.neighbour import Neighbour
from service_kit.timed import Timed
from web.call import Call
from web.route import by_action

_WHOLE = Target()


class Nothing(Schema):
    """An action that needs no fields."""


class ReferralApi(Acts, Timed, Neighbour):
    """What all of referral's routes share: who may see a referral, how it is shown, what may be done with it."""

    def admit(self, call: Call, work: UnitOfWork, number: str) -> None:
        """Raises Denied where its petition is out of sight, NoSuchReferral."""
        self.let_in(call, work, views.find(work, number).petition)

    def shown(self, call: Call, work: UnitOfWork, found: Referral) -> dict[str, Any]:
        """The referral as it stands; what may be done then, `read` answers."""
        return self._described(work, [found])[0]

    def explain(self, call: Call, work: UnitOfWork, number: str, refusal: Problem) -> None:
        """To what cannot be done as it stands it adds the actions that are possible now and this officer's."""
        if isinstance(refusal, Conflict):
            refusal.more["allowed_actions"] = self._actions(work, call, views.find(work, number))

    def _actions(self, work: UnitOfWork, call: Call, referral: Referral) -> list[dict[str, Any]]:
        service: type = type(self)
        routes, may = by_action(service), self._able(work, call, referral.petition)
        return [
            drawn(routes[f"referral.{name}"], name, row.zh, referral.number, target)
            for name, row, target in actions.of_referral(work, referral, lambda name: may(f"referral.{name}"))
        ]

    def _may(self, work: UnitOfWork, call: Call, action: str, petition: str | None = None) -> bool:
        """Whether who asks may do it; with what is of no petition, whoever has a role for it."""
        return self._able(work, call, petition)(action)

    def _able(self, work: UnitOfWork, call: Call, petition: str | None) -> Callable[[str], bool]:
        """The same of several acts on one thing."""
        if petition is None:
            return lambda action: bool(self.view(work, call, action).scopes)
        its = placements.load(work, petition)
        return lambda action: its is not None and self.view(work, call, action).covers(its)

    def _ask_parties(self, work: UnitOfWork, petition: str) -> bool:
        """Whether its parties are known; if not intake is asked, in a transaction that a refusal keeps.

        With nobody in the roster nobody has to keep away.
        """
        known = parties.known(work, petition) is not None or not roster.listed(work)
        if not known:
            with self.context.begin(self.inbox.system) as asking:
                parties.ask(asking, petition)
        return known

    def _offer(self, action: str, number: str = "", target: Target = _WHOLE) -> dict[str, Any]:
        """One of `allowed_actions` of what is no referral. `number`: of the thing it is done to."""
        service: type = type(self)
        return drawn(by_action(service)[action], action.partition(".")[2], actions.OTHERS[action], number, target)

    def _present(self, work: UnitOfWork, call: Call, referrals: Sequence[Referral]) -> list[dict[str, Any]]:
        return [
            shown | {"allowed_actions": self._actions(work, call, referral)}
            for shown, referral in zip(self._described(work, referrals), referrals, strict=True)
        ]

    def _described(self, work: UnitOfWork, referrals: Sequence[Referral]) -> list[dict[str, Any]]:
        ends = views.sign_by(work, referrals)
        return [self._one(referral, ends[referral.number]) for referral in referrals]

    def _one(self, referral: Referral, sign_by: date | None) -> dict[str, Any]:
        state = ReferralState(referral.state)
        return {
            "number": referral.number,
            "petition": referral.petition,
            "agency": referral.agency,
            "kind": referral.kind,
            "kind_zh": referral.of_kind.zh,
            "state": state,
            "state_zh": state.zh,
            "purpose": referral.purpose,
            "statutory": referral.statutory,
            "predecessor": referral.predecessor,
            "urged": referral.urged,
            "sign_by": sign_by and sign_by.isoformat(),
            "inbound": referral.inbound,
            "submission": referral.submission,
            "objection": referral.objection,
            "result": referral.result,
        }
