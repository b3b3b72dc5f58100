"""The whole system on this machine: what runs, in which order, with which environment and which secrets."""

import contextlib
import hashlib
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import requests
import yaml
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from tools.dev import broker, database, machine, processes, supervisor
from tools.dev.machine import MachineError, say

ROOT = Path(__file__).resolve().parents[2]
COUNTY = ROOT / "examples" / "county"
SERVICES = ("intake", "referral", "aid", "notify")
CHANNELS = ("phone", "sms")
DATABASES = {"office": "desk", "signer": "signer"}  # each process of the desk → its own
JURISDICTION, OUR_AGENCY = "619926", "A00"


@dataclass(frozen=True)
class Stack:
    """Where everything is. `folder` holds data, logs and secrets and is nobody else's."""

    folder: Path
    ports: dict[str, int]
    passwords: dict[str, str]
    amqp_admin: str
    management: str
    database_admin: str
    settings: dict[str, str] = field(default_factory=dict)  # instead of the usual ones

    def amqp(self, user: str) -> str:
        parts = urlsplit(self.amqp_admin)
        place = f"{parts.netloc.rpartition('@')[2]}{parts.path or '/%2F'}"
        return f"amqp://{quote(user)}:{quote(self.passwords[user])}@{place}"

    def database(self, name: str, role: str | None = None) -> str:
        """As the role of its name, or as another that may."""
        return self._database(role or name, name)

    def owned(self, service: str) -> str:
        """The service's database as its owner: for `migrate`, and who makes or alters a table."""
        return self._database(f"{service}_owner", service)

    def _database(self, role: str, name: str) -> str:
        parts = urlsplit(self.database_admin)
        place = f"{parts.hostname}:{parts.port or 5432}/{name}"
        return f"postgresql+psycopg2://{role}:{self.passwords[role]}@{place}"

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.ports[service]}"

    @property
    def pages(self) -> str:
        """The officers' pages as browsers have them: a security key is for a name, never for a number."""
        return f"http://localhost:{self.ports['desk']}"


def up(folder: Path, progress: Callable[[str], None] = say, settings: dict[str, str] | None = None) -> Stack:
    """Starts what does not run yet and returns when all of it answers. Raises MachineError with a sentence."""
    stack = prepare(folder, progress, settings)
    for service in SERVICES:
        serve(stack, service)
    for door in (*DATABASES, "public"):
        open_door(stack, door)
    _step(progress, "各服务", lambda: wait(stack))
    _step(progress, "办公页面", lambda: wait_for_desk(stack))
    if _reads_shared(stack):
        # as operations.md says: once all copies run the newer code
        _step(progress, "各单位各自的队列", lambda: provision(stack, COUNTY / "agencies.yaml"))
    return stack


def _reads_shared(stack: Stack) -> bool:
    """Whether queues are left that partners shared before each had its own."""
    queues = requests.get(f"{stack.management}/api/queues/{quote(_vhost(stack), safe='')}", timeout=10).json()
    return bool({each["name"] for each in queues} & {"referral.agencies", "notify.results"})


def prepare(folder: Path, progress: Callable[[str], None] = say, settings: dict[str, str] | None = None) -> Stack:
    """All that the services need: servers, databases, queues, the SMS provider."""
    stack = _plan(folder, supervisor.ensure(folder), settings or {})
    _start_broker(stack)  # it comes up while the databases are made
    _step(progress, "数据库", lambda: _database(stack))
    _step(progress, "数据库结构", lambda: _databases(stack))
    _step(progress, "本院部门和人员", lambda: context(stack))
    _step(progress, "消息服务器", lambda: _broker(stack))
    _step(progress, "单位名录、消息队列和权限", lambda: provision(stack, COUNTY / "agencies.yaml"))
    _provider(stack)
    return stack


def servers(folder: Path) -> Stack:
    """A broker and a database server of their own for a measurement, and no service."""
    stack = _plan(folder, supervisor.ensure(folder), {})
    _start_broker(stack)
    _database(stack)
    _broker(stack)
    return stack


def down(folder: Path) -> None:
    """Ends everything that was started here; data stays."""
    supervisor.stop(folder)


def serve(
    stack: Stack,
    service: str,
    settings: Mapping[str, str] = MappingProxyType({}),
    launcher: Sequence[str] = (),
    copy: int = 1,
) -> str:
    """Wants a service to run, with other settings or by another module than the usual one from its next start on.

    A second, third … copy gets a port of its own. Returns the name, for `leave`.
    """
    name = service if copy == 1 else f"{service}-{copy}"
    own = {} if copy == 1 else {"HTTP_ADDRESS": f"127.0.0.1:{port(stack, name)}"}
    command = [sys.executable, "-m", *launcher, service, "serve"]
    _want(stack, name, command, {**_environment(stack, service), **own, **settings})
    return name


def open_door(stack: Stack, door: str) -> None:
    """Wants one of the desk's processes to run."""
    _want(stack, f"desk-{door}", [sys.executable, "-m", "desk", "serve", door], _environment_of_door(stack, door))


def open_agency(stack: Stack, code: str) -> str:
    """Wants the door of an agency without a system to run, on a database of its own. Its address, once it answers."""
    name = f"agency-{code}"
    _want(stack, name, [sys.executable, "-m", "desk", "serve", "agency"], agency_door(stack, code))
    url = agency_url(stack, code)
    until(lambda: _is_ready(url), 60, f"{name} 没有就绪", stack.folder / "log" / f"{name}.log")
    return url


def agency_url(stack: Stack, code: str) -> str:
    """Where an agency's door answers, once it does."""
    return f"http://127.0.0.1:{port(stack, f'agency-{code}')}"


def agency_door(stack: Stack, code: str) -> dict[str, str]:
    """The environment of an agency's door; its database and key are made where they are missing."""
    name, key = agency_database(code), stack.folder / "agency" / f"{code}.key.json"
    made = {role: lambda: secrets.token_urlsafe(18) for role in (name, f"{name}_owner")}
    stack.passwords.update(kept(stack.folder / "passwords.json", made))
    database.create_for(stack.database_admin, name, stack.passwords[name], stack.passwords[f"{name}_owner"])
    _one_shot(["vault", "safe", "--out", str(key)], {})
    _one_shot(["desk", "migrate", "agency"], {"DATABASE_URL": stack.owned(name)})
    return {
        "AGENCY_CODE": code,
        "AGENCY_NAME": next(each["name"] for each in _directory() if each["code"] == code),
        "AGENCY_KEY_FILE": str(key),
        "AMQP_URL": stack.amqp(code),
        "DATABASE_URL": stack.database(name),
        "DIRECTORY_FILE": str(COUNTY / "agencies.yaml"),
        "FILES_URL": stack.url("intake"),
        "HTTP_ADDRESS": f"127.0.0.1:{port(stack, f'agency-{code}')}",
        "OFFICE_NAME": "枫禾县人民检察院",
        "OUR_AGENCY": OUR_AGENCY,
    }


def agency_database(code: str) -> str:
    """The name of the database of an agency's door."""
    return f"agency_{code.lower().replace('-', '_')}"


def agency_account(stack: Stack, code: str) -> tuple[str, str]:
    """The agency's administrator on this stack: login and password, which need not be changed.

    For demonstrations and tests; one that is there already stays.
    """
    from contracts.problems import Problem
    from desk import passwords
    from desk.agency import accounts

    login, name = "admin", agency_database(code)
    made = {name: lambda: secrets.token_urlsafe(15)}
    password: str = kept(stack.folder / "agency" / "accounts.json", made)[name]
    with contextlib.suppress(Problem), Session(create_engine(stack.database(name))) as session:
        accounts.create(session, login, "管理员", True, "command")
        account = session.get_one(accounts.Account, login)
        account.password, account.change = passwords.hashed(password), False
        session.commit()
    return login, password


def account(stack: Stack, officer: str) -> tuple[str, str, str]:
    """An account on this stack: its login, which is the number, its password, and what its codes are reckoned from.

    For demonstrations and tests: the password need not be changed; no code is asked for where the last is empty.
    """
    from contracts import office_file
    from contracts.problems import Problem
    from desk import codes
    from desk.signer import accounts
    from vault import Safe

    office = office_file.read(COUNTY / "office.yaml")
    roles = next(each["roles"] for each in office.officers if each["number"] == officer)
    proves = not set(roles).isdisjoint(office.second_factor)
    password = kept(stack.folder / "accounts.json", {officer: lambda: secrets.token_urlsafe(15)})[officer]
    key = hashlib.sha256(f"{password} code".encode()).digest()[:20]
    # one that is there already stays
    with contextlib.suppress(Problem), Session(create_engine(stack.database("signer"))) as session:
        accounts.create(session, officer, officer, by="command", password=password)
        session.flush()
        if proves:
            safe = Safe.from_file(stack.folder / "keys" / "accounts.key.json")
            accounts.second_factor.set(safe, accounts.find(session, officer), key)
        session.commit()
    return officer, password, codes.shown(key) if proves else ""


def port(stack: Stack, name: str) -> int:
    """Of this name alone, and always the same: one that is only free now may be what a service will listen on."""
    chosen: int = kept(stack.folder / "ports.json", {name: processes.free_port})[name]
    return chosen


def play(stack: Stack, code: str, language: str = "python", manner: Sequence[str] = ()) -> None:
    """Lets an example system stand for an agency: it takes what is on that agency's queue."""
    program, environment = agency_program(stack, code, language)
    _want(stack, f"agency-{code}", [*program, *manner], environment)


def agency_program(stack: Stack, code: str, language: str = "python") -> tuple[list[str], dict[str, str]]:
    """The example system's command, and its environment: account and store are the agency's own."""
    (stack.folder / "agency").mkdir(exist_ok=True)
    if language == "page":
        # our own door, with a clerk who presses its buttons
        clerk = [sys.executable, "-u", "-m", "tests.journeys.clerk"]
        return clerk, agency_door(stack, code)
    here = ROOT / "examples" / "agency" / language
    if language == "javascript":
        program, store = [str(machine.node(here)), str(here / "agency.mjs")], f"{code}.jsonl"
    else:
        program, store = [sys.executable, "-u", str(here / "agency.py")], f"{code}.sqlite"
    return program, {
        "AGENCY_CODE": code,
        "AGENCY_AMQP_URL": stack.amqp(code),
        "AGENCY_STORE": str(stack.folder / "agency" / store),
        "AGENCY_FILES_URL": stack.url("intake"),
    }


def staff(stack: Stack, channel: str) -> None:
    """Lets the example desk stand for an operator of calls or SMS."""
    program = [sys.executable, "-u", str(ROOT / "examples" / "call_desk" / "desk.py")]
    _want(stack, f"desk-{channel}", program, {"CHANNEL": channel, "CHANNEL_AMQP_URL": stack.amqp(channel)})


def provision(stack: Stack, directory: Path, *options: str) -> str:
    """Loads a directory and carries its changes out at the broker; what the two commands said."""
    environment = _environment(stack, "referral") | {
        "BROKER_MANAGEMENT_URL": stack.management,
        "BROKER_VHOST": _vhost(stack),
        "BROKER_PASSWORDS_FILE": str(stack.folder / "passwords.json"),
    }
    loaded = _one_shot(["referral", "directory", "load", str(directory)], environment)
    return loaded + _one_shot(["referral", "provision", *options], environment)


def context(stack: Stack) -> None:
    """Fills in what the county's file has of our own office."""
    _one_shot(["intake", "office", "load", str(COUNTY / "office.yaml")], _environment(stack, "intake"))


def leave(stack: Stack, name: str) -> None:
    """Ends what `play` or `staff` began: `agency-A09`, `desk-phone`."""
    supervisor.unwant(stack.folder, name)


def token(stack: Stack, role: str = "all", officer: str = "900001", **place: str | None) -> str:
    """`place`: department or service_point, where the officer sits. The same as `python -m intake token issue`."""
    # in this process: a command takes most of a second, and every test asks for some
    from web.tokens import Officer, issue

    settings = _environment(stack, "intake")
    who = Officer(settings["OUR_AGENCY"], officer, frozenset([role]), **place)
    return issue(Path(settings["OFFICER_KEY_FILE"]), settings["JURISDICTION"], who, 12)


def command(
    stack: Stack, service: str, *arguments: str, given: str = "", settings: Mapping[str, str] = MappingProxyType({})
) -> subprocess.CompletedProcess[str]:
    """One of a service's own commands, as an operator would run it; `given` on its standard input."""
    environment = {**_base(), **_environment(stack, service), **settings}
    program = [sys.executable, "-m", service, *arguments]
    return subprocess.run(program, env=environment, cwd=ROOT, capture_output=True, text=True, input=given)


def describe(stack: Stack) -> dict[str, Any]:
    """What `up --json` writes."""
    described = {
        "services": {name: stack.url(name) for name in (*SERVICES, "desk", "public", "sms_provider")},
        "agencies": {code: stack.amqp(code) for code in reachable()},
        "channels": {channel: stack.amqp(channel) for channel in CHANNELS},
        "amqp": stack.amqp_admin,
        "broker_management": stack.management,
        "database": stack.database_admin,
        "token": token(stack),
        "log": str(stack.folder / "log"),
    }
    # in containers the database is nobody's but the services'
    return {name: value for name, value in described.items() if value}


def write_json(path: Path, content: Any) -> None:
    """Readable by the owner alone: it may hold passwords."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=2)
    path.chmod(0o600)


def _plan(folder: Path, fresh: bool, settings: dict[str, str]) -> Stack:
    names = (*broker.PORTS, "postgres", *SERVICES, "sms_provider", "desk", "public")
    ports = kept(folder / "ports.json", dict.fromkeys(names, processes.free_port))
    if fresh and not all(map(processes.is_free, ports.values())):
        # somebody else took one while nothing of ours ran
        (folder / "ports.json").unlink()
        ports = kept(folder / "ports.json", dict.fromkeys(names, processes.free_port))
    databases = [role for each in (*SERVICES, *DATABASES.values()) for role in (each, f"{each}_owner")]
    secret_names = ["admin", "postgres", "sms_provider", *databases, *CHANNELS, *reachable()]
    passwords = kept(folder / "passwords.json", dict.fromkeys(secret_names, lambda: secrets.token_urlsafe(18)))
    admin, postgres = passwords["admin"], passwords["postgres"]
    return Stack(
        settings=settings,
        folder=folder,
        ports=ports,
        passwords=passwords,
        amqp_admin=os.environ.get("FENGQIAO_AMQP_ADMIN_URL", f"amqp://admin:{admin}@127.0.0.1:{ports['amqp']}/%2F"),
        management=os.environ.get(
            "FENGQIAO_BROKER_MANAGEMENT_URL", f"http://admin:{admin}@127.0.0.1:{ports['management']}"
        ),
        database_admin=os.environ.get(
            "FENGQIAO_DATABASE_ADMIN_URL", f"postgresql://postgres:{postgres}@127.0.0.1:{ports['postgres']}/postgres"
        ),
    )


def kept(file: Path, made: dict[str, Callable[[], Any]]) -> dict[str, Any]:
    """A file of values that are chosen once; what is missing is added."""
    values: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    missing = [name for name in made if name not in values]
    if missing:
        taken = set(values.values())
        for name in missing:
            value = made[name]()
            while value in taken:
                value = made[name]()
            values[name] = value
            taken.add(value)
        write_json(file, values)
    return values


def _database(stack: Stack) -> None:
    if "FENGQIAO_DATABASE_ADMIN_URL" not in os.environ:
        database.start(stack.folder, stack.ports["postgres"], stack.passwords["postgres"])
    until(lambda: database.is_up(stack.database_admin), 60, "数据库没有启动", stack.folder / "log" / "postgres.log")


def _start_broker(stack: Stack) -> None:
    if "FENGQIAO_AMQP_ADMIN_URL" not in os.environ:
        broker.start(stack.folder, stack.ports, stack.passwords["admin"])


def _broker(stack: Stack) -> None:
    if "FENGQIAO_AMQP_ADMIN_URL" not in os.environ:
        ready = lambda: broker.is_up(stack.ports, stack.passwords["admin"])  # noqa: E731
        until(ready, 90, "消息服务器没有启动", stack.folder / "log" / "rabbitmq.log")


def _databases(stack: Stack) -> None:
    for name in (*SERVICES, *DATABASES.values()):
        database.create_for(stack.database_admin, name, stack.passwords[name], stack.passwords[f"{name}_owner"])
    (stack.folder / "sms.secret").write_text(stack.passwords["sms_provider"])
    (stack.folder / "sms.secret").chmod(0o600)
    generate = ["vault", "generate", "--out", str(stack.folder / "keys"), "--services", ",".join(SERVICES)]
    _one_shot(generate, {})
    for key in (_sealed_key(stack), *(stack.folder / "keys" / f"{each}.key.json" for each in ("desk", "accounts"))):
        _one_shot(["vault", "safe", "--out", str(key)], {})
    with ThreadPoolExecutor() as pool:
        # who may alter a table is known to `migrate` and to nobody that serves
        migrations = [([name, "migrate"], name) for name in SERVICES]
        migrations += [(["desk", "migrate", door], name) for door, name in DATABASES.items()]
        list(pool.map(lambda each: _one_shot(each[0], {"DATABASE_URL": stack.owned(each[1])}), migrations))


def _provider(stack: Stack) -> None:
    provider = [sys.executable, str(ROOT / "examples" / "sms_provider" / "provider.py")]
    provider += ["--port", str(stack.ports["sms_provider"]), "--data", str(stack.folder / "sms_provider")]
    provider += ["--secret-file", str(stack.folder / "sms.secret")]
    provider += ["--callback", f"{stack.url('notify')}/provider/receipts"]
    (stack.folder / "sms_provider").mkdir(exist_ok=True)
    _want(stack, "sms_provider", provider, {})


def wait_for_desk(stack: Stack) -> None:
    """Until officers and petitioners would be answered; faults and measurements run without the desk."""
    for door, name in (("office", "desk"), ("public", "public")):
        log = stack.folder / "log" / f"desk-{door}.log"
        until(lambda name=name: _is_ready(stack.url(name)), 60, f"{name} 没有就绪", log)  # type: ignore[misc]


def wait(stack: Stack) -> None:
    """Until every service is ready and knows the directory."""
    for service in SERVICES:
        log = stack.folder / "log" / f"{service}.log"
        until(lambda service=service: _is_ready(stack.url(service)), 60, f"{service} 没有就绪", log)  # type: ignore[misc]
    headers, wanted = {"Authorization": f"Bearer {token(stack)}"}, len(_directory())

    def told() -> bool:
        # referral tells the directory by letter: who registers before it came would be told that no agency exists
        pages = (requests.get(f"{stack.url(each)}/agencies", headers=headers, timeout=5) for each in ("intake", "aid"))
        return all(len(page.json().get("agencies", ())) >= wanted for page in pages)

    until(told, 30, "单位名录没有传到各服务", stack.folder / "log" / "referral.log")
    until(
        lambda: processes.answers(stack.ports["sms_provider"]),
        20,
        "短信平台没有启动",
        stack.folder / "log" / "sms_provider.log",
    )


def _is_ready(url: str) -> bool:
    return bool(requests.get(f"{url}/health/ready", timeout=5).json()["status"] in {"ready", "degraded"})


def _environment(stack: Stack, service: str) -> dict[str, str]:
    """Exactly what a service is given; secrets by file or environment, never on a command line."""
    keys = stack.folder / "keys"
    environment = {
        "DATABASE_URL": stack.database(service),
        "AMQP_URL": stack.amqp(service),
        "HTTP_ADDRESS": f"127.0.0.1:{stack.ports[service]}",
        "KEYS_FILE": str(keys / f"{service}.keys.json"),
        "OFFICER_PUBLIC_KEY_FILE": str(keys / "officer.pub"),
        "SIGNER_PUBLIC_KEY_FILE": str(keys / "signer.pub"),
        "PLACEMENT_KEY_FILE": str(keys / "placement.key"),
        "JURISDICTION": JURISDICTION,
        "OUR_AGENCY": OUR_AGENCY,
        "OFFICE_FILE": str(COUNTY / "office.yaml"),
        "SOURCE_URLS": " ".join(f"{source}={stack.url(source)}" for source in SERVICES),
    }
    if service == "intake":
        environment |= {
            "OFFICER_KEY_FILE": str(keys / "officer.key"),
            "SEALED_KEY_FILE": str(_sealed_key(stack)),
            "DIVISIONS_FILE": str(COUNTY / "divisions.yaml"),
            "SERVICE_POINTS_FILE": str(COUNTY / "service_points.yaml"),
            "LOOKUP_PROXIES": "1",  # the petitioners' door
            "TASKS_FILE": str(COUNTY / "tasks.yaml"),
        }
    if service == "aid":
        environment["AID_CAPS_FILE"] = str(COUNTY / "aid.yaml")
    if service == "notify":
        environment |= {
            "SMS_URL": stack.url("sms_provider"),
            "SMS_ACCOUNT": "fenghe",
            "SMS_SECRET_FILE": str(stack.folder / "sms.secret"),
            "SMS_TIMEOUT": "2",
            "SMS_SETTLE_AFTER": "5",
            "SMS_QUIET_HOURS": "off",  # a demonstration at night must still show its messages
            "SMS_A_DAY": "100000",  # everybody of the county's twelve matters has the same phone
        }
    return environment | stack.settings


def _environment_of_door(stack: Stack, door: str) -> dict[str, str]:
    """As `_environment`, of a process of the desk: no broker, no key of a service."""
    keys, office = stack.folder / "keys", "枫禾县人民检察院"
    if door == "public":
        return {
            "HTTP_ADDRESS": f"127.0.0.1:{stack.ports['public']}",
            "SERVICE_URLS": f"intake={stack.url('intake')}",
            "OFFICE_NAME": office,
            "ONLINE_ENTRIES": "on",
        }
    environment = {
        "DATABASE_URL": stack.database(DATABASES[door]),
        "SIGNER_SOCKET": str(stack.folder / "signer.socket"),
        "SERVICE_URLS": " ".join(f"{service}={stack.url(service)}" for service in SERVICES),
    }
    if door == "signer":
        return environment | {
            "ACCOUNTS_KEY_FILE": str(keys / "accounts.key.json"),
            "SIGNING_KEY_FILE": str(keys / "signer.key"),
            "JURISDICTION": JURISDICTION,
            "OUR_AGENCY": OUR_AGENCY,
            "DESK_URL": stack.pages,
        }
    return environment | {
        "DESK_KEY_FILE": str(keys / "desk.key.json"),
        "HTTP_ADDRESS": f"127.0.0.1:{stack.ports['desk']}",
        "OFFICE_NAME": office,
    }


def _sealed_key(stack: Stack) -> Path:
    # apart from the other keys, as in a deployment
    return stack.folder / "sealed" / "sealed.key.json"


def _base() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TZ") if name in os.environ}
    return kept | {"LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"}


def _want(stack: Stack, name: str, command: list[str], environment: dict[str, str]) -> None:
    supervisor.want(stack.folder, name, command, _base() | environment)


def _one_shot(command: list[str], environment: dict[str, str]) -> str:
    result = subprocess.run(
        [sys.executable, "-m", *command], env=_base() | environment, cwd=ROOT, capture_output=True, text=True
    )
    if result.returncode:
        tail = "\n".join((result.stdout + result.stderr).strip().splitlines()[-12:])
        raise MachineError(f"“{' '.join(command[:2])}”失败：\n{tail}")
    return result.stdout


def until(ready: Callable[[], bool], seconds: float, sentence: str, log: Path) -> None:
    deadline = time.monotonic() + seconds

    def is_ready() -> bool:
        try:
            return ready()
        except (requests.RequestException, ValueError, KeyError):
            return False  # it may be killed while we look; the supervisor brings it back

    while not is_ready():
        if time.monotonic() > deadline:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-12:]) if log.exists() else ""
            raise MachineError(f"{sentence}（{seconds:.0f} 秒），日志 {log}：\n{tail}")
        time.sleep(0.1)


def _step(progress: Callable[[str], None], what: str, work: Callable[[], None]) -> None:
    begun = time.monotonic()
    work()
    progress(f"  {what} 已就绪（{time.monotonic() - begun:.1f} 秒）")


def _directory() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = yaml.safe_load((COUNTY / "agencies.yaml").read_text(encoding="utf-8"))["agencies"]
    return entries


def reachable() -> list[str]:
    """Agencies with a queue: a system of their own, or our page until they have one."""
    return [
        entry["code"]
        for entry in _directory()
        if entry["transport"] in ("queue", "web") and entry["code"] != OUR_AGENCY
    ]


def _vhost(stack: Stack) -> str:
    return unquote(urlsplit(stack.amqp_admin).path[1:]) or "/"
