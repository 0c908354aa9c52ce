"""How well sheared runs are read again: many pages, damaged at random, counted character by character.

    python -m eval.damage.sheared_trials SETS [PAGES] [SEED]

SETS is the folder of the public question sets, whose paragraphs the pages are put together from.
"""

from __future__ import annotations

import json
import random as randomness
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from eval.damage.sheared import Run, Trial, trial
from index.fold import fold
from index.offsets import Edit

_NOTE = re.compile(r"(?<=[\u3400-\u9fff])\([a-zêāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńň]{1,6}\)")


def count(one: Trial, edits: Sequence[Edit]) -> Counter[str]:
    """The figures of one page: characters and guesses, right and wrong, inside the runs, and changes outside."""
    figures: Counter[str] = Counter()
    for edit in edits:
        if not any(run.start <= edit.start and edit.end <= run.end for run in one.runs):
            figures["outside"] += edit.text != one.damaged[edit.start : edit.end]
    for run in one.runs:
        _count_run(one, run, list(_within(one.damaged, run, edits)), figures)
    return figures


def _within(damaged: str, run: Run, edits: Sequence[Edit]) -> Iterator[Edit]:
    """The edits in a run; of a mark that reaches beyond it, what is in it."""
    for edit in edits:
        start, end = max(edit.start, run.start), min(edit.end, run.end)
        if (start, end) == (edit.start, edit.end):
            yield edit
        elif start < end and edit.text == damaged[edit.start : edit.end]:
            yield Edit(start, end, damaged[start:end], edit.kind, edit.confidence)


def _count_run(one: Trial, run: Run, edits: Sequence[Edit], figures: Counter[str]) -> None:
    mended, owner = _mended(one.damaged, run, edits)
    truth = one.truth[run.true_start : run.true_end]
    right_true, right_mended = _aligned(fold(truth), fold(mended))
    figures["runs"] += 1
    figures["characters"] += len(truth)
    figures["right"] += len(right_true)
    whole = {index - run.true_start for index in run.whole}
    figures["whole"] += len(whole)
    figures["whole right"] += len(whole & right_true)
    wrong = Counter(owner[at] for at in range(len(mended)) if at not in right_mended)
    for number, edit in enumerate(edits):
        if edit.confidence < 1.0:
            changed = edit.text != one.damaged[edit.start : edit.end]
            figures["guesses"] += changed
            figures["guesses right"] += changed and not wrong[number]
            figures["left"] += not changed
    figures["unmarked wrong"] += sum(
        times for number, times in wrong.items() if number < 0 or edits[number].confidence >= 1.0
    )


def _mended(damaged: str, run: Run, edits: Sequence[Edit]) -> tuple[str, list[int]]:
    """What stands in the run after the edits, and which edit (-1: none) each character comes from."""
    parts: list[tuple[str, int]] = []
    at = run.start
    for number, edit in enumerate(edits):
        parts += [(damaged[at : edit.start], -1), (edit.text, number)]
        at = edit.end
    parts.append((damaged[at : run.end], -1))
    text = "".join(part for part, _ in parts)
    owner = [number for part, number in parts for _ in part]
    keep = [True] * len(text)
    for match in _NOTE.finditer(text):
        keep[match.start() : match.end()] = [False] * (match.end() - match.start())
    kept = [at for at in range(len(text)) if keep[at] and not text[at].isspace()]
    return "".join(text[at] for at in kept), [owner[at] for at in kept]


def _aligned(truth: str, mended: str) -> tuple[set[int], set[int]]:
    """The indices, in both texts, of the characters that a shortest edit script leaves as they are."""
    rows = [list(range(len(mended) + 1))]
    for i, character in enumerate(truth, 1):
        row = [i]
        for j, other in enumerate(mended, 1):
            row.append(min(rows[-1][j] + 1, row[j - 1] + 1, rows[-1][j - 1] + (character != other)))
        rows.append(row)
    i, j = len(truth), len(mended)
    in_truth: set[int] = set()
    in_mended: set[int] = set()
    while i and j:
        if rows[i][j] == rows[i - 1][j - 1] + (truth[i - 1] != mended[j - 1]):
            i, j = i - 1, j - 1
            if truth[i] == mended[j]:
                in_truth.add(i)
                in_mended.add(j)
        elif rows[i][j] == rows[i - 1][j] + 1:
            i -= 1
        else:
            j -= 1
    return in_truth, in_mended


def bodies(sets: Path, pages: int, seed: int) -> list[str]:
    """`pages` bodies of four to ten paragraphs each, of both public sets, drawn by `seed`."""
    random = randomness.Random(seed)
    found: list[list[str]] = []
    for name in ("cmrc2018_dev.json", "drcd_dev.json"):
        data = json.loads((sets / name).read_text(encoding="utf-8"))["data"]
        found.append([p["context"].replace("\n", " ") for entry in data for p in entry["paragraphs"]])
    return ["\n".join(random.sample(random.choice(found), random.randint(4, 10))) for _ in range(pages)]


def figures(repair: Callable[[str], list[Edit]], sets: Path, pages: int = 100, seed: int = 1) -> Counter[str]:
    """The summed figures of `count` over `pages` damaged pages."""
    total: Counter[str] = Counter()
    for number, body in enumerate(bodies(sets, pages, seed)):
        one = trial(body, seed * 100_003 + number)
        total += count(one, repair(one.damaged))
    return total


def main(arguments: Sequence[str]) -> int:
    """Print the figures."""
    from index.sheared import mend_sheared

    numbers = [int(argument) for argument in arguments[1:]]
    total = figures(mend_sheared, Path(arguments[0]), *numbers)
    for name, value in total.items():
        print(f"{name}\t{value}")
    for part, whole in (("whole right", "whole"), ("right", "characters"), ("guesses right", "guesses")):
        print(f"{part} / {whole}\t{total[part] / max(1, total[whole]):.4f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
