"""From bytes to text: which charset a file is written in, judged by what its bytes say, not by what it claims.

Every candidate charset makes a text of the same bytes; the one whose characters are the most common in Chinese
wins (`index/frequency.py`), for a page read in the wrong charset is a page of rare characters. A claim
(`<meta charset>`, a header) only tips the scales where the bytes leave it open.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy

from index.errors import SourceError
from index.frequency import DAMAGED, Costs, cost, costs
from index.substrings import codes_of
from index.wide import MARKS, wide_part

# What a charset has to make up for before it wins, in nats: pages in cp1252 or in UTF-16 without a mark are few.
_HANDICAP = {"utf-8": 0.0, "gb18030": 0.0, "big5": 2.0, "cp1252": 6.0, "utf-16-le": 6.0, "utf-16-be": 6.0}
_CLAIM = 4.0  # what a claimed charset has ahead of the others, in nats
_CLAIMS = {
    "gb18030": "gb18030|gbk|gb2312|gb_2312-80|gb2312-80|x-gbk|cp936|936|ms936|euc-cn|euccn|chinese",
    "big5": "big5|big5-hkscs|big5hkscs|cp950|950|ms950|x-x-big5|big5-tw",
    "utf-8": "utf-8|utf8|unicode-1-1-utf-8",
    "cp1252": "cp1252|windows-1252|iso-8859-1|iso8859-1|latin-1|latin1|ascii|us-ascii",
    "utf-16-le": "utf-16|utf-16le|utf-16-le|utf16|unicode",
    "utf-16-be": "utf-16be|utf-16-be",
}
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_SAMPLE = 1 << 19  # bytes that the choice for the whole file is made from
_UNDECODABLE = 18.0  # nats for a byte that means nothing: dearer than any character
_GLUE = 6.0  # nats for a hanzi that touches a small Latin letter
_OTHER_LINE = 12.0  # nats that another charset must save on a line, or on the parts of a line, to be believed there
_STRANGE = 12.5  # nats: what begins a run of UTF-8 costs less
_PAIR = 4.0  # nats a character that GBK must save before valid UTF-8 is not believed
_KOREAN = 7.0  # nats a syllable of Korean costs less on a page in Korean
_USUAL = 8.0  # nats a character beyond ASCII: text in its own charset lies below, in another's far above
_LEAST = 50  # characters beyond ASCII that tell so much
_RARE = 9.5  # nats a character beyond ASCII: a line above this on average is looked at again
_LEAST_PART = 4  # bytes that are not UTF-16 in a file of which a part is
_MAX_CONTROLS = 0.02  # share of control characters beyond which a file is no text
_MAX_ZEROS = 0.05  # share of zeros that a text may have within
_MAX_MEAN_COST = 14.0  # nats a character beyond ASCII: random bytes lie above, the rarest poem below
_MAX_MEAN_COST_WIDE = 12.0  # the same for UTF-16 without a mark, where any bytes make characters
_UTF8_RUN = re.compile(
    rb"(?:[\xe2-\xef][\x80-\xbf]{2}){2,}(?:[\x00-\x7f]*(?:[\xe2-\xef][\x80-\xbf]{2}|\xc2[\xa0-\xbf]))*"
)
_HIGH_PAIR = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]")
_GLUED = re.compile("[a-z][\u4e00-\u9fff]|[\u4e00-\u9fff][a-z]")
_BEYOND_PAIRS = re.compile("[\u0800-\U0010ffff]")
_KANA = re.compile("[\u0400-\u045f\u2460-\u247f\u3005\u3041-\u30ff]")  # what rows C6 and C7 may hold
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file and the charset it was read in: one of the contract."""

    text: str
    encoding: str


def decode(data: bytes, declared: str | None = None) -> Decoded:
    """Read `data` as text. `declared` is what a page or a server claims its charset to be; it may be wrong.

    The byte-order mark is removed, line ends stay, an undecodable byte is one U+FFFD. Where whole lines or long
    runs are in another charset than the file, each part is read in its own and the encoding is mixed.

    Raises SourceError where the bytes are no text.

    >>> decode("深圳市罗湖区".encode("gbk"), declared="utf-8")
    Decoded(text='深圳市罗湖区', encoding='gb18030')
    """
    if (parts := _in_parts(data, declared)) is not None:
        return parts
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            data = data[len(mark) :]
            if encoding != "utf-8":
                return _checked(Decoded(_decode(data, encoding), encoding))
    valid = _strict(data, "utf-8")
    if valid is not None and not _controls(valid) and not _only_looks_like_utf8(data, valid):
        return _checked(Decoded(valid, "utf-8"))
    encoding = _choose(data, _claimed(declared))
    text = _decode(data, encoding)
    decoded = Decoded(text, encoding)
    if not encoding.startswith("utf-16"):
        decoded = _by_lines(data, text, encoding)
    return _checked(decoded)


def _in_parts(data: bytes, declared: str | None) -> Decoded | None:
    """A file of which only a part is UTF-16, each part read in its own charset; None where it is of one piece."""
    found = wide_part(data)
    if found is None or found[1] - found[0] + _LEAST_PART > len(data):
        return None
    start, end, codec = found
    wide = data[start:end].removeprefix(MARKS[codec])
    texts = [_rest_of_wide(data[:start], declared), _decode(wide, codec), _rest_of_wide(data[end:], declared)]
    return None if None in texts else Decoded("".join(text or "" for text in texts), "mixed")


def _rest_of_wide(part: bytes, declared: str | None) -> str | None:
    """What stands before or behind a part in UTF-16, where it plainly is text."""
    try:
        text = decode(part, declared).text if part.strip(b"\x00") else ""
    except SourceError:
        return None
    beyond = _beyond_ascii(text)
    return None if _CONTROLS.search(text) or (beyond.size and float(beyond.mean()) > _RARE) else text


def _only_looks_like_utf8(data: bytes, text: str) -> bool:
    """True for a few hanzi in GBK whose bytes happen to be pairs of UTF-8: 全 (C8 AB) is also U+022B."""
    if text.isascii() or _BEYOND_PAIRS.search(text):
        return False
    other = _strict(data, "gb18030")
    beyond = sum(each > "\x7f" for each in text)
    return other is not None and _cost(text) - _cost(other) > _PAIR * beyond


def _choose(data: bytes, claimed: str | None) -> str:
    """The charset in which a sample of `data` costs least."""
    sample = data[:_SAMPLE]
    if len(data) > _SAMPLE:
        sample = sample[: sample.rfind(b"\n") + 1] or sample
    plain = [encoding for encoding in ("gb18030", "big5") if _is_plainly(sample, encoding)]
    if len(plain) == 1:
        return plain[0]
    totals = {}
    for encoding, handicap in _HANDICAP.items():
        if encoding.startswith("utf-16") and b"\x00" not in sample and len(sample) % 2:
            continue
        text = _decode(sample, encoding)
        claim = _CLAIM if encoding == claimed else 0.0
        # subtle: a letter with an accent and the letter after it make a hanzi of GBK that stands inside a word.
        own = _cost(text) - _KOREAN * _hangul(text) if encoding.startswith("utf-16") else _cost(text)
        totals[encoding] = own + handicap - claim + _GLUE * len(_GLUED.findall(text))
    return min(totals, key=lambda encoding: totals[encoding])


def _is_plainly(sample: bytes, encoding: str) -> bool:
    """Whether a sample is valid in a charset and so usual there that no other need be tried."""
    text = _strict(sample, encoding)
    beyond = _beyond_ascii(text or "")
    return len(beyond) >= _LEAST and float(beyond.mean()) < _USUAL


def _by_lines(data: bytes, text: str, encoding: str) -> Decoded:
    """Read the lines that make no sense in `encoding` in the charset in which they do.

    No charset that holds ASCII uses the byte of a line feed inside a character, so lines can be told apart first.
    """
    suspects = _suspects(text, data, encoding)
    if not suspects:
        return Decoded(text, encoding)
    raw_lines = data.split(b"\n")
    lines = text.split("\n")
    used = set()
    for number in suspects:
        lines[number], other = _line(raw_lines[number], lines[number], encoding)
        used.add(other)
    return Decoded("\n".join(lines), "mixed" if used - {encoding} else encoding)


def _suspects(text: str, data: bytes, encoding: str) -> list[int]:
    """Numbers of the lines that hold an undecodable byte, a run of UTF-8, or mostly rare characters."""
    numbers = numpy.frombuffer(text.encode("utf-32-le", "surrogatepass"), numpy.uint32)
    ends = numpy.append(numpy.flatnonzero(numbers == 10), len(numbers))
    damaged = numbers == 0xFFFD
    found = set(numpy.searchsorted(ends, numpy.flatnonzero(damaged)).tolist())
    if encoding != "utf-8":
        beyond = numbers > 0x7F
        values = numpy.where(beyond, costs(text) - _RARE, 0.0)
        above = numpy.append(numpy.cumsum(values, dtype=numpy.float64), 0.0)
        above[-1] = above[-2] if len(above) > 1 else 0.0
        sums = numpy.diff(above[ends], prepend=0.0)
        found.update(numpy.flatnonzero(sums > 0.0).tolist())
        breaks = numpy.flatnonzero(numpy.frombuffer(data, numpy.uint8) == 10)
        starts = [match.start() for match in _UTF8_RUN.finditer(data)]
        found.update(numpy.searchsorted(breaks, starts).tolist())
    return sorted(found)


def _line(raw: bytes, read: str, encoding: str) -> tuple[str, str]:
    """One line (without its line feed) and the charset it is in: `encoding`, another, or mixed."""
    best, other, limit = read, encoding, _cost(read) - _OTHER_LINE
    for candidate in ("utf-8", "gb18030", "big5"):
        text = _strict(raw, candidate) if candidate != encoding else None
        if text is not None and _cost(text) < limit:
            best, other, limit = text, candidate, _cost(text)
    parts = _by_runs(raw, encoding)
    if parts is not None and _cost(parts) < limit - _OTHER_LINE:
        return parts, "mixed"
    return best, other


def _by_runs(raw: bytes, encoding: str) -> str | None:
    """A line of which some runs are UTF-8, each part read in its own charset; None where it has no such runs."""
    bounds = [0]
    for found in _UTF8_RUN.finditer(raw):
        start, end = found.span()
        # subtle: the last bytes of GBK before a run (码，is C2 EB A3 AC) may look like its first character.
        while start < end and cost(raw[start : start + 3].decode("utf-8", "replace")) > _STRANGE:
            start += 3
        bounds += (start, max(start, end))
    bounds.append(len(raw))
    if len(bounds) == 2:
        return None
    pieces = []
    for number, (start, end) in enumerate(pairwise(bounds)):
        part = raw[start:end]
        pieces.append(_decode(part, "utf-8") if number % 2 else _rest(part, encoding))
    return "".join(pieces)


def _rest(part: bytes, encoding: str) -> str:
    """What lies between two runs of UTF-8. In UTF-8 two hanzi make another charset, less is damage."""
    if encoding != "utf-8":
        return _decode(part, encoding)
    readings = [_decode(part, "utf-8")]
    if len(_HIGH_PAIR.findall(part)) > 1:
        others = (_strict(part, "gb18030"), _strict(part, "big5"))
        readings += [text for text in others if text is not None and _cost(text) < _RARE * len(text)]
    return min(readings, key=_cost)


def _decode(data: bytes, encoding: str) -> str:
    return _decode_big5(data, "") if encoding == "big5" else data.decode(encoding, "wenju.bytewise")


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return _decode_big5(data, "-strict") if encoding == "big5" else data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _decode_big5(data: bytes, strict: str) -> str:
    """Big5 as Microsoft has it, with the pairs that only Hong Kong's extension has.

    The two disagree on rows C6 and C7 (kana or numbers in circles): the more common characters win.
    """
    text = data.decode("cp950", "wenju.big5hkscs" + strict)
    if not _KANA.search(text):
        return text
    other = data.decode("big5hkscs", "wenju.cp950" + strict)
    return min(text, other, key=_cost)


def _cost(text: str) -> float:
    damaged = text.count("\ufffd")
    return float(costs(text).sum(dtype=numpy.float64)) + damaged * (_UNDECODABLE - DAMAGED)


def _hangul(text: str) -> int:
    """How many syllables of Korean a text has, where it has more of them than chance would give."""
    codes = codes_of(text)
    count = int(((codes >= 0xAC00) & (codes <= 0xD7A3)).sum())
    return count if count * 2 > int((codes > 0x7F).sum()) else 0


def _beyond_ascii(text: str) -> Costs:
    """The costs of the characters beyond ASCII."""
    return costs(text)[codes_of(text) > 0x7F]


def _claimed(declared: str | None) -> str | None:
    name = (declared or "").strip().strip("\"'").lower()
    return next((encoding for encoding, names in _CLAIMS.items() if name in names.split("|")), None)


def _checked(decoded: Decoded) -> Decoded:
    """The same, if it reads as text. Raises SourceError where it does not."""
    text = decoded.text
    controls = _controls(text)
    if controls > max(2.0, _MAX_CONTROLS * len(text)):
        raise SourceError("不是文字文件（控制字符太多）：请换成 txt、html、docx 或 pdf")
    if decoded.encoding in ("utf-8", "mixed"):
        return decoded
    values = _beyond_ascii(text[:_SAMPLE])
    limit = _MAX_MEAN_COST_WIDE if decoded.encoding.startswith("utf-16") else _MAX_MEAN_COST
    korean = _KOREAN * _hangul(text[:_SAMPLE]) if decoded.encoding.startswith("utf-16") else 0.0
    if len(values) > 3 and float(values.sum()) - korean > limit * len(values):
        raise SourceError("认不出文字编码：请另存为 UTF-8 再试")
    return decoded


def _controls(text: str) -> int:
    """How many control characters a text has; zeros around it, and a few within, are a fault of the disk."""
    inner = text.strip("\x00")
    zeros = inner.count("\x00")
    return len(_CONTROLS.findall(inner)) - (zeros if zeros <= _MAX_ZEROS * len(inner) else 0)


def _bytewise(error: UnicodeError) -> tuple[str, int]:
    """One U+FFFD for each undecodable byte, where Python's own handler gives one for several."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\ufffd" * (error.end - error.start), error.end


def _pair_in(codec: str, strict: bool) -> Callable[[UnicodeError], tuple[str, int]]:
    """A handler that tries the pair in another Big5 first."""

    def handle(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        try:
            return bytes(error.object[error.start : error.start + 2]).decode(codec), error.start + 2
        except UnicodeDecodeError:
            if strict:
                raise error from None
            return "\ufffd", error.start + 1

    return handle


codecs.register_error("wenju.bytewise", _bytewise)
for _codec in ("cp950", "big5hkscs"):
    codecs.register_error(f"wenju.{_codec}", _pair_in(_codec, strict=False))
    codecs.register_error(f"wenju.{_codec}-strict", _pair_in(_codec, strict=True))
