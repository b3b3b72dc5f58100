"""The routes of contacts, of splitting and of linking."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from authorization.sight import Placement
from contracts import vocabulary as words
from contracts.fields import Code, PetitionNumber, WordOf
from contracts.given import Day, Line, Name, Positive, Text, Typed
from courier.unit_of_work import UnitOfWork
from intake.api import answers as said
from intake.api.base import PetitionApi
from intake.api.files import streamed
from intake.api.registration import Claim, People
from intake.tables import Contact, Petition
from intake.use_cases import contacts, files, links, petitions, splitting, walls
from intake.use_cases.contacts import ContactInput
from intake.use_cases.splitting import PartInput, PetitionersInput
from service_kit.actions import Target, drawn
from web.call import Call, TrueOrFalse
from web.listing import Listing
from web.route import by_action, http


class Record(Schema):
    """Who came is optional: a name and a phone as they were given, both encrypted like the text."""

    channel = WordOf(words.Channel, required=True)
    service_point = Code(load_default="12309")
    received_on = Day(load_default=None, allow_none=True)
    received_reason = Line(200, load_default=None, allow_none=True)
    name = Name(100, load_default=None, allow_none=True)
    phone = Typed(load_default=None, allow_none=True)
    text = Text(20_000, required=True)
    group_size = Positive(load_default=1)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The body as the use case takes it, under `input`."""
        return {"input": ContactInput(**data)}


class Consult(Schema):
    """What was answered on the spot."""

    answer = Text(2_000, required=True)


class Join(Schema):
    """The petition it joins, and as what: a supplement, a chase, a repeat."""

    petition = PetitionNumber(required=True)
    joining = WordOf(words.Joining, required=True)


class Part(Claim):
    """One of several claims in a letter."""

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> PartInput:
        """The part as `splitting` takes it."""
        return PartInput(**self.claim(data))


class Split(People):
    """Who wrote the letter, once, and its claims: two at least, ten at most."""

    parts = fields.List(fields.Nested(Part), required=True, validate=validate.Length(min=2, max=10))

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """{who, parts}, as `splitting.split` takes them."""
        data = self.people(data)
        return {"who": PetitionersInput(**{name: data.pop(name) for name in PetitionersInput.__slots__})} | data


class Link(Schema):
    """To which other petition, and how it belongs to it."""

    to = PetitionNumber(required=True)
    reason = WordOf(words.LinkReason, required=True)


CONTACTS = Listing(
    "contacts",
    contacts.SORTS,
    "-recorded",
    {
        "undecided": TrueOrFalse(),
        "channel": WordOf(words.Channel),
        "service_point": Code(),
        "received_from": Day(),
        "received_until": Day(),
    },
)


# what a contact may become → how an officer reads it
BECOMES = {
    "contact.consult": "咨询答复",
    "contact.join": "并入信访件",
    "contact.split": "拆分登记",
    "petition.register": "登记为信访件",
}


_REGISTERS = ("petition.register", "contact.split")


class ContactRoutes(PetitionApi):
    """Routes of contacts: recorded as they come, decided once."""

    @http("POST", "/contacts", action="contact.record", body=Record, status=201, needs_key=True,
          answer=said.ContactSaid, summary="登记来信来电来访")  # fmt: skip
    def record_contact(self, call: Call) -> Any:
        """The contact, undecided. 403 at another service point than the officer's, where only that is theirs."""
        given = call.body["input"]
        with self.work(call) as work:
            if not walls.view(work, call.officer, "contact.record").covers(Placement(None, given.service_point)):
                raise self.access.deny(call.officer, "contact.record", "只能在本服务点登记", call.path)
            return call.once(
                work.session,
                lambda: contacts.present(contacts.record(work, given)),
                lambda answer: str(answer["contact"]),
            )

    @http("GET", "/contacts", action="contact.list", query=CONTACTS.query, answer=said.Contacts,
          summary="来信来电来访列表；undecided=true 只列待处理的")  # fmt: skip
    def list_contacts(self, call: Call) -> Any:
        """{contacts}: those in sight, the newest first."""
        with self.work(call) as work:
            seen = contacts.visible(work, walls.view(work, call.officer, "contact.list"))
            found = contacts.listing(work, seen, CONTACTS.page(call))
            return found.answer(map(contacts.present, found.rows))

    @http(
        "GET",
        "/contacts/<contact>",
        action="contact.read",
        answer=said.ContactWhole,
        summary="一件次来信来电来访和内容",
    )
    def read_contact(self, call: Call, contact: str) -> Any:
        """The contact with who and what; of a secret petition's never who, and what only for who may read material.

        The phone has stars but for who recorded it, on that day.
        """
        with self.work(call) as work:
            found = self._let_in_contact(call, work, contact)
            shown = contacts.present(found) | contacts.said(work, call.officer, found)
            shown["files"] = files.of_contact(work, contact)
            return shown | {"allowed_actions": self._contact_actions(call, work, found)}

    @http("GET", "/contacts/<contact>/files/<sha256>", action="contact.read-file", media="application/octet-stream",
          summary="随网上来件提交的一份材料；登记或并入后在信访件里")  # fmt: skip
    def read_contact_file(self, call: Call, contact: str, sha256: str) -> Any:
        """The bytes, as of a petition's file. 404 once it is in a petition."""
        with self.work(call) as work:
            self._let_in_contact(call, work, contact)
            file = files.find(work, contact, sha256)
            found, actor = files.Granted(file.id, contact, file.size), work.actor
        return streamed(found, files.pieces(self.context, actor, found, call.arrived))

    @http("POST", "/contacts/<contact>/consultation", action="contact.consult", body=Consult,
          answer=said.ContactSaid, summary="咨询答复：不编号，不起算时限")  # fmt: skip
    def consult(self, call: Call, contact: str) -> Any:
        """The contact, answered. 409 when it was decided before."""
        return self._decide_contact(call, contact, lambda work: contacts.consult(work, contact, **call.body))

    @http("POST", "/contacts/<contact>/join", action="contact.join", body=Join,
          answer=said.ContactSaid, summary="并入已有信访件：补充、催问、重复")  # fmt: skip
    def join(self, call: Call, contact: str) -> Any:
        """The contact, joined. 403 unless both are in sight, 409 when it was decided or the petition is closed."""
        with self.work(call) as work:
            self._let_in_contact(call, work, contact)
            self._let_in(call, work, call.body["petition"], lock=True)
            number = call.body["petition"]
            return call.once(work.session, lambda: contacts.present(contacts.join(work, contact, **call.body)), number)

    @http("POST", "/contacts/<contact>/split", action="contact.split", body=Split, status=201, turn="number",
          answer=said.RegisteredParts, summary="一信多诉：拆分登记为互相关联的信访件，全部登记或全不登记")  # fmt: skip
    def split(self, call: Call, contact: str) -> Any:
        """{petitions}: each with its query code, which a repeat does not show. 422 names the part that is wrong."""
        with self.work(call) as work:
            found = self._let_in_contact(call, work, contact, lock=True)

            def register() -> list[Petition]:
                return splitting.split(work, found, **call.body)

            return self._register(call, work, register, contact)

    @http("GET", "/service-points", action="petition.read", answer=said.Points, summary="检察服务中心、服务站和联络点")
    def service_points(self, call: Call) -> Any:
        """{service_points}: the county's, in its file's order; none where it has no such file."""
        known = self.context.tools.service_points.known.values()
        return {"service_points": [asdict(point) | {"tier_zh": point.tier.zh} for point in known]}

    @http("POST", "/petitions/<number>/link", action="petition.link", body=Link, status=201,
          answer=said.PetitionSaid, summary="关联另一信访件：重复、相关")  # fmt: skip
    def link(self, call: Call, number: str) -> Any:
        """The petition. 403 unless both are in sight; 409 where they are linked already."""
        with self.work(call) as work:
            # who may not see the other may not learn either that it is there
            self._let_in(call, work, call.body["to"])
        return self._act(call, number, links.link)

    def _contact_actions(self, call: Call, work: UnitOfWork, contact: Contact) -> list[dict[str, Any]]:
        """What an undecided contact may become; it is decided once."""
        service: type = type(self)
        routes, offered = by_action(service), []
        outcome = contact.outcome and words.ContactOutcome(contact.outcome)
        if outcome in (words.ContactOutcome.CONSULTATION, words.ContactOutcome.JOINED):
            action, its = "contact.reconsider", Target({"contact": contact.id})
            if self._may_reconsider(call, work, contact):
                offered.append(drawn(routes[action], "reconsider", "重新处理", "", its))
        for action, zh in BECOMES.items() if outcome is None else ():
            if contacts.covers(work, walls.view(work, call.officer, action), contact):
                # who asked for secrecy is in the safe: nobody types them in, nobody is shown them
                about = "要求保密：信访人由封存转入，请选匿名" if contact.secrecy and action in _REGISTERS else ""
                its = Target(
                    {"contact": contact.id}, {"contact": {contact.id: contact.id}}, needs=("contact",), about=about
                )
                offered.append(drawn(routes[action], action.partition(".")[2], zh, "", its))
        return offered

    def _may_reconsider(self, call: Call, work: UnitOfWork, contact: Contact) -> bool:
        view = walls.view(work, call.officer, "contact.reconsider")
        if contact.petition is None:
            return contacts.covers(work, view, contact)
        joined = petitions.load(work, contact.petition, lock=False)
        return joined.state != words.PetitionState.CLOSED and view.covers(joined.placement)

    def _decide_contact(self, call: Call, contact: str, use_case: Callable[[UnitOfWork], Contact]) -> Any:
        with self.work(call) as work:
            self._let_in_contact(call, work, contact, lock=True)
            return call.once(work.session, lambda: contacts.present(use_case(work)), contact)
