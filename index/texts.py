"""Documents, passages and the ledger of one build, in SQLite: every text with its map to the original.

Every row carries a checksum over itself and its number, so that a large file need not be read whole before its first
row is used; SQLite finds the rows, and a row that is missing or differs is refused.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy

from index.errors import IndexDamaged
from index.manifest import REBUILD
from index.offsets import OffsetMap, Piece
from index.types import Document, Guess, Paragraph, Passage

NAME = "texts.sqlite"

_SHARED = ("source", "path", "title", "date", "place", "years", "unit", "kind", "verdict")  # in a heading's order

SCHEMA = """
CREATE TABLE ledger (id INTEGER PRIMARY KEY, row BLOB);
CREATE TABLE headings (id INTEGER PRIMARY KEY, row BLOB);
CREATE TABLE documents (id INTEGER PRIMARY KEY, original BLOB, text BLOB, map BLOB, rest BLOB);
CREATE TABLE passages (id INTEGER PRIMARY KEY, row BLOB);
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted file in the ledger. `state` is indexed, duplicate, quarantined or failed."""

    source: str
    path: str
    sha256: str
    bytes: int
    state: str
    reason: str | None = None
    duplicate_of: str | None = None
    document: int | None = None
    passages: int = 0


@dataclass(frozen=True, slots=True)
class Heading:
    """What is known of a document without reading its text.

    `also` are the paths of the files that were left out as its duplicates. `first` and `passages` say which
    passages are its own.
    """

    id: int
    source: str
    path: str
    title: str | None
    date: str | None
    place: str | None
    years: tuple[int, ...]
    unit: str | None
    kind: str | None
    verdict: str
    family: int  # documents of one family are near-duplicates of each other
    also: tuple[str, ...] = ()
    first: int = 0
    passages: int = 0


class TextsWriter:
    """Fills the SQLite file of a build that nobody reads yet."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, check_same_thread=False)
        self.connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + SCHEMA)

    def add_document(self, number: int, document: Document) -> None:
        """Store a document's texts, map and paragraphs under `number`."""
        original = _sealed(number, _packed(document.original))
        text = _sealed(number, _packed(document.text))
        way = _sealed(number, pack_map(document.map))
        rest = _sealed(number, _packed(json.dumps(_rest(document))))
        self.connection.execute("INSERT INTO documents VALUES (?,?,?,?,?)", (number, original, text, way, rest))

    def add_passages(self, passages: Iterable[Passage]) -> None:
        """Store passages under their numbers."""
        rows = ((passage.number, _row(passage.number, _passage_row(passage))) for passage in passages)
        self.connection.executemany("INSERT INTO passages VALUES (?,?)", rows)

    def add_headings(self, headings: Iterable[Heading]) -> None:
        """Store what is known of the documents, under their numbers."""
        rows = ((heading.id, _row(heading.id, astuple(heading)[1:])) for heading in headings)
        self.connection.executemany("INSERT INTO headings VALUES (?,?)", rows)

    def text(self, number: int) -> str:
        """The text of a document that was stored here."""
        ((data,),) = self.connection.execute("SELECT text FROM documents WHERE id = ?", (number,)).fetchall()
        return _unpacked(data[:-4])

    def add_entries(self, entries: Iterable[Entry]) -> None:
        """Store the ledger, in this order."""
        rows = ((number, _row(number, astuple(entry))) for number, entry in enumerate(entries))
        self.connection.executemany("INSERT INTO ledger VALUES (?,?)", rows)


class Texts:
    """Reads the SQLite file of a published build. Raises IndexDamaged for a row that is missing or changed.

    `refuse` is told of damage before it is raised.
    """

    def __init__(self, path: Path, refuse: Callable[[], None] = lambda: None) -> None:
        self._refuse = refuse
        self._connection = sqlite3.connect(_address(path), uri=True, check_same_thread=False)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        """The passages with these numbers, in this order."""
        return [self._passage(int(number)) for number in numbers]

    def passages_of(self, document: int) -> list[Passage]:
        """All passages of a document, in order."""
        heading = self.heading(document)
        return self.passages(range(heading.first, heading.first + heading.passages))

    def heading(self, number: int) -> Heading:
        """What is known of one document."""
        rows = self._rows("SELECT id, row FROM headings WHERE id = ?", number)
        if not rows:
            raise self._damaged()
        return self._heading(*rows[0])

    def headings(self) -> list[Heading]:
        """What is known of every document, in order."""
        return [self._heading(number, row) for number, row in self._rows("SELECT id, row FROM headings ORDER BY id")]

    def document(self, number: int) -> Document:
        """One document whole."""
        rows = self._rows("SELECT original, text, map, rest FROM documents WHERE id = ?", number)
        if not rows:
            raise self._damaged()
        original, text, way, rest = (self._unsealed(number, part) for part in rows[0])
        return _document(
            self.heading(number), _unpacked(original), _unpacked(text), unpack_map(way), json.loads(_unpacked(rest))
        )

    def entries(self) -> list[Entry]:
        """The ledger, in the order in which the files were found."""
        rows = self._rows("SELECT id, row FROM ledger ORDER BY id")
        return [Entry(*json.loads(self._unsealed(number, row))) for number, row in rows]

    def _passage(self, number: int) -> Passage:
        rows = self._rows("SELECT row FROM passages WHERE id = ?", number)
        if not rows:
            raise self._damaged()
        document, text, text_start, text_end, start, end, heading, header, page, sentences = json.loads(
            self._unsealed(number, rows[0][0])
        )
        return Passage(
            number=number,
            document=document,
            text=text,
            text_start=text_start,
            text_end=text_end,
            start=start,
            end=end,
            heading=tuple(heading),
            header=header,
            page=page,
            sentences=tuple((low, high) for low, high in sentences),
        )

    def _heading(self, number: int, row: bytes) -> Heading:
        return heading_of([number, *json.loads(self._unsealed(number, row))])

    def _rows(self, sql: str, *values: object) -> list[Any]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise self._damaged() from error

    def _unsealed(self, number: int, data: object) -> bytes:
        if not isinstance(data, bytes) or _sealed(number, data[:-4]) != data:
            raise self._damaged()
        return data[:-4]

    def _damaged(self) -> IndexDamaged:
        self._refuse()
        return IndexDamaged(f"索引文件 {NAME} 已损坏：{REBUILD}")


def pack_map(way: OffsetMap) -> bytes:
    """A map as compressed int32 rows (pieces, 5)."""
    rows = [(p.start, p.end, p.old_start, p.old_end, int(p.copied)) for p in way.pieces]
    return zlib.compress(numpy.array(rows, "<i4").tobytes(), 1)


def unpack_map(data: bytes) -> OffsetMap:
    """The map that `pack_map` packed."""
    rows = numpy.frombuffer(zlib.decompress(data), "<i4").reshape(-1, 5).tolist()
    return OffsetMap(tuple(Piece(a, b, c, d, bool(e)) for a, b, c, d, e in rows))


def document_to_json(document: Document) -> dict[str, Any]:
    """A document as JSON can carry it from one process to another."""
    return {
        "heading": [0, *(getattr(document, name) for name in _SHARED), 0],
        "original": document.original,
        "text": document.text,
        "map": [astuple(piece) for piece in document.map.pieces],
        "rest": _rest(document),
    }


def document_from_json(value: dict[str, Any]) -> Document:
    """The document that `document_to_json` gave."""
    way = OffsetMap(tuple(Piece(*piece) for piece in value["map"]))
    return _document(heading_of(value["heading"]), value["original"], value["text"], way, value["rest"])


def heading_of(values: Sequence[Any]) -> Heading:
    """A heading from its fields, tuples given as lists."""
    fields: Any = (tuple(value) if isinstance(value, list) else value for value in values)
    return Heading(*fields)


def heading_for(number: int, document: Document, family: int, first: int, passages: int) -> Heading:
    """What is known of a document, under its number in the build."""
    return heading_of([number, *(getattr(document, name) for name in _SHARED), family, (), first, passages])


def _address(path: Path) -> str:
    return f"{path.resolve().as_uri()}?mode=ro&immutable=1"


def _rest(document: Document) -> dict[str, Any]:
    return {
        "encoding": document.encoding,
        "paragraphs": [
            [p.text_start, len(p.text), p.start, p.end, p.level, p.heading, p.header, p.page]
            for p in document.paragraphs
        ],
        "furniture": document.furniture,
        "reason": document.reason,
        "repairs": document.repairs,
        "guesses": [[g.start, g.end, g.original, g.text, g.confidence] for g in document.guesses],
        "derived": document.derived,
    }


def _document(heading: Heading, original: str, text: str, way: OffsetMap, values: dict[str, Any]) -> Document:
    return Document(
        path=heading.path,
        source=heading.source,
        original=original,
        text=text,
        map=way,
        encoding=values["encoding"],
        paragraphs=tuple(
            Paragraph(text[at : at + length], start, end, at, level, tuple(above), header, page)
            for at, length, start, end, level, above, header, page in values["paragraphs"]
        ),
        furniture=tuple((start, end) for start, end in values["furniture"]),
        title=heading.title,
        date=heading.date,
        years=heading.years,
        place=heading.place,
        unit=heading.unit,
        kind=heading.kind,
        verdict=heading.verdict,
        reason=values["reason"],
        repairs=tuple((kind, count) for kind, count in values["repairs"]),
        guesses=tuple(Guess(*guess) for guess in values["guesses"]),
        derived=tuple(values["derived"]),
    )


def _passage_row(passage: Passage) -> list[object]:
    return [
        passage.document,
        passage.text,
        passage.text_start,
        passage.text_end,
        passage.start,
        passage.end,
        passage.heading,
        passage.header,
        passage.page,
        passage.sentences,
    ]


def _row(number: int, values: Sequence[object]) -> bytes:
    # surrogatepass: a lone surrogate in a file's name or text must not stop a build
    return _sealed(number, json.dumps(values, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def _sealed(number: int, data: bytes) -> bytes:
    """The data with its checksum behind it; begun with the row's number, so that rows cannot change places."""
    return data + zlib.crc32(data, number).to_bytes(4, "little")


def _packed(text: str) -> bytes:
    return zlib.compress(text.encode("utf-8", "surrogatepass"), 1)


def _unpacked(data: bytes) -> str:
    return zlib.decompress(data).decode("utf-8", "surrogatepass")
