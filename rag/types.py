"""The words of an answer: what a question is turned into and what the reader gets back."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from index.types import Scope

REASONS = (
    "no_evidence",
    "wrong_year",
    "wrong_place",
    "wrong_kind",
    "absent_subject",
    "off_topic",
    "empty_index",
)


@dataclass(frozen=True, slots=True)
class Turn:
    """One exchange of a conversation: what was asked and what was answered."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote from one document with its exact place: `original[start:end] == quote`, always.

    `text` is the repaired reading of the quote. `document_id` is the row of the document in the build.
    `bold` is the stretch of `text` that answers a question for one fact, or None.
    """

    n: int
    document: str
    source: str
    title: str | None
    date: str | None
    place: str | None
    heading: tuple[str, ...]
    page: int | None
    start: int
    end: int
    quote: str
    text: str
    document_id: int = 0
    bold: tuple[int, int] | None = None
    also: tuple[str, ...] = ()  # reposts that say the same


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer and the numbers of the citations that carry it (none: not verified)."""

    text: str
    marks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A passage that was retrieved inside the scope, best first."""

    document: str
    start: int
    end: int
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Nearest:
    """A place where one might look when the documents do not say; never a source."""

    document: str
    title: str | None
    date: str | None
    place: str | None
    years: tuple[int, ...]
    start: int
    end: int
    quote: str
    text: str
    why: str
    document_id: int = 0


@dataclass(frozen=True, slots=True)
class Reason:
    """Why there is no answer: a code of `REASONS` and one Chinese sentence."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ConflictValue:
    """One of several values that good passages give for the same thing."""

    value: str
    date: str | None
    n: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """A thing for which the documents give different values, newer first."""

    subject: str
    values: tuple[ConflictValue, ...]


@dataclass(frozen=True, slots=True)
class Elapsed:
    """Milliseconds spent, step by step."""

    load: float = 0.0
    retrieve: float = 0.0
    read: float = 0.0
    write: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Sentences with their citations, or a refusal with its reason and where one might look."""

    question: str
    standalone_question: str
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    passages: tuple[Retrieved, ...] = ()
    nearest: tuple[Nearest, ...] = ()
    scope: Scope = field(default_factory=Scope)
    relaxed: bool = False
    reason: Reason | None = None
    missing: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    generator: str = "extractive"
    degraded: str | None = None
    elapsed: Elapsed = field(default_factory=Elapsed)
    as_of: str | None = None  # the newest date among the documents, ISO
    trace: str = ""

    @property
    def refused(self) -> bool:
        """True where the documents do not say."""
        return self.reason is not None

    @property
    def text(self) -> str:
        """The answer as one text with its [n] marks; on a refusal the reason's message."""
        if self.reason is not None:
            return self.reason.message
        return "\n".join(sentence.text + "".join(f"[{mark}]" for mark in sentence.marks) for sentence in self.sentences)

    def to_json(self) -> dict[str, Any]:
        """The answer as the contract's JSON object."""
        return {
            "question": self.question,
            "standalone_question": self.standalone_question,
            "answer": self.text,
            "refused": self.refused,
            "reason": asdict(self.reason) if self.reason else None,
            "citations": [asdict(citation) for citation in self.citations],
            "passages": [asdict(passage) for passage in self.passages],
            "nearest": [asdict(nearest) for nearest in self.nearest],
            "scope": {
                "places": list(self.scope.places),
                "years": list(self.scope.years),
                "relaxed": self.relaxed,
            },
            "missing": list(self.missing),
            "conflicts": [asdict(conflict) for conflict in self.conflicts],
            "sentences": [asdict(sentence) for sentence in self.sentences],
            "generator": self.generator,
            "degraded": self.degraded,
            "elapsed_ms": asdict(self.elapsed),
            "as_of": self.as_of,
            "trace": self.trace,
        }
