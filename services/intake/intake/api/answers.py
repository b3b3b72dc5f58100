"""What intake answers, noun by noun, for its description; `_zh` beside a word is what an officer reads."""

from marshmallow import fields
from marshmallow.fields import Boolean, Dict, Float, Integer, List, Nested, String

from contracts import vocabulary as words
from contracts.fields import Day, Moment, WordOf
from service_kit import clocks
from web.answers import Action, Answer, Page


class Pending(Answer):
    """What another service has still to do."""

    command = String()
    command_zh = String()
    since = Moment()


class Sender(Answer):
    """The agency that sent a petition to us, and by when it may be objected to and is to be answered."""

    agency = String()
    number = String()
    object_by = Day()
    object_law = String()
    answer_by = Day(allow_none=True)
    told = String(allow_none=True)


class WallSaid(Answer):
    """That somebody is kept away; whose department, only to who may read material."""

    wall = Integer()
    reason = WordOf(words.WallReason)
    department = String(allow_none=True)


class ApprovalSaid(Answer):
    """A step that another has to approve; `by`: the level on which it lies now, or that decided."""

    id = String()
    petition = String()
    action = String()
    action_zh = String()
    state = WordOf(words.ApprovalState)
    state_zh = String()
    by = WordOf(words.ApproverLevel)
    by_zh = String()
    asked_by = String()
    asked_at = Moment()
    decided_by = String(allow_none=True)
    decided_at = Moment(allow_none=True)


class ApprovalRow(ApprovalSaid):
    """`can`: what the officer may do with it now, the last parts of its routes."""

    can = List(String())


class ApprovalDecided(ApprovalSaid):
    """`why` it is void, where it lapsed."""

    why = String(allow_none=True)


class ApprovalWhole(ApprovalRow):
    """With what is asked for, why it was refused or is void, and the paper; nothing of it for who records the paper."""

    given = Dict(keys=String(), allow_none=True)
    reason = String(allow_none=True)
    paper = Dict(keys=String(), values=String(), allow_none=True)


class Approvals(Page):
    """What the officer may decide or asked for."""

    approvals = List(Nested(ApprovalRow))


class PetitionDescribed(Answer):
    """A petition as it is now."""

    number = String()
    state = WordOf(words.PetitionState)
    state_zh = String()
    pending = List(Nested(Pending))
    kind = WordOf(words.Kind)
    kind_zh = String()
    line = WordOf(words.Line)
    line_zh = String()
    sub_line = String(allow_none=True)
    sub_line_zh = String(allow_none=True)
    route = WordOf(words.ClaimRoute, allow_none=True)
    route_zh = String(allow_none=True)
    route_means = String(allow_none=True)
    received_on = Day()
    registered_at = Moment()
    reply_by = Day(allow_none=True)
    outcome_by = Day(allow_none=True)
    anonymous = Boolean()
    naming = WordOf(words.Naming, allow_none=True)
    naming_zh = String(allow_none=True)
    party = WordOf(words.Party)
    party_zh = String()
    group_size = Integer()
    secrecy = Boolean()
    reach = WordOf(words.Reach)
    reach_zh = String()
    department = String(allow_none=True)
    handler = String(allow_none=True)
    one_to_one = Boolean()
    handling_zh = String(allow_none=True)
    referred_to = String(allow_none=True)
    result = WordOf(words.Result, allow_none=True)
    adoption = WordOf(words.Adoption, allow_none=True)
    adoption_zh = String(allow_none=True)
    resolution = WordOf(words.Resolution, allow_none=True)
    liability = Dict(keys=String(), values=Boolean(), allow_none=True)
    hardship = List(WordOf(words.Situation))
    aid_wish = Boolean()
    service_point = String()
    concerns_us = Boolean()
    sender = Nested(Sender, allow_none=True)
    walls = List(Nested(WallSaid))
    warnings = List(String(), load_default=list)
    approvals = List(Nested(ApprovalRow), load_default=list)  # what waits of it


class PetitionSaid(PetitionDescribed):
    """As every act on it answers it; `approval`: what was asked for just now."""

    approval = Nested(ApprovalSaid, allow_none=True, load_default=None)


class Registered(PetitionDescribed):
    """With the code its progress is looked up by, shown this once; none to who repeats the request."""

    query_code = String(allow_none=True)


class RegisteredParts(Answer):
    """The petitions that one letter became."""

    petitions = List(Nested(Registered))


class Told(Answer):
    """What of a petition was told to whom, when."""

    petition = String()
    to = String()
    to_zh = String()
    what = String()
    fields_ = List(String(), data_key="fields")
    at = Moment(allow_none=True)


class Sealed(PetitionSaid):
    """After secrecy was asked for: who outside had been told what before."""

    known_to = List(Nested(Told))


class HadIt(Answer):
    """Who has what stood there before; `told`: what is right has gone there too."""

    to = String()
    to_zh = String()
    what = String()
    at = Moment(allow_none=True)
    told = Boolean()


class CorrectionSaid(Answer):
    """What was put right, by whom, since when it had stood there; `was`, `reason`, `had`: for who may read material."""

    seq = Integer()
    what = List(WordOf(words.Corrected))
    what_zh = String()
    of_seq = Integer(allow_none=True)
    at = Moment()
    officer = String()
    officer_name = String(allow_none=True)
    approved_by = String(allow_none=True)
    since = Moment()
    was = Dict(keys=String(), allow_none=True)
    reason = String(allow_none=True)
    had = List(Nested(HadIt))


class Corrections(Answer):
    """All that was put right, the earliest first."""

    petition = String()
    corrections = List(Nested(CorrectionSaid))


class StepSaid(Answer):
    """A line of the timeline; `data`: what its sentence says, to who may read material all of it."""

    at = Moment()
    type = String()
    agency = String()
    officer = String()
    sentence = String()
    data = Dict(keys=String())


class Refusal(Answer):
    """What another service did not do, and why."""

    at = Moment()
    sentence = String()


class Linked(Answer):
    """Another petition that it belongs to."""

    number = String()
    reason = WordOf(words.LinkReason)
    reason_zh = String()


class ReleaseSaid(Answer):
    """To whom what is held may go, asked for and judged."""

    to = String()
    state = String()
    state_zh = String()
    confirmed = Boolean()
    reason = String()
    asked_by = String()
    asked_at = Moment()


class Held(Answer):
    """That it is held; why, only to who may see all of it."""

    sentence = String()
    because = List(String(), load_default=list)
    secret = Boolean(load_default=False)
    barred = List(String(), load_default=list)
    releases = List(Nested(ReleaseSaid), load_default=list)


class LedItem(Answer):
    """An item of the county's list."""

    item = String()
    item_zh = String()
    done_on = Day(allow_none=True)


class LeaderSaid(Answer):
    """Who came to lead it; why another than before or than is in charge, only to who may read material."""

    leader = String()
    since = Moment()
    reason = String(allow_none=True)
    officer = String()


class LedCase(Answer):
    """A case that a leader leads, since how many days, and what of the county's list is done."""

    leader = String(allow_none=True)
    since = Moment()
    days = Integer()
    done = Integer()
    items = List(Nested(LedItem))


class Led(LedCase):
    """The same with who led it before."""

    leaders = List(Nested(LeaderSaid))


class LedRow(LedCase):
    """One of a list; `vacant`: nobody is named, or who was has left."""

    petition = String()
    state = WordOf(words.PetitionState)
    state_zh = String()
    department = String(allow_none=True)
    vacant = Boolean()


class LedCases(Page):
    """Those in sight."""

    led_cases = List(Nested(LedRow(partial=True)))


class TaskRow(Answer):
    """A task inside our office; with neither department nor officer it is `above`: the level above's, on paper."""

    task = String()
    petition = String()
    kind = String()
    title = String()
    department = String(allow_none=True)
    officer = String(allow_none=True)
    above = Boolean()
    due = Day()
    overdue = Boolean()
    state = WordOf(words.TaskStanding)
    state_zh = String()
    opened_at = Moment()


class TaskRecordSaid(Answer):
    """How it ended, or why it was opened again or given to another."""

    what = String()
    what_zh = String()
    text = String(allow_none=True)
    at = Moment()
    officer = String()


class TaskSaid(TaskRow):
    """A task with its words and its records."""

    text = String(allow_none=True)
    records = List(Nested(TaskRecordSaid))


class TaskWhole(TaskSaid):
    """With what can be done with it now."""

    allowed_actions = List(Nested(Action))


class Tasks(Page):
    """Those in sight."""

    tasks = List(Nested(TaskRow(partial=True)))


class TasksOf(Answer):
    """All of one petition, the open ones first."""

    petition = String()
    tasks = List(Nested(TaskRow))


class VisitorSaid(Answer):
    """Who comes without a petition; the phone with stars."""

    name = String(allow_none=True)
    phone = String(allow_none=True)
    matter = String(allow_none=True)


class VisitorLookSaid(Answer):
    """Who looked at a visitor's number before, and why."""

    officer = String()
    at = Moment()
    reason = String()


class VisitorShown(VisitorSaid):
    """The same with the phone in full; the look is on the trail. `looks`: those before, the earliest first."""

    reception = String()
    booking = String()
    looks = List(Nested(VisitorLookSaid))


class BookingSaid(Answer):
    """A place on a reception day."""

    booking = String()
    petition = String(allow_none=True)
    state = WordOf(words.BookingState)
    state_zh = String()
    visitor = Nested(VisitorSaid, allow_none=True)
    decision = String(allow_none=True)


class GuideRow(Answer):
    """A guide in the list."""

    guide = String()
    title = String()
    about = String()


class Guides(Answer):
    """Every guide there is."""

    guides = List(Nested(GuideRow))


class GuidePlace(Answer):
    """Where people are received."""

    name = String()
    tier = String()


class GuideCheck(Answer):
    """A question to ask oneself before coming."""

    ask = String()
    law = String()
    verified = Boolean()
    verified_zh = String(allow_none=True)


class GuideTerm(Answer):
    """A period that runs."""

    rule = String()
    zh = String()
    period = String()
    begins = String()
    ends = String()
    law = String()
    verified = Boolean()
    verified_zh = String(allow_none=True)


class GuideAside(Answer):
    """When a step goes another way, and where that leads."""

    when = String()
    to = String()


class GuideStep(Answer):
    """A step of the way; `term`: the rule within whose period it is done."""

    title = String()
    text = String()
    term = String(allow_none=True)
    otherwise = List(Nested(GuideAside))


class GuideSaid(GuideRow):
    """A guide: what to bring, where, what is asked, which periods run, the steps."""

    department = String()
    bring = List(String())
    where = List(Nested(GuidePlace))
    phone = String()
    checks = List(Nested(GuideCheck))
    terms = List(Nested(GuideTerm))
    steps = List(Nested(GuideStep))


class FileSaid(Answer):
    """A file of a petition."""

    sha256 = String()
    size = Integer()
    media_type = String()
    name = String()


class FileNamed(FileSaid):
    """A file that an agency's answer names. `here`: it was handed in."""

    here = Boolean()


class ContactSaid(Answer):
    """A contact, without what is sealed of it."""

    contact = String()
    channel = WordOf(words.Channel)
    channel_zh = String()
    service_point = String()
    received_on = Day()
    recorded_at = Moment()
    officer = String()
    group_size = Integer()
    outcome = WordOf(words.ContactOutcome, allow_none=True)
    outcome_zh = String()
    joining = WordOf(words.Joining, allow_none=True)
    joining_zh = String(allow_none=True)
    petition = String(allow_none=True)
    kind = WordOf(words.Kind, allow_none=True)
    kind_zh = String(allow_none=True)
    secrecy = Boolean()


class ContactWhole(ContactSaid):
    """With by whom and what; of a secret petition's never by whom. What it may become, while it is undecided.

    `kind`, `secrecy`, `files`: of what came by the petitioners' door; its files until they are in a petition.
    """

    name = String(allow_none=True)
    phone = String(allow_none=True)
    text = String(allow_none=True)
    answer = String(allow_none=True)
    reveals = List(WordOf(words.PersonalNumber))
    files = List(Nested(FileSaid))
    allowed_actions = List(Nested(Action))


class Contacts(Page):
    """A page of contacts."""

    contacts = List(Nested(ContactSaid(partial=True)))


class JoinedContact(ContactSaid):
    """What came later, with its text."""

    text = String(allow_none=True)


class AnswerSaid(Answer):
    """What an agency answered."""

    referral = String()
    agency = String(allow_none=True)
    agency_zh = String(allow_none=True)
    received_at = Moment()
    result = WordOf(words.Result)
    result_zh = String()
    text = String(allow_none=True)
    files = List(Nested(FileNamed))


class ReplySaid(Answer):
    """A reply of ours. `corrects`: which of them said something wrong, and stands as it was issued."""

    seq = Integer()
    corrects = Integer(allow_none=True)
    kind = WordOf(words.ReplyKind)
    kind_zh = String()
    means = WordOf(words.Means)
    issued_on = Day()
    officer = String()
    officer_name = String(allow_none=True)
    text = String()


class RespondentSaid(Answer):
    """Whom it is about, as it was written."""

    seq = Integer()
    unit = String(allow_none=True)
    unit_zh = String(allow_none=True)
    name = String(allow_none=True)
    position = String(allow_none=True)


class RatingSaid(Answer):
    """How content the petitioner was with a reply."""

    seq = Integer()
    stars = Integer()
    text = String(allow_none=True)


class ActSaid(Answer):
    """What was done in handling it; `record` only to who may read material."""

    act = String()
    kind = WordOf(words.ActKind)
    kind_zh = String()
    done_on = Day()
    people = List(String())
    people_names = List(String())
    officer = String()
    officer_name = String(allow_none=True)
    record = String(load_default=None)


class PersonShown(Answer):
    """Who petitions; numbers with stars. `address`, `safe_contact`: only to who may read material.

    `reveals`: which of the numbers may be looked at in full.
    """

    name = String(allow_none=True)
    role = WordOf(words.PartyRole)
    role_zh = String()
    resident_id = String(allow_none=True)
    phone = String(allow_none=True)
    other_phones = String(allow_none=True)
    safe_contact = String(allow_none=True)
    address = String(load_default=None)
    reveals = List(WordOf(words.PersonalNumber))


class FirstHandler(Answer):
    """首办: the department and the person of its first acceptance, whoever has it now."""

    department = String()
    handler = String(allow_none=True)


class PetitionWhole(PetitionDescribed):
    """With what can be done now, its timeline and what it belongs to. From `statement` on: to who may read material.

    `petitioner`: null where nobody is shown, whether nobody is named or they asked for secrecy.
    """

    allowed_actions = List(Nested(Action))
    timeline = List(Nested(StepSaid))
    refused = List(Nested(Refusal))
    linked = List(Nested(Linked))
    held = Nested(Held, allow_none=True)
    first_handler = Nested(FirstHandler, allow_none=True)
    chief_led = Nested(Led, allow_none=True)
    title = String()
    petitioner = Nested(PersonShown, allow_none=True)
    organisation = String(allow_none=True)
    others = List(Nested(PersonShown))
    told = Integer(allow_none=True)  # who is told: 1 the petitioner, then the others in their order
    statement = String(load_default=None)
    sealed_post = String(load_default=None)
    lacking = List(String(), load_default=list)
    files = List(Nested(FileSaid), load_default=list)
    contacts = List(Nested(JoinedContact), load_default=list)
    answers = List(Nested(AnswerSaid), load_default=list)
    replies = List(Nested(ReplySaid), load_default=list)
    ratings = List(Nested(RatingSaid), load_default=list)
    respondents = List(Nested(RespondentSaid), load_default=list)
    acts = List(Nested(ActSaid), load_default=list)
    known_to = List(Nested(Told), load_default=list)


class RowSender(Answer):
    """Which agency sent it, under which number."""

    agency = String()
    number = String()


class PetitionRow(Answer):
    """A petition as a list shows it; a colour only where its risk may be read."""

    number = String()
    state = WordOf(words.PetitionState)
    state_zh = String()
    kind = WordOf(words.Kind)
    kind_zh = String()
    line = WordOf(words.Line)
    line_zh = String()
    sub_line = String(allow_none=True)
    sub_line_zh = String(allow_none=True)
    colour = WordOf(words.RiskColour, allow_none=True)
    colour_zh = String(allow_none=True)
    received_on = Day()
    registered_at = Moment()
    reply_by = Day(allow_none=True)
    outcome_by = Day(allow_none=True)
    department = String(allow_none=True)
    service_point = String()
    secrecy = Boolean()
    referred_to = String(allow_none=True)
    result = WordOf(words.Result, allow_none=True)
    sender = Nested(RowSender, allow_none=True)


class Petitions(Page):
    """A page of petitions."""

    petitions = List(Nested(PetitionRow))


class Owed(PetitionRow):
    """Since when its outcome should have been told."""

    owed_since = Day()


class Backlog(Page):
    """A page of those whose outcome is late."""

    petitions = List(Nested(Owed(partial=True)))


class RateSaid(Answer):
    """Of one rule: `due` were to be kept in the time asked for, of them `late` were not; `open` may still be."""

    rule = String()
    rule_zh = String()
    due = Integer()
    late = Integer()
    open = Integer()


class Rates(Answer):
    """By rule, of the periods whose last day lies in these days, both included."""

    day_from = Day()
    day_until = Day()
    rates = List(Nested(RateSaid))


class ClockSaid(clocks.ClockSaid):
    """A period; `approval`: by which it gets longer."""

    approval = Nested(ApprovalSaid, allow_none=True, load_default=None)


class Clocks(Answer):
    """The periods of a petition and of its referrals."""

    petition = String()
    clocks = List(Nested(ClockSaid))


class HandedOver(Answer):
    """What became of one petition of a handover: moved, or why it stays."""

    petition = String()
    moved = Boolean()
    why = String(allow_none=True)
    why_zh = String(allow_none=True)


class Handover(Answer):
    """What became of each; `more`: there are further ones that were not looked at."""

    results = List(Nested(HandedOver))
    moved = Integer()
    not_moved = Integer()
    more = Boolean()


class Acts(Answer):
    """All that was done in handling it, the earliest first."""

    petition = String()
    acts = List(Nested(ActSaid))


class ReceptionSaid(Answer):
    """A leader's reception day, with the petitions in sight."""

    reception = String()
    day = Day()
    begins = String(allow_none=True)
    room = String(allow_none=True)
    leader = String()
    places = Integer()
    taken = Integer()
    cancelled = Boolean()
    petitions = List(String())
    bookings = List(Nested(BookingSaid))


class ReceptionBooked(ReceptionSaid):
    """The day, and the place that was taken."""

    booking = String()


class Receptions(Page):
    """Those from today on."""

    receptions = List(Nested(ReceptionSaid(partial=True)))


class Printable(Answer):
    """A paper that can be printed now."""

    kind = WordOf(words.DocumentKind)
    kind_zh = String()


class Printables(Answer):
    """The papers that can be printed now."""

    petition = String()
    documents = List(Nested(Printable))


class Meant(Answer):
    """What an answer to a question comes to."""

    result = WordOf(words.Admission)
    result_zh = String()
    text = String(allow_none=True)


class CheckSaid(Answer):
    """A question before acceptance, with its law."""

    check = String()
    ask = String()
    yes = Nested(Meant)
    no = Nested(Meant)
    law = String()
    by_day = Boolean()
    verified = Boolean()
    verified_zh = String(allow_none=True)


class ReasonSaid(Meant):
    """A question that decided the hint, or is open."""

    check = String()
    ask = String()
    law = String()
    verified = Boolean()


class Hint(Answer):
    """What the answers came to; the officer decides."""

    result = WordOf(words.Admission)
    result_zh = String()
    reasons = List(Nested(ReasonSaid))
    answers = Dict(keys=String(), values=Boolean())
    at = Moment()
    officer = String()


class HearingHeld(Answer):
    """How a line's hearing is held: open or not, by which steps, who must be asked to come; `notice`: its rule."""

    open = Boolean()
    open_zh = String()
    closed = List(String())
    approval = WordOf(words.ApproverLevel)
    approval_zh = String()
    host = String()
    invites = List(String())
    recorded = Boolean()
    steps = List(String())
    notice = String()
    law = String()
    verified = Boolean()
    verified_zh = String(allow_none=True)


class WaySaid(Answer):
    """A way a claim goes, and what follows from it; `ours`: whether our office may take it on."""

    route = WordOf(words.ClaimRoute)
    route_zh = String()
    ours = Boolean()
    means = String()
    remedy = String()
    periods = List(String())
    law = String()
    verified = Boolean()
    verified_zh = String(allow_none=True)


class Ways(Answer):
    """All six."""

    ways = List(Nested(WaySaid))


class SheetSaid(Answer):
    """A line or sub-line: what it asks, where it goes, what it needs, how a hearing of it is held."""

    sheet = String()
    sheet_zh = String()
    department = String(allow_none=True)
    clocks = List(String())
    documents = List(String())
    liability = List(String())
    hearing = Nested(HearingHeld, allow_none=True)
    checks = List(Nested(CheckSaid))


class LineSaid(SheetSaid):
    """With its sub-lines."""

    subs = List(Nested(SheetSaid))


class Lines(Answer):
    """Every line of work."""

    lines = List(Nested(LineSaid))


class AdmissionSaid(SheetSaid):
    """What a petition's line asks, and the last hint."""

    petition = String()
    advised = Nested(Hint, allow_none=True)


class KindSuggested(Answer):
    """A kind that the words point to: a hint, the officer chooses."""

    kind = WordOf(words.Kind)
    kind_zh = String()
    words = List(String())


class LineSuggested(Answer):
    """A line that earlier petitions with such words had."""

    line = WordOf(words.Line)
    line_zh = String()
    certainty = WordOf(words.Certainty)
    certainty_zh = String()
    words = List(String())


class ClockToBe(Answer):
    """A period that registering will start."""

    rule = String()
    rule_zh = String()
    source = String()
    verified = Boolean()
    start = Day()
    target = Day()
    due = Day()
    provisional = Boolean()
    sentence = String()


class BarredSaid(Answer):
    """An agency that may not have it, and why."""

    agency = String()
    agency_zh = String()
    reason = WordOf(words.Barred)
    reason_zh = String()
    sentence = String()


class BanSaid(Answer):
    """Whether the ban holds it, and whom it bars; not `known`: referral alone can say it."""

    holds = Boolean()
    known = Boolean()
    barred = List(Nested(BarredSaid))


class WallToBe(Answer):
    """Who of ours will be kept away."""

    officer = String(allow_none=True)
    officer_name = String(allow_none=True)
    department = String(allow_none=True)
    department_zh = String(allow_none=True)


class Preview(Answer):
    """What a registration so far would come to; `duty_crime`: its words are of what is not to be typed in."""

    kinds = List(Nested(KindSuggested))
    duty_crime = Boolean()
    lines = List(Nested(LineSuggested))
    admission = Nested(SheetSaid, allow_none=True)
    clocks = List(Nested(ClockToBe))
    ban = Nested(BanSaid)
    concerns_us = Boolean()
    unidentified = Boolean()
    walls = List(Nested(WallToBe))


class OwedSaid(Answer):
    """What the petitioner must still be told."""

    reply = WordOf(words.ReplyKind)
    reply_zh = String()
    by = Day(allow_none=True)
    means = List(WordOf(words.Means))


class ReplyTold(Answer):
    """A reply and by what it is proved. `corrects`: which of them said something wrong."""

    seq = Integer()
    reply = WordOf(words.ReplyKind)
    reply_zh = String()
    means = WordOf(words.Means)
    means_zh = String()
    issued_on = Day()
    corrects = Integer(allow_none=True)
    proof = WordOf(words.Proof, allow_none=True)
    proof_zh = String(allow_none=True)
    proved_on = Day(allow_none=True)


class Announced(Answer):
    """A message that was delivered."""

    about = WordOf(words.Notice)
    about_zh = String()
    at = Moment()


class Untellable(Answer):
    """What could not be told, and why."""

    reply = WordOf(words.ReplyKind)
    reason = WordOf(words.Impossible)
    reason_zh = String()
    recorded_at = Moment()


class Ledger(Answer):
    """What is owed to the petitioner, what was told and what could not be."""

    petition = String()
    impossible = WordOf(words.Impossible, allow_none=True)
    owed = List(Nested(OwedSaid))
    told = List(Nested(ReplyTold))
    announced = List(Nested(Announced))
    untellable = List(Nested(Untellable))


class Factor(Answer):
    """Something that an officer may find."""

    fact = String()
    fact_zh = String()


class RiskSaid(Answer):
    """How much care it needs, why, and what that asks of us."""

    petition = String()
    colour = WordOf(words.RiskColour)
    colour_zh = String()
    reasons = List(String())
    duties = List(String())
    facts = List(String())
    factors = List(Nested(Factor))


class RiskRow(PetitionRow):
    """Why it has its colour, and what that asks of us."""

    reasons = List(String())
    duties = List(String())


class Risks(Page):
    """Those of one colour."""

    petitions = List(Nested(RiskRow(partial=True)))


class OpeningSaid(Answer):
    """That somebody asked to see who asked for secrecy, and what was decided."""

    opening = String()
    petition = String()
    purpose = WordOf(words.OpeningPurpose)
    purpose_zh = String()
    state = WordOf(words.OpeningState)
    state_zh = String()
    asked_by = String()
    asked_at = Moment()
    decided_by = String(allow_none=True)
    expires_at = Moment(allow_none=True)


class WaitingOpening(OpeningSaid):
    """With the reason, for who decides."""

    reason = String()


class Openings(Page):
    """Those that wait."""

    openings = List(Nested(WaitingOpening(partial=True)))


class Concealed(Answer):
    """One of whom the safe holds, as far as they were known."""

    name = String(load_default=None)
    resident_id = String(load_default=None)
    phone = String(load_default=None)
    other_phones = String(load_default=None)
    safe_contact = String(load_default=None)
    address = String(load_default=None)
    organisation = String(load_default=None)
    role = WordOf(words.PartyRole, load_default=None)
    note = String(load_default=None)  # 更正前, 更正后


class Looked(Answer):
    """Who asked for secrecy, in clear."""

    opening = String()
    petition = String()
    person = Nested(Concealed)
    others = List(Nested(Concealed))


class CodeSaid(Answer):
    """The new code, shown this once."""

    number = String()
    query_code = String()


class ProgressStep(Answer):
    """What was done, on which day."""

    on = Day()
    what = String()


class ProgressReply(Answer):
    """A reply, and whether it was rated."""

    seq = Integer()
    what = String()
    issued_on = Day()
    rated = Boolean()


class Progress(Answer):
    """How far it is, as its petitioner reads it."""

    number = String()
    now = String()
    received_on = Day()
    reply_by = Day(allow_none=True)
    outcome_by = Day(allow_none=True)
    steps = List(Nested(ProgressStep))
    replies = List(Nested(ProgressReply))
    ask = String()


class EntryFiles(Answer):
    """What may come with an entry: how many, bytes of all together, media types."""

    most = Integer()
    bytes = Integer()
    types = List(String())


class OnlineOffered(Answer):
    """Whether somebody is named who reads what is written at the petitioners' door."""

    open = Boolean()
    files = Nested(EntryFiles)


class EntryMade(Answer):
    """The code to come back with, shown to whoever has the form."""

    code = String()
    received_on = Day()


class EntrySaid(Answer):
    """What became of an entry; `number`: of a petition of its own, looked up by the same code."""

    received_on = Day()
    now = String()
    number = String(allow_none=True)
    answer = String(allow_none=True)
    files = Integer()
    takes_files = Boolean()


class AgencySaid(Answer):
    """An agency that is there today; `queued`: reached by a system or our page."""

    code = String()
    name = String()
    queued = Boolean()


class Agencies(Answer):
    """Those a matter can go to or be about."""

    agencies = List(Nested(AgencySaid))


class BasisSaid(Answer):
    """A legal basis, of which kinds it may be said, and what it lets go."""

    basis = String()
    basis_zh = String()
    petitions = List(WordOf(words.Kind))
    fields_ = List(String(), data_key="fields")
    verified = Boolean()


class PurposeSaid(Answer):
    """What something may be handed on for."""

    purpose = String()
    purpose_zh = String()
    kind = WordOf(words.ReferralKind)
    retain_days = Integer()
    bases = List(Nested(BasisSaid))


class Purposes(Answer):
    """Every purpose there is."""

    purposes = List(Nested(PurposeSaid))


class PointSaid(Answer):
    """A service point."""

    code = String()
    name = String()
    tier = WordOf(words.PointTier)
    tier_zh = String()
    place = String(allow_none=True)


class Points(Answer):
    """The county's service points."""

    service_points = List(Nested(PointSaid))


class DepartmentSaid(Answer):
    """A department of ours."""

    code = String()
    name = String()
    active = Boolean()
    revision = Integer()


class Departments(Page):
    """All there ever were."""

    departments = List(Nested(DepartmentSaid(partial=True)))


class OfficerSaid(Answer):
    """An officer of ours, with their name."""

    number = String()
    revision = Integer()
    name = String()
    department = String(allow_none=True)
    service_point = String(allow_none=True)
    deputy = String(allow_none=True)
    leads = List(String())
    since = Day()
    until = Day(allow_none=True)
    roles = List(WordOf(words.Role))
    roles_zh = List(String())
    active = Boolean()
    leaves = List(Dict(keys=String()), load_default=list)


class SeatSaid(Answer):
    """What a token of an officer may say; `second_factor`: whether one of the roles logs in with one."""

    number = String()
    roles = List(WordOf(words.Role))
    department = String(allow_none=True)
    service_point = String(allow_none=True)
    second_factor = Boolean()


class Officers(Page):
    """All there ever were, or of one department or role."""

    officers = List(Nested(OfficerSaid(partial=True)))


class OfficerRevisions(Answer):
    """What an officer was, from the first on."""

    officer = String()
    revisions = List(fields.Dict(keys=String()))


class RoleRequestSaid(Answer):
    """Roles that were asked for, and what was decided."""

    request = String()
    officer = String()
    roles = List(WordOf(words.Role))
    roles_zh = List(String())
    state = WordOf(words.OpeningState)
    state_zh = String()
    asked_by = String()
    asked_at = Moment()
    decided_by = String(allow_none=True)
    decided_at = Moment(allow_none=True)


class RoleRequests(Page):
    """Those that wait."""

    requests = List(Nested(RoleRequestSaid(partial=True)))


class Placements(Answer):
    """Where petitions sit, readable by the service that asks alone."""

    count = Integer()
    sealed = String()


class Card(Answer):
    """One petition as this officer is shown it; `contact`: a phone, with stars but for what they wrote down today.

    `state_zh`: only where it reads otherwise than the word of `state`. `handler`: by number.
    """

    number = String()
    title = String()
    petitioner = String()
    contact = String(allow_none=True)
    kind = WordOf(words.Kind)
    line = WordOf(words.Line)
    state = WordOf(words.PetitionState)
    state_zh = String(load_default=None)
    colour = WordOf(words.RiskColour, allow_none=True)
    department = String(allow_none=True)
    handler = String(allow_none=True)


class CardsSaid(Answer):
    """Those in sight, in the order asked for."""

    cards = List(Nested(Card))


class FoundWhy(Answer):
    """What of a petition is as it was typed."""

    by = WordOf(words.FoundBy)
    by_zh = String()


class Hit(Card):
    """A petition that was found."""

    reasons = List(Nested(FoundWhy))


class Finding(Answer):
    """What was found, of the surest reason first and of each the newest; `sentence`: what to do where that helps."""

    hits = List(Nested(Hit))
    total = Integer()
    total_is_more = Boolean()
    sentence = String(allow_none=True)


class MatchedWhy(Answer):
    """What two petitions have in common."""

    by = WordOf(words.MatchedBy)
    by_zh = String()


class Match(Card):
    """One that may be the same: why, and apart from that what follows in law where it is.

    `likeness`: how much of the same the texts say, where they do; `repeat`: the same person with the same matter, while
    the earlier is open or within the set time after its end.
    """

    reasons = List(Nested(MatchedWhy))
    likeness = Float(allow_none=True)
    ended_on = String(allow_none=True)
    repeat = Boolean()
    effect = WordOf(words.MatchEffect)
    effect_zh = String()


class LikeIssue(Card):
    """One that speaks of what may be the same issue; `group`: the numbers put together with it, as far as in sight."""

    group = List(String())


class MatchesSaid(Answer):
    """`matches`: the surest reason first, of each the newest; `issues`: the likest first, of each group one."""

    matches = List(Nested(Match))
    issues = List(Nested(LikeIssue))
    total = Integer()
    total_is_more = Boolean()


class Revealed(Answer):
    """`value`: the number in full; null where the same key showed it before."""

    field = WordOf(words.PersonalNumber)
    value = String(allow_none=True)


class PetitionerRevealed(Revealed):
    """Whose it is: `seq` 1 is the first petitioner."""

    petition = String()
    seq = Integer()


class ContactRevealed(Revealed):
    """Of which contact it is."""

    contact = String()
