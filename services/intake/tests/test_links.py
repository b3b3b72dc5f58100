"""What belongs to a guarded petition is held, in the database: over any graph of links, at once, and from before."""

import itertools
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

import pytest
from intake_context import OFFICER, build_context, petition
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError

from contracts.vocabulary import Channel, Joining, Kind, LinkReason, ObjectionReason, Situation
from courier import tables as courier
from courier.envelope import Envelope
from courier.faults import is_transient
from courier.inbox import Message
from courier.unit_of_work import ServiceContext
from intake.domain import errors
from intake.tables import Link, Petition, Release, ReleaseState
from intake.use_cases import contacts, inbound, links, petitions, registration, releases

ANY = LinkReason.RELATED


@pytest.fixture
def context(engine: Engine, tmp_path: Path) -> ServiceContext:
    return build_context(engine, tmp_path)


def made(context: ServiceContext, *kinds: Kind) -> list[str]:
    with context.begin(OFFICER) as work:
        return [registration.register(work, petition(kind)).number for kind in kinds]


def link(context: ServiceContext, one: str, other: str) -> None:
    with context.begin(OFFICER) as work:
        links.link(work, one, other, ANY)


def held(context: ServiceContext) -> set[str]:
    with context.sessions() as session:
        return set(session.scalars(select(Petition.number).where(Petition.on_hold)))


def said(context: ServiceContext, number: str) -> int:
    events = courier.events
    with context.sessions() as session:
        query = select(func.count()).where(events.c.subject == number, events.c.type == "petition.held.v1")
        return session.scalar(query) or 0


def let_go(context: ServiceContext, number: str, to: str) -> str:
    """As it is once referral has judged."""
    with context.begin(OFFICER) as work:
        releases.ask(work, number, to, "已核对", confirmed=False)
        asked = work.session.scalars(select(Release).where(Release.petition == number)).all()[-1]
        asked.state = ReleaseState.RELEASED
        return asked.id


def test_whatever_is_joined_to_a_guarded_one_is_held_and_nothing_else(context: ServiceContext) -> None:
    """Forty random links and secrets over forty petitions, against labels that spread by hand."""
    dice = random.Random(20261126)
    with context.begin(OFFICER) as work:
        kinds = [*[Kind.CLAIM] * 30, *[Kind.PROPOSAL] * 8, *[Kind.ACCUSATION] * 2]
        numbers = [registration.register(work, petition(kind)).number for kind in kinds]
    guarded, pairs = set(numbers[38:]), list[tuple[str, str]]()
    for _ in range(40):
        if dice.random() < 0.1:
            number = dice.choice(numbers)
            guarded.add(number)
            with context.begin(OFFICER) as work:
                found = petitions.load(work, number)
                found.post_number = found.post_number or "机要1"
                found.statement = None
                links.hold_if_needed(work, found)
        else:
            one, other = dice.sample(numbers, 2)
            if (one, other) not in pairs:
                pairs.append((one, other))
                link(context, one, other)
        label = {number: number for number in numbers}
        for _ in numbers:
            for one, other in pairs:
                label[one] = label[other] = min(label[one], label[other])
        expected = {number for number in numbers if any(label[each] == label[number] for each in guarded - {number})}
        assert expected == held(context)
    assert len(held(context)) > 5
    assert all(said(context, number) == 1 for number in held(context)), "said once while nothing was released"


def test_two_who_link_at_once_miss_nothing(context: ServiceContext) -> None:
    """A to B and B to an accusation, by two officers: A is held, whoever was first; a lock that met another says so."""
    for _ in range(8):
        a, b, accusation = made(context, Kind.CLAIM, Kind.CLAIM, Kind.ACCUSATION)
        together = Barrier(2)

        def join(pair: tuple[str, str], together: Barrier = together) -> None:
            together.wait(10)
            for _ in range(3):
                try:
                    return link(context, *pair)
                except DBAPIError as fault:
                    # the edge answers: try again
                    if not is_transient(fault):
                        raise
            return None

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(join, [(a, b), (b, accusation)]))
        assert {a, b} <= held(context)
        assert accusation not in held(context)


def test_a_release_is_good_until_something_more_belongs_to_it(context: ServiceContext) -> None:
    """Let go to one agency and to no other; void with the next link, also one made three steps away."""
    claim, between, accusation, other = made(context, Kind.CLAIM, Kind.CLAIM, Kind.ACCUSATION, Kind.PROPOSAL)
    link(context, claim, between)
    link(context, accusation, between)
    for to in ("A09", "A10"):
        with pytest.raises(errors.HeldBack), context.begin(OFFICER) as work:
            petitions.refer(work, claim, to, "regulation_31", petitioner_wish=True)
    let_go(context, claim, "A09")
    with pytest.raises(errors.HeldBack), context.begin(OFFICER) as work:
        petitions.guide(work, claim, "A10")
    with context.begin(OFFICER) as work:
        petitions.involve(work, claim, "A09", "assist", "cooperation")
    link(context, accusation, other)
    assert 2 == said(context, claim)
    with pytest.raises(errors.HeldBack) as refused, context.begin(OFFICER) as work:
        petitions.involve(work, claim, "A09", "assist", "cooperation")
    assert "须经核对后发出" == refused.value.zh


def test_every_door_says_the_same_sentence(context: ServiceContext) -> None:
    """Referring, asking for help, guiding there, aid, what its sender hears: refused in words that tell nothing."""
    with context.begin(OFFICER) as work:
        sent = replace(petition(Kind.CLAIM), submitted_by="A10", submission="1")
        claim, accusation = (
            registration.register(work, sent).number,
            registration.register(work, petition(Kind.ACCUSATION)).number,
        )
        inbound.sign(work, claim)
        links.link(work, accusation, claim, ANY)
    doors = [
        lambda work: petitions.refer(work, claim, "A09", "regulation_31", petitioner_wish=True),
        lambda work: petitions.involve(work, claim, "A09", "assist", "cooperation"),
        lambda work: petitions.guide(work, claim, "A10"),
        lambda work: petitions.mark_hardship(work, claim, [Situation.NO_INCOME], True, None),
        lambda work: inbound.tell_sender(work, claim, "进展"),
        lambda work: inbound.object_(work, claim, ObjectionReason.NOT_COMPETENT, "不属职责"),
    ]
    for door in doors:
        with pytest.raises(errors.HeldBack) as refused, context.begin(OFFICER) as work:
            door(work)
        assert ("须经核对后发出", {}) == (refused.value.zh, refused.value.more)
    with context.begin(OFFICER) as work:
        petitions.mark_hardship(work, claim, [Situation.NO_INCOME], False, None)
    with context.sessions() as session:
        letters = {"petition.handed_over.v1", "aid.requested.v1", "submission.told.v1"}
        left = session.scalars(select(courier.outbox.c.routing_key).where(courier.outbox.c.routing_key.in_(letters)))
        assert ["submission.told.v1"] == list(left), "that we signed, and no word more"


def test_links_from_before_are_looked_at_a_batch_at_a_time(context: ServiceContext) -> None:
    """As older code wrote them, and still writes them beside this one; again it changes nothing, released or not."""
    claims = made(context, *[Kind.CLAIM] * 6)
    (accusation,) = made(context, Kind.ACCUSATION)
    alone, beside = made(context, Kind.CLAIM, Kind.CLAIM)
    with context.sessions() as session, session.begin():
        for one, other in [*itertools.pairwise(claims), (claims[-1], accusation), (alone, beside)]:
            session.execute(
                text(
                    "INSERT INTO link (petition, \"to\", reason, recorded_at, officer) VALUES (:a, :b, 'x', now(), '1')"
                ),
                {"a": one, "b": other},
            )
    while links.hold_unseen(context, OFFICER, limit=2):
        pass
    assert set(claims) == held(context)
    let_go(context, claims[0], "A09")
    assert 0 == links.hold_unseen(context, OFFICER)
    with context.sessions() as session:
        assert not session.scalar(select(func.count()).select_from(Link).where(~Link.seen))
        assert session.get_one(Petition, claims[0]).released == {"A09"}
    assert [1] * 6 == [said(context, each) for each in claims]


def test_it_is_said_again_to_who_ran_older_code(context: ServiceContext) -> None:
    """After an upgrade, of each once; what was released meanwhile is asked for again."""
    first, second, alone, accusation = made(context, Kind.CLAIM, Kind.CLAIM, Kind.CLAIM, Kind.ACCUSATION)
    link(context, first, accusation)
    link(context, second, accusation)
    let_go(context, second, "A09")
    before = {number: said(context, number) for number in (first, second, alone, accusation)}
    assert 2 == links.hold_again(context, OFFICER, limit=1)
    after = {number: said(context, number) for number in before}
    assert before | {first: before[first] + 1, second: before[second] + 1} == after
    with context.sessions() as session:
        assert not session.get_one(Petition, second).released


def test_what_came_while_it_was_held_goes_with_the_release(context: ServiceContext) -> None:
    """Late material always reaches whoever has the matter; once, and not what went before it was held."""
    claim, accusation, other = made(context, Kind.CLAIM, Kind.ACCUSATION, Kind.PROPOSAL)
    with context.begin(OFFICER) as work:
        petitions.refer(work, claim, "A09", "regulation_31", petitioner_wish=True)
    joined(context, claim)
    assert 1 == sent_on(context)
    link(context, claim, accusation)
    joined(context, claim)
    assert 1 == sent_on(context)
    judge(context, claim, "A10")
    assert 1 == sent_on(context), "it is not there"
    link(context, claim, other)
    judge(context, claim, "A09")
    assert 2 == sent_on(context)
    joined(context, claim)
    assert 3 == sent_on(context)
    judge(context, claim, "A09")
    assert 3 == sent_on(context)


def joined(context: ServiceContext, number: str) -> None:
    with context.begin(OFFICER) as work:
        told = contacts.ContactInput(Channel.CALL, "12309", None, None, "石大川", None, "补充", 1)
        contacts.join(work, contacts.record(work, told).id, number, Joining.SUPPLEMENT)


def sent_on(context: ServiceContext) -> int:
    with context.sessions() as session:
        query = select(func.count()).where(courier.outbox.c.routing_key == "material.added.v1")
        return session.scalar(query) or 0


def judge(context: ServiceContext, number: str, to: str) -> None:
    with context.begin(OFFICER) as work:
        releases.ask(work, number, to, "已核对", confirmed=False)
        asked = petitions.load(work, number).releases[-1].id
    data = {"petition": number, "release": asked, "to": to, "passes": True}
    with context.begin(OFFICER) as work:
        envelope = Envelope("/619926/referral", "routing.judged.v1", number, datetime.now(UTC), data)
        releases.judged(work, Message(envelope, data, {}, "referral", work.now))


def test_what_was_judged_before_the_last_link_lets_nothing_go(context: ServiceContext) -> None:
    """Referral's answer to an older question comes late: something more belongs to it since."""
    claim, accusation, other = made(context, Kind.CLAIM, Kind.ACCUSATION, Kind.ACCUSATION)
    link(context, claim, accusation)
    with context.begin(OFFICER) as work:
        releases.ask(work, claim, "A09", "已核对", confirmed=False)
        asked = petitions.load(work, claim).releases[-1].id
    link(context, claim, other)
    data = {"petition": claim, "release": asked, "to": "A09", "passes": True}
    with context.begin(OFFICER) as work:
        envelope = Envelope("/619926/referral", "routing.judged.v1", claim, datetime.now(UTC), data)
        releases.judged(work, Message(envelope, data, {}, "referral", work.now))
    with context.sessions() as session:
        assert not session.get_one(Petition, claim).released
