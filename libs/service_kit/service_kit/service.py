"""The part of a nameko service that is the same in every one: its context, its letters, its health, its description."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

from marshmallow import Schema, fields
from prometheus_client import CONTENT_TYPE_LATEST, Counter
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.wrappers import Response

import contracts.registry as language
from authorization import colleagues, placements
from authorization.placements import Tags
from authorization.sight import OUT_OF_SIGHT, View
from authorization.table import may, scopes
from contracts import given
from contracts.fields import Code, Count, Moment, Text, WordOf
from contracts.problems import Conflict, Denied
from contracts.routes import ROUTES
from contracts.vocabulary import Kept, Role
from courier import counters, waits
from courier.amqp import Delivery
from courier.envelope import Actor, Envelope
from courier.faults import describe, is_transient
from courier.inbox import BatchHandler, Handler, Inbox
from courier.ops import metrics, parked, reconcile, retention
from courier.partners.answers import Answers, Tell
from courier.partners.receiving import receive_dead
from courier.unit_of_work import ServiceContext, UnitOfWork
from service_kit import database, placed
from service_kit.entrypoints import Injected, Sending, every, receive
from service_kit.http_server import NUMBERED, WATCHERS, WORKERS, answer_routes
from service_kit.partners import tell_agency
from service_kit.runner import MAX_WORKERS
from service_kit.settings import Settings
from service_kit.vaults import GONE, vault_of
from vault import Keyring, Sealed, Vault, used
from web import idempotency, openapi
from web.access import Access
from web.answers import Answer, Page
from web.call import Call
from web.listing import Listing
from web.route import http, routes_of
from web.tokens import Officer, Verifier

PARKED = Listing(
    "messages",
    parked.SORTS,
    "id",
    {
        "state": WordOf(Kept),
        "source": Code(),
        "type": Code(),
    },
)
REFUSED = Counter(
    "fengqiao_refused",
    "Requests refused at the door, before anything was done for them, by kind.",
    ["kind"],
    registry=counters.REGISTRY,
)
for _kind in ("no_token", "nobody", "slow", "crowded", "malformed", "too-long"):
    REFUSED.labels(_kind)  # shown from 0 on: the first one would be no rise otherwise


# HTTP, where a denial is written beside its request's own transaction; who looks after the service; consumers and
# clocks; the relay. Each finds one whatever the others have: most are never opened
CONNECTIONS = 2 * (WORKERS + NUMBERED) + WATCHERS + MAX_WORKERS + 1


def build_context(name: str, settings: Settings, tools: Any) -> ServiceContext:
    """The service's database, words and keys."""
    sessions = sessionmaker(database.engine(settings.database_url, CONNECTIONS))
    keyring = Keyring.from_file(settings.keys_file)
    keyring.check(name, list(ROUTES))
    return ServiceContext(name, settings.jurisdiction, sessions, language, Vault(keyring), tools)


def build_dependencies(
    context: ServiceContext,
    settings: Settings,
    *,
    events: Mapping[str, Handler],
    letters: Mapping[str, Handler | BatchHandler],
    from_partner: Handler | None = None,
    tell: Tell = tell_agency,
) -> dict[str, Any]:
    """Everything a service class is given, made once per process."""

    def denied(officer: Officer, action: str, about: str | None) -> None:
        with context.begin(Actor(officer.agency, officer.id, "officer")) as work:
            work.alone(f"officer/{officer.id}")
            work.event("access.denied.v1", f"officer/{officer.id}", action=action, about=about)

    asking = context.sessions.kw["bind"].execution_options(
        isolation_level="AUTOCOMMIT"
    )  # one statement, no transaction

    def refused(officer: Officer, action: str) -> str | None:
        sentence = may(officer, action, settings.our_agency)
        if sentence is None:
            # also where no petition is asked for, which would be out of sight: the office itself is changed there
            with asking.connect() as connection:
                sentence = "已离任，不能使用本系统" if colleagues.left(connection, officer.id) else None
        return sentence

    tags = Tags.from_file(settings.placement_key_file)
    if context.name != placements.SOURCE:
        events, letters = {**placed.events(tags), **events}, {**placed.letters(tags), **letters}
    access = Access(
        verifier=Verifier(settings.officer_public_key_file, settings.jurisdiction, settings.signer_public_key_file),
        vault=vault_of(context),
        may=refused,
        denied=denied,
        counted=lambda kind: REFUSED.labels(kind).inc(),
        is_transient=is_transient,
        describe=describe,
    )
    return {
        "AMQP_URL": settings.amqp_url,
        "WEB_SERVER_ADDRESS": settings.http_address,
        "context": context,
        "inbox": Inbox(
            context,
            events=events,
            letters=letters,
            partners=Answers(from_partner, tell, settings.quotas),
            order=_by_petition,
        ),
        "access": access,
        "tags": tags,
        "engine": context.sessions.kw["bind"],
        "stores": [used.data_keys(vault_of(context))],
        "keeping": Keeping(
            settings.answers_kept, settings.digests_kept, settings.rejected_kept, settings.rejected_known
        ),
    }


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long what only serves to know a repeat is kept, and what was turned back; the ids stay for ever."""

    answers: timedelta
    digests: timedelta
    rejected: timedelta
    unreadable: timedelta

    def forget(self, work: UnitOfWork, limit: int = 500) -> int:
        """As much as one transaction should. How many; 0 when nothing was left."""
        done = idempotency.forget(work.session, self.answers, limit) + retention.forget(work, self.digests, limit)
        return done + retention.let_go(work, self.rejected, self.unreadable, limit)


def _by_petition(envelope: Envelope) -> str:
    """Whatever a handler locks belongs to the petition it is told of."""
    return str(envelope.data.get("petition", envelope.subject))


class MayDo(Answer):
    """An action of the table of rights, and how far: office, department, service_point; none: no petition is seen."""

    action = fields.String()
    scopes = fields.List(fields.String())


@contextmanager
def _answers() -> Iterator[None]:
    """Says why a kept message cannot be dealt with."""
    try:
        yield
    except parked.CannotDo as fault:
        raise StillKept(str(fault), "the message cannot be dealt with now") from None
    except Sealed:
        raise StillKept(GONE, "its key is gone: it can only be discarded") from None


class Me(Answer):
    """Who asks. `department` and `service_point` as the office's list has them; intake alone knows the rest by name."""

    number = Code()
    agency = fields.String()
    service = fields.String()
    roles = fields.List(fields.String())
    roles_zh = fields.List(fields.String())
    department = Code(allow_none=True)
    service_point = Code(allow_none=True)
    actions = fields.List(fields.Nested(MayDo))
    name = fields.String(load_default=None)
    department_zh = fields.String(load_default=None)
    leads = fields.List(Code(), load_default=list)


class ParkedCount(Answer):
    """How many messages wait for a person."""

    parked = Count()


class ParkedMessage(Answer):
    """The envelope of a message that could not be applied."""

    id = Count()
    kind = fields.String()
    kind_zh = fields.String()
    source = fields.String()
    subject = fields.String()
    version = Count(allow_none=True)
    type = fields.String()
    state = WordOf(Kept)
    cause = fields.String(allow_none=True)
    attempts = Count()
    received_at = Moment()
    next_at = Moment(allow_none=True)


class Replay(Schema):
    """Nothing is asked for."""


class Discard(Schema):
    """Why it will never be applied: kept sealed, as it may name somebody."""

    reason = given.Text(500, required=True)


class Dealt(Answer):
    """The message that nobody waits for any more."""

    id = Count()


class StillKept(Conflict):
    """What cannot be done with a kept message now, or was tried and failed again."""

    code = "kept-message"


class ParkedMessages(Page):
    """Those that wait, by pages."""

    messages = fields.List(fields.Nested(ParkedMessage))


class Standing(Answer):
    """Whether requests can be taken, and what stands still meanwhile."""

    status = fields.String()
    reason = fields.String(load_default=None)
    out_of_sight = Count(load_default=0)


class Heads(Answer):
    """Subjects with their last version, in pairs; beside them the digests of those."""

    heads = fields.List(fields.List(fields.Raw()))
    digests = fields.List(fields.String())


class Service:
    """Base of every service class. A subclass names itself and says where its migrations lie."""

    name: ClassVar[str]
    title: ClassVar[str]
    migrations: ClassVar[Path]
    page: ClassVar[bytes]  # its description, once somebody asked

    context: ServiceContext = Injected("context")
    inbox: Inbox = Injected("inbox")
    access: Access = Injected("access")
    tags: Tags = Injected("tags")
    engine: Engine = Injected("engine")
    keeping: Keeping = Injected("keeping")
    sending: Sending = Sending()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        answer_routes(cls)

    @receive("{service}.letters", together=True)
    def letters(self, deliveries: Sequence[Delivery]) -> None:
        """Applies what other services wrote to this one; what it cannot is tried again, or parked."""
        self.inbox.take_letters(deliveries)

    @receive("{service}.dead")
    def dead(self, delivery: Delivery) -> None:
        """Keeps as parked what the broker gave up on; a partner whose message it was is answered."""
        receive_dead(self.inbox, delivery, ROUTES)

    @every(waits.SWEEP_DELIVERY)
    def sweep(self) -> int:
        """Tries again what is due; returns how many, so that more are looked for at once."""
        return self.inbox.sweep()

    @every(waits.SWEEP_EACH_MINUTE)
    def forget(self) -> int:
        """Deletes what was kept for its time; returns how many rows, so that more are looked for at once."""
        with self.context.begin(self.inbox.system) as work:
            return self.keeping.forget(work)

    @http("GET", "/health/live", action=None, answer=Standing, turn="health", summary="进程在运行")
    def live(self, call: Call) -> Any:
        """Answers 200 while the process answers at all."""
        return {"status": "live"}

    @http("GET", "/health/ready", action=None, answer=Standing, turn="health", summary="可以受理请求")
    def ready(self, call: Call) -> Any:
        """Answers whether requests can be taken, else what is waited for; and what stands still meanwhile."""
        answer = self.sending.readiness(self.engine, self.migrations)
        if answer["status"] == "ready":
            with self.context.sessions() as session:
                shut, reason = self.out_of_sight(session), self.degraded(session)
            answer |= {"out_of_sight": shut} if shut else {}
            # requests are taken all the same: whoever asks to send them elsewhere must not
            answer |= {"status": "degraded", "reason": reason} if reason else {}
        return answer

    @http("GET", "/openapi.json", action=None, summary="接口说明")
    def describe(self, call: Call) -> Any:
        """Answers the OpenAPI description of the class's routes."""
        # made once: it is open to anybody, and takes more of the processor than any other page
        if "page" not in vars(type(self)):
            made = openapi.describe(f"枫桥协同 · {self.title}", "0.1.0", routes_of(type(self)))
            type(self).page = json.dumps(made, ensure_ascii=False).encode()
        return Response(type(self).page, content_type="application/json; charset=utf-8")

    @http("GET", "/metrics", action=None, media="text/plain", turn="figures",
          summary="运行指标（Prometheus 格式），不含个人信息")  # fmt: skip
    def measured(self, call: Call) -> Any:
        """Answers its counts as Prometheus reads them; no label names a person."""
        page = metrics.page(self.context.sessions, self.inbox.swept, self.counts())
        return Response(page, content_type=CONTENT_TYPE_LATEST)

    @http("GET", "/operations/heads", action="operations.heads", answer=Heads, query={"after": Text(longest=500)},
          summary="各编号的最后一版（对账用）")  # fmt: skip
    def heads(self, call: Call) -> Any:
        """Answers a page of subjects, each with its last version and that one's digest."""
        with self.context.sessions() as session:
            found = reconcile.heads(session, call.query.get("after", ""))
        # beside the pairs, not in them: an older consumer takes each apart into two
        return {"heads": [each[:2] for each in found], "digests": [each[2] for each in found]}

    @http("GET", "/operations/parked", action="operations.parked", query=PARKED.query, answer=ParkedMessages,
          summary="滞留消息的信封，不含内容")  # fmt: skip
    def parked_messages(self, call: Call) -> Any:
        """{messages}: those that could not be applied, the first kept first, by envelope alone."""
        with self.work(call) as work:
            found = PARKED.page(call).of(work.session, parked.outside(call.query))
            return found.answer(map(parked.shown, found.rows))

    @http("POST", "/operations/parked/<int:message>/replay", action="operations.replay", body=Replay, answer=Dealt,
          summary="重放：再处理一次，重放几次也只办一次")  # fmt: skip
    def replay_parked(self, call: Call, message: int) -> Any:
        """{id}: it is applied. 409 where it is not its turn, or it failed again; who asked is on the trail."""
        with _answers():
            left = parked.replay(self.inbox, message, self.actor(call))
        if left is not None:
            # the reason may repeat what the message says
            raise StillKept("仍未能处理，继续停放", "it failed again and is kept")
        return {"id": message}

    @http("POST", "/operations/parked/<int:message>/discard", action="operations.discard", body=Discard, answer=Dealt,
          proved=True, summary="作废：不再处理，其后的消息继续；不能恢复")  # fmt: skip
    def discard_parked(self, call: Call, message: int) -> Any:
        """{id}: it is never applied, and what waits behind it goes on. 409 where it is not its turn."""
        with _answers():
            parked.discard(self.inbox, self.actor(call), message, call.body["reason"])
        return {"id": message}

    @http(
        "GET", "/me", action="office.read", answer=Me, summary="我的工号、角色、部门、服务点，和在本服务可以办理的事项"
    )
    def me(self, call: Call) -> Any:
        """Who asks, as this service knows them, and each action of its routes that their token allows, and how far."""
        officer, own = call.officer, {route.action for route in routes_of(type(self)) if route.action}
        with self.work(call) as work:
            view = self.view(work, call)
            return {
                "number": officer.id,
                "agency": officer.agency,
                "service": self.name,
                "roles": sorted(officer.roles),
                "roles_zh": [Role(each).zh for each in sorted(officer.roles) if each in set(Role)],
                "department": view.department,
                "service_point": view.service_point,
                "actions": [
                    {"action": each, "scopes": sorted(scopes(officer, each))}
                    for each in sorted(own)
                    if may(officer, each, officer.agency) is None
                ],
                **self.known_of(work, call),
            }

    def known_of(self, work: UnitOfWork, call: Call) -> Mapping[str, Any]:
        """What this service alone knows of who asks, for `/me`."""
        return {}

    @http("GET", "/parked/count", action="operations.parked", answer=ParkedCount, summary="停放待查的消息数")
    def parked_count(self, call: Call) -> Any:
        """{parked}: how many messages wait for a person; what they say is opened by command alone."""
        with self.context.sessions() as session:
            return {"parked": parked.count(session)}

    @contextmanager
    def work(self, call: Call) -> Iterator[UnitOfWork]:
        """One transaction for one request, in the name of the officer who asks."""
        with self.context.begin(self.actor(call), call.trace) as work:
            yield work

    def actor(self, call: Call) -> Actor:
        """Who asks, as the trail names them."""
        return Actor(call.officer.agency, call.officer.id, "+".join(sorted(call.officer.roles)) or "-")

    # -- whose eyes ----------------------------------------------------------------------------------------------------

    def view(self, work: UnitOfWork, call: Call, action: str | None = None) -> View:
        """How far who asks sees for this action, or for the route's own."""
        return colleagues.view(work, call.officer, action or call.route.action or "")

    def out(self, call: Call) -> Denied:
        """A denial is recorded, and returned to be raised."""
        return self.access.deny(call.officer, call.route.action or "", OUT_OF_SIGHT, call.path)

    def out_of_sight(self, session: Session) -> int:
        """How many petitions nobody sees here until a person looks."""
        return 0

    # -- how it stands ------------------------------------------------------------------------------------------------

    def degraded(self, session: Session) -> str | None:
        """What does not go on although requests are taken, in a sentence for a person."""
        return None

    def counts(self) -> metrics.Counts:
        """What is counted in its database for `/metrics`, beside what every service has."""
        return {"placements_shut": ("Petitions that nobody sees until a person looks.", self.out_of_sight)}
