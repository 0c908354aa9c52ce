"""Against a plain LangChain script over the same pages, with the same model folder and the same questions."""

from __future__ import annotations

import json
import random
import statistics
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from eval.bench.machine import ANSWERED, Ran, quantile, run
from eval.sets import NAMES, SetQuestion, lay_out, read_set, sets_folder
from index.bundled import folder_of
from index.errors import CaseError
from rag.assemble import open_embedder
from rag.settings import read_settings

SCRIPT = Path(__file__).with_name("plain_langchain.py")
SEED = 11


def measure(options: Namespace, data: Path) -> dict[str, Any]:
    """Cold and warm answers, passages a second, peak memory and recall@5 of both, by question set."""
    settings = read_settings()
    open_embedder(settings)  # prepares the model folder that both use
    model = folder_of(settings.cache) / "e5-small"
    return {"sets": {name: _measured(name, options, data / name, model) for name in NAMES}}


def _measured(name: str, options: Namespace, home: Path, model: Path) -> dict[str, Any]:
    pages, questions = read_set(sets_folder() / f"{name}.json")
    lay_out(pages, home / "pages")
    asked = random.Random(SEED).sample(questions, min(options.questions, len(questions)))
    (home / "questions.txt").write_text("\n".join(question.question for question in asked), "utf-8")
    found = {"wenju": _wenju(home, asked, options.rounds)}
    try:
        found["langchain"] = _langchain(home, asked, options, model)
    except CaseError as error:  # it is not installed; the page says so instead of a figure
        found["langchain"] = {"error": str(error)}
    return {"pages": len(pages), "questions": len(asked), **found}


def _wenju(home: Path, asked: list[SetQuestion], rounds: int) -> dict[str, Any]:
    index = home / "index"
    built = run([sys.executable, "-m", "index", "build", home / "pages", "--index", index])
    ask = Path(sys.executable).with_name("ask")
    cold = [run([ask, asked[0].question, "--index", index, "--json"], accepted=ANSWERED) for _ in range(rounds)]
    warm = run([sys.executable, "-m", "eval.bench.asked", index, home / "questions.txt"])
    return {**_figures(asked, cold, json.loads(warm.out)), "build_seconds": built.seconds, "build_mb": built.peak_mb}


def _langchain(home: Path, asked: list[SetQuestion], options: Namespace, model: Path) -> dict[str, Any]:
    script = [options.langchain, SCRIPT]
    offline = {"HF_HUB_OFFLINE": "1"}
    store = home / "langchain"
    built = run([*script, "build", model, home / "pages", store], offline)
    cold = [run([*script, "ask", model, store, asked[0].question], offline) for _ in range(options.rounds)]
    warm = run([*script, "warm", model, store, home / "questions.txt"], offline)
    figures = _figures(asked, cold, json.loads(warm.out))
    return {**figures, "build_seconds": built.seconds, "build_mb": built.peak_mb, **json.loads(built.out)}


def _figures(asked: list[SetQuestion], cold: list[Ran], warm: dict[str, Any]) -> dict[str, Any]:
    right = [question.document in found for question, found in zip(asked, warm["documents"], strict=True)]
    return {
        "cold_seconds": statistics.median(each.seconds for each in cold),
        "cold_all": [round(each.seconds, 3) for each in cold],
        "cold_mb": statistics.median(each.peak_mb for each in cold),
        "p50_ms": quantile(warm["milliseconds"], 0.5),
        "p95_ms": quantile(warm["milliseconds"], 0.95),
        "warm_mb": warm["peak_mb"],
        "recall_5": sum(right) / len(right),
    }
