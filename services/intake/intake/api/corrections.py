"""What of a registration was wrong, and is put right."""

from typing import Any

from marshmallow import Schema, fields, validate

from contracts import vocabulary as words
from contracts.fields import Code, Flag, WordOf
from contracts.given import Day, Line, Name, Positive, Text, Typed
from courier.unit_of_work import UnitOfWork
from intake.api import answers as said
from intake.api.base import PetitionApi
from intake.api.registration import MOST_PHONES, Respondent
from intake.tables import Approval, Petition
from intake.use_cases import approvals, corrections, office, walls
from web.call import Call
from web.route import http

# what of somebody need not be known at all
_DROPPED = [
    words.Corrected.RESIDENT_ID,
    words.Corrected.PHONE,
    words.Corrected.OTHER_PHONES,
    words.Corrected.SAFE_CONTACT,
    words.Corrected.ADDRESS,
]


class Because(Schema):
    """Why what stands there is wrong: for who handles it."""

    reason = Text(2_000, required=True)


class Correct(Because):
    """What is left out stays as it is."""

    title = Line(200, load_default=None, allow_none=True)
    place = Code(load_default=None, allow_none=True)
    party = WordOf(words.Party, load_default=None, allow_none=True)
    organisation = Name(200, load_default=None, allow_none=True)
    group_size = Positive(load_default=None, allow_none=True)


class CorrectPerson(Because):
    """One who petitions; what is left out stays as it is, what `drop` names is not known any more."""

    name = Name(100, load_default=None, allow_none=True)
    resident_id = Typed(load_default=None, allow_none=True)
    paper = WordOf(words.IdPaper, load_default=None, allow_none=True)
    phone = Typed(load_default=None, allow_none=True)
    address = Line(300, load_default=None, allow_none=True)
    sms_consent = Flag(load_default=None, allow_none=True)
    other_phones = fields.List(
        Typed(), load_default=None, allow_none=True, validate=validate.Length(min=1, max=MOST_PHONES)
    )
    safe_contact = Line(300, load_default=None, allow_none=True)
    drop = fields.List(
        WordOf(words.Corrected, validate=validate.OneOf(_DROPPED)),
        load_default=list,
        validate=validate.Length(max=len(_DROPPED)),
    )


class Reclassify(Because):
    """What it is, as it should have been registered."""

    kind = WordOf(words.Kind, required=True)
    line = WordOf(words.Line, required=True)
    sub_line = Code(load_default=None, allow_none=True)


class AddRespondent(Because):
    """Somebody else it is about."""

    respondent = fields.Nested(Respondent, required=True)


class CorrectReceipt(Because):
    """`shift`: earlier or later than what stands there; `postmark`: the day that a postmark or another proof bears."""

    shift = WordOf(words.Shift, required=True)
    received_on = Day(required=True)
    postmark = Day(required=True)


class CorrectionRoutes(PetitionApi):
    """Routes by which a registration is put right; what stood before stays, for who reads the material."""

    @http("GET", "/petitions/<number>/corrections", action="petition.read", answer=said.Corrections,
          summary="更正记录：更正前的内容、原因，以及谁已经拿到了更正前的内容")  # fmt: skip
    def list_corrections(self, call: Call, number: str) -> Any:
        """{petition, corrections}: the earliest first; `was`, `reason` and `had` only for who may read the material."""
        with self.work(call) as work:
            petition = self._let_in(call, work, number)
            reads = walls.view(work, call.officer, "petition.read-material").covers(petition.placement)
            found = corrections.of_petition(work, petition, reads)
            names = office.names(work, {each["officer"] for each in found})
            return {
                "petition": number,
                "corrections": [each | {"officer_name": names.get(each["officer"])} for each in found],
            }

    @http("POST", "/petitions/<number>/corrections", action="petition.correct", body=Correct,
          answer=said.PetitionSaid, summary="更正登记内容：标题、行政区划、信访人类型、单位名称、人数")  # fmt: skip
    def correct(self, call: Call, number: str) -> Any:
        """The petition. 409 where all that is given stands there already."""
        return self._act(call, number, corrections.correct)

    @http("POST", "/petitions/<number>/persons/<int:person>/corrections", action="petition.correct-person",
          body=CorrectPerson, answer=said.PetitionSaid,
          summary="更正信访人信息：姓名、证件号码、电话、约定的联系方式、地址")  # fmt: skip
    def correct_person(self, call: Call, number: str, person: int) -> Any:
        """The petition. Who is told by a number is told by the right one from now on. 404 for nobody of that place."""
        use_case = lambda work, number, **given: corrections.correct_person(work, number, person, **given)  # noqa: E731
        return self._act(call, number, use_case)

    @http("POST", "/petitions/<number>/classification", action="petition.reclassify", body=Reclassify,
          answer=said.PetitionSaid, summary="更正类别和业务条线；批准后生效")  # fmt: skip
    def reclassify(self, call: Call, number: str) -> Any:
        """The petition, as it is until it is approved, and the approval: an accusation is barred from whom it names."""
        return self._ask(call, number, "reclassify", corrections.reclassify, by=call.officer.id)

    @http("POST", "/petitions/<number>/respondents", action="petition.add-respondent", body=AddRespondent,
          status=201, answer=said.PetitionSaid, summary="补充被反映人")  # fmt: skip
    def add_respondent(self, call: Call, number: str) -> Any:
        """The petition, which is barred from their unit from now on, and kept from a colleague who is named."""
        return self._act(call, number, corrections.add_respondent)

    @http("POST", "/petitions/<number>/respondents/<int:respondent>/removal", action="petition.remove-respondent",
          body=Because, answer=said.PetitionSaid, summary="删除登记错误的被反映人；批准后生效")  # fmt: skip
    def remove_respondent(self, call: Call, number: str, respondent: int) -> Any:
        """The petition, about them until it is approved, and the approval. 404 for nobody of that number."""
        given = {"respondent": respondent, "by": call.officer.id}
        remove = corrections.remove_respondent
        return self._ask(call, number, "remove-respondent", remove, str(respondent), **given)

    @http("POST", "/petitions/<number>/receipt-day", action="petition.correct-receipt", body=CorrectReceipt,
          answer=said.PetitionSaid, summary="更正收到日期，凭邮戳等证明；推后的，报检察长批准")  # fmt: skip
    def correct_receipt(self, call: Call, number: str) -> Any:
        """The petition, whose periods count from the right day; later than before, once the chief has approved."""

        def use_case(work: UnitOfWork, number: str, **given: Any) -> tuple[Petition, Approval | None]:
            return approvals.correct_receipt(work, call.officer, number, **given)

        return self._act(call, number, use_case, lambda work, found: self._asked(call, work, *found))
