"""`python -m eval lessons`: the whole chain on the lessons' pages that the reader does not know, five at a time."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from eval.corpus import originals
from eval.lessons import SOURCE, in_fives, read_lessons
from eval.report import groups, summary, worst_first
from eval.run import Outcome, run
from rag.assemble import build_index, open_assistant
from rag.settings import read_settings

TODAY = date(2024, 12, 31).isoformat()
HOME = Path(".data") / "eval" / SOURCE


def main(arguments: Sequence[str]) -> int:
    """Ask, print the figures, in all and by kind; write every outcome where a file is named; exit 0."""
    parser = argparse.ArgumentParser(prog="python -m eval lessons")
    parser.add_argument("--output", type=Path, help="write each question and what became of it, worst first, as JSON")
    options = parser.parse_args(arguments)
    settings = read_settings()
    outcomes: list[Outcome] = []
    for number, (pages, lessons) in enumerate(in_fives([each for each in read_lessons() if not each.is_the_readers])):
        index = HOME / f"asked-{number}"
        build_index(pages, replace(settings, index=index))
        cases = [replace(each.case, today=each.case.today or TODAY) for each in lessons]
        outcomes += run(open_assistant(replace(settings, index=index)), cases, originals(pages))
    print(summary(SOURCE, outcomes, None))
    for name, some in groups(outcomes).items():
        print(f"- {name}: {sum(each.passed for each in some)}/{len(some)}")
    if options.output:
        told = [
            {
                "id": each.case.id,
                "question": each.case.question,
                "wanted": each.case.expected,
                "got": each.got,
                "why": each.why,
            }
            for each in worst_first(outcomes)
        ]
        options.output.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0
