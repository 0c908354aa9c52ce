"""`python -m eval ablation`: each leg alone and all together, on questions that share no word with their answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy

from eval.cases import read_cases
from eval.templates.__main__ import write
from index.store import Index, open_build
from rag.assemble import assistant_over, build_index, open_cutter, open_embedder
from rag.retrieve import Retriever
from rag.settings import read_settings

HERE = Path(__file__).parent
DEPTH = 60  # passages that are looked at
MISSED = 10**6


def main(arguments: Sequence[str]) -> int:
    """Print recall by document of every leg over the demo and the template corpus; exit 0."""
    del arguments
    home = Path(".data/eval/paraphrase")
    write(home)
    settings = replace(read_settings(), index=home / "index")
    build_index([HERE.parent / "demo", home / "pages"], settings)
    index = open_build(settings.index)
    retriever = assistant_over(index, open_embedder(settings), open_cutter(settings), settings).finder.retriever
    cases = read_cases(HERE / "cases" / "paraphrase.jsonl")
    ranks = numpy.array([_ranks(case.question, case.documents, index, retriever) for case in cases])
    print(f"{len(cases)} 个换了说法的问题，{index.manifest.documents} 篇文档")
    for leg, name in enumerate(("向量", "BM25，jieba 词", "BM25，字对", "融合")):
        shares = [float((ranks[:, leg] < limit).mean()) for limit in (1, 5, 10)]
        print("{}：R@1 {:.3f}  R@5 {:.3f}  R@10 {:.3f}".format(name, *shares))
    return 0


def _ranks(question: str, documents: Sequence[str], index: Index, retriever: Retriever) -> list[int]:
    """The rank of the first right document in each leg and in the fusion, from 0."""
    owners = numpy.asarray(index.passage_documents)
    right = [heading.id for heading in index.headings if heading.path in documents]
    asked = retriever.take_apart(question)
    ranks = []
    for scores in retriever.legs(asked, retriever.embed(asked)[0]):
        best = float(scores[numpy.isin(owners, right)].max(initial=0.0))
        ranks.append(len(numpy.unique(owners[scores > best])) if best > 0 else MISSED)
    found = list(dict.fromkeys(hit.passage.document for hit in retriever.retrieve(asked, DEPTH).hits))
    return [*ranks, min((found.index(number) for number in right if number in found), default=MISSED)]
