"""The lines that a browser would show of a page, each character with its place in the source.

White space collapses, blocks and `<br>` end lines, hidden elements are left out. A row of a data table is one
line with its cells apart; a table that only places things on the page is read as the blocks inside it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from index import markup
from index.markup import Token
from index.offsets import OffsetMap, Piece

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
_FURNITURE_NAMES = {  # class names and ids that pages without such elements use for the same things
    "nav", "navbar", "navigation", "footer", "foot", "copyright", "breadcrumb", "breadcrumbs", "crumb", "crumbs",
    "sidebar", "share", "toolbar", "pagination", "related",
}  # fmt: skip
_CLOSES_ITSELF = {"p", "li", "td", "th", "tr", "dt", "dd", "option"}  # <p> within <p> is the next one
_SPACE = re.compile(r"[ \t\n\r\f]+")
_OUTER = " \t\u00a0\u2002\u2003\u3000\u200b\ufeff"
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|font-size\s*:\s*0(?:px|pt|em|%)?\s*(?:;|$)", re.IGNORECASE)


@dataclass(slots=True)
class Row:
    """One line being laid out."""

    level: int
    furniture: bool
    parts: list[str] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    length: int = 0
    linked: int = 0  # characters inside links
    header: str = ""
    table: int = 0  # number of the data table it is a row of, 0 for none
    spans: list[tuple[int, int]] = field(default_factory=list)  # rows and columns that each cell spans

    def add(self, text: str, start: int, end: int, copied: bool) -> None:
        self.parts.append(text)
        self.pieces.append(Piece(self.length, self.length + len(text), start, end, copied))
        self.length += len(text)

    @property
    def text(self) -> str:
        return "".join(self.parts)


class Page:
    """Lays tokens out as lines. Open elements are counted by name, so an end tag without a start costs nothing."""

    def __init__(self, source: str, found: Sequence[Token]) -> None:
        self.source = source
        self.tokens = found
        self.rows: list[Row] = []
        self.metas: dict[str, str] = {}
        self.document_title = ""
        self.deepest = 0
        self._open: list[tuple[str, bool, bool]] = []  # (name, hidden, furniture) of each open element
        self._counts: Counter[str] = Counter()
        self._hidden = self._nav = 0
        self._row: Row | None = None
        self._space: tuple[int, int] | None = None
        self._tables = _data_tables(source, found)
        self._table: list[int] = []  # the open tables: their number where they hold data, else 0

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
            self._push(name, _is_hidden(name, attributes), _is_furniture(name, attributes))

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
        if self._hidden:
            return
        row = self._row = self._row or self._new_row()
        self._space = None
        if row.spans:
            row.add(SEPARATOR, token.start, token.end, False)
        row.spans.append((_span(token, "rowspan"), _span(token, "colspan")))

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

    def _new_row(self) -> Row:
        level = next((n for n in range(1, 7) if self._counts[f"h{n}"]), 0)
        return Row(level, self._nav > 0, table=self._table[-1] if self._in_data() else 0)

    def _break(self) -> None:
        if self._row is not None:
            self.rows.append(self._row)
        self._row, self._space = None, None

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


def _is_furniture(name: str, attributes: dict[str, str]) -> bool:
    names = f"{attributes.get('class', '')} {attributes.get('id', '')}"[:1000].lower().split()
    marked = attributes.get("role") == "navigation" or not _FURNITURE_NAMES.isdisjoint(names)
    return name in _FURNITURE or (marked and name not in ("html", "body", "form"))


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


def trimmed(row: Row) -> Row | None:
    """The row without outer white space, None where nothing is left."""
    text = row.text
    start = 0 if text.startswith(SEPARATOR) else len(text) - len(text.lstrip(_OUTER))
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


def _span(token: Token, name: str) -> int:
    value = token.attributes.get(name, "1")
    return min(int(value), 1000) if value.isascii() and value.isdigit() and len(value) < 5 and int(value) else 1


def headed(rows: Sequence[Row]) -> list[Row]:
    """Rows of data tables with the cells of their table's first full row as header."""
    headers: dict[int, list[str]] = {}
    waiting: dict[int, dict[int, tuple[int, str]]] = defaultdict(dict)  # table → column → (rows to go, cell)
    made: list[Row] = []
    for row in rows:
        if not row.table:
            made.append(row)
            continue
        cells, carried = _columns(row, waiting[row.table])
        header = list(headers.get(row.table, []))
        for column, text in carried.items():
            header += [""] * (column + 1 - len(header))
            header[column] = f"{header[column]}：{text}" if header[column] else text
        made.append(replace(row, header=SEPARATOR.join(header)))
        filled = [cell for cell in cells if cell]
        numbers = any(re.fullmatch(r"[\d.,%％-]+", cell) for cell in filled)
        if row.table not in headers and len(filled) >= 2 and not numbers:
            headers[row.table] = cells
    return made


def _columns(row: Row, waiting: dict[int, tuple[int, str]]) -> tuple[list[str], dict[int, str]]:
    """The row's cells by column, and those that reach into it from above. `waiting` is brought up to date."""
    carried = {column: text for column, (_, text) in waiting.items()}
    for column, (left, text) in list(waiting.items()):
        if left == 1:
            del waiting[column]
        else:
            waiting[column] = (left - 1, text)
    cells: list[str] = []
    for text, (high, wide) in zip(row.text.split(SEPARATOR), row.spans, strict=False):
        while len(cells) in carried:
            cells.append("")
        if high > 1:
            waiting[len(cells)] = (high - 1, text.strip())
        cells += [text.strip()] + [""] * (min(wide, 50) - 1)
    return cells, carried
