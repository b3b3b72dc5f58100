#!/usr/bin/env python3
"""An operator of phone calls or SMS, as its vendor might write it: takes tasks from its queue, says what came of each.

A stand-in: it calls nobody. The key of a task (`task`) is what makes a second delivery of the same task harmless.
"""

import argparse
import json
import os
import sys
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import pika
from pika.exceptions import AMQPError


class Desk:
    def __init__(self, channel: str, url: str, outcome: str):
        self.name, self.url, self.outcome = channel, url, outcome
        self.done: set[str] = set()

    def run(self) -> None:
        """For ever; a broker that is away is waited for."""
        while True:
            try:
                connection = pika.BlockingConnection(pika.URLParameters(self.url))
                channel = connection.channel()
                channel.confirm_delivery()
                channel.basic_qos(prefetch_count=10)
                channel.basic_consume(f"notify.{self.name}", self.on_task)
                self.tell("已连接，等待任务")
                channel.start_consuming()
            except (AMQPError, OSError) as fault:
                self.tell(f"与消息服务器的连接中断（{type(fault).__name__}），2 秒后重连")
                time.sleep(2)

    def on_task(self, channel: Any, method: Any, _properties: Any, body: bytes) -> None:
        message = json.loads(body)
        data = message["data"]
        if message["type"] == "notice.task.v1":
            if data["task"] not in self.done:
                through = f"转{data['extension']}" if "extension" in data else ""
                self.tell(
                    f"拨打 …{data['to'][-4:]}{through}：{data['text']}"
                    if self.name == "phone"
                    else f"发送：{data['text']}"
                )
            self.report(channel, data["task"])
            self.done.add(data["task"])
        elif message["type"] == "notice.recalled.v1":
            self.tell("任务已撤回，不再拨打" if self.name == "phone" else "任务已撤回，不再发送")
        else:
            self.tell(f"消息被退回：{data['field'] or ''} {data['reason_zh']}")
        channel.basic_ack(method.delivery_tag)

    def report(self, channel: Any, task: str) -> None:
        now = datetime.now(UTC).isoformat()
        result = {
            "specversion": "1.0",
            "id": str(uuid.uuid4()),
            "source": f"/channels/{self.name}",
            "type": "notice.result.v1",
            "subject": task,
            "time": now,
            "data": {"task": task, "state": self.outcome, "at": now},
        }
        properties = pika.BasicProperties(
            content_type="application/cloudevents+json", delivery_mode=2, user_id=self.name
        )
        channel.basic_publish(
            f"notify.{self.name}.out", "notice.result.v1", json.dumps(result).encode(), properties, mandatory=True
        )

    def tell(self, sentence: str) -> None:
        print(f"{time.strftime('%H:%M:%S')} {self.name} {sentence}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="电话或短信通道示例：取任务，报结果（不真正拨打）。")
    parser.add_argument("--outcome", default="delivered", help="每个任务报告的结果（默认 delivered）")
    asked = parser.parse_args()
    missing = [name for name in ("CHANNEL", "CHANNEL_AMQP_URL") if name not in os.environ]
    if missing:
        sys.exit(f"缺少环境变量：{'、'.join(missing)}")
    Desk(os.environ["CHANNEL"], os.environ["CHANNEL_AMQP_URL"], asked.outcome).run()


if __name__ == "__main__":
    main()
