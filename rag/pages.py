"""What the page's own script asks the server: the source pane, feedback, export, deleting a conversation."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import FastAPI, Query, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, ConfigDict, Field

from rag.current import Current
from rag.draw import Words
from rag.export import as_docx, as_markdown
from rag.history import LONGEST_CORRECTION, History
from rag.pane import pane
from rag.problem import NOT_FOUND

STATIC = Path(__file__).parent / "static"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class Rating(BaseModel):
    """What a reader thinks of an answer."""

    model_config = ConfigDict(extra="forbid")
    turn: Annotated[str, Field(max_length=64)]
    good: bool
    correction: Annotated[str, Field(max_length=LONGEST_CORRECTION)] = ""


class Forgotten(BaseModel):
    """A conversation to delete."""

    model_config = ConfigDict(extra="forbid")
    conversation: Annotated[str, Field(max_length=64)]


def read_words(language: str) -> Words:
    """What the page says in a language, zh or en."""
    table = tomllib.loads((STATIC / "words.toml").read_text("utf-8"))
    words: dict[str, str] = table[language]
    return words


def add_pages(app: FastAPI, current: Current, history: History) -> None:
    """Add the page's own addresses; each reads and writes only what belongs to the browser that asks."""
    words = {language: read_words(language) for language in ("zh", "en")}
    app.mount("/page", StaticFiles(directory=STATIC), name="page")  # /static is Gradio's own

    @app.get("/pane/{source_id}", response_class=HTMLResponse, include_in_schema=False)
    def source_pane(
        source_id: str,
        start: Annotated[int, Query(ge=0)] = 0,
        end: Annotated[int, Query(ge=0)] = 0,
        lang: Annotated[str, Query(pattern="^(zh|en)$")] = "zh",
    ) -> str:
        """A document at one quote, as HTML."""
        found = current.find(source_id)
        if found is None:
            raise NOT_FOUND
        assistant, number = found
        return pane(assistant.index.texts.document(number), source_id, start, end, words[lang])

    @app.post("/api/feedback", include_in_schema=False)
    def feedback(body: Rating, request: Request) -> dict[str, Any]:
        """Keep a rating of one's own exchange."""
        if not history.rate(owner_of(request), body.turn, body.good, body.correction):
            raise NOT_FOUND
        return {"kept": True}

    @app.post("/api/forget", include_in_schema=False)
    def forget(body: Forgotten, request: Request) -> dict[str, Any]:
        """Delete one's own conversation."""
        if not history.forget(owner_of(request), body.conversation):
            raise NOT_FOUND
        return {"forgotten": True}

    @app.get("/export/{name}", include_in_schema=False)
    def export(name: str, request: Request) -> Response:
        """One's own exchange as a file: `ID.md` or `ID.docx`."""
        turn_id, _, form = name.rpartition(".")
        turn = history.turn(owner_of(request), turn_id)
        if turn is None or form not in ("md", "docx"):
            raise NOT_FOUND
        body = as_markdown(turn.answer).encode("utf-8", "replace") if form == "md" else as_docx(turn.answer)
        kind = "text/markdown; charset=utf-8" if form == "md" else DOCX
        called = quote(f"{turn.question[:40]}.{form}".replace("/", " "))
        return Response(
            body, media_type=kind, headers={"content-disposition": f"attachment; filename*=UTF-8''{called}"}
        )


def owner_of(request: Request) -> str:
    """Who asks: the random name that the guard found in the browser's cookie, or gave it."""
    owner: str = request.state.owner
    return owner
