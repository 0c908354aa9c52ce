"""The model's writer: evidence to a prompt, the model's words to sentences that the evidence bears."""

from __future__ import annotations

import secrets
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from typing import Protocol

from index.errors import GenerationError
from index.places import Gazetteer
from rag.budget import fitting, room_for_evidence
from rag.draft import Claim, Draft
from rag.orders import gives_orders
from rag.prompts import read_prompt
from rag.types import Citation, Sentence, Turn
from rag.verify import Source, adds_nothing, verify

MOST_SENTENCES = 24
LONGEST_REWRITE = 200  # characters of a question rewritten to stand alone
REWRITE_SHARE = 0.25  # of a follow-up's time goes to that at most; the answer has the rest
REMEMBERED = 4  # exchanges shown to the model for that

# Brackets that could end a fence, open a tag or look like a mark; full-width forms say the same to a reader.
_HARMLESS = str.maketrans({"<": "＜", ">": "＞", "[": "〔", "]": "〕", "［": "〔", "］": "〕", "【": "〔", "】": "〕"})


class Words(Protocol):
    """Where the model's words come from: rag.generate.Endpoint, or a scripted one."""

    @property
    def name(self) -> str: ...

    def stream(
        self, messages: Sequence[tuple[str, str]], seconds: float | None = None
    ) -> Generator[str, None, None]: ...


@dataclass(frozen=True, slots=True)
class Written:
    """What a model wrote and the evidence bears: sentences, the citations they use (renumbered), and what was amiss.

    `used` are the numbers that the citations had as evidence. `sentences` is empty where
    nothing can be shown; the extractive answer then stands in.
    """

    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    generator: str = "extractive"
    degraded: str | None = None
    used: tuple[int, ...] = ()


class ModelWriter:
    """Writes an answer from evidence with a language model and shows only what the evidence bears."""

    def __init__(
        self,
        words: Words,
        window_tokens: int,
        answer_tokens: int,
        gazetteer: Gazetteer | None = None,
        seconds: float = 30.0,
    ) -> None:
        self._words = words
        self._window_tokens = window_tokens
        self._answer_tokens = answer_tokens
        self._gazetteer = gazetteer
        self._seconds = seconds  # that one question may take of the model's time

    @property
    def name(self) -> str:
        """The model's name."""
        return self._words.name

    def write(self, question: str, evidence: Sequence[Citation], notes: Sequence[str] = ()) -> Written:
        """The whole of what `stream` gives."""
        writing = self.stream(question, evidence, notes)
        while True:
            try:
                next(writing)
            except StopIteration as finished:
                written: Written = finished.value
                return written

    def stream(
        self, question: str, evidence: Sequence[Citation], notes: Sequence[str] = (), is_follow_up: bool = False
    ) -> Generator[Sentence, None, Written]:
        """Verified sentences as soon as each is complete; the generator's value is the whole.

        `evidence` is what the answer may say, the most important first; `notes` are told to the model and need not
        be repeated by it. A follow-up has what `rewrite` leaves of its time. Nothing is raised: what goes wrong stands
        in `degraded`.
        """
        page = _Page(evidence, question, self._gazetteer)
        trouble = None
        try:
            messages = self._messages(question, evidence, notes)
            seconds = self._seconds * (1 - REWRITE_SHARE) if is_follow_up else None
            with closing(self._words.stream(messages, seconds)) as pieces:
                for claim in _claims(pieces):
                    sentence = page.add(claim)
                    if sentence is not None:
                        yield sentence
                    if len(page.sentences) == MOST_SENTENCES:
                        break
        except GenerationError as error:
            trouble = str(error)
        return page.written(self.name, trouble)

    def rewrite(self, question: str, history: Sequence[Turn], by_rule: str) -> str:
        """The question so that it stands alone, as the model puts it; `by_rule` where that cannot be used.

        The model's version may hold no number, Latin word or place that neither question nor history has.
        """
        if not history:
            return question
        nonce = secrets.token_hex(8)
        told = "\n".join(f"问：{turn.question}\n答：{turn.answer[:300]}" for turn in history[-REMEMBERED:])
        prompt = read_prompt("rewrite").fill(question=_quoted(question), history=_quoted(told, "\n"), nonce=nonce)
        try:
            with closing(self._words.stream([("user", prompt)], self._seconds * REWRITE_SHARE)) as pieces:
                claims = list(islice(_claims(pieces), 2))
        except GenerationError:
            return by_rule
        if len(claims) != 1 or not claims[0].is_plain or len(claims[0].text) > LONGEST_REWRITE:
            return by_rule
        rewritten = claims[0].text.removeprefix("改写后的问题：").removeprefix("改写：")
        return rewritten if adds_nothing(rewritten, f"{question}\n{told}", self._gazetteer) else by_rule

    def _messages(self, question: str, evidence: Sequence[Citation], notes: Sequence[str]) -> list[tuple[str, str]]:
        """The prompt: rules, then the evidence that fits between fences that nobody can guess."""
        nonce = secrets.token_hex(8)
        rules = read_prompt("answer_rules").fill(nonce=nonce)
        told = f"说明（已另行告诉读者，不必再写）：{_quoted(' '.join(notes))}" if notes else ""
        frame = read_prompt("answer").fill(question=_quoted(question), evidence="", notes=told, nonce=nonce)
        lines = [_line(citation) for citation in evidence if not gives_orders(citation.text)]
        room = room_for_evidence(self._window_tokens, self._answer_tokens, (rules, frame))
        shown = lines[: fitting(lines, room)]
        if not lines:
            raise GenerationError("资料里有写给语言模型的指令，没有交给它，改为摘录原句")
        if not shown:
            raise GenerationError("语言模型的窗口放不下资料：请调大 window_tokens")
        page = read_prompt("answer").fill(
            question=_quoted(question), evidence="\n".join(shown), notes=told, nonce=nonce
        )
        return [("system", rules), ("user", page)]


class _Page:
    """The answer while it is being written: what was shown, under which numbers, and what was not."""

    def __init__(self, evidence: Sequence[Citation], question: str, gazetteer: Gazetteer | None) -> None:
        self._evidence = {citation.n: citation for citation in evidence}
        self._sources = {citation.n: Source.of(citation) for citation in evidence if not gives_orders(citation.text)}
        self._question = question
        self._gazetteer = gazetteer
        self._numbers: dict[int, int] = {}  # evidence number to its number in the answer, in order of use
        self._unknown: set[int] = set()
        self._dropped = 0
        self._unborne = 0  # of those, the ones that claimed evidence
        self.sentences: list[Sentence] = []

    def add(self, claim: Claim) -> Sentence | None:
        """The sentence to show, or None where the evidence does not bear it."""
        self._unknown.update(mark for mark in claim.marks if mark not in self._evidence)
        verdict = verify(claim.text, claim.marks, self._sources, self._question, self._gazetteer)
        if verdict.fault or not claim.is_plain or gives_orders(claim.text):
            self._dropped += 1
            self._unborne += bool(claim.marks)
            return None
        marks = tuple(self._numbers.setdefault(mark, len(self._numbers) + 1) for mark in verdict.marks)
        sentence = Sentence(claim.text, marks)
        if any(sentence.text == shown.text for shown in self.sentences):
            return None
        self.sentences.append(sentence)
        return sentence

    def written(self, name: str, trouble: str | None) -> Written:
        """What there is to show, and why it is not all that the model wrote.

        Nothing is shown of an answer that broke off, or of which more fell than stood: what is left of it would be
        true but not the answer.
        """
        amiss = [trouble] if trouble else []
        if self._dropped:
            amiss.append(f"语言模型写的 {self._dropped} 句在资料里核对不上，没有采用")
        if self._unknown:
            amiss.append("语言模型引用了不存在的出处 " + "".join(f"[{mark}]" for mark in sorted(self._unknown)))
        if trouble or self._unborne > len(self.sentences) or not self.sentences:
            return Written(degraded="；".join([*(amiss or ["语言模型没有写出可用的句子"]), "以下是资料原句"]))
        citations = tuple(replace(self._evidence[old], n=new) for old, new in self._numbers.items())
        return Written(tuple(self.sentences), citations, name, "；".join(amiss) or None, tuple(self._numbers))


def _claims(pieces: Iterable[str]) -> Iterator[Claim]:
    """The sentences of a stream. Closing it closes the stream."""
    draft = Draft()
    for piece in pieces:
        yield from draft.feed(piece)
    yield from draft.close()


def _line(citation: Citation) -> str:
    """One piece of evidence as the model sees it: number, words, and where they come from."""
    about = "，".join(part for part in (citation.title, citation.date, citation.place) if part)
    return f"[{citation.n}] {_quoted(citation.text)}" + (f"（出自：{_quoted(about)}）" if about else "")


def _quoted(text: str, line_break: str = " ") -> str:
    """Foreign text as it may stand in a prompt: no tags, fences, marks or control characters of its own."""
    visible = "".join(character if character == "\n" or character.isprintable() else " " for character in text)
    return line_break.join(part for part in visible.translate(_HARMLESS).split("\n") if part.strip())
