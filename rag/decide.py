"""Is there evidence? Decided before anything is written, by a small calibrated model.

Logistic regression over signs that keep their meaning from a corpus of 20 files to one of 20,000:
margins, deviations above random passages, and how much of the question is met. Trained by
`python -m eval train-decision` on questions whose paragraph was taken out of the index.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index.errors import SettingsError
from index.fold import fold
from index.keywords import character_pairs
from rag.candidate import SIGNS, Candidate
from rag.question import Asked
from rag.retrieve import Retrieval
from rag.types import Reason

FEATURES = (
    "dense",
    "sentence",
    "cover",
    "context",
    "kind",
    "margin",
    "rarest",
    "standing",
    "dense_all",
    "unseen",
    "contrary",
    "near",
    "sought",
    "sought_near",
)
SURE = 0.65  # of an answer, without the reader: costs half a point of refusals on the public sets
READ = ("read", "read_most", "words", "read_words", "told")  # what the reader adds


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for an answer; every field is near 0 for nothing and near 1 for plenty.

    `dense`: the best passage's cosine in deviations above random passages, over 10. `sentence`: the
    same of the best sentence. `cover`, `context`: the share of the question's terms in the best
    sentence, and with its passage. `kind`: 1 where it holds what is asked for. `margin`: how far
    the best passage stands above the rest. `rarest`: the share of the question's phrases met whole.
    `sought`, `sought_near`: how far what the answer is called (校长, 总投资) stands in the best sentence, and in its
    passage; 1 where the question does not say. `read`, `read_most`: the reader's log odds over 6 of the best
    sentence, and of the one it likes most. `words`: 1 where a few words are asked for (多少, 谁), `read_words` is
    `read` there and 0 elsewhere, and `told` 1 where the words that the reader holds for the answer can be one.
    """

    dense: float
    sentence: float
    cover: float
    context: float
    kind: float
    margin: float
    rarest: float
    standing: float
    dense_all: float
    unseen: float
    contrary: float
    near: float
    sought: float = 1.0
    sought_near: float = 1.0
    read: float = -1.0
    read_most: float = -1.0
    words: float = 0.0
    read_words: float = 0.0
    told: float = 0.0

    def values(self, features: Sequence[str]) -> tuple[float, ...]:
        """The features in the order that a model was trained with."""
        return tuple(getattr(self, name) for name in features)


@dataclass(frozen=True, slots=True)
class DecisionWeights:
    """The trained model: one weight a feature, a bias, and the probability from which one answers."""

    features: tuple[str, ...]
    weights: tuple[float, ...]
    bias: float
    threshold: float


def read_decision(path: Path, with_reader: bool) -> DecisionWeights:
    """The model that `python -m eval train-decision` wrote, with the reader's features or without.

    Raises SettingsError where the file is another version's.
    """
    features = FEATURES + READ if with_reader else FEATURES
    try:
        value = json.loads(path.read_text("utf-8"))["reader" if with_reader else "plain"]
        weights = tuple(float(weight) for weight in value["weights"])
        if tuple(value["features"]) != features or len(weights) != len(features):
            raise ValueError("features")
        return DecisionWeights(features, weights, float(value["bias"]), float(value["threshold"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(f"{path.name} 与这个版本不符：请重新运行 python -m eval train-decision") from error


def second_opinion(path: Path) -> DecisionWeights:
    """The model without the reader, for where it refuses: it answers only where it is sure without it.

    The reader learnt on the sentences of two encyclopedias; a row of a table or a spoken question may be all it lacks.
    """
    return replace(read_decision(path, with_reader=False), threshold=SURE)


def weigh(asked: Asked, retrieval: Retrieval, candidates: Sequence[Candidate], unseen: float) -> Evidence:
    """The signs for and against, from what was retrieved and read."""
    if not candidates or not retrieval.hits:
        return Evidence(0, 0, 0, 0, 0, 0, 0, 0, 0, unseen, 0, 0)
    best = candidates[0]
    mean, deviation = retrieval.spread
    scores = [hit.score for hit in retrieval.hits]
    later = scores[min(len(scores), 10) - 1]
    strongest = max(hit.legs["dense"] for hit in retrieval.hits)
    read = _share(best.read)
    return Evidence(
        dense=(best.hit.legs.get("dense", mean) - mean) / deviation / 10,
        sentence=best.dense / 10,
        cover=best.cover,
        context=best.context,
        kind=float(best.is_kind),
        margin=min((scores[0] - later) / max(scores[0], 1e-6), 1.0),
        rarest=_phrases_met(asked, best.around or best.folded),
        standing=best.score / 2.5,
        dense_all=(strongest - mean) / deviation / 10,
        unseen=unseen,
        contrary=best.signs[SIGNS.index("contrary")],
        near=best.signs[SIGNS.index("near")],
        sought=_named(asked, f"{fold(best.passage.header)} {best.folded}"),
        sought_near=_named(asked, best.around),
        read=read,
        read_most=max(_share(candidate.read) for candidate in candidates),
        words=float(asked.wants_words),
        read_words=read * asked.wants_words,
        told=float(asked.wants_words and best.answer is not None),
    )


def probability(evidence: Evidence, model: DecisionWeights) -> float:
    """How likely it is that the documents answer, 0 to 1."""
    total = model.bias + sum(w * v for w, v in zip(model.weights, evidence.values(model.features), strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def refusal(asked: Asked, evidence: Evidence, model: DecisionWeights) -> Reason | None:
    """None where there is evidence, else the reason why there is none."""
    if evidence.contrary and asked.asks_actual:
        return Reason("wrong_kind", "资料只说了计划，没有给出实际的结果。")
    is_lacking = not evidence.kind and (asked.kind == "date" or (asked.kind == "number" and asked.unit is not None))
    if not is_lacking and probability(evidence, model) >= model.threshold:
        return None
    if evidence.context < 0.25 and evidence.dense_all < 0.35:
        return Reason("off_topic", "资料中没有与这个问题相关的内容。")
    if not evidence.kind and evidence.context >= (0.5 if is_lacking else 0.75):
        wanted = {"date": "时间", "number": "数目", "person": "人"}.get(asked.kind, "内容")
        return Reason("wrong_kind", f"资料提到了相近的话题，没有找到所问的{wanted}。")
    if evidence.context < 0.6:
        return Reason("absent_subject", "资料中没有找到所问的对象。")
    return Reason("no_evidence", "资料中没有找到能回答这个问题的内容。")


def _share(log_odds: float) -> float:
    return max(-1.0, min(1.0, log_odds / 6))


def _named(asked: Asked, text: str) -> float:
    """The share of what the answer is called that stands in a folded text, in these words or another's."""
    pairs = character_pairs(asked.sought)
    if not pairs:
        return 1.0
    met = [asked.is_said(pair, text) for pair in pairs]
    return sum(met) / len(met)


def _phrases_met(asked: Asked, text: str) -> float:
    """The share of the question's phrases of which the folded text holds more than half the pairs."""
    present = set(character_pairs(text))
    met = 0.0
    for phrase in asked.phrases:
        pairs = character_pairs(phrase)
        met += sum(pair in present for pair in pairs) > len(pairs) / 2
    return met / len(asked.phrases) if asked.phrases else 0.0
