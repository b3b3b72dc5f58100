"""The routes of tasks inside our office."""

from typing import Any

from marshmallow import Schema

from authorization.sight import OUT_OF_SIGHT
from contracts import vocabulary as words
from contracts.fields import Code, PetitionNumber, WordOf
from contracts.given import Day, Text
from courier.unit_of_work import UnitOfWork
from intake.api import answers as said
from intake.api.base import PetitionApi
from intake.tables import Petition, Task
from intake.use_cases import petitions, task_acts, walls
from service_kit.actions import Target, drawn
from web.call import Call, TrueOrFalse
from web.listing import Listing
from web.route import http, routes_of


class WhoseTask(Schema):
    """A department's by code, or an officer's by number."""

    department = Code(load_default=None, allow_none=True)
    officer = Code(load_default=None, allow_none=True)


class AddTask(WhoseTask):
    """What is to be done, by whom, until when."""

    text = Text(2_000, required=True)
    due = Day(required=True)


class EndTask(Schema):
    """What was done, or why it cannot be."""

    record = Text(5_000, required=True)


class ReopenTask(Schema):
    """Until when, and why it is to be done after all."""

    due = Day(required=True)
    reason = Text(500, required=True)


class GiveTask(WhoseTask):
    """To whom, and why."""

    reason = Text(500, required=True)


TASKS = Listing(
    "tasks",
    task_acts.SORTS,
    "due",
    {
        "state": WordOf(words.TaskStanding, load_default=words.TaskStanding.OPEN),
        "scope": WordOf(words.ListScope),
        "overdue": TrueOrFalse(),
        "department": Code(),
        "officer": Code(),
        "petition": PetitionNumber(),
        "kind": Code(),
    },
)


_ZH = {"done": "办结", "impossible": "无法办理", "give": "转由他人办理", "reopen": "重新开启"}


class TaskRoutes(PetitionApi):
    """Routes of tasks. Whose a task is sees it, also where the petition is another department's; never over a wall."""

    @http("GET", "/tasks", answer=said.Tasks, action="task.list", query=TASKS.query, summary="任务列表，默认列待办的")
    def tasks(self, call: Call) -> Any:
        """{tasks}: those in sight, by their days; those that are open where no state is asked for."""
        with self.work(call) as work:
            found = task_acts.listing(work, walls.view(work, call.officer, "task.list"), TASKS.page(call))
            return found.answer(task_acts.row(work, each) for each in found.rows)

    @http("GET", "/petitions/<number>/tasks", answer=said.TasksOf, action="task.list", summary="信访件的任务")
    def tasks_of(self, call: Call, number: str) -> Any:
        """{petition, tasks}: all there ever were, the open ones first."""
        with self.work(call) as work:
            self._let_in(call, work, number)
            found = task_acts.of_petition(work, number)
            return {"petition": number, "tasks": [task_acts.row(work, each) for each in found]}

    @http(
        "POST",
        "/petitions/<number>/tasks",
        answer=said.TaskSaid,
        action="petition.add-task",
        body=AddTask,
        status=201,
        summary="交办一项任务：事项、由谁办理、何时前",
    )
    def add_task(self, call: Call, number: str) -> Any:
        """The task. 422 for a department or an officer that we do not have or that is kept away from it."""
        with self.work(call) as work:
            petition = self._let_in(call, work, number, lock=True)
            return call.once(
                work.session,
                lambda: self._task(call, work, petition, task_acts.add(work, petition, **call.body)),
                number,
            )

    @http("GET", "/tasks/<task>", answer=said.TaskWhole, action="task.list", summary="一项任务、其内容和记录")
    def task(self, call: Call, task: str) -> Any:
        """The task with its words, what was recorded of it, and what the officer can do with it now."""
        with self.work(call) as work:
            petition, found = self._let_in_task(call, work, task)
            shown = self._task(call, work, petition, found)
            return shown | {"allowed_actions": self._task_actions(call, work, petition, found)}

    @http(
        "POST",
        "/tasks/<task>/done",
        answer=said.TaskSaid,
        action="task.end",
        body=EndTask,
        summary="任务办结，记录办理情况",
    )
    def done(self, call: Call, task: str) -> Any:
        """The task. 403 for who neither has it nor leads the office, 409 for one that has ended."""
        return self._end(call, task, words.TaskStanding.DONE)

    @http(
        "POST",
        "/tasks/<task>/impossible",
        answer=said.TaskSaid,
        action="task.end",
        body=EndTask,
        summary="任务无法办理，说明原因",
    )
    def impossible(self, call: Call, task: str) -> Any:
        """The same, when it cannot be done."""
        return self._end(call, task, words.TaskStanding.IMPOSSIBLE)

    @http(
        "POST",
        "/tasks/<task>/reopen",
        answer=said.TaskSaid,
        action="task.reopen",
        body=ReopenTask,
        summary="重新开启任务，说明理由",
    )
    def reopen_task(self, call: Call, task: str) -> Any:
        """The task, open again until another day. 409 for one that is open."""
        return self._on(call, task, task_acts.reopen)

    @http(
        "POST",
        "/tasks/<task>/give",
        answer=said.TaskSaid,
        action="task.give",
        body=GiveTask,
        summary="任务转由他人办理，说明理由",
    )
    def give(self, call: Call, task: str) -> Any:
        """The task, with whom it was given to. 422 for who cannot have it."""
        return self._on(call, task, task_acts.give)

    def _end(self, call: Call, id_: str, standing: words.TaskStanding) -> Any:
        def end(work: UnitOfWork, petition: Petition, task: Task, record: str) -> Task:
            task_acts.check_theirs(walls.view(work, call.officer, "task.end"), task)
            return task_acts.end(work, petition, task, standing, record)

        return self._on(call, id_, end)

    def _on(self, call: Call, id_: str, act: Any) -> Any:
        with self.work(call) as work:
            petition, task = self._let_in_task(call, work, id_, lock=True)
            return call.once(
                work.session,
                lambda: self._task(call, work, petition, act(work, petition, task, **call.body)),
                task.petition,
            )

    def _task(self, call: Call, work: UnitOfWork, petition: Petition, task: Task) -> dict[str, Any]:
        return task_acts.present(work, task, task_acts.reads(work, call.officer, petition, task))

    def _task_actions(self, call: Call, work: UnitOfWork, petition: Petition, task: Task) -> list[dict[str, Any]]:
        routes = {route.path: route for route in routes_of(type(self))}
        allowed = task_acts.allowed(work, lambda action: walls.view(work, call.officer, action), petition, task)
        return [
            drawn(routes[f"/tasks/<task>/{what}"], what, _ZH[what], task.petition, Target({"task": task.id}))
            for what in allowed
        ]

    def _let_in_task(self, call: Call, work: UnitOfWork, id_: str, *, lock: bool = False) -> tuple[Petition, Task]:
        """The task and its petition, which is locked first; when it is in the officer's sight."""
        action = call.route.action or ""
        petition = petitions.load(work, task_acts.find(work, id_).petition, lock=lock)
        task = task_acts.find(work, id_, lock=lock)
        if not task_acts.covers(walls.view(work, call.officer, action), petition, task):
            raise self.access.deny(call.officer, action, OUT_OF_SIGHT, call.path)
        return petition, task
