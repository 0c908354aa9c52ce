"""HTML: one block a line, every character mapped to its place in the source; the only door to trafilatura.

Two passes meet here. `index.markup` gives tokens with places, from which the lines and their map are laid out as
a browser would. trafilatura (Barbaresi, ACL 2021) judges which of that is the page's body; lines that it leaves
out are marked as furniture, not removed. Its verdict is overruled where it kept next to nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from index import markup, offsets
from index.markup import Token
from index.offsets import OffsetMap, Piece
from index.types import Line, Loaded, Reading

SEPARATOR = " | "
_BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir",
    "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "option", "p", "pre", "search", "section",
    "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
_DROPPED = {
    "audio", "button", "canvas", "datalist", "head", "iframe", "math", "noembed", "noframes", "noscript", "object",
    "rp", "rt", "script", "select", "style", "svg", "template", "textarea", "title", "video", "xmp",
}  # fmt: skip
_FURNITURE = {"nav", "footer", "aside", "menu"}
_CLOSES_ITSELF = {"p", "li", "td", "th", "tr", "dt", "dd", "option"}  # <p> within <p> is the next one
_SPACE = re.compile(r"[ \t\n\r\f]+")
_OUTER = " \t\u00a0\u2002\u2003\u3000\u200b\ufeff"
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|font-size\s*:\s*0(?:px|pt|em|%)?\s*(?:;|$)", re.IGNORECASE)
_META_CHARSET = re.compile(rb"""charset\s{0,9}=\s{0,9}["']?\s{0,9}([a-zA-Z0-9_:.-]{2,40})""", re.IGNORECASE)
_MARKUP = re.compile(rb"<!doctype html|<html[\s>]", re.IGNORECASE)
_DATE = re.compile(r"((?:19|20)\d\d)\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?!\d)")
_DATE_LABEL = re.compile(r"发布|日期|时间|来源|發布|時間|來源|浏览|作者")
_DATE_FIELDS = (
    "article:published_time", "datepublished", "pubdate", "publishdate", "publish_date", "publish_time",
    "publish-time", "firstpublishedtime", "og:release_date", "dc.date.issued", "dcterms.issued", "dc.date", "date",
)  # fmt: skip
_TITLE_FIELDS = ("og:title", "articletitle", "twitter:title")
_CHINA = timezone(timedelta(hours=8))
_DEEPEST = 2_000  # elements within elements beyond which no other parser is asked
_LARGEST = 2_000_000  # characters beyond which none is asked either: it takes 10 s for a million of markup
_SHINGLE = 6
_LONG = 30  # characters from which a line without links is prose


@dataclass(slots=True)
class _Row:
    """One line being laid out."""

    level: int
    furniture: bool
    parts: list[str] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    length: int = 0
    linked: int = 0  # characters inside links
    header: str = ""
    table: int = 0  # number of the data table it is a row of, 0 for none

    def add(self, text: str, start: int, end: int, copied: bool) -> None:
        self.parts.append(text)
        self.pieces.append(Piece(self.length, self.length + len(text), start, end, copied))
        self.length += len(text)

    @property
    def text(self) -> str:
        return "".join(self.parts)


def declared_charset(data: bytes) -> str | None:
    """The character set that the page's own markup names in its first 4096 bytes. The bytes may say otherwise."""
    match = _META_CHARSET.search(data[:4096])
    return match[1].decode("ascii") if match else None


def looks_like(data: bytes) -> bool:
    """True for bytes that begin as an HTML page does, whatever the file's name."""
    return _MARKUP.search(data[:1024]) is not None


def read(source: str, encoding: str) -> Loaded:
    """The page as read. Lines that are no part of its body have `furniture` set."""
    found = list(markup.tokens(source))
    page = _Page(source, found)
    page.lay_out()
    rows = [row for row in (_trimmed(row) for row in page.rows) if row is not None]
    title, date = _title(page, rows), _date(page)
    body = _body(rows, _main_text(source) if page.deepest < _DEEPEST and len(source) < _LARGEST else "", title)
    lines = tuple(
        Line(row.level, row.header, None, not inside) for row, inside in zip(_headed(rows), body, strict=True)
    )
    text, way = offsets.join([(row.text, OffsetMap(tuple(row.pieces))) for row in rows], "\n")
    return Loaded(Reading(source, text, way), encoding, lines, title, date or _date_beside_title(rows, body))


class _Page:
    """Lays tokens out as lines. Open elements are counted by name, so an end tag without a start costs nothing."""

    def __init__(self, source: str, found: Sequence[Token]) -> None:
        self.source = source
        self.tokens = found
        self.rows: list[_Row] = []
        self.metas: dict[str, str] = {}
        self.document_title = ""
        self.deepest = 0
        self._open: list[tuple[str, bool, bool]] = []  # (name, hidden, furniture) of each open element
        self._counts: Counter[str] = Counter()
        self._hidden = self._nav = 0
        self._row: _Row | None = None
        self._space: tuple[int, int] | None = None
        self._tables = _data_tables(source, found)
        self._table: list[int] = []  # the open tables: their number where they hold data, else 0
        self._row_cells = 0

    def lay_out(self) -> None:
        """Fill `rows`, `metas` and `document_title`."""
        for number, token in enumerate(self.tokens):
            if token.kind == "text":
                self._text(token)
            elif token.kind == "open":
                self._start(token, number)
            else:
                self._end(token)
        self._break()

    def _start(self, token: Token, number: int) -> None:
        name, attributes = token.name, token.attributes
        if name == "meta":
            key = (attributes.get("property") or attributes.get("name") or attributes.get("itemprop") or "").lower()
            self.metas.setdefault(key, attributes.get("content", "").strip())
        elif name == "time" or "publish_time" in attributes.get("id", ""):
            self.metas.setdefault("publish_time", attributes.get("datetime", ""))
        if name == "body":
            self._pop("head")
        if self._open and self._open[-1][0] == name and name in _CLOSES_ITSELF:
            self._pop(name)
        elif name in _BLOCKS and self._open and self._open[-1][0] == "p":
            self._pop("p")
        if name == "table":
            self._table.append(self._tables.get(number, 0))
        self._boundary(token)
        if name not in markup.VOID:
            self._push(name, _is_hidden(name, attributes), name in _FURNITURE or attributes.get("role") == "navigation")

    def _end(self, token: Token) -> None:
        if token.name == "table" and self._table and self._counts["table"]:
            self._break()
            self._table.pop()
        if token.name in _BLOCKS and not (self._in_data() and token.name in ("td", "th")):
            self._boundary(token)
        self._pop(token.name)

    def _boundary(self, token: Token) -> None:
        """A line ends at a block; inside a row of a data table the row goes on."""
        if self._in_data() and token.name not in ("table", "tr", "caption", "thead", "tbody", "tfoot"):
            if token.name in ("td", "th") and token.kind == "open":
                self._cell(token)
            elif (token.name in _BLOCKS or token.name == "br") and self._row is not None:
                self._space = self._space or (token.start, token.start)
        elif token.name in _BLOCKS or token.name == "br":
            self._break()

    def _cell(self, token: Token) -> None:
        self._row_cells += 1
        if self._row_cells > 1 and not self._hidden:
            row = self._row = self._row or self._new_row()
            self._space = None
            row.add(SEPARATOR, token.start, token.end, False)

    def _text(self, token: Token) -> None:
        if token.name == "title":
            plain = "".join(text for text, *_ in _plain(self.source, token))
            self.document_title = self.document_title or " ".join(plain.split())
        if self._hidden or token.raw or token.name:
            return
        linked = self._counts["a"] > 0
        for text, start, end, copied in _plain(self.source, token):
            if not copied:
                self._add(text, start, end, False, linked)
                continue
            at = start
            for space in _SPACE.finditer(self.source, start, end):
                if space.start() > at:
                    self._add(self.source[at : space.start()], at, space.start(), True, linked)
                self._blank(space.start(), space.end())
                at = space.end()
            if at < end:
                self._add(self.source[at:end], at, end, True, linked)

    def _blank(self, start: int, end: int) -> None:
        if self._counts["pre"] and "\n" in self.source[start:end] and not self._in_data():
            self._break()
        elif self._row is not None:
            self._space = (self._space[0] if self._space else start, end)

    def _add(self, text: str, start: int, end: int, copied: bool, linked: bool) -> None:
        row = self._row = self._row or self._new_row()
        before = row.parts[-1][-1] if row.parts else " "
        if self._space and before != " " and not _joins(before, text[0], self.source[slice(*self._space)]):
            row.add(" ", *self._space, self.source[slice(*self._space)] == " ")
        self._space = None
        row.add(text, start, end, copied)
        row.linked += len(text) if linked else 0

    def _new_row(self) -> _Row:
        level = next((n for n in range(1, 7) if self._counts[f"h{n}"]), 0)
        return _Row(level, self._nav > 0, table=self._table[-1] if self._in_data() else 0)

    def _break(self) -> None:
        if self._row is not None:
            self.rows.append(self._row)
        self._row, self._space, self._row_cells = None, None, 0

    def _in_data(self) -> bool:
        return bool(self._table and self._table[-1])

    def _push(self, name: str, hidden: bool, furniture: bool) -> None:
        self._open.append((name, hidden, furniture))
        self._counts[name] += 1
        self._hidden += hidden
        self._nav += furniture
        self.deepest = max(self.deepest, len(self._open))

    def _pop(self, name: str) -> None:
        """Close the innermost open element of that name and all inside it."""
        while self._counts[name]:
            inner, hidden, furniture = self._open.pop()
            self._counts[inner] -= 1
            self._hidden -= hidden
            self._nav -= furniture
            if inner == name:
                return


def _is_hidden(name: str, attributes: dict[str, str]) -> bool:
    return (
        name in _DROPPED
        or "hidden" in attributes
        or attributes.get("aria-hidden", "").lower() == "true"
        or _HIDDEN_STYLE.search(attributes.get("style", "")[:2000]) is not None
    )


def _plain(source: str, token: Token) -> Iterator[tuple[str, int, int, bool]]:
    """The text of a token as (text, start, end, copied): entities apart from what stands as it is."""
    at = token.start
    for start, end, plain in markup.references(source, token.start, token.end):
        if start > at:
            yield source[at:start], at, start, True
        yield plain.replace("\n", " ").replace("\r", " "), start, end, False
        at = end
    if at < token.end:
        yield source[at : token.end], at, token.end, True


def _joins(before: str, after: str, gap: str) -> bool:
    """True where a line break of the source between two Chinese characters is no space to a reader (CSS Text 3)."""
    return "\n" in gap and before >= "\u2e80" and after >= "\u2e80"


def _trimmed(row: _Row) -> _Row | None:
    """The row without outer white space, None where nothing is left."""
    text = row.text
    start = len(text) - len(text.lstrip(_OUTER))
    end = len(text.rstrip(_OUTER))
    if not text.replace(SEPARATOR.strip(), "").strip(_OUTER):
        return None
    way = OffsetMap(tuple(row.pieces)).slice(start, end)
    return replace(row, parts=[text[start:end]], pieces=list(way.pieces), length=end - start)


def _data_tables(source: str, found: Sequence[Token]) -> dict[int, int]:
    """Token number → table number of tables that hold data: rows of cells, no table inside, no long prose."""
    data: dict[int, int] = {}
    opened: list[list[int]] = []  # of each open table: token number, rows, cells, place of its last cell, is layout
    for number, token in enumerate(found):
        if token.name == "table" and token.kind == "open":
            if opened:
                opened[-1][4] = 1
            opened.append([number, 0, 0, token.end, 0])
        elif opened and token.name == "table" and token.kind == "close":
            first, rows, cells, _, layout = opened.pop()
            if rows >= 2 and cells >= rows * 1.5 and not layout:
                data[first] = len(data) + 1
        elif opened and token.name == "tr" and token.kind == "open":
            opened[-1][1] += 1
        elif opened and token.name in ("td", "th"):
            opened[-1][2] += token.kind == "open"
            if token.kind == "close" and token.start - opened[-1][3] > 20_000:
                opened[-1][4] = 1
            opened[-1][3] = token.end
    return data


def _headed(rows: Sequence[_Row]) -> list[_Row]:
    """Rows of data tables with the cells of their table's first full row as header."""
    headers: dict[int, str] = {}
    made: list[_Row] = []
    for row in rows:
        cells = [cell.strip() for cell in row.text.split(SEPARATOR)] if row.table else []
        header = headers.get(row.table, "")
        made.append(replace(row, header=header))
        filled = [cell for cell in cells if cell]
        if row.table and not header and len(filled) >= 2 and not any(re.fullmatch(r"[\d.,%％-]+", c) for c in filled):
            headers[row.table] = row.text
    return made


def _main_text(source: str) -> str:
    """What trafilatura takes for the body of the page; "" where it finds none."""
    import trafilatura

    try:
        found = trafilatura.extract(
            source, output_format="txt", include_comments=False, include_tables=True, favor_recall=True
        )
    except Exception:  # it walks whatever tree lxml made of a hostile page; without it the links decide
        return ""
    return found or ""


def _squeezed(text: str) -> str:
    return re.sub(r"[\s|\u3000\u200b]+", "", text)


def _body(rows: Sequence[_Row], main: str, title: str | None) -> list[bool]:
    """Of each row whether it is part of the page's body, as `main` has it."""
    whole = {_squeezed(line).lstrip("-•") for line in main.splitlines()}
    joined = _squeezed(main)
    shingles = {joined[i : i + _SHINGLE] for i in range(len(joined) - _SHINGLE + 1)}
    free = [not row.furniture and not _is_menu(row) for row in rows]
    prose = [yes and row.length >= _LONG for row, yes in zip(rows, free, strict=True)]
    kept = [yes and _is_kept(_squeezed(row.text), whole, shingles) for row, yes in zip(rows, free, strict=True)]
    if not any(free):  # nothing but links: they are what the page has to say
        return [not row.furniture for row in rows]
    if _length(rows, kept) * 4 < _length(rows, prose) or not any(kept):
        return free
    first, last = kept.index(True), len(kept) - kept[::-1].index(True)
    between = [first <= i < last and (prose[i] or bool(row.level or row.table)) for i, row in enumerate(rows)]
    named = [row.level > 0 and title is not None and _squeezed(row.text) == _squeezed(title) for row in rows]
    return [free[i] and (kept[i] or between[i] or named[i]) for i in range(len(rows))]


def _length(rows: Sequence[_Row], chosen: Sequence[bool]) -> int:
    return sum(row.length for row, yes in zip(rows, chosen, strict=True) if yes)


def _is_menu(row: _Row) -> bool:
    """True for a short line that is to be clicked rather than read: a menu, the path to the page, a link."""
    share = row.linked * (3 if row.length < 40 else 2)
    return 0 < row.length <= share and not (row.level or row.table) and "。" not in row.text


def _is_kept(text: str, whole: set[str], shingles: set[str]) -> bool:
    """True where the text is a line of the body, or most of it stands there."""
    if text in whole:
        return True
    count = len(text) - _SHINGLE + 1
    if count < _SHINGLE:
        return False
    return sum(text[i : i + _SHINGLE] in shingles for i in range(count)) >= 0.6 * count


def _title(page: _Page, rows: Sequence[_Row]) -> str | None:
    """What the page calls itself: its meta fields, a first-level heading that its <title> holds, or its <title>."""
    for name in _TITLE_FIELDS:
        if page.metas.get(name):
            return page.metas[name]
    headings = [row.text for row in rows if row.level in (1, 2) and not row.furniture]
    named = [text for text in headings if _squeezed(text) in _squeezed(page.document_title)]
    first = [row.text for row in rows if row.level == 1]
    return (named or [page.document_title] if page.document_title else first or [""])[0] or None


def _date(page: _Page) -> str | None:
    """The day of publication that the markup names, as ISO date."""
    for name in _DATE_FIELDS:
        if date := _iso(page.metas.get(name, "")):
            return date
    for token in page.tokens:
        if token.raw and token.name == "script":
            script = page.source[token.start : min(token.end, token.start + 200_000)]
            if found := re.search(r'"datePublished"\s{0,9}:\s{0,9}"([^"]{8,40})"', script):
                return _iso(found[1])
            if found := re.search(r"""\b(?:ct|publish_time)\s{0,9}=\s{0,9}["'](\d{10})["']""", script):
                return datetime.fromtimestamp(int(found[1]), _CHINA).date().isoformat()
    return None


def _date_beside_title(rows: Sequence[_Row], body: Sequence[bool]) -> str | None:
    """The date of the short line under the title that says when, by whom or where from."""
    headings = [i for i, row in enumerate(rows) if row.level in (1, 2) and not row.furniture]
    start = headings[0] if headings else next((i for i, inside in enumerate(body) if inside), 0)
    for row in rows[max(0, start - 3) : start + 6]:
        is_short = row.length < 24 or (row.length < 120 and _DATE_LABEL.search(row.text))
        if is_short and (date := _iso(row.text)):
            return date
    return None


def _iso(text: str) -> str | None:
    match = _DATE.search(text[:200])
    if not match:
        return None
    year, month, day = (int(part) for part in match.groups())
    try:
        return datetime(year, month, day).date().isoformat()
    except ValueError:
        return None
