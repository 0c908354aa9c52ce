"""From a text that was changed back to the text it was made from.

A repair is a list of edits; an edit list gives a new text and an `OffsetMap`; maps compose. So
however many repairs a text went through, every stretch of it leads back to the exact stretch of
the original that it stands for.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `before[start:end]` by `text`. `confidence` below 1.0 makes it a guess.

    An edit whose text equals what it replaces, with a confidence below 1.0, changes nothing and
    marks a place that stayed damaged because nobody could be sure.
    """

    start: int
    end: int
    text: str
    kind: str  # a repair kind of the contract: pinyin, sheared, mojibake, charset, advert, variant
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the new text and the stretch of the old text that it stands for.

    With equal lengths and `copied`, character i stands for character i; otherwise the whole
    stretch stands for the whole stretch.
    """

    start: int
    end: int
    old_start: int
    old_end: int
    copied: bool


@dataclass(frozen=True, slots=True)
class OffsetMap:
    """Pieces that tile the new text, in order. Where the old stretches start never runs backwards."""

    pieces: tuple[Piece, ...]

    @staticmethod
    def identity(length: int) -> OffsetMap:
        """The map of a text onto itself."""
        return OffsetMap((Piece(0, length, 0, length, True),) if length else ())

    def back(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the old text that `new[start:end]` stands for.

        A character removed at the edge is not included, one removed inside is; a stretch that
        cuts into a replaced piece takes the whole piece. An empty stretch leads to an empty one.

        >>> new, way = apply("政務(wù)公開", [Edit(2, 6, "", "pinyin")])
        >>> new, way.back(1, 3)
        ('政務公開', (1, 7))
        """
        if not self.pieces:
            return 0, 0
        first = self._piece_at(start)
        if end <= start:
            at = _old_start(first, start) if start < first.end else first.old_end
            return at, at
        last = self._piece_at(end - 1)
        return _old_start(first, start), _old_end(last, end)

    def slice(self, start: int, end: int) -> OffsetMap:
        """The map of `new[start:end]`, itself counted from 0."""
        if end <= start or not self.pieces:
            return OffsetMap(())
        kept: list[Piece] = []
        index = self._index_at(start)
        while index < len(self.pieces) and self.pieces[index].start < end:
            piece = self.pieces[index]
            low, high = max(piece.start, start), min(piece.end, end)
            if high > low:
                if piece.copied:
                    old_low = piece.old_start + low - piece.start
                    kept.append(Piece(low - start, high - start, old_low, old_low + high - low, True))
                else:
                    kept.append(Piece(low - start, high - start, piece.old_start, piece.old_end, False))
            index += 1
        return OffsetMap(tuple(kept))

    def after(self, earlier: OffsetMap) -> OffsetMap:
        """Compose: this map leads to the text that `earlier` starts from; the result leads all the way."""
        pieces: list[Piece] = []
        for piece in self.pieces:
            if not piece.copied:
                old_start, old_end = earlier.back(piece.old_start, piece.old_end)
                pieces.append(Piece(piece.start, piece.end, old_start, old_end, False))
                continue
            shift = piece.start - piece.old_start
            for part in earlier._parts(piece.old_start, piece.old_end):
                pieces.append(Piece(part.start + shift, part.end + shift, part.old_start, part.old_end, part.copied))
        return OffsetMap(tuple(_merged(pieces)))

    def _parts(self, start: int, end: int) -> Iterable[Piece]:
        for piece in self.slice(start, end).pieces:
            yield Piece(piece.start + start, piece.end + start, piece.old_start, piece.old_end, piece.copied)

    def _index_at(self, at: int) -> int:
        return max(0, bisect_right(self.pieces, at, key=lambda piece: piece.start) - 1)

    def _piece_at(self, at: int) -> Piece:
        return self.pieces[self._index_at(at)]


def apply(text: str, edits: Sequence[Edit]) -> tuple[str, OffsetMap]:
    """Carry out `edits` (sorted, not overlapping) on `text`: the new text and the map back to it.

    Raises ValueError where edits overlap or leave the text.
    """
    pieces: list[Piece] = []
    parts: list[str] = []
    done = 0  # in the old text
    length = 0  # of the new text
    for edit in edits:
        if edit.start < done or edit.end < edit.start or edit.end > len(text):
            raise ValueError(f"edit {edit} overlaps the one before it or leaves the text")
        if edit.start > done:
            pieces.append(Piece(length, length + edit.start - done, done, edit.start, True))
            parts.append(text[done : edit.start])
            length += edit.start - done
        if edit.text:
            same = edit.text == text[edit.start : edit.end]
            pieces.append(Piece(length, length + len(edit.text), edit.start, edit.end, same))
            parts.append(edit.text)
            length += len(edit.text)
        done = edit.end
    if done < len(text):
        pieces.append(Piece(length, length + len(text) - done, done, len(text), True))
        parts.append(text[done:])
    return "".join(parts), OffsetMap(tuple(_merged(pieces)))


def join(parts: Sequence[tuple[str, OffsetMap]], separator: str) -> tuple[str, OffsetMap]:
    """Join texts whose maps lead to one old text. The separator stands for the gap between them."""
    pieces: list[Piece] = []
    length = 0
    old = 0
    for number, (text, way) in enumerate(parts):
        if number and separator:
            following = way.pieces[0].old_start if way.pieces else old
            pieces.append(Piece(length, length + len(separator), old, max(old, following), False))
            length += len(separator)
        for piece in way.pieces:
            pieces.append(Piece(piece.start + length, piece.end + length, piece.old_start, piece.old_end, piece.copied))
        length += len(text)
        if way.pieces:
            old = way.pieces[-1].old_end
    return separator.join(text for text, _ in parts), OffsetMap(tuple(_merged(pieces)))


def _old_start(piece: Piece, at: int) -> int:
    return piece.old_start + at - piece.start if piece.copied else piece.old_start


def _old_end(piece: Piece, at: int) -> int:
    return piece.old_start + at - piece.start if piece.copied else piece.old_end


def _merged(pieces: Iterable[Piece]) -> Iterable[Piece]:
    """Join neighbours that copy on without a gap."""
    held: Piece | None = None
    for piece in pieces:
        if (
            held is not None
            and held.copied
            and piece.copied
            and held.end == piece.start
            and held.old_end == piece.old_start
        ):
            held = Piece(held.start, piece.end, held.old_start, piece.old_end, True)
            continue
        if held is not None:
            yield held
        held = piece
    if held is not None:
        yield held
