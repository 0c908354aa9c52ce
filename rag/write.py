"""The extractive writer: as many of the documents' own sentences as the question needs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from index.fold import fold
from index.structure import numbering_depth
from rag.candidate import Candidate, in_reading_order, is_lead, lead_of, line_of, stands_under, starts_paragraph
from rag.kinds import gives_figure
from rag.question import Asked
from rag.tallies import members

MOST_SENTENCES = 12
MOST_CHARACTERS = 600
SHORT_SECTION = 4  # sentences that are said whole where their heading names what is asked
NUMBERED = 6  # characters of the number before a heading, and of 存在的
SLOGAN = 30  # characters of a sentence that only says what those behind it tell
BULLETS = "●•◆■○·▲★※◎"
LISTED = 3  # sentences that a list takes where no heading holds it together
WORDED = 0.5  # of what is asked, in the words of the question
ANNOUNCED = 3  # sentences, the one that announces a list among them
SIBLINGS = 3  # headings that make a list
WHOLE = 0.8  # a heading that meets this share of what is asked is about it
EACH = 4  # sentences where several figures are asked for
_OF_EACH = re.compile("分别|各(?:是|有|为|出|要)?(?:多少|几)")
_ONE_IS = re.compile("[一二三四五六七八九十]是")


@dataclass(frozen=True, slots=True)
class WritingWeights:
    """How near to the best sentence another must come to be said too."""

    second: float = 1.2  # a fact's second sentence
    each: float = 2.0  # a further figure of the paragraph, where several are asked for
    listed: float = 0.5  # a sentence of a list, inside the best passage
    worded: float = 0.8  # a sentence of a list that has the question's words as much as the best
    elsewhere: float = 0.3  # a sentence of a list, in another passage


def choose(asked: Asked, candidates: Sequence[Candidate], weights: WritingWeights) -> list[Candidate]:
    """The sentences to answer with: one or two for a fact (the best first), a whole list in reading order."""
    sentences = [candidate for candidate in _distinct(candidates) if len(candidate.text) > 1]
    if not sentences:
        return []
    if asked.wants_list:
        return _listed(asked, sentences, weights)
    sentences = [candidate for candidate in sentences if not candidate.is_heading] or sentences
    best = sentences[0]
    if asked.kind == "fact" and not _mark(best) and (items := _items(best, sentences)):
        return condensed(items, best)
    if asked.kind == "number" and _OF_EACH.search(asked.folded):
        return _of_each(best, sentences, weights)
    second = [c for c in sentences[1:2] if c.score >= best.score - weights.second and c.is_kind >= best.is_kind]
    return [best, *(second or _announced(best, sentences)[1:2])]


def _of_each(best: Candidate, sentences: Sequence[Candidate], weights: WritingWeights) -> list[Candidate]:
    """The best sentence and those of its paragraph that also give a figure, where several are asked for: 各多少."""
    line = [c for c in sentences if c.passage.number == best.passage.number and line_of(c) == line_of(best)]
    near = [c for c in line if c.is_kind and c.score >= best.score - weights.each]
    return in_reading_order(near[:EACH])


def _listed(asked: Asked, sentences: Sequence[Candidate], weights: WritingWeights) -> list[Candidate]:
    """The items of a list, what stands under the heading that answers, or the sentences about as good as the best."""
    if siblings := members(asked, sentences[0], sentences) or _headings_of_list(asked, sentences):
        return condensed(siblings)
    lead = _lead(asked, sentences) or (sentences[0] if is_lead(sentences[0]) else None)
    best = lead or next((c for c in sentences if not c.is_heading), sentences[0])
    under = under_heading(best, sentences)
    told = next((c for c in sentences if not c.is_heading and not is_lead(c)), best)  # a heading alone is no answer
    is_short = len(under) <= SHORT_SECTION and any(term in fold(lead_of(best)) for term in asked.terms)
    if under and (asked.kind == "outline" or lead or is_short):
        return condensed(_on_subject(best, under), told)
    slogan = next((c for c in sentences[:ANNOUNCED] if _is_slogan(c) and c.cover >= WHOLE), sentences[0])
    items = _items(best, sentences) or _announced(slogan, sentences)
    if items:
        return condensed(items, told)
    near = [
        candidate
        for candidate in sentences
        if not candidate.is_heading and candidate.score >= best.score - _within(best, candidate, weights)
    ]
    return in_reading_order(_limited(near or [best], LISTED))


def _within(best: Candidate, other: Candidate, weights: WritingWeights) -> float:
    """How far behind the best sentence of a list another may be: further where it says as much of what is asked."""
    if other.cover >= max(best.cover, WORDED):
        return weights.worded
    if other.passage.number == best.passage.number:
        return weights.listed
    return weights.elsewhere


def _headings_of_list(asked: Asked, sentences: Sequence[Candidate]) -> list[Candidate]:
    """The numbered headings of the best one's document that each name one of what is listed: 提升哪些指数."""
    if not asked.listed:
        return []
    best = sentences[0].passage.document
    named = [
        c for c in sentences if c.passage.document == best and asked.listed in c.folded and (c.is_heading or is_lead(c))
    ]
    depths = {numbering_depth(candidate.text) for candidate in named}
    if len(named) < SIBLINGS or len(depths) > 1 or depths == {0}:
        return []
    return sorted(named, key=lambda candidate: candidate.span)


def _items(best: Candidate, sentences: Sequence[Candidate]) -> list[Candidate]:
    """The run of items that the best sentence is one of or announces, with what announces it, if it is in one."""
    same = sorted((c for c in sentences if c.passage.document == best.passage.document), key=lambda c: c.span)
    if best not in same:
        return []
    marks = [_mark(c) for c in same]
    at = same.index(best)
    first = at
    if not marks[at]:  # 其中: may stand between what is asked and its items
        after = (n for n in range(at, min(at + ANNOUNCED, len(same))) if same[n].text.endswith(("：", ":")))
        first = next(after, len(same)) + 1
    if first >= len(same) or not marks[first]:
        return []
    mark, low, high = marks[first], first, first + 1
    while high < len(same) and (marks[high] == mark or not starts_paragraph(same[high])):
        high += 1
    while low and (marks[low - 1] == mark or not starts_paragraph(same[low])):
        low -= 1
    if low and same[low - 1].text.endswith(("：", ":")):
        low -= 1
    items = same[low:high] if at >= low else [best, *same[low:high]]
    return items if sum(_mark(c) == mark for c in items) > 1 else []


def _announced(best: Candidate, sentences: Sequence[Candidate]) -> list[Candidate]:
    """The best sentence, where it is a slogan, and what its paragraph says of it, up to the next slogan."""
    if not _is_slogan(best):
        return []
    line = [c for c in sentences if c.passage.number == best.passage.number and line_of(c) == line_of(best)]
    after = sorted((c for c in line if c.span > best.span), key=lambda candidate: candidate.span)
    told = list(takewhile(lambda candidate: not _is_slogan(candidate), after))
    return [best, *told] if told else []


def _is_slogan(candidate: Candidate) -> bool:
    """Whether a sentence only says what comes: short, without a figure."""
    text = candidate.text
    return len(text) <= SLOGAN and text.endswith("。") and not gives_figure(candidate.folded)


def _mark(candidate: Candidate) -> str:
    """The kind of mark that opens an item: its bullet, or the form of its number; empty where it is no item."""
    text = candidate.text
    if text[0] in BULLETS:
        return text[0]
    depth = numbering_depth(text)
    if depth:
        return str(depth)
    return "是" if _ONE_IS.match(text) else ""


def _lead(asked: Asked, sentences: Sequence[Candidate]) -> Candidate | None:
    """The heading or lead among the best sentences that says what is asked for, or nearly; None where there is none.

    A heading of one noun (步骤, 决议) says it where its page is about the rest of the question.
    """
    named = [c for c in sentences[:16] if c.is_heading or is_lead(c)]
    noun = asked.sought or asked.form
    nouns = [
        c
        for c in named
        if noun and noun in c.folded and len(c.text) <= len(noun) + NUMBERED
        if max(c.context, c.named) >= WHOLE
    ]
    leads = nouns or [c for c in named if c.cover >= WHOLE]
    return max(leads, key=lambda candidate: (candidate.cover, candidate.score), default=None)


def under_heading(best: Candidate, sentences: Sequence[Candidate]) -> list[Candidate]:
    """The sentences under the nearest heading of the best one, or under itself, in reading order."""
    lead = lead_of(best)
    same = [
        candidate
        for candidate in sentences
        if candidate.passage.document == best.passage.document
        and not candidate.is_heading
        and (stands_under(candidate, lead) if lead else candidate.passage.number == best.passage.number)
    ]
    return sorted(same, key=lambda candidate: candidate.span)


def _on_subject(best: Candidate, under: Sequence[Candidate]) -> list[Candidate]:
    """All of a section whose heading or title names what is asked; else its items or sentences that do, if any."""
    lead = next((c.cover for c in under if is_lead(c) and line_of(c) == line_of(best)), 0.0)
    if max(best.named, lead) > 0:
        return list(under)
    return _items(best, under) or [candidate for candidate in under if candidate.cover > 0] or list(under)


def condensed(sentences: Sequence[Candidate], told: Candidate | None = None) -> list[Candidate]:
    """All sentences where they fit, else the first of each paragraph, as many as fit, and always `told`."""
    whole = _limited(sentences, MOST_SENTENCES)
    if len(whole) == len(sentences):
        return whole
    leads = [candidate for candidate in sentences if is_lead(candidate)]
    firsts = [candidate for candidate in sentences if starts_paragraph(candidate)]
    chosen = _limited(leads if len(leads) > 2 else firsts if len(firsts) > 2 else sentences, MOST_SENTENCES)
    if told is None or told in chosen or told not in sentences:
        return chosen
    return sorted([*chosen, told], key=lambda candidate: candidate.span)


def _limited(sentences: Sequence[Candidate], most: int) -> list[Candidate]:
    chosen: list[Candidate] = []
    length = 0
    for candidate in sentences:
        if len(chosen) == most or (chosen and length + len(candidate.text) > MOST_CHARACTERS):
            break
        chosen.append(candidate)
        length += len(candidate.text)
    return chosen


def _distinct(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Each wording once."""
    seen: set[str] = set()
    kept = []
    for candidate in candidates:
        if candidate.folded not in seen:
            seen.add(candidate.folded)
            kept.append(candidate)
    return kept
