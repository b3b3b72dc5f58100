"""What every group of referral's routes stands on: a referral is looked up, acted on and shown alike everywhere."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from marshmallow import Schema

from authorization import placements
from contracts.problems import Problem
from contracts.vocabulary import ReferralState
from courier.unit_of_work import UnitOfWork
from referral.domain import errors, states
from referral.domain.states import Side
from referral.tables import Referral
from referral.use_cases import views
from service_kit.acts import Acts
from service_kit.neighbour import Neighbour
from service_kit.timed import Timed
from web.call import Call
from web.route import offer, routes_of

_TITLES = {"rule": "裁定异议", "void": "批准作废"}


class Nothing(Schema):
    """An action that needs no fields."""


class ReferralApi(Acts, Timed, Neighbour):
    """What all of referral's routes share: who may see a referral, how it is shown, what may be done with it."""

    def admit(self, call: Call, work: UnitOfWork, number: str) -> None:
        """Raises Denied where its petition is out of sight, NoSuchReferral."""
        self.let_in(call, work, views.find(work, number).petition)

    def shown(self, call: Call, work: UnitOfWork, found: Referral) -> dict[str, Any]:
        """The referral as `read` answers it."""
        return self._present(work, call, [found])[0]

    def explain(self, call: Call, work: UnitOfWork, number: str, refusal: Problem) -> None:
        """To an IllegalMove it adds the actions that are possible now and this officer's."""
        if isinstance(refusal, errors.IllegalMove):
            refusal.more["allowed_actions"] = self._actions(work, call, views.find(work, number))

    def _actions(self, work: UnitOfWork, call: Call, referral: Referral) -> list[dict[str, Any]]:
        placement, offered = placements.load(work, referral.petition), dict[str, dict[str, Any]]()
        routes = {route.action: route for route in routes_of(type(self))}
        for move in states.allowed(referral.snapshot, Side.SENDER):
            if referral.inbound and move.action != "rule":
                continue  # what was sent to us is dealt with where it was registered
            action = f"referral.{move.action}"
            if move.action and placement is not None and self.view(work, call, action).covers(placement):
                title = _TITLES.get(move.action, move.zh)
                offered[move.action] = offer(routes[action], move.action, title, {"number": referral.number})
        return list(offered.values())

    def _present(self, work: UnitOfWork, call: Call, referrals: Sequence[Referral]) -> list[dict[str, Any]]:
        ends = views.sign_by(work, referrals)
        return [self._one(work, call, referral, ends[referral.number]) for referral in referrals]

    def _one(self, work: UnitOfWork, call: Call, referral: Referral, sign_by: date | None) -> dict[str, Any]:
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
            "allowed_actions": self._actions(work, call, referral),
        }
