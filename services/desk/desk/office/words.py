"""Words that no service gives: the menu, and what a member of an answer is called on a page."""

from collections.abc import Mapping, Sequence

# what begins with nothing and needs no template of its own → the service and the address it is POSTed to
NEW = {
    "contact": ("intake", "/contacts"),
    "reception": ("intake", "/receptions"),
    "officer": ("intake", "/officers"),
    "department": ("intake", "/departments"),
}

# title, view, and the action of a service's `/me` without which it is left out
MENU = (
    ("今日", "today.mine", "worklist.read"),
    ("登记", "register.ask", "petition.register"),
    ("流转", "flow.listed", "referral.read"),
    ("告知", "notices.listed", "notice.read"),
    ("查找", "find.ask", "petition.find"),
    ("院领导", "leaders.sheet", "petition.lead"),
    ("接访", "receptions.listed", "reception.list"),
    ("调解听证", "proceedings.listed", "proceeding.read"),
    ("日程", "calendar.week", "booking.read"),
    ("审批", "today.approvals", "approval.list"),
    ("交接", "officers.handover", "petition.hand-over"),
    ("人员", "officers.listed", "office.arrange-leave"),
    ("运行", "operating.stands", "operations.parked"),
    ("账户", "accounts.listed", "office.list-requests"),
)

# 告知: the service, and which of its boxes; all where none is named
NOTICES: Mapping[str, Sequence[str]] = {"intake": ("owed", "to_print", "to_prove"), "notify": ()}
CALLS = "calls"  # of them the one that is gone through one at a time

# 院领导: the two rates, by their rules; the tasks that a rise to red opens; what is decided of a request to look
RATES = ("procedural_reply", "progress_or_outcome")
URGENT = ("emergency_plan", "report_chief")
OPENED = ("/openings/{}/approve", "/openings/{}/refuse")

# what the service describes and no thing offers: of a reception day, of a place on it, of an officer, of asked roles
RECEPTION = tuple(f"/receptions/{{}}/{each}" for each in ("bookings", "visitors", "change", "cancel"))
BOOKING = tuple(f"/receptions/{{}}/bookings/{{}}/{each}" for each in ("outcome", "move", "cancel"))
OFFICER = ("/officers/{}/leaves", "/officers/{}", "/officers/{}/roles")
DECIDED = ("/role-requests/{}/approve", "/role-requests/{}/refuse")

# 运行: what is done with a message that is parked
PARKED = ("/operations/parked/{}/replay", "/operations/parked/{}/discard")

# 运行: a service's figures, by their names in its metrics
FIGURES = {
    "fengqiao_outbox_rows": "待发消息",
    "fengqiao_outbox_age_seconds": "最久待发（秒）",
    "fengqiao_lane_held": "停住的通道",
    "fengqiao_lane_age_seconds": "通道最久（秒）",
    "fengqiao_clocks_halted": "时钟停摆",
    "fengqiao_sweep_seconds_since": "距上次清扫（秒）",
    "fengqiao_over_quota_total": "超限额",
    "fengqiao_refused_total": "门口拒绝",
}

# what can be done to several handovers at once, and takes nothing to fill in
TOGETHER = {"urge": "催办"}

# the services' own answers where the row of a box says something; in the order of the columns
COLUMNS = (
    ("partner_zh", "单位"),
    ("partner_number", "对方编号"),
    ("since", "自"),
    ("target", "工作期限"),
    ("due", "法定期限"),
    ("urged", "催办"),
)

# the blocks of 登记, by the dotted paths of its fields; what of each is folded away, being seldom needed, costs no key.
# One that is in none stands at the end
REGISTER = (
    (
        "来件",
        ("channel", "service_point", "received_on", "received_reason", "pieces", "pages"),
        "转来、并入",
        ("forwarded", "contact"),
    ),
    (
        "信访人",
        ("petitioner", "secrecy"),
        "证件、其他电话、约定方式、匿名、共同、群体、单位",
        (
            "petitioner.paper",
            "petitioner.role",
            "petitioner.other_phones",
            "petitioner.safe_contact",
            "anonymous",
            "party",
            "group_size",
            "organisation",
            "others",
        ),
    ),
    (
        "反映的事",
        ("title", "statement", "kind", "line", "sub_line"),
        "被反映人、地点、机要件",
        ("respondents", "place", "sealed_post"),
    ),
)
BEGINS = ("channel", "petitioner.name")  # with the first of them that is not filled in from the last time

# what is read of a thing before one acts on it, where it has it
FACTS = {
    "petition": "信访件",
    "action_zh": "申请",
    "asked_by": "申请人",
    "asked_at": "申请时间",
    "by_zh": "由谁审批",
    "state_zh": "状态",
    "agency_zh": "单位",
    "channel_zh": "方式",
    "received_on": "收到",
    "kind_zh": "类别",
    "secrecy": "要求保密",
    "name": "姓名",
    "phone": "电话",
    "title": "事项",
    "text": "内容",
    "situations_zh": "情形",
    "department": "部门",
    "due": "期限",
    "decide_by": "应决定",
}

# members of an answer that is shown as it is
MEMBERS = {
    "petition": "编号",
    "opening": "查看申请",
    "person": "信访人",
    "others": "其他信访人",
    "name": "姓名",
    "phone": "电话",
    "resident_id": "身份证号",
    "other_phones": "其他电话",
    "safe_contact": "约定的联系方式",
    "address": "地址",
    "organisation": "单位",
    "value": "全号",
    "text": "内容",
}
