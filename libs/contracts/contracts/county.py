"""A county's own files: YAML that says each thing once. What they must say, who reads them knows."""

from pathlib import Path
from typing import Any

import yaml


class _Twice(yaml.MarkedYAMLError):
    pass


class _Once(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        for at, key in enumerate(keys):
            if key in keys[:at]:
                # YAML's own rule is that the last one wins, silently
                raise _Twice(problem=f"“{key}”写了两次", problem_mark=node.value[at][0].start_mark)
        return super().construct_mapping(node, deep)


def read(path: Path) -> Any:
    """Returns what a county's YAML file says.

    Raises ValueError with file, line and a Chinese sentence for what is no YAML or says a key twice, OSError where
    there is no such file.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _Once)  # noqa: S506 - a SafeLoader that counts keys
    except yaml.MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark else 1
        said = fault.problem if isinstance(fault, _Twice) else "不是有效的 YAML"
        raise ValueError(f"{path.name} 第 {line} 行：{said}") from None
    except yaml.YAMLError:
        raise ValueError(f"{path.name}：不是有效的 YAML") from None
    except (ValueError, RecursionError):
        # a date of 30 February, a number without end, bytes that are no UTF-8
        raise ValueError(f"{path.name}：不是 UTF-8 文字，或者含有不存在的日期、过长的数字") from None
