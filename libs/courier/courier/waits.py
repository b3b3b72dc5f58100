"""Every delay in one file: what is tried again and when, what is swept and how often, how long is waited for whom.

Seconds where nothing else is said; those that a database or a row reckons with are a `timedelta`. A delay that hangs on
another stands beside it. Not here: terms of the law (`statute`), what a county sets (a service's settings), windows in
which something is counted (quotas, lookups), and how long a client of HTTP may take, which stands with its server.
"""

import random
from collections.abc import Sequence
from datetime import timedelta


def _seconds(*waits: float) -> tuple[timedelta, ...]:
    return tuple(timedelta(seconds=each) for each in waits)


def after(failures: int, waits: Sequence[timedelta]) -> timedelta:
    """What is waited after so many failures in a row, at least one; the last wait from there on."""
    return waits[min(max(failures, 1), len(waits)) - 1]


def until_asked(asked: int, first: timedelta) -> timedelta:
    """How long a notice's provider is left in peace after it was asked so often: four times as long each time."""
    return min(first * (1 << 2 * min(asked, 10)), PROVIDER_ASKED)


class Backoff:
    """Seconds to wait after each failure in a row: 0.2 doubling to 10, with jitter so that replicas do not march."""

    def __init__(self) -> None:
        self.failures = 0

    def next(self) -> float:
        """Counts one more failure in a row and returns how many seconds to wait after it."""
        self.failures += 1
        return min(10.0, 0.1 * 2.0**self.failures) * random.uniform(0.8, 1.2)  # noqa: S311 - jitter, no secret

    def reset(self) -> None:
        """After a success: the next failure is the first in a row."""
        self.failures = 0


# -- what is tried again ---------------------------------------------------------------------------------------------

# a message whose handler failed: moments for what passes by itself, half an hour for what has to be mended; as many
# attempts as waits, and it is parked
RETRY_HANDLER = _seconds(1, 2, 5, 15, 60, 300, 900, 1800)
# one that waits for another subject's fact: this part of its age, at least and at most so many seconds; thousands that
# wait for a fact must not keep it from coming
RETRY_NOT_YET = 4, 1, 30
# one that stands behind an earlier one of its sender, which has a time of its own
RETRY_BEHIND = timedelta(seconds=1)
# a petition whose words could not be indexed: by then somebody has mended why
INDEX_AGAIN = 3600.0
# what the broker refused, nearly always because a queue is full: that ends when its reader is back
RETRY_REFUSED = _seconds(1, 2, 5, 10, 30, 60, 120, 300)
# a version that never came is nearly always on its way; its source is asked, and once more if that was lost as well
MISSING = timedelta(seconds=10)
MISSING_ASKED = 6 * MISSING
# after the broker failed on a message: its limit of returns ends it, and its sender waits meanwhile. So often within
# that time; who sends more of them waits longer, and the broker rests
BROKER_FAILED, BROKER_FAILED_MOST, BROKER_FAILED_WITHIN = 0.05, 300, 60.0
# a petition's place that a process has asked intake for: the answer takes less, and every reader asks anew
PLACE_ASKED = 5.0
# and its parties
PARTIES_ASKED = timedelta(seconds=5)
# so long a room or a colleague is held for who has to make up their mind
BOOKING_HELD = timedelta(minutes=30)
# so long an agency's word that is too early waits for what it speaks of, and an offer for its receipt before it is sent
# again; where a county sets nothing else
EARLY_HELD, OFFER_AGAIN = timedelta(minutes=10), timedelta(days=1)
# an agency that lost its store asks for everything: a program that asks in a loop must not get it in one
RESYNC = timedelta(minutes=1)

# -- notices ---------------------------------------------------------------------------------------------------------

# what somebody of ours is reminded of within this time is one notice, and one SMS
REMINDED_TOGETHER = timedelta(minutes=10)
# one that certainly was not sent; quiet hours come on top
RETRY_NOTICE = _seconds(5, 30, 120, 600, 1800)
# a provider that says nothing is asked ever more rarely, but no more rarely than this
PROVIDER_ASKED = timedelta(hours=1)
# no SMS is tried longer, and no provider keeps its keys for ever
PROVIDER_ASKED_FOR = timedelta(days=3)
# an operator tries this long; a day later without a result a person has to look
OPERATOR_TRIES = timedelta(days=2)
OPERATOR_SILENT = OPERATOR_TRIES + timedelta(days=1)

# -- what sweeps: each is called again at once while it finds something ----------------------------------------------

# the outbox and the inbox: what a crash left, and what is due to be tried again
SWEEP_DELIVERY = 1.0
# what was told of a notice, on its way from notify to the petition's timeline: what comes so soon after is one batch,
# and nobody waits for it
GATHERED = 0.2
# from the begin of a relay's batch to that of the next: who commits alone is sent at once, what many commit goes
# together, instead of a transaction for each
SENT_EVERY = 0.02
# who may have a queue: an agency that comes into the directory is heard soon
SWEEP_PARTNERS = 2.0
# notices that may leave, and those whose provider is asked
SWEEP_NOTICES, SWEEP_NOTICES_ASKED = 0.5, 1.0
# those for an operator, who has days for them
SWEEP_NOTICES_HANDED = 2.0
# what is due by a time of its own: clocks, what has no receipt, scores; and what older code left beside us
SWEEP_DUE = 5.0
# placements that older code has told nobody of: until they are told nobody sees those petitions elsewhere
SWEEP_PLACEMENTS = 2.0
# what was registered is found by its words from then on
SWEEP_INDEX = 1.0
# what is late by days, and what two transactions at once did not see of each other
SWEEP_RARELY = 30.0
# what ends with a day, and what is forgotten
SWEEP_EACH_MINUTE = 60.0
# what only takes up room
SWEEP_ROOM = 600.0

# -- who else may be at it -------------------------------------------------------------------------------------------

# a download says with each piece that it goes on: one whose process was killed keeps others away no longer than this
DOWNLOAD_LEASE = timedelta(seconds=60)
# longer than a transaction lasts: of two that append to a subject, the one that began first may come second
LONGEST_TRANSACTION = timedelta(minutes=1)
# letters and events take seconds: what takes longer is looked at by a person
COMMAND_OVERDUE = timedelta(minutes=10)

# -- the broker ------------------------------------------------------------------------------------------------------

CONNECT_TIMEOUT, HEARTBEAT = 5, 30
# of a batch; what was not confirmed by then is sent once more
CONFIRM_TIMEOUT = 10.0
# a consumer waits for a first message and sees nothing else meanwhile; of those of partners there may be hundreds
IDLE, IDLE_OF_MANY = 0.5, 2.0
# the rest of a message whose beginning is here
REST_OF_MESSAGE = 0.01
# while a batch is tried again: between two looks whether it is to stop
STOP_LOOK = 0.2
# a broker from which the relay heard nothing for so long is away, and the service not ready
BROKER_AWAY = 15.0
# a call of the management API
MANAGEMENT_TIMEOUT = 30
# the broker counts what is in a queue every five
QUEUE_COUNTED = 6.0

# -- the database: what PostgreSQL is told in milliseconds -----------------------------------------------------------

LOCK_MS, STATEMENT_MS, IDLE_IN_TRANSACTION_MS = 5_000, 10_000, 30_000
# the server bounds each statement; who waits longer waits on a socket that nobody serves any more
DATABASE_SILENT = 15.0
TCP_USER_TIMEOUT_MS = 15_000
KEEPALIVE_IDLE, KEEPALIVE_INTERVAL = 10, 5
# a connection of the pool: for how long, and since when unused it is not taken for one that is still there
CONNECTION_TRUSTED = 1.0
POOL_TIMEOUT = 10
# what copies at work hold is waited for only so long that who comes behind is served still; the whole is tried again
MIGRATION_LOCK_MS, LONGEST_MIGRATION = 3_000, 600.0

# -- what takes no less ----------------------------------------------------------------------------------------------

# a search: what is looked at and may not be shown takes a fraction of a millisecond, by which it could be told
SEARCH_LEAST = 0.025

# -- the end ---------------------------------------------------------------------------------------------------------

# what one consumer, sweep, relay or HTTP server has in hand is settled
STOP_GRACE = 20.0
# all of them; nameko itself waits for workers without a bound. Who started the service kills it no earlier
STOP_TIMEOUT = 25
# a signal is only seen when the hub runs Python code
SIGNAL_LOOK = 0.2
# until the queues read first are done with, and until the last consumer is gone
EARLIER_QUEUES_LOOK, CONSUMERS_LOOK = 0.2, 0.05

# -- neighbours by HTTP ----------------------------------------------------------------------------------------------

# a page of another service's, for a person at a terminal
NEIGHBOUR_TIMEOUT = 30
# `health` of the service beside it
HEALTH_TIMEOUT = 6
