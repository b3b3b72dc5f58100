"""What the pages and the deployment's files name exists: commands with their options, roles, files, settings, queues,
types of messages, addresses of the API, names in the code.

Nothing here knows where a module lives: a page that was true before files moved and is not after fails by itself.
"""

import importlib
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatch
from functools import cache
from itertools import chain
from pathlib import Path

import click
import pytest
import yaml

from contracts.registry import CONTRACTS
from contracts.routes import ROUTES
from contracts.vocabulary import Role
from referral.use_cases.provision import plan
from web.route import routes_of

ROOT = Path(__file__).parent.parent.parent
SERVICES = sorted(ROUTES)
NOT_OURS = re.compile(r"(^|/)(\.(?!ci/)[^/]+/|node_modules/|__pycache__/|secrets/|backups/)|\.(pyc|lock|svg|gz)$")

# names of other programs, of vendors' files and of made-up places: what is not ours to keep true
FOREIGN = {
    "ACCESS_REFUSED", "PRECONDITION_FAILED", "NOT_ALLOWED",  # RabbitMQ's reply codes
    "COMPOSE_FILE", "COMPOSE_PROJECT_NAME",  # docker compose reads them itself
    "basic_ack",  # pika
    "client_max_body_size", "proxy_request_buffering",  # nginx
    "max_connections", "pg_dump", "pg_dumpall",  # PostgreSQL
    "http_proxy",
    "khepri_db",  # RabbitMQ
    "petition.visited.v1",  # the example of CONTRIBUTING
    "run.json",  # any name the reader likes
}  # fmt: skip


# what is made here, of what nobody may commit
MADE = ("deploy/secrets", "deploy/backups", ".run", ".env", ".venv")


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _files() -> list[Path]:
    return sorted(path for path in ROOT.rglob("*") if path.is_file() and not NOT_OURS.search(shown(path)))


FILES = _files()
NAMES = [shown(path) for path in FILES]
# what was is told in CHANGELOG.md by the names it had; the messages' page is drawn from the contracts
PAGES = [path for path in FILES if path.suffix == ".md" and path.name not in ("CHANGELOG.md", "messages.md")]
COMPOSE = [path for path in FILES if path.name == "docker-compose.yml" or fnmatch(path.name, "compose.*.yml")]
DEPLOY = sorted(
    {*COMPOSE, *(path for path in FILES if path.is_relative_to(ROOT / "deploy") and path.suffix in ("", ".env", ".py"))}
)


@cache
def code_of(page: Path) -> tuple[str, ...]:
    """What stands as code in a page: a line of a block, or a span; of any other file every line, its comments too."""
    text = page.read_text(encoding="utf-8")
    if page.suffix != ".md":
        return tuple(line.strip().lstrip("# ") for line in text.splitlines())
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    prose = re.sub(r"^```\w*\n.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    lines = re.findall(r"^(?: {4,}|\t)(\S.*)$", prose, re.MULTILINE)
    prose = re.sub(r"^(?: {4,}|\t)\S.*$", "", prose, flags=re.MULTILINE)
    spans = [" ".join(span.split()) for span in re.findall(r"`((?:[^`\n]|\n(?!\n))+)`", prose)]
    return (*chain.from_iterable(block.splitlines() for block in blocks), *lines, *spans)


@cache
def source() -> str:
    """Everything that runs, and what it reads: no test and no page."""
    ends = {".py", ".yaml", ".yml", ".sql", ".toml", ".conf", ".config", ".mjs", ".json", ""}
    own = (path for path in FILES if path.suffix in ends and not {"tests", "docs"} & set(path.relative_to(ROOT).parts))
    return "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in own)


@cache
def words_of_source() -> frozenset[str]:
    return frozenset(re.findall(r"\w+", source()))


# -- commands ----------------------------------------------------------------------------------------------------------


@cache
def dev_help(command: str | None) -> str:
    arguments = [str(ROOT / "dev"), *([command] if command else []), "--help"]
    return subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=True).stdout


def dev_faults(line: str) -> Iterator[str]:
    for rest in re.findall(r"(?<![\w/.])\./dev\b((?:(?!\./dev).)*)", line):
        found = re.match(r" +([a-z]+)", rest)
        if found is None:
            continue
        command = found[1]
        if command == "help":
            continue
        if not re.search(rf"^ +{command} ", dev_help(None), re.MULTILINE):
            yield f"./dev {command}"
            continue
        asked = rest.split("#")[0]
        # the rest of what ./dev test is given is pytest's
        wanted = re.findall(r"(?<!\S)\[?(--all)" if command == "test" else r"(?<!\S)\[?(--[a-z][a-z-]*)", asked)
        if command == "bench":
            wanted += re.findall(r"^ +bench +([a-z]+)", asked)
        yield from (f"./dev {command} {each}" for each in wanted if each not in dev_help(command))


def script_faults(line: str) -> Iterator[str]:
    for name, rest in re.findall(r"(?<![\w/.-])(deploy/[a-z]+)(?![\w/-]|\.\w)([^#;|&]*)", line):
        script = ROOT / name
        if name in MADE or name == "deploy/compose":
            continue  # what is behind deploy/compose is docker's
        if not script.exists():
            yield name
        elif script.is_file():
            text = script.read_text(encoding="utf-8")
            yield from (f"{name} {each}" for each in re.findall(r"(?<!\S)\[?(--[a-z-]+)", rest) if each not in text)


@cache
def program(module: str) -> click.Command | None:
    """Of `python -m MODULE`; None: no program of ours, or one without options. Raises ImportError: there is none."""
    if module.split(".")[0] in sys.stdlib_module_names | {"pip"}:
        return None
    for name in (f"{module}.__main__", module):
        try:
            loaded = importlib.import_module(name)
        except ModuleNotFoundError as fault:
            if fault.name != name:
                raise
            continue
        main = getattr(loaded, "main", None)
        return main if isinstance(main, click.Command) else None
    raise ImportError(module)


def walk(command: click.Command, words: list[str]) -> tuple[list[click.Command], str | None]:
    """The groups and the command that the words lead through, and the first word that leads nowhere."""
    path, words = [command], list(words)
    while words:
        word = words.pop(0).strip("[]")
        if word.startswith("--"):
            options = {name: each for each in command.params for name in (*each.opts, *each.secondary_opts)}
            option = options.get(word.split("=")[0])
            if option is None:
                return path, word
            if not (isinstance(option, click.Option) and option.is_flag) and words and "=" not in word:
                words.pop(0)
        elif isinstance(command, click.Group):
            found = command.commands.get(word)
            if found is None:
                return path, word
            command = found
            path.append(command)
    return path, None


def click_faults(modules: Iterable[str], rest: str) -> Iterator[str]:
    """`rest` may list several: `serve | migrate | clocks recompute | resume`. One of the modules must know it."""
    faults = [list(_faults_of(module, rest)) for module in modules]
    return iter(()) if [] in faults else iter(faults[0])


def _faults_of(module: str, rest: str) -> Iterator[str]:
    try:
        main = program(module)
    except ImportError:
        yield f"python -m {module}"
        return
    groups = [main] if main else []
    for part in rest.split(" | ") if main else ():
        words = re.split(r"[#;&<>|]|[^\x00-\x7f]", part)[0].split()
        tried = [walk(group, words) for group in reversed(groups)]
        whole = [path for path, wrong in tried if wrong is None]
        if not whole:
            yield f"python -m {module} {part.strip()}: {tried[-1][1]}"
            continue
        groups += [each for each in whole[0] if isinstance(each, click.Group) and each not in groups]


@cache
def containers() -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    # of the agencies' doors, that of A12
    door = re.sub(r"{{\w+}}", "agency_a12", (ROOT / "deploy" / "agency.yml.in").read_text(encoding="utf-8"))
    for text in (*(file.read_text(encoding="utf-8") for file in COMPOSE), door):
        for name, said in yaml.load(text, _Loader)["services"].items():
            found[name] = {**found.get(name, {}), **said}
    return found


class _Loader(yaml.SafeLoader):
    """compose's own tags (`!reset`, `!override`) say how files are joined: nothing to look up."""


_Loader.add_multi_constructor("!", lambda loader, _, node: None)


def shell_faults(line: str) -> Iterator[str]:
    for module, rest in re.findall(r"python -m ([\w.<>]+) ?((?:(?!python -m).)*)", line):
        yield from click_faults(SERVICES if module in ("<service>", "<source>") else [module], rest)
    for rest in re.findall(r"(?:dc|compose|docker-compose) (?:exec|run) (.*)", line):
        yield from container_faults(rest)
    for rest in re.findall(r"^service ([a-z].*)", line):
        yield from click_faults(SERVICES, rest)


def container_faults(rest: str) -> Iterator[str]:
    """Of `docker compose exec …` and `run …`: whether there is such a container, and what our program is told in it."""
    found = re.match(r"((?:(?:-[uvep]|--entrypoint) \S+ |-\S+ )*)\"?([\w<>$-]+)\"? ?(.*)", rest)
    assert found, rest
    how, name, given = found.groups()
    modules = SERVICES if name in ("<service>", "$service") else [name]
    if not set(modules) <= containers().keys():
        yield f"container {name}"
    elif "--entrypoint service" in how:
        yield from click_faults([_image(name)], given)
    elif given.startswith("service "):
        yield from click_faults([_image(each) for each in modules], given.removeprefix("service "))
    elif (own := _words(containers()[modules[0]].get("entrypoint")))[:1] == ["service"]:
        yield from click_faults([_image(name)], " ".join([*own[1:], given]))


def _words(given: object) -> list[str]:
    return [str(word) for word in given] if isinstance(given, list) else []


def _image(container: str) -> str:
    return re.sub(r"fengqiao/(\w+).*", r"\1", str(containers()[container]["image"]))


def commands(page: Path) -> list[str]:
    """Who copies a line at night gets what the page promises, not "no such option"."""
    checks = (dev_faults, script_faults, shell_faults)
    return [fault for line in code_of(page) for check in checks for fault in check(line)]


def test_what_the_containers_are_started_with_exists() -> None:
    """A command that a service no longer has would end its container at every start."""
    faults: list[str] = []
    for name, said in containers().items():
        if "fengqiao/" not in str(said.get("image", "")):
            continue
        module = _image(name)
        given = [word for key in ("entrypoint", "command") for word in _words(said.get(key))]
        if given[:2] == ["sh", "-c"]:
            for part in given[2].split("&&"):
                words = shlex.split(part.replace("exec ", ""))
                faults += click_faults([module], " ".join(words[1:])) if words[0] == "service" else [part]
        elif given:
            faults += click_faults([module], " ".join(word for word in given if word != "service"))
    assert [] == faults


MODULES = {path.stem for path in FILES if path.suffix == ".py"} - set(SERVICES)  # those say events, too
TESTS = {path.stem for path in FILES if path.name.startswith("test_")}

# -- roles, settings, names --------------------------------------------------------------------------------------------


def roles(page: Path) -> list[str]:
    """A token for a role that is none is refused, at the moment somebody needs it."""
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"--role[ =]([a-z_]+)", text)
    named += ["".join(each) for each in re.findall(r"\broles? `([a-z_]+)`|`([a-z_]+)` role\b|角色 ?`([a-z_]+)`", text)]
    return sorted(set(named) - set(Role))


@cache
def settings_read() -> frozenset[str]:
    """What the code, the scripts or docker compose ask the environment for."""
    asked = re.findall(r"[\"']([A-Z][A-Z0-9_]+)[\"']", source())
    asked += re.findall(r"\$\{?([A-Z][A-Z0-9_]+)", source()) + re.findall(
        r"(?:ARG |read_setting |s/\^)([A-Z_]+)", source()
    )
    return frozenset(asked)


def names(page: Path) -> list[str]:
    """A setting nobody reads changes nothing, and says so to nobody; a function of another name is not found."""
    known = settings_read() | set(re.findall(r"^([A-Z][A-Z0-9_]+)(?:: .*)? = ", source(), re.MULTILINE)) | FOREIGN
    faults: list[str] = []
    for line in code_of(page):
        settings = re.findall(r"(?<![\w.<-])([A-Z][A-Z0-9]*_[A-Z0-9_]+)(?![\w>])", line)
        faults += [name for name in settings if not {name, name.removesuffix("_FILE")} & known]
        found = re.fullmatch(r"(?:([a-z_]+)\.)?([a-z][a-z0-9_]*)(?:\(\))?", line)
        if found and ("_" in found[2] if found[1] is None else found[1] in MODULES):
            faults += [] if found[2] in words_of_source() | TESTS | FOREIGN else [line]
    return faults


@pytest.mark.parametrize("file", COMPOSE, ids=shown)
def test_every_setting_given_to_a_container_of_ours_is_read(file: Path) -> None:
    """What compose hands over under a name nobody asks for is a county's choice without effect."""
    python = "\n".join(path.read_text(encoding="utf-8") for path in FILES if path.suffix == ".py")
    faults = []
    for name, said in yaml.load(file.read_text(encoding="utf-8"), _Loader)["services"].items():
        if "fengqiao/" in str(containers()[name].get("image", "")):
            for setting in said.get("environment") or {}:
                if (
                    setting != "TZ"
                    and f'"{setting.removesuffix("_FILE")}"' not in python
                    and f'"{setting}"' not in python
                ):
                    faults.append(f"{name}: {setting}")
    assert [] == faults


# -- queues, types, addresses ------------------------------------------------------------------------------------------


@cache
def on_the_broker() -> frozenset[str]:
    whole = plan(ROUTES, ["<agency>"]) + plan(ROUTES, ["<agency>"], shared=True)
    return frozenset(each.name for each in (*whole.exchanges, *whole.queues))


TYPES = {contract.name for contract in CONTRACTS}
PLACES = {"events", "letters", "agencies", "agency", "results", "dead", "out", "inbox", "said", "late", "unreadable"}


def queues(page: Path) -> list[str]:
    """A vendor reads and writes by these names, and by the types of messages."""
    faults: list[str] = []
    for line in code_of(page):
        faults += [
            name
            for name in re.findall(r"[a-z]+\.[a-z_]+\.v\d+", line)
            if name not in TYPES | FOREIGN and f'"{name}"' not in source()
        ]
        for name in re.findall(
            rf"(?<![\w./-])(?:agency|{'|'.join(SERVICES)}|<service>)(?:\.[\w<>*…{{}}]+)+(?![\w/(])", line
        ):
            first, *rest = (
                re.sub(r"\b[A-Z]\d\d\b|<code>|\{code\}|\$\{code\}", "<agency>", name).replace("…", "*").split(".")
            )
            if not rest or not PLACES & {*rest} or rest[-1] in ("py", "yml", "yaml", "json", "md"):
                continue
            ours = [".".join((each, *rest)) for each in (SERVICES if first == "<service>" else [first])]
            known = on_the_broker() | TYPES | {each.rsplit(".", 1)[0] for each in TYPES}
            faults += [] if any(fnmatch(found, each) for each in ours for found in known) else [name]
    return faults


@cache
def addresses() -> frozenset[tuple[str, str]]:
    found = set()
    for service in SERVICES:
        module = importlib.import_module(f"{service}.service")
        for each in vars(module).values():
            if isinstance(each, type) and each.__module__ == module.__name__ and hasattr(each, "name"):
                found |= {
                    (method, re.sub(r"<[^>]+>", "*", route.path))
                    for route in routes_of(each)
                    for method in [route.method]
                }
    return frozenset(found)


def api(page: Path) -> list[str]:
    """By method and path, whatever stands for the number in it."""
    faults = []
    for line in code_of(page):
        for method, path in re.findall(r"\b(GET|POST|PUT|PATCH|DELETE) (/[^\s?`;,]*)", line):
            path = re.sub(r"[<{][^>}]+[>}]", "*", path).rstrip(".")
            if not [each for each in addresses() if each[0] == method and fnmatch(path, each[1])]:
                faults.append(f"{method} {path}")
    return faults


# -- files -------------------------------------------------------------------------------------------------------------

ENDS = "py|md|ya?ml|json|toml|sql|conf|config|env|lock|svg|mjs|crt|key|pub"
FOLDERS = "|".join(sorted({name.split("/")[0] for name in NAMES if "/" in name}))


def files(page: Path) -> list[str]:
    """From the root, from where the page lies, or by the end of its path: a name that fits no file leads nowhere."""
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"\]\(([^)#:\s]+)[^):]*\)", text) if page.suffix == ".md" else []
    for line in code_of(page):
        # what begins at / or $ is in a container, at an address, or the reader's own
        named += re.findall(rf"(?<![\w./$~<>*{{}}@:\"-])[\w<>*][\w.<>*/-]*\.(?:{ENDS})(?![\w.-]*\w)", line)
        named += re.findall(rf"(?<![\w./$-])(?:{FOLDERS})/[\w./<>*-]*[\w/>*]", line)
    return sorted({name for name in named if not _exists(page, name)} - FOREIGN)


def _exists(page: Path, name: str) -> bool:
    name = re.sub(r"<[^>]+>", "*", name).removeprefix("./").rstrip("/")
    if name.startswith(MADE):
        return True
    if (ROOT / name).exists() or (page.parent / name).exists():
        return True
    # a service's own page names its own files
    near = [shown(each) for each in FILES if each.is_relative_to(page.parent)]
    among = near if "/" not in name and page.parent.parent.parent == ROOT else NAMES
    if [each for each in among if any(fnmatch(each, like) for like in (name, f"*/{name}", f"{name}/*"))]:
        return True
    # what a program of ours makes, or a county may lay beside its other files
    made = name.endswith((".crt", ".key", ".pub", ".json", ".conf", ".yaml"))
    return made and name.rsplit("/", 1)[-1].replace("*", "") in source()


# -- the pages ---------------------------------------------------------------------------------------------------------

# the examples' own pages describe servers of others
CHECKS = [(check, page) for check in (commands, roles, queues, files) for page in [*PAGES, *DEPLOY]]
CHECKS += [(names, page) for page in [*PAGES, ROOT / "deploy" / "example.env"]]
CHECKS += [(api, page) for page in PAGES if "examples" not in page.parts]


@pytest.mark.parametrize(("check", "page"), CHECKS, ids=lambda each: getattr(each, "__name__", None) or shown(each))
def test_what_a_page_names_exists(check: Callable[[Path], list[str]], page: Path) -> None:
    """See the check's own sentence."""
    assert [] == check(page)


@pytest.mark.parametrize(
    ("check", "line"),
    [
        (commands, "./dev tset"),
        (commands, "./dev up --yaml run.yaml"),
        (commands, "./dev bench chains"),
        (commands, "deploy/init --no-images"),
        (commands, "python -m intake clocks recount"),
        (commands, "python -m <service> parked list --states retry"),
        (commands, "python -m statut explain"),
        (commands, "dc exec referral service custody cheque"),
        (commands, "dc run --rm token --officer 900001 --roles window"),
        (commands, "dc restart nothing; dc exec nothing service serve"),
        (roles, "dc run --rm token --officer 900001 --role filing_officer"),
        (names, "LOOKUP_PROXYS=1"),
        (names, "filing_officer"),
        (names, "registration.enroll"),
        (queues, "agency.A08.outbox.inbox"),
        (queues, "<service>.letters.dead"),
        (queues, "petition.registered.v9"),
        (api, "POST /petition"),
        (files, "services/intake/intake/gone.py"),
        (files, "gone.yaml"),
        (files, "docs/decisions/999-nothing.md"),
    ],
)
def test_a_page_that_errs_is_found(check: Callable[[Path], list[str]], line: str, tmp_path: Path) -> None:
    """These checks can fail."""
    page = tmp_path / "page.md"
    page.write_text(f"Do `{line}` daily.\n\n    {line}    # 每日\n", encoding="utf-8")
    assert check(page)


def test_the_index_leads_to_every_page() -> None:
    """A page or a decision nobody is led to is not read."""
    docs = ROOT / "docs"
    led = set(re.findall(r"\]\(([^)]+)\)", (docs / "README.md").read_text(encoding="utf-8")))
    pages = {str(page.relative_to(docs)) for page in docs.rglob("*") if page.suffix in (".md", ".json")} - {"README.md"}
    assert pages <= led
    assert {f"../{page.name}" for page in ROOT.glob("*.md")} <= led


def test_what_is_called_foreign_is_still_named() -> None:
    """An exception nobody needs hides the next mistake."""
    named = "\n".join(page.read_text(encoding="utf-8") for page in [*PAGES, ROOT / "deploy" / "example.env"])
    assert set() == {name for name in FOREIGN if not re.search(rf"\b{re.escape(name)}\b", named)}
