"""A question process: opens an index, answers questions one after another, and prints what it took as JSON.

`python -m eval.bench.asked INDEX QUESTIONS`, QUESTIONS being a file with a question a line; the first ten warm it up.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path

WARM_UP = 10


def main(index: str, questions: str) -> None:
    """Answer every question and print latencies, documents found and memory."""
    started = time.perf_counter()
    from rag.assemble import open_assistant
    from rag.settings import ModelSettings, read_settings

    assistant = open_assistant(replace(read_settings(), index=Path(index), llm=ModelSettings()))
    loaded = time.perf_counter() - started
    lines = Path(questions).read_text("utf-8").split("\n")
    milliseconds, documents, answered = [], [], 0
    for question in lines[:WARM_UP]:
        assistant.answer(question)
    for question in lines:
        started = time.perf_counter()
        answer = assistant.answer(question)
        milliseconds.append((time.perf_counter() - started) * 1000)
        documents.append(list(dict.fromkeys(passage.document for passage in answer.passages))[:5])
        answered += answer.reason is None
    print(
        json.dumps(
            {
                "load_seconds": loaded,
                "milliseconds": milliseconds,
                "documents": documents,
                "answered": answered,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "own_mb": _own_memory() / 1024,
            }
        )
    )


def _own_memory() -> int:
    """Resident memory that is this process's own (kB): memory maps of an index can be dropped at any time."""
    for line in Path("/proc/self/status").read_text("ascii").split("\n"):
        if line.startswith("RssAnon"):
            return int(line.split()[1])
    return 0


if __name__ == "__main__":
    main(*sys.argv[1:])
