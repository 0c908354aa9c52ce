"""The crowd around the corpus: as many as asked, of the same make, and about nobody that a case asks for."""

from __future__ import annotations

from pathlib import Path

from eval.templates.crowd import crowd, write_crowd
from eval.templates.world import read_units


def test_the_crowd_is_as_large_as_asked_and_the_seeds_own() -> None:
    pages = list(crowd(900, seed=3))
    assert len(pages) == 900
    assert pages == list(crowd(900, seed=3)) and pages != list(crowd(900, seed=4))
    assert len(set(pages)) >= 890


def test_nobody_of_the_corpus_stands_in_the_crowd() -> None:
    text = "\n".join(crowd(900, seed=3))
    for unit in read_units():
        assert unit.short not in text and unit.secretary not in text
        assert not [name for name in unit.communities if name in text]


def test_a_page_is_a_title_with_unit_and_year_and_one_section() -> None:
    for page in crowd(200, seed=3):
        title, *body = page.rstrip("\n").split("\n")
        assert ("街道20" in title or "镇20" in title) and "年" in title
        assert body and not any(line[1:2] == "、" for line in body)


def test_the_crowd_is_written_once(tmp_path: Path) -> None:
    write_crowd(tmp_path / "crowd", 5, seed=3)
    names = sorted(path.name for path in (tmp_path / "crowd").iterdir())
    assert names == [f"crowd-{number:06}.txt" for number in range(5)]
    (tmp_path / "crowd" / names[0]).write_text("kept", "utf-8")
    write_crowd(tmp_path / "crowd", 5, seed=3)
    assert (tmp_path / "crowd" / names[0]).read_text("utf-8") == "kept"
