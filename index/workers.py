"""Embedding over a Dask cluster: texts go out, vectors come back as raw bytes.

The only door to distributed. Tasks and their results travel inside Dask's own protocol, which uses pickle between the
scheduler, the workers and this process: the cluster must be one's own (docs/adr/0006). What is sent is a function by
its name, a list of strings and two names; what comes back is one bytes object. No file of an index is ever unpickled.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy

from index.errors import ModelError
from index.types import Embedder, Vectors

Embed = Callable[[str, str, list[str]], bytes]  # model, fingerprint, texts; raw little-endian float32

SCHEME = "dask://"
TASK = 32  # texts of a task: a second or two of one core
AHEAD = 8  # tasks given out for each core of the cluster, so that none waits for the slowest
_CONNECT = 30  # seconds to find the scheduler, and a worker
_STALLED = 600  # seconds without a single task done after which the cluster is given up
_DEATHS = 5  # workers that may die over one task before it is given up


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files (PEM) for TLS between this process and the cluster; all three, or none."""

    authority: Path
    certificate: Path
    key: Path


class ClusterEmbedder:
    """An embedder whose passages are embedded by a Dask cluster, questions and everything else by `local`.

    `address` is dask://host:port; `embed` must be importable by that name on every worker; `model` is the name that
    the settings have for the model. A worker that dies costs its unfinished tasks, which are done by another.
    Raises ModelError where the cluster cannot be reached, stalls, or has another model.
    """

    def __init__(
        self, address: str, local: Embedder, embed: Embed, model: str, certificates: Certificates | None = None
    ) -> None:
        self.name = local.name
        self.fingerprint = local.fingerprint
        self.dimension = local.dimension
        self.max_tokens = local.max_tokens
        self.embed_questions = local.embed_questions
        self.count_tokens = local.count_tokens
        self._embed = embed
        self._model = model
        self._address = address
        self._client = self._connected(certificates)

    @property
    def batch(self) -> int:
        """How many texts keep the cluster busy."""
        return int(TASK * AHEAD * max(1, sum(self._client.nthreads().values())))

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors (texts, dimension) of passages or sentences, each made by one worker."""
        from distributed import as_completed

        vectors = numpy.zeros((len(texts), self.dimension), numpy.float32)
        # Longest first, and like lengths together: the last tasks are the short ones.
        order = sorted(range(len(texts)), key=lambda row: -len(texts[row]))
        tasks = {
            self._submitted([texts[row] for row in rows]): rows
            for rows in (order[start : start + TASK] for start in range(0, len(order), TASK))
        }
        try:
            with self._client.as_current():
                for task, found in as_completed(tasks, with_results=True, timeout=_STALLED):
                    rows = tasks[task]
                    vectors[rows] = numpy.frombuffer(found, "<f4").reshape(len(rows), self.dimension)
        except ModelError:
            raise
        except Exception as error:  # whatever a cluster that falls apart makes the library raise
            raise self._lost() from error
        return vectors

    def close(self) -> None:
        """Leave the cluster; it goes on."""
        self._client.close()

    def _submitted(self, texts: list[str]) -> Any:
        return self._client.submit(self._embed, self._model, self.fingerprint, texts, pure=False, retries=_DEATHS)

    def _connected(self, certificates: Certificates | None) -> Any:
        try:
            import dask
            from distributed import Client
            from distributed.security import Security
        except ImportError as error:
            raise ModelError("没有安装 distributed：请运行 pip install 'wenju[dask]'") from error
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what went wrong is told once, by us
        dask.config.set({"distributed.scheduler.allowed-failures": _DEATHS})
        host = self._address.removeprefix(SCHEME)
        security = None
        if certificates is not None:
            security = Security(
                tls_ca_file=str(certificates.authority),
                tls_client_cert=str(certificates.certificate),
                tls_client_key=str(certificates.key),
                require_encryption=True,
            )
        try:
            client = Client(
                f"{'tls' if security else 'tcp'}://{host}", timeout=_CONNECT, security=security, set_as_default=False
            )
        except (OSError, ValueError) as error:
            raise self._lost() from error
        try:
            client.wait_for_workers(1, timeout=_CONNECT)
        except TimeoutError as error:
            client.close()
            raise ModelError(f"Dask 集群（{self._address}）没有 worker：请先启动 dask worker，再建索引") from error
        return client

    def _lost(self) -> ModelError:
        return ModelError(
            f"Dask 集群（{self._address}）没有应答：请检查 scheduler 与 worker；已经嵌入的都留着，再运行一次就接着做"
        )
