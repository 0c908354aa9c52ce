"""HTML as tokens with their places in the source: an own pass, because every character must lead back.

Lenient as browsers are, linear on any input, without recursion. Nothing is decided here about what is content.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Literal

RAW = {"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"}
VOID = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
}  # fmt: skip
_NAME = re.compile(r"[a-zA-Z][^\s/>]*")
_ATTRIBUTE = re.compile(r"[\s/]*+([^\s/>=]++)[ \t\r\n\f]*+(=)?[ \t\r\n\f]*+")
_BARE_VALUE = re.compile(r"[^\s>]*")
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});?")


@dataclass(frozen=True, slots=True)
class Token:
    """A start tag, an end tag or a stretch of text: `source[start:end]`. `raw` text has no entities (script, style)."""

    kind: Literal["open", "close", "text"]
    name: str
    start: int
    end: int
    attributes: dict[str, str] = field(default_factory=dict)
    raw: bool = False


def tokens(source: str) -> Iterator[Token]:
    """Tags and text in the order of the source; comments, doctypes and processing instructions left out."""
    at = 0
    missing: set[str] = set()  # delimiters that do not stand in the rest: never searched for again
    while at < len(source):
        tag = source.find("<", at)
        if tag < 0:
            tag = len(source)
        if tag > at:
            yield Token("text", "", at, tag)
        if tag == len(source):
            return
        after = source[tag + 1 : tag + 2]
        if after in ("!", "?"):
            at = _skip_declaration(source, tag, missing)
        elif after == "/" and (name := _NAME.match(source, tag + 2)):
            at = _find_end(source, name.end(), ">", missing)
            yield Token("close", name[0].lower(), tag, at)
        elif name := _NAME.match(source, tag + 1):
            attributes, at = _attributes(source, name.end(), missing)
            yield Token("open", name[0].lower(), tag, at, attributes)
            if name[0].lower() in RAW:
                end = _raw_end(source, at, name[0].lower())
                if end > at:
                    yield Token("text", name[0].lower(), at, end, raw=name[0].lower() not in ("title", "textarea"))
                at = end
        else:  # a lone "<" or "</" is text
            yield Token("text", "", tag, tag + 1)
            at = tag + 1


def references(source: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """Every entity of a text stretch as (start, end, what it stands for)."""
    for match in _REFERENCE.finditer(source, start, end):
        plain = unescape(match[0])
        if plain != match[0]:
            yield match.start(), match.end(), plain


def _find_end(source: str, at: int, mark: str, missing: set[str]) -> int:
    """Just past the next `mark`; the end of the source where there is none."""
    found = -1 if mark in missing else source.find(mark, at)
    if found < 0:
        missing.add(mark)
        return len(source)
    return found + len(mark)


def _skip_declaration(source: str, at: int, missing: set[str]) -> int:
    if not source.startswith("<!--", at):
        return _find_end(source, at, ">", missing)
    if source.startswith((">", "->"), at + 4):  # an empty comment, wrongly written
        return source.index(">", at + 4) + 1
    if "-->" in missing or (end := source.find("-->", at + 4)) < 0:  # never closed: only its first tag is lost
        missing.add("-->")
        return _find_end(source, at, ">", missing)
    return end + 3


def _attributes(source: str, at: int, missing: set[str]) -> tuple[dict[str, str], int]:
    """The attributes of a start tag from just past its name, and where the tag ends. The first of a name wins."""
    found: dict[str, str] = {}
    while match := _ATTRIBUTE.match(source, at):
        at, value = match.end(), ""
        if match[2]:
            quote = source[at : at + 1]
            closed = -1
            if quote in ("'", '"') and quote not in missing:
                closed = source.find(quote, at + 1)
                if closed < 0:
                    missing.add(quote)
            if closed >= 0:
                value, at = source[at + 1 : closed], closed + 1
            elif bare := _BARE_VALUE.match(source, at):
                value, at = bare[0], bare.end()
        found.setdefault(match[1].lower(), unescape(value) if "&" in value else value)
    return found, _find_end(source, at, ">", missing)


def _raw_end(source: str, at: int, name: str) -> int:
    """Where the content of a raw element ends: at its end tag, else with the source, as browsers have it."""
    closing = re.compile(f"</{name}", re.IGNORECASE).search(source, at)
    return closing.start() if closing else len(source)
