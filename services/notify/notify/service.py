"""Notify under nameko: entrypoints of a few lines. What they do is in its nouns; who may, in `authorization`."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import eventlet

from contracts.fields import Code, WordOf
from contracts.routes import ROUTES
from contracts.vocabulary import Impossible, Notice, NoticeState
from courier.amqp import Delivery
from courier.envelope import Actor
from courier.ops import metrics
from courier.partners.receiving import CHANNELS, take, take_dead
from notify.api import schemas
from notify.domain import errors, states
from notify.domain.states import QuietHours
from notify.domain.wording import OfficeCard
from notify.settings import Settings
from notify.tables import NoticeRow
from notify.use_cases import handlers, measured, notices, officers, results, sending
from notify.use_cases.provider import Provider
from notify.use_cases.tools import Tools
from service_kit.entrypoints import every, receive, receive_each
from service_kit.neighbour import Neighbour
from service_kit.partners import hears
from service_kit.service import furnish, seat
from statute import Law
from web.call import Call
from web.route import http

MIGRATIONS = Path(__file__).parent.parent / "migrations"
NAME = "notify"
SYSTEM = Actor("-", NAME, "system")


def config(settings: Settings) -> dict[str, Any]:
    """Everything the service class is given, made once."""
    card = OfficeCard.load(settings.office_file)
    provider = Provider(
        url=settings.sms_url.rstrip("/"),
        account=settings.sms_account,
        secret=settings.sms_secret_file.read_bytes().strip(),
        signature=card.signature,
        timeout=(min(3.0, settings.sms_timeout), settings.sms_timeout),
        within=lambda seconds: eventlet.Timeout(seconds, TimeoutError("the whole request took too long")),
    )
    tools = Tools(
        card=card,
        our_agency=settings.our_agency,
        law=Law.load(settings.statute_folder),
        quiet=QuietHours() if settings.sms_quiet_hours else None,
        provider=provider,
        settle_after=timedelta(seconds=settings.sms_settle_after),
        sms_carrier=settings.sms_carrier,
        sms_a_day=settings.sms_a_day,
    )
    given = furnish(
        seat(NAME, settings, tools),
        settings,
        events=handlers.EVENTS,
        letters=handlers.LETTERS,
        outsider=hears("from_channel", results.said),
        tell=results.tell_channel,
    )
    return given | {"channels": lambda: dict.fromkeys(ROUTES[NAME].channels, True)}


class NotifyService(Neighbour):
    name = NAME
    title = "告知 notify"
    migrations = MIGRATIONS

    def counts(self) -> metrics.Counts:
        return {**super().counts(), **measured.COUNTS}

    # -- notices -------------------------------------------------------------------------------------------------

    @http("GET", "/petitions/<number>/notices", action="notice.read", summary="信访件的各次告知")
    def of_petition(self, call: Call, number: str) -> Any:
        with self.work(call) as work:
            self.let_in(call, work, number)
            return {"notices": [_present(notice) for notice in notices.of_petition(work, number)]}

    @http("GET", "/notices", action="notice.read", query={"state": WordOf(NoticeState)},
          summary="某一状态的告知（至多 100 条）")  # fmt: skip
    def in_state(self, call: Call) -> Any:
        state = call.query.get("state", NoticeState.UNKNOWN)
        with self.work(call) as work:
            seen = officers.visible(self.view(work, call))
            return {"notices": [_present(notice) for notice in notices.in_state(work, seen, state, 100)]}

    @http(
        "POST", "/notices/<key>/settle", action="notice.settle", body=schemas.Settle, summary="人工认定结果待查的告知"
    )
    def settle(self, call: Call, key: str) -> Any:
        with self.work(call) as work:
            notice = notices.find(work, key)
            if notice.petition == officers.NO_PETITION:
                # an officer's own message belongs to a department and to no petition
                if not self.view(work, call).covers_department(officers.holder_of(notice)):
                    raise self.out(call)
            else:
                self.let_in(call, work, notice.petition)
            return call.once(
                work.session,
                lambda: _present(results.settle(work, key, call.body["was_sent"])),
                notice.petition,
            )

    @http("GET", "/officers/notices", action="officer-notice.read", query={"holder": Code()},
          summary="时限提醒：本部门（或本院）的即时提醒和每日汇总，至多 100 条")  # fmt: skip
    def officers_notices(self, call: Call) -> Any:
        holder, known = call.query.get("holder"), officers.holders(self.office.tools)
        if holder is not None and holder not in known:
            raise errors.UnknownHolder(known)
        with self.work(call) as work:
            view = self.view(work, call)
            return {"notices": officers.notices(work, view, holder, 100)}

    @http("POST", "/provider/receipts", action=None, body=schemas.Receipt, summary="短信平台回执（须签名）")
    def receipt(self, call: Call) -> Any:
        provider: Provider = self.office.tools.provider
        if not provider.is_signed(call.raw, call.headers.get("X-Signature")):
            raise errors.WrongSignature()
        with self.office.begin(SYSTEM) as work:
            results.receipt(work, call.body["key"], call.body["state"] == "delivered", call.body["code"] or "none")
        return {"status": "taken"}

    # -- what others tell, what time brings ------------------------------------------------------------------------

    @receive("notify.events.intake", together=True)
    def from_intake(self, deliveries: Sequence[Delivery]) -> None:
        self.inbox.take_events("intake", deliveries)

    @receive("notify.events.referral", together=True)
    def from_referral(self, deliveries: Sequence[Delivery]) -> None:
        self.inbox.take_events("referral", deliveries)

    @receive("notify.events.aid", together=True)
    def from_aid(self, deliveries: Sequence[Delivery]) -> None:
        self.inbox.take_events("aid", deliveries)

    @receive_each("notify.{}.results", "channels", before=("notify.results",))
    def results(self, delivery: Delivery) -> None:
        take(self.inbox, delivery, CHANNELS, ("notice.result.v1",))

    @receive_each("notify.{}.late", "channels")
    def late(self, delivery: Delivery) -> None:
        take_dead(self.inbox, delivery, ROUTES)

    @every(0.5)
    def hand(self) -> int:
        return sending.hand_next(self.office, SYSTEM)

    @every(60.0)
    def overdue(self) -> int:
        with self.office.begin(SYSTEM) as work:
            return results.overdue_tasks(work)

    @every(60.0)
    def digest(self) -> int:
        with self.office.begin(SYSTEM) as work:
            return officers.write_digest(work)

    @every(0.5)
    def send(self) -> int:
        return sending.send_next(self.office, SYSTEM)

    @every(1.0)
    def ask(self) -> int:
        return results.settle_next(self.office, SYSTEM)


_REASONS = {each.value: each.zh for each in Impossible} | {states.LIMIT: "同一号码当日短信已满"}


def _present(notice: NoticeRow) -> dict[str, Any]:
    return {
        "notice": notice.id,
        "petition": notice.petition,
        "about": notice.about,
        "about_zh": Notice(notice.about).zh,
        "state": notice.state,
        "state_zh": notice.now_in.zh,
        "reason": notice.reason,
        "reason_zh": _REASONS.get(notice.reason or ""),
        "carrier": notice.carrier,
        "text": notice.text if notice.state != NoticeState.IMPOSSIBLE else None,
        "planned_at": notice.planned_at.isoformat(),
        "not_before": notice.not_before.isoformat(),
        "changed_at": notice.changed_at.isoformat(),
    }
