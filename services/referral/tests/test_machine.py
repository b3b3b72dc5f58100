"""Referrals and custody under several agencies, duplicates and reordering, through the real inbox and database.

What is said lies in a bag and is delivered in any order, some of it again; after every step custody is whole and agrees
with the referrals, and each referral stands where its events lead.
"""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from referral_context import COUNTY, OFFICER, build_context, inbox_of
from sqlalchemy import Engine, select, text

import contracts.registry as language
from contracts.problems import Problem
from contracts.purposes import purposes
from contracts.routes import ROUTES
from contracts.vocabulary import (
    Kind,
    ObjectionReason,
    ReferralKind,
    ReferralState,
    RefusalReason,
    Reopening,
    Result,
    Ruling,
    Termination,
    VoidReason,
)
from courier import tables
from courier.amqp import Delivery
from courier.envelope import Envelope, digest
from courier.partners.receiving import AGENCIES, receive_from_partner
from courier.unit_of_work import ServiceContext
from referral.domain import states
from referral.domain.states import MOVES, REPLIES, Side
from referral.tables import Custody, Guarded, Referral
from referral.use_cases import conservation, officers, petitions, views
from vault import Vault

SAID = {
    "reason": "not_competent",
    "text": "说明",
    "result": "supported",
    "officer": "经办员",
}
NEEDS = {"object": ("reason", "text"), "answer": ("result", "text"), "progress": ("text",), "pass_on": ("text", "to")}
BY_EVENT = {move.event: move for move in MOVES.values()}
NUMBERS = itertools.count(1)
S = ReferralState


class Traffic(RuleBasedStateMachine):
    context: ServiceContext
    intake: Vault

    def __init__(self) -> None:
        super().__init__()
        self.inbox = inbox_of(self.context)
        self.bag: list[Delivery] = []
        self.kinds: dict[str, Kind] = {}  # the petitions of this run
        self.heads: dict[str, tuple[int, str | None]] = {}
        self.told: dict[str, str] = {}  # of what A08 sent to us: intake's last step
        self.over: dict[str, str | None] = {}  # of what ended with us, as referral heard it: who held it then

    # -- what is said --------------------------------------------------------------------------------------------

    @initialize()
    def begin(self) -> None:
        for kind in (Kind.CLAIM, Kind.ACCUSATION):
            self.register(kind)
        number = self.register(Kind.CLAIM, "A08")
        self.told[number] = "registered"
        facts = {"petition": number, "agency": "A08", "submission": number[-6:], "kind": ReferralKind.TRANSFER}
        days = {"received_on": date(2026, 11, 2), "answer_by": date(2026, 12, 2)}
        self._letter("submission.received.v1", number, facts | {"petition_kind": Kind.CLAIM} | days, {})

    def register(self, kind: Kind, sender: str | None = None) -> str:
        number = f"信2026-619926-{next(NUMBERS):06d}"
        self.kinds[number] = kind
        self._event(
            "petition.registered.v1",
            number,
            kind=kind,
            line="other",
            channel="visit",
            service_point="12309",
            received_on=date(2026, 11, 2),
            reply_by=date(2026, 11, 9),
            reach="none",
            anonymous=True,
            person=None,
            group_size=1,
            respondent_units=["A14"] if kind is Kind.ACCUSATION else [],
            respondents_known=True,
            sealed_post=False,
            submitted_by=sender,
        )
        return number

    @rule(
        data=st.data(),
        to=st.sampled_from(sorted(set(COUNTY) - {"A00"})),
        kind=st.sampled_from([ReferralKind.TRANSFER, ReferralKind.TRANSFER, *ReferralKind]),
    )
    @precondition(lambda self: self.kinds)
    def refer(self, data: st.DataObject, to: str, kind: ReferralKind) -> None:
        """Nothing while closing is asked; a transfer only when intake waits for no other and has it back."""
        number = data.draw(st.sampled_from(sorted(self.kinds)))
        with self.context.begin(OFFICER) as work:
            mine = views.of_petition(work, number)
            ended = any(holding.agency is None for holding in views.custody(work, number)[-1:])
            busy = any(each.now_in in states.OPEN for each in mine if each.of_kind is ReferralKind.TRANSFER)
        theirs = self.told.get(number, "sign") in ("registered", "object")
        if ended or theirs or self._on_its_way(number) or (kind is ReferralKind.TRANSFER and busy):
            return
        body = {
            "petition": number,
            "to": to,
            "kind": kind,
            **_basis(kind, self.kinds[number]),
            "petition_kind": self.kinds[number],
            "line": "other",
            "received_on": date(2026, 11, 2),
            "group_size": 1,
        }
        self._letter("petition.handed_over.v1", number, _words(body), {"title": "标题"})

    @rule(data=st.data())
    def tell_sender(self, data: st.DataObject) -> None:
        """What intake lets its officers tell who sent it; before its sender ruled on an objection, nothing."""
        for number, last in self.told.items():
            (held,) = [each for each in self._referrals() if each.petition == number and each.inbound] or (None,)
            back = {"overruled": "object"}.get(str(held and self._path(held)[-1].split(".")[1]))
            free = not self._sent(number, [each for each in self._referrals() if each.petition == number])
            after = {
                "registered": ["sign"],
                "sign": (["object", "accept"] if free else []) + ["progress", "answer"],
                "object": ["accept", "answer"] if back == "object" else [],
                "accept": ["progress", "answer"],
                "progress": ["progress", "answer"],
            }.get(last, [])
            if not after:
                continue
            step = self.told[number] = data.draw(st.sampled_from(after))
            facts: dict[str, Any] = {"petition": number, "move": step}
            if step == "sign":
                facts["reply_by"] = date(2026, 11, 9)
            if step == "object":
                facts["reason"] = ObjectionReason.NOT_COMPETENT
            if step == "answer":
                facts["result"] = Result.SUPPORTED
            text = "说明" if step in ("object", "progress", "answer") else None
            self._letter("submission.told.v1", number, facts, {"text": text})

    @rule(ruling=st.sampled_from(Ruling), sender=st.sampled_from(["A08", "A08", "A09"]))
    def rule_on_ours(self, ruling: Ruling, sender: str) -> None:
        """Its sender rules on our objection, also when there is none, and another on what it did not send."""
        for number in self.told:
            body = {"submission": number[-6:], "officer": "经办员", "ruling": ruling}
            envelope = self._envelope("reply.ruling.v1", number, body, f"/agencies/{sender}")
            self._post(f"referral.agency.{sender}", f"agency.{sender}.out", sender, envelope)

    @rule(data=st.data(), to=st.sampled_from(sorted(COUNTY)), likely=st.booleans())
    def say(self, data: st.DataObject, to: str, likely: bool) -> None:
        """An agency says anything of any referral, also of another's; what is lawful more often."""
        known = self._referrals()
        going = [each for each in known if each.now_in in states.OPEN]
        if not known:
            return
        each = data.draw(st.sampled_from(going if likely and going else known))
        lawful = {move.reply for move in states.allowed(each.snapshot, Side.RECEIVER) if move.reply}
        type_ = data.draw(st.sampled_from(sorted(lawful if likely and lawful else REPLIES)))
        sender = each.agency if data.draw(st.integers(0, 9)) else "A09"
        body = {"referral": each.number, "officer": "经办员"}
        body |= {name: to if name == "to" else SAID[name] for name in NEEDS.get(REPLIES[type_], ())}
        if type_ == "reply.progress.v1" and data.draw(st.booleans()):
            body["suspended"] = True  # type: ignore[assignment]
        envelope = self._envelope(type_, each.number, body, f"/agencies/{sender}")
        self._post(f"referral.agency.{sender}", f"agency.{sender}.out", sender, envelope)
        if data.draw(st.integers(0, 3)):
            self._take(self.bag.pop())  # before what others said earlier

    @rule(data=st.data(), steps=st.integers(1, 5))
    def go_on(self, data: st.DataObject, steps: int) -> None:
        """Undisturbed for some steps: what is said arrives, and the agency says what is lawful. Else few get far."""
        self.deliver_all()
        for _ in range(steps):
            going = [each for each in self._referrals() if each.now_in in states.OPEN and not each.inbound]
            said = [(each, move) for each in going for move in states.allowed(each.snapshot, Side.RECEIVER)]
            said = [(each, move) for each, move in said if move.reply and move.name not in ("pass_on", "suspend")]
            if said:
                each, move = data.draw(st.sampled_from(said))
                body = {"referral": each.number, "officer": "经办员"}
                body |= {name: SAID[name] for name in NEEDS.get(move.name, ())}
                envelope = self._envelope(move.reply or "", each.number, body, f"/agencies/{each.agency}")
                self._post(f"referral.agency.{each.agency}", f"agency.{each.agency}.out", each.agency, envelope)
            self.deliver_all()

    @rule(data=st.data())
    @precondition(lambda self: self.kinds)
    def close(self, data: st.DataObject) -> None:
        """Intake asks to close: never while a letter of it is on its way, and once until it is answered."""
        number = data.draw(st.sampled_from(sorted(self.kinds)))
        with self.context.begin(OFFICER) as work:
            ended = any(holding.agency is None for holding in views.custody(work, number)[-1:])
            answered = any(each.now_in is S.ANSWERED for each in views.of_petition(work, number))
        if answered and not ended and not self._on_its_way(number):
            self._event("petition.closing.v1", number)

    @rule(data=st.data(), how=st.sampled_from(sorted(petitions.ENDINGS)))
    @precondition(lambda self: self.kinds)
    def end(self, data: st.DataObject, how: str) -> None:
        """It ends with us, whatever is on its way of it."""
        number = data.draw(st.sampled_from(sorted(self.kinds)))
        if data.draw(st.integers(0, 2)):
            return  # or hardly a referral would live to its answer
        facts = {"petition.terminated.v1": {"reason": "settled"}, "petition.not_accepted.v1": {"reason": "not_ours"}}
        self._event(how, number, **facts.get(how, {"to": "A09"} if how == "petition.guided.v1" else {}))

    @rule(data=st.data())
    @precondition(lambda self: self.over)
    def reopen(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.over)))
        self._event("petition.reopened.v1", number, reason="wrong", counts_from=date(2026, 11, 3))

    @rule(data=st.data())
    @precondition(lambda self: self._closed())
    def reopen_what_was_closed(self, data: st.DataObject) -> None:
        """Intake has heard that custody ended before it can."""
        number = data.draw(st.sampled_from(self._closed()))
        self._event("petition.reopened.v1", number, reason="new_evidence", counts_from=date(2026, 11, 3))

    # -- what comes of it ----------------------------------------------------------------------------------------

    @rule(data=st.data(), again=st.booleans())
    @precondition(lambda self: self.bag)
    def deliver(self, data: st.DataObject, again: bool) -> None:
        """In any order, and what was delivered may come again."""
        index = data.draw(st.integers(0, len(self.bag) - 1))
        delivery = self.bag[index] if again else self.bag.pop(index)
        self._take(delivery)

    @rule()
    @precondition(lambda self: self.bag)
    def deliver_all(self) -> None:
        while self.bag:
            self._take(self.bag.pop(0))

    @rule()
    def try_kept_again(self) -> None:
        """What was early, once more."""
        with self.context.sessions() as session:
            kept = session.scalars(select(tables.inbox.c.id).where(tables.inbox.c.state == "retry")).all()
        for row in kept:
            self.inbox.again(row)

    @rule(data=st.data(), act=st.sampled_from(["uphold", "overrule", "recall", "void", "rework", "material", "urge"]))
    def act(self, data: st.DataObject, act: str) -> None:
        """An officer does anything with any referral; what the table refuses changes nothing."""
        known = self._referrals()
        if not known:
            return
        each = data.draw(st.sampled_from(known))
        if act in ("void", "recall") and data.draw(st.integers(0, 3)):
            return  # or hardly a referral would live to its answer
        use = {
            "uphold": lambda work: officers.rule(work, each.number, Ruling.UPHELD),
            "overrule": lambda work: officers.rule(work, each.number, Ruling.OVERRULED),
            "recall": lambda work: officers.recall(work, each.number),
            "void": lambda work: officers.void(work, each.number, VoidReason.MISDIRECTED),
            "rework": lambda work: officers.rework(work, each.number, "请补充"),
            "material": lambda work: officers.material(work, each.number, "补交材料"),
            "urge": lambda work: officers.urge(work, each.number),
        }[act]
        lawful = states.lawful(MOVES["add_material" if act == "material" else act], each.snapshot) and not each.inbound
        # who only helps or got a copy was sent no statement, and gets none later
        lawful = lawful and (act != "material" or each.purpose == states.HANDLING)
        try:
            with self.context.begin(OFFICER) as work:
                use(work)
        except Problem:
            assert not lawful, (act, each.state)
        else:
            assert lawful, (act, each.state)

    # -- what always holds ---------------------------------------------------------------------------------------

    @invariant()
    def custody_is_whole_and_agrees_with_the_referrals(self) -> None:
        with self.context.sessions() as session:
            for number in self.kinds:
                held = session.scalars(select(Custody).where(Custody.petition == number).order_by(Custody.seq)).all()
                referrals = session.scalars(select(Referral).where(Referral.petition == number)).all()
                if not held:
                    assert not referrals
                    continue
                assert list(range(1, len(held) + 1)) == [each.seq for each in held]
                assert ("A08" if number in self.told else "A00") == held[0].agency
                assert all(one.since < two.since for one, two in itertools.pairwise(held))
                assert all(one.agency != two.agency for one, two in itertools.pairwise(held))
                assert {"A00"} >= {two.agency for one, two in itertools.pairwise(held) if one.agency is None}
                sent_to_us = [each for each in referrals if each.inbound]
                transfers = [each for each in referrals if each.of_kind is ReferralKind.TRANSFER and not each.inbound]
                assert len([each for each in transfers if each.now_in in states.OPEN]) <= 1
                if held[-1].agency is None:
                    assert not [each for each in referrals if each.now_in in states.OPEN]
                else:
                    begins = "A08" if number in self.told else "A00"
                    assert _custodian(transfers, sent_to_us, begins) == held[-1].agency

    @invariant()
    def what_ended_with_us_moves_no_more(self) -> None:
        """No agency gets it afterwards, by whatever it says or what was on its way; nothing lies there unaccepted."""
        with self.context.sessions() as session:
            ended = set(session.scalars(select(Guarded.petition).where(Guarded.ended)))
            for number in self.kinds:
                query = select(Custody.agency).where(Custody.petition == number).order_by(Custody.seq.desc())
                holder = session.scalars(query.limit(1)).first()
                if number not in ended:
                    self.over.pop(number, None)
                    continue
                begins = "A08" if number in self.told else "A00"
                # what an officer voids is ours again, and what was sent to us goes by its own moves
                assert holder in (self.over.setdefault(number, holder), "A00", begins, None)
                theirs = select(Referral).where(Referral.petition == number, ~Referral.inbound)
                for each in session.scalars(theirs):
                    signed = each.now_in is S.SIGNED and each.statutory
                    copy = each.of_kind is ReferralKind.NOTIFY_LEAD
                    assert signed or copy or each.now_in not in (S.SENT, S.SIGNED, S.OBJECTED)

    @invariant()
    def the_check_of_the_whole_table_finds_nothing(self) -> None:
        with self.context.sessions() as session:
            wrong = [each for each in conservation.check(session, "A00") if each.faults]
        assert not wrong, wrong

    @invariant()
    def every_referral_stands_where_its_events_lead(self) -> None:
        for each in self._referrals():
            snapshot, path = replace(each.snapshot, state=S.DRAFTED), self._path(each)
            assert "referral.drafted.v1" == path[0]
            for type_ in path[1:]:
                snapshot = replace(snapshot, state=states.check(BY_EVENT[type_], snapshot))
            assert snapshot.state is each.now_in
            assert (each.offer is None) == (each.inbound or each.now_in in states.ENDED)

    @invariant()
    def the_accused_were_offered_nothing(self) -> None:
        """The town's clerk is accused; the civil affairs office guides the town."""
        accused = [number for number, kind in self.kinds.items() if kind is Kind.ACCUSATION]
        with self.context.sessions() as session:
            query = select(Referral.agency).where(Referral.petition.in_(accused), ~Referral.inbound)
            assert {"A06"} >= set(session.scalars(query))

    # -- pieces --------------------------------------------------------------------------------------------------

    def _referrals(self) -> list[Referral]:
        with self.context.sessions() as session:
            query = select(Referral).where(Referral.petition.in_(self.kinds)).order_by(Referral.number)
            return list(session.scalars(query))

    def _closed(self) -> list[str]:
        """The petitions of which custody has ended, and nothing more of which is on its way."""
        with self.context.begin(OFFICER) as work:
            ended = [
                number
                for number in sorted(self.kinds)
                if {None} == {h.agency for h in views.custody(work, number)[-1:]}
            ]
        return [number for number in ended if not self._on_its_way(number)]

    def _path(self, referral: Referral) -> list[str]:
        """Its events in order; of what was sent to us as the same moves."""
        events = tables.events
        with self.context.sessions() as session:
            mine = select(events.c.type).where(events.c.subject == referral.number).order_by(events.c.version)
            return [type_.replace("submission.", "referral.") for type_ in session.scalars(mine)]

    def _sent(self, number: str, referrals: list[Referral]) -> bool:
        """Whether we handed it on ourselves, so that nobody objects or takes it on any more."""
        return self._on_its_way(number) or any(not each.inbound for each in referrals)

    def _on_its_way(self, number: str) -> bool:
        asked = ("petition.handed_over.v1", "petition.closing.v1", "submission.told.v1")
        letters = any(each.routing_key in asked and number.encode() in each.body for each in self.bag)
        with self.context.sessions() as session:
            waiting = text("SELECT count(*) FROM inbox WHERE state IN ('retry', 'waiting') AND subject = :s")
            return letters or bool(session.scalar(waiting, {"s": number}))

    def _letter(self, type_: str, number: str, facts: dict[str, Any], personal: dict[str, Any]) -> None:
        said = language.dump("letter", type_, facts)
        if personal:
            said["personal"] = self.intake.address("referral", personal)
        self._post("referral.letters", "referral.letters", "intake", self._envelope(type_, number, said))

    def _event(self, type_: str, number: str, **facts: Any) -> None:
        body = language.dump("event", type_, _words({"petition": number, **facts}))
        version, previous = self.heads.get(number, (0, None))
        envelope = replace(self._envelope(type_, number, body), version=version + 1, previous=previous)
        self.heads[number] = version + 1, digest(envelope.to_bytes()).hex()
        self._post("referral.events.intake", "intake.events", "intake", envelope)

    def _envelope(self, type_: str, subject: str, data: dict[str, Any], source: str = "/619926/intake") -> Envelope:
        return Envelope(source, type_, subject, datetime.now(UTC), data, OFFICER)

    def _post(self, queue: str, exchange: str, user: str, envelope: Envelope) -> None:
        self.bag.append(Delivery(queue, exchange, envelope.type, user, envelope.to_bytes(), False, {}))

    def _take(self, delivery: Delivery) -> None:
        match delivery.queue:
            case "referral.events.intake":
                self.inbox.take_events("intake", [delivery])
            case "referral.letters":
                self.inbox.take_letters([delivery])
            case _:
                receive_from_partner(self.inbox, delivery, AGENCIES, ROUTES["referral"].from_agencies)


def _basis(kind: ReferralKind, petition: Kind) -> dict[str, str]:
    """A purpose of the kind and a basis of it, where there is one."""
    asked = next((each for each in purposes().values() if each.kind is kind), purposes()["handling"])
    basis = next((each.id for each in asked.bases.values() if petition in each.petitions), "cooperation")
    return {"purpose": asked.id, "basis": basis}


def _words(data: dict[str, Any]) -> dict[str, Any]:
    """Codes as the words the contracts dump."""
    from contracts.vocabulary import Channel, Line, Reach

    kinds: dict[str, Any] = {"line": Line, "channel": Channel, "reach": Reach, "reason": _reason}
    return {name: kinds[name](value) if name in kinds else value for name, value in data.items()}


def _reason(value: str) -> Any:
    return next(each for word in (Termination, RefusalReason, Reopening) for each in word if each == value)


def _custodian(transfers: list[Referral], sent_to_us: list[Referral], begins: str) -> str:
    """Read from the referrals alone: who took it on, or by statute signed for it, and did not give it back.

    What was sent to us is its sender's before we sign and once it took it back.
    """
    signed = any(each.now_in not in {S.DRAFTED, S.SENT, S.RETURNED} for each in sent_to_us)
    took = [
        each
        for each in sorted(transfers, key=lambda each: each.number)
        if each.now_in in states.WORKING | {S.SUSPENDED, S.ANSWERED}
        or (each.statutory and each.now_in in {S.SIGNED, S.PASSED_ON})
    ]
    # what was closed with its petition is nobody's there, should that be reopened
    given_back = [each.number for each in transfers if each.now_in in {*states.GIVEN_BACK, S.CLOSED}]
    last = max(given_back, default="")
    return next((each.agency for each in reversed(took) if each.number > last), "A00" if signed else begins)


@pytest.mark.parametrize("examples", [8, pytest.param(60, marks=pytest.mark.long)])
@pytest.mark.timeout(1800)
def test_custody_is_whole_at_every_step(engine: Engine, tmp_path: Path, examples: int) -> None:
    """Several agencies, duplicates, reordering, officers who act on anything, and what is sent to us."""
    Traffic.context, Traffic.intake = build_context(engine, tmp_path)
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Traffic,
        settings=settings(max_examples=examples, stateful_step_count=30, suppress_health_check=list(HealthCheck)),
    )
