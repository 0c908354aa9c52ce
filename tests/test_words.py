"""Words are cut as jieba cuts them, without jieba."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from index.errors import ModelError
from index.fold import fold
from index.words import Words, prepare_words

TEXTS = (
    "海湾区2026年计划新建口岸2个,改造老旧小区31个。",
    "他来到了网易杭研大厦,小明硕士毕业于中国科学院计算所",
    "龙华新区民治街道办事处召开第三次党代会",
    "A股上涨3.25%,C++与c#、AT&T、K-12教育,电话0755-2551-0000",
    "臺灣與香港的居民,後面繁體字不折疊",
    "  空格\t制表\r\n换行\n\n  ",
    "罕见字𠮷与鿕鿖,emoji😀,半个\ud83d代理",
    "温馨提示温馨提示啊啊啊呃呃",
    "",
)

Cut = Callable[[str], list[str]]


@pytest.fixture(scope="module")
def jieba_cut(tmp_path_factory: pytest.TempPathFactory) -> Cut:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of jieba's own source
        import jieba
    jieba.setLogLevel(60)
    tokenizer = jieba.Tokenizer()
    tokenizer.tmp_dir = str(tmp_path_factory.mktemp("jieba"))
    cut: Cut = tokenizer.lcut_for_search
    return cut


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare_words(tmp_path_factory.mktemp("words"))


@pytest.fixture(scope="module")
def words(folder: Path) -> Words:
    return Words(folder)


def test_a_long_word_is_preceded_by_its_parts(words: Words) -> None:
    assert words.cut("中国科学院的口岸") == ["中国", "科学", "学院", "科学院", "中国科学院", "的", "口岸"]


@pytest.mark.parametrize("text", TEXTS)
def test_cuts_as_jieba_does(words: Words, jieba_cut: Cut, text: str) -> None:
    assert words.cut(text) == jieba_cut(text)


def test_cuts_as_jieba_does_what_makes_no_sense(words: Words, jieba_cut: Cut) -> None:
    source = random.Random(3)
    pool = "".join(TEXTS) + "的一是了不在有人这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会" * 4
    for _ in range(2000):
        text = "".join(source.choice(pool) for _ in range(source.randint(1, 40)))
        assert words.cut(text) == jieba_cut(text), ascii(text)


@pytest.mark.slow
def test_cuts_the_public_sets_as_jieba_does(words: Words, jieba_cut: Cut) -> None:
    if not os.environ.get("WENJU_SETS"):
        pytest.skip("WENJU_SETS is not set: no public question sets to cut")
    texts = []
    for path in sorted(Path(os.environ["WENJU_SETS"]).glob("*.json")):
        for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
            for paragraph in article["paragraphs"]:
                texts.append(fold(paragraph["context"]))
                texts += [fold(question["question"]) for question in paragraph["qas"]]
    assert len(texts) > 8000
    assert [text for text in texts if words.cut(text) != jieba_cut(text)] == []


def test_neither_imports_jieba_nor_writes_outside_its_folder(tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    program = (
        "import sys; from pathlib import Path; from index.words import Words, prepare_words;"
        f"print(len(Words(prepare_words(Path({str(tmp_path / 'cache')!r}))).cut('建设口岸')), 'jieba' in sys.modules)"
    )
    environment = {**os.environ, "TMPDIR": str(temporary)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout.split() == ["2", "False"]
    assert list(temporary.iterdir()) == []
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["jieba-words"]


def test_a_damaged_dictionary_is_refused_and_made_anew(folder: Path, words: Words, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(folder, tmp_path / folder.name))
    fingerprint = words.fingerprint
    content = bytearray((folder / "weights.npy").read_bytes())
    content[len(content) // 2] ^= 0x10
    (folder / "weights.npy").write_bytes(content)
    with pytest.raises(ModelError, match=r"weights\.npy 已损坏"):
        Words(folder)
    again = Words(prepare_words(tmp_path))
    assert again.fingerprint == fingerprint
    assert again.cut("建设口岸") == ["建设", "口岸"]
