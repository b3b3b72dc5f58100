"""What becomes of who petitions."""

from typing import Any, ClassVar

from marshmallow import Schema, fields, post_load

from contracts import vocabulary as words
from contracts.fields import WordOf
from contracts.given import Day, Text
from intake.api import answers as said
from intake.api.base import PetitionApi
from intake.api.registration import Petitioner
from intake.use_cases import persons
from intake.use_cases.people import PetitionerInput
from web.call import Call
from web.route import http


class RecordDeath(Schema):
    """`proof`: by which paper it is known, of whom and when."""

    died_on = Day(required=True)
    proof = Text(500, required=True)


class InTheirPlace(Petitioner):
    """Who stands beside or behind who petitions: as what, is said by that."""

    stands_as: ClassVar[words.PartyRole]

    class Meta:
        """Of who petitions all but this."""

        exclude = ("role",)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> PetitionerInput:
        """As the use case takes it."""
        return PetitionerInput(**data, role=self.stands_as)


class Heir(InTheirPlace):
    """Who goes on with it."""

    stands_as = words.PartyRole.HEIR


class TakeOver(Schema):
    """How they stood to who has died."""

    relation = WordOf(words.Relation, required=True)
    heir = fields.Nested(Heir, required=True)


class Guardian(InTheirPlace):
    """Who acts for somebody."""

    stands_as = words.PartyRole.GUARDIAN


class AppointGuardian(Schema):
    """Why somebody else acts for who petitions; `proof`: by which paper it is known."""

    ground = WordOf(words.Incapacity, required=True)
    proof = Text(500, required=True)
    guardian = fields.Nested(Guardian, required=True)


class PersonRoutes(PetitionApi):
    """Routes of a petitioner's death and of who goes on, and of who acts for somebody that cannot."""

    @http("POST", "/petitions/<number>/death", action="petition.record-death", body=RecordDeath,
          answer=said.PetitionSaid, summary="登记信访人死亡：不再向其号码发送，等待承接")  # fmt: skip
    def record_death(self, call: Call, number: str) -> Any:
        """The petition, of which nobody is told until somebody takes it over, or the set time has passed."""
        return self._act(call, number, persons.record_death)

    @http("POST", "/petitions/<number>/heirs", action="petition.take-over", body=TakeOver, status=201,
          answer=said.PetitionSaid, summary="近亲属或者继承人承接信访事项")  # fmt: skip
    def take_over(self, call: Call, number: str) -> Any:
        """The petition, of which they are told from now on. 409 where nobody has died whom nobody follows."""
        return self._act(call, number, persons.take_over)

    @http("POST", "/petitions/<number>/guardian", action="petition.appoint-guardian", body=AppointGuardian, status=201,
          answer=said.PetitionSaid, summary="登记监护人，由其代为办理并接收告知")  # fmt: skip
    def appoint_guardian(self, call: Call, number: str) -> Any:
        """The petition, of which the guardian is told from now on. 409 for nobody by name, or who has died."""
        return self._act(call, number, persons.appoint_guardian)
