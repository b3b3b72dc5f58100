"""What is owed to the petitioner, over HTTP: read it, prove it, record why it cannot be told."""

from typing import Any

from courier.work import Work
from gate.edge import Call, http
from intake import schemas, telling
from intake.desk import Desk
from intake.tables import Petition


class TellingRoutes(Desk):
    @http("GET", "/petitions/<number>/owed", action="petition.owed", summary="应告知信访人的事项和已告知的证明")
    def owed(self, call: Call, number: str) -> Any:
        with self.work(call) as work:
            return telling.ledger(work, self._let_in(call, work, number))

    @http("POST", "/petitions/<number>/replies/<int:seq>/proof", action="petition.prove", body=schemas.Prove,
          summary="登记送达证明")  # fmt: skip
    def prove(self, call: Call, number: str, seq: int) -> Any:
        def use_case(work: Work, number: str, **body: Any) -> Petition:
            return telling.prove(work, number, seq, **body)

        return self._act(call, number, use_case, telling.ledger)

    @http("POST", "/petitions/<number>/impossible", action="petition.record-untellable", body=schemas.GiveUp,
          summary="登记依法无法告知")  # fmt: skip
    def give_up(self, call: Call, number: str) -> Any:
        return self._act(call, number, telling.give_up, telling.ledger)
