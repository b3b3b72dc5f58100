"""Who handles a petition: named, taken over, given back; and many handed over at once."""

from typing import Any

from marshmallow import Schema, fields, validate

from contracts.fields import Flag, PetitionNumber, WordOf
from contracts.office_file import OfficerNumber
from contracts.vocabulary import HANDOVERS, HandlerChange
from intake.api import answers as said
from intake.api.base import PetitionApi
from intake.use_cases import assignments
from web.call import Call
from web.route import http


class SetHandler(Schema):
    """Who handles it from now on, in the department that has it; nobody: back to the department, until it names one."""

    handler = OfficerNumber(load_default=None, allow_none=True)


class HandOver(Schema):
    """What `handler` handles goes to `to`, or with null back to its departments.

    `petitions`: which; left out, all that are in sight, 200 at a time. `whole`: all or nothing, else what can be.
    """

    handler = OfficerNumber(required=True)
    to = OfficerNumber(required=True, allow_none=True, metadata={"options": "/officers"})
    reason = WordOf(HandlerChange, required=True, validate=validate.OneOf(HANDOVERS))
    petitions = fields.List(
        PetitionNumber(), load_default=None, allow_none=True, validate=validate.Length(min=1, max=assignments.MOST)
    )
    whole = Flag(load_default=False)


class AssignmentRoutes(PetitionApi):
    """Routes by which who handles a petition changes, and nothing else of it."""

    @http("POST", "/petitions/<number>/handler", action="petition.set-handler", body=SetHandler,
          answer=said.PetitionSaid, summary="变更承办人：指定、接办或退回部门")  # fmt: skip
    def set_handler(self, call: Call, number: str) -> Any:
        """The petition. A handler takes what nobody handles and gives back what they do; a head names anybody.

        422 for who may not handle it, in one sentence whatever the reason.
        """
        return self._act(
            call,
            number,
            lambda work, number, handler: assignments.change(work, self._asker(work, call.officer), number, handler),
        )

    @http("POST", "/handovers", action="petition.hand-over", body=HandOver, needs_key=True,
          answer=said.Handover, summary="批量交接：由一人移交另一人，或退回部门；逐件告知结果")  # fmt: skip
    def hand_over(self, call: Call) -> Any:
        """{results, moved, not_moved, more}: of each whether it moved, else why not; `more`: there are further ones.

        409 where `whole` was asked and some cannot be: nothing moved.
        """
        return self._hand_over(call, dry=False)

    @http("POST", "/handovers/preview", action="petition.hand-over", body=HandOver,
          answer=said.Handover, summary="预览批量交接：哪些能移交，哪些不能、为什么；不作变更")  # fmt: skip
    def preview_handover(self, call: Call) -> Any:
        """{results, moved, not_moved, more}: what would become of each; nothing is changed."""
        return self._hand_over(call, dry=True)

    def _hand_over(self, call: Call, *, dry: bool) -> Any:
        with self.work(call) as work:

            def denied(number: str, sentence: str) -> None:
                self.access.deny(call.officer, call.route.action or "", sentence, f"/petitions/{number}")

            def produce() -> dict[str, Any]:
                asker = self._asker(work, call.officer)
                return assignments.hand_over(work, asker, **call.body, dry=dry, denied=denied)

            return produce() if dry else call.once(work.session, produce)
