"""Mediations, hearings, meetings and talks: proposed, prepared, held, and what was resolved there."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from authorization import placements
from contracts import vocabulary as words
from contracts.fields import AgencyCode, Code, Flag, Reference, WordOf
from contracts.given import Day, Line, Moment, Name, Positive, Text, Typed
from contracts.problems import Conflict, Problem
from contracts.vocabulary import PartRole, ProceedingState
from courier.unit_of_work import UnitOfWork
from referral.api import answers as said
from referral.api.base import Nothing, ReferralApi
from referral.tables import Part, Proceeding, Task
from referral.use_cases import (
    invitations,
    lists,
    mediations,
    meeting_tasks,
    minutes,
    proceeding_actions,
    proceedings,
    views,
)
from service_kit.actions import drawn
from service_kit.neighbour import PLACED
from web.call import Call
from web.listing import Listing
from web.route import by_action, http


class Propose(Schema):
    """What is proposed and why; `applied`: a party asked for it."""

    kind = WordOf(words.ProceedingKind, required=True)
    form = WordOf(words.ProceedingForm, load_default=None, allow_none=True)
    ground = WordOf(words.SettlementGround, load_default=None, allow_none=True)
    subject = WordOf(words.ProceedingSubject, required=True)
    applied = Flag(load_default=False)
    text = Text(5_000, required=True)


class Join(Schema):
    """Who takes part: by code, number, id in the roster or name, one of them; who petitions by none."""

    role = WordOf(PartRole, required=True)
    agency = AgencyCode(load_default=None, allow_none=True)
    # `officer` is chosen from a list that referral has not
    colleague = Code(attribute="officer", load_default=None, allow_none=True)
    roster = Reference(load_default=None, allow_none=True, metadata={"options": "/roster"})
    name = Name(100, load_default=None, allow_none=True)
    phone = Typed(load_default=None, allow_none=True)


class SaysConsent(Schema):
    """What a side says to being mediated."""

    consent = WordOf(words.Consent, required=True)


class Told(Schema):
    """The day on which they had the notice, and its proof."""

    on = Day(required=True)
    proof = WordOf(words.Proof, required=True)


class RecordAnswer(Schema):
    """What an agency without a queue says to its invitation."""

    answer = WordOf(words.InvitationAnswer, required=True)
    text = Text(2_000, load_default=None, allow_none=True)


class Why(Schema):
    """The reasons, or what it came to."""

    text = Text(5_000, required=True)


class Invite(Schema):
    """What the invited are told it is about: no more than they need."""

    text = Text(2_000, required=True)


class PlanDate(Schema):
    """When and where; `closed`: why the public is kept out of a hearing."""

    starts_at = Moment(required=True)
    ends_at = Moment(required=True)
    place = Line(200, required=True)
    closed = fields.List(WordOf(words.ClosedReason), load_default=list, validate=validate.Length(max=4))


class Held(Schema):
    """That it took place: who came, by the id of their part, and of a hearing each step that was gone through."""

    on = Day(required=True)
    came = fields.List(Reference(), load_default=list, validate=validate.Length(max=100))
    steps = fields.List(Positive(), load_default=list, validate=validate.Length(max=20))
    recorded = Flag(load_default=False)
    mend_by = Day(load_default=None, allow_none=True)
    text = Text(20_000, required=True)


class Conclude(Schema):
    """Its result; `followed`: whether a hearing's opinion is."""

    followed = Flag(load_default=None, allow_none=True)
    text = Text(5_000, required=True)


class RecordStep(Schema):
    """How a mediation goes; `on`: the day, of an agreement that of its effect."""

    step = WordOf(words.MediationStep, required=True)
    on = Day(required=True)
    agreement = WordOf(words.AgreementForm, load_default=None, allow_none=True)
    text = Text(20_000, required=True)


class AskConfirmation(Schema):
    """The day on which both sides asked the court."""

    on = Day(required=True)


class DecideConfirmation(Schema):
    """Whether the court confirmed it."""

    confirmed = Flag(required=True)


class TaskGiven(Schema):
    """One task of a resolution."""

    agency = AgencyCode(required=True)
    due = Day(required=True)
    text = Text(2_000, required=True)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> meeting_tasks.TaskInput:
        """The task as the use case takes it."""
        return meeting_tasks.TaskInput(**data)


class Resolve(Schema):
    """What the meeting resolved on: a task at least."""

    tasks = fields.List(fields.Nested(TaskGiven), required=True, validate=validate.Length(min=1, max=30))


class EndTask(Schema):
    """What became of a task."""

    result = WordOf(words.TaskResult, required=True)
    text = Text(2_000, required=True)


PROCEEDINGS = Listing(
    "proceedings",
    lists.PROCEEDING_SORTS,
    "-created",
    {"kind": WordOf(words.ProceedingKind), "state": WordOf(ProceedingState), **PLACED},
)


class ProceedingRoutes(ReferralApi):
    """Each act answers the proceeding as it stands after it."""

    @http("GET", "/proceedings", action="proceeding.read", query=PROCEEDINGS.query, answer=said.ProceedingRows,
          summary="各件的调解、听证、会商、约谈")  # fmt: skip
    def proceedings(self, call: Call) -> Any:
        """{proceedings}: those in sight, the newest first."""
        with self.work(call) as work:
            found = lists.proceedings(work, self.seen(work, call, Proceeding.petition), PROCEEDINGS.page(call))
            return found.answer(map(_row, found.rows))

    @http("GET", "/petitions/<number>/proceedings", action="proceeding.read", answer=said.Proceedings,
          summary="信访件的调解、听证、会商、约谈和可以提出的")  # fmt: skip
    def proceedings_of(self, call: Call, number: str) -> Any:
        """{petition, proceedings, allowed_actions}: by number, and which the petition may have."""
        with self.work(call) as work:
            self.let_in(call, work, number)
            found = proceedings.of_petition(work, number)
            offered = self._proposals(work, call, number) if views.custody(work, number) else []
            return {"petition": number, "proceedings": list(map(_row, found)), "allowed_actions": offered}

    @http("POST", "/petitions/<number>/proceedings", action="proceeding.propose", body=Propose, status=201,
          needs_key=True, answer=said.ProceedingSaid, summary="提出调解、听证、会商、约谈")  # fmt: skip
    def propose(self, call: Call, number: str) -> Any:
        """The proceeding, proposed. 409 `not-fit` where the petition can have none such, with the reason."""
        with self.work(call) as work:
            self.let_in(call, work, number)
            return call.once(work.session, lambda: _row(proceedings.propose(work, number, **call.body)), number)

    @http("GET", "/proceedings/<number>", action="proceeding.read", answer=said.ProceedingWhole,
          summary="一次调解、听证、会商、约谈，参加人、任务和可办事项")  # fmt: skip
    def proceeding(self, call: Call, number: str) -> Any:
        """The proceeding, who takes part by role, its tasks' days, what it lacks; names and words by `words` alone."""
        with self.work(call) as work:
            found = proceedings.find(work, number)
            self.let_in(call, work, found.petition)
            return self._whole(work, call, found)

    @http("GET", "/proceedings/<number>/words", action="proceeding.read-words", answer=said.ProceedingWords,
          summary="参加人姓名、地点、记录、意见和任务的原文")  # fmt: skip
    def proceeding_words(self, call: Call, number: str) -> Any:
        """Who takes part by name, where, what was said and what is to be done: for who may read the material."""
        with self.work(call) as work:
            found = proceedings.find(work, number)
            self.let_in(call, work, found.petition)
            return {
                "proceeding": number,
                "place": proceedings.place_of(work, found),
                "parts": [
                    {"part": each.id} | invitations.names(work, each) for each in invitations.parts(work, number)
                ],
                "minutes": minutes.of_proceeding(work, found),
                "tasks": [
                    {"item": each.item, "text": meeting_tasks.what(work, each)}
                    for each in meeting_tasks.of_proceeding(work, number)
                ],
            }

    @http("POST", "/proceedings/<number>/approve", action="proceeding.approve", body=Nothing,
          answer=said.ProceedingSaid, summary="批准举行")  # fmt: skip
    def approve(self, call: Call, number: str) -> Any:
        """Approves it."""
        return self._act_on(call, number, proceedings.approve)

    @http("POST", "/proceedings/<number>/refuse", action="proceeding.refuse", body=Why,
          answer=said.ProceedingSaid, summary="不同意举行")  # fmt: skip
    def refuse(self, call: Call, number: str) -> Any:
        """Does not, with the reasons; whoever asked for it is told them."""
        return self._act_on(call, number, proceedings.refuse)

    @http("POST", "/proceedings/<number>/parts", action="proceeding.join", body=Join,
          answer=said.ProceedingSaid, summary="登记参加人")  # fmt: skip
    def join_proceeding(self, call: Call, number: str) -> Any:
        """Names somebody who takes part; 409 for an agency that the ban keeps away."""

        def join(work: UnitOfWork, number: str, **who: Any) -> Proceeding:
            found = proceedings.load(work, number)
            if who["roster"] is not None:
                self._ask_parties(work, found.petition)
            invitations.join(work, found, **who)
            return found

        return self._act_on(call, number, join)

    @http("POST", "/proceedings/<number>/parts/<part>/leave", action="proceeding.leave", body=Nothing,
          answer=said.ProceedingSaid, summary="去掉参加人")  # fmt: skip
    def leave_proceeding(self, call: Call, number: str, part: str) -> Any:
        """They do not take part any more; an agency that was invited is told so."""

        def leave(work: UnitOfWork, number: str) -> Proceeding:
            found = proceedings.load(work, number)
            invitations.remove(work, found, proceedings.part_of(work, found, part))
            return found

        return self._act_on(call, number, leave)

    @http("POST", "/proceedings/<number>/parts/<part>/told", action="proceeding.told", body=Told,
          answer=said.ProceedingSaid, summary="登记已告知的证明")  # fmt: skip
    def told(self, call: Call, number: str, part: str) -> Any:
        """They had the notice of the date."""

        def told(work: UnitOfWork, number: str, **how: Any) -> Proceeding:
            found = proceedings.load(work, number)
            invitations.told(work, found, proceedings.part_of(work, found, part), **how)
            return found

        return self._act_on(call, number, told)

    @http("POST", "/proceedings/<number>/parts/<part>/consent", action="proceeding.consent", body=SaysConsent,
          answer=said.ProceedingSaid, summary="登记当事人对调解的意见")  # fmt: skip
    def consent(self, call: Call, number: str, part: str) -> Any:
        """What a side says; a refusal ends the mediation."""
        return self._act_on(call, number, mediations.consent, part=part)

    @http("POST", "/proceedings/<number>/parts/<part>/answer", action="proceeding.record-answer", body=RecordAnswer,
          answer=said.ProceedingSaid, summary="登记单位对邀请的答复")  # fmt: skip
    def record_answer(self, call: Call, number: str, part: str) -> Any:
        """Writes down what came on paper; NotByHand for an agency that speaks for itself."""
        return self._act_on(call, number, mediations.record_answer, part=part)

    @http("POST", "/proceedings/<number>/plan", action="proceeding.plan", body=PlanDate,
          answer=said.ProceedingSaid, summary="安排时间、地点，是否公开")  # fmt: skip
    def plan(self, call: Call, number: str) -> Any:
        """When and where; nobody is told by it."""
        return self._act_on(call, number, proceedings.plan)

    @http("POST", "/proceedings/<number>/notify", action="proceeding.notify", body=Invite,
          answer=said.ProceedingSaid, summary="告知时间、地点")  # fmt: skip
    def notify(self, call: Call, number: str) -> Any:
        """The date is told; 409 `notice-too-late` where nobody could be told of it in time."""
        return self._act_on(call, number, proceedings.notify)

    @http("POST", "/proceedings/<number>/adjourn", action="proceeding.adjourn", body=Why,
          answer=said.ProceedingSaid, summary="改期")  # fmt: skip
    def adjourn(self, call: Call, number: str) -> Any:
        """Its date is given up; the next is told anew."""
        return self._act_on(call, number, proceedings.adjourn)

    @http("POST", "/proceedings/<number>/cancel", action="proceeding.cancel", body=Why,
          answer=said.ProceedingSaid, summary="取消")  # fmt: skip
    def cancel(self, call: Call, number: str) -> Any:
        """It will not be; who was invited is told."""
        return self._act_on(call, number, proceedings.cancel)

    @http("POST", "/proceedings/<number>/hold", action="proceeding.hold", body=Held,
          answer=said.ProceedingSaid, summary="登记已举行、已召开、已约谈")  # fmt: skip
    def hold(self, call: Call, number: str) -> Any:
        """It took place; 409 `lacking` for a hearing that left a step out, or told somebody too late."""
        return self._act_on(call, number, proceedings.hold)

    @http("POST", "/proceedings/<number>/opine", action="proceeding.opine", body=Why,
          answer=said.ProceedingSaid, summary="登记听证员意见")  # fmt: skip
    def opine(self, call: Call, number: str) -> Any:
        """The hearing officers' opinion."""
        return self._act_on(call, number, proceedings.opine)

    @http("POST", "/proceedings/<number>/conclude", action="proceeding.conclude", body=Conclude,
          answer=said.ProceedingSaid, summary="办结")  # fmt: skip
    def conclude(self, call: Call, number: str) -> Any:
        """Its result."""
        return self._act_on(call, number, proceedings.conclude)

    @http("POST", "/proceedings/<number>/mend", action="proceeding.mend", body=Why,
          answer=said.ProceedingSaid, summary="约谈事项整改完毕，销号")  # fmt: skip
    def mend(self, call: Call, number: str) -> Any:
        """What a talk was about is put right."""
        return self._act_on(call, number, proceedings.mend)

    @http("POST", "/proceedings/<number>/ask", action="proceeding.ask", body=Nothing,
          answer=said.ProceedingSaid, summary="征求双方调解意愿")  # fmt: skip
    def ask(self, call: Call, number: str) -> Any:
        """Both sides are asked."""
        return self._act_on(call, number, mediations.ask)

    @http("POST", "/proceedings/<number>/invite", action="proceeding.invite", body=Invite,
          answer=said.ProceedingSaid, summary="邀请调解组织")  # fmt: skip
    def invite(self, call: Call, number: str) -> Any:
        """The organ is asked to mediate; 409 without each side's consent."""
        return self._act_on(call, number, mediations.invite)

    @http("POST", "/proceedings/<number>/begin", action="proceeding.begin", body=Nothing,
          answer=said.ProceedingSaid, summary="双方自行和解")  # fmt: skip
    def begin(self, call: Call, number: str) -> Any:
        """The parties begin to settle it between them."""
        return self._act_on(call, number, mediations.begin)

    @http("POST", "/proceedings/<number>/record", action="proceeding.record", body=RecordStep,
          answer=said.ProceedingSaid, summary="登记调解进展")  # fmt: skip
    def record_step(self, call: Call, number: str) -> Any:
        """How it goes, where the organ has no queue or there is none."""
        return self._act_on(call, number, mediations.record)

    @http("POST", "/proceedings/<number>/confirmation", action="proceeding.ask-confirmation", body=AskConfirmation,
          answer=said.ProceedingSaid, summary="登记双方申请司法确认")  # fmt: skip
    def ask_confirmation(self, call: Call, number: str) -> Any:
        """Both sides asked the court."""
        return self._act_on(call, number, mediations.ask_confirmation)

    @http("POST", "/proceedings/<number>/confirmation/decide", action="proceeding.decide-confirmation",
          body=DecideConfirmation, answer=said.ProceedingSaid, summary="登记司法确认结果")  # fmt: skip
    def decide_confirmation(self, call: Call, number: str) -> Any:
        """What the court said."""
        return self._act_on(call, number, mediations.decide_confirmation)

    @http("POST", "/proceedings/<number>/withdraw", action="proceeding.withdraw", body=Why,
          answer=said.ProceedingSaid, summary="登记当事人撤回调解")  # fmt: skip
    def withdraw(self, call: Call, number: str) -> Any:
        """A side wishes no mediation any more."""
        return self._act_on(call, number, mediations.withdraw)

    @http("POST", "/proceedings/<number>/resolve", action="proceeding.resolve", body=Resolve,
          answer=said.ProceedingSaid, summary="会商决议：任务、单位、期限")  # fmt: skip
    def resolve(self, call: Call, number: str) -> Any:
        """Gives the tasks on which it resolved."""
        return self._act_on(call, number, meeting_tasks.resolve)

    @http("POST", "/proceedings/<number>/tasks/<item>/urge", action="proceeding.urge-task", body=Nothing,
          answer=said.ProceedingSaid, summary="催办会商任务")  # fmt: skip
    def urge_task(self, call: Call, number: str, item: str) -> Any:
        """Asks whose it is to do it, and counts how often."""
        return self._act_on(call, number, meeting_tasks.urge, item=item)

    @http("POST", "/proceedings/<number>/tasks/<item>/end", action="proceeding.end-task", body=EndTask,
          answer=said.ProceedingSaid, summary="登记会商任务的结果")  # fmt: skip
    def end_task(self, call: Call, number: str, item: str) -> Any:
        """What became of our own, or of an agency's without a queue."""
        return self._act_on(call, number, meeting_tasks.end, item=item)

    def _act_on(self, call: Call, number: str, use_case: Any, **parts: Any) -> Any:
        """As `_act`, of a proceeding."""
        with self.work(call) as work:
            self.let_in(call, work, proceedings.find(work, number).petition)
            try:
                return call.once(work.session, lambda: _row(use_case(work, number, **parts, **call.body)), number)
            except Problem as refusal:
                work.session.expire_all()
                if isinstance(refusal, Conflict):
                    refusal.more["allowed_actions"] = self._offered(work, call, proceedings.find(work, number))
                raise

    def _offered(self, work: UnitOfWork, call: Call, proceeding: Proceeding) -> list[dict[str, Any]]:
        placement = placements.load(work, proceeding.petition)
        service: type = type(self)
        routes = by_action(service)

        def may(name: str) -> bool:
            return placement is not None and self.view(work, call, f"proceeding.{name}").covers(placement)

        return [
            drawn(routes[f"proceeding.{name}"], name, row.zh, proceeding.number, target)
            for name, row, target in proceeding_actions.of_proceeding(work, proceeding, may)
        ]

    def _proposals(self, work: UnitOfWork, call: Call, petition: str) -> list[dict[str, Any]]:
        placement = placements.load(work, petition)
        if placement is None or not self.view(work, call, "proceeding.propose").covers(placement):
            return []
        service: type = type(self)
        route = by_action(service)["proceeding.propose"]
        offers = proceeding_actions.proposals(work, petition)
        return [drawn(route, "propose", "提出", petition, target) for target in offers]

    def _whole(self, work: UnitOfWork, call: Call, found: Proceeding) -> dict[str, Any]:
        self._ask_parties(work, found.petition)
        rules = proceedings.rules_of(work, found)
        known = views.names(work)
        return _row(found) | {
            "ground": found.ground,
            "closed": found.closed,
            "agreement": found.agreement,
            "effective_on": found.effective_on and found.effective_on.isoformat(),
            "mend_by": found.mend_by and found.mend_by.isoformat(),
            "steps": list(rules.steps) if rules else [],
            "recorded": rules is not None and rules.recorded,
            "parts": [_part(each, known) for each in invitations.parts(work, found.number)],
            "tasks": [_task(each, known) for each in meeting_tasks.of_proceeding(work, found.number)],
            "lacking": proceedings.lacking(work, found),
            "allowed_actions": self._offered(work, call, found),
        }


def _row(found: Proceeding) -> dict[str, Any]:
    return {
        "number": found.number,
        "petition": found.petition,
        "kind": found.kind,
        "kind_zh": found.of_kind.zh,
        "form": found.form,
        "form_zh": found.of_form and found.of_form.zh,
        "state": found.state,
        "state_zh": found.now_in.zh,
        "subject": found.subject,
        "subject_zh": words.ProceedingSubject(found.subject).zh,
        "applied": found.applied,
        "created_at": found.created_at.isoformat(),
        "starts_at": found.starts_at and found.starts_at.isoformat(),
        "ends_at": found.ends_at and found.ends_at.isoformat(),
        "told_by": found.told_by and found.told_by.isoformat(),
        "open": found.open,
    }


def _part(part: Part, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "part": part.id,
        "role": part.role,
        "role_zh": part.of_role.zh,
        "agency": part.agency,
        "agency_zh": part.agency and names.get(part.agency, part.agency),
        "officer": part.officer,
        "roster": part.roster,
        "consent": part.consent,
        "answer": part.answer,
        "told_on": part.told_on and part.told_on.isoformat(),
        "proof": part.proof,
        "came": part.came,
    }


def _task(task: Task, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "item": task.item,
        "agency": task.agency,
        "agency_zh": names.get(task.agency, task.agency),
        "due": task.due.isoformat(),
        "state": task.state,
        "state_zh": task.now_in.zh,
        "urged": task.urged,
        "late": task.missed_at is not None,
    }
