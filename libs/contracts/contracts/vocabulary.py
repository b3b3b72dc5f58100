"""The words of the domain, each with the Chinese an officer reads. Code uses the English word, and only that one."""

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """A code with its Chinese label in `zh`."""

    zh: str

    def __new__(cls, value: str, zh: str = "") -> Self:
        """A member is its code: what is compared, stored and sent; the label is beside it."""
        word = str.__new__(cls, value)
        word._value_ = value
        word.zh = zh
        return word


class Kind(Word):
    """The three legal kinds of a petition (信访工作条例 17, 29-31)."""

    PROPOSAL = "proposal", "建议意见"
    ACCUSATION = "accusation", "检举控告"
    CLAIM = "claim", "申诉求决"


class Line(Word):
    """The six lines of a 12309 centre, and the rest."""

    COMPLAINT_APPEAL = "complaint_appeal", "控告申诉"
    CRIMINAL_APPEAL = "criminal_appeal", "刑事申诉"
    CIVIL_SUPERVISION = "civil_supervision", "民事监督"
    ADMINISTRATIVE_SUPERVISION = "administrative_supervision", "行政监督"
    JUDICIAL_AID = "judicial_aid", "司法救助"
    PUBLIC_INTEREST = "public_interest", "公益诉讼线索"
    SUPPORT_PROSECUTION = "support_prosecution", "支持起诉"
    OTHER = "other", "其他"


class Channel(Word):
    """How a contact came in."""

    LETTER = "letter", "来信"
    CALL = "call", "来电"
    VISIT = "visit", "来访"
    ONLINE = "online", "网上"
    FAX = "fax", "传真"
    OPINION_BOOK = "opinion_book", "意见簿"
    FORWARDED = "forwarded", "转入"


class Reach(Word):
    """How a petitioner may be told; rides on events so that a late letter fails safe."""

    NONE = "none", "无法联系"
    SMS = "sms", "短信"
    CALL = "call", "电话"
    SAFE = "safe", "约定方式"
    SEALED = "sealed", "保密"


class PetitionState(Word):
    """Where a petition stands in intake; which actions that allows, intake's table says."""

    SUBMITTED = "submitted", "转来待签收"
    REGISTERED = "registered", "已登记"
    OBJECTED = "objected", "异议中"
    SENT_BACK = "sent_back", "已退回转来单位"
    AWAITING_MATERIAL = "awaiting_material", "待补正"
    ACCEPTED = "accepted", "已受理"
    NOT_ACCEPTED = "not_accepted", "不予受理"
    GUIDED = "guided", "已告知引导"
    REFERRED = "referred", "已移交"
    HANDLING = "handling", "办理中"
    SUSPENDED = "suspended", "已中止"
    CONCLUDED = "concluded", "已审结"
    REPLIED = "replied", "已答复"
    CLOSING = "closing", "归档审核中"
    CLOSED = "closed", "已归档"
    WITHDRAWN = "withdrawn", "已撤回"
    TERMINATED = "terminated", "已终结"
    VOIDED = "voided", "已作废"
    MERGED = "merged", "已并案"


class ReferralKind(Word):
    """What another agency is to do with a petition."""

    TRANSFER = "transfer", "移送"
    ASSIST = "assist", "商请协办"
    NOTIFY_LEAD = "notify_lead", "抄送线索"
    ASSIGN = "assign", "交办"

    @property
    def moves(self) -> bool:
        """Whether the petition goes with it; 协办 and 抄送 leave it where it is."""
        return self in (ReferralKind.TRANSFER, ReferralKind.ASSIGN)


class Involvement(Word):
    """What another agency is involved for while a petition stays; a purpose of `contracts.purposes`."""

    ASSIST = "assist", "商请协办"
    INFORMATION = "information", "抄送线索"


class OnPaper(Word):
    """What an agency without a system says on paper, as an officer writes it down."""

    SIGN = "sign", "签收"
    ACCEPT = "accept", "受理"
    OBJECT = "object", "提出异议"
    ANSWER = "answer", "反馈"


class ReferralState(Word):
    """Where a referral stands; which moves that allows, referral's table says."""

    DRAFTED = "drafted", "拟办"
    SENT = "sent", "待签收"
    SIGNED = "signed", "待受理"
    ACCEPTED = "accepted", "已受理"
    IN_PROGRESS = "in_progress", "办理中"
    SUSPENDED = "suspended", "中止"
    OBJECTED = "objected", "异议中"
    ANSWERED = "answered", "已反馈"
    REWORK = "rework", "退回补办"
    CLOSED = "closed", "已办结"
    PASSED_ON = "passed_on", "转由他单位"
    RETURNED = "returned", "已退回"
    RECALLED = "recalled", "已撤回"
    UNDELIVERED = "undelivered", "未送达"
    VOIDED = "voided", "已作废"


class ReferralTab(Word):
    """Where a referral stands as far as who looks for work cares."""

    UNSIGNED = "unsigned", "待签收"
    SIGNED = "signed", "待受理"
    OBJECTED = "objected", "异议中"
    HANDLING = "handling", "办理中"
    ANSWERED = "answered", "已反馈"
    CLOSED = "closed", "已办结"
    BACK = "back", "已退回、撤回"


class VoidReason(Word):
    """Why a handover is made as if it had never been; a chief approves."""

    MISDIRECTED = "misdirected", "误送"
    DUPLICATE = "duplicate", "重复移交"
    WITHDRAWN = "withdrawn", "信访人撤回"
    UNLAWFUL = "unlawful", "依法不应移交"


class ObjectionReason(Word):
    """Why a receiver says that a matter is not its to deal with."""

    NOT_COMPETENT = "not_competent", "不属于本单位职责"
    OTHER_COMPETENT = "other_competent", "应由其他单位办理"
    DUPLICATE = "duplicate", "同一事项正在办理"
    INCOMPLETE = "incomplete", "材料不全"


class EscalationReason(Word):
    """Why others are asked to coordinate (提请协调)."""

    UNSIGNED = "unsigned", "催办后仍未签收"
    BOUNCED = "bounced", "两次被退回"


class Ruling(Word):
    """What a sender decides on an objection."""

    UPHELD = "upheld", "异议成立"
    OVERRULED = "overruled", "异议不成立"


class Result(Word):
    """What came of a matter in law; whether the trouble is over, `Resolution` says."""

    SUPPORTED = "supported", "支持"
    PARTLY_SUPPORTED = "partly_supported", "部分支持"
    NOT_SUPPORTED = "not_supported", "不支持"
    WITHDRAWN = "withdrawn", "撤回"
    TERMINATED = "terminated", "终结"
    TRANSFERRED = "transferred", "移送"
    GUIDED = "guided", "引导"


class Adoption(Word):
    """What becomes of a proposal (信访工作条例 29); who made it is told."""

    ADOPTED = "adopted", "采纳"
    PARTLY = "partly", "部分采纳"
    NOT_ADOPTED = "not_adopted", "不予采纳"


class Resolution(Word):
    """Whether the trouble itself is over: another question than the legal result."""

    SUBSTANTIVE = "substantive", "实质性化解"
    EXPLAINED = "explained", "释法息诉"
    PROCEDURE_ONLY = "procedure_only", "程序办结未息诉"


class Ending(Word):
    """How a petition ended with us, so that what others do for it has no use any more."""

    WITHDRAWN = "withdrawn", "信访人撤回"
    TERMINATED = "terminated", "终结"
    NOT_ACCEPTED = "not_accepted", "不予受理"
    GUIDED = "guided", "已告知引导"
    SENT_BACK = "sent_back", "已退回转来单位"


class Unmade(Word):
    """Why another service did not do what an officer asked; never whom else it concerns."""

    ENDED = "ended", "此件已结束"
    NO_AGENCY = "no_agency", "该单位已不在名录中"
    LAPSED = "lapsed", "提出异议的期限已过，视为受理"
    OVER = "over", "转来的移交已不在这一环节"
    BARRED = "barred", "依法不得向该单位说明"


class Pause(Word):
    """Why handling stands still; the packs say which periods stand still with it."""

    APPRAISAL = "appraisal", "鉴定、评估"
    OTHER_PROCEDURE = "other_procedure", "等待其他程序的结果"
    FORCE_MAJEURE = "force_majeure", "不可抗力"
    # 民事诉讼监督规则 52: time that is not counted; 72: review stands still by a decision that the parties are sent
    FILE_REQUEST = "file_request", "调卷"
    AUDIT = "audit", "审计"
    EXPERT = "expert", "专家咨询"
    REVIEW_SUSPENDED = "review_suspended", "中止审查（决定书已发送当事人）"
    INSPECTION = "inspection", "检验、检测、翻译"  # 公益诉讼办案规则 48


class ClockTrusted(Word):
    """What was found when the clocks had halted because time could not be trusted."""

    DOWNTIME = "downtime", "停机或暂停所致，时间一直无误"
    CORRECTED = "corrected", "时间确曾有误，已校正"
    SET_RIGHT = "set_right", "此前时间有误，跳变即为校正"


class Termination(Word):
    """Why handling ends without an answer on the merits."""

    DIED = "died", "信访人死亡，无人承继"
    NO_MATERIAL = "no_material", "逾期不补正材料"
    # of an application for supervision, when what was lacking did not come in time (民、行诉讼监督规则 21)
    DEEMED_WITHDRAWN = "deemed_withdrawn", "逾期未补正，视为撤回监督申请"
    SETTLED = "settled", "已和解或诉求已实现"
    NO_SUBJECT = "no_subject", "反映的事项已不存在"


class Reopening(Word):
    """Why a matter that had ended is taken up again."""

    NEW_EVIDENCE = "new_evidence", "有新的证据"
    WRONG = "wrong", "原处理有错误"
    NOT_VOLUNTARY = "not_voluntary", "撤回非本人自愿"
    ORDERED = "ordered", "上级要求重新办理"


class ReplyKind(Word):
    """What a reply tells the petitioner."""

    PROCEDURAL_REPLY = "procedural_reply", "程序性回复"
    PROGRESS_REPLY = "progress_reply", "进展"
    OUTCOME_REPLY = "outcome_reply", "结果答复"


class Means(Word):
    """How a reply was issued; posting counts as issued, delivery is tracked apart."""

    IN_PERSON = "in_person", "当面送达"
    POST = "post", "挂号邮寄"
    CALL = "call", "电话告知"
    SMS = "sms", "短信"
    PUBLIC = "public", "公开回复"


class RefusalReason(Word):
    """Why a petition is not accepted (不予受理)."""

    NOT_OURS = "not_ours", "不属于本院管辖"
    UNDER_HANDLING = "under_handling", "有关机关正在办理"
    FINALLY_CONCLUDED = "finally_concluded", "已经依法终结"
    OUT_OF_TIME = "out_of_time", "超过法定期限"


class WallReason(Word):
    """Why somebody of our own office is kept away from a petition (信访工作条例 28(3), 30(3))."""

    CONCERNED = "concerned", "被反映"
    RECUSED = "recused", "回避"
    NOBODY_NAMED = "nobody_named", "未指明具体人员"


class Notice(Word):
    """What a petitioner is told; the last three, what an officer is."""

    RECEIPT = "receipt", "收件"
    ACCEPTED = "accepted", "受理"
    NOT_ACCEPTED = "not_accepted", "不予受理"
    GUIDED = "guided", "引导"
    TRANSFERRED = "transferred", "移送告知"
    OUTCOME = "outcome", "结果"
    AID_DECIDED = "aid_decided", "救助决定"
    AID_ANSWERED = "aid_answered", "救助反馈"
    HEARING = "hearing", "听证"
    OFFICER_DEADLINE = "officer_deadline", "时限提醒"
    OFFICER_DIGEST = "officer_digest", "每日时限汇总"
    OFFICER_MATTER = "officer_matter", "工作提醒"


class Reminder(Word):
    """What somebody of our own office is to look at; the petition itself says the rest."""

    TASK = "task", "有任务待办"
    TASK_OVERDUE = "task_overdue", "有任务已逾期"
    RISK = "risk", "风险等级升高"
    APPROVAL = "approval", "有事项待审批"
    OBJECTION = "objection", "接收单位提出异议，待裁定"
    COORDINATION = "coordination", "已提请协调，请跟进"


class TaskStanding(Word):
    """Where a task inside our office stands."""

    OPEN = "open", "待办"
    DONE = "done", "已办结"
    IMPOSSIBLE = "impossible", "无法办理"


class NoticeState(Word):
    """Where a notice stands; the last five are final but for `unknown`."""

    PLANNED = "planned", "待发送"
    SENDING = "sending", "发送中"
    SENT = "sent", "已提交"
    DELIVERED = "delivered", "已送达"
    FAILED = "failed", "未送达"
    REFUSED = "refused", "被拒收"
    UNKNOWN = "unknown", "结果待查"
    IMPOSSIBLE = "impossible", "依法无法告知"


class Impossible(Word):
    """Why nobody could be told, lawfully."""

    ANONYMOUS = "anonymous", "匿名"
    NO_CONTACT = "no_contact", "未留联系方式"
    SEALED = "sealed", "举报人要求保密，不发短信"
    OTHER_MEANS = "other_means", "以约定的其他方式告知"
    WRONG_NUMBER = "wrong_number", "号码有误"
    NO_ANSWER = "no_answer", "多次联系无人接听"
    DECLINED = "declined", "拒收"
    WHEREABOUTS_UNKNOWN = "whereabouts_unknown", "下落不明"
    IN_CUSTODY = "in_custody", "在押，由监管场所转交"
    ASKED_NOT_TO = "asked_not_to", "应本人要求不主动联系"
    DIED = "deceased", "信访人已去世，不再向其号码发送"
    NOBODY_LEFT = "nobody_left", "信访人已死亡，期内无近亲属或者继承人承接，无可告知人"
    OVERTAKEN = "overtaken", "尚未发出，情况已变，内容不再属实"


class TaskState(Word):
    """What a channel's operator reports of one task."""

    ACCEPTED = "accepted", "已受理"
    DELIVERED = "delivered", "已告知"
    NO_ANSWER = "no_answer", "无人接听"
    WRONG_NUMBER = "wrong_number", "号码有误"
    DECLINED = "declined", "拒绝接听"
    REFUSED = "refused", "拒收"
    FAILED = "failed", "未送达"


class CallOutcome(Word):
    """What came of a call that an officer made in place of the channel's operator."""

    TOLD = "told", "已告知"
    NO_ANSWER = "no_answer", "无人接听"
    WRONG_NUMBER = "wrong_number", "号码错误"
    DECLINED = "declined", "拒绝"
    MISDIALLED = "misdialled", "打错了"


class Situation(Word):
    """What an officer found of a petitioner's hardship; a word about a number, never the story."""

    VICTIM_DEATH = "victim_death", "被害人死亡，近亲属失去主要生活来源"
    VICTIM_INJURY = "victim_injury", "被害人重伤或严重残疾"
    URGENT_TREATMENT = "urgent_treatment", "急需救治，无力承担医疗费用"
    PROPERTY_LOSS = "property_loss", "财产遭受重大损失"
    TRAFFIC_HARM = "traffic_harm", "道路交通事故等侵权致人身伤害"
    NO_COMPENSATION = "no_compensation", "加害人无力赔偿或无法获得赔偿"
    NO_INCOME = "no_income", "家庭无稳定收入"
    INCAPABLE = "incapable", "无劳动能力且无人赡养抚养"
    MINOR_SCHOOLING = "minor_schooling", "未成年子女就学困难"
    MEDICAL_COST = "medical_cost", "医疗费用负担过重"
    DISASTER = "disaster", "遭受自然灾害"
    HOUSING = "housing", "住房困难"
    UNEMPLOYED = "unemployed", "失业"
    SUDDEN_TROUBLE = "sudden_trouble", "突发事件致基本生活困难"
    LOW_INCOME = "low_income", "家庭人均收入低于当地低保标准"
    MARGIN_INCOME = "margin_income", "家庭收入、财产在低保边缘标准以内"
    RIGID_EXPENSES = "rigid_expenses", "医疗、教育等刚性支出较大"
    ELDERLY = "elderly", "老年人"
    DISABLED = "disabled", "残疾人"
    UNDER_16 = "under_16", "未满16周岁"
    MINOR = "minor", "未成年人，或成年后仍在义务教育、高中阶段就读"
    SCHOOLING = "schooling", "家庭成员就学困难（学前教育至高等教育）"
    RECOGNISED = "recognised", "已认定为特困、低保、低保边缘或刚性支出困难家庭"
    HOMELESS = "homeless", "生活无着流浪乞讨"
    UNSOLVED_BY_LAW = "unsolved_by_law", "诉求合理但法律程序难以解决"


class AidKind(Word):
    """Judicial aid, and the kinds of social aid (社会救助法; before 2026-07-01 社会救助暂行办法)."""

    JUDICIAL = "judicial", "司法救助"
    SUBSISTENCE = "subsistence", "最低生活保障"
    DESTITUTE = "destitute", "特困人员供养"
    DISASTER = "disaster", "受灾人员救助"
    MEDICAL = "medical", "医疗救助"
    EDUCATION = "education", "教育救助"
    HOUSING = "housing", "住房救助"
    EMPLOYMENT = "employment", "就业救助"
    TEMPORARY = "temporary", "临时救助"
    MARGIN = "margin", "低保边缘家庭救助"
    RIGID_EXPENDITURE = "rigid_expenditure", "刚性支出困难家庭救助"
    EMERGENCY_MEDICAL = "emergency_medical", "疾病应急救助"
    HOMELESS = "homeless", "生活无着的流浪乞讨人员救助"


class AidState(Word):
    """A case of judicial aid; what social aid becomes of it is in its leads."""

    OPENED = "opened", "待决定"
    GRANTED = "granted", "决定救助"
    REFUSED = "refused", "不予救助"


class AidRefusal(Word):
    """The grounds on which judicial aid is refused (细则 8).

    `discretionary`: aid is then generally refused, and need not be: who decides says why.
    """

    @property
    def discretionary(self) -> bool:
        """Whether who decides must say why."""
        return self is AidRefusal.ALREADY_HELPED

    OWN_FAULT = "own_fault", "对案件发生有重大过错"
    NOT_COOPERATING = "not_cooperating", "无正当理由拒绝配合查明事实"
    FALSE_STATEMENT = "false_statement", "故意作虚伪陈述或伪造证据"
    WAIVED = "waived", "主动放弃赔偿或拒绝赔偿"
    OTHER_CAUSE = "other_cause", "生活困难非案件原因所致"
    ALREADY_HELPED = "already_helped", "已得到合理补偿或救助"
    NOT_ELIGIBLE = "not_eligible", "不属于救助对象"


class LeadState(Word):
    """A lead about somebody in hardship, handed to another agency."""

    OFFERED = "offered", "待签收"
    SIGNED = "signed", "已签收"
    ANSWERED = "answered", "已反馈"
    BY_HAND = "by_hand", "待人工转送"
    UNDELIVERED = "undelivered", "未送达"


class LeadResult(Word):
    """What the agency did with a lead."""

    GRANTED = "granted", "已给予救助"
    PENDING = "pending", "已受理，正在办理"
    REFUSED = "refused", "不符合救助条件"


class AgencyKind(Word):
    """What an agency is: the ban and the rules go by it."""

    PROCURATORATE = "procuratorate", "检察院"
    DISCIPLINE = "discipline", "纪检监察"
    POLITICAL_LEGAL = "political_legal", "政法委"
    GOVERNANCE_CENTRE = "governance_centre", "综治中心"
    PETITION_OFFICE = "petition_office", "信访部门"
    POLICE = "police", "公安"
    JUSTICE = "justice", "司法行政"
    CIVIL_AFFAIRS = "civil_affairs", "民政"
    LABOUR = "labour", "人社"
    COURT = "court", "法院"
    ENVIRONMENT = "environment", "生态环境"
    EDUCATION = "education", "教育"
    MARKET = "market", "市场监管"
    TOWN = "town", "乡镇街道"
    EMERGENCY = "emergency", "应急管理"
    MEDICAL_INSURANCE = "medical_insurance", "医疗保障"
    HOUSING = "housing", "住房保障"
    HEALTH = "health", "卫生健康"
    SCHOOL = "school", "学校"


class EdgeKind(Word):
    """How one agency stands to another beside the parent it belongs to (隶属)."""

    GUIDANCE = "guidance", "业务指导"
    DUAL = "dual", "双重管理"
    STATIONED = "stationed", "派驻"


class Barred(Word):
    """Why an agency may not have a matter (条例 30(3), 46(5)); never says of whom."""

    ACCUSED = "accused", "可能使被反映人或其单位获知"
    UNKNOWN = "unknown", "被反映人所在单位不明，只能送纪检监察机关或上级检察院"
    NO_POWER = "no_power", "无权处理检举控告"
    SECRET = "secret", "要求保密的事项只能走机要"
    HELD = "held", "须经核对后发出"  # belongs to another that is guarded, and says no more than that


class Transport(Word):
    """How an agency is reached."""

    QUEUE = "queue", "系统对接"
    WEB = "web", "网页"
    FILE = "file", "文件交换"
    SEALED_POST = "sealed_post", "机要"

    @property
    def queued(self) -> bool:
        """With a system of its own or through our page: both speak over the agency's own queue."""
        return self in (Transport.QUEUE, Transport.WEB)


class Role(Word):
    """What an officer may be; an officer carries one or several."""

    WINDOW = "window", "窗口人员"
    HANDLER = "handler", "承办检察官"
    DEPARTMENT_HEAD = "department_head", "部门负责人"
    LEADER = "leader", "院领导"
    CHIEF = "chief", "检察长"
    STATION = "station", "服务点人员"
    AID = "aid", "救助人员"
    OPERATIONS = "operations", "运维人员"
    ALL = "all", "全部权限"
    SYSTEM = "system", "系统"
    AGENCY = "agency", "单位系统"
    DEPUTY = "deputy", "检察长授权的副检察长"


class OpeningPurpose(Word):
    """What for an officer needs to know who asked for secrecy."""

    VERIFY = "verify", "当面核实"
    REPLY = "reply", "答复本人"
    PROTECT = "protect", "保护举报人"
    REWARD = "reward", "奖励举报人"


class OpeningState(Word):
    """Whether an officer may know who asked for secrecy."""

    ASKED = "asked", "待批准"
    APPROVED = "approved", "已批准"
    REFUSED = "refused", "不予批准"


class ApproverLevel(Word):
    """Who approves what another drafted: the lowest level first; on paper where nobody here may."""

    DEPARTMENT_HEAD = "department_head", "部门负责人"
    LEADER = "leader", "分管院领导"
    CHIEF = "chief", "检察长"
    PAPER = "paper", "书面批准"


class ApprovalState(Word):
    """Where a step stands that another has to approve; a reply is signed before it is issued."""

    WAITING = "waiting", "待审批"
    APPROVED = "approved", "已批准"
    SIGNED = "signed", "已签发，待发出"
    ISSUED = "issued", "已签发并发出"
    REFUSED = "refused", "不予批准"
    WITHDRAWN = "withdrawn", "已撤回"
    VOID = "void", "已失效"


class Proof(Word):
    """That a reply reached the petitioner, the strongest first."""

    SIGNED = "signed", "本人签收"
    REFUSED_WITNESSED = "refused_witnessed", "拒签，见证人在场"
    POST_RECEIPT = "post_receipt", "邮寄回执"
    CALL_CONFIRMED = "call_confirmed", "电话核对密码后告知"
    SMS_DELIVERED = "sms_delivered", "短信已送达"
    PUBLISHED = "published", "已公开"


class ContactOutcome(Word):
    """What became of a contact; decided once."""

    CONSULTATION = "consultation", "咨询答复"
    REGISTERED = "registered", "登记为信访件"
    JOINED = "joined", "并入信访件"
    SPLIT = "split", "拆分登记"


class Joining(Word):
    """Why a contact joins a petition there is already."""

    SUPPLEMENT = "supplement", "补充"
    CHASE = "chase", "催问"
    REPEAT = "repeat", "重复"


class IdPaper(Word):
    """By which paper somebody says who they are. What a number is kept with is its word here: none is ever renamed."""

    RESIDENT_ID = "resident_id", "居民身份证"
    HK_MACAU_PERMIT = "hk_macau_permit", "港澳居民来往内地通行证"
    TAIWAN_PERMIT = "taiwan_permit", "台湾居民来往大陆通行证"
    RESIDENCE_PERMIT = "residence_permit", "港澳台居民居住证"
    FOREIGNER_CARD = "foreigner_card", "外国人永久居留身份证"
    PASSPORT = "passport", "护照"
    HOUSEHOLD_BOOK = "household_book", "居民户口簿"
    NONE = "none", "未出示证件"


class PartyRole(Word):
    """As what somebody stands in a petition."""

    PETITIONER = "petitioner", "信访人"
    REPRESENTATIVE = "representative", "信访人代表"
    AGENT = "agent", "委托代理人"
    LAWYER = "lawyer", "律师"
    GUARDIAN = "guardian", "监护人或者法定代理人"
    HEIR = "heir", "承接的近亲属或者继承人"


class Relation(Word):
    """How who goes on stood to who has died (国家赔偿法 6, 刑事诉讼规则 以近亲属)."""

    SPOUSE = "spouse", "配偶"
    PARENT = "parent", "父母"
    CHILD = "child", "子女"
    SIBLING = "sibling", "兄弟姐妹"
    OTHER_HEIR = "other_heir", "其他继承人"
    MAINTAINED = "maintained", "有扶养关系的亲属"


class Incapacity(Word):
    """Why somebody else acts for who petitions (民法典 19-22): their guardian is their 法定代理人 (23)."""

    NO_CAPACITY = "no_capacity", "无民事行为能力"
    LIMITED = "limited_capacity", "限制民事行为能力"
    MINOR = "minor", "未成年"


class Corrected(Word):
    """What of a registration was wrong."""

    NAME = "name", "姓名"
    RESIDENT_ID = "resident_id", "证件号码"
    PHONE = "phone", "电话"
    OTHER_PHONES = "other_phones", "其他电话"
    SAFE_CONTACT = "safe_contact", "约定的联系方式"
    ADDRESS = "address", "地址"
    SMS_CONSENT = "sms_consent", "接收短信的意愿"
    TITLE = "title", "标题"
    PLACE = "place", "行政区划"
    PARTY = "party", "信访人类型"
    ORGANISATION = "organisation", "单位名称"
    GROUP_SIZE = "group_size", "人数"
    KIND = "kind", "类别"
    LINE = "line", "业务条线"
    SUB_LINE = "sub_line", "子类"
    ADDED = "added", "补充被反映人"
    REMOVED = "removed", "删除被反映人"
    RECEIVED_ON = "received_on", "收到日期"
    VOIDED = "voided", "作废登记"
    RESTORED = "restored", "撤销作废"
    LINK = "link", "解除关联"
    JOINED = "joined", "移出并入的来件"
    PROOF = "proof", "撤销送达证明"
    REPLY = "reply", "更正答复"
    ACT = "act", "撤销办理行为"
    MERGED = "merged", "并案"
    PARTED = "parted", "解除并案"


class Shift(Word):
    """Where a day of receipt is moved to: later gives us more time, which the chief must approve."""

    EARLIER = "earlier", "提前"
    LATER = "later", "推后"


class LinkReason(Word):
    """How one petition belongs to another."""

    REPEAT = "repeat", "重复信访"
    RELATED = "related", "相关事项"
    SPLIT = "split", "同一来件拆分"
    MERGED = "merged", "重复登记并案"


class PointTier(Word):
    """A service point's place in the net: one centre, stations, contacts in villages and enterprises."""

    CENTRE = "centre", "检察服务中心"
    STATION = "station", "检察服务站"
    CONTACT = "contact", "联络点"


class Admission(Word):
    """What the answers to a line's questions come to: advice to the officer who decides."""

    ACCEPT = "accept", "符合受理条件"
    LACKING = "lacking", "材料不齐，宜补正"
    NOT_OURS = "not_ours", "不属本院受理，宜告知引导"
    OUT_OF_TIME = "out_of_time", "超过法定期限，宜不予受理"
    OPEN = "open", "尚有问题未核对"


class ClaimRoute(Word):
    """The six ways a claim goes (信访工作条例 31)."""

    LITIGATION = "litigation", "涉法涉诉"
    ARBITRATION = "arbitration", "仲裁"
    PARTY_APPEAL = "party_appeal", "党内申诉"
    ADMINISTRATIVE_PROCEDURE = "administrative_procedure", "行政程序"
    STATUTORY_DUTY = "statutory_duty", "履行法定职责"
    RESIDUAL = "residual", "信访程序"


class Party(Word):
    """As what petitioners come."""

    INDIVIDUAL = "individual", "个人"
    JOINT = "joint", "共同信访人"
    ORGANISATION = "organisation", "单位"
    GROUP = "group", "群体（推选代表）"


class HandlerChange(Word):
    """Why another handles a petition from now on, or nobody does until its department names somebody."""

    ASSIGNED = "assigned", "指定承办人"
    TAKEN_OVER = "taken_over", "接办"
    GIVEN_BACK = "given_back", "退回部门，待指定承办人"
    ROTATION = "rotation", "轮岗交接"
    LEAVE = "leave", "请假交接"
    DEPARTURE = "departure", "离任交接"
    WORKLOAD = "workload", "调整办案量交接"
    # nobody decided it of this petition: who handled it, or the department that had it, is no more
    LEFT = "left", "承办人离任或调离，待部门指定承办人"
    DEPARTMENT_CLOSED = "department_closed", "承办部门撤销，待重新分派"


# why somebody hands over many at once
HANDOVERS = (HandlerChange.ROTATION, HandlerChange.LEAVE, HandlerChange.DEPARTURE, HandlerChange.WORKLOAD)
# after these a petition waits for who decides whose it is
UNHELD = (HandlerChange.LEFT, HandlerChange.DEPARTMENT_CLOSED)


class ActKind(Word):
    """What was done in handling a petition beside deciding it, by us or by others; `lines.yaml` says which a line has.

    Many begin or end a period.
    """

    @property
    def of_hour(self) -> bool:
        """Whether its time of day is noted, since the law counts hours from it."""
        return self is ActKind.LEGAL_AID_ASKED

    FILE_READ = "file_read", "阅卷"
    HEARD = "heard", "当面听取意见"
    VERIFIED = "verified", "调查核实"
    EXPLAINED = "explained", "释法说理"
    COUNSELLED = "counselled", "心理疏导"
    HELP_FOLLOWED = "help_followed", "帮扶跟进"
    HEARING_HELD = "hearing_held", "举行听证"
    # whoever it is about (刑事诉讼法 105(4)); legal aid (法律援助法 35, 39)
    DETAINED = "detained", "当事人被羁押"
    RELEASED = "released", "当事人不再羁押"
    LEGAL_AID_TOLD = "legal_aid_told", "告知有权申请法律援助"
    LEGAL_AID_ASKED = "legal_aid_asked", "收到在押人员的法律援助申请"
    LEGAL_AID_PASSED_ON = "legal_aid_passed_on", "转交法律援助机构"
    MEDIATION_AGREED = "mediation_agreed", "调解协议生效"
    CONFIRMATION_ASKED = "confirmation_asked", "双方申请司法确认"
    RECUSAL_ASKED = "recusal_asked", "当事人申请回避"
    RECUSAL_DECIDED = "recusal_decided", "作出回避决定"
    RECUSAL_REVIEW_ASKED = "recusal_review_asked", "申请复议回避决定"
    RECUSAL_REVIEW_DECIDED = "recusal_review_decided", "作出回避复议决定"
    # 检察建议
    RECOMMENDATION_DECIDED = "recommendation_decided", "决定提出检察建议"
    RECOMMENDATION_SERVED = "recommendation_served", "检察建议书送达"
    URGENT_RECOMMENDATION_SERVED = "urgent_recommendation_served", "检察建议书送达（紧急）"
    RECOMMENDATION_REPORTED = "recommendation_reported", "检察建议书报上一级备案"
    RECOMMENDATION_ANSWERED = "recommendation_answered", "被建议单位书面回复"
    # reports
    LEAD_HANDED_OVER = "lead_handed_over", "线索移送负责侦查的部门"
    LEAD_REPORTED = "lead_reported", "线索报市级检察院"
    REPORT_ACKNOWLEDGED = "report_acknowledged", "举报人承认系其举报"
    # complaints about criminal procedure; supervision of filing
    ORGAN_REASONS_ASKED = "organ_reasons_asked", "要求有关机关说明理由"
    ORGAN_REASONS_RECEIVED = "organ_reasons_received", "收到有关机关的说明"
    OPINION_GIVEN = "opinion_given", "提出审查意见"
    REASONS_ASKED = "reasons_asked", "公安机关收到说明理由通知书"
    OVERDUE_REASONS_ASKED = "overdue_reasons_asked", "公安机关收到说明逾期理由通知书"
    REASONS_RECEIVED = "reasons_received", "收到公安机关说明的理由"
    REASONS_FOUND_VALID = "reasons_found_valid", "认为不立案理由成立"
    REASONS_RESULT_TOLD = "reasons_result_told", "告知不立案理由成立"
    FILING_ORDERED = "filing_ordered", "公安机关收到通知立案书"
    POLICE_FILED = "police_filed", "公安机关立案"
    FILING_URGED = "filing_urged", "发出立案监督案件催办函"
    INVESTIGATION_ENDED = "investigation_ended", "侦查终结"
    # appeals, compensation, aid
    REVIEW_FILED = "review_filed", "立案复查"
    REVIEW_DECIDED = "review_decided", "作出复查决定"
    SUIT_ACCEPTED = "suit_accepted", "法院受理被害人起诉，终止复查"
    DECISION_SERVED = "decision_served", "决定书送达（已告知权利和期限）"
    DECISION_SERVED_WITHOUT_REMEDY = "decision_served_without_remedy", "决定书送达（未告知权利和期限）"
    COMPENSATION_REVIEW_ASKED = "compensation_review_asked", "申请赔偿复议"
    PAYMENT_ASKED = "payment_asked", "收到赔偿金支付申请"
    PAYMENT_REQUESTED = "payment_requested", "向财政部门提出支付申请"
    COURT_REVIEW_ENDED = "court_review_ended", "对法院生效裁判的申诉复查终结"
    AID_FUNDS_ARRIVED = "aid_funds_arrived", "救助资金到位"
    AID_FUNDS_TOLD = "aid_funds_told", "告知申请人领取救助金"
    # civil and administrative supervision
    ACCEPTANCE_SERVED = "acceptance_served", "受理通知书发送"
    FILE_HANDED_OVER = "file_handed_over", "案件材料移送办案部门"
    COPY_SERVED = "copy_served", "其他当事人收到申请书副本"
    OTHER_OPINION_RECEIVED = "other_opinion_received", "收到其他当事人书面意见"
    MANAGEMENT_NOTICED = "management_noticed", "收到案件管理部门监控通知"
    MANAGEMENT_ANSWERED = "management_answered", "回复案件管理部门"
    # public interest
    PUBLIC_FILED = "public_filed", "公益诉讼立案"
    FILING_SERVED = "filing_served", "立案决定书送达行政机关"
    CORRECTION_ENDED = "correction_ended", "整改期限届满"
    NOTICE_PUBLISHED = "notice_published", "发布公告"
    NOTICE_ENDED = "notice_ended", "公告期满"
    SUIT_DECIDED = "suit_decided", "决定是否起诉"


class Naming(Word):
    """Who stands behind an accusation: 实名 is a name, a way to reach them, and their word that it is theirs."""

    ANONYMOUS = "anonymous", "匿名"
    NAMED = "named", "署名，待核实"
    REAL_NAME = "real_name", "实名"


class RiskColour(Word):
    """How much care a petition needs, the least first; never a reason to do less for it."""

    NONE = "none", "无"
    BLUE = "blue", "蓝色"
    YELLOW = "yellow", "黄色"
    RED = "red", "红色"


class BookingState(Word):
    """What became of a place on a leader's reception day."""

    BOOKED = "booked", "已预约"
    MET = "met", "已接访"
    ABSENT = "absent", "未到访"
    CANCELLED = "cancelled", "已取消"


class HoldState(Word):
    """What became of a room or a person that was taken for a time."""

    HELD = "held", "暂留"
    CONFIRMED = "confirmed", "已订"
    CANCELLED = "cancelled", "已取消"
    EXPIRED = "expired", "逾时未确认"


class RosterKind(Word):
    """As what somebody of the roster is called in; the first three are a team."""

    PROSECUTOR = "prosecutor", "检察官"
    LAWYER = "lawyer", "律师"
    COUNSELLOR = "counsellor", "心理咨询师"
    HEARING_OFFICER = "hearing_officer", "听证员"
    MEDIATOR = "mediator", "调解员"
    SUPERVISOR = "supervisor", "人民监督员"


class PersonalNumber(Word):
    """What is shown of somebody with stars, and in full to who asks and is written down."""

    RESIDENT_ID = "resident_id", "身份证号"
    PHONE = "phone", "电话"
    OTHER_PHONES = "other_phones", "其他电话"
    SAFE_CONTACT = "safe_contact", "约定的联系方式"


class FoundBy(Word):
    """What of a petition is as somebody who searched typed it."""

    NUMBER = "number", "编号相同"
    TAIL = "tail", "编号末尾的序号相同"
    REFERRAL = "referral", "移交编号相同"
    PARTNER = "partner", "对方编号相同"
    RESIDENT_ID = "resident_id", "身份证号相同"
    PHONE = "phone", "电话相同"
    NAME = "name", "姓名相同"
    UNIT = "unit", "信访单位名称相同"
    INITIALS = "initials", "姓名的拼音首字母相同"
    RESPONDENT = "respondent", "被反映人姓名相同"
    WORDS = "words", "事由或内容里有这些字"


class MatchedBy(Word):
    """What two petitions have in common."""

    RESIDENT_ID = "resident_id", "身份证号相同"
    PHONE = "phone", "电话相同"
    NAME = "name", "姓名相同"
    ORGANISATION = "organisation", "信访单位相同"
    CASE = "case", "所提案号相同"
    TEXT = "text", "内容相同或者大部分相同"
    UNIT = "unit", "被反映单位相同"
    RESPONDENT = "respondent", "被反映人相同"
    PLACE = "place", "地点相同"


class MatchEffect(Word):
    """What follows in law where it is the same matter."""

    ELSEWHERE = (
        "elsewhere",
        "前件正由其他机关办理：同一事项一般不予受理，告知等待处理意见（参照《信访工作条例》第十九条第三款）",
    )
    CONCLUDED = (
        "concluded",
        "前件已依法终结：以同一事实和理由提出的不再受理（经复核的，《信访工作条例》第三十六条第三款）",
    )
    SUPPLEMENT = "supplement", "前件正在本院办理：同一事项的新材料并入前件作补充"
    ENDED = "ended", "前件已办结：有新的事实、理由的作新件登记并关联前件"


class MatchDecision(Word):
    """What a person says of two that are alike."""

    SAME_ISSUE = "same_issue", "多人反映的同一问题，归为一组"
    DIFFERENT = "different", "不是同一事项，不再提示"


class DocumentKind(Word):
    """What is printed for a petitioner."""

    RECEIPT = "receipt", "收件回执"
    ACCEPTED = "accepted", "受理告知书"
    MATERIAL = "material", "补正材料告知书"
    NOT_ACCEPTED = "not_accepted", "不予受理告知书"
    GUIDANCE = "guidance", "告知引导单"
    TRANSFER = "transfer", "移送告知书"
    PROGRESS = "progress", "办理进展告知书"
    REPLY = "reply", "答复书"


class ListScope(Word):
    """Whose a list or worklist shows, of what is in sight."""

    MINE = "mine", "我的"
    DEPARTMENT = "department", "本部门"
    OFFICE = "office", "全院"


class WorkBox(Word):
    """A pile of work; which service has it, its worklist says."""

    RED = "red", "红色"
    DUE = "due", "今天到期和已逾期"
    IN_UNSIGNED = "in_unsigned", "待签收（转入）"
    OWED = "owed", "应告知"
    TO_PRINT = "to_print", "待打印"
    TO_PROVE = "to_prove", "待回证"
    CONTACTS = "contacts", "待决定的来件"
    RECEPTIONS = "receptions", "今天的接访"
    APPROVALS = "approvals", "待我审批"
    TASKS = "tasks", "要做的任务"
    OUT_UNSIGNED = "out_unsigned", "未签收（转出）"
    OUT_OVERDUE = "out_overdue", "已逾期（转出）"
    OBJECTIONS = "objections", "异议待裁定"
    ANSWERED = "answered", "已反馈待审查"
    COORDINATION = "coordination", "提请协调"
    PROCEEDINGS = "proceedings", "待批准的听证、会商、约谈"
    MEETING_TASKS = "meeting_tasks", "会商任务待落实"
    TO_DECIDE = "to_decide", "待决定的救助"
    LEADS_IN = "leads_in", "已反馈的线索"
    LEADS_OVERDUE = "leads_overdue", "逾期未反馈的线索"
    CALLS = "calls", "要打的电话"
    UNKNOWN = "unknown", "结果待查"
    FAILED = "failed", "发送失败"


class NoticeCarrier(Word):
    """Who carries a notice."""

    PROVIDER = "provider", "短信平台"
    SMS = "sms", "短信通道"
    PHONE = "phone", "电话"


class Certainty(Word):
    """How sure a suggestion is: right in 19 of 20 where it is likely; where it is only possible, one of two."""

    LIKELY = "likely", "很可能"
    POSSIBLE = "possible", "可能"


class Kept(Word):
    """Why a message that could not be applied is kept."""

    PARKED = "parked", "待人工处理"
    RETRY = "retry", "待重试"
    WAITING = "waiting", "等前一版"


class ProceedingKind(Word):
    """What people and agencies come together for over a petition."""

    MEDIATION = "mediation", "调解"
    HEARING = "hearing", "听证"
    MEETING = "meeting", "会商"
    TALK = "talk", "约谈"


class ProceedingForm(Word):
    """Whose mediation it is, and which meeting."""

    PEOPLE = "people", "人民调解"
    ADMINISTRATIVE = "administrative", "行政调解"
    JUDICIAL = "judicial", "司法调解"
    SETTLEMENT = "settlement", "和解"
    CASE = "case", "案件会商"
    AID = "aid", "救助联席会议"
    JOINT = "joint", "提请召开信访工作联席会议"


class ProceedingState(Word):
    """Where a proceeding stands; each kind has some of these."""

    PROPOSED = "proposed", "拟办"
    APPROVED = "approved", "已批准，筹备中"
    REFUSED = "refused", "不同意举行"
    NOTIFIED = "notified", "已告知"
    ADJOURNED = "adjourned", "改期"
    HELD = "held", "已举行"
    OPINED = "opined", "已评议"
    CONCLUDED = "concluded", "已结"
    CANCELLED = "cancelled", "已取消"
    # mediation
    ASKING = "asking", "征求意见中"
    DECLINED = "declined", "当事人不同意调解"
    INVITED = "invited", "已邀请调解组织"
    TAKEN_ON = "taken_on", "调解组织已受理"
    IN_SESSION = "in_session", "调解中"
    AGREED = "agreed", "达成协议，履行中"
    FAILED = "failed", "调解不成"
    WITHDRAWN = "withdrawn", "当事人撤回"
    CONFIRMING = "confirming", "已申请司法确认"
    CONFIRMED = "confirmed", "已司法确认，履行中"
    UNCONFIRMED = "unconfirmed", "司法确认被驳回"
    PERFORMED = "performed", "已履行"
    UNPERFORMED = "unperformed", "未履行"
    # meetings
    RESOLVED = "resolved", "有决议，落实中"
    FULFILLED = "fulfilled", "决议已落实"
    UNFULFILLED = "unfulfilled", "决议未落实"
    # talks
    MENDING = "mending", "整改中"
    MENDED = "mended", "已销号"


class ProceedingSubject(Word):
    """What it is about, as the report counts them."""

    WAGES = "wages", "劳动报酬"
    LAND = "land", "土地、房屋"
    NEIGHBOURS = "neighbours", "婚姻家庭、邻里"
    CONTRACT = "contract", "借贷、合同"
    INJURY = "injury", "人身损害、交通事故"
    ENVIRONMENT = "environment", "生态环境"
    ADMINISTRATION = "administration", "行政行为"
    JUDGMENT = "judgment", "裁判、执行"
    CRIMINAL = "criminal", "刑事案件处理"
    AID = "aid", "救助帮扶"
    CONDUCT = "conduct", "办案作风、履职"
    OTHER = "other", "其他"


class HearingGround(Word):
    """Why a hearing is held (听证工作规定 4)."""

    FACTS = "facts", "事实认定存在较大争议"
    LAW = "law", "法律适用存在较大争议"
    HANDLING = "handling", "案件处理存在较大争议"
    IMPACT = "impact", "有重大社会影响"


class SettlementGround(Word):
    """Why the parties may settle it between them (刑事诉讼法 288; 民事诉讼监督规则)."""

    CIVIL_DISPUTE = "civil_dispute", "因民间纠纷引起，可能判处三年有期徒刑以下刑罚"
    NEGLIGENCE = "negligence", "除渎职犯罪以外可能判处七年有期徒刑以下刑罚的过失犯罪"
    SUPERVISION = "supervision", "诉讼监督案件当事人有和解意愿"


class ClosedReason(Word):
    """Why the public is kept out; which there are, the line's rules say."""

    STATE_SECRET = "state_secret", "涉及国家秘密"
    PRIVACY = "privacy", "涉及个人隐私"
    TRADE_SECRET = "trade_secret", "涉及商业秘密且当事人申请不公开"
    MINOR = "minor", "当事人为未成年人"


class PartRole(Word):
    """As what somebody takes part."""

    PETITIONER = "petitioner", "信访人"
    OTHER_SIDE = "other_side", "对方当事人"
    HOST = "host", "主持人"
    HANDLER = "handler", "承办检察官"
    HEARING_OFFICER = "hearing_officer", "听证员"
    SUPERVISOR = "supervisor", "人民监督员"
    MEDIATOR = "mediator", "调解组织"
    AGENCY = "agency", "受邀单位"
    GUEST = "guest", "其他参加人"
    TALKED_TO = "talked_to", "被约谈人员"


class Consent(Word):
    """What a side says to being mediated, by word or in writing."""

    GIVEN = "given", "同意"
    REFUSED = "refused", "不同意"


class InvitationAnswer(Word):
    """What an agency says to an invitation."""

    ACCEPTED = "accepted", "同意参加"
    DECLINED = "declined", "不能参加"
    SUBSTITUTE = "substitute", "由他人代为参加"
    OTHER_TIME = "other_time", "请求改期"


class AgreementForm(Word):
    """How an agreement was made (人民调解法 28-30)."""

    WRITTEN = "written", "书面调解协议"
    ORAL = "oral", "口头协议，已记录"
    COURT = "court", "法院调解书"


class MediationStep(Word):
    """What a mediating organ reports."""

    SAT = "sat", "开了一次调解会"
    AGREED = "agreed", "达成协议"
    FAILED = "failed", "调解不成"
    PERFORMED = "performed", "协议已履行"
    UNPERFORMED = "unperformed", "协议未履行"


class TaskResult(Word):
    """What became of a task that a meeting gave to an agency."""

    DONE = "done", "已落实"
    IMPOSSIBLE = "impossible", "不能落实"


class Unfit(Word):
    """Why a petition can have no such proceeding, or not so."""

    SECRET = "secret", "要求保密的事项不调解、不听证、不约谈，不邀请任何单位"
    NOT_A_CLAIM = "not_a_claim", "只有申诉求决事项可以调解"
    ANONYMOUS = "anonymous", "匿名的或者信访人不明的事项不调解、不公开听证"
    NOT_OF_LINE = "not_of_line", "该条线没有此种程序"
    NOT_SETTLED = "not_settled", "刑事案件只能在法律允许和解的范围内由当事人自行和解"
    NOT_OPEN = "not_open", "依法不公开举行"
    HELD = "held", "须经核对后办理"
    ENDED = "ended", "信访件已经结束"
