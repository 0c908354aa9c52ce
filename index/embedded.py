"""Vectors by content: what was embedded once is not embedded again, after a crash neither.

A SQLite file beside the builds holds every vector that the last build used, under a hash of model and text. It may be
lost or damaged at any time: that costs time, nothing else.
"""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy

from index.disk import Disk, explained
from index.types import Embedder, Vectors

NAME = "embeddings.sqlite"
BATCH = 64  # texts embedded between two commits: what a crash costs at most


class EmbeddingCache:
    """An embedder that remembers. `embedded` and `reused` count texts; equal texts are embedded once.

    `tokens` is told how many tokens were embedded just now.
    """

    def __init__(self, folder: Path, embedder: Embedder, disk: Disk, tokens: Callable[[int], None]) -> None:
        self.embedder = embedder
        self.batch: int = getattr(embedder, "batch", BATCH)  # a cluster wants more at a time than one machine
        self.embedded = 0
        self.reused = 0
        self._tokens = tokens
        self._used: set[bytes] = set()
        self._disk = disk
        self._path = folder / NAME
        self._salt = hashlib.sha256(embedder.fingerprint.encode("utf-8")).digest()
        with explained(self._path):
            try:
                self._connection = self._open()
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):  # locked, unwritable, no space: not damage
                    raise
                self._renew()

    def vectors(self, texts: Sequence[str], tick: Callable[[int], None] = lambda done: None) -> Vectors:
        """Unit vectors (texts, dimension) float32, from the cache or from the model; `tick` is told of those done."""
        keys = [hashlib.sha256(self._salt + text.encode("utf-8", "replace")).digest()[:16] for text in texts]
        self._used.update(keys)
        result = numpy.zeros((len(texts), self.embedder.dimension), numpy.float32)
        missing: dict[bytes, list[int]] = {}
        for row, key in enumerate(keys):
            vector = None if key in missing else self._stored(key)
            if vector is None:
                missing.setdefault(key, []).append(row)
            else:
                result[row] = vector
                self.reused += 1
        # Longest first: batches of like lengths, and the time left is never underestimated.
        order = sorted(missing, key=lambda key: -len(texts[missing[key][0]]))
        done = len(texts) - sum(len(rows) for rows in missing.values())
        tick(done)
        for start in range(0, len(order), self.batch):
            batch = order[start : start + self.batch]
            new = [texts[missing[key][0]] for key in batch]
            found = self.embedder.embed_passages(new)
            self._tokens(sum(self.embedder.count_tokens(new)))
            for key, vector in zip(batch, found, strict=True):
                result[missing[key]] = vector
            self._store(batch, found)
            self.embedded += len(batch)
            done += sum(len(missing[key]) for key in batch)
            tick(done)
        self.reused += sum(len(rows) - 1 for rows in missing.values())
        return result

    def forget_others(self) -> None:
        """Drop what was not asked for since the file was opened."""
        with explained(self._path):
            stored = [key for (key,) in self._connection.execute("SELECT key FROM vectors")]
            gone = [(key,) for key in stored if key not in self._used]
            self._connection.executemany("DELETE FROM vectors WHERE key = ?", gone)
        self._disk.commit(self._connection, self._path)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path)
        try:
            connection.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB)")
            connection.execute("SELECT count(*) FROM vectors").fetchone()
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _renew(self) -> None:
        self._path.unlink(missing_ok=True)
        self._path.with_name(NAME + "-journal").unlink(missing_ok=True)
        self._connection = self._open()

    def _stored(self, key: bytes) -> Vectors | None:
        """A vector from the file, or None where it is not there or not whole."""
        try:
            row = self._connection.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
            if row is None or row[0] != _sealed(row[0][:-4]) or len(row[0]) != 4 * self.embedder.dimension + 4:
                return None
        except sqlite3.OperationalError:
            raise
        except (sqlite3.DatabaseError, TypeError):  # damaged
            self._connection.close()
            self._renew()
            return None
        return numpy.frombuffer(row[0][:-4], "<f4")

    def _store(self, keys: Sequence[bytes], vectors: Vectors) -> None:
        rows = [(key, _sealed(vector.astype("<f4").tobytes())) for key, vector in zip(keys, vectors, strict=True)]
        with explained(self._path):
            self._connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
        self._disk.commit(self._connection, self._path)


def _sealed(data: bytes) -> bytes:
    return data + zlib.crc32(data).to_bytes(4, "little")
