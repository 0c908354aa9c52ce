"""The nearest vectors from a Milvus server: for corpora whose vectors outgrow one machine's memory.

The only door to pymilvus. A build is one collection (passages, vectors, scope fields) that is never changed once it is
published; the server only proposes, scores are computed from the build's own rows, so that every engine gives the same
scores. A server that does not answer costs one deadline: the build's own files serve meanwhile, and say so.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from typing import Any

import numpy
from numpy.typing import NDArray

from index.errors import StoreError
from index.types import Vectors
from index.vectors import GRAPH_FROM, ExactVectors, Rows

Entry = dict[str, object]  # number, document, place, years, text and vector of one passage

PREFIX = "wenju_"
RETRY_AFTER = 5.0  # seconds for which a server that did not answer is not asked again
_CONNECT = 5.0  # seconds that one try of a build may take to reach the server
_CALL = 60.0  # seconds that one call of a build may take
PATIENCE = 60.0  # seconds that a build waits for a server that went away
_LEAST = 0.05  # seconds: what a call is given when its time is up already
_PAUSE = 0.5  # seconds between two tries of a build
_BATCH = 500  # passages a request: 0.8 MB of vectors, and as much text at most
_FEW = 10_000  # allowed rows that are compared here rather than named to the server
_LOCAL = 200_000  # rows that are compared here while the server is away; above, keywords alone propose
_NEIGHBOURS = 32
_BUILD_BREADTH = 200
_SEARCH_BREADTH = 256
_MOST = 16_384  # results that Milvus gives at most
_TEXT_BYTES = 65_535  # that a VARCHAR of Milvus holds at most
_YEARS = 64  # of a document that are kept for filters


class Milvus:
    """A server, reached when first needed and anew after every failure. Raises StoreError where it does not answer.

    `timeout_seconds` bounds each call of a question, `patience_seconds` the time that an upload waits for a server.
    """

    def __init__(
        self, uri: str, token: str = "", timeout_seconds: float = 1.0, patience_seconds: float = PATIENCE
    ) -> None:
        self._uri = uri
        self._token = token
        self._timeout = timeout_seconds
        self._patience = patience_seconds
        self._client: Any = None
        self._loaded: set[str] = set()
        self._lock = threading.Lock()

    def check(self) -> None:
        """Raise StoreError at once where nothing answers: before hours of embedding, not after."""
        try:
            self._ask(lambda client: client.list_collections(timeout=_CONNECT), _CONNECT)
        except StoreError:  # a channel that was idle for long may have been closed by the server
            self._ask(lambda client: client.list_collections(timeout=_CONNECT), _CONNECT)

    def collections(self, prefix: str) -> list[str]:
        """The names of the collections that begin with `prefix`."""
        names = self._patiently(lambda client: client.list_collections(timeout=_CALL))
        return sorted(name for name in names if name.startswith(prefix))

    def upload(
        self,
        name: str,
        dimension: int,
        total: int,
        batches: Callable[[], Iterable[Sequence[Entry]]],
        tick: Callable[[int], None] = lambda done: None,
    ) -> None:
        """Make the collection `name` hold exactly the `total` passages that `batches()` gives, each once.

        What is sent twice is one row, by its number. The server's own count is compared at the end; where it is not
        `total` (a server that lost what it had acknowledged) everything is sent once more, into a new collection.
        """
        if self.count(name) == total:
            tick(total)
            return
        for _ in range(2):
            self._patiently(lambda client: self._create(client, name, dimension, total))
            done = 0
            for batch in _split(batches()):
                self._patiently(partial(self._send, name, batch))
                done += len(batch)
                tick(done)
            self._patiently(lambda client: client.flush(name, timeout=_CALL))
            if self.count(name) == total:
                return
            self._patiently(partial(self._drop, name))
        raise StoreError("向量库没有留住送去的段落：请检查 Milvus 的磁盘与日志；原来的索引仍可使用")

    def count(self, name: str) -> int:
        """How many rows a collection holds, as the server counts them; -1 where there is no such collection."""

        def counted(client: Any) -> int:
            if not client.has_collection(name, timeout=_CALL):
                return -1
            client.load_collection(name, timeout=_CALL)
            found = client.query(name, "", output_fields=["count(*)"], consistency_level="Strong", timeout=_CALL)
            return int(found[0]["count(*)"])

        return int(self._patiently(counted))

    def drop_others(self, prefix: str, kept: Iterable[str]) -> None:
        """Drop the collections that begin with `prefix`, but for those `kept`."""
        for name in set(self.collections(prefix)) - set(kept):
            self._patiently(partial(self._drop, name))

    def nearest(self, name: str, queries: Vectors, limit: int, condition: str = "") -> list[list[int]]:
        """The numbers of the `limit` nearest rows of each query, as the server ranks them, within the deadline.

        Raises StoreError where the server does not answer by then.
        """

        until = time.monotonic() + self._timeout

        def search(client: Any) -> Any:
            if name not in self._loaded:  # a server that was started anew may have to be told
                client.load_collection(name, timeout=max(until - time.monotonic(), _LEAST))
                self._loaded.add(name)
            return client.search(
                name,
                queries,
                filter=condition,
                limit=limit,
                search_params={"metric_type": "IP", "params": {"ef": max(_SEARCH_BREADTH, limit)}},
                consistency_level="Eventually",  # nothing is written to a published collection
                timeout=max(until - time.monotonic(), _LEAST),
            )

        return [[int(number) for number in hits.ids] for hits in self._ask(search, self._timeout)]

    def _create(self, client: Any, name: str, dimension: int, total: int) -> None:
        """The collection with its index, where it is not there yet: exact up to GRAPH_FROM rows, a graph beyond."""
        from pymilvus import DataType

        if client.has_collection(name, timeout=_CALL):
            return
        schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("number", DataType.INT64, is_primary=True)
        schema.add_field("document", DataType.INT64)
        schema.add_field("place", DataType.VARCHAR, max_length=1024)
        schema.add_field("years", DataType.ARRAY, element_type=DataType.INT64, max_capacity=_YEARS)
        schema.add_field("text", DataType.VARCHAR, max_length=_TEXT_BYTES)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
        index = client.prepare_index_params()
        if total < GRAPH_FROM:
            index.add_index("vector", index_type="FLAT", metric_type="IP")
        else:
            links = {"M": _NEIGHBOURS, "efConstruction": _BUILD_BREADTH}
            index.add_index("vector", index_type="HNSW", metric_type="IP", params=links)
        client.create_collection(name, schema=schema, index_params=index, timeout=_CALL)

    def _send(self, name: str, batch: list[Entry], client: Any) -> None:
        client.upsert(name, batch, timeout=_CALL)

    def _drop(self, name: str, client: Any) -> None:
        client.drop_collection(name, timeout=_CALL)

    def _patiently(self, call: Callable[[Any], Any]) -> Any:
        """What a build asks: again and again, until the server has been away for longer than a build waits."""
        until = time.monotonic() + self._patience
        while True:
            try:
                return self._ask(call, _CONNECT)
            except StoreError:
                if time.monotonic() > until:
                    raise
                time.sleep(_PAUSE)

    def _ask(self, call: Callable[[Any], Any], connect_seconds: float) -> Any:
        os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # it writes to standard error of what we tell ourselves
        try:
            from grpc import RpcError
            from pymilvus.exceptions import MilvusException
        except ImportError as error:
            raise StoreError("没有安装 pymilvus：请运行 pip install 'wenju[milvus]'") from error
        try:
            return call(self._connected(connect_seconds))
        except (MilvusException, RpcError) as error:
            self._disconnect()
            raise StoreError(
                f"向量库（{self._uri}）没有应答：请检查 Milvus 是否在运行，settings.toml 的 [milvus] 是否正确"
            ) from error

    def _connected(self, seconds: float) -> Any:
        from pymilvus import MilvusClient

        with self._lock:
            if self._client is None:
                logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # what went wrong is told once, by us
                # Dedicated: a shared channel waits for minutes before it tries a dead address again.
                self._client = MilvusClient(self._uri, token=self._token, timeout=seconds, dedicated=True)
            return self._client

    def _disconnect(self) -> None:
        with self._lock:
            client, self._client = self._client, None
            self._loaded.clear()
        if client is not None:
            client.close()


class MilvusVectors:
    """The nearest rows of one build as its collection has them, with the scores of the build's own rows.

    `rows` (n, dimension) are memory-mapped and only read where a score is wanted; `documents` (n,) is the document of
    each row. `notice` says in one line why the last search was not the server's, or is None.
    """

    def __init__(self, server: Milvus, collection: str, rows: NDArray[Any], documents: NDArray[numpy.int32]) -> None:
        self.notice: str | None = None
        self._server = server
        self._collection = collection
        self._documents = documents
        self._rows = rows
        self._exact = ExactVectors(rows)
        self._away_until = 0.0

    @cached_property
    def _sizes(self) -> NDArray[numpy.int64]:
        return numpy.bincount(self._documents)

    def search(self, queries: Vectors, k: int, allowed: Rows | None = None) -> tuple[Rows, Vectors]:
        """As `ExactVectors.search`; while the server is away, from the build's own rows if they are not too many.

        Where they are, nothing is found (-1): the keywords propose what is looked at.
        """
        if not len(queries) or not k or not len(self._rows) or (allowed is not None and len(allowed) <= _FEW):
            return self._exact.search(queries, k, allowed)
        if time.monotonic() >= self._away_until:
            try:
                found = self._from_server(queries, k, allowed)
                self.notice = None
                return found
            except StoreError:
                self._away_until = time.monotonic() + RETRY_AFTER
        return self._from_here(queries, k, allowed)

    def _from_server(self, queries: Vectors, k: int, allowed: Rows | None) -> tuple[Rows, Vectors]:
        """Raises StoreError where the server does not answer."""
        total = len(self._rows) if allowed is None else len(allowed)
        limit = min(k if len(self._rows) < GRAPH_FROM else max(_SEARCH_BREADTH, 4 * k), total, _MOST)
        condition = "" if allowed is None else among(allowed, self._documents, self._sizes)
        queries = numpy.ascontiguousarray(queries, dtype=numpy.float32)
        proposed = self._server.nearest(self._collection, queries, limit, condition)
        found = [
            self._exact.search(query[None], k, numpy.unique(numpy.array(rows, dtype=numpy.int64)))
            for query, rows in zip(queries, proposed, strict=True)
        ]
        return numpy.concatenate([rows for rows, _ in found]), numpy.concatenate([scores for _, scores in found])

    def _from_here(self, queries: Vectors, k: int, allowed: Rows | None) -> tuple[Rows, Vectors]:
        if (len(self._rows) if allowed is None else len(allowed)) <= _LOCAL:
            self.notice = "向量库没有应答：这次用本机的向量检索，恢复后自动改回"
            return self._exact.search(queries, k, allowed)
        self.notice = "向量库没有应答：这次只用关键词检索，可能漏掉换了说法的内容；恢复后自动改回"
        shape = (len(queries), k)
        return numpy.full(shape, -1, dtype=numpy.int64), numpy.full(shape, -numpy.inf, dtype=numpy.float32)


def among(allowed: Rows, documents: NDArray[numpy.int32], sizes: NDArray[numpy.int64]) -> str:
    """The condition that names exactly the rows `allowed`: whole documents by their numbers, other rows by theirs.

    `documents` (rows,) is the document of each row, `sizes` (documents,) how many rows each has.

    >>> among(numpy.array([0, 1, 3]), numpy.array([0, 0, 1, 1], dtype=numpy.int32), numpy.array([2, 2]))
    'document in [0] or number in [3]'
    """
    of = documents[allowed]
    inside = (numpy.bincount(of, minlength=len(sizes)) == sizes)[of]
    parts = (("document", numpy.unique(of[inside])), ("number", allowed[~inside]))
    return " or ".join(f"{field} in [{','.join(map(str, values.tolist()))}]" for field, values in parts if len(values))


def entry(number: int, document: int, place: str | None, years: Sequence[int], text: str, vector: Vectors) -> Entry:
    """One passage as the server holds it; a text beyond what a field of Milvus takes is cut there, never here."""
    return {
        "number": number,
        "document": document,
        "place": (place or "")[:256],
        "years": list(years)[:_YEARS],
        "text": text.encode("utf-8", "replace")[:_TEXT_BYTES].decode("utf-8", "ignore"),
        "vector": vector,
    }


def _split(batches: Iterable[Sequence[Entry]]) -> Iterator[list[Entry]]:
    for batch in batches:
        for start in range(0, len(batch), _BATCH):
            yield list(batch[start : start + _BATCH])
