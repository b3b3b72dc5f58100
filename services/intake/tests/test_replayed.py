"""What-if of the law's corrections on a county: who would get which clock, and making it so once."""

from collections import Counter
from pathlib import Path

from intake_context import OFFICER, build_context, petition
from sqlalchemy import Engine, text

from clock import replay
from contracts.vocabulary import Kind
from courier.unit_of_work import ServiceContext
from intake.use_cases import rule_changes
from statute import day_of
from tests.before_corrections import COMING, LAW, NOW, came

ALIKE = 6


def events(context: ServiceContext) -> Counter[str]:
    """What was said of clocks so far: type → how often."""
    with context.sessions() as session:
        query = "SELECT type, count(*) FROM events WHERE type LIKE 'clock.%' GROUP BY 1"
        return Counter(dict(session.execute(text(query)).all()))


def test_who_is_moved_by_the_corrections_and_once(engine: Engine, tmp_path: Path) -> None:
    """Each petition gets exactly the clocks of its line; what-if changes nothing; done, an event each, and no more.

    Also of who came months ago: what was missed by the old rows stays so, what begins may have run out by now. How long
    it takes of 10,000 `./dev bench corrections` measures.
    """
    context = build_context(engine, tmp_path)
    came(context, petition(Kind.CLAIM), ALIKE * len(COMING), context.sessions)
    before = events(context)
    found = list(rule_changes.differing(context, OFFICER, apply=False))
    begins = Counter(rule for *_, more, _ in COMING for rule in more for _ in range(ALIKE))
    ends = Counter(rule for *_, less in COMING for rule in less for _ in range(ALIKE))
    assert begins == Counter(each.rule for each in found if each.was is None)
    assert ends == Counter(each.rule for each in found if each.now is None)
    assert len(found) == begins.total() + ends.total(), "nothing that runs ends on another day"
    said = "\n".join(replay.summary(found, LAW, day_of(NOW)))
    over = sum(each.rule == "lawyer_complaint" and (each.now or day_of(NOW)) < day_of(NOW) for each in found)
    assert 0 < over < ALIKE
    assert f"阻碍律师执业控告答复：开始 {ALIKE}（其中已届满 {over}），停止 0" in said
    assert found == list(rule_changes.differing(context, OFFICER, apply=False)), "what-if changed something"
    one = list(rule_changes.differing(context, OFFICER, ["lawyer_complaint"], apply=True))
    assert {"lawyer_complaint"} == {each.rule for each in one}
    rest = list(rule_changes.differing(context, OFFICER, apply=True))
    assert len(found) == len(one) + len(rest)
    assert [] == list(rule_changes.differing(context, OFFICER, apply=False))
    told = events(context) - before
    assert (begins.total(), ends.total()) == (told["clock.started.v1"], told["clock.stopped.v1"])
    assert not told["clock.recomputed.v1"]
