"""The arrows: imports point down, each third-party package has one door, nothing is unpickled."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted([*ROOT.glob("index/*.py"), *ROOT.glob("rag/*.py"), *ROOT.glob("ui.py"), *ROOT.glob("eval/**/*.py")])
FLOOR = {"index": 0, "prompts": 0, "rag": 1, "ui": 2, "eval": 2}
DOORS = {"ui.py", "rag/cli.py", "rag/server.py", "rag/mcp.py", "rag/langchain.py", "index/__main__.py"}
ROOT_ROOM = "rag/assemble.py"
MODEL_ROOMS = {"index/bundled.py", "index/embed.py", "index/encoder.py", "index/unpack.py"}
ONLY_DOOR = {
    "faiss": {"index/vectors.py"},
    "jieba": {"index/words.py"},
    "gradio": {"ui.py"},
    "langchain": {"rag/generate.py", "rag/langchain.py"},
    "langchain_core": {"rag/generate.py", "rag/langchain.py"},
    "langchain_openai": {"rag/generate.py"},
    "torch": MODEL_ROOMS,
    "sentence_transformers": MODEL_ROOMS,
    "transformers": MODEL_ROOMS,
    "tiktoken": {"rag/budget.py"},
    "trafilatura": {"index/html.py"},
    "pypdfium2": {"index/pdf.py"},
    "docx": {"index/office.py", "rag/export.py"},
    "openpyxl": {"index/office.py"},
    "mcp": {"rag/mcp.py"},
    "pymilvus": {"index/milvus.py"},
    "grpc": {"index/milvus.py"},
    "dask": {"index/workers.py"},
    "distributed": {"index/workers.py"},
}
BANNED_CALLS = {"eval", "exec", "__import__"}
BANNED_MODULES = {"pickle", "marshal", "shelve", "dill", "joblib"}


def relative(path: Path) -> str:
    """A source file by its place in the project."""
    return path.relative_to(ROOT).as_posix()


@cache
def nodes_of(path: Path) -> list[ast.AST]:
    """All that a source file is made of."""
    return list(ast.walk(ast.parse(path.read_text("utf-8"))))


@cache
def imported(path: Path) -> set[str]:
    """The full names of the modules a file imports, wherever in it."""
    nodes = nodes_of(path)
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_imports_point_down(path: Path) -> None:
    name = relative(path)
    home = name.split("/")[0].removesuffix(".py")
    for module in imported(path):
        top = module.split(".")[0]
        home_floor = 2 if name in DOORS else FLOOR[home]
        assert FLOOR.get(top, -1) <= home_floor, f"{name} looks up to {module}"
        assert module != "rag.assemble" or name in DOORS or home in ("eval", "ui") or name == "rag/__init__.py", (
            f"{name} builds what only doors may ask the composition root for"
        )
        as_file = module.replace(".", "/") + ".py"
        assert as_file not in DOORS or name in DOORS | {"ui.py"} or home == "eval", f"{name} imports the door {module}"


@pytest.mark.parametrize("path", [p for p in SOURCES if not relative(p).startswith("eval/")], ids=relative)
def test_one_package_one_door(path: Path) -> None:
    name = relative(path)
    for module in imported(path):
        top = module.split(".")[0]
        assert name in ONLY_DOOR.get(top, {name}), f"{top} has its own door, not {name}"


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_nothing_is_unpickled_or_evaluated(path: Path) -> None:
    assert not {module.split(".")[0] for module in imported(path)} & BANNED_MODULES
    for node in nodes_of(path):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in BANNED_CALLS, f"{relative(path)}:{node.lineno} calls {node.func.id}"
        if isinstance(node, ast.keyword) and node.arg == "shell":
            assert isinstance(node.value, ast.Constant) and node.value.value is False
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            assert isinstance(node.value, ast.Constant) and node.value.value is False


def test_no_room_is_called_after_nothing() -> None:
    for path in SOURCES:
        assert path.stem not in {"utils", "helpers", "common", "base", "misc", "manager"}
