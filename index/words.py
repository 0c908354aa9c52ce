"""Words for the keyword index, cut exactly as jieba's search mode cuts them.

The only door to jieba (0.42, MIT): its dictionary and its hidden Markov model are taken from the installed package
and written as arrays, once; the cutting is done here, over those arrays in memory maps. jieba itself needs a second to
start, and keeps its dictionary by `marshal` in the shared temporary folder; this starts in milliseconds and reads
nothing but numbers. A word starts where the dictionary says; the cut with the highest sum of log frequencies is taken;
runs of single characters are joined by the Markov model of character positions (begin, middle, end, single).
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import math
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy

from index.errors import ModelError
from index.prepared import Prepared, is_prepared, making, seal
from index.substrings import codes_of, grown, hashes_of, rows_of

_FORMAT = 1
_SOURCES = ("dict.txt", "finalseg/prob_start.py", "finalseg/prob_trans.py", "finalseg/prob_emit.py")
_STATES = "BMES"
_BEGIN, _, _END, _SINGLE = range(len(_STATES))
_BEFORE = {"B": "SE", "M": "MB", "E": "MB", "S": "SE"}  # what may stand before a state; the first wins a tie
_IMPOSSIBLE = -3.14e100

# jieba's own expressions: what is looked up, what separates, and the same two inside the Markov model.
_BLOCK = re.compile(r"([\u4E00-\u9FD5a-zA-Z0-9+#&\._%\-]+)")
_SPACE = re.compile(r"(\r\n|\s)")
_HAN = re.compile("([\u4e00-\u9fd5]+)")
_LATIN = re.compile(r"([a-zA-Z0-9]+(?:\.\d+)?%?)")

Word = tuple[int, int]  # start and end in a text
Ends = list[list[tuple[int, float]]]  # by start: the ends of the dictionary's words, shortest first, and their weights


def prepare_words(cache: Path) -> Path:
    """The folder of jieba's dictionary as arrays under `cache`, made where it is missing, half-made or outdated.

    Raises ModelError where jieba is not installed or its files are not those that are known.
    """
    folder = cache / "jieba-words"
    source = {"format": _FORMAT, "files": {name: _size(name) for name in _SOURCES}}
    if not is_prepared(folder, source):
        digest = hashlib.sha256(b"".join(_read(name) for name in _SOURCES)).hexdigest()
        with making(folder) as aside:
            _write_dictionary(aside)
            _write_markov(aside)
            seal(aside, source, {"dictionary": digest})
    return folder


class Words:
    """Cuts as `jieba.lcut_for_search(text, HMM=True)` does. `folder` is what `prepare_words` returned."""

    def __init__(self, folder: Path) -> None:
        prepared = Prepared(folder)
        self.fingerprint = prepared.fingerprint
        self._hashes = prepared.array("hashes")
        self._weights = prepared.array("weights")
        self._single = float(prepared.array("single")[0])
        self._markov = _Markov(prepared)

    def cut(self, text: str) -> list[str]:
        """The words of `text`, the parts of a long word before it; white space and punctuation are words too."""
        ends = self._ends(text)
        cut: list[str] = []
        for start, end in self._words(text, ends):
            if end - start > 2:
                for length in (2, 3)[: end - start - 2]:
                    for at in range(start, end - length + 1):
                        if _stands(ends, at, at + length):
                            cut.append(text[at : at + length])
            cut.append(text[start:end])
        return cut

    def _words(self, text: str, ends: Ends) -> list[Word]:
        words: list[Word] = []
        at = 0
        for number, block in enumerate(_BLOCK.split(text)):
            if number % 2:
                self._cut_block(text, at, at + len(block), ends, words)
            else:
                for start, end in _pieces(_SPACE, block, at):
                    words += [(start, end)] if text[start].isspace() else _singles(start, end)
            at += len(block)
        return words

    def _cut_block(self, text: str, start: int, end: int, ends: Ends, words: list[Word]) -> None:
        """Add the words of one block; what falls apart into single characters is left to the Markov model."""
        after = self._best(start, end, ends)
        loose = at = start
        while at < end:
            following = after[at - start]
            if following > at + 1:
                if loose < at:
                    words += self._cut_loose(text, loose, at, ends)
                words.append((at, following))
                loose = following
            at = following
        if loose < end:
            words += self._cut_loose(text, loose, end, ends)

    def _best(self, start: int, end: int, ends: Ends) -> list[int]:
        """Where the word that starts at each place ends, in the cut with the highest sum; the longer one on a tie."""
        sums = [0.0] * (end - start + 1)
        after = [0] * (end - start)
        for at in range(end - start - 1, -1, -1):
            best = -math.inf
            for stop, weight in ends[start + at]:
                if stop > end:
                    break
                total = weight + sums[stop - start]
                if total >= best:
                    best, after[at] = total, stop
            if best == -math.inf:
                best, after[at] = self._single + sums[at + 1], start + at + 1
            sums[at] = best
        return after

    def _cut_loose(self, text: str, start: int, end: int, ends: Ends) -> Iterable[Word]:
        if end - start < 2 or _stands(ends, start, end):
            return _singles(start, end)
        words: list[Word] = []
        at = start
        for number, block in enumerate(_HAN.split(text[start:end])):
            words += self._markov.cut(block, at) if number % 2 else _pieces(_LATIN, block, at)
            at += len(block)
        return words

    def _ends(self, text: str) -> Ends:
        """Every word of the dictionary in `text`. Prefixes of words are in the table too, with no weight."""
        codes = codes_of(text)
        ends: Ends = [[] for _ in text]
        starts = numpy.arange(len(codes))
        hashes = numpy.zeros(len(codes), dtype=numpy.uint64)
        length = 0
        while len(starts):
            hashes = grown(hashes, codes[starts + length])
            length += 1
            rows, found = rows_of(hashes, self._hashes)
            starts, hashes, weights = starts[found], hashes[found], self._weights[rows[found]]
            words = weights < 0
            for start, weight in zip(starts[words].tolist(), weights[words].tolist(), strict=True):
                ends[start].append((start + length, weight))
            more = starts + length < len(codes)
            starts, hashes = starts[more], hashes[more]
        return ends


class _Markov:
    """Cuts a run of characters by the most probable sequence of positions in words (Viterbi)."""

    def __init__(self, prepared: Prepared) -> None:
        self._emissions = _Emissions(prepared)
        self._start = prepared.array("starts").tolist()
        transitions = prepared.array("transitions").tolist()
        # What may stand before B, M, E, S: two states each, the one that wins a tie first.
        self._steps = [
            [(_STATES.index(before), transitions[_STATES.index(before)][number]) for before in _BEFORE[state]]
            for number, state in enumerate(_STATES)
        ]

    def cut(self, run: str, offset: int) -> list[Word]:
        """The words of `run`, counted from `offset`."""
        words = []
        begin = 0
        for at, state in enumerate(self._path(run)):
            if state == _BEGIN:
                begin = at
            elif state == _END:
                words.append((offset + begin, offset + at + 1))
            elif state == _SINGLE:
                words.append((offset + at, offset + at + 1))
        return words

    def _path(self, run: str) -> list[int]:
        """The states of the characters, by their numbers in `_STATES`."""
        scores = [start + emission for start, emission in zip(self._start, self._emissions[run[0]], strict=True)]
        back: list[list[int]] = []
        for character in run[1:]:
            choices: list[int] = []
            reached: list[float] = []
            for emission, ((first, step), (second, other_step)) in zip(
                self._emissions[character], self._steps, strict=True
            ):
                score, other = scores[first] + step + emission, scores[second] + other_step + emission
                reached.append(score if score >= other else other)
                choices.append(first if score >= other else second)
            scores = reached
            back.append(choices)
        path = [_SINGLE if scores[_SINGLE] >= scores[_END] else _END]
        for choices in reversed(back):
            path.append(choices[path[-1]])
        return path[::-1]


class _Emissions(dict[str, list[float]]):
    """How probable a character is in each state, looked up as characters come."""

    def __init__(self, prepared: Prepared) -> None:
        self._characters = prepared.array("characters")
        self._rows = prepared.array("emissions")

    def __missing__(self, character: str) -> list[float]:
        rows, found = rows_of(codes_of(character).astype(numpy.uint64), self._characters)
        self[character] = emissions = self._rows[rows[0]].tolist() if found[0] else [_IMPOSSIBLE] * len(_STATES)
        return emissions


def _stands(ends: Ends, start: int, end: int) -> bool:
    """Whether `text[start:end]` is a word of the dictionary."""
    return any(stop == end for stop, _ in ends[start])


def _singles(start: int, end: int) -> Iterable[Word]:
    return zip(range(start, end), range(start + 1, end + 1), strict=True)


def _pieces(separator: re.Pattern[str], block: str, offset: int) -> Iterator[Word]:
    """The stretches that `separator` (one group) splits `block` into, itself included, without empty ones."""
    at = offset
    for piece in separator.split(block):
        if piece:
            yield at, at + len(piece)
        at += len(piece)


def _write_dictionary(folder: Path) -> None:
    """Words and prefixes by sorted hash; the weight of a word is log(frequency / total), of a mere prefix 1."""
    frequencies: dict[str, int] = {}
    for line in _read("dict.txt").decode("utf-8").split("\n"):
        if line:
            word, frequency = line.split(" ")[:2]
            frequencies[word] = int(frequency)
    total = math.log(sum(frequencies.values()))
    weights: dict[int, float] = {}
    for word, count in frequencies.items():
        *prefixes, key = hashes_of(word)
        if count:
            weights[key] = math.log(count) - total
        for prefix in prefixes:
            weights.setdefault(prefix, 1.0)
    hashes = numpy.fromiter(weights, dtype=numpy.uint64)
    order = numpy.argsort(hashes)
    numpy.save(folder / "hashes.npy", hashes[order])
    numpy.save(folder / "weights.npy", numpy.fromiter(weights.values(), dtype=numpy.float64)[order])
    numpy.save(folder / "single.npy", numpy.array([0.0 - total]))


def _write_markov(folder: Path) -> None:
    start, transitions, emissions = (_table(name) for name in _SOURCES[1:])
    numpy.save(folder / "starts.npy", numpy.array([start[state] for state in _STATES]))
    steps = [[transitions[before].get(state, _IMPOSSIBLE) for state in _STATES] for before in _STATES]
    numpy.save(folder / "transitions.npy", numpy.array(steps))
    characters = sorted(set().union(*emissions.values()))
    numpy.save(folder / "characters.npy", numpy.array([ord(character) for character in characters], dtype=numpy.uint64))
    rows = [[emissions[state].get(character, _IMPOSSIBLE) for state in _STATES] for character in characters]
    numpy.save(folder / "emissions.npy", numpy.array(rows))


def _table(name: str):  # type: ignore[no-untyped-def]
    """The dictionary that one of jieba's probability modules assigns to P; read, not run."""
    for node in ast.parse(_read(name)).body:
        if isinstance(node, ast.Assign):
            return ast.literal_eval(node.value)
    raise ModelError(f"jieba 的文件 {name} 不认识：请重新安装 jieba==0.42.1")


def _path(name: str) -> Path:
    found = importlib.util.find_spec("jieba")
    if found is None or not found.submodule_search_locations:
        raise ModelError("没有找到分词包 jieba：请运行 pip install jieba==0.42.1")
    return Path(found.submodule_search_locations[0]) / name


def _size(name: str) -> int:
    return _path(name).stat().st_size


def _read(name: str) -> bytes:
    return _path(name).read_bytes()
