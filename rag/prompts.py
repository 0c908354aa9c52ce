"""Prompts: text files whose first line names their placeholders, filled strictly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from string import Template

from index.errors import PromptError

_FIRST_LINE = re.compile(r"<!-- 占位符：([^\n>]*) -->")


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt file: its name, the names of its placeholders, and its text without the first line."""

    name: str
    placeholders: frozenset[str]
    text: str

    def fill(self, **values: str) -> str:
        """The text with every placeholder filled, once: a `$name` inside a value stays as it is.

        Raises PromptError where a value is missing or no placeholder is called so.
        """
        missing, unknown = self.placeholders - values.keys(), values.keys() - self.placeholders
        if missing or unknown:
            raise PromptError(f"提示词 {self.name} 的占位符不符：{_difference(missing, unknown)}")
        return Template(self.text).substitute(values)


def read_prompt(name: str) -> Prompt:
    """The prompt `prompts/<name>.md`. Raises PromptError where it is missing or contradicts its first line."""
    try:
        whole = files("prompts").joinpath(f"{name}.md").read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(f"读不了提示词 prompts/{name}.md：请恢复这个文件（UTF-8）") from error
    return parse_prompt(name, whole)


def parse_prompt(name: str, whole: str) -> Prompt:
    """A prompt from the whole text of its file.

    >>> parse_prompt("hello", "<!-- 占位符：question -->\\n问题：$question").fill(question="几家？")
    '问题：几家？'
    """
    first, _, text = whole.partition("\n")
    comment = _FIRST_LINE.fullmatch(first.strip())
    if comment is None:
        raise PromptError(f"提示词 {name} 的第一行应写明占位符，例如：<!-- 占位符：question、evidence -->")
    template = Template(text)
    if not template.is_valid():
        raise PromptError(f"提示词 {name} 里有单独的 $：请写成 $$")
    named = frozenset(part.strip() for part in comment.group(1).split("、") if part.strip())
    used = frozenset(template.get_identifiers())
    if named != used:
        raise PromptError(f"提示词 {name} 的第一行与正文不符：{_difference(named - used, used - named)}")
    return Prompt(name, named, text.strip())


def _difference(missing: frozenset[str] | set[str], unknown: frozenset[str] | set[str]) -> str:
    parts = []
    if missing:
        parts.append("缺少 " + "、".join(sorted(missing)))
    if unknown:
        parts.append("多出 " + "、".join(sorted(unknown)))
    return "，".join(parts)
