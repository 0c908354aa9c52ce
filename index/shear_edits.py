"""What is done about a path through a stretch out of step: what of it is certain, what a guess, what only marked.

A wrong character that nobody marks costs more than a right one that is marked; so a character is certain only
with both its bytes or its reading, and where what stands around it is as certain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from string import ascii_letters, ascii_lowercase, digits

from index.fold import fold
from index.lattice import Arc
from index.likelihood import language
from index.offsets import Edit
from index.readings import LETTERS, is_reading
from index.shear_channel import USUAL_SIGNS, is_hanzi
from index.shear_copies import touching
from index.shear_signals import has_debris

KIND = "sheared"
CERTAIN = 0.998  # a character with both its bytes, or with its reading, is no guess from here on
UNDOUBTED = 0.9  # what was read as it stands, and is less sure, is marked
KEPT = 0.2  # below it a place stays as it is, marked
UNFIT = -10.0  # nats: where a character or the next one fits so badly, it is a guess whatever its bytes say,
DOUBTFUL = -16.0  # or where the two together do,
AFTER_SIGN = -7.0  # or where what follows a sign does,
GIVEN = -2.5  # unless the sign itself was expected
SEEN = 0.9  # so sure, a change needs no debris beside it
AROUND = 2  # characters on either side that must bear a certain one out:
STEADY = 0.98  # a neighbour with both its bytes,
SURE_COUPLE = 0.99  # and two that lost their middle bytes, where the character itself has no other reading
NO_OTHER = 0.9999
FITTING = -8.0  # nats: where the two read well (worse, and two pairs may have been dropped instead of one),
EXPECTED = -4.0  # and what it follows, or what follows it, makes a word with it (nats)

_READING = re.compile(rf"(?<=[\u3400-\u9fff])\([{LETTERS}]{{1,6}}\)")
Path = list[tuple[Arc, float]]  # the arcs of the best path, each with its share of all paths


def edits_of(text: str, path: Path) -> list[Edit]:
    """The edits that a path through the lattice asks for: certain ones, guesses, and marks that change nothing."""
    edits = _without_unsure_edges(text, path, _edits(text, path))
    return [edit for run in touching(edits) for edit in _without_sound_tail(text, run)]


def doubts_of(text: str, path: Path) -> list[Edit]:
    """Marks on what is left as it stands although something else may have been meant."""
    return [
        Edit(arc.start, arc.end, text[arc.start : arc.end], KIND, 0.0)
        for arc, share in path
        if arc.plain and share < UNDOUBTED
    ]


def _edits(text: str, path: Path) -> list[Edit]:
    edits = []
    for number, (arc, share) in enumerate(path):
        after = path[number + 1][0] if number + 1 < len(path) else None
        shown = text[arc.start : arc.end]
        if arc.plain:
            beside = path[max(0, number - 2) : number], path[number + 1 : number + 3]
            out_of_step = [any(not other.plain for other, _ in side) for side in beside]
            if all(out_of_step) or (shown == "?" and any(out_of_step)) or share < UNDOUBTED:
                edits.append(Edit(arc.start, arc.end, shown, KIND, 0.0))
        elif not arc.reading or (_is_certain(arc, share, after) and _is_borne_out(path, number)):
            edits.append(Edit(arc.start, _end(text, arc), arc.reading, KIND))
        elif (
            share < KEPT
            or arc.reading == shown
            or _goes_on(arc, share, after, text)
            or (shown.isascii() and arc.reading[-1] in ascii_letters)
        ):
            edits.append(Edit(arc.start, arc.end, shown, KIND, round(min(share, KEPT), 3)))
        else:
            edits.append(Edit(arc.start, _end(text, arc), arc.reading, KIND, round(min(share, 0.99), 3)))
    return edits


def _without_unsure_edges(text: str, path: Path, edits: list[Edit]) -> list[Edit]:
    """The edits; before the first debris of a run and behind its last, only sure ones change what stands there.

    What is out of step shows: a reader that lost or found step without a trace is less likely than a wrong path.
    """
    needed: dict[int, float] = {}  # the confidence that a change needs, by where it begins
    for run in _runs(path):
        shows = [at for at, arc in enumerate(run) if _is_odd(text[arc.start : arc.end])]
        first, last = (shows[0], shows[-1]) if shows else (len(run), -1)
        in_sight = text[run[-1].end : run[-1].end + 1] in ("", "\n") or run[-1].reading[-1:].isascii()
        needed |= {arc.start: SEEN for arc in run[:first]}
        needed |= {} if in_sight else {arc.start: 1.0 for arc in run[last + 1 :]}
    kept: list[Edit] = []
    for edit in reversed(edits):
        shown = text[edit.start : edit.end]
        slipped_for_nothing = not edit.text and shown[0] == "?" and kept and _is_mark(text, kept[-1], edit.end)
        if slipped_for_nothing or edit.confidence < needed.get(edit.start, 0.0) or _splits_a_word(text, edit):
            kept.append(Edit(edit.start, edit.end, shown, KIND, min(edit.confidence, KEPT)))
        else:
            kept.append(edit)
    return kept[::-1]


def _is_odd(shown: str) -> bool:
    """Whether something stands there that nobody writes between hanzi: debris, or a sign of a foreign script."""
    odd = any(not (character.isascii() or is_hanzi(character) or character in USUAL_SIGNS) for character in shown)
    return odd or has_debris(shown)


def _is_mark(text: str, edit: Edit, at: int) -> bool:
    """Whether an edit begins at a place and changes nothing."""
    return edit.start == at and edit.text == text[at : edit.end]


def _runs(path: Path) -> Iterator[list[Arc]]:
    """The stretches of a path that are out of step."""
    for plain, stretch in groupby((arc for arc, _ in path), key=lambda arc: arc.plain):
        if not plain:
            yield list(stretch)


def _splits_a_word(text: str, edit: Edit) -> bool:
    """Whether an unsure edit would take a letter of a Latin word, or leave a small letter that stands nowhere."""
    if edit.confidence >= 1.0 or not edit.text:
        return False
    following = text[edit.end : edit.end + 1]
    shown = text[edit.start : edit.end]
    if shown in ascii_lowercase and following and following in ascii_letters + digits + " ":
        return True
    if shown in ascii_letters and following and following in ascii_letters:
        return True
    return edit.text[-1] in ascii_lowercase and edit.text != shown and not (following and following in ascii_letters)


def _without_sound_tail(text: str, run: list[Edit]) -> list[Edit]:
    """The edits of a run; behind its last debris, characters that their own readings show to be in step are left.

    Out of step, such a reading would stand there by chance alone, and what puts the reader back in step shows; where
    it was a sign of its own, that shows too.
    """
    first = len(run)
    while first and not has_debris(text[run[first - 1].start : run[first - 1].end]):
        first -= 1
    tail = run[first:]
    ends_in_sight = _becomes_a_sign(text, run[-1])
    if ends_in_sight or not any(not edit.text and _has_own_reading(text, edit.start) for edit in tail):
        return run
    marks = [Edit(edit.start, edit.end, text[edit.start : edit.end], KIND, 0.0) for edit in tail]
    return [*run[:first], *marks]


def _becomes_a_sign(text: str, edit: Edit) -> bool:
    """Whether the second byte of what stands there is a sign of its own, which put the reader back in step."""
    return edit.text[-1:].isascii() and edit.text != "" and not text[edit.start : edit.end].isascii()


def _has_own_reading(text: str, at: int) -> bool:
    noted = _READING.match(text, at)
    return bool(noted) and is_reading(text[at + 1 : text.index(")", at)], text[at - 1])


def _is_borne_out(path: Path, number: int) -> bool:
    """Whether what stands around a character leaves no room for another cutting of the bytes into characters.

    Two characters that lost their middle bytes may have lost them elsewhere: then the next ones are others, too.
    """
    arc, share = path[number]
    for at in range(max(0, number - AROUND), min(number + AROUND + 1, len(path))):
        other, other_share = path[at]
        beside = abs(at - number) == 1
        if at == number or other.plain:
            continue
        if not other.proved and not other.reading:
            borne_out = at != number - 1  # which byte waits there is a guess itself
        elif at == number + 1 and not other.reading and other.origin.pending is not None:
            borne_out = False  # what stands there has its own reading behind it, as if it were in step
        elif other.proved or not other.reading:
            borne_out = other_share > STEADY or not beside
        elif len(other.reading) == 1:  # it lacks a byte, or two characters stand there
            borne_out = not beside
        else:
            tie = path[number + 1][0] if at == number + 2 else arc
            fits = other.gained > FITTING and tie.gained > EXPECTED
            borne_out = other_share > SURE_COUPLE and share > NO_OTHER and fits
        if not borne_out:
            return False
    return True


def _goes_on(arc: Arc, share: float, after: Arc | None, text: str) -> bool:
    """Whether an unsure reading would end a run where what stands there goes well with the sound text behind it."""
    if after is None or not after.plain or share > SEEN:
        return False
    shown, following = fold(text[arc.end - 1]), fold(text[after.start])
    return is_hanzi(shown) and is_hanzi(following) and language().follows(shown, following)


def _end(text: str, arc: Arc) -> int:
    """Where a character ends: a whole reading in brackets behind it is left for those who strip readings."""
    whole = arc.origin.pending is not None and text.startswith("?(", arc.start)
    return arc.start + 1 if whole else arc.end


def _is_certain(arc: Arc, share: float, after: Arc | None) -> bool:
    """Whether a character has both its bytes or its reading, and text and neighbours leave no doubt."""
    if not arc.proved or share < CERTAIN:
        return False
    next_gained = after.gained if after else 0.0
    hanzi = "\u4e00" <= arc.reading[-1] <= "\u9fff"
    return (
        min(arc.gained, next_gained) > UNFIT
        and arc.gained + next_gained > DOUBTFUL
        and (hanzi or next_gained > AFTER_SIGN or arc.gained > GIVEN)
    )
