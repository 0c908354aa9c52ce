"""Write the corpus and its cases: `python -m eval.templates --out DIR [--seed S]`.

DIR/pages holds the pages, DIR/scope.jsonl and DIR/paraphrase.jsonl the cases. The cases of the default seed are
the ones in `eval/cases`; another seed gives another corpus of the same make.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from random import Random

from eval.templates.asker import Case
from eval.templates.cases import write_cases
from eval.templates.pages import Page, write_pages
from eval.templates.paraphrase import Paraphrase, write_paraphrases
from eval.templates.world import draw

SEED = 2024


def generate(seed: int = SEED) -> tuple[dict[str, str], list[Case], list[Paraphrase]]:
    """The pages by file name, the scope cases and the paraphrased cases of that seed."""
    world = draw(seed)
    pages = write_pages(world, seed)
    files = file_names(pages, seed)
    texts = {files[page.key]: page.text for page in pages}
    return dict(sorted(texts.items())), write_cases(world, files, seed), write_paraphrases(world, files, seed)


def file_names(pages: list[Page], seed: int) -> dict[str, str]:
    """A file name for each page's key that tells nothing about the page."""
    keys = [page.key for page in pages]
    Random(seed + 5).shuffle(keys)
    return {key: f"t{number:03}.txt" for number, key in enumerate(keys, start=1)}


def write(folder: Path, seed: int = SEED) -> None:
    """Write everything into `folder`, which is made where it is missing."""
    texts, scope, paraphrases = generate(seed)
    (folder / "pages").mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / "pages" / name).write_text(text, "utf-8")
    for name, cases in (("scope.jsonl", scope), ("paraphrase.jsonl", [each.case for each in paraphrases])):
        (folder / name).write_text("".join(as_line(case) for case in cases), "utf-8")


def as_line(case: Case) -> str:
    """A case as one line of JSON."""
    return json.dumps(case, ensure_ascii=False) + "\n"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m eval.templates", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="写到哪个文件夹")
    parser.add_argument("--seed", type=int, default=SEED, help="种子，同一个种子写出同样的文件")
    chosen = parser.parse_args()
    write(chosen.out, chosen.seed)


if __name__ == "__main__":
    main()
