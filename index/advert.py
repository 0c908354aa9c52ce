"""Advertising that was put into the sentences of a page, cut out by how badly it fits.

Every clause with a suspect in it is read twice: as body throughout, and as body with a stretch that comes
from another language, that of advertising. Both readings are weighed in nats (`index.likelihood` for the
body), so a stretch goes only where the sentence reads better without it and the stretch itself reads better
as advertising. There is no list of brands: names are what neither language knows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

import numpy

from index.advert_scale import EDGES, PREDICATE, SITE, VERBS, Found, Scale, goes_on
from index.contacts import find_spliced
from index.doubt import is_about_fraud, is_of_page, is_spoken_of
from index.fold import fold
from index.offsets import Edit
from index.pitches import find_pitches
from index.substrings import codes_of, rows_of
from index.suspects import HANZI, Suspect, find_suspects, is_grown, sells, trade

KIND = "advert"
UNSURE = 0.5  # the confidence of a mark

SURE = 3.0  # beyond the prior: cut
CLEARLY = 12.0  # beyond the prior: a name of the page's own would not fit so badly
MARKED = 2.5  # beyond the prior: kept and marked
TOPICAL = 2  # sentences that use the words of the trade as any other: the page is about it
KNOWN = 18.0  # the page names the same thing elsewhere
UNGRAMMATICAL = 6.0  # each word of grammar speaks for the body
HEAP = 3  # so many words of the trade, and no sentence about them
COMMON = 5.0  # nothing but words that plain pages use too
MOST_SUSPECTS = 4000  # of one page; what has more is spam, and judged elsewhere
REPEATED = 4  # characters that tell a second copy

# Grammar: advertisements are heaps of names and nouns, without the little words and the verbs of a sentence.
_GRAMMAR = re.compile(f"[的了是在和与或及等后为将被把以由其这那并而也都就从对向于之请该您我他她它已曾不可能]|{VERBS}")
# What a body does to what it names: 打掉赌博平台3个.
_DONE_TO = re.compile(
    "打掉|捣毁|端掉|查处|查封|取缔|关停|开设|搭建|经营|运营|参与|涉嫌|从事|沉迷|登录|访问|加入|名为|叫做|所谓"
)


def cut_adverts(text: str) -> list[Edit]:
    """The edits that cut advertising out of `text`; what may be some is marked and kept.

    A mark is an edit whose text equals what stands there, with a confidence below 1.
    """
    folded = fold(text)
    spliced = [
        Edit(start, end, "" if sure else text[start:end], KIND, 1.0 if sure else UNSURE)
        for start, end, sure in (*find_spliced(text, folded), *find_pitches(folded))
    ]
    return _joined(spliced, _judged(text, folded)) if spliced else _judged(text, folded)


def _joined(spliced: list[Edit], judged: list[Edit]) -> list[Edit]:
    """Both kinds of cuts, one where they overlap or touch; marks that touch a cut go with it or give way."""
    joined: list[Edit] = []
    for edit in sorted([*spliced, *judged], key=lambda edit: (edit.start, edit.end)):
        last = joined[-1] if joined else None
        if last is None or edit.start > last.end or (edit.start == last.end and (edit.text or last.text)):
            joined.append(edit)
        elif not edit.text and last.text:
            joined[-1] = edit
        elif not edit.text:
            joined[-1] = Edit(last.start, max(last.end, edit.end), "", KIND)
    return joined


def _judged(text: str, folded: str) -> list[Edit]:
    """The cuts and marks around suspects, each weighed as body and as advertising."""
    weighed = _weighed(text, folded)
    plain = sum(found.gain < MARKED and _has_strong(folded, found) for found in weighed)
    topical = plain >= TOPICAL and plain * 2 >= len(weighed)
    quotes = is_about_fraud(folded)
    pairs = _counted(folded, [found for found in weighed if found.gain >= MARKED])
    copies = Counter(folded[found.start : found.end] for found in weighed)
    edits: list[Edit] = []
    for found in weighed:
        if found.gain < MARKED or (edits and found.start < edits[-1].end):
            continue
        stretch = folded[found.start : found.end]
        known = topical or _known(pairs, stretch, copies[stretch]) or _is_subject(folded, stretch)
        sure = found.gain >= _threshold(text, folded, found) + KNOWN * known
        sure = sure and not is_of_page(text, folded, found.start, found.end, intrudes=_intrudes(folded, found))
        if sure and not trade().word.sub("", stretch):  # nothing but words of the trade
            sure = not is_spoken_of(folded, found.start, found.end)
        sure = sure and not (quotes and not trade().any_latin.search(stretch))
        if not sure and _is_plain(text, folded, found):
            continue
        end = _second_copy(folded, found) if sure else found.end
        kept = "" if sure else text[found.start : end]
        edits.append(Edit(found.start, end, kept, KIND, 1.0 if sure else UNSURE))
    return edits


def _weighed(text: str, folded: str) -> list[Found]:
    """The best stretch around each suspect, in order, not overlapping."""
    weighed: list[Found] = []
    scale: Scale | None = None
    done = 0
    for suspect in islice(_suspects(text, folded), MOST_SUSPECTS):
        if suspect.low < done:
            continue
        scale = scale or Scale(text, folded)
        found = scale.weigh(suspect, done)
        if found is not None:
            weighed.append(found)
            done = found.end if found.gain >= MARKED else suspect.high
    return weighed


def _suspects(text: str, folded: str) -> Iterator[Suspect]:
    """As `find_suspects`, which looks closely and takes its time, asked only of sentences that might hold one."""
    done = 0
    ends = {"\n": -1, "。": -1}  # the next of each: looked for again only when it is passed, a line may be all there is
    for place in _places(folded):
        if place < done:
            continue
        for mark, end in ends.items():
            if end < place:
                found_at = text.find(mark, place)
                ends[mark] = found_at if found_at >= 0 else len(text)
        start = max(text.rfind("\n", done, place), text.rfind("。", done, place), done - 1) + 1
        done = min(*ends.values(), len(text) - 1) + 1
        for found in find_suspects(text[start:done], folded[start:done]):
            yield Suspect(found.start + start, found.end + start, found.low + start, found.high + start)


def _places(folded: str) -> Iterator[int]:
    """Where a Latin word begins, or words of the trade do that no plain page would have; in order."""
    codes = codes_of(folded)
    letters = numpy.flatnonzero((codes >= ord("a")) & (codes <= ord("z")))
    words = trade()
    places = [
        match.start()
        for match in words.word.finditer(folded)
        if match[0] not in words.places and words.suspect.match(folded, match.start())
    ]
    ends = numpy.flatnonzero(numpy.diff(letters, prepend=-2) > 1)  # the first of each row of letters
    yield from numpy.sort(numpy.concatenate((letters[ends], numpy.array(places, dtype=numpy.int64)))).tolist()


def _intrudes(folded: str, found: Found) -> bool:
    """Whether a clause begins with what names a site, and goes on as if it had not, so clearly that none is meant."""
    begins = (folded[found.start - 1 : found.start] or "\n") in EDGES
    site = SITE.search(folded, found.start, found.end) is not None
    return begins and site and found.gain > CLEARLY and goes_on(folded, found.end)


def _has_strong(folded: str, found: Found) -> bool:
    return not trade().strong.isdisjoint(trade().word.findall(folded, found.start, found.end))


def _is_plain(text: str, folded: str, found: Found) -> bool:
    """True where the stretch is made of words that plain pages use too."""
    return not (_has_strong(folded, found) or _names(text, folded, found))


def _threshold(text: str, folded: str, found: Found) -> float:
    """The gain from which a stretch is cut on a page that does not name the same thing elsewhere."""
    stretch = folded[found.start : found.end]
    words = trade().word.findall(stretch)
    grammar = len(_GRAMMAR.findall(trade().word.sub(" ", stretch)))
    subject = bool(PREDICATE.match(folded, found.end))  # what follows lacks its subject without the stretch
    plain = _is_plain(text, folded, found)
    heap = len(words) >= HEAP and not subject
    done_to = bool(_DONE_TO.search(folded[max(0, found.start - 2) : found.start + 1]))
    return SURE + UNGRAMMATICAL * (grammar + subject + done_to) + COMMON * (plain and not heap)


def _second_copy(folded: str, found: Found) -> int:
    """The end of the stretch, or of its second copy where it was put there twice."""
    stretch = folded[found.start : found.end]
    length = stretch.find(stretch[:REPEATED], 1)
    length = len(stretch) if length < 0 else length
    once = stretch[:length]
    return max(found.end, found.start + 2 * length) if folded.startswith(once, found.start + length) else found.end


def _names(text: str, folded: str, found: Found) -> bool:
    """True where the stretch has a Latin word of the trade, or a grown one with more than itself."""
    for match in trade().any_latin.finditer(folded, found.start, found.end):
        if match[0] in trade().latin or sells(text, folded, *match.span()):
            return True
        if match[0] != folded[found.start : found.end] and is_grown(text, *match.span()):
            return True
    return False


def _is_subject(folded: str, stretch: str) -> bool:
    """True where the page says of the Latin name in a stretch what it is or does: oppo发布了新机."""
    for match in trade().any_latin.finditer(stretch):
        at = folded.find(match[0]) if match[0] not in trade().latin else -1
        while at >= 0:
            if PREDICATE.match(folded, at + len(match[0])):
                return True
            at = folded.find(match[0], at + 1)
    return False


def _counted(folded: str, weighed: list[Found]) -> Counter[str]:
    """How often each pair of neighbours in the stretches stands on the whole page."""
    stretches = [folded[found.start : found.end] for found in weighed]
    pairs = sorted({stretch[at : at + 2] for stretch in stretches for at in range(len(stretch) - 1)})
    if not pairs:
        return Counter()
    codes = codes_of(folded).astype(numpy.uint64)
    wanted = numpy.array([ord(pair[0]) << 32 | ord(pair[1]) for pair in pairs], dtype=numpy.uint64)
    rows, known = rows_of(codes[:-1] << numpy.uint64(32) | codes[1:], wanted)
    counts = numpy.bincount(rows[known], minlength=len(pairs))
    return Counter(dict(zip(pairs, counts.tolist(), strict=True)))


def _known(pairs: Counter[str], stretch: str, copies: int) -> bool:
    """True where the page speaks of the same thing elsewhere: pairs of hanzi that are no words of the trade."""
    named = trade().word.sub(" ", stretch)
    own = [named[at : at + 2] for at in range(len(named) - 1)]
    own = [pair for pair in own if HANZI.match(pair) and HANZI.match(pair, 1)]
    if not own:
        return False
    return sum(pairs[pair] > copies * stretch.count(pair) for pair in own) * 2 > len(own)
