"""An installation of before, with matters in every state, upgraded as docs/operations.md says: nothing lost, nothing
open that must be shut."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from county import CLAIM, Agency, Window, becomes, done, until

from contracts.routes import ROUTES
from contracts.vocabulary import PetitionState, ReferralState
from courier import waits
from courier.partners.topology import Broker
from referral.use_cases import provision
from tests.faults.state import lengths
from tests.journeys.test_channels import Operator
from tests.journeys.test_files import fetch
from tests.journeys.test_held import NEUTRAL, quiet
from tests.journeys.test_secrecy import opened
from tests.upgrade import before as older
from tests.upgrade.before import ABOUT, NAME, PDF, PHONE, UNKNOWN, Before, rows
from tests.upgrade.test_owner import _has_the_right_owners
from tests.upgrade.test_side_by_side import FOLDER
from tools.dev import demo
from tools.dev import stack as stacks
from tools.dev.stack import SERVICES, Stack

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

OTHER = "19900008812"  # called where nobody answers at the first
# what is under way when the older code stops, or is shut until a person did something: looked at apart
APART = {"closing", "signed late", "aid opened", "parked", "walled, unknown", "withdrawn, offered",
         "accepted, given back"}  # fmt: skip
# what the newer code no longer says that the oldest said: of one part of a letter that has a secret part, and of a file
UNSAID = {
    "open part": {"intake/secrecy", "intake/reach", "intake/reach_zh", "intake/petitioner"},
    "referral sent": {"intake/timeline/1/sentence", "intake/timeline/1/data/sha256"},
    "referral recalled": {"intake/timeline/1/sentence", "intake/timeline/1/data/sha256"},
}


@dataclass
class Upgraded:
    before: Before
    system: Stack

    def command(self, service: str, *arguments: str, codes: tuple[int, ...] = (0,)) -> str:
        given = stacks.token(self.system, "operations", "900007")
        ran = stacks.command(self.system, service, *arguments, given=given)
        assert ran.returncode in codes, (service, arguments, ran.stdout, ran.stderr)
        return ran.stdout

    def out_of_sight(self, service: str) -> int:
        """By readiness and by the metric, which say the same unless it changed between the two."""

        def said() -> tuple[int] | None:
            ready = requests.get(f"{self.system.url(service)}/health/ready", timeout=5).json()
            shut: int = ready.get("out_of_sight", 0)
            page = requests.get(f"{self.system.url(service)}/metrics", timeout=5).text
            return (shut,) if f"fengqiao_placements_shut {float(shut)}" in page else None

        (shut,) = until(said, "readiness and metric agree")
        return int(shut)


@pytest.fixture(scope="module")
def upgraded() -> Iterator[Upgraded]:
    """`./dev up` by the newer code over the older one's folder; then what operations.md asks for."""
    stacks.down(FOLDER)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True, mode=0o700)
    try:
        code = older.code(FOLDER)
        before = Before(older.up(FOLDER, code), code)
        older.fill(before)
        older.settle(before)
        older.stop(before)
        upgraded = Upgraded(before, stacks.up(FOLDER, progress=lambda _: None))
        upgraded.command("intake", "placements", "tell")
        for service in ("referral", "aid", "notify"):
            upgraded.command(service, "placements", "rebuild", "--token-file", "-")
        upgraded.command("intake", "sealed", "move")
        upgraded.command("intake", "links", "hold")
        upgraded.command("referral", "directory", "tell")
        upgraded.command("intake", "ended", "tell")
        for service in SERVICES:
            until(lambda service=service: _drained(upgraded.system, service), f"{service} drained", 90)  # type: ignore[misc]
        yield upgraded
    finally:
        stacks.down(FOLDER)


def _drained(system: Stack, service: str) -> bool:
    inside = {name: length for name, length in lengths(system).items() if name.startswith(f"{service}.")}
    inside.pop("notify.phone", None)  # the operator's to take
    waiting = rows(
        system, service, "SELECT count(*) FROM outbox UNION ALL SELECT count(*) FROM inbox WHERE state = 'retry'"
    )
    return not any(inside.values()) and waiting == [(0,), (0,)]


def _lost(then: Any, now: Any, path: str = "") -> Iterator[str]:
    """Where what was said is not said any more. More may be said; a timeline goes on; what is allowed is new."""
    match then, now:
        case dict(), dict():
            for name in then.keys() - {"allowed_actions"}:
                yield from _lost(then[name], now[name], f"{path}/{name}") if name in now else [f"{path}/{name}"[1:]]
        case list(), list():
            now = now[: len(then)] if path.endswith("/timeline") else now
            if len(then) != len(now):
                yield path[1:]
            for index, (one, other) in enumerate(zip(then, now, strict=False)):
                yield from _lost(one, other, f"{path}/{index}")
        case _ if then != now:
            yield path[1:]


def test_every_matter_is_where_it_was(upgraded: Upgraded) -> None:
    """State, timeline, clocks, who held it, referrals, cases, leads, notices: all that was said is said still."""
    before = upgraded.before
    states = {answers["intake"]["state"] for answers in before.seen.values()}
    assert {*PetitionState} - {PetitionState.CLOSING} == states
    referrals = {each["state"] for seen in before.seen.values() for each in seen["referral/referrals"]["referrals"]}
    # none rests while it is drafted
    assert {*ReferralState} - {ReferralState.DRAFTED} == referrals

    def lost(what: str) -> set[str]:
        return {*_lost(before.seen[what], older.look(upgraded.system, before[what]))} - UNSAID.get(what, set())

    for what in before.seen.keys() - APART:
        # where a placement overtook the letter of an officer it names, nobody sees it until the next sweep
        until(lambda what=what: not lost(what), f"{what}, but for {lost(what)}", waits.SWEEP_RARELY + 30)  # type: ignore[misc]


def test_what_was_under_way_arrived(upgraded: Upgraded) -> None:
    """From queues nobody read, an outbox nobody sent, and agencies that spoke to nobody; each once."""
    before, system, window = upgraded.before, upgraded.system, Window(upgraded.system)
    under_way = ("closing", "signed late", "aid opened", "in the queues", "in the outbox")
    seen = {what: older.look(system, before[what]) for what in under_way}
    assert "closed" == seen["closing"]["intake"]["state"]
    assert ["A00", None] == window.holders(before["closing"])
    assert "handling" == seen["signed late"]["intake"]["state"]
    assert ["A00", "A12"] == window.holders(before["signed late"])
    case = seen["aid opened"][before.known["aid opened"]]
    assert ("granted", "500.00", "signed") == (case["state"], case["amount"], case["leads"][0]["state"])
    assert 1 == window.steps(before["aid opened"]).count("aid.granted.v1")
    assert ["sent"] == [each["state"] for each in seen["in the queues"]["referral/referrals"]["referrals"]]
    assert "referral.sent.v1" in window.steps(before["in the queues"])
    assert ["opened"] == [each["state"] for each in seen["in the outbox"]["aid/aid-cases"]["aid_cases"]]
    for what in ("in the queues", "in the outbox", "sent or not"):
        until(lambda what=what: window.notices(before[what]).get("receipt") == "delivered", f"told: {what}")  # type: ignore[misc]
    submitted = window.submitted(older.SUBMISSION["submission"])
    assert ["A04"] == window.holders(submitted)
    operator = Operator(system, "phone")
    task = operator.hear("notice.task.v1", "")["task"]
    operator.report(task, "delivered")
    until(lambda: window.notices(before["to be called"]) == {"receipt": "delivered"}, "called")
    operator.connection.close()
    contact = before.known["undecided"]
    done(becomes(window, contact, "join", petition=before["registered"], joining="chase"))


def test_the_shared_queues_of_before_were_read_to_their_end(upgraded: Upgraded) -> None:
    """What waited in them arrived, as above; they are gone, and each agency's own is read instead."""
    broker = Broker(upgraded.system.management)
    assert set() == {each["name"] for each in broker.queues()} & provision.before(ROUTES).keys()
    for name in ("referral.agency.A12", "intake.agency.A04", "aid.agency.A08", "notify.phone.results"):
        until(lambda name=name: (broker.queue(name) or {}).get("consumers"), f"{name} is read")  # type: ignore[misc]


PLACES = """
SELECT number, department, service_point, kind, line,
    coalesce((SELECT colour FROM risk WHERE petition = number), 'none'), secrecy,
    (SELECT count(*) FROM wall WHERE petition = number AND officer IS NOT NULL),
    array(SELECT DISTINCT department FROM wall WHERE petition = number AND department IS NOT NULL ORDER BY 1)
FROM petition ORDER BY number
"""
TOLD = """
SELECT petition, department, service_point, kind, line, colour, secrecy,
    cardinality(walled_officers) + cardinality(unmatched), walled_departments
FROM placement ORDER BY petition
"""


def test_every_service_knows_where_each_petition_sits(upgraded: Upgraded) -> None:
    """One row a petition, equal to what intake has, also of what was in the outbox; told once more says nothing new."""
    placed = rows(upgraded.system, "intake", PLACES)
    assert {number for number, *_ in placed} >= {*upgraded.before.numbers.values()}
    for service in ("referral", "aid", "notify"):
        until(lambda service=service: rows(upgraded.system, service, TOLD) == placed, f"placements of {service}")  # type: ignore[misc]
    assert f"核对 {len(placed)} 件，重新告知 0 件" in upgraded.command("intake", "placements", "tell")


@pytest.mark.parametrize(
    ("what", "role", "officer", "department"),
    [
        ("walled", "handler", "900103", "D03"),
        ("walled", "all", "900103", None),
        ("walled", "handler", "900104", "D03"),
        ("walled, department", "handler", "900104", "D03"),
        ("walled, unnamed", "handler", "900105", "D05"),
        ("in the outbox", "all", "900103", None),
        ("in the outbox", "handler", "900104", "D03"),
    ],
)
def test_a_wall_of_before_is_a_wall_everywhere(
    upgraded: Upgraded, what: str, role: str, officer: str, department: str | None
) -> None:
    """Refused by every service and in no list, to whom it concerns; the chief, and another department, are let in."""
    number = upgraded.before[what]
    shut = Window(upgraded.system, role, officer, department)
    let_in = [Window(upgraded.system, "chief", "900000")]
    if what != "walled, unnamed":
        let_in.append(Window(upgraded.system, "handler", "900105", "D05"))
    for service, paths in ABOUT.items():
        for path in paths:
            ask = f"/petitions/{number}{path}"
            refused = shut.request("GET", ask, service=service)
            assert (403, "此件不在您的办理范围内") == (refused.status_code, refused.json()["detail"]), (service, path)
    for each in let_in:
        for service in ("intake", "referral"):
            assert each.request("GET", f"/petitions/{number}{ABOUT[service][0]}", service=service).ok, service
    for service, path in (("intake", "/petitions"), ("aid", "/aid-cases"), ("notify", "/notices?state=delivered")):
        assert number not in shut.request("GET", path, service=service).text


def test_a_wall_around_nobody_we_know_shuts_until_the_office_has_him(upgraded: Upgraded) -> None:
    """At intake its own fingerprint stands; elsewhere shut for everybody, and counted; then for him alone."""
    before, system = upgraded.before, upgraded.system
    if "not walled" in before.numbers:
        pytest.skip("the older code knew its officers")
    number, chief = before["walled, unknown"], Window(system, "chief", "900000")
    him = Window(system, "handler", UNKNOWN, "D05")
    assert 403 == him.request("GET", f"/petitions/{number}").status_code
    others = {service: path for service, (path, *_) in ABOUT.items() if service != "intake"}
    # notify may count one more, whose lane is held
    shut = {service: upgraded.out_of_sight(service) for service in others}
    for service, path in others.items():
        assert [(number,)] == rows(system, service, "SELECT petition FROM placement WHERE cardinality(unmatched) > 0")
        for officer in (him, chief, Window(system)):
            assert 403 == officer.request("GET", f"/petitions/{number}{path}", service=service).status_code, service
    officer = {"number": UNKNOWN, "name": "调走某", "department": "D05"}
    done(chief.request("POST", "/officers", json=officer, headers={"Idempotency-Key": "the-unknown"}))
    for service, path in others.items():
        until(lambda service=service: upgraded.out_of_sight(service) == shut[service] - 1, f"{service} has him")  # type: ignore[misc]
        assert 403 == him.request("GET", f"/petitions/{number}{path}", service=service).status_code, service
    assert [] == [*_lost(before.seen["walled, unknown"], older.look(system, number))]


def test_what_was_parked_waits_still_and_every_trail_is_whole(upgraded: Upgraded) -> None:
    """Nothing more is parked; replayed it is applied. Then all services have applied all that was said, and every
    chain is whole over what older and newer code wrote."""
    before, system = upgraded.before, upgraded.system
    assert before.parked == {each: rows(system, each, older.PARKED) for each in SERVICES}
    told = "SELECT count(*) FROM inbox WHERE state = 'parked' AND told_at IS NOT NULL"
    assert before.parked["referral"]
    # a person decides about them: nobody has said whether their senders were told
    assert {(0,)} == {each for service in SERVICES for each in rows(system, service, told)}
    upgraded.command("notify", "parked", "replay", str(before.known["parked"]))
    until(lambda: "accepted" in Window(system).notices(before["parked"]), "told")
    assert [] == [
        *_lost(before.seen["parked"]["referral/custody"], older.look(system, before["parked"])["referral/custody"])
    ]
    equal = ("reconcile", "--token-file", "-")
    for service in SERVICES:
        # aid hears all of intake's events from now on: what was said before it did is asked for
        upgraded.command(service, *equal, "--ask", codes=(0, 3) if service == "aid" else (0,))
        until(lambda service=service: _drained(system, service), f"{service} drained", 90)  # type: ignore[misc]
        upgraded.command(service, *equal)
        upgraded.command(service, "trail", "verify")


@pytest.mark.parametrize("service", SERVICES)
def test_its_database_is_the_owners(upgraded: Upgraded, service: str) -> None:
    _has_the_right_owners(upgraded.system, service, upgraded.system.database_admin)


def test_what_belongs_to_an_accusation_of_before_is_held(upgraded: Upgraded) -> None:
    """At the doors of intake and of aid, with the one sentence; the agency is not offered its lead again."""
    system, claim, window = upgraded.system, upgraded.before["aid linked"], Window(upgraded.system)
    leads = f"/aid-cases/{upgraded.before.known['aid linked']}/leads"
    held = window.refer(claim, "A12")
    assert (409, NEUTRAL) == (held.status_code, held.json()["detail"])
    held = window.request("POST", leads, service="aid", json={"to": "A08"})
    assert (409, NEUTRAL) == (held.status_code, held.json()["detail"])
    assert [(True,)] == rows(system, "referral", "SELECT held FROM guarded WHERE petition = :n", n=claim)
    civil = Agency(system, "A08")
    civil.say("inbox.resync.v1", {}, subject="x")
    resynced = "SELECT count(*) FROM inbox WHERE source = 'A08' AND type = 'inbox.resync.v1' AND state = 'done'"
    until(lambda: rows(system, "aid", resynced) == [(1,)], "resynced")
    quiet(civil, about=upgraded.before.known["lead linked"])
    civil.close()


def test_who_asked_for_secrecy_is_in_the_safe(upgraded: Upgraded) -> None:
    """Also a contact that had joined, and the open part of a letter with a secret one; shown on two officers' word."""
    before, system = upgraded.before, upgraded.system
    secret = ["sealed", "sealed, joined", "open part", "secret part"]
    numbers = [before[what] for what in secret]
    assert [] == rows(system, "intake", "SELECT 1 FROM person WHERE petition = ANY(:n)", n=numbers)
    contact = "SELECT name, phone FROM contact WHERE id = :id"
    assert [(None, None)] == rows(system, "intake", contact, id=before.known["joined"])
    for what in secret:
        for officer in (Window(system, "window", "900100"), Window(system)):
            shown = officer.request("GET", f"/petitions/{before[what]}").text
            assert not [mark for mark in (NAME, PHONE) if mark in shown], what
    handler = Window(system, "handler", "900105", "D05")
    joined = opened(handler, before["sealed, joined"])
    assert [(NAME, PHONE)] == [(each["name"], each["phone"]) for each in joined["others"]]
    assert NAME == opened(handler, before["open part"])["person"]["name"]
    refused = handler.refer(before["open part"], "A12")
    assert (409, NEUTRAL) == (refused.status_code, refused.json()["detail"])
    assert "已移入封存 0 件" in upgraded.command("intake", "sealed", "move")


def test_what_was_withdrawn_before_is_recalled(upgraded: Upgraded) -> None:
    """The older referral had heard of it and done nothing: nobody can accept it any more."""
    window, agency = Window(upgraded.system), Agency(upgraded.system, "A12")
    number, referral = upgraded.before["withdrawn, offered"], upgraded.before.known["withdrawn, offered"]
    until(lambda: window.referral(number)["state"] == "recalled", "recalled")
    agency.hear("referral.recalled.v1", lambda data: data["referral"] == referral)
    agency.reply("signed", referral)
    assert "recalled" == agency.hear("message.rejected.v1")["data"]["state"]
    assert ["A00"] == window.holders(number)
    agency.close()


def test_what_was_accepted_and_given_back_before_is_accepted(upgraded: Upgraded) -> None:
    """The older code threw it back to registered; accepted anew its petitioner would be told a second time."""
    window, number = Window(upgraded.system), upgraded.before["accepted, given back"]
    assert "accepted" == window.look(number)["state"]
    assert 409 == window.act(number, "accept", department="D05").status_code


def test_nothing_goes_to_who_had_died_before(upgraded: Upgraded) -> None:
    """The older notify had passed over it; of the same number's other petition nothing is told either."""
    window, number = Window(upgraded.system), upgraded.before["of the same number"]
    assert [(1,)] == rows(upgraded.system, "notify", "SELECT count(*) FROM ended_number")
    done(window.act(number, "accept", department="D05"))
    until(lambda: window.notices(number).get("accepted") == "impossible", "not told")


def test_intake_knows_how_the_agencies_stand_to_each_other(upgraded: Upgraded) -> None:
    """Also one that had left: the ban's refusal is the answer, and names who may have it."""
    assert [] == rows(upgraded.system, "intake", "SELECT code FROM agency WHERE edges IS NULL")
    barred = Window(upgraded.system).refer(upgraded.before["accusation"], "A08", "regulation_30")
    assert (409, "to") == (barred.status_code, barred.json()["field"])
    assert "A02" in barred.json()["lawful"]


def test_the_keys_of_before_are_counted(upgraded: Upgraded) -> None:
    """Without them no service would start, and none could be retired."""
    used = "SELECT id FROM key_used WHERE purpose = 'wrap' AND proof IS NOT NULL"
    for service in SERVICES:
        closed = rows(upgraded.system, service, "SELECT DISTINCT wrapped_by FROM data_key")
        assert closed
        assert {*closed} <= {*rows(upgraded.system, service, used)}


BARE = """
SELECT (SELECT count(*) FROM idempotency WHERE digest <> '' OR answer IS NOT NULL),
    (SELECT count(*) FROM inbox WHERE digest IS NOT NULL)
"""


def test_what_was_digested_in_clear_is_emptied_and_stays_done(upgraded: Upgraded) -> None:
    """A command of before has no second effect, and says so; or gives its answer, where it is not kept in clear."""
    for service in SERVICES:
        until(lambda service=service: rows(upgraded.system, service, BARE) == [(0, 0)], f"{service}: emptied", 90)  # type: ignore[misc]
    count = "SELECT count(*) FROM petition"
    then = rows(upgraded.system, "intake", count)
    again = Window(upgraded.system).request("POST", "/petitions", json=CLAIM, headers={"Idempotency-Key": older.KEY})
    assert again.status_code == 410 or again.json()["number"] == upgraded.before["by a key"], again.text
    assert then == rows(upgraded.system, "intake", count)


def test_a_files_token_of_before_opens_while_its_referral_lasts(upgraded: Upgraded) -> None:
    """Once; that of a referral that was recalled opens nothing any more."""
    system, known = upgraded.system, upgraded.before.known
    recalled, sent = known["file recalled"], known["file sent"]
    assert 403 == fetch(system, recalled, recalled["token"]).status_code
    assert PDF + b"sent" == fetch(system, sent, sent["token"]).content
    until(lambda: fetch(system, sent, sent["token"]).status_code == 403, "used up")


def test_what_was_registered_before_is_found(upgraded: Upgraded) -> None:
    """By its number at once, by name and words after `index fill`; which may be repeated, and does nothing then."""
    system, number = upgraded.system, upgraded.before["registered"]
    chief = Window(system, "chief", "900002")

    def found(q: str) -> set[str]:
        asked = {"q": q, "state": "registered", "line": CLAIM["line"]}
        return {hit["number"] for hit in done(chief.request("POST", "/find", json=asked))["hits"]}

    assert {number} == found(number)
    every = rows(system, "intake", "SELECT count(*) FROM petition")
    upgraded.command("intake", "index", "fill")
    # the service itself may have taken some
    until(lambda: rows(system, "intake", "SELECT count(*) FROM word_index") == every, "all are indexed")
    assert "已补建 0 件" == upgraded.command("intake", "index", "fill").splitlines()[-1]
    for q in (CLAIM["title"], CLAIM["petitioner"]["name"], CLAIM["petitioner"]["phone"]):
        assert number in found(q), q
    # as a copy wrote it that kept other numbers and found by the first alone
    beside = Window(system).number(petitioner=CLAIM["petitioner"] | {"other_phones": [OTHER]})
    rows(system, "intake", "UPDATE person SET other_phones_index = NULL WHERE petition = :n", n=beside)
    assert set() == found(OTHER)
    upgraded.command("intake", "index", "fill")
    until(lambda: found(OTHER) == {beside}, "found by its second number")
    assert "已补建 0 件" == upgraded.command("intake", "index", "fill").splitlines()[-1]


def test_the_demonstration_goes_on_it(upgraded: Upgraded) -> None:
    assert 0 == demo.run(upgraded.system, False, None)
