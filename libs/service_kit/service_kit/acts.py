"""An officer's act on one thing: let in first, done once, and where it is refused, told what may be done instead."""

from typing import Any

from contracts.problems import Problem
from courier.unit_of_work import UnitOfWork
from service_kit.service import Service
from web.call import Call


class Acts(Service):
    """A subclass says who is let in, what is shown, and what a refusal tells beside its sentence."""

    def _act(self, call: Call, number: str, use_case: Any, present: Any = None) -> Any:
        """The route's answer. `present`: of the work and what the use case returns, where `shown` is not the answer."""
        present = present or (lambda work, found: self.shown(call, work, found))
        with self.work(call) as work:
            # before any answer is repeated from an earlier one
            self.admit(call, work, number)
            try:
                return call.once(work.session, lambda: present(work, use_case(work, number, **call.body)), number)
            except Problem as refusal:
                work.session.expire_all()  # what was begun is not shown
                self.explain(call, work, number, refusal)
                raise

    def admit(self, call: Call, work: UnitOfWork, number: str) -> None:
        """Raises Denied for what is out of the officer's sight."""
        raise NotImplementedError

    def shown(self, call: Call, work: UnitOfWork, found: Any) -> Any:
        """What is answered of what a use case returns."""
        raise NotImplementedError

    def explain(self, call: Call, work: UnitOfWork, number: str, refusal: Problem) -> None:
        """Adds to a refusal what may be done instead; or raises another in its place."""
        raise NotImplementedError
