"""Wenju inside LangChain: a retriever and a runnable, plugged into a chain as a user would."""

from __future__ import annotations

from pathlib import Path

import pytest
from langchain_core.documents import Document
from langchain_core.runnables import RunnableLambda, RunnableParallel

from rag.answer import Assistant
from rag.assemble import open_assistant
from rag.langchain import WenjuAnswer, WenjuRetriever
from rag.settings import Settings

pytestmark = pytest.mark.slow
QUESTION = "莲塘街道2024年的口岸计划是什么"


@pytest.fixture(scope="module")
def assistant(demo_index: Path, settings: Settings) -> Assistant:
    return open_assistant(settings)


def test_the_retriever_gives_passages_with_their_exact_place(assistant: Assistant) -> None:
    found = WenjuRetriever(assistant=assistant, k=4).invoke(QUESTION)
    assert len(found) == 4
    assert all(isinstance(document, Document) for document in found)
    plan = [document for document in found if document.metadata["document"] == "liantang-2024-plan.txt"]
    number = next(h.id for h in assistant.index.headings if h.path == "liantang-2024-plan.txt")
    whole = assistant.citer.document(number)
    for document in plan:
        quote = whole.original[document.metadata["start"] : document.metadata["end"]]
        assert document.page_content in whole.text
        assert (quote[:8], quote[-4:]) == (document.page_content[:8], document.page_content[-4:])
    port = next(document for document in plan if document.metadata["heading"] == ("三、口岸",))
    assert whole.original[port.metadata["start"] : port.metadata["end"]] == port.page_content


def test_the_runnable_answers_a_follow_up(assistant: Assistant) -> None:
    asked = {"question": "那2023年呢？", "history": [{"question": QUESTION, "answer": ""}], "today": "2024-09-01"}
    answer = WenjuAnswer(assistant).invoke(asked)
    assert answer.standalone_question == "莲塘街道2023年的口岸计划是什么？"


def test_a_chain_of_both(assistant: Assistant) -> None:
    """The example of the documentation: quotes of the answer beside the titles that a retriever finds."""
    quotes = WenjuAnswer(assistant) | RunnableLambda(lambda answer: [citation.quote for citation in answer.citations])
    titles = WenjuRetriever(assistant=assistant, k=3) | RunnableLambda(
        lambda documents: [document.metadata["title"] for document in documents]
    )
    result = RunnableParallel(quotes=quotes, titles=titles).invoke(QUESTION)
    assert result["titles"][0] == "莲塘街道2024年工作计划"
    assert result["quotes"] == [citation.quote for citation in assistant.answer(QUESTION).citations]
    assert len(result["quotes"]) >= 3


def test_batches_keep_their_order(assistant: Assistant) -> None:
    questions = ["火星街道的计划是什么", QUESTION]
    assert [answer.refused for answer in WenjuAnswer(assistant).batch(questions)] == [True, False]  # type: ignore[arg-type]
