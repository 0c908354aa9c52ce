"""Where a GBK stream may have lost step: question marks, signs and rare hanzi where nobody writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from index.fold import fold
from index.frequency import cost, cost_of
from index.likelihood import language
from index.readings import LETTERS

MARKED = 12  # characters marked at most where a run is seen but cannot be read
BEFORE = 2  # characters before a lone byte that must read badly
ENOUGH = 4  # pairs of hanzi that tell debris from an odd name
NEAR = 16  # characters: how near to two odd hanzi other debris stands if they are of a run
RARE = 11.5  # nats: two hanzi as dear as this, side by side, are odd
UNLIKELY = 9.5  # nats: dearer than what usually follows a question mark
_SIGNS = "\u3105-\u3129\u2550-\u2573\u2581-\u258f\u2593-\u2595"  # what shifted pairs of common characters become
_OPERATORS = "∶∧∨∑∏∪∩∈∷⊥∥∠⌒⊙∫∮≡≌≈∽∝≠≮≯≤≥∵∴"  # what two spaces out of step leave at the start of a line
_OPENERS = "。“”〔〕〈〉《》「」『』〖〗【】☆★○●◎◇◆□■△▲"
_FIRST_ROW = "√∞♂♀°′″¤‰§※→←↑↓〓¢£$"  # what else a byte of a lost space makes with the next one
_LISTED = re.compile(r"\(?\d{1,2}[.)][@-~]?[\u4e00-\u9fff]")  # also what ⒈ and ⑴ were folded to
_SWALLOWED = re.compile(rf"\?\(?[{LETTERS}]{{1,6}}\)")
_NOTED = re.compile(rf"\?\(?[{LETTERS}]{{1,6}}\)|\([{LETTERS}]{{1,6}}\)")
_ALONE = re.compile(rf"\?[?@-~](?!\([{LETTERS}]{{1,6}}\))")
# What a run leaves beside wrong characters: a lost byte, a sign, a letter between hanzi.
_DEBRIS = re.compile(rf"[?{_SIGNS}{_OPERATORS}]|(?<=[\u4e00-\u9fff])[@-~](?=[\u4e00-\u9fff])")
_SHOWS = re.compile(rf"[?{_SIGNS}{_OPERATORS}]|^[@-~]$")
# In a sound text these are questions.
_BESIDE = re.compile(r"\?(?=[!-/:-?]?[^\s\x00-\x7f])|(?<=[^\s\x00-\x7f])\?(?=[@-~])")
_LONE = re.compile("\\?(?<=[\u4e00-\u9fff].)[a-z\\[-`{-~](?=[\u4e00-\u9fff0-9])")  # nobody writes this
# A line that nobody begins so: a sign that opens or ends nothing, brackets never closed, a low byte before hanzi.
_OPENING = re.compile(
    rf"^[ \u3000\t]*(?:(?P<sign>[{_OPERATORS}{_OPENERS}{_FIRST_ROW}×÷±=;:,.)](?=[^\n]))"
    rf"|(?P<pair>(?:[^\x00-\x7f\s]|\(\d{{1,2}}\)|\d{{1,2}}\.)[@-~](?=[\u4e00-\u9fff]))"
    rf"|[@-~](?=\([{LETTERS}]{{1,6}}\))|[@[-`{{-~]{{1,2}}(?=[\u4e00-\u9fff]))",
    re.MULTILINE,
)
# What ends a run: a low second byte. A class first: the engine skips to it, where it would look behind everywhere.
_ENDED = re.compile("[@-~](?<=[\u3400-\u9fff].)(?=[\u3400-\u9fff])")
_LOW_BEHIND = re.compile("\\?(?=[\u4e00-\u9fff][@-~][\u4e00-\u9fff])")
_CLOSED = re.compile(r"[《〈“「『【〔〖][^\n《〈“「『【〔〖]{1,40}[》〉”」』】〕〗]")
_ODD_LETTERS = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ˙ˊˋ\u3041-\u3096\u30a1-\u30fa"  # rows of the code table that a shift often hits
_BEHIND = re.compile(
    rf"[。,.;:]?[@-~](?![A-Za-z0-9])|\(?[{LETTERS}]{{1,6}}\)|[{_SIGNS}{_OPERATORS}{_ODD_LETTERS}?]+"
    rf"|[\u4e00-\u9fff]{{1,3}}(?=[?{_SIGNS}{_OPERATORS}{_ODD_LETTERS}]|[@-~])"
    rf"|[\u4e00-\u9fff]\([{LETTERS}]{{1,6}}\)(?=\?)"
)
_ASKED = re.compile(r"^[ \u3000\t]*(\?)(?=[A-Za-z])(?![0-9A-Za-z_]+=)", re.MULTILINE)
_SMALL = re.compile("^[ \u3000\t]*([a-z])(?=[\u4e00-\u9fff])", re.MULTILINE)
_FOLDED_SIGNS = frozenset(";×÷±+=")
_LOW = frozenset("?" + "".join(map(chr, range(0x40, 0x7F))))  # what the second byte of a character may be alone
_TONED = "[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ]"


def find_signals(text: str) -> Iterator[tuple[int, bool]]:
    """Places where the reader may have lost step, and whether a byte may be gone there without a trace."""
    for place in _first().finditer(text):
        match = _odd().match(text, place.start())
        if match is None:
            continue
        if match[0] != "?":
            at = match.start()
            if "\u4e00" <= match[0] <= "\u9fff" and not _DEBRIS.search(text, max(0, at - NEAR), at + NEAR):
                continue  # rare characters alone are names of fish and of princes
            if match[0] in _OPERATORS or _reads_badly(text, match.start()):
                yield match.start(), True
        elif _is_odd_question(text, match.start()):
            at = match.start()
            badly = _reads_badly(text, max(0, at - 5)) or _are_strangers(text[max(0, at - 2) : at])
            yield at, bool(_SWALLOWED.match(text, at)) and badly


def find_ends(text: str) -> Iterator[tuple[int, bool]]:
    """Single low bytes between hanzi, behind hanzi that were never seen side by side, as `find_signals` gives them."""
    for match in _ENDED.finditer(text):
        before = text[max(0, match.start() - BEFORE) : match.start()]
        if len(before) == BEFORE and reads_as_debris(before) and min(before) >= "\u3400":
            yield match.start(), True


def is_alone(text: str, at: int) -> bool:
    """Whether a signal is a question mark and one low byte: so little that only a damaged page makes it one."""
    return bool(_ALONE.match(text, at)) and not _SWALLOWED.match(text, at)


def lone_pairs(text: str) -> Iterator[tuple[int, int]]:
    """Where a question mark and a letter stand between hanzi: what is left of a character on any page."""
    yield from (match.span() for match in _LONE.finditer(text))
    yield from (match.span(1) for match in _ASKED.finditer(text))


def lone_letters(text: str) -> Iterator[tuple[int, int]]:
    """Small letters at the start of lines, before hanzi: what may be left of a character on a damaged page."""
    yield from (match.span(1) for match in _SMALL.finditer(text))


def odd_openings(text: str) -> Iterator[tuple[int, bool]]:
    """Beginnings of lines that are signals on a damaged page only, as `find_signals` gives them."""
    for match in _OPENING.finditer(text):
        at = match.start("pair") if match["pair"] else match.end() - 1
        if not _CLOSED.match(text, at) and not (match["sign"] and _reads_well(text, at + 1)):
            yield at, True


def odd_questions(text: str) -> Iterator[tuple[int, bool]]:
    """Question marks one hanzi before a lone low byte: signals on a damaged page only, as `find_signals` gives them."""
    yield from ((match.start(), False) for match in _LOW_BEHIND.finditer(text))


def debris_until(text: str, at: int, limit: int) -> int:
    """Where the debris ends that stands right behind a place that could not be read."""
    while (match := _BEHIND.match(text, at, limit)) is not None:
        at = match.end()
    return at


def has_debris(stretch: str) -> bool:
    """Whether a sign or a lone byte stands in a stretch that shows where a reader lost or found step."""
    return _SHOWS.search(stretch) is not None


def reads_as_debris(stretch: str) -> bool:
    """Whether hardly any two neighbouring hanzi of a stretch were ever seen side by side."""
    known, pairs = _known_pairs(stretch)
    return 3 * known <= pairs


def goes_on_as_debris(stretch: str) -> bool:
    """Whether a stretch begins with hanzi, and holds enough of them, never seen side by side, to be called debris."""
    known, pairs = _known_pairs(stretch)
    return pairs >= ENOUGH and 4 * known <= pairs and "\u4e00" <= stretch[0] <= "\u9fff"


def _known_pairs(stretch: str) -> tuple[int, int]:
    """How many neighbouring hanzi of a stretch were ever seen side by side, and how many there are."""
    follows = language().follows
    pairs = [(one, two) for one, two in pairwise(fold(stretch)) if min(one, two) >= "\u4e00"]
    return sum(follows(one, two) for one, two in pairs), len(pairs)


def questions_beside(text: str) -> Iterator[tuple[int, bool]]:
    """Question marks beside Chinese that are signals on a damaged page only, as `find_signals` gives them."""
    for match in _BESIDE.finditer(text):
        yield match.start(), "\n" in text[max(0, match.start() - 2) : match.start()]


@cache
def _rare() -> str:
    """Hanzi that hardly anybody writes, for a character class."""
    rare = "".join(c for c, value in cost_of().items() if "\u4e00" <= c <= "\u9fff" and value > RARE)
    return rare + "".join(chr(c) for c in range(0x4E00, 0x9FA6) if chr(c) not in cost_of())


@cache
def _first() -> re.Pattern[str]:
    """What `_odd` may match, as classes alone: the engine skips to them, where it would try every branch everywhere."""
    return re.compile(rf"[?{_SIGNS}{_OPERATORS}{_OPENERS}{_TONED[1:-1]}{_rare()}]|[@-~](?=\()")


@cache
def _odd() -> re.Pattern[str]:
    """A question mark beside Chinese or a sign; a sign that nobody writes beside hanzi; two rare hanzi together."""
    rare = _rare()
    hanzi = "\u4e00-\u9fff"
    syllable = rf"[{LETTERS}]{{1,6}}\)"
    return re.compile(
        "|".join(
            (
                r"(?<![^\n])\?",
                rf"\?(?= ?[^\x00-\x7f]|\(?\d{{1,2}}[.)][@-~]?[{hanzi}]|\(?{syllable}|;|\?)",
                rf"\?(?=[@-~](?:[^\x00-\x7f]|\?|\({syllable}))",
                r"\?(?=[;×÷±+=][^\x00-\x7f])",
                rf"(?<![^\n])[{_OPERATORS}{_OPENERS}]",
                rf"(?<=[{hanzi}])[{_SIGNS}]|[{_SIGNS}](?=[{hanzi}])",
                rf"(?<=[{hanzi}。]){_TONED}(?=[{hanzi}┩?])|(?<=[{hanzi}])[@-~](?=\({syllable})",
                rf"[{rare}](?=[{hanzi}]?[{rare}])",
            )
        )
    )


def _is_odd_question(text: str, at: int) -> bool:
    """Whether what follows a question mark is not what follows one in a sound text."""
    if (
        opens_line(text, at)
        or _SWALLOWED.match(text, at)
        or text[at + 1 : at + 2] in _LOW
        or text[at + 2 : at + 3] == "?"
        or _LISTED.match(text, at + 1)
    ):
        return True
    following = fold(text[at + 1 : at + 5])
    if any(cost(character) > UNLIKELY for character in following) or following[:1] in _FOLDED_SIGNS:
        return True
    likelihood = language()
    pairs = zip(following, following[1:], strict=False)
    return not any(one != "?" != two and likelihood.follows(one, two) for one, two in pairs)


def _reads_badly(text: str, at: int) -> bool:
    """Whether hardly any two neighbours around a place were ever seen side by side."""
    around = fold(text[max(0, at - 2) : at + 6])
    follows = language().follows
    return sum(follows(one, two) for one, two in zip(around, around[1:], strict=False)) <= 2


def _are_strangers(pair: str) -> bool:
    """Whether two hanzi were never seen side by side, or a low byte stands where the second should."""
    folded = fold(pair)
    if "@" <= folded[-1:] <= "~":
        return True
    return len(folded) == 2 and min(folded) >= "\u4e00" and not language().follows(*folded)


def _reads_well(text: str, at: int) -> bool:
    """Whether two hanzi from here on were seen side by side."""
    one, two = list(fold(text[at : at + 2].ljust(2, "\n")))
    return "\u4e00" <= one <= "\u9fff" and language().follows(one, two)


def opens_line(text: str, at: int) -> bool:
    """Whether nothing but white space stands before a place in its line."""
    while at and text[at - 1] in " \u3000\t":
        at -= 1
    return at == 0 or text[at - 1] == "\n"


def unread_until(text: str, signal: int, limit: int) -> int:
    """Where what cannot be read ends: before three characters that stand in a row elsewhere, or before a break."""
    if is_alone(text, signal):
        return signal + 2
    if "@" <= text[signal] <= "~":  # the second byte of a character
        return debris_until(text, signal + 1, limit)
    follows = language().follows
    at = signal
    for _ in range(MARKED):
        noted = _NOTED.match(text, at, limit)
        one, two, three = list(fold(text[at : at + 3].ljust(3, "\n")))
        if noted:
            at = noted.end()
        elif at >= limit or one.isspace() or (one != "?" and follows(one, two) and follows(two, three)):
            break
        else:
            at += 1
    return max(at, signal + 1)
