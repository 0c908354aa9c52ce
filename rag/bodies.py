"""What a client may send through the HTTP doors, and how much of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from rag.answer import LONGEST_QUESTION
from rag.problem import Problem
from rag.types import Turn


class TurnIn(BaseModel):
    """One exchange before the question."""

    question: Annotated[str, Field(max_length=LONGEST_QUESTION)]
    answer: Annotated[str, Field(max_length=20_000)] = ""


class SearchRequest(BaseModel):
    """A question to search with."""

    model_config = ConfigDict(extra="forbid")
    question: Annotated[str, Field(min_length=1, max_length=LONGEST_QUESTION, pattern=r"\S")]
    top_k: Annotated[int, Field(ge=1, le=100)] = 10
    today: date | None = None


class AskRequest(BaseModel):
    """A question, what was said before it, and the day that “去年” is reckoned from."""

    model_config = ConfigDict(extra="forbid")
    question: Annotated[str, Field(min_length=1, max_length=LONGEST_QUESTION, pattern=r"\S")]
    history: Annotated[list[TurnIn], Field(max_length=64)] = []
    top_k: Annotated[int | None, Field(ge=1, le=100)] = None
    today: date | None = None
    stream: bool = False

    def turns(self) -> list[Turn]:
        """The history in the words of the house."""
        return [Turn(turn.question, turn.answer) for turn in self.history]


class ChatPart(BaseModel):
    """A part of a message; parts that are not text are passed over."""

    type: str = "text"
    text: Annotated[str, Field(max_length=20_000)] = ""


class ChatMessage(BaseModel):
    """One message of an OpenAI conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Annotated[str, Field(max_length=20_000)] | list[ChatPart] | None = None

    def text(self) -> str:
        """The message as one text."""
        if isinstance(self.content, list):
            return "".join(part.text for part in self.content)
        return self.content or ""


class ChatRequest(BaseModel):
    """What OpenAI's clients send. Settings of a language model have no meaning here and are passed over."""

    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=200)]
    model: Annotated[str, Field(max_length=200)] = "wenju"
    stream: bool = False


def asked_of(messages: Sequence[ChatMessage]) -> tuple[str, list[Turn]]:
    """The last user message as the question, the exchanges before it as history.

    Raises Problem where there is no question. System messages are no instruction to this house.
    """
    spoken = [message for message in messages if message.role in ("user", "assistant")]
    if not spoken or spoken[-1].role != "user" or not spoken[-1].text().strip():
        raise Problem(422, "invalid", "messages 的最后一条应是用户的问题")
    if len(spoken[-1].text()) > LONGEST_QUESTION:
        raise Problem(422, "invalid", f"问题太长：请不要超过 {LONGEST_QUESTION} 字")
    turns: list[Turn] = []
    for message in spoken[:-1]:
        if message.role == "user":
            turns.append(Turn(message.text(), ""))
        elif turns:
            turns[-1] = Turn(turns[-1].question, message.text())
    return spoken[-1].text(), turns
