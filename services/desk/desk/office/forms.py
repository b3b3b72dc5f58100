"""A form from a service's own description of its fields (docs/client.md): one control a field, groups within groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from desk.office.bodies import PREFIX, Typed, filled

_SPARE = 1  # empty ones of a list of objects, at first
_FEW = 12  # choices that are ticks; more are a list
_SHORT = 250  # characters that one line shows

Options = Mapping[str, Sequence[tuple[str, str]]]  # address → code and name


@dataclass(slots=True)
class Control:
    """One control as a template draws it. `kind`: which macro; `values`: as typed; `parts`: of a group."""

    kind: str
    name: str
    path: str
    label: str
    required: bool = False
    values: Sequence[str] = ()
    choices: Sequence[tuple[str, str]] = ()
    longest: int | None = None
    least: int | None = None
    most: int | None = None
    hint: str = ""
    error: str = ""
    parts: list["Control"] = field(default_factory=list)
    usual: str = ""  # what is taken where nothing is said
    begins: bool = False  # one begins to type here
    within: bool = False  # a group that may be left out as a whole: what it needs is needed only then

    @property
    def id(self) -> str:
        """Unique on a page that has one form."""
        return self.name.replace("~", "-").replace(".", "-")

    @property
    def value(self) -> str:
        """Of a control that takes one."""
        return self.values[0] if self.values else ""

    @property
    def used(self) -> bool:
        """Whether something else than usual is in it, or something is wrong with it."""
        filled = any(self.values) and self.value != self.usual
        return bool(self.error or filled or any(part.used for part in self.parts))

    def faulty(self) -> list["Control"]:
        """Those that a refusal names, in the order of the page."""
        return ([self] if self.error else []) + [each for part in self.parts for each in part.faulty()]


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is known where fields are drawn: what was typed, what was wrong, what there is to choose from."""

    typed: Typed = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    options: Options = field(default_factory=dict)
    more: Mapping[str, int] = field(default_factory=dict)  # path of a list → how many empty ones

    def draw(self, fields: Sequence[Mapping[str, Any]], under: str = "", within: bool = False) -> list[Control]:
        """The controls of a form, or of a group in it. `within`: one that may be left out as a whole."""
        controls = [self._draw(each, f"{under}{each['name']}", str(each["label"] or each["name"])) for each in fields]
        for each in controls:
            each.within, each.required = within, each.required and not within
            if within and each.usual and each.name not in self.typed:
                # a group that nobody touched must stay one that is left out; the service has the default, too
                each.values = ()
        return controls

    def _draw(self, described: Mapping[str, Any], path: str, label: str) -> Control:
        required = bool(described.get("required"))
        match described["type"]:
            case "object":
                group = Control("group", f"{PREFIX}{path}", path, label, required)
                group.parts = self.draw(described["fields"], f"{path}.", not required)
                return self._told(group)
            case "list":
                return self._list(described, path, label, required)
            case "map" if keys := described.get("keys"):
                asked = [described["values"] | {"name": each["value"], "label": each["label"]} for each in keys]
                return self._draw({"type": "object", "fields": asked, "required": required}, path, label)
            case "map":
                return self._text("lines", "map", described, path, label, required, hint="每行一项：代码=值（是、否）")
            case "choice":
                return self._choice("choice", _pairs(described["enum"]), described, path, label, required)
            case "flag":
                return self._choice("flag", (("true", "是"), ("false", "否")), described, path, label, required)
            case "code" if self.options.get(described.get("options", "")):
                return self._choice("code", self.options[described["options"]], described, path, label, required)
            case "date":
                return self._text("date", "date", described, path, label, required, hint="如 1126、11-26、昨天、上周五")
            case "moment":
                return self._text("line", "moment", described, path, label, required, hint="如 2026-11-27 09:30")
            case "text":
                return self._text("text", "text", described, path, label, required)
            case kind:  # line, number, money, and a code that nobody lists
                return self._text("line", kind, described, path, label, required)

    def _list(self, described: Mapping[str, Any], path: str, label: str, required: bool) -> Control:
        items = described["items"]
        if items["type"] == "object":
            group = Control("rows", f"{PREFIX}{path}", path, label, required, most=described.get("max"))
            for index in range(max(_SPARE, self.more.get(path, 0), filled(self.typed, path))):
                row = Control("group", f"{PREFIX}{path}.{index}", f"{path}.{index}", f"{label} {index + 1}")
                row.parts = self.draw(items["fields"], f"{path}.{index}.", True)
                group.parts.append(self._told(row))
            return self._told(group)
        choices = _pairs(items["enum"]) if items["type"] == "choice" else self.options.get(items.get("options", ""), ())
        if choices:
            control = self._control("ticks" if len(choices) <= _FEW else "many", "choices", path, label, required)
            control.choices = choices
            return control
        return self._text("lines", "lines", items, path, label, required, hint="每行一项")

    def _choice(
        self,
        type_: str,
        choices: Sequence[tuple[str, str]],
        described: Mapping[str, Any],
        path: str,
        label: str,
        required: bool,
    ) -> Control:
        control = self._control("radio" if len(choices) <= 4 else "select", type_, path, label, required)
        control.choices = choices
        return self._default(control, described)

    def _text(
        self, kind: str, type_: str, described: Mapping[str, Any], path: str, label: str, required: bool, hint: str = ""
    ) -> Control:
        control = self._control(kind, type_, path, label, required)
        control.hint, control.longest = hint, described.get("max") if type_ in ("line", "text") else None
        if kind == "line" and (control.longest or 0) > _SHORT:
            control.kind = "long"
        if type_ == "number":
            control.least, control.most = described.get("min"), described.get("max")
        return self._default(control, described)

    def _control(self, kind: str, type_: str, path: str, label: str, required: bool) -> Control:
        name = f"{PREFIX}{path}~{type_}"
        return self._told(Control(kind, name, path, label, required, self.typed.get(name, ())))

    def _default(self, control: Control, described: Mapping[str, Any]) -> Control:
        default = described.get("default")
        if default is not None:
            control.usual = str(default).lower() if isinstance(default, bool) else str(default)
            # what was taken out of a form that was sent is not filled in again
            if control.name not in self.typed and "csrf" not in self.typed:
                control.values = (control.usual,)
        return control

    def _told(self, control: Control) -> Control:
        control.error = self.errors.get(control.path, "")
        if not control.error and control.kind not in ("group", "rows"):
            # of a list that is one control, what is said of one of it
            within = (said for path, said in self.errors.items() if path.startswith(f"{control.path}."))
            control.error = next(within, "")
        return control


def options_in(fields: Sequence[Mapping[str, Any]]) -> set[str]:
    """The addresses that list what the fields may be."""
    found: set[str] = set()
    for each in fields:
        inner = each.get("items") or each.get("values") or {}
        found |= {one["options"] for one in (each, inner) if one.get("options")}
        found |= options_in(each.get("fields") or ()) | options_in(inner.get("fields") or ())
    return found


def _pairs(enum: Sequence[Mapping[str, str]]) -> list[tuple[str, str]]:
    return [(each["value"], each["label"]) for each in enum]
