"""Fakes of the model and of the words, and a disk that refuses: each named as what it is, none takes time."""

from __future__ import annotations

import errno
import os
import zlib
from collections.abc import Sequence

import numpy

from index.disk import Disk
from index.keywords import character_pairs
from index.types import Vectors


class FakeEmbedder:
    """Vectors from the counts of a text's character pairs: like texts are near, and nothing is learnt or loaded."""

    name = "fake"
    dimension = 32
    max_tokens = 512

    def __init__(self, fingerprint: str = "fake-1") -> None:
        self.fingerprint = fingerprint
        self.texts: list[str] = []  # all that was embedded, in order

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """Vectors (texts, 32) of questions."""
        return self._embed(texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors (texts, 32) of passages or sentences."""
        self.texts.extend(texts)
        return self._embed(texts)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """One token a character, and the two ends."""
        return [len(text) + 2 for text in texts]

    def _embed(self, texts: Sequence[str]) -> Vectors:
        vectors = numpy.full((len(texts), self.dimension), 0.01, numpy.float32)
        for row, text in enumerate(texts):
            for pair in character_pairs(text):
                vectors[row, zlib.crc32(pair.encode("utf-8", "surrogatepass")) % self.dimension] += 1
        unit: Vectors = vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


class FakeCutter:
    """Character pairs in the place of words."""

    def __init__(self, fingerprint: str = "fake-words-1") -> None:
        self.fingerprint = fingerprint

    def cut(self, text: str) -> list[str]:
        """The character pairs of a text."""
        return character_pairs(text)


class RefusingDisk(Disk):
    """A disk that refuses at its Nth step, as a full one or a failing one does. `steps` counts them."""

    def __init__(self, refuse_at: int = 0, code: int = errno.ENOSPC) -> None:
        super().__init__()
        self.steps = 0
        self._refuse_at = refuse_at
        self._code = code

    def step(self) -> None:
        """Count one step; refuse from the Nth on."""
        self.steps += 1
        if self._refuse_at and self.steps >= self._refuse_at:
            raise OSError(self._code, os.strerror(self._code))
