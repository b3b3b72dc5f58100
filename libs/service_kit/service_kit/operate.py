"""What `parked`, `reconcile` and `trail` do: a person sees what could not be applied, what was lost or altered."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from importlib import import_module
from typing import IO, Any

import click
import requests
from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError

from authorization import placements
from contracts.routes import ROUTES
from courier import waits
from courier.envelope import Actor
from courier.inbox import Inbox
from courier.ops import parked, reconcile, trail
from courier.unit_of_work import ServiceContext
from service_kit.commands import works_here
from service_kit.vaults import GONE
from statute import SHANGHAI
from vault import Sealed
from web.tokens import OFFICER_ID

STATES = {"parked": "待人工处理", "retry": "待重试", "waiting": "等前一版"}
SHOWN = 20
REPORTED = 100_000  # events after each of which a long verification says how far it is


def list_stored(service: str, states: Sequence[str], type_: str | None, as_json: bool) -> None:
    """Prints what could not be applied, a line each, without any body."""
    with answers():
        rows = list(_pages(given_to(service)["context"], states, type_))
    if as_json:
        return click.echo(json.dumps([_described(row) for row in rows], ensure_ascii=False, indent=2))
    for row in rows:
        version = "" if row.version is None else f" 第 {row.version} 版"
        kind = parked.KINDS[row.kind]
        line = f"{row.id}  {STATES[row.state]}  {kind}  {row.source}  {row.type}  {row.subject}{version}"
        line += f"  试过 {row.attempts} 次  {row.received_at:%Y-%m-%d %H:%M:%S}  {row.reason or '-'}"
        click.echo(_printable(line))
    return click.echo(f"共 {len(rows)} 条")


def show(service: str, row_id: int, body: bool, officer: str | None) -> None:
    """Prints one message's envelope; its body only to an officer, after that was recorded as `message.opened.v1`."""
    if body and officer is None:
        raise click.UsageError("--body 会显示个人信息，须用 --officer 说明由谁打开")
    with answers():
        context: ServiceContext = given_to(service)["context"]
        with context.sessions() as session:
            row = parked.find_discarded(session, row_id) or parked.find(session, row_id)
        # before anything is printed: what cannot be recorded is not shown
        opened = parked.open_body(context, operator(context, officer), row_id) if body and officer else None
    for name, value in _described(row).items():
        click.echo(f"{name}: {_printable('-' if value is None else str(value))}")
    if opened is not None:
        click.echo(_printable(_readable(opened)))


def replay(service: str, row_id: int | None, everything: bool, type_: str | None) -> bool:
    """Whether all of it was applied."""
    if everything == (row_id is not None) or (type_ and not everything):
        raise click.UsageError("请给出一个编号，或者 --all（可加 --type）")
    with answers():
        inbox: Inbox = given_to(service)["inbox"]
        ids = [row_id] if row_id is not None else [row.id for row in _pages(inbox.context, ["parked"], type_)]
        left = sum(not _replayed(inbox, each) for each in ids)
    if everything:
        click.echo(f"重放 {len(ids)} 条，其中 {left} 条仍未处理")
    return not left


def discard(service: str, ids: Sequence[int], reason: str, officer: str) -> None:
    """In the order given; the first that cannot be discarded ends it."""
    with answers():
        inbox: Inbox = given_to(service)["inbox"]
        actor = operator(inbox.context, officer)
        for row_id in ids:
            parked.discard(inbox, actor, row_id, reason)
            click.echo(f"{row_id} 已作废")


def discard_all(
    service: str, sender: str, type_: str | None, before: datetime | None, sure: bool, reason: str, officer: str
) -> None:
    """What one sender's parked messages come to, counted first; nothing happens to them before somebody agrees."""
    wanted = parked.Wanted(sender, type_, before.replace(tzinfo=SHANGHAI) if before else None)
    with answers():
        inbox: Inbox = given_to(service)["inbox"]
        actor = operator(inbox.context, officer)
        with inbox.context.sessions() as session:
            number = parked.count(session, wanted)
        click.echo(f"符合条件的待人工处理消息 {number} 条")
        if number and not sure:
            click.confirm("全部作废？作废后不能恢复", abort=True)
        click.echo(f"作废 {parked.discard_all(inbox, actor, wanted, reason) if number else 0} 条")


def reconcile_with(service: str, urls: Sequence[str], token: str, *, ask: bool, as_json: bool, patience: float) -> bool:
    """Whether nothing differs."""
    places = dict(each.partition("=")[::2] for each in urls)
    sources = ROUTES[service].events_of
    missing = [source for source in sources if not places.get(source)]
    if missing:
        raise click.UsageError(f"缺少来源服务的地址：{'、'.join(missing)}（--source 或 SOURCE_URLS）")
    if sources and not token:
        raise click.UsageError("缺少运维人员凭证（--token-file 或 OPERATIONS_TOKEN_FILE）")
    report = {}
    with answers():
        inbox: Inbox = given_to(service)["inbox"]
        for source in sources:
            report[source] = _compare(inbox.context, source, places[source], token, patience)
            if ask:
                _ask(inbox, source, report[source])
    _tell(report, ask, as_json)
    return not any(report.values())


def rebuild_placements(service: str, url: str | None, token: str) -> None:
    """Fetches what intake told last of each petition; what is known here already stays."""
    places = dict(each.partition("=")[::2] for each in os.environ.get("SOURCE_URLS", "").split())
    url = url or places.get(placements.SOURCE)
    if not url or not token:
        raise click.UsageError("须给出登记服务的地址（--source 或 SOURCE_URLS）和运维人员凭证（--token-file）")
    given, after, fetched = given_to(service), "", 0
    context: ServiceContext = given["context"]
    with answers(), _progress() as advance:
        while page := _fetched(context, url, token, after):
            with context.begin(given["inbox"].system) as work:
                for each in page:
                    data = context.language.load("event", placements.PLACED, each["data"])
                    placements.keep(work, given["tags"], each["version"], data)
            after, fetched = page[-1]["data"]["petition"], fetched + len(page)
            advance(fetched)
    click.echo(f"取得 {fetched} 件")


def _fetched(context: ServiceContext, url: str, token: str, after: str) -> list[dict[str, Any]]:
    try:
        answer = requests.get(
            f"{url.rstrip('/')}/operations/placements",
            params={"reader": context.name, "after": after},
            headers={"Authorization": f"Bearer {token}"},
            timeout=waits.NEIGHBOUR_TIMEOUT,
        )
        if not answer.ok:
            raise click.ClickException(f"登记服务未答复（{answer.status_code}）")
        page: list[dict[str, Any]] = context.cipher.read(answer.json()["sealed"])["placements"]
    except Sealed as fault:
        raise click.ClickException("登记服务的答复无法打开：两边的密钥文件不是一套") from fault
    except (requests.RequestException, ValueError) as fault:
        raise click.ClickException(f"登记服务无法联系（{type(fault).__name__}）：{url}") from fault
    return page


@contextmanager
def _progress() -> Iterator[Callable[[int], None]]:
    """A line that counts up while a person watches; nothing where nobody does."""
    shown = sys.stderr.isatty()

    def advance(count: int) -> None:
        if shown:
            click.echo(f"\r已取得 {count} 件", err=True, nl=False)

    yield advance
    if shown:
        click.echo(err=True)


def verify_trail(service: str, known: str | None, heads: str | None) -> bool:
    """Whether every chain is whole. Who has the heads on standard output reads the answer on standard error."""
    apart, faults, read, subjects = heads == "-", 0, 0, 0

    def keep(head: trail.Head) -> None:
        nonlocal subjects
        subjects += 1
        if out:
            out.write(f"{head.subject}\t{head.version}\t{head.digest}\n")

    def progress(events: int) -> None:
        nonlocal read
        if events // REPORTED > read // REPORTED:
            click.echo(f"已核验 {events} 件……", err=True)
        read = events

    with answers(), ExitStack() as files:
        context: ServiceContext = given_to(service)["context"]
        earlier = files.enter_context(_file(known, "r")) if known else ()
        out = files.enter_context(_file(heads, "w")) if heads else None
        for fault in trail.verify(context.sessions, map(_head, earlier), keep, progress):
            faults += 1
            click.echo(_printable(f"{fault.subject}  第 {fault.version} 版  {fault.zh}"), err=apart)
    whole = f"发现 {faults} 处问题" if faults else "事件链完整"
    click.echo(f"核验 {subjects} 个编号、{read} 件事件：{whole}", err=apart)
    return not faults


def _file(path: str, mode: str) -> IO[str]:
    """What is written is there as a whole or not at all."""
    try:
        return click.open_file(path, mode, encoding="utf-8", errors="replace", atomic=mode == "w")
    except OSError as fault:
        raise click.ClickException(f"文件无法打开：{path}（{fault.strerror}）") from fault


def _head(line: str) -> trail.Head:
    try:
        subject, version, its_digest = line.split()
        return trail.Head(subject, int(version), its_digest)
    except ValueError:
        raise click.ClickException("--known 的文件不是用 --heads 写下的") from None


def _compare(context: ServiceContext, source: str, url: str, token: str, patience: float) -> list[reconcile.Difference]:
    def ask(after: str) -> reconcile.Heads:
        answer = requests.get(
            f"{url.rstrip('/')}/operations/heads",
            params={"after": after},
            headers={"Authorization": f"Bearer {token}"},
            timeout=waits.NEIGHBOUR_TIMEOUT,
        )
        if not answer.ok:
            raise click.ClickException(f"{source} 未答复对账（{answer.status_code}）")
        said = answer.json()
        # an older source tells no digests
        digests = said.get("digests") or [None] * len(said["heads"])
        return [(*head, its_digest) for head, its_digest in zip(said["heads"], digests, strict=True)]

    try:
        found = [each for page in reconcile.differences(context.sessions, source, ask) for each in page]
    except (requests.RequestException, ValueError) as fault:
        raise click.ClickException(f"{source} 无法联系（{type(fault).__name__}）：{url}") from fault
    behind = [each for each in found if each.is_behind]
    if behind:
        time.sleep(patience)
    return [each for each in found if not each.is_behind] + reconcile.still_behind(context.sessions, source, behind)


def _ask(inbox: Inbox, source: str, found: list[reconcile.Difference]) -> None:
    # what replaced an event we applied is asked for too: it is kept for a person to see, not applied
    wanted = [(each, each.applied - each.is_replaced) for each in found if each.is_behind or each.is_replaced]
    for start in range(0, len(wanted), reconcile.PAGE):
        with inbox.context.begin(inbox.system) as work:
            for each, after in wanted[start : start + reconcile.PAGE]:
                work.ask_again(source, each.subject, after)


def _tell(report: dict[str, list[reconcile.Difference]], asked: bool, as_json: bool) -> None:
    if as_json:
        content = {
            source: [{"subject": each.subject, "applied": each.applied, "said": each.said} for each in found]
            for source, found in report.items()
        }
        return click.echo(json.dumps(content, ensure_ascii=False, indent=2))
    for source, found in report.items():
        behind, replaced = [each for each in found if each.is_behind], [each for each in found if each.is_replaced]
        ahead = [each for each in found if each.applied > each.said]
        click.echo(f"{source}：本服务落后 {len(behind)} 个编号，来源丢失 {len(ahead)} 个编号，"
                   f"同一版而内容不同 {len(replaced)} 个编号")  # fmt: skip
        for title, part in (("已请来源重发" if asked else "落后，可加 --ask 请来源重发", behind),
                            ("来源已无这些版本，须由人决定", ahead),
                            ("来源的这一版不是本服务处理过的那一件事，须由人查明", replaced)):  # fmt: skip
            for each in part[:SHOWN]:
                click.echo(_printable(f"  {each.subject}  本服务第 {each.applied} 版  来源第 {each.said} 版  {title}"))
            if len(part) > SHOWN:
                click.echo(f"  ……另有 {len(part) - SHOWN} 个，全部请用 --json")
    return None


def _replayed(inbox: Inbox, row_id: int) -> bool:
    """Says what came of one; one that cannot be replayed stops none of the others."""
    try:
        reason = parked.replay(inbox, row_id)
    except parked.CannotDo as fault:
        reason = str(fault)
    except Sealed:
        reason = GONE
    click.echo(_printable(f"{row_id} 已处理" if reason is None else f"{row_id} 仍未处理：{reason}"))
    return reason is None


def _pages(context: ServiceContext, states: Any, type_: str | None) -> Iterator[Row[Any]]:
    after = 0
    while True:
        with context.sessions() as session:
            page = parked.listed(session, states, type_, after)
        yield from page
        if not page:
            return
        after = page[-1].id


def _described(row: Row[Any]) -> dict[str, Any]:
    sealed = ("body", "said", "digest", "keyed")
    values = {name: value for name, value in row._mapping.items() if name not in sealed}
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()}


def _readable(body: bytes) -> str:
    """JSON with its characters instead of escapes, a field a line; anything else as it came."""
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")


def _printable(text: str) -> str:
    """A sender's own routing key or body must not steer the operator's terminal."""
    return "".join(each if each.isprintable() or each == "\n" else "\ufffd" for each in text)


def operator(context: ServiceContext, officer: str) -> Actor:
    """Who the command acts as. Raises ClickException for whoever does not work here."""
    if not OFFICER_ID.fullmatch(officer):
        # it rides on the event: a name there would be a person in an event
        raise click.UsageError("工号只能用字母、数字和 _ . -")
    with context.sessions() as session:
        works_here(session, officer)
    return Actor(os.environ["OUR_AGENCY"], officer, "operations")


def given_to(service: str) -> dict[str, Any]:
    """What the service class is given: a message is replayed by the very handlers that would have taken it."""
    given: dict[str, Any] = import_module(f"{service}.service").config(
        import_module(f"{service}.settings").Settings.from_environment()
    )
    return given


@contextmanager
def answers() -> Iterator[None]:
    """Within it a fault becomes a sentence and the exit status of a failed command."""
    try:
        yield
    except parked.CannotDo as fault:
        raise click.ClickException(str(fault)) from fault
    except Sealed as fault:
        raise click.ClickException(GONE) from fault
    except DBAPIError as fault:
        raise click.ClickException("数据库正忙或不可用，请稍后重试") from fault
