"""`./dev faults`: random faults on the whole system under load, as long as wanted; a seed replays its sequence."""

import argparse
import json
import random
import sys
import time
from pathlib import Path

from tests.faults.field import FAULTS, Field, inject, report, tally
from tools.dev.machine import say


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev faults", description="在负载下随机注入故障，结束后逐项核对承诺。")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="随机种子；同一种子重演同一序列")
    parser.add_argument("--count", type=int, default=30, help="至少注入多少次故障（默认 30）")
    parser.add_argument("--minutes", type=float, default=0.0, help="至少持续多少分钟")
    parser.add_argument("--petitions", type=int, default=0, help="至少登记多少件信访件")
    parser.add_argument("--rest", type=float, default=0.0, metavar="秒", help="两次故障之间的间隔")
    parser.add_argument("--copies", type=int, default=1, help="每个服务几个副本")
    parser.add_argument("--pause", type=float, default=0.0, metavar="秒", help="每个窗口登记一件后停多久")
    parser.add_argument("--threads", type=int, default=4, help="同时登记的窗口数")
    parser.add_argument("--folder", type=Path, default=Path(".run/faults"), help="数据、历史和结果放在哪里（先清空）")
    parser.add_argument("--json", type=Path, metavar="文件", help="把结果写入文件")
    asked = parser.parse_args()
    say(f"种子 {asked.seed}；历史写入 {asked.folder / 'history.jsonl'}")
    field = Field(asked.folder.resolve(), asked.seed, copies=asked.copies)
    field.load.threads, field.load.pause = asked.threads, asked.pause
    order, begun, done = random.Random(asked.seed), time.monotonic(), 0
    try:
        field.load.start()
        while (
            done < asked.count
            or time.monotonic() - begun < asked.minutes * 60
            or field.load.registered < asked.petitions
        ):
            if done < asked.count or time.monotonic() - begun < asked.minutes * 60:
                name = order.choice(list(FAULTS))
                seconds = inject(field, name)
                done += 1
                say(f"{done:>5} {name:<16} {seconds:5.1f} 秒恢复   已登记 {field.load.registered}")
            time.sleep(asked.rest)
        under = time.monotonic() - begun
        violations = field.settle(1800)
    finally:
        field.close()
    result = {
        "seed": asked.seed,
        "faults": tally(field.history.path),
        "injected": done,
        "minutes": round(under / 60, 1),
        "petitions": field.load.registered,
        "violations": [f"{each.invariant}: {each.sentence}" for each in violations],
    }
    if asked.json:
        asked.json.write_text(json.dumps(result, ensure_ascii=False, indent=2))
    say(f"\n{result['minutes']} 分钟，{done} 次故障，{result['petitions']} 件信访件")
    for name, row in sorted(result["faults"].items()):  # type: ignore[union-attr]
        say(f"  {name:<16} {row['injected']:>4} 次   最长 {row['longest']:5.1f} 秒恢复")
    say(report(violations) or "没有丢失，没有重复，顺序不乱")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
