"""What was done by mistake and is undone; what was registered twice and goes on as one."""

from typing import Any

from contracts.fields import PetitionNumber
from intake.api import answers as said
from intake.api.base import PetitionApi
from intake.api.corrections import Because
from intake.use_cases import contacts, links, merging, undoing
from web.call import Call
from web.route import http


class Merge(Because):
    """`into`: the number under which it goes on."""

    into = PetitionNumber(required=True)


class UndoingRoutes(PetitionApi):
    """Routes that undo; a registration, a merging and its undoing once another has approved it."""

    @http("POST", "/petitions/<number>/void", action="petition.void", body=Because, answer=said.PetitionSaid,
          summary="作废登记错误的信访件；批准后生效")  # fmt: skip
    def void(self, call: Call, number: str) -> Any:
        """The petition, as it is until it is approved, and the approval. 409 where it has left or was answered."""
        return self._ask(call, number, "void", undoing.void, by=call.officer.id)

    @http("POST", "/petitions/<number>/restoration", action="petition.unvoid", body=Because, answer=said.PetitionSaid,
          summary="撤销误作的作废；批准后生效")  # fmt: skip
    def unvoid(self, call: Call, number: str) -> Any:
        """The petition, void until it is approved, and the approval; its periods go on from where they began."""
        return self._ask(call, number, "unvoid", undoing.unvoid, by=call.officer.id)

    @http("POST", "/petitions/<number>/merge", action="petition.merge", body=Merge, answer=said.PetitionSaid,
          summary="重复登记并入另一件办理；批准后生效")  # fmt: skip
    def merge(self, call: Call, number: str) -> Any:
        """The petition, on its own until it is approved, and the approval. 403 unless both are in sight.

        409 unless they are of one person and kind, and neither is guarded otherwise, has left or was answered.
        """
        with self.work(call) as work:
            # who may not see the other may not learn either that it is there
            self._let_in(call, work, call.body["into"])
        return self._ask(call, number, "merge", merging.merge, by=call.officer.id)

    @http("POST", "/petitions/<number>/part", action="petition.unmerge", body=Because, answer=said.PetitionSaid,
          summary="解除并案；批准后生效")  # fmt: skip
    def part(self, call: Call, number: str) -> Any:
        """The petition, merged until it is approved, and the approval. 409 once they were answered as one."""
        with self.work(call) as work:
            petition = self._let_in(call, work, number)
            self._let_in(call, work, merging.merged_into(work, petition.number))
        return self._ask(call, number, "unmerge", merging.part, by=call.officer.id)

    @http("POST", "/petitions/<number>/links/<other>/removal", action="petition.unlink", body=Because,
          answer=said.PetitionSaid, summary="解除误作的关联")  # fmt: skip
    def unlink(self, call: Call, number: str, other: str) -> Any:
        """The petition; what was held for the link stays held. 403 unless both are in sight, 404 for no such link."""
        with self.work(call) as work:
            self._let_in(call, work, other)
        return self._act(call, number, lambda work, number, reason: links.unlink(work, number, other, reason))

    @http("POST", "/petitions/<number>/replies/<int:seq>/proof/removal", action="petition.unprove", body=Because,
          answer=said.PetitionSaid, summary="撤销误登的送达证明")  # fmt: skip
    def unprove(self, call: Call, number: str, seq: int) -> Any:
        """The petition, which owes that reply again. 409 where it is not proved, or all is closed."""
        return self._act(call, number, lambda work, number, reason: undoing.unprove(work, number, seq, reason))

    @http("POST", "/petitions/<number>/acts/<act>/removal", action="petition.undo-act", body=Because,
          answer=said.PetitionSaid, summary="撤销误记的办理行为")  # fmt: skip
    def undo_act(self, call: Call, number: str, act: str) -> Any:
        """The petition, without it; what was written stays sealed among its corrections. 404 for no such act."""
        return self._act(call, number, lambda work, number, reason: undoing.undo_act(work, number, act, reason))

    @http("POST", "/contacts/<contact>/reconsideration", action="contact.reconsider", body=Because,
          answer=said.ContactSaid, summary="重新处理已答复的咨询或者误并的来件")  # fmt: skip
    def reconsider(self, call: Call, contact: str) -> Any:
        """The contact, undecided again: joined elsewhere, or registered with what was recorded. 409 for others."""
        with self.work(call) as work:
            found = self._let_in_contact(call, work, contact, lock=True)
            if found.petition is not None:
                self._let_in(call, work, found.petition, lock=True)
            reason = call.body["reason"]
            return call.once(
                work.session, lambda: contacts.present(contacts.reconsider(work, contact, reason)), contact
            )
