"""Documents, passages and the ledger of one build, in SQLite: every text with its map to the original."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy

from index.errors import IndexDamaged
from index.offsets import OffsetMap, Piece
from index.types import Document, Guess, Paragraph, Passage

NAME = "texts.sqlite"

SCHEMA = """
CREATE TABLE ledger (
    source TEXT, path TEXT, sha256 TEXT, bytes INTEGER, state TEXT, reason TEXT, duplicate_of TEXT, document INTEGER,
    passages INTEGER, PRIMARY KEY (source, path)
);
CREATE TABLE documents (
    id INTEGER PRIMARY KEY, source TEXT, path TEXT, title TEXT, date TEXT, place TEXT, years TEXT, unit TEXT, kind TEXT,
    verdict TEXT, family INTEGER, original BLOB, text BLOB, map BLOB, rest BLOB, checksum INTEGER
);
CREATE TABLE passages (id INTEGER PRIMARY KEY, document INTEGER, text TEXT, rest TEXT);
CREATE INDEX passages_of ON passages (document);
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
    """What is known of a document without reading its text."""

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


class TextsWriter:
    """Fills the SQLite file of a build that nobody reads yet."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path)
        self.connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + SCHEMA)

    def add_document(self, number: int, document: Document, family: int) -> None:
        """Store a document under `number`."""
        original = _packed(document.original)
        text = _packed(document.text)
        way = pack_map(document.map)
        rest = _packed(json.dumps(_rest(document), ensure_ascii=False))
        self.connection.execute(
            "INSERT INTO documents VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                number,
                document.source,
                document.path,
                document.title,
                document.date,
                document.place,
                json.dumps(document.years),
                document.unit,
                document.kind,
                document.verdict,
                family,
                original,
                text,
                way,
                rest,
                _crc(original, text, way, rest),
            ),
        )

    def add_passages(self, passages: Iterable[Passage]) -> None:
        """Store passages under their numbers."""
        self.connection.executemany(
            "INSERT INTO passages VALUES (?,?,?,?)",
            (
                (
                    passage.number,
                    passage.document,
                    passage.text,
                    json.dumps(
                        [
                            passage.text_start,
                            passage.text_end,
                            passage.start,
                            passage.end,
                            passage.heading,
                            passage.header,
                            passage.page,
                            passage.sentences,
                        ],
                        ensure_ascii=False,
                    ),
                )
                for passage in passages
            ),
        )

    def add_entries(self, entries: Iterable[Entry]) -> None:
        """Store the ledger."""
        self.connection.executemany(
            "INSERT INTO ledger VALUES (?,?,?,?,?,?,?,?,?)",
            (tuple(asdict(entry).values()) for entry in entries),
        )


class Texts:
    """Reads the SQLite file of a published build."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True, check_same_thread=False)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        """The passages with these numbers, in this order."""
        found: dict[int, Passage] = {}
        for number in set(numbers):
            row = self._row("SELECT id, document, text, rest FROM passages WHERE id = ?", number)
            if row is None:
                raise IndexDamaged(f"索引里没有第 {number} 段：请重建（python -m index build 目录）")
            found[number] = _passage(row)
        return [found[number] for number in numbers]

    def passages_of(self, document: int) -> list[Passage]:
        """All passages of a document, in order."""
        rows = self._rows("SELECT id, document, text, rest FROM passages WHERE document = ? ORDER BY id", document)
        return [_passage(row) for row in rows]

    def heading(self, number: int) -> Heading:
        """What is known of one document."""
        return next(self._headings("WHERE id = ?", number))

    def headings(self) -> list[Heading]:
        """What is known of every document, in order."""
        return list(self._headings(""))

    def _headings(self, where: str, *values: object) -> Iterator[Heading]:
        fields = "id, source, path, title, date, place, years, unit, kind, verdict, family"
        for row in self._rows(f"SELECT {fields} FROM documents {where} ORDER BY id", *values):
            number, source, path, title, date, place, years, unit, kind, verdict, family = row
            span = tuple(json.loads(years))
            yield Heading(number, source, path, title, date, place, span, unit, kind, verdict, family)

    def document(self, number: int) -> Document:
        """One document whole. Raises IndexDamaged where its bytes changed since the build."""
        row = self._row(
            "SELECT source, path, title, date, place, years, unit, kind, verdict, original, text, map, rest, checksum "
            "FROM documents WHERE id = ?",
            number,
        )
        if row is None or _crc(*row[9:13]) != row[13]:
            raise IndexDamaged(f"索引里第 {number} 篇文档已损坏：请重建（python -m index build 目录）")
        rest = json.loads(_unpacked(row[12]))
        text = _unpacked(row[10])
        return Document(
            path=row[1],
            source=row[0],
            original=_unpacked(row[9]),
            text=text,
            map=unpack_map(row[11]),
            encoding=rest["encoding"],
            paragraphs=tuple(
                Paragraph(text[at : at + length], start, end, at, level, tuple(heading), header, page)
                for at, length, start, end, level, heading, header, page in rest["paragraphs"]
            ),
            furniture=tuple((start, end) for start, end in rest["furniture"]),
            title=row[2],
            date=row[3],
            years=tuple(json.loads(row[5])),
            place=row[4],
            unit=row[6],
            kind=row[7],
            verdict=row[8],
            reason=rest["reason"],
            repairs=tuple((kind, count) for kind, count in rest["repairs"]),
            guesses=tuple(Guess(*guess) for guess in rest["guesses"]),
            derived=tuple(rest["derived"]),
        )

    def entries(self) -> list[Entry]:
        """The ledger, by source and path."""
        rows = self._rows(
            "SELECT source, path, sha256, bytes, state, reason, duplicate_of, document, passages FROM ledger "
            "ORDER BY source, path"
        )
        return [Entry(*row) for row in rows]

    def _rows(self, sql: str, *values: object) -> list[Any]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise IndexDamaged(f"索引文件 {NAME} 已损坏：请重建（python -m index build 目录）") from error

    def _row(self, sql: str, *values: object) -> Any:
        rows = self._rows(sql, *values)
        return rows[0] if rows else None


def pack_map(way: OffsetMap) -> bytes:
    """A map as compressed int32 rows (pieces, 5)."""
    rows = [(p.start, p.end, p.old_start, p.old_end, int(p.copied)) for p in way.pieces]
    return zlib.compress(numpy.array(rows, "<i4").tobytes(), 1)


def unpack_map(data: bytes) -> OffsetMap:
    """The map that `pack_map` packed."""
    rows = numpy.frombuffer(zlib.decompress(data), "<i4").reshape(-1, 5).tolist()
    return OffsetMap(tuple(Piece(a, b, c, d, bool(e)) for a, b, c, d, e in rows))


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


def _passage(row: Any) -> Passage:
    text_start, text_end, start, end, heading, header, page, sentences = json.loads(row[3])
    return Passage(
        number=row[0],
        document=row[1],
        text=row[2],
        text_start=text_start,
        text_end=text_end,
        start=start,
        end=end,
        heading=tuple(heading),
        header=header,
        page=page,
        sentences=tuple((low, high) for low, high in sentences),
    )


def _packed(text: str) -> bytes:
    # surrogatepass: a lone surrogate in a file's name or text must not stop a build
    return zlib.compress(text.encode("utf-8", "surrogatepass"), 1)


def _unpacked(data: bytes) -> str:
    return zlib.decompress(data).decode("utf-8", "surrogatepass")


def _crc(*parts: bytes) -> int:
    value = 0
    for part in parts:
        value = zlib.crc32(part, value)
    return value
