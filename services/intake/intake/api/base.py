"""What every group of intake's routes stands on: a petition is looked up, acted on and shown alike everywhere."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from marshmallow import Schema

from authorization.sight import OUT_OF_SIGHT
from clock import clocks
from clock.tables import Clock
from contracts.problems import Conflict, Denied, Problem
from contracts.vocabulary import Adoption, ClaimRoute, Kind, Line, Party, PetitionState, Reach, ReplyKind, Result
from courier.unit_of_work import UnitOfWork
from intake.domain import claim_routes, lines, states
from intake.tables import Approval, Contact, Petition, Step
from intake.use_cases import (
    actions,
    acts,
    answer_files,
    approvals,
    assignments,
    commands,
    contacts,
    deadlines,
    files,
    known,
    lookup,
    office,
    people,
    petitions,
    respondents,
    senders,
    task_acts,
    walls,
)
from intake.use_cases.assignments import Asker
from service_kit.actions import drawn
from service_kit.acts import Acts
from web.call import Call
from web.route import Route, routes_of
from web.tokens import Officer

# of these it is said what is still to be done inside our office
_TO_BE_CLOSED = frozenset({*states.MOVES["close"][0], PetitionState.CLOSING, PetitionState.CLOSED})


class Nothing(Schema):
    """An action that needs no fields."""


class PetitionApi(Acts):
    """An action is answered with the petition as it is after it; a refusal, with the actions allowed instead.

    What can be done with it then says who shows it: it is most of an answer, and would be kept for repeats.
    """

    def _let_in(self, call: Call, work: UnitOfWork, number: str, *, lock: bool = False) -> Petition:
        """The petition, when it is in the officer's sight; before any answer is repeated from an earlier one."""
        petition, action = petitions.load(work, number, lock=lock), call.route.action or ""
        if not walls.view(work, call.officer, action).covers(petition.placement):
            raise self.access.deny(call.officer, action, OUT_OF_SIGHT, call.path)
        return petition

    def _let_in_contact(self, call: Call, work: UnitOfWork, id_: str, *, lock: bool = False) -> Contact:
        """The contact, when it is in the officer's sight: that it was decided, and how, tells of what it became."""
        contact, action = contacts.load(work, id_, lock=lock), call.route.action or ""
        if not contacts.covers(work, walls.view(work, call.officer, action), contact):
            raise self.access.deny(call.officer, action, OUT_OF_SIGHT, call.path)
        return contact

    def _register(
        self,
        call: Call,
        work: UnitOfWork,
        register: Callable[[], list[Petition]],
        contact: str | None = None,
        came: Contact | None = None,
    ) -> dict[str, Any]:
        """{petitions}: each with the code its progress is looked up by. `contact`: the one they are all parts of.

        `came`: what the one petition was registered from; who has a code of that looks up by it, and none is shown.

        Of a repeat null stands for the codes, which are kept nowhere.
        """

        def produce() -> tuple[dict[str, Any], list[str | None]]:
            with work.late.numbers():  # until all of it is ready nobody else waits
                made = register()
                codes = [_code(work, each, came) for each in made]
                answer = {"petitions": [self._registered(work, call.officer, each) for each in made]}
            return work.late.put_in(answer), codes

        about = contact or (lambda answer: str(answer["petitions"][0]["number"]))
        answer, codes = call.shown_once(work.session, produce, about)
        shown = answer["petitions"]
        again: list[str | None] = [None] * len(shown)
        return {"petitions": [one | {"query_code": code} for one, code in zip(shown, codes or again, strict=True)]}

    def _registered(self, work: UnitOfWork, officer: Officer, petition: Petition) -> dict[str, Any]:
        shown = self._described(work, officer, petition)
        return shown | {"warnings": shown["warnings"] + respondents.warnings(work, petition)}

    def admit(self, call: Call, work: UnitOfWork, number: str) -> None:
        """Locks the petition. Raises Denied, which is recorded, when it is out of the officer's sight."""
        self._let_in(call, work, number, lock=True)

    def shown(self, call: Call, work: UnitOfWork, found: Petition) -> dict[str, Any]:
        """The petition, with what should be looked at again."""
        return self._described(work, call.officer, found)

    def explain(self, call: Call, work: UnitOfWork, number: str, refusal: Problem) -> None:
        """Adds `allowed_actions` to what cannot be done as it stands; what is another's to decide is recorded."""
        if isinstance(refusal, Denied):
            raise self.access.deny(call.officer, call.route.action or "", refusal.zh, call.path) from None
        if isinstance(refusal, Conflict):
            petition = petitions.load(work, number, lock=False)
            its = clocks.of_petition(work, number)
            refusal.more["allowed_actions"] = self._actions(work, call.officer, petition, its)

    def _ask(self, call: Call, number: str, action: str, use_case: Any, subject: str = "", **more: Any) -> Any:
        """As `_act`; a step that another has to approve is kept, and answered with its `approval`.

        `subject`: which of several it is about; `more`: what its use case takes beside the body.
        """

        def ask(work: UnitOfWork, number: str, **body: Any) -> tuple[Petition, Approval | None]:
            given = body | more
            asked = approvals.ask(work, call.officer, number, action, given, subject)
            return (use_case(work, number, **given) if asked is None else petitions.load(work, number)), asked

        return self._act(call, number, ask, lambda work, found: self._asked(call, work, *found))

    def _asked(self, call: Call, work: UnitOfWork, petition: Petition, asked: Approval | None) -> dict[str, Any]:
        """The petition with the approval that was asked for, where one was."""
        approval = asked and approvals.as_it_stands(work, petition, asked)
        return self._described(work, call.officer, petition) | {"approval": approval}

    def _decide(self, call: Call, number: str, clock: str, use_case: Any) -> Any:
        def decide(work: UnitOfWork, number: str, **body: Any) -> Any:
            return use_case(work, number, clock, **body)

        return self._act(call, number, decide, lambda _, found: found)

    def _actions(
        self, work: UnitOfWork, officer: Officer, petition: Petition, its: Sequence[Clock]
    ) -> list[dict[str, Any]]:
        service: type = type(self)
        routes = _routes(service)
        found = actions.of_petition(work, petition, its, lambda action: walls.view(work, officer, action))
        offered = []
        for row, target in found:
            rule = approvals.rule_of(work, row.name, target.words)
            if rule is None or approvals.drafts(rule, officer):
                by = {} if rule is None else {"approval": {"by": rule.approves, "by_zh": rule.approves.zh}}
                offered.append(drawn(routes[row.name], row.name, row.zh, petition.number, target, **by))
        return offered

    def _asker(self, work: UnitOfWork, officer: Officer) -> Asker:
        return assignments.asker(lambda action: walls.view(work, officer, action))

    def _described(
        self, work: UnitOfWork, officer: Officer, petition: Petition, its: Sequence[Clock] | None = None
    ) -> dict[str, Any]:
        """`its`: its clocks, of who has read them."""
        its = clocks.of_petition(work, petition.number) if its is None else its
        shown = self._present(work, officer, petition, *deadlines.ends_of(its))
        way = claim_routes.ways()[ClaimRoute(petition.route)] if petition.route else None
        warnings = states.doubts(Kind(petition.kind), len(petition.respondents), way, petition.accepted)
        if petition.state in _TO_BE_CLOSED:
            warnings += task_acts.warnings(work, petition)
        return shown | {"warnings": warnings, "approvals": approvals.rows(work, officer, petition.asked)}

    def _present(
        self, work: UnitOfWork, officer: Officer, petition: Petition, reply_by: date | None, outcome_by: date | None
    ) -> dict[str, Any]:
        state, kind, line = PetitionState(petition.state), Kind(petition.kind), Line(petition.line)
        reads = walls.view(work, officer, "petition.read-material").covers(petition.placement)
        naming = acts.naming(petition)
        return {
            "number": petition.number,
            "state": state,
            "state_zh": commands.state_zh(petition),
            "pending": commands.present(petition),
            "kind": kind,
            "kind_zh": kind.zh,
            "line": line,
            "line_zh": line.zh,
            "sub_line": petition.sub_line,
            "sub_line_zh": petition.sub_line and lines.shipped().sheet(line, petition.sub_line).zh,
            "route": petition.route,
            "route_zh": petition.route and ClaimRoute(petition.route).zh,
            "route_means": petition.route and claim_routes.ways()[ClaimRoute(petition.route)].means,
            "received_on": petition.received_on.isoformat(),
            "registered_at": petition.registered_at.isoformat(),
            "reply_by": reply_by and reply_by.isoformat(),
            "outcome_by": outcome_by and outcome_by.isoformat(),
            "anonymous": petition.anonymous,
            "naming": naming,
            "naming_zh": naming and naming.zh,
            "party": petition.party,
            "party_zh": Party(petition.party).zh,
            "group_size": petition.group_size,
            "secrecy": petition.secrecy,
            "reach": petition.reach,
            "reach_zh": Reach(petition.reach).zh,
            "department": petition.department,
            "handler": petition.handler,
            "one_to_one": petition.one_to_one,
            "handling_zh": "专人承办" if petition.one_to_one else None,
            "referred_to": petition.referred_to,
            "result": petition.result,
            "adoption": petition.adoption,
            "adoption_zh": petition.adoption and Adoption(petition.adoption).zh,
            "resolution": petition.resolution,
            "liability": petition.liability,
            "hardship": petition.hardship,
            "aid_wish": petition.aid_wish,
            "service_point": petition.service_point,
            "concerns_us": petition.concerns_us,
            "sender": senders.present(work, petition),
            "walls": [
                # whose they are tells whom it hits
                {"wall": each.seq, "reason": each.reason, "department": each.department if reads else None}
                for each in petition.standing
            ],
        }


def _code(work: UnitOfWork, petition: Petition, came: Contact | None) -> str | None:
    if came is None or came.code is None:
        return lookup.issue(work, petition.number)
    lookup.keep(work, petition.number, came.code)
    return None


@cache
def _routes(service: type) -> Mapping[str, Route]:
    """Row → the route by which it is done."""
    every = routes_of(service)
    return {
        row.name: next(each for each in every if each.action == row.action and row.path in (None, each.path))
        for row in actions.ROWS
    }


def material(work: UnitOfWork, petition: Petition, steps: Sequence[Step], names: Mapping[str, str]) -> dict[str, Any]:
    """What was said by everybody, and what was done, for who handles it; `steps`: its timeline; `names`: agencies'."""
    agencies = {step.data["referral"]: step.data["agency"] for step in steps if {"referral", "agency"} <= {*step.data}}
    done = acts.of_petition(work, petition, True)
    officers = office.names(work, {each.officer for each in petition.replies} | acts.officers(done))
    enclosed = answer_files.of_petition(work, petition.number) if petition.answers else {}
    content: dict[str, Any] = {
        "statement": people.disclose(work, petition, "statement"),
        "sealed_post": petition.post_number,
        "lacking": (people.disclose(work, petition, "lacking") or "").splitlines(),
        "files": files.of_petition(work, petition),
        "contacts": contacts.joined(work, petition),
        "answers": [
            {
                "referral": answer.referral,
                "agency": (agency := agencies.get(answer.referral)),
                "agency_zh": names.get(agency or "", agency),
                "received_at": answer.received_at.isoformat(),
                "result": answer.result,
                "result_zh": Result(answer.result).zh,
                "text": people.unseal(work, petition.number, f"answer|text|{answer.message}", bytes(answer.text)),
                "files": enclosed.get(answer.message, []),
            }
            for answer in petition.answers
        ],
        "replies": [
            {
                "seq": each.seq,
                "corrects": each.corrects,
                "kind": each.kind,
                "kind_zh": ReplyKind(each.kind).zh,
                "means": each.means,
                "issued_on": each.issued_on.isoformat(),
                "officer": each.officer,
                "officer_name": officers.get(each.officer),
                "text": people.unseal(work, petition.number, f"reply|text|{each.seq}", bytes(each.text)),
            }
            for each in petition.replies
        ],
        "respondents": [
            {
                "seq": each.seq,
                "unit": each.unit,
                "unit_zh": names.get(each.unit or "", each.unit),
                "name": each.name,
                "position": each.position,
            }
            for each in respondents.opened(work, petition)
        ],
        "acts": [acts.with_names(each, officers) for each in done],
    }
    content["ratings"] = [
        {
            "seq": each.seq,
            "stars": each.stars,
            "text": people.unseal(work, petition.number, f"rating|text|{each.seq}", bytes(each.text))
            if each.text is not None and not petition.secrecy
            else None,
        }
        for each in petition.ratings
    ]
    content["known_to"] = known.of(work, petition) if petition.secrecy else []
    return content
