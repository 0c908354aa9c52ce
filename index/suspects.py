"""Where a page might hold advertising: the vocabulary of the trade, and Latin names grown together with hanzi."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from operator import add

from index.fold import fold

GAP = 4  # characters between the suspects of one advertisement
CLAUSE_REACH = 60  # characters that a clause is followed
MARKS = frozenset(',.;!?:\n"<>')

_HAN = "\u3400-\u9fff"
HANZI = re.compile(f"[{_HAN}]")
_MARK = re.compile("[" + re.escape("".join(sorted(MARKS))) + "]")
# Digits that begin a date are not of the word before: bandao2023年.
_DIGIT = r"(?!(?:19|20)\d\d年|(?:1[0-2]|[1-9])月|(?:1\d|2[01])世)[0-9]"
# Bounded everywhere, since a page may be a million digits long.
_LATIN = rf"(?:{_DIGIT}){{0,20}}[a-z](?:[a-z]|{_DIGIT}){{0,60}}(?:[.\-][a-z0-9]{{1,60}}){{0,8}}"
_LATIN_GOES_ON = frozenset("_-'’&/\\:.@")


@dataclass(frozen=True, slots=True)
class Suspect:
    """Suspicious words that stand close together, from `low` to `high`, in the clause from `start` to `end`."""

    start: int
    end: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Trade:
    """The vocabulary of `data/advert.tsv`, folded, ready to be looked for in folded text."""

    strong: frozenset[str]
    places: frozenset[str]
    latin: frozenset[str]
    offers: frozenset[str]  # what is sold, or where: ambiguous words, and names of sites
    suspect: re.Pattern[str]
    word: re.Pattern[str]  # any hanzi word of the trade
    openings: frozenset[str]  # the first two characters of every word
    any_latin: re.Pattern[str]  # a Latin word, of the trade or not


def find_suspects(text: str, folded: str) -> Iterator[Suspect]:
    """The suspects of `text` in order; they do not overlap."""
    held: Suspect | None = None
    for match in _matches(folded):
        if not _is_suspect(text, folded, match):
            continue
        if held is not None and match.start() < held.end and _together(folded, held, match):
            held = Suspect(held.start, max(held.end, match.end()), held.low, match.end())
            continue
        if held is not None:
            yield held
        start = _clause_start(folded, match.start(), held.high if held else 0)
        held = Suspect(start, _clause_end(folded, match.end()), match.start(), match.end())
    if held is not None:
        yield held


def _matches(folded: str) -> Iterator[re.Match[str]]:
    """Every match of `trade().suspect`, tried only where a Latin word or the first two characters of one begin."""
    words = trade()
    pairs = map(words.openings.__contains__, map(add, folded, folded[1:]))
    starts = {at for at, found in enumerate(pairs) if found}
    starts.update(match.start() for match in words.any_latin.finditer(folded))
    done = 0
    for start in sorted(starts):
        if start >= done and (match := words.suspect.match(folded, start)):
            yield match
            done = match.end()


def is_grown(text: str, start: int, end: int) -> bool:
    """True for bet365 and williamhill beside hanzi without a space; not for iPhone, 5G, O2O, SOP or BOOMCOMIC."""
    word = text[start:end]
    letters = sum(character.isalpha() for character in word)
    if letters < 3 or len(word) < 4 or word != word.lower() or not word.isalnum():
        return False
    if latin_goes_on(text[end : end + 2]) or latin_goes_on(text[max(0, start - 2) : start][::-1]):
        return False
    return bool(HANZI.match(text, end) or (start and HANZI.match(text, start - 1)))


def latin_goes_on(neighbours: str) -> bool:
    """Whether the two characters beside a Latin word, the nearer first, belong to more of it."""
    near, far = neighbours[:1], neighbours[1:]
    if near in _LATIN_GOES_ON:
        return bool(near)
    letter = far if near == " " else near
    return letter.isalpha() and not HANZI.match(letter)


def _is_suspect(text: str, folded: str, match: re.Match[str]) -> bool:
    if HANZI.search(match[0]):
        return True
    if match[0] in trade().latin and _followed_by_trade(text, folded, match):
        return True
    return is_grown(text, match.start(), match.end()) or sells(text, folded, match.start(), match.end())


def sells(text: str, folded: str, start: int, end: int) -> bool:
    """True for a Latin name, however short, in small letters or with digits, by a word of the trade: jbo电竞."""
    word = text[start:end]
    if len(word) < 2 or word != word.lower() or not word.isalnum() or folded[start:end] in trade().latin:
        return False
    if latin_goes_on(text[end : end + 2]) or latin_goes_on(text[max(0, start - 2) : start][::-1]):
        return False
    if folded[max(0, start - 1) : start] == "<" or folded[end : end + 1] == ">":  # a tag, or a title
        return False
    before, after = folded[max(0, start - GAP) : start], folded[end : end + GAP + 2]
    if not (HANZI.match(before[-1:]) or HANZI.match(after)):
        return False
    before, after = _MARK.split(before)[-1], _MARK.split(after)[0]
    return any(match[0] not in trade().places for part in (before, after) for match in trade().word.finditer(part))


def _followed_by_trade(text: str, folded: str, match: re.Match[str]) -> bool:
    """True where the next Latin word is of the trade too, neither capitalised: one such word is just English."""
    following = trade().any_latin.match(folded, match.end() + 1)
    if following is None or following[0] not in trade().latin:
        return False
    return not text[match.start()].isupper() and not text[following.start()].isupper()


def _together(folded: str, held: Suspect, match: re.Match[str]) -> bool:
    """Whether a suspect belongs to the advertisement of the one before; two Latin names only if they are one."""
    if match.start() - held.high > GAP:
        return False
    names = [folded[held.low : held.high], match[0]]
    return names[0] == names[1] or any(HANZI.search(name) or name in trade().latin for name in names)


def _clause_start(folded: str, at: int, done: int) -> int:
    start = at
    while start > done and at - start < CLAUSE_REACH and folded[start - 1] not in MARKS:
        start -= 1
    return start


def _clause_end(folded: str, at: int) -> int:
    end = at
    while end < len(folded) and end - at < CLAUSE_REACH and folded[end] not in MARKS:
        end += 1
    return end


@cache
def trade() -> Trade:
    """The words of `data/advert.tsv` (kind, tab, word)."""
    kinds: dict[str, list[str]] = {"strong": [], "ambiguous": [], "name": [], "weak": [], "place": [], "latin": []}
    for line in files("index").joinpath("data/advert.tsv").read_text(encoding="utf-8").splitlines():
        kind, word = line.split("\t")
        kinds[kind].append(fold(word))
    strong, ambiguous, name = (either(kinds[kind]) for kind in ("strong", "ambiguous", "name"))
    common = f"(?:{either(kinds['weak'] + kinds['name'] + kinds['ambiguous'])})"
    latin = f"(?:{either(kinds['latin'])})(?![a-z]|[0-9]{{1,3}}(?![0-9]))|{_LATIN}"
    return Trade(
        frozenset(kinds["strong"]),
        frozenset(kinds["place"]),
        frozenset(kinds["latin"]),
        frozenset(kinds["ambiguous"] + kinds["name"]),
        re.compile(f"{strong}|{name}|(?:{ambiguous}){common}|{common}{{2,4}}|{latin}"),
        re.compile(either([word for kind in kinds if kind != "latin" for word in kinds[kind]])),
        frozenset(word[:2] for words in kinds.values() for word in words),
        re.compile(latin),
    )


def either(words: list[str]) -> str:
    """A pattern for any of `words`, the longest first; words that begin alike share a branch."""
    branches: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        branches.setdefault(re.escape(word[0]), []).append(re.escape(word[1:]))
    return "|".join(f"{first}(?:{'|'.join(rests)})" for first, rests in branches.items())
