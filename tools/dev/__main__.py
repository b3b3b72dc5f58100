"""`./dev` inside its Python environment."""

import argparse
import os
import sys
import time
from pathlib import Path

from tools.dev import check, compose, demo, drill, matters, stack
from tools.dev.machine import MachineError, say

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".run"


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev")
    commands = parser.add_subparsers(dest="command", required=True)

    def add(name: str, sentence: str, epilog: str | None = None) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=sentence, description=sentence, epilog=epilog)

    up = add("up", "启动整套系统，只启动尚未运行的")
    up.add_argument("--json", type=Path, metavar="文件", help="把地址、账户和一个凭证写入文件（仅本人可读）")
    show = add("demo", "启动系统并演示两件事项从登记到短信")
    show.add_argument("--json", type=Path, metavar="文件", help="把各步骤和时间写入文件")
    show.add_argument("--verbose", action="store_true", help="显示编号、地址等技术细节")
    show.add_argument("--all", action="store_true", help="其余各件也依法办到应去之处")
    add("down", "停止本目录启动的一切；数据保留在 .run")
    for each in (up, show):
        each.add_argument("--compose", action="store_true", help="在容器中运行（docker compose）")
    restore = add("drill", "恢复演练：装载、备份、继续、恢复、对账（在容器中，用自己的数据卷）")
    restore.add_argument("--json", type=Path, metavar="文件", help="把数字和须决定的事写入文件")
    test = add("test", "运行测试，自带独立的消息服务器和数据库")
    test.add_argument("--all", action="store_true", help="连同耗时较长的测试")
    test.add_argument("rest", nargs=argparse.REMAINDER, metavar="pytest 选项", help="其余选项交给 pytest")
    agency = add(
        "agency",
        "扮演一个单位的业务系统，直到 Ctrl-C",
        epilog="其余选项交给示例系统：--by-hand 每步由人决定，--object 提出异议，--silent 只收不答，--garbage 发乱码，"
        "--pause 秒，--until signed|accepted|answered",
    )
    agency.add_argument("--as", dest="code", required=True, metavar="单位代码", help="如 A08")
    agency.add_argument("--language", choices=["python", "javascript"], default="python", help="用哪一个示例系统")
    commands.add_parser("faults", add_help=False)  # it has a help of its own
    bench = add("bench", "测量")
    bench.add_argument(
        "what",
        choices=sorted(check.BENCHES),
        help="backlog：积压十万件时的内存；chain：从移交到单位队列；clocks：到期时限的清扫；corrections：法规更正的影响；desk：工作页面；find：查找；matches：查重；growth：存量与每件的代价；"
        "http：网上登记；latency：从提交到送达；lists：各列表和待办；relay：发件箱的发送；"
        "whole：从登记到各服务都办完；picture：由 bench/results 画图；screens：由工作页面画 docs/desk 的图",
    )
    bench.add_argument("--json", type=Path, metavar="文件", help="把结果写入文件")
    add("check", "格式、静态检查、类型、分层、依赖")
    asked, unknown = parser.parse_known_args()
    if unknown and asked.command not in ("test", "agency", "faults"):
        parser.error(f"不认识的选项：{' '.join(unknown)}")
    try:
        return _run(asked, unknown)
    except MachineError as fault:
        print(f"出错：{fault}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("已中断；已启动的仍在运行，停止请用 ./dev down", file=sys.stderr)
        return 130


def _run(asked: argparse.Namespace, unknown: list[str]) -> int:
    begun = time.monotonic()
    match asked.command:
        case "check":
            return check.check(ROOT)
        case "test":
            return check.test(ROOT, asked.all, unknown + asked.rest)
        case "drill":
            return drill.run(FOLDER / "drill", asked.json)
        case "faults":
            os.execv(sys.executable, [sys.executable, "-m", "tests.faults", *unknown])
        case "bench":
            return check.bench(ROOT, FOLDER / "bench", asked.what, asked.json)
        case "down":
            stack.down(FOLDER)
            for tested in sorted(FOLDER.glob("test*")):  # of each who shares the suite
                stack.down(tested)
            stack.down(FOLDER / "bench")
            compose.down(FOLDER / "compose")
            say("已全部停止；数据保留在 .run（删除该目录即清空）")
            return 0
    if asked.command == "agency" and asked.code not in stack.reachable():
        raise MachineError(f"{asked.code} 没有队列；可以扮演的单位：{'、'.join(stack.reachable())}")
    say("启动枫桥协同……")
    in_containers = getattr(asked, "compose", False)
    running = compose.up(FOLDER / "compose") if in_containers else stack.up(FOLDER)
    say(f"系统已运行（{time.monotonic() - begun:.1f} 秒）")
    if asked.command == "up" and not in_containers:
        say(f"  {demo.PAGED} 没有自己的系统，页面 {stack.open_agency(running, demo.PAGED)}")
    if asked.command == "demo":
        return demo.run(running, asked.verbose, asked.json, *([matters.lead_all] if asked.all else []))
    if asked.command == "agency":
        stack.leave(running, f"agency-{asked.code}")  # its page, which would take half of what comes
        program, environment = stack.agency_program(running, asked.code, asked.language)
        say(f"扮演 {asked.code}，停止请按 Ctrl-C")
        sys.stdout.flush()
        os.execve(program[0], [*program, *unknown], {**os.environ, **environment})
    described = stack.describe(running)
    for name, url in described["services"].items():
        say(f"  {name:<13}{url}")
    if asked.json:
        stack.write_json(asked.json, described)
        say(f"地址、账户和凭证已写入 {asked.json}")
    else:
        say("凭证：./dev up --json 文件；停止：./dev down；日志：.run/log")
    return 0


if __name__ == "__main__":
    sys.exit(main())
