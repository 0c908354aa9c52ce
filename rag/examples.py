"""Questions that one might ask of an index: made from its own titles and headings, kept where they are answered."""

from __future__ import annotations

import re
from datetime import date

from rag.answer import Assistant

WANTED = 4
TRIED = 24  # questions tried until enough are found
_NUMBER = re.compile(r"^(?:[（(]?[一二三四五六七八九十\d]{1,3}[）)]?[、.．\s]*)")


def examples(assistant: Assistant) -> list[str]:
    """Up to four questions that the documents answer, of as many places and kinds as there are."""
    chosen: list[str] = []
    seen: set[tuple[str | None, str | None]] = set()
    tried = 0
    for heading in assistant.index.headings:
        about = (heading.place, heading.kind)
        if not heading.place or not heading.years or about in seen:
            continue
        for topic in _topics(assistant, heading.id):
            tried += 1
            ending = "计划是什么？" if heading.kind == "plan" else "情况怎么样？"
            question = f"{heading.place}{max(heading.years)}年的{topic}{ending}"
            if _is_answered(assistant, question, heading.id):
                chosen.append(question)
                seen.add(about)
                break
            if tried > TRIED:
                return chosen
        if len(chosen) == WANTED:
            break
    return chosen


def _is_answered(assistant: Assistant, question: str, document: int) -> bool:
    """Whether a document's sentences answer a question; no language model is asked, nobody waits for one here."""
    today = date.today()
    found = assistant.finder.find(question, assistant.bounds.of_question(question, today), today)
    return found.reason is None and any(candidate.passage.document == document for candidate in found.candidates[:5])


def _topics(assistant: Assistant, document: int) -> list[str]:
    """What the sections of a document are called, without their numbers; short ones only, and no slogans."""
    topics: dict[str, None] = {}
    for passage in assistant.index.texts.passages_of(document):
        for heading in passage.heading[-1:]:
            topic = _NUMBER.sub("", heading.strip()).strip("。：: ")
            if 2 <= len(topic) <= 8 and not re.search(r"[，、\d的了着]", topic):
                topics[topic] = None
    return list(topics)[:3]
