"""What is owed to the petitioner, over HTTP: read it, prove it, record why it cannot be told."""

from typing import Any

from marshmallow import Schema

from contracts import vocabulary as words
from contracts.fields import WordOf
from contracts.given import Day, Text
from courier.unit_of_work import UnitOfWork
from intake.api import answers as said
from intake.api.base import PetitionApi
from intake.api.corrections import Because
from intake.tables import Petition
from intake.use_cases import replies
from web.call import Call
from web.route import http


class Prove(Schema):
    """By what it is shown that the petitioner was told, and on which day, else today."""

    proof = WordOf(words.Proof, required=True)
    proved_on = Day(load_default=None, allow_none=True)


class GiveUp(Schema):
    """What cannot be told, and why not."""

    reply = WordOf(words.ReplyKind, required=True)
    reason = WordOf(words.Impossible, required=True)


class CorrectReply(Because):
    """The whole text as it should have been, and by which means it is served anew."""

    means = WordOf(words.Means, required=True)
    text = Text(20_000, required=True)


class ReplyRoutes(PetitionApi):
    """Routes of what is owed to the petitioner; each answers the whole of what is owed and was told."""

    @http(
        "GET",
        "/petitions/<number>/owed",
        action="petition.owed",
        answer=said.Ledger,
        summary="应告知信访人的事项和已告知的证明",
    )
    def owed(self, call: Call, number: str) -> Any:
        """What is owed, by when and by which means; what was told, by which proof; what cannot be told."""
        with self.work(call) as work:
            return replies.ledger(work, self._let_in(call, work, number))

    @http("POST", "/petitions/<number>/replies/<int:seq>/proof", action="petition.prove", body=Prove,
          answer=said.Ledger, summary="登记送达证明")  # fmt: skip
    def prove(self, call: Call, number: str, seq: int) -> Any:
        """The same, one reply proved. 409 when it was before, 422 for a proof that does not count for it."""

        def use_case(work: UnitOfWork, number: str, **body: Any) -> Petition:
            return replies.prove(work, number, seq, **body)

        return self._act(call, number, use_case, replies.ledger)

    @http("POST", "/petitions/<number>/impossible", action="petition.record-untellable", body=GiveUp,
          answer=said.Ledger, summary="登记依法无法告知")  # fmt: skip
    def give_up(self, call: Call, number: str) -> Any:
        """The same, one reply off. 409 unless it is owed, 422 for a reason that does not excuse it."""
        return self._act(call, number, replies.give_up, replies.ledger)

    @http("POST", "/petitions/<number>/replies/<int:seq>/correction", action="petition.correct-reply",
          body=CorrectReply, answer=said.PetitionSaid, summary="更正已发出的答复，批准后发出并重新送达")  # fmt: skip
    def correct_reply(self, call: Call, number: str, seq: int) -> Any:
        """The petition, told as before until it is approved, and the approval. 409 for what was corrected already."""
        return self._ask(call, number, "correct-reply", replies.correct, str(seq), seq=seq, by=call.officer.id)
