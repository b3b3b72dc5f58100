"""What an operator sees and does with a message that could not be applied, by the commands, in the running system."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from county import Agency, Window, today, until
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, create_engine, text

from contracts.routes import ROUTES
from contracts.vocabulary import NoticeState
from tools.dev import stack
from tools.dev.stack import SERVICES, Stack

NAME = "画眉鸟"
SUBMISSION = {
    "submission": "信访局2026-0777",
    "received_on": today().isoformat(),
    "kind": "claim",
    "line": "other",
    "title": "邻里纠纷",
    "statement": f"{NAME}家门口的通道被占",
    "petitioner": {"name": NAME, "resident_id": None, "phone": None, "address": "石桥镇"},
}


@contextmanager
def database(system: Stack, service: str) -> Iterator[Engine]:
    engine = create_engine(system.owned(service))  # who may make a table refuse
    yield engine
    engine.dispose()


@contextmanager
def broken(engine: Engine, table: str, condition: str) -> Iterator[None]:
    """The table refuses such rows meanwhile: a reason that lies in our own house."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                f" IF {condition} THEN RAISE EXCEPTION 'refused for the test'; END IF; RETURN NEW; END $$"
            )
        )
        connection.execute(
            text(f"CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()")
        )
    try:
        yield
    finally:
        with engine.begin() as connection:
            connection.execute(text("DROP FUNCTION refuse CASCADE"))


def parked(engine: Engine, message: str) -> int:
    """The row of what fails, once its attempts are spent; the waits between them are cut short."""
    column = "message_id" if "-" in message and not message.startswith("信") else "subject"

    def look() -> Any:
        with engine.begin() as connection:
            connection.execute(
                text(f"UPDATE inbox SET attempts = 7, next_at = now() WHERE state = 'retry' AND {column} = :m"),
                {"m": message},
            )
            return connection.scalar(
                text(f"SELECT id FROM inbox WHERE state = 'parked' AND {column} = :m"), {"m": message}
            )

    row_id: int = until(look, "parked")
    return row_id


def lane(engine: Engine, subject: str) -> int:
    with engine.connect() as connection:
        query = text("SELECT applied FROM lane WHERE source = 'intake' AND subject = :s")
        return connection.scalar(query, {"s": subject}) or 0


def held(engine: Engine, subject: str) -> Any:
    with engine.connect() as connection:
        query = text("SELECT held_at FROM lane WHERE source = 'intake' AND subject = :s")
        return connection.scalar(query, {"s": subject})


def figures(system: Stack, service: str) -> dict[str, float]:
    page = requests.get(f"{system.url(service)}/metrics", timeout=5).text
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def test_a_parked_message_is_seen_without_its_person_and_replayed_once(system: Stack) -> None:
    """Listed and shown by its envelope; the body only to who gives their number, which is recorded; applied once."""
    agency = Agency(system, "A05")
    with database(system, "intake") as engine:
        with broken(engine, "person", "true"):
            message = agency.say("petition.submitted.v1", SUBMISSION)
            row_id = parked(engine, message)
        listed = stack.command(system, "intake", "parked", "list", "--json")
        assert 0 == listed.returncode, listed.stderr
        (row,) = [each for each in json.loads(listed.stdout) if each["id"] == row_id]
        assert ("parked", "agency", "A05", "petition.submitted.v1", 8) == tuple(
            row[name] for name in ("state", "kind", "source", "type", "attempts")
        )
        plain = stack.command(system, "intake", "parked", "list", "--type", "petition.submitted.v1")
        shown = stack.command(system, "intake", "parked", "show", str(row_id))
        assert f"message_id: {message}" in shown.stdout
        for answer in (listed, plain, shown):
            assert NAME not in answer.stdout + answer.stderr
        nobody = stack.command(system, "intake", "parked", "show", str(row_id), "--body")
        named = stack.command(system, "intake", "parked", "show", str(row_id), "--body", "--officer", "画眉")
        assert [(2, ""), (2, "")] == [(each.returncode, each.stdout) for each in (nobody, named)]
        opened = stack.command(system, "intake", "parked", "show", str(row_id), "--body", "--officer", "900007")
        assert (0, True) == (opened.returncode, NAME in opened.stdout), opened.stderr
        replays = [stack.command(system, "intake", "parked", "replay", str(row_id)) for _ in range(2)]
        assert [0, 1] == [each.returncode for each in replays], replays
        number = Window(system).submitted(SUBMISSION["submission"])
        with engine.connect() as connection:
            count = "SELECT count(*) FROM events WHERE type = :t AND subject = :s"
            once = {"t": "petition.registered.v1", "s": number}
            assert 1 == connection.scalar(text(count), once)
            looked = {"t": "message.opened.v1", "s": f"operations/{row_id}"}
            assert 1 == connection.scalar(text(count), looked)


def test_operations_replay_and_give_up_over_http(system: Stack) -> None:
    """By envelope, once, in their own name on the trail; nobody else may, and no answer repeats what a message says."""
    agency, operations = Agency(system, "A05"), Window(system, "operations", "900007")
    chief, path = Window(system, "chief", "900000"), "/operations/parked"
    with database(system, "intake") as engine:
        with broken(engine, "person", "true"):
            for_good = parked(
                engine, agency.say("petition.submitted.v1", SUBMISSION | {"submission": "信访局2026-0779"})
            )
            row_id = parked(engine, agency.say("petition.submitted.v1", SUBMISSION | {"submission": "信访局2026-0778"}))
            failed = operations.request("POST", f"{path}/{row_id}/replay", json={})
            assert (409, NAME in failed.text) == (failed.status_code, False)
        for what, body in (("replay", {}), ("discard", {"reason": "测试"})):
            assert 403 == chief.request("POST", f"{path}/{row_id}/{what}", json=body).status_code
        answers = [operations.request("POST", f"{path}/{row_id}/replay", json={}) for _ in range(2)]
        assert [200, 409] == [each.status_code for each in answers]
        Window(system).submitted("信访局2026-0778")
        assert 422 == operations.request("POST", f"{path}/{for_good}/discard", json={"reason": " "}).status_code
        body = {"reason": f"{NAME}已另行提交"}
        gone = [operations.request("POST", f"{path}/{for_good}/discard", json=body) for _ in range(2)]
        assert ([200, 409], False) == ([each.status_code for each in gone], any(NAME in each.text for each in gone))
        with engine.connect() as connection:
            rows = connection.execute(
                text(
                    "SELECT type, convert_from(body, 'UTF8') FROM events WHERE subject IN (:one, :other)"
                    " AND type LIKE 'message.%' ORDER BY recorded_at"
                ),
                {"one": f"operations/{row_id}", "other": f"operations/{for_good}"},
            ).all()
        assert ["message.replayed.v1"] * 2 + ["message.discarded.v1"] == [type_ for type_, _ in rows]
        assert all('"actorofficer":"900007"' in said and NAME not in said for _, said in rows)


def test_a_discarded_event_lets_its_petition_go_on_and_a_restore_is_reconciled(system: Stack) -> None:
    """The alarm's figures rise and fall with it; a lane set back, as a restore would, is found and asked for again."""
    window = Window(system)
    token = stack.token(system, "operations")
    reconcile = ("reconcile", "--json", "--token-file", "-", "--patience", "0.5")

    def differs(number: str) -> tuple[int, Any]:
        answer = stack.command(system, "notify", *reconcile, given=token)
        assert answer.returncode in (0, 3), answer.stdout + answer.stderr
        return answer.returncode, next(
            (each for each in json.loads(answer.stdout)["intake"] if each["subject"] == number), None
        )

    with database(system, "notify") as engine:
        number = window.number()
        until(lambda: lane(engine, number) == 2, "registered, and where it sits")
        with broken(engine, "notice", f"NEW.petition = '{number}' AND NEW.about = 'accepted'"):
            before = figures(system, "notify")
            assert window.act(number, "accept", department="D05").status_code == 200
            row_id = parked(engine, number)
            assert window.refer(number, "A06").status_code == 200
            seen = until(lambda: (f := figures(system, "notify"))["fengqiao_inbox_rows waiting"] >= 1 and f, "waiting")
            assert before["fengqiao_lane_held"] + 1 == seen["fengqiao_lane_held"]
            assert before["fengqiao_inbox_rows parked"] + 1 == seen["fengqiao_inbox_rows parked"]
            assert before["fengqiao_parked_total event"] + 1 == seen["fengqiao_parked_total event"]
            assert 0 < seen["fengqiao_lane_age_seconds"]
            failed = stack.command(system, "notify", "parked", "replay", "--all", "--type", "petition.accepted.v1")
            assert (1, True) == (failed.returncode, f"{row_id} 仍未处理" in failed.stdout), failed.stderr
            assert 2 == lane(engine, number)
            unsaid = stack.command(system, "notify", "parked", "discard", str(row_id), "--officer", "900007")
            assert 2 == unsaid.returncode
            why = ("--officer", "900007", "--reason", f"{NAME}已当面告知")
            gone = stack.command(system, "notify", "parked", "discard", str(row_id), *why)
            assert 0 == gone.returncode, gone.stderr
            assert lane(engine, number) >= 4
        shown = stack.command(system, "notify", "parked", "show", str(row_id))
        assert ("officer: 900007" in shown.stdout, NAME in shown.stdout) == (True, False)
        assert before["fengqiao_lane_held"] == figures(system, "notify")["fengqiao_lane_held"]
        assert "accepted" not in window.notices(number)

        last = until(lambda: differs(number)[1] is None and lane(engine, number), "equal")
        with engine.begin() as connection:
            connection.execute(text("UPDATE lane SET applied = 1 WHERE subject = :s"), {"s": number})
        assert (3, {"subject": number, "applied": 1, "said": last}) == differs(number)
        asked = stack.command(system, "notify", *reconcile, "--ask", given=token)
        assert 3 == asked.returncode, asked.stderr
        until(lambda: lane(engine, number) == last, "sent again")
        assert differs(number)[1] is None
        with engine.begin() as connection:
            connection.execute(text("UPDATE lane SET applied = :n WHERE subject = :s"), {"s": number, "n": last + 2})
        assert (3, {"subject": number, "applied": last + 2, "said": last}) == differs(number)
        with engine.begin() as connection:
            connection.execute(text("UPDATE lane SET applied = :n WHERE subject = :s"), {"s": number, "n": last})

    refused = stack.command(system, "notify", *reconcile, given=stack.token(system, "window"))
    assert (1, True) == (refused.returncode, "403" in refused.stderr)


def test_older_consumers_still_read_the_heads(system: Stack) -> None:
    """Pairs, as they always were; the digests are told beside them."""
    headers = {"Authorization": f"Bearer {stack.token(system, 'operations')}"}
    number = Window(system).number()
    asked = requests.get(
        f"{system.url('intake')}/operations/heads", params={"after": number[:-1]}, headers=headers, timeout=10
    )
    said = asked.json()
    assert number in dict(said["heads"])
    assert {2} == {len(each) for each in said["heads"]}
    assert [64] * len(said["heads"]) == [len(each) for each in said["digests"]]


@pytest.mark.timeout(300)
def test_an_event_cut_from_the_trail_is_missed_by_everybody(system: Stack, tmp_path: Path) -> None:
    """Cut by who owns the database, and the service has spoken since: verify, every consumer and reconcile say so, by
    number and version; once a person has looked, all go on from what the source says."""
    window, heads, token = Window(system), str(tmp_path / "heads"), stack.token(system, "operations")
    number = window.number()
    assert window.act(number, "accept", department="D05").status_code == 200
    consumers = [name for name in SERVICES if "intake" in ROUTES[name].events_of]
    engines = {name: create_engine(system.owned(name)) for name in ("intake", *consumers)}
    last = 4  # registered, accepted, and each time where it sits
    for name in consumers:
        until(lambda name=name: lane(engines[name], number) == last, "accepted")  # type: ignore[misc]
    whole = stack.command(system, "intake", "trail", "verify", "--heads", heads)
    assert (0, True) == (whole.returncode, "事件链完整" in whole.stdout), whole.stdout + whole.stderr
    with engines["intake"].begin() as connection:
        connection.execute(text("ALTER TABLE events DISABLE TRIGGER USER"))
        connection.execute(text("DELETE FROM events WHERE subject = :s AND version = :v"), {"s": number, "v": last})
        connection.execute(text("ALTER TABLE events ENABLE TRIGGER USER"))
    cut = stack.command(system, "intake", "trail", "verify", "--known", heads)
    assert (3, True) == (cut.returncode, f"{number}  第 {last} 版  上次核验时有这一版，现已没有" in cut.stdout), (
        cut.stdout
    )
    assert window.refer(number, "A06").status_code == 200
    rows = {name: parked(engines[name], number) for name in consumers}
    assert [last] * len(consumers) == [lane(engines[name], number) for name in consumers]
    answer = stack.command(system, "notify", "reconcile", "--token-file", "-", "--patience", "0.5", given=token)
    assert 3 == answer.returncode, answer.stderr
    assert f"{number}  本服务第 {last} 版  来源第 {last} 版  来源的这一版不是本服务处理过的那一件事" in answer.stdout
    again = stack.command(system, "notify", "parked", "replay", str(rows["notify"]))
    assert (1, True) == (again.returncode, "不能重放" in again.stdout), again.stdout + again.stderr
    regrown = stack.command(system, "intake", "trail", "verify", "--known", heads)
    assert (3, True) == (regrown.returncode, f"{number}  第 {last} 版  已不是上次核验时的那一件" in regrown.stdout)
    why = ("--officer", "900007", "--reason", "已核对")
    for name in consumers:
        gone = stack.command(system, name, "parked", "discard", str(rows[name]), *why)
        assert 0 == gone.returncode, gone.stderr
    equal = stack.command(system, "notify", "reconcile", "--json", "--token-file", "-", given=token)
    assert number not in equal.stdout
    assert {None} == {held(engines[name], number) for name in consumers}
    for engine in engines.values():
        engine.dispose()


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_reads_its_trail_again(system: Stack, service: str) -> None:
    """Whole after all that the suite did to it; heads that are not its own are missed; what is no file of heads is said
    to be none."""
    whole = stack.command(system, service, "trail", "verify")
    assert (0, True) == (whole.returncode, "事件链完整" in whole.stdout), whole.stdout + whole.stderr
    apart = stack.command(system, service, "trail", "verify", "--heads", "-")
    assert ("事件链完整" in apart.stderr, "事件链完整" in apart.stdout) == (True, False)
    same = stack.command(system, service, "trail", "verify", "--known", "-", given=apart.stdout)
    assert 0 == same.returncode, same.stdout + same.stderr
    more = stack.command(system, service, "trail", "verify", "--known", "-", given=f"{apart.stdout}鿿\t1\t00\n")
    assert (3, True) == (more.returncode, "鿿  第 1 版  上次核验时有这一版，现已没有" in more.stdout), more.stdout
    for known in ("-", "nowhere"):
        wrong = stack.command(system, service, "trail", "verify", "--known", known, given="nonsense")
        assert (1, False) == (wrong.returncode, "Traceback" in wrong.stderr), wrong.stderr


CLOCKS = {f"fengqiao_clocks_{each}" for each in ("halted", "jump_seconds", "tick_age_seconds")}
OWN = {
    "intake": {
        *("fengqiao_commands_overdue", "fengqiao_classifier_broken", "fengqiao_online_overdue"),
        *("fengqiao_online_undecided", *CLOCKS),
    },
    "referral": CLOCKS,
    "notify": {
        *("fengqiao_notice_age_seconds", "fengqiao_notices", "fengqiao_notices_ended", "fengqiao_notices_limited"),
        "fengqiao_provider_answers",
    },
}


@pytest.mark.parametrize("service", SERVICES)
def test_the_metrics_page_is_open_and_names_nobody(system: Stack, service: str) -> None:
    """Every figure the alarms ask for, in every service; labels hold kinds, states and buckets only."""
    number = Window(system).number()
    page = requests.get(f"{system.url(service)}/metrics", timeout=5)
    assert (200, True) == (page.status_code, page.headers["Content-Type"].startswith("text/plain"))
    families = {family.name: family for family in text_string_to_metric_families(page.text)}
    assert {
        *("fengqiao_outbox_rows", "fengqiao_outbox_age_seconds", "fengqiao_lane_held", "fengqiao_lane_age_seconds"),
        *("fengqiao_inbox_rows", "fengqiao_applied", "fengqiao_repeats", "fengqiao_retries", "fengqiao_parked"),
        *("fengqiao_confirm_seconds", "fengqiao_sweep_seconds_since", "fengqiao_placements_shut", "fengqiao_refused"),
        *OWN.get(service, ()),
        *("fengqiao_untold", "fengqiao_over_quota"),
    } == set(families)
    labels = {value for family in families.values() for sample in family.samples for value in sample.labels.values()}
    words = {"event", "letter", "agency", "unreadable", "dead", "chain", "waiting", "retry", "parked"}
    words |= {"no_token", "nobody", "slow", "crowded", "malformed", "too-long", "taken", "kept"}
    words |= {"ambiguous", "not_sent", "silent", *NoticeState} if service == "notify" else set()
    assert set() == {value for value in labels - words if not value.replace(".", "").replace("+Inf", "0").isdigit()}
    # without the figures: an officer's number may stand in one by chance
    shown = "\n".join(line.rpartition(" ")[0] for line in page.text.splitlines())
    for word in ("石大川", "19900001208", number, "A06", "900001"):
        assert word not in shown
    assert families["fengqiao_sweep_seconds_since"].samples[0].value < 10


def test_what_one_sender_left_is_discarded_at_once(system: Stack) -> None:
    """Counted first and nothing done before somebody agrees; then each is on the trail in the officer's name."""
    agency = Agency(system, "A07")
    for n in range(30):
        agency.send(b"{%d" % n, "aid.lead_signed.v1")
    why = ("--sender", "A07", "--type", "aid.lead_signed.v1", "--officer", "900007", "--reason", "程序故障")
    with database(system, "aid") as engine, engine.connect() as connection:
        count = text("SELECT count(*) FROM inbox WHERE source = 'A07' AND state = 'parked' AND body IS NOT NULL")
        until(lambda: connection.scalar(count) == 30, "all are kept")
        refused = stack.command(system, "aid", "parked", "discard", *why, given="n\n")
        assert (1, True) == (refused.returncode, "30 条" in refused.stdout), refused.stdout + refused.stderr
        none = stack.command(system, "aid", "parked", "discard", *why, "--before", "2026-01-01", "--yes")
        assert (0, True) == (none.returncode, "作废 0 条" in none.stdout), none.stdout + none.stderr
        assert 30 == connection.scalar(count)
        done = stack.command(system, "aid", "parked", "discard", *why, given="y\n")
        assert (0, True) == (done.returncode, "作废 30 条" in done.stdout), done.stdout + done.stderr
        assert 0 == connection.scalar(count)
        said = text(
            "SELECT count(*) FROM discarded JOIN events ON events.subject = 'operations/' || discarded.id"
            " WHERE source = 'A07' AND officer = '900007' AND events.type = 'message.discarded.v1'"
        )
        assert 30 == connection.scalar(said)
    for wrong in (("7", "--sender", "A07"), ("--type", "x"), ()):
        answer = stack.command(system, "aid", "parked", "discard", *wrong, "--officer", "900007", "--reason", "x")
        assert 2 == answer.returncode, answer.stderr
