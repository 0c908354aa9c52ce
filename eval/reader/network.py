"""The reader's network while it is trained: the bundled encoder, its word embeddings frozen, and one linear head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy
import torch
from torch import nn

from eval.reader.examples import Example
from index.prepared import Prepared
from index.tokenizer import Tokenizer
from rag.reader import ROOM, Pair, laid_out

OUTPUTS = 3  # a token: evidence, start, end


class ReaderNetwork(nn.Module):
    """`layers` blocks of the bundled encoder, the first `frozen` of them as they are, and the head.

    `forward` maps ids and their mask to (rows, tokens, 3). The tables of embeddings stay as the embedder has them.
    There is no dropout: it costs a CPU more than the products do, and two or three epochs do not ask for it.
    """

    def __init__(self, folder: Path, layers: int, frozen: int) -> None:
        super().__init__()
        from transformers import BertModel
        from transformers.utils import logging

        logging.disable_progress_bar()
        logging.set_verbosity_error()  # that the pooler of the folder is not used
        encoder = BertModel.from_pretrained(
            folder,
            add_pooling_layer=False,
            attn_implementation="sdpa",
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
        encoder.encoder.layer = encoder.encoder.layer[:layers]
        still = [encoder.embeddings, *encoder.encoder.layer[:frozen]]
        for parameter in (parameter for block in still for parameter in block.parameters()):
            parameter.requires_grad = False
        self.encoder = encoder
        self.head = nn.Linear(encoder.config.hidden_size, OUTPUTS)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Three numbers a token."""
        states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        numbers: torch.Tensor = self.head(states)
        return numbers


@dataclass(frozen=True, slots=True)
class Row:
    """A question with one passage, laid out. `right` sentences answer; `span` is the answer's (first, last) token."""

    pair: Pair
    right: tuple[int, ...]
    span: tuple[int, int] | None


def rows_of(example: Example, tokenizer: Tokenizer, passages: Sequence[int], room: int = ROOM) -> list[Row]:
    """The rows of some passages of an example; `-1` is the passage that answers, without the sentences that do.

    Where a passage is longer than `room` tokens, the row holds a stretch of it, around the answer if there is one.
    """
    question = tokenizer.encode([example.question])[0]
    rows = []
    for number in passages:
        is_gold = number == example.gold
        sentences = example.passages[number if number >= 0 else example.gold or 0]
        right = example.right if is_gold else []
        if number < 0:
            sentences = [text for at, text in enumerate(sentences) if not _says(example, at, text)]
        pieces = tokenizer.encode(sentences)
        low, high = _stretch([len(each) - 2 for each in pieces], right, room - len(question) - 1)
        pair = laid_out(question, pieces[low:high], room)
        right = [n - low for n in right if low <= n < high and _width(pair, n - low)]
        span = None
        if right and example.span:
            place = pair.sentences[right[0]]
            span = find_span(pair.ids[slice(*place)], sentences[right[0] + low], example.span, tokenizer)
            span = (span[0] + place[0], span[1] + place[0]) if span else None
        rows.append(Row(pair, tuple(right), span))
    return rows


def _width(pair: Pair, sentence: int) -> int:
    start, end = pair.sentences[sentence]
    return end - start


def _stretch(lengths: Sequence[int], right: Sequence[int], room: int) -> tuple[int, int]:
    """Neighbouring sentences, grown around the first right one (or the first), that fit into `room` tokens.

    Grown in turns after and before, so that the answer stands now early, now late.
    """
    low = high = right[0] if right else 0
    high += 1
    used = sum(lengths[low:high])
    while True:
        after = high < len(lengths) and used + lengths[high] <= room
        before = low > 0 and used + lengths[low - 1] <= room
        if before and (not after or (high - low) % 2 == 0):
            low -= 1
            used += lengths[low]
        elif after:
            used += lengths[high]
            high += 1
        else:
            return low, high


def _says(example: Example, at: int, text: str) -> bool:
    return at in example.right or (example.span is not None and example.span in text)


def find_span(ids: Sequence[int], sentence: str, answer: str, tokenizer: Tokenizer) -> tuple[int, int] | None:
    """The tokens of a sentence that cover an answer, first and last; None where pieces and text disagree."""
    start = sentence.find(answer)
    places = tokenizer.places(ids, sentence)
    if start < 0 or places is None:
        return None
    inside = [n for n, (low, high) in enumerate(places) if low < start + len(answer) and high > start]
    return (inside[0], inside[-1]) if inside else None


def prepared_tokenizer(folder: Path) -> Tokenizer:
    """The bundled tokenizer of a prepared folder."""
    return Tokenizer(Prepared(folder))


def batch_of(rows: Sequence[Row]) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and mask of rows, padded to the longest."""
    width = max(len(row.pair.ids) for row in rows)
    ids = numpy.ones((len(rows), width), dtype=numpy.int64)  # 1 is <pad>
    mask = numpy.zeros((len(rows), width), dtype=numpy.int64)
    for number, row in enumerate(rows):
        ids[number, : len(row.pair.ids)] = row.pair.ids
        mask[number, : len(row.pair.ids)] = 1
    return torch.from_numpy(ids), torch.from_numpy(mask)
