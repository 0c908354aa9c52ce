"""A language model's words, as they come, cut into plain sentences with their marks.

Thoughts are left out, markdown is undone, and what is no plain sentence (a link, HTML) is told.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from index.fold import fold
from index.sentences import LONGEST, cut_sentences

HELD_BACK = 24  # characters that must follow a sentence before its end is certain, marks included
MOST_MARKS = 99  # a number beyond this in brackets is no mark (〔2024〕5号)

_THINK = re.compile(r"<\s?(/?)\s?think(?:ing)?\s?>", re.IGNORECASE)
_LONGEST_TAG = 14  # characters of the longest form of it
_NUMBER = r"\s{0,2}\d{1,2}\s{0,2}"
_MARK = re.compile(rf"[\[［【]\s?\^?(?:资料|来源|证据|引用)?({_NUMBER}(?:[,，、;；–—~\-]{_NUMBER}){{0,15}})[\]］】]")
_FIRST_MARK = 0xF0000  # a mark inside the buffer is one private character, so that cutting sees no bracket
_MARK_CHARACTERS = f"{chr(_FIRST_MARK)}-{chr(_FIRST_MARK + MOST_MARKS)}"
_LEADING_MARKS = re.compile(rf"[{_MARK_CHARACTERS}\s]+")
_ANY_MARK = re.compile(rf"\s?([{_MARK_CHARACTERS}])")
_ORDINAL = re.compile(
    r"\s*(?:#{1,6}\s+|[-+*•·●▪◦]\s+|[•●▪◦]|>\s*|\d{1,2}[.、)）](?!\d)\s*|[（(]\d{1,2}[)）]\s*|[①-⑳]\s*|[一二三四五六七八九十]{1,3}、)"
)
_PLAIN_TAG = re.compile(r"</?(?:br|b|strong|i|em|p|u|ul|ol|li|span|div)\s?/?>", re.IGNORECASE)
_EMPTY_BRACKETS = re.compile(r"[（(](?:参见|见|来源|出处|资料|引自|依据)?[:：]?[\s,，、;；]*[)）]")
_LINK = re.compile(
    r"://|www\.|\b(?:javascript|vbscript|data|mailto|file|tel)\s?:|\]\s?\(|!\[|[a-z0-9]\.[a-z]{2,}|\]\s?:|&[#a-z0-9]{2,8};"
)
_TAG = re.compile(r"<\s?[a-z!/?]")
_TITLES = str.maketrans("《》", "「」")  # folding would make angle brackets of them
_HARMLESS = str.maketrans(
    {"<": "＜", ">": "＞", "[": "〔", "]": "〕", "|": " ", "\\": " ", "$": "＄"} | dict.fromkeys("*`~")
)


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence as the model wrote it, in plain words, with the evidence numbers that it gives itself.

    `is_plain` is false where it held a link or HTML: nobody is shown such a sentence.
    """

    text: str
    marks: tuple[int, ...]
    is_plain: bool = True


class Draft:
    """Takes the pieces of a stream and gives back sentences as soon as their ends are certain.

    >>> draft = Draft()
    >>> draft.feed("<think>嗯</think>- 引进**19家**企业。[1][2]\\n") + draft.close()
    [Claim(text='引进19家企业。', marks=(1, 2), is_plain=True)]
    """

    def __init__(self) -> None:
        self._unread = ""  # what may be the beginning of a tag
        self._is_thought = False
        self._buffer = ""  # read, not yet cut

    def feed(self, piece: str) -> list[Claim]:
        """The sentences that `piece` completes."""
        self._read(piece, final=False)
        return self._cut(final=False)

    def close(self) -> list[Claim]:
        """What is left when the stream has ended. A thought that was never closed stays a thought."""
        self._read("", final=True)
        return self._cut(final=True)

    def _read(self, piece: str, final: bool) -> None:
        """Move text into the buffer, thoughts left out; a tag may come in parts."""
        text = self._unread + piece
        done = 0
        for tag in _THINK.finditer(text):
            if tag.group(1) and not self._is_thought:
                self._buffer = ""  # some templates open the thought themselves: all before was thought
            elif not self._is_thought:
                self._take(text[done : tag.start()])
            self._is_thought = not tag.group(1)
            done = tag.end()
        rest = text[done:]
        opened = rest.rfind("<", max(0, len(rest) - _LONGEST_TAG))
        held = len(rest) if final or opened < 0 else opened
        if not self._is_thought:
            self._take(rest[:held])
        self._unread = rest[held:]

    def _take(self, text: str) -> None:
        self._buffer += "".join(character for character in text if _is_visible(character))

    def _cut(self, final: bool) -> list[Claim]:
        text = self._buffer = _MARK.sub(_as_characters, self._buffer)
        certain = len(text) if final else max(len(text) - HELD_BACK, text.rfind("\n") + 1)
        claims = []
        done = 0
        spans = _with_their_marks(text)
        if spans and not final and _goes_on(text, *spans[-1]):
            spans.pop()  # an item of a list may share the marks of the next, which is still to come
        for start, end in spans:
            if end > certain:
                break
            done = end
            claim = _claim(text[start:end])
            if claim.text:
                claims.append(claim)
        self._buffer = text[done:].lstrip()
        return claims


def _is_visible(character: str) -> bool:
    """Whether a character may stand in an answer: no controls, formats, surrogates or private ones."""
    return character == "\n" or not unicodedata.category(character).startswith("C")


def _as_characters(mark: re.Match[str]) -> str:
    """[2] and [1, 3] and [1-3] as private characters, one a number."""
    numbers: list[int] = []
    for part in re.split("[,，、;；]", mark.group(1)):
        ends = [int(number) for number in re.findall(r"\d+", part)]
        numbers.extend(range(ends[0], ends[-1] + 1) if len(ends) == 2 else ends)
    return "".join(chr(_FIRST_MARK + number) for number in numbers)


def _with_their_marks(text: str) -> list[tuple[int, int]]:
    """The sentences of `text`; marks behind a full stop belong to what stands before them on the line.

    Parts at a semicolon stay together where the first has no marks of its own: it shares those of the next.
    """
    spans: list[tuple[int, int]] = []
    for start, end in cut_sentences(text):
        marks = _LEADING_MARKS.match(text, start, end)
        if marks and spans and "\n" not in text[spans[-1][1] : start]:
            spans[-1] = (spans[-1][0], marks.end())
            start = marks.end()
        if spans and start < end and _goes_on(text, *spans[-1]):
            spans[-1] = (spans[-1][0], end)
        elif start < end:
            spans.append((start, end))
    return spans


def _goes_on(text: str, start: int, end: int) -> bool:
    """Whether a part ends at a semicolon and has no mark."""
    return text[end - 1] in "；;" and end - start < LONGEST and not _ANY_MARK.search(text, start, end)


def _claim(raw: str) -> Claim:
    """A cut sentence without its marks, bullets and emphasis."""
    marks = tuple(dict.fromkeys(ord(mark) - _FIRST_MARK for mark in _ANY_MARK.findall(raw)))
    text = _PLAIN_TAG.sub("", _ANY_MARK.sub("", raw))
    folded = fold(text.translate(_TITLES)).lower()
    is_plain = not (_LINK.search(folded) or _TAG.search(folded))
    while ordinal := _ORDINAL.match(text):
        text = text[ordinal.end() :]
    text = _EMPTY_BRACKETS.sub("", text.replace("__", "").translate(_HARMLESS))
    return Claim(" ".join(text.split()).strip(" ,，、;；"), marks, is_plain)
