"""The clocks of a petition, and what is overdue."""

from datetime import timedelta
from typing import Any

from marshmallow import Schema

from contracts import vocabulary as words
from contracts.fields import Code, WordOf
from contracts.given import Day
from courier.unit_of_work import UnitOfWork
from intake.api import answers as said
from intake.api.base import Nothing, PetitionApi
from intake.use_cases import approvals, deadlines, lists, petitions
from statute import day_of
from web.call import Call
from web.listing import Fields, Listing
from web.route import http


class Suspend(Schema):
    """Why it stands still; the packs say which periods stand still with it."""

    reason = WordOf(words.Pause, required=True)


class Terminate(Schema):
    """Why it ends without an answer on the merits."""

    reason = WordOf(words.Termination, required=True)


class SuspendClock(Schema):
    """`reason`: one that the clock's rule knows."""

    reason = Code(required=True)


BACKLOG = Listing(
    "petitions",
    lists.BACKLOG_SORTS,
    "owed",
    {"line": WordOf(words.Line), "department": Code(), "scope": WordOf(words.ListScope)},
)


RATES: Fields = {
    "day_from": Day(),
    "day_until": Day(),
    "line": WordOf(words.Line),
    "department": Code(),
    "scope": WordOf(words.ListScope),
}


class DeadlineRoutes(PetitionApi):
    """Routes of what stands still, runs on and ends, and of what is late."""

    @http(
        "POST",
        "/petitions/<number>/suspend",
        action="petition.suspend",
        body=Suspend,
        answer=said.PetitionSaid,
        summary="中止办理",
    )
    def suspend(self, call: Call, number: str) -> Any:
        """The petition, standing still; of its periods those whose rules know the reason."""
        return self._act(call, number, deadlines.suspend)

    @http(
        "POST",
        "/petitions/<number>/resume",
        action="petition.resume",
        body=Nothing,
        answer=said.PetitionSaid,
        summary="恢复办理",
    )
    def resume(self, call: Call, number: str) -> Any:
        """The petition, in the state it was in before, and its periods running."""
        return self._act(call, number, deadlines.resume)

    @http(
        "POST",
        "/petitions/<number>/terminate",
        action="petition.terminate",
        body=Terminate,
        answer=said.PetitionSaid,
        summary="终结",
    )
    def terminate(self, call: Call, number: str) -> Any:
        """The petition, and the approval that was asked for; once it has ended, that is owed to the petitioner."""
        return self._ask(call, number, "terminate", deadlines.terminate)

    @http("GET", "/backlog", action="petition.backlog", query=BACKLOG.query, answer=said.Backlog,
          summary="积案：逾期未答复结果的，最早应答复的在前")  # fmt: skip
    def backlog(self, call: Call) -> Any:
        """{petitions}: the longest owed first, each with `owed_since`: when it should have been told."""
        with self.work(call) as work:
            found = lists.backlog(work, call.officer, BACKLOG.page(call))
            rows = lists.rows(work, call.officer, [each.Petition for each in found.rows])
            since = ({"owed_since": each.due.isoformat()} for each in found.rows)
            return found.answer(map(dict.__or__, rows, since))

    @http("GET", "/rates", action="petition.backlog", query=RATES, answer=said.Rates,
          summary="按期率：一段期间内各类时限届满多少、逾期多少")  # fmt: skip
    def rates(self, call: Call) -> Any:
        """{day_from, day_until, rates}: by rule, of what is in sight; 30 days up to today where none are asked for."""
        with self.work(call) as work:
            asked = dict(call.query)
            until = asked.pop("day_until", day_of(work.now))
            since = asked.pop("day_from", until - timedelta(days=30))
            found = lists.rates(work, call.officer, since, until, **asked)
            return {"day_from": since.isoformat(), "day_until": until.isoformat(), "rates": found}

    @http("GET", "/petitions/<number>/clocks", action="clock.read", answer=said.Clocks, summary="办理时限和理由")
    def clocks(self, call: Call, number: str) -> Any:
        """{petition, clocks}: each with its last day, and by which law and which days it comes to it."""
        with self.work(call) as work:
            self._let_in(call, work, number)
            return {"petition": number, "clocks": deadlines.clocks_of(work, number)}

    @http("POST", "/petitions/<number>/clocks/<clock>/suspend", action="clock.suspend", body=SuspendClock,
          answer=said.ClockSaid, summary="中止时限")  # fmt: skip
    def suspend_clock(self, call: Call, number: str, clock: str) -> Any:
        """The clock, whose days are not counted from today on. 409 where its rule has no such reason."""
        return self._decide(call, number, clock, deadlines.suspend_clock)

    @http("POST", "/petitions/<number>/clocks/<clock>/resume", action="clock.resume", body=Nothing,
          answer=said.ClockSaid, summary="恢复时限")  # fmt: skip
    def resume_clock(self, call: Call, number: str, clock: str) -> Any:
        """The clock, whose days count again from today. 409 unless it stood still."""
        return self._decide(call, number, clock, deadlines.resume_clock)

    @http("POST", "/petitions/<number>/clocks/<clock>/extend", action="clock.extend", body=Nothing,
          answer=said.ClockSaid, summary="延长时限")  # fmt: skip
    def extend_clock(self, call: Call, number: str, clock: str) -> Any:
        """The clock, and the `approval` by which it gets longer by as much as its rule has. 409 where it cannot."""
        return self._act(call, number, lambda work, number: self._longer(call, work, number, clock), lambda _, it: it)

    def _longer(self, call: Call, work: UnitOfWork, number: str, clock: str) -> dict[str, Any]:
        asked = approvals.ask(work, call.officer, number, "extend-clock", {"clock": clock}, clock)
        if asked is None:
            return deadlines.extend_clock(work, number, clock)
        shown = next(each for each in deadlines.clocks_of(work, number) if each["clock"] == clock)
        return shown | {"approval": approvals.as_it_stands(work, petitions.load(work, number), asked)}
