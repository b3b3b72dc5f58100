"""Raw pipelined publishing with confirms, no database: what the wire gives. Prints the seconds; see bench/relay.py."""

import os
import sys
import time

import amqp

from courier.amqp import connect

ROWS, BODY, WINDOW = int(sys.argv[1]), sys.argv[3].encode(), 1000

connection = connect(os.environ["AMQP"])
channel = connection.channel()
channel.confirm_select()
open_tags = set[int]()


def answered(tag: int, multiple: bool) -> None:
    open_tags.difference_update([each for each in open_tags if each <= tag] if multiple else [tag])


channel.events["basic_ack"].add(answered)
begun = time.perf_counter()
for tag in range(1, ROWS + 1):
    message = amqp.Message(BODY, content_type="application/json", delivery_mode=2, message_id=str(tag))
    open_tags.add(tag)
    channel._basic_publish(message, exchange=sys.argv[2], routing_key="petition.registered.v1", mandatory=True)
    while len(open_tags) >= WINDOW:
        connection.drain_events()
while open_tags:
    connection.drain_events()
sys.stdout.write(f"{time.perf_counter() - begun}\n")
connection.close()
