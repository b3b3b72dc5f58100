"""`./dev drill`: what a restore costs: load, back up, go on, restore, reconcile, and what a person must decide."""

import json
import os
import shutil
import subprocess
import time
import uuid
from pathlib import Path
from typing import Any

import requests
import yaml

from tools.dev import compose, demo, stack
from tools.dev.machine import MachineError, say
from tools.dev.stack import COUNTY, ROOT, SERVICES, Stack

PATIENCE = 240.0
_HOLD = (
    "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM outbox),"
    " (SELECT count(*) FROM inbox WHERE state <> 'done')"
)


def run(folder: Path, json_path: Path | None) -> int:
    """On containers and volumes of its own, taken away at the end. 0: every number is the old one, nobody lacks any."""
    compose.down(folder, volumes=True)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        found = Drill(folder, compose.up(folder)).play()
    finally:
        compose.down(folder, volumes=True)
    if json_path:
        stack.write_json(json_path, found)
    return 0 if found["settled"] else 1


class Drill:
    def __init__(self, folder: Path, running: Stack):
        self.folder, self.running = folder, running
        self.token = stack.token(running)
        self.body = next(
            matter["petition"]
            for matter in yaml.safe_load((COUNTY / "matters.yaml").read_text(encoding="utf-8"))["matters"]
            if matter["matter"] == demo.FOLLOWED
        )
        self.body = {name: value for name, value in self.body.items() if name != "received_on"}

    def play(self) -> dict[str, Any]:
        say("\n一、装载")
        if demo.run(self.running, False, None):
            raise MachineError("演示未完成，演练中止")
        self._register(10)
        self._settle()
        loaded = self._figures("装载后")
        say("\n二、备份（不停机），密钥另存")
        self._script("deploy/backup", str(self.folder / "backups"))
        self._script("deploy/backup", "--keys", str(self.folder / "keys_apart"))
        backup = max((self.folder / "backups").glob("*.database.tar.gz"))
        say("\n三、备份之后继续办理：登记 10 件，其中 5 件登记时告知服务停着（消息留在队列里）")
        later = self._register(5)
        self._settle()
        self._compose("stop", "notify")
        later += self._register(5)
        self._until(lambda: self._count("intake", "SELECT count(*) FROM outbox") == 0)
        gone_on = self._figures("恢复前", services=("intake", "referral", "aid"))
        say("\n四、恢复到备份时刻")
        begun = time.monotonic()
        self._script("deploy/restore", str(backup))
        stack.wait(self.running)
        seconds = time.monotonic() - begun
        say(f"  恢复用时 {seconds:.0f} 秒")
        time.sleep(3)  # what the queues still hold is taken in meanwhile
        restored = self._figures("恢复后")
        say("\n五、对账")
        before = self._reconcile()
        self._reconcile("--ask")
        asked = self._reconcile()
        say("\n六、须由人决定")
        to_decide = self._to_decide(later, asked)
        say("\n七、依原顺序补登，再对账")
        again = self._register(len(later))
        say(f"  补登 {len(again)} 件，编号与已告知的{'一致' if again == later else '不一致'}")
        self._settle()
        looked_at = self._look_at()
        self._until(lambda: not any(self._figures_kept().values()))
        at_the_end = self._reconcile()
        say("    仍列为“来源丢失”的是已不存在的期限：补登时另起了期限，来源不会再提到它，无须处理")
        return {
            "loaded": loaded,
            "gone_on": gone_on,
            "restored": restored,
            "restore_seconds": round(seconds),
            "differences": before,
            "after_ask": asked,
            "to_decide": to_decide,
            "registered_again": again,
            "looked_at": looked_at,
            "at_the_end": at_the_end,
            "settled": again == later and not any(self._open(found) for found in at_the_end.values()),
        }

    def _to_decide(self, later: list[str], asked: dict[str, Any]) -> dict[str, Any]:
        """What was said to people and agencies after the backup, and is not remembered any more."""
        known = self._column("intake", "SELECT number FROM petition")
        lost = [number for number in later if number not in known]
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"{self.running.url('sms_provider')}/control/messages"
        sent = {each["key"] for each in requests.get(url, headers=headers, timeout=10).json()["messages"]}
        remembered = set(self._column("notify", "SELECT id FROM notice"))
        ahead = [
            {"service": service, "source": source, **each}
            for service, sources in asked.items()
            for source, found in sources.items()
            for each in found
            if each["applied"] > each["said"]
        ]
        say(f"  已给出编号、现已不存在的信访件 {len(lost)} 件：{'、'.join(lost)}")
        say("    流水号从备份时刻接着发：重新对外登记之前，按回执和来信依原顺序补登，编号才与已告知信访人的一致")
        say(f"  短信平台已发出、本系统已不记得的短信 {len(sent - remembered)} 条：补登后会再发一次，或由人认定")
        say(f"  已被其他服务采用、来源已丢失的事件：{len(ahead)} 个编号")
        for each in ahead[:10]:
            heard, said = f"{each['service']} 到第 {each['applied']} 版", f"{each['source']} 只到第 {each['said']} 版"
            say(f"    {each['subject']}  {heard}，{said}")
        return {"numbers_lost": lost, "sms_not_remembered": len(sent - remembered), "source_lost": ahead}

    def _look_at(self) -> int:
        """Discards what came under a version that a service had applied before the restore: the registration anew."""
        looked_at = 0
        for service in SERVICES:
            run = ("exec", "-T", service, "service", "parked")
            listed = json.loads(self._compose(*run, "list", "--json"))
            ids = [str(each["id"]) for each in listed if (each["reason"] or "").startswith("OutOfChain")]
            if ids:
                why = ("--officer", "900007", "--reason", "恢复后补登：与已处理的登记核对一致")
                self._compose(*run, "discard", *ids, *why)
            looked_at += len(ids)
        say(f"  补登的与恢复前已处理的不是同一事件，逐件核对后作废：{looked_at} 件")
        return looked_at

    def _reconcile(self, *options: str) -> dict[str, Any]:
        """Service → source → subjects that differ."""
        found: dict[str, Any] = {}
        token = self._compose(
            "run", "--rm", "-T", "token", "--officer", "drill", "--role", "operations", "--hours", "1"
        )
        for service in SERVICES:
            command = [*compose.command(self.folder), "exec", "-T", service, "service", "reconcile", "--json"]
            result = subprocess.run(
                [*command, "--token-file", "-", *options], cwd=ROOT, input=token, capture_output=True, text=True
            )
            if result.returncode not in (0, 3):
                raise MachineError(f"对账失败：{(result.stdout + result.stderr).strip()[-400:]}")
            found[service] = json.loads(result.stdout[result.stdout.index("{") :])
        every = [each for sources in found.values() for part in sources.values() for each in part]
        lost = sum(each["applied"] > each["said"] for each in every)
        replaced = sum(each["applied"] == each["said"] for each in every)
        said = "已请来源重发" if options else "对账"
        behind = len(every) - lost - replaced
        say(f"  {said}：落后 {behind} 个编号，来源丢失 {lost} 个编号，同一版而内容不同 {replaced} 个编号")
        return found

    @staticmethod
    def _open(sources: dict[str, Any]) -> list[dict[str, Any]]:
        """What differs beside what the source has lost for good."""
        return [each for found in sources.values() for each in found if each["applied"] <= each["said"]]

    def _register(self, how_many: int) -> list[str]:
        numbers = []
        for _ in range(how_many):
            headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": uuid.uuid4().hex}
            answer = requests.post(
                f"{self.running.url('intake')}/petitions", json=self.body, headers=headers, timeout=20
            )
            answer.raise_for_status()
            numbers.append(answer.json()["number"])
        return numbers

    def _figures(self, when: str, services: tuple[str, ...] = SERVICES) -> dict[str, list[int]]:
        figures = {name: [int(part) for part in self._psql(name, _HOLD)[0].split("|")] for name in services}
        for name, (events, outbox, kept) in figures.items():
            say(f"  {when}  {name:<9} 事件 {events}  待发 {outbox}  滞留 {kept}")
        return figures

    def _figures_kept(self) -> dict[str, int]:
        """Service → messages that wait for something."""
        return {name: self._count(name, "SELECT count(*) FROM inbox WHERE state <> 'done'") for name in SERVICES}

    def _settle(self) -> None:
        """Until nothing is to be sent anywhere and no queue of ours holds anything."""

        def quiet() -> bool:
            outboxes = sum(self._count(name, "SELECT count(*) FROM outbox") for name in SERVICES)
            answer = requests.get(f"{self.running.management}/api/queues", timeout=20).json()
            ours = [queue for queue in answer if queue["name"].split(".")[0] in SERVICES]
            return outboxes == 0 and sum(queue.get("messages", 0) for queue in ours) == 0

        self._until(quiet)

    def _until(self, look: Any) -> None:
        deadline = time.monotonic() + PATIENCE
        while not look():
            if time.monotonic() > deadline:
                query = "SELECT state, source, type, subject, reason FROM inbox WHERE state <> 'done' LIMIT 5"
                kept = [f"{name} {row}" for name in SERVICES for row in self._psql(name, query)]
                raise MachineError(f"{PATIENCE:.0f} 秒内没有平静下来\n" + "\n".join(kept))
            time.sleep(1)

    def _count(self, service: str, query: str) -> int:
        return int(self._psql(service, query)[0])

    def _column(self, service: str, query: str) -> list[str]:
        return self._psql(service, query)

    def _psql(self, service: str, query: str) -> list[str]:
        return self._compose(
            "exec", "-T", "postgres", "psql", "-U", "postgres", "-d", service, "-tAc", query
        ).splitlines()

    def _compose(self, *arguments: str) -> str:
        return self._call([*compose.command(self.folder), *arguments], {})

    def _script(self, *arguments: str) -> None:
        """An operator's command, told which project is meant."""
        given = {
            "ENV_FILE": str(self.folder / "env"),
            "PROJECT": compose.project(self.folder),
            "COMPOSE_FILE": "docker-compose.yml:deploy/compose.demo.yml",
            "SECRETS": str(self.folder),
            "YES": "yes",
        }
        for line in self._call(list(arguments), given).splitlines():
            if any(ord(letter) > 0x2E80 for letter in line):
                say(f"  {line}")

    def _call(self, command: list[str], given: dict[str, str]) -> str:
        result = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **given}, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
        if result.returncode:
            raise MachineError(f"“{command[0]}”失败：\n{(result.stdout + result.stderr).strip()[-600:]}")
        return result.stdout
