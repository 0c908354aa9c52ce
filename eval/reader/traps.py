"""Questions that look answered and are not, made from questions that are: the second lesson of the reader.

Each keeps the passage that its original was answered by. Either one thing that the question names (a year, a number,
a rare phrase) is exchanged for another question's, which no passage of it holds; or the question asks for something
else of the same subject (its head, its rent), of which the passage says nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy

from eval.reader.examples import Example

ELSEWHERE = {
    "谁": "校长 院长 馆长 站长 负责人 董事长 总经理 设计师 发言人 秘书长 总工程师 法定代表人 联系人 监理",
    "多少": "月租金 总投资 造价 预算 占地面积 建筑面积 员工人数 年产值 门票价格 停车位 注册资本 营业额 床位 收费标准",
    "什么": "电话号码 联系电话 官方网站 邮政编码 设计单位 施工单位 审计结果 主要成分 开放时间 报名条件 办理流程",
    "什么时候": "竣工时间 开工时间 验收时间 截止时间 发布时间",
    "哪里": "总部 办公地点 注册地址 生产基地",
}
FORMS = ("{subject}的{asked}是{word}?", "{subject}{asked}是{word}", "{subject}的{asked}")
RARE = 3  # passages, at most, that hold a phrase that stands for a subject
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_WEAK = "的了在是于和与为之其及或被将由从对以而且因所这那有中上下年月日个第"


def traps(examples: Sequence[Example], share: float, seed: int) -> list[Example]:
    """About `share` as many questions without an answer as there are examples, each made from one of them."""
    subjects = _subjects(examples)
    generator = numpy.random.default_rng(seed)
    made: list[Example] = []
    for number in generator.permutation(len(examples)):
        if len(made) >= share * len(examples):
            break
        ways = list(_ways(examples[number], subjects, number, generator))
        if ways:
            made.append(ways[int(generator.integers(len(ways)))])
    return made


def _subjects(examples: Sequence[Example]) -> list[str]:
    """What every example's question is about, "" where no phrase of it stands in its passage and in few others."""
    shared = [_shared(example) for example in examples]
    texts = ["\n".join("".join(sentences) for sentences in example.passages[:1]) for example in examples]
    common = Counter(phrase for phrase in set(shared) if phrase for text in set(texts) if phrase in text)
    return [phrase if phrase and common[phrase] <= RARE else "" for phrase in shared]


def _shared(example: Example) -> str:
    """The longest phrase of three characters or more that question and right passage share, "" if none."""
    if example.gold is None:
        return ""
    text, question = "".join(example.passages[example.gold]), example.question
    best = ""
    for start in range(len(question)):
        end = start + len(best) + 1
        while end <= len(question) and question[start:end] in text:
            best, end = question[start:end], end + 1
    best = best.strip(_WEAK + " ,。?!、:;()《》“”\"'")
    return best if len(best) >= 3 and not _NUMBER.search(best) else ""


def _ways(
    example: Example, subjects: Sequence[str], number: int, generator: numpy.random.Generator
) -> Iterator[Example]:
    """Every kind of trap that can be made of one example, one each."""
    if example.gold is None:
        return
    first = example.passages[example.gold]
    others = [passage for at, passage in enumerate(example.passages) if at != example.gold]
    base = replace(example, passages=[first, *others], gold=None, right=[], span=None)
    text = "".join(map("".join, base.passages))
    subject, other = subjects[number], subjects[int(generator.integers(len(subjects)))]
    if subject and other and other not in text:
        yield replace(base, question=example.question.replace(subject, other))
    figures = [found for found in _NUMBER.finditer(example.question) if found[0] in text]
    if figures:
        found = figures[int(generator.integers(len(figures)))]
        changed = _changed(found[0], generator)
        if changed not in text:
            yield replace(base, question=example.question[: found.start()] + changed + example.question[found.end() :])
    if subject:
        word = list(ELSEWHERE)[int(generator.integers(len(ELSEWHERE)))]
        names = ELSEWHERE[word].split()
        asked = names[int(generator.integers(len(names)))]
        if not any(asked[at : at + 2] in text for at in range(len(asked) - 1)):
            form = FORMS[int(generator.integers(len(FORMS)))]
            yield replace(base, question=form.format(subject=subject, asked=asked, word=word))


def _changed(figure: str, generator: numpy.random.Generator) -> str:
    """Another number of as many digits, not far from it."""
    whole = figure.split(".")[0]
    step = int(generator.integers(1, max(3, min(9, int(whole) // 2 + 2))))
    return str(int(whole) + (step if generator.random() < 0.5 or int(whole) <= step else -step))
