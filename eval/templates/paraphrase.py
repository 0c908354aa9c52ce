"""Questions that share no pair of characters with the sentence that answers them, names and numbers apart.

Keyword search finds nothing of its own in them; what finds their sentence has understood it.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from eval.templates.asker import Asker, Case
from eval.templates.pages import read_topic_lines
from eval.templates.world import World, lines

PER_PATTERN = 2


@dataclass(frozen=True, slots=True)
class Paraphrase:
    """A case, the sentence that answers it, and the names that question and sentence may have in common."""

    case: Case
    sentence: str
    names: tuple[str, ...] = ()


def write_paraphrases(world: World, files: dict[str, str], seed: int) -> list[Paraphrase]:
    """Cases over the topics of the news, over the reports' figures, and over the demo corpus."""
    found = [*_of_topics(files), *_of_reports(world, files, seed), *_of_demo()]
    for number, paraphrase in enumerate(found, start=1):
        paraphrase.case["id"] = f"paraphrase-{number:03}"
    return found


def _paraphrase(question: str, answer: str, document: str, sentence: str, *names: str) -> Paraphrase:
    case: Case = {"id": "", "question": question, "answers": [answer], "tags": ["paraphrase"]}
    case["documents"] = document.split("、")
    return Paraphrase(case, sentence, names)


def _of_topics(files: dict[str, str]) -> list[Paraphrase]:
    return [
        _paraphrase(question, line.answer, files[line.page], line.sentence)
        for line in read_topic_lines()
        for question in line.questions
    ]


def _of_reports(world: World, files: dict[str, str], seed: int) -> list[Paraphrase]:
    asker = Asker(world, files, Random(seed + 4))
    by_attribute: dict[str, int] = {}
    found = []
    for fact in asker.facts("actual"):
        which = world.attributes[fact.attribute]
        done = by_attribute.get(fact.attribute, 0)
        if done == PER_PATTERN * len(which.paraphrases):
            continue
        by_attribute[fact.attribute] = done + 1
        question = which.paraphrases[done % len(which.paraphrases)].format(place=fact.unit, year=fact.year)
        sentence = which.sentences[fact.sentence].format(n=fact.value)
        found.append(_paraphrase(question, asker.value(fact), files[fact.page], sentence, fact.unit))
    return found


def _of_demo() -> list[Paraphrase]:
    found = []
    for line in lines("demo_paraphrases.txt"):
        document, sentence, answer, names, *questions = line.split("|")
        found += [_paraphrase(each, answer, document, sentence, *filter(None, names.split("、"))) for each in questions]
    return found
