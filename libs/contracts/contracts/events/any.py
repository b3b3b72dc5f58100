"""What each service says of itself: refused access, messages it could not apply, clocks, keys."""

from contracts import vocabulary as words
from contracts.events.base import Event, OfPetition
from contracts.fields import Code, Count, Day, Digest, Flag, Moment, NamedCode, Reference, ReferralNumber, WordOf


class AccessDenied(Event, type="access.denied.v1"):
    """An officer was refused; subject `officer/<id>`."""

    sentence = None
    action = Code(required=True)
    about = Digest(required=True, allow_none=True)


class OfStoredMessage(Event, type=None):
    """A message a service could not apply; subject `operations/<id>`. Its own id may be anything, so only a digest."""

    kind = Code(required=True)
    source = Code(required=True, allow_none=True)
    version = Count(required=True, allow_none=True)
    message = Digest(required=True)


class MessageOpened(OfStoredMessage, type="message.opened.v1"):
    """An operator looked into its body."""

    sentence = None


class MessageReplayed(OfStoredMessage, type="message.replayed.v1"):
    """An officer had it tried again by hand; whether it was applied, its own events say."""

    sentence = None


class MessageDiscarded(OfStoredMessage, type="message.discarded.v1"):
    """An operator decided that it will never be applied."""

    sentence = None


class OfClock(OfPetition, type=None):
    """A period that runs for a petition, or for one of its referrals; on a lane of its own, `clock/<id>`."""

    clock = Reference(required=True)
    referral = ReferralNumber(required=True, allow_none=True)
    rule = NamedCode(required=True)
    duty = Code(required=True)
    holder = NamedCode(required=True)


class ClockEnds(OfClock, type=None):
    """When it ends: `due` by law, `target` as we aim; `provisional` while a year's rest days are predicted."""

    due = Day(required=True)
    target = Day(required=True)
    provisional = Flag(required=True)


class ClockStarted(ClockEnds, type="clock.started.v1"):
    """A period began, counted from `start` by the rules of `pack`."""

    sentence = None
    pack = Code(required=True)
    start = Day(required=True)


class ClockStopped(OfClock, type="clock.stopped.v1"):
    """What was owed was done, or is owed no more; `by` is the type of the event that did it."""

    sentence = None
    by = Code(required=True)
    late = Flag(required=True)


class ClockSuspended(OfClock, type="clock.suspended.v1"):
    """From `since` on no day is counted."""

    sentence = None
    reason = Code(required=True)
    since = Day(required=True)


class ClockResumed(ClockEnds, type="clock.resumed.v1"):
    """Days are counted again, from the day of the event on."""

    sentence = None


class ClockExtended(ClockEnds, type="clock.extended.v1"):
    """`by` approved it."""

    sentence = None
    by = Code(required=True)
    length = Count(required=True)


class ClockRecomputed(ClockEnds, type="clock.recomputed.v1"):
    """It ends on another day: a year's notice came, whoever it is about is held, or its rule was corrected."""

    sentence = None
    was = Day(required=True)


class ClockHandedOver(OfClock, type="clock.handed_over.v1"):
    """The matter is another's, and what is owed of it with it: from `was` to `holder`. Which person, no event says."""

    sentence = None
    was = Code(required=True)


class ClockWarned(OfClock, type="clock.warned.v1"):
    """`level`: a share in percent, `target` or `last_day`; each once.

    `overtaken`: a later one was due by then, as after downtime; it is on the trail and nobody need be told.
    """

    sentence = None
    level = Code(required=True)
    due = Day(required=True)
    target = Day(required=True)
    overtaken = Flag()


class ClockMissed(OfClock, type="clock.missed.v1"):
    """It ran out: whose duty it was is `duty` and `holder`. Once."""

    sentence = "{holder} 逾期：{rule}应于 {due} 前完成"
    due = Day(required=True)


class KeyRetired(Event, type="key.retired.v1"):
    """Nothing is closed by this key any more, and nothing will be; subject `keys`."""

    sentence = None
    purpose = Code(required=True)
    key = Code(required=True)
    by = Code(required=True)


class ClockHalted(Event, type="clock.halted.v1"):
    """The database's time jumped: no clock fires until a person resumes; subject `clock/watch`."""

    sentence = None
    expected = Moment(required=True)
    found = Moment(required=True)


class ClockResumedSweep(Event, type="clock.resumed_sweep.v1"):
    """`why`: what the person found; `warned`, `missed`: how many had become due meanwhile and fire now."""

    sentence = None
    by = Code(required=True)
    why = WordOf(words.ClockTrusted)
    warned = Count()
    missed = Count()
