"""The builds that serve: the newest for questions, the ones before it for the citations they gave."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from index.errors import IndexDamaged, IndexMissing, WenjuError
from index.store import CURRENT, Index, open_build
from rag.answer import Assistant

T = TypeVar("T")
Over = Callable[[Index, int | None], Assistant]  # an assistant over an open build, retrieving so many passages

HELD = 6  # builds kept open; on disk fewer are kept, but an open one can still be read
LOOK = 1.0  # seconds between two looks at which build is published


@dataclass(slots=True)
class Serving:
    """One opened build: its assistant, and the opaque id of each of its documents."""

    assistant: Assistant
    ids: dict[int, str]
    numbers: dict[str, int]
    variants: dict[int, Assistant] = field(default_factory=dict)


class Current:
    """Opens the published build when first asked, and every newer one within a second of its publishing.

    A document's id is an HMAC over its source, path and content: it says nothing about them, cannot be
    guessed, and stays the same while the file does.
    """

    def __init__(self, folder: Path, over: Over, secret: bytes) -> None:
        self._folder = folder
        self._over = over
        self._secret = secret
        self._lock = threading.Lock()
        self._held: list[Serving] = []  # newest first
        self._published = ""
        self._looked = 0.0
        self._trouble: WenjuError | None = None

    def serving(self) -> Serving:
        """The newest build. Raises IndexMissing, IndexMismatch, IndexDamaged or ModelError where there is none."""
        with self._lock:
            if not self._held or time.monotonic() - self._looked > LOOK:
                self._look()
            if not self._held:
                raise self._trouble or IndexMissing("还没有索引：请先添加文档")
            return self._held[0]

    def assistant(self, passages: int | None = None) -> Assistant:
        """The assistant of the newest build, one that retrieves so many `passages` where that is given."""
        serving = self.serving()
        if passages is None:
            return serving.assistant
        if passages not in serving.variants:
            serving.variants[passages] = self._over(serving.assistant.index, passages)
        return serving.variants[passages]

    def ask(self, question: Callable[[Assistant], T], passages: int | None = None) -> T:
        """What `question` gets from the newest build; from the last good one, where that proves damaged only now."""
        assistant = self.assistant(passages)
        try:
            return question(assistant)
        except IndexDamaged:
            self.refuse(assistant)
            return question(self.assistant(passages))

    def refuse(self, assistant: Assistant) -> None:
        """Serve no longer from the build of `assistant`: one of its large files proved damaged when it was read."""
        with self._lock:
            self._held = [serving for serving in self._held if serving.assistant.index is not assistant.index]
            self._published, self._looked = "", float("-inf")

    def source_id(self, assistant: Assistant, document: int) -> str:
        """The opaque id of a document of the build that `assistant` answers from."""
        for serving in list(self._held):
            if serving.assistant.index is assistant.index:
                return serving.ids[document]
        return self._ids(assistant)[document]

    def find(self, source_id: str) -> tuple[Assistant, int] | None:
        """The newest open build that has the document with this id, and its number there."""
        for serving in list(self._held):
            if source_id in serving.numbers:
                return serving.assistant, serving.numbers[source_id]
        return None

    @property
    def notice(self) -> str | None:
        """Why the newest build does not serve, where that is so."""
        if self._trouble is not None:
            return str(self._trouble)
        return self._held[0].assistant.notice if self._held else None

    def _look(self) -> None:
        self._looked = time.monotonic()
        try:
            published = (self._folder / CURRENT).read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            published = ""
        if self._held and published == self._published:
            return
        try:
            opened = self._open()
            # A build that was refused leaves an older one, which may be open already.
            folder = opened.assistant.index.folder
            others = [serving for serving in self._held if serving.assistant.index.folder != folder]
            self._held = [opened, *others][:HELD]
            self._trouble = None
        except WenjuError as error:  # the build that serves goes on serving, and the page says so
            self._trouble = error
        self._published = published

    def _open(self) -> Serving:
        assistant = self._over(open_build(self._folder), None)
        ids = self._ids(assistant)
        return Serving(assistant, ids, {name: number for number, name in ids.items()})

    def _ids(self, assistant: Assistant) -> dict[int, str]:
        ids: dict[int, str] = {}
        for entry in assistant.index.texts.entries():
            if entry.document is not None:
                about = "\0".join((entry.source, entry.path, entry.sha256)).encode("utf-8", "surrogatepass")
                digest = hmac.new(self._secret, about, hashlib.sha256).digest()[:18]
                ids[entry.document] = base64.urlsafe_b64encode(digest).decode("ascii")
        return ids
