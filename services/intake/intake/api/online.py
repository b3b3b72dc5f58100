"""What the petitioners' door asks when somebody writes there: open to anybody, counted before it is answered."""

from collections.abc import Callable
from typing import Any

from marshmallow import Schema, post_load, validate

from contracts import enclosure, plain
from contracts import vocabulary as words
from contracts.fields import Flag, WordOf
from contracts.fields import Text as Asked
from contracts.given import Name, Text, Typed
from courier.unit_of_work import UnitOfWork
from intake.api import answers as said
from intake.api.base import PetitionApi
from intake.domain import errors
from intake.use_cases import contacts, files, lookup, online
from intake.use_cases.online import EntryInput
from web.call import Call
from web.route import http

LONGEST = 5_000  # characters of an entry
_KINDS = (words.Kind.CLAIM, words.Kind.PROPOSAL)


class Entry(Schema):
    """A claim or a proposal; `name` and `phone` both, or neither: `secrecy` needs them.

    `typed_anyway`: it speaks in the words of a duty crime, and whoever writes says that it is about none.
    """

    kind = WordOf(words.Kind, required=True, validate=validate.OneOf(_KINDS))
    text = Text(LONGEST, required=True)
    name = Name(100, load_default=None, allow_none=True)
    phone = Typed(load_default=None, allow_none=True)
    secrecy = Flag(load_default=False)
    typed_anyway = Flag(load_default=False)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The body as the use case takes it, under `entry`."""
        return {"entry": EntryInput(**data)}


class EntryCode(Schema):
    """The code that was shown with it, as it was typed."""

    code = Typed(required=True)


class OnlineRoutes(PetitionApi):
    """Routes of who has no token: the code of an entry opens that one alone, and shows nobody what was written."""

    @http(
        "GET", "/online", action=None, answer=said.OnlineOffered, summary="网上信访是否开放、可附哪些材料（无须登录）"
    )
    def offered_online(self, call: Call) -> Any:
        """{open, files}: whether somebody is named who reads it."""
        with self.work(call) as work:
            return online.offered(work)

    @http("POST", "/online", action=None, body=Entry, status=201, needs_key=True, answer=said.EntryMade,
          summary="网上提出申诉求决或建议意见（无须登录）；同一 Idempotency-Key 得同一查询码")  # fmt: skip
    def enter(self, call: Call) -> Any:
        """{code, received_on}: the same for whoever sends the same form again. 409 while nobody reads it, 429."""
        self._counted(call, online.count_entry)
        nonce = call.key or ""
        with self.work(call) as work:

            def made() -> dict[str, Any]:
                contact = online.enter(work, call.body["entry"], nonce)
                return {"contact": contact.id, "received_on": contact.received_on.isoformat()}

            kept = call.once(work.session, made, lambda answer: str(answer["contact"]))
            return {"code": lookup.code_of(work, nonce), "received_on": kept["received_on"]}

    @http("POST", "/online/lookup", action=None, body=EntryCode, answer=said.EntrySaid,
          summary="凭查询码查看网上来件的处理情况（无须登录）")  # fmt: skip
    def look_online(self, call: Call) -> Any:
        """What became of it, and nothing of what was written. 404 for a wrong code, 429 for too many tries."""
        self._counted(call, online.count_look)
        with self.work(call) as work:
            return online.progress(work, online.find(work, call.body["code"]))

    @http("POST", "/online/files", action=None, query={"name": Asked()}, status=201, takes=tuple(enclosure.BEGINNINGS),
          answer=said.EntrySaid,
          summary="为网上来件补充附件（无须登录，Bearer 为查询码；处理前，份数和合计大小见 GET /online）")  # fmt: skip
    def hand_in(self, call: Call) -> Any:
        """What became of the entry. 404 for a wrong code, 409 when it has enough or was decided, 429."""
        self._counted(call, online.count_file)
        try:
            name = plain.file_name_given(call.query.get("name", ""))
        except plain.NotPlain as fault:
            raise errors.WrongField("name", str(fault), "a file name is needed, in UTF-8") from None
        scheme, _, code = call.headers.get("Authorization", "").partition(" ")
        with self.work(call) as work:
            contact = online.find(work, code if scheme.lower() == "bearer" else "", lock=True)
            assert call.upload is not None
            files.add_to_entry(work, contact, name, call.media, call.upload, call.length)
            return online.progress(work, contacts.load(work, contact.id))

    def _counted(self, call: Call, count: Callable[[UnitOfWork, str], int]) -> None:
        """In a transaction of its own: what is refused has been tried."""
        with self.work(call) as work:
            asks = lookup.address(call.headers.get("X-Forwarded-For", ""), call.address, lookup.proxies(work))
            wait = count(work, asks)
        if wait:
            raise errors.TooManyEntries(wait)
