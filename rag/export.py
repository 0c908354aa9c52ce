"""An answer with its sources, to take away: as Markdown, or as a DOCX file."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~!])")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def as_markdown(answer: Mapping[str, Any]) -> str:
    """An answer (the contract's JSON) as Markdown; nothing of a document is markup in it."""
    lines = [f"## {_plain(answer['question'])}", ""]
    if answer["standalone_question"] != answer["question"]:
        lines += [f"理解为：{_plain(answer['standalone_question'])}", ""]
    for sentence in _sentences(answer):
        lines += [_plain(sentence["text"]) + "".join(f"[{mark}]" for mark in sentence["marks"]), ""]
    if answer["citations"]:
        lines += ["### 出处", ""]
    for citation in answer["citations"]:
        lines.append(f"{citation['n']}. {_plain(_about(citation))}")
        lines += ["   > " + _plain(line) for line in citation["quote"].split("\n") if line.strip()]
    if answer["nearest"]:
        lines += ["### 可以看看这些地方（不是出处）", ""]
        lines += [f"- {_plain(_about(near))}：{_plain(near['text'])}" for near in answer["nearest"]]
    if answer.get("as_of"):
        lines += ["", f"资料截至 {_plain(answer['as_of'])}"]
    return "\n".join(lines).rstrip() + "\n"


def as_docx(answer: Mapping[str, Any]) -> bytes:
    """An answer (the contract's JSON) as the bytes of a DOCX file."""
    from docx import Document

    document = Document()
    document.add_heading(_xml(answer["question"]), level=1)
    for sentence in _sentences(answer):
        paragraph = document.add_paragraph(_xml(sentence["text"]))
        for mark in sentence["marks"]:
            paragraph.add_run(f"[{mark}]").font.superscript = True
    if answer["citations"]:
        document.add_heading("出处", level=2)
    for citation in answer["citations"]:
        document.add_paragraph(_xml(f"[{citation['n']}] {_about(citation)}"))
        document.add_paragraph(_xml(citation["quote"].strip()), style="Quote")
    if answer["nearest"]:
        document.add_heading("可以看看这些地方（不是出处）", level=2)
    for near in answer["nearest"]:
        document.add_paragraph(_xml(f"{_about(near)}：{near['text']}"), style="List Bullet")
    if answer.get("as_of"):
        document.add_paragraph(_xml(f"资料截至 {answer['as_of']}"))
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def _sentences(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if answer["refused"]:
        return [{"text": answer["answer"], "marks": ()}]
    return list(answer.get("sentences") or ())


def _about(cited: Mapping[str, Any]) -> str:
    page = f"第 {cited['page']} 页" if cited.get("page") else ""
    heading = " › ".join(cited.get("heading") or ())
    parts = (cited["title"] or cited["document"], cited["date"] or "未注明日期", cited["place"], heading, page)
    return f"{'，'.join(part for part in parts if part)}（{cited['document']}，第 {cited['start']}–{cited['end']} 字）"


def _plain(text: str) -> str:
    """A text as one line of Markdown that means nothing but itself.

    >>> _plain("<b>[x](y)</b>")
    '\\\\<b\\\\>\\\\[x\\\\](y)\\\\</b\\\\>'
    """
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def _xml(text: str) -> str:
    return _NOT_XML.sub("�", text)
