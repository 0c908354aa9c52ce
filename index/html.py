"""HTML: one block a line, every character mapped to its place in the source; the only door to trafilatura.

Two passes meet here. `index.markup` gives tokens with places, from which the lines and their map are laid out as
a browser would. trafilatura (Barbaresi, ACL 2021) judges which of that is the page's body; lines that it leaves
out are marked as furniture, not removed. Its verdict is overruled where it kept next to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from index import markup, offsets
from index.layout import Page, Row, headed, trimmed
from index.offsets import OffsetMap
from index.types import Line, Loaded, Reading

_META_CHARSET = re.compile(rb"""charset\s{0,9}=\s{0,9}["']?\s{0,9}([a-zA-Z0-9_:.-]{2,40})""", re.IGNORECASE)
_MARKUP = re.compile(rb"<!doctype html|<html[\s>]", re.IGNORECASE)
_DATE = re.compile(r"((?:19|20)\d\d)\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?!\d)")
_DATE_LABEL = re.compile(r"发布|日期|时间|来源|發布|時間|來源|浏览|作者")
_DATE_FIELDS = (
    "article:published_time", "datepublished", "pubdate", "publishdate", "publish_date", "publish_time",
    "publish-time", "firstpublishedtime", "og:release_date", "dc.date.issued", "dcterms.issued", "dc.date", "date",
)  # fmt: skip
_IMPRINT = re.compile(r"ICP备\s?\d|公网安备|网站标识码|版权所有|Copyright ©|ICP備", re.IGNORECASE)
_TITLE_FIELDS = ("og:title", "articletitle", "twitter:title")
_CHINA = timezone(timedelta(hours=8))
_DEEPEST = 2_000  # elements within elements beyond which no other parser is asked
_LARGEST = 2_000_000  # characters beyond which none is asked either: it takes 10 s for a million of markup
_SHINGLE = 6
_LONG = 30  # characters from which a line without links is prose


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
    page = Page(source, found)
    page.lay_out()
    rows = [row for row in (trimmed(row) for row in page.rows) if row is not None]
    title, date = _title(page, rows), _date(page)
    body = _body(rows, _main_text(source) if page.deepest < _DEEPEST and len(source) < _LARGEST else "", title)
    lines = tuple(Line(row.level, row.header, None, not inside) for row, inside in zip(headed(rows), body, strict=True))
    text, way = offsets.join([(row.text, OffsetMap(tuple(row.pieces))) for row in rows], "\n")
    return Loaded(Reading(source, text, way), encoding, lines, title, date or _date_beside_title(rows, body))


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


def _body(rows: Sequence[Row], main: str, title: str | None) -> list[bool]:
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


def _length(rows: Sequence[Row], chosen: Sequence[bool]) -> int:
    return sum(row.length for row, yes in zip(rows, chosen, strict=True) if yes)


def _is_menu(row: Row) -> bool:
    """True for a line that is to be clicked rather than read, or says whose site it is: a menu, a path, an imprint."""
    if row.length < 200 and _IMPRINT.search(row.text):
        return True
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


def _title(page: Page, rows: Sequence[Row]) -> str | None:
    """What the page calls itself: a meta field, a line that its <title> holds, a first heading, its <title>."""
    for name in _TITLE_FIELDS:
        if page.metas.get(name):
            return " ".join(page.metas[name].split())
    whole = _squeezed(page.document_title)
    lines = [row for row in rows if row.level or not (row.furniture or _is_menu(row))]
    named = [row for row in lines if len(_squeezed(row.text)) >= _SHINGLE and _squeezed(row.text) in whole]
    if named:
        return max(named, key=lambda row: (row.level > 0, row.length)).text
    first = next((row.text for row in rows if row.level == 1 and not row.furniture), None)
    return first or _without_site(page.document_title) or None


def _without_site(title: str) -> str:
    """A <title> without the site's name behind a bar, an underscore or a dash with spaces around it."""
    head = re.split(r"[_|｜]|\s[-–—]{1,2}\s", title)[0].strip()
    return head if len(head) >= _SHINGLE else title


def _date(page: Page) -> str | None:
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


def _date_beside_title(rows: Sequence[Row], body: Sequence[bool]) -> str | None:
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
