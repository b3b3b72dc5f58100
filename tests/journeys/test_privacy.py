"""Nothing of a person in any event, log, health page, error or queue but the addressee's."""

import requests
from county import Agency, Window, logs, until
from sqlalchemy import create_engine, text

from local.stack import SERVICES, Stack

CANARY = {
    "name": "金丝雀",
    "resident_id": "619926199001010018",
    "phone": "19900007777",
    "address": "石桥镇金丝雀巷1号",
    "sms_consent": True,
}
SAID = "金丝雀的陈述：独一无二的一句话"
WORDS = ("金丝雀", "619926199001010018", "19900007777", "独一无二")


def with_check(digits: str) -> str:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11]


def test_a_marked_person_is_found_only_where_they_belong(system: Stack) -> None:
    """The whole path with a marked person; then every database, log and page is searched for the marks."""
    window, agency = Window(system), Agency(system, "A06")
    person = CANARY | {"resident_id": with_check(CANARY["resident_id"][:17])}
    words = (*WORDS[:1], person["resident_id"], *WORDS[2:])
    number = window.number(petitioner=person, statement=SAID, title="金丝雀的事")
    window.register(petitioner=person | {"resident_id": person["resident_id"][:-1] + "9"}, statement=SAID)
    window.refer(number, "A06")
    offer = agency.hear("referral.offered.v1", lambda data: data["petition"] == number)["data"]
    assert offer["material"]["statement"] == SAID
    agency.reply("signed", offer["referral"])
    agency.reply("accepted", offer["referral"])
    agency.reply("answered", offer["referral"], result="supported", text=SAID)
    until(lambda: window.look(number).get("answers"), "answered")
    until(lambda: window.notices(number).get("transferred") == "delivered", "told")
    for service in SERVICES:
        for path in ("/health/live", "/health/ready", "/openapi.json"):
            page = requests.get(system.url(service) + path, timeout=5).text
            assert not [word for word in words if word in page], (service, path)
        _search(system.database(service), words)
    assert not [word for word in words if word in logs(system.folder)]


def _search(url: str, words: tuple[str, ...]) -> None:
    """Every column of every table, as text and as the bytes themselves."""
    engine = create_engine(url)
    with engine.connect() as connection:
        columns = connection.execute(
            text(
                "SELECT table_name, column_name, data_type FROM information_schema.columns"
                " WHERE table_schema = 'public' AND table_name <> 'alembic_version'"
            )
        ).all()
        assert len(columns) > 20
        for table, column, kind in columns:
            for word in words:
                if kind == "bytea":
                    found = f"position(convert_to(:word, 'UTF8') in \"{column}\") > 0"
                else:
                    found = f'position(:word in "{column}"::text) > 0'
                query = f'SELECT count(*) FROM "{table}" WHERE {found}'
                assert connection.scalar(text(query), {"word": word}) == 0, (table, column)
    engine.dispose()


def test_who_asked_for_secrecy_gets_no_sms_and_is_shown_to_nobody(system: Stack) -> None:
    """An SMS's signature betrays who spoke: the notice is impossible and notify holds no number."""
    window = Window(system)
    number = window.number(kind="accusation", line="complaint_appeal", secrecy=True)
    until(lambda: window.notices(number) == {"receipt": "impossible"}, "no SMS")
    assert window.look(number)["petitioner"] is None
    engine = create_engine(system.database("notify"))
    with engine.connect() as connection:
        query = text("SELECT count(*) FROM contact WHERE petition = :number")
        assert connection.scalar(query, {"number": number}) == 0
    engine.dispose()
