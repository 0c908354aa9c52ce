"""Runs where a GBK stream lost step, read again in step: `景?;▓@` is 景福花園.

A decoder that lost one byte pairs the second byte of every character with the first of the next, until a
low byte or a sign of one byte puts it back. Pairs without a character were dropped, a first byte without
a partner became `?`, and at last the page was folded by NFKC. This is a noisy channel (Shannon 1948): we
search the originals whose damage gives exactly what stands there, weigh them by how likely they are as
Chinese on this page, and take each character's share of all of them as its certainty.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import pairwise

from index.fold import fold
from index.lattice import Lattice
from index.likelihood import Likelihood, State, language
from index.numbering import expected_numbers
from index.offsets import Edit
from index.readings import LETTERS
from index.shear_channel import SPACE, Channel, is_hanzi
from index.shear_copies import read_alike, touching
from index.shear_edits import KIND, doubts_of, edits_of
from index.shear_signals import (
    debris_until,
    find_ends,
    find_signals,
    goes_on_as_debris,
    is_alone,
    lone_letters,
    lone_pairs,
    odd_openings,
    odd_questions,
    questions_beside,
    reads_as_debris,
    unread_until,
)

BLOCK = 40_000  # characters of the page in which a run's words are looked up
LEFT_CONTEXT = 4
RIGHT_CONTEXT = 5
LOOK_BACK = 12  # how far before an odd sign a byte may have been lost
SURE = 0.9  # one place read again so surely shows that the page is damaged
STRIPPED = -7.0  # nats: a paragraph whose spaces lost a byte, and were stripped
LONGEST_BEFORE = 5  # characters from a question mark behind a hanzi to a place that could not be read
AHEAD = 8  # characters behind a run that show whether it goes on
BRIDGE = 2  # characters between two places of one run that look sound
LONGEST_BRIDGE = 24  # characters between two places of one run
WORTH = 8.0  # nats that a new reading must gain over what stands there, on a page not known to be damaged

_READING = re.compile(rf"(?<=[\u3400-\u9fff])\([{LETTERS}]{{1,6}}\)")
_CLAUSE = re.compile("[\u3400-\u9fff]{2,}")


def mend_sheared(text: str) -> list[Edit]:
    """The edits that read runs out of step in step again: one for each character, certain or a guess.

    Sorted, not overlapping. A place whose best reading is too uncertain stays as it is, as an edit that
    changes nothing, with its confidence.

    >>> "".join(edit.text for edit in mend_sheared("推進景?;▓@片區改造"))
    '福花園'
    """
    signals = sorted({*find_signals(text), *find_ends(text)})
    if not signals:
        return []
    alone = [one for one in signals if is_alone(text, one[0])]
    runs = sorted(set(signals).difference(alone))
    lone = [Edit(start, end, text[start:end], KIND, 0.0) for start, end in lone_pairs(text)]
    if not _any_reads(text, runs):
        return lone
    channels: dict[int, Channel] = {}
    edits = _read_all(text, runs, [], channels)
    if any(edit.confidence >= SURE and edit.text for edit in edits):  # a damaged page: less will do
        for channel in channels.values():
            channel.damaged = True
        edits = _read_all(text, sorted({*odd_openings(text), *odd_questions(text), *signals}), edits, channels)
        asked = sorted(set(questions_beside(text)).difference(signals))
        edits = _read_all(text, asked, edits, channels, mark=False)
        for mark, reach in ((False, AHEAD), (True, 1)):
            edits = _read_all(text, _unfinished(text, edits, reach), edits, channels, mark)
        lone += [Edit(start, end, text[start:end], KIND, 0.0) for start, end in lone_letters(text)]
    return _bridged(text, read_alike(text, _with_marks(edits, lone)))


def _unfinished(text: str, edits: list[Edit], reach: int) -> list[tuple[int, bool]]:
    """The first `reach` places behind runs that seem to end, but what stands there reads like debris.

    A character that could not be read hides the rest of its run.
    """
    ends = {run[-1].end: text[run[-1].end : run[-1].end + AHEAD].partition("\n")[0] for run in touching(edits)}
    return [(end + by, True) for end, behind in ends.items() if goes_on_as_debris(behind) for by in range(reach)]


def _with_marks(edits: list[Edit], marks: list[Edit]) -> list[Edit]:
    """The edits and those marks that touch none of them."""
    touched = {at for edit in edits for at in range(edit.start, edit.end)}
    free = [mark for mark in marks if touched.isdisjoint(range(mark.start, mark.end))]
    return sorted([*edits, *free], key=lambda edit: edit.start) if free else edits


def _any_reads(text: str, signals: list[tuple[int, bool]]) -> bool:
    """Whether anything can be read again by the language alone: the page's own words are counted only if so."""
    channel = Channel(text, language(), None, False)
    done = 0
    for signal, may_lose in signals:
        if signal >= done:
            found, done = _read_again(channel, signal, done, len(text), may_lose, [])
            if found:
                return True
    return False


def _bridged(text: str, edits: list[Edit]) -> list[Edit]:
    """The edits, and marks on what stands between or right behind what could not be read, and is debris itself."""
    edits = _with_questions_before(text, edits)
    marks = []
    for one, two in pairwise([*edits, Edit(len(text), len(text), "", KIND)]):
        unread = [edit for edit in (one, two) if edit.end > edit.start and edit.text == text[edit.start : edit.end]]
        between = text[one.end : two.start] if two.start - one.end <= LONGEST_BRIDGE else "\n"
        if unread and between and not between.isspace() and "\n" not in between and _is_debris(between):
            marks.append(Edit(one.end, two.start, between, KIND, 0.0))
        elif one in unread:
            end = debris_until(text, one.end, two.start)
            if end > one.end:
                marks.append(Edit(one.end, end, text[one.end : end], KIND, 0.0))
    return sorted([*edits, *marks], key=lambda edit: edit.start) if marks else edits


def _with_questions_before(text: str, edits: list[Edit]) -> list[Edit]:
    """The edits, and marks from a question mark behind a hanzi on to what could not be read right behind it."""
    marks = []
    for before, edit in pairwise([Edit(0, 0, "", KIND), *edits]):
        start = text.rfind("?", max(before.end, edit.start - LONGEST_BEFORE), edit.start)
        is_mark = edit.text == text[edit.start : edit.end]
        if is_mark and start >= 0 and "\n" not in text[start : edit.start] and is_hanzi(text[start - 1 : start]):
            marks.append(Edit(start, edit.start, text[start : edit.start], KIND, 0.0))
    return sorted([*edits, *marks], key=lambda edit: edit.start) if marks else edits


def _is_debris(between: str) -> bool:
    return (len(between) <= BRIDGE and not any(map(str.isspace, between))) or reads_as_debris(between)


def _read_all(
    text: str, signals: list[tuple[int, bool]], known: list[Edit], channels: dict[int, Channel], mark: bool = True
) -> list[Edit]:
    """The `known` edits and those of the runs around `signals`, which keep clear of them; `channels` by block.

    Beside known edits a signal that cannot be read is marked, unless `mark` is false.
    """
    edits: list[Edit] = []
    done = 0
    starts = [edit.start for edit in known]
    for signal, may_lose in signals:
        before = bisect_right(starts, signal)
        if signal < done or (before and known[before - 1].end > signal):
            continue
        number = signal // BLOCK
        if number not in channels:
            channels[number] = _channel(text, number, bool(known))
        limit = starts[before] if before < len(starts) else len(text)
        floor = max(done, known[before - 1].end) if before else done
        found, done = _read_again(channels[number], signal, floor, limit, may_lose, edits)
        if known and mark and not any(edit.start <= signal < edit.end for edit in found):
            until = unread_until(text, signal, limit)
            end = min(until, found[0].start if found else limit)
            if end > signal:
                found = _with_marks(found, [Edit(signal, end, text[signal:end], KIND, 0.0)])
                done = max(done, end)
        edits += found
    return sorted([*known, *edits], key=lambda edit: edit.start)


def _channel(text: str, number: int, damaged: bool) -> Channel:
    """The channel of one block of the page, with the block's own words and script."""
    page = _READING.sub("", text[number * BLOCK : (number + 1) * BLOCK])
    folded = fold(page)
    hanzi = sum("\u4e00" <= character <= "\u9fff" for character in page)
    changed = sum(one != two and "\u4e00" <= one <= "\u9fff" for one, two in zip(page, folded, strict=True))
    traditional = None if hanzi < 20 else changed > hanzi / 12
    return Channel(text, Likelihood(_sound(folded)), traditional, damaged)


def _sound(page: str) -> str:
    """The clauses of a folded page that read like Chinese: most of their neighbouring characters are seen elsewhere."""
    follows = language().follows
    clauses = []
    for clause in _CLAUSE.findall(page):
        known = sum(follows(one, two) for one, two in zip(clause, clause[1:], strict=False))
        if 2 * known >= len(clause) - 1:
            clauses.append(clause)
    return "\n".join(clauses)


def _read_again(
    channel: Channel, signal: int, done: int, limit: int, may_lose: bool, before: list[Edit]
) -> tuple[list[Edit], int]:
    """The edits of the run around `signal`, between `done` and `limit`, and the place up to which it is settled."""
    text = channel.text
    opening = text.rfind("\n", max(0, signal - BLOCK), signal) + 1
    end = text.find("\n", signal, signal + BLOCK)
    end = min(limit, signal + BLOCK, len(text)) if end < 0 else min(limit, end)
    back = LOOK_BACK if may_lose else 1
    start = max(done, opening if signal - opening <= 2 * back else signal - back)
    channel.likelihood.expect(expected_numbers(text, opening, end, before) if start == opening else {})
    channel.signal = signal
    likelihood = channel.likelihood
    before_run = _state(likelihood, text[max(opening, start - LEFT_CONTEXT) : start])
    lattice = Lattice(start, before_run, likelihood.grow)
    sound = 0  # characters in step since the last that may not be
    if may_lose and start == opening:  # two spaces stood there, and what is left of them was stripped
        lattice.begin(SPACE, channel.likelihood.start, STRIPPED)
    nodes = lattice.pop()
    while True:
        at = nodes[0].at
        sound = sound + 1 if at > signal and all(node.in_step() for node in nodes) else 0
        if at >= end or (lattice.alone() and sound > RIGHT_CONTEXT):
            break
        for node in nodes:
            channel.move(lattice, node, end, may_lose and node.at <= signal)
        nodes = lattice.pop()
    final = [node for node in nodes if node.pending is None] or nodes
    if at >= end and text[end : end + 1] in ("", "\n"):
        for node in final:
            channel.close(lattice, node)
    worth = 0.0 if channel.damaged else WORTH
    path = lattice.best(final)
    if sum(arc.gained for arc, _ in path) < _as_it_stands(channel, opening, start, at) + worth:
        doubts = doubts_of(text, path) if channel.damaged else []
        return doubts, max([signal + 1, *(edit.end for edit in doubts)])
    edits = edits_of(text, path)
    runs = [arc.end for arc, _ in path if not arc.plain]
    return edits, max([signal + 1, *runs, *(edit.end for edit in edits)])


def _as_it_stands(channel: Channel, opening: int, start: int, end: int) -> float:
    """The log likelihood of a stretch if nothing is done, readings in brackets left out."""
    text = channel.text
    state = _state(channel.likelihood, text[max(opening, start - LEFT_CONTEXT) : start])
    total = 0.0
    for at, character in enumerate(fold(_READING.sub("", text[start:end])), start):
        state, gained = channel.likelihood.step(state, character, at >= channel.signal)
        total += gained
    return total


def _state(likelihood: Likelihood, context: str) -> State:
    state = likelihood.start
    for character in fold(context):
        state, _ = likelihood.step(state, character)
    return state
