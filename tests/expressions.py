"""Every regular expression of the project, and texts that each would take longest over. Used by test_expressions.

Run as a program it prints the expressions, one JSON list a line: those that the rooms compile when they are imported
and when their cached tables are made, those that are written out where they are used, and those that are put together
at work. Where one of the latter was missed it says so and ends with 1.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

ROOT = Path(__file__).parent.parent
SOURCES = sorted(
    path
    for path in [*ROOT.glob("index/*.py"), *ROOT.glob("rag/*.py"), *ROOT.glob("eval/**/*.py"), ROOT / "ui.py"]
    if path.name not in ("__main__.py", "plain_langchain.py")  # the latter runs in another environment, on its own
)
USES = {"compile", "search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split"}
ANCHORED = {"match", "fullmatch"}


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression, its flags, the file that compiles it, and whether it is tried at one place of a text only."""

    pattern: str
    flags: int
    home: str
    is_bytes: bool = False
    is_anchored: bool = False

    def compiled(self) -> re.Pattern[Any]:
        """As the project compiles it."""
        return re.compile(self.pattern.encode("latin-1") if self.is_bytes else self.pattern, self.flags)


def main() -> int:
    """Print every expression once."""
    found: dict[Expression, None] = {}
    seen: set[tuple[str, int]] = set()  # the lines that gave us one
    real: Callable[..., Any] = re._compile  # type: ignore[attr-defined]

    def noted(pattern: Any, flags: int) -> Any:
        frame: Any = inspect.currentframe()
        for name, line in _callers(frame.f_back):
            if Path(name) in SOURCES and isinstance(pattern, str | bytes):
                seen.add((_home(Path(name)), line))
                found.setdefault(_expression(pattern, int(flags), _home(Path(name))))
                break
        return real(pattern, flags)

    re._compile = noted  # type: ignore[attr-defined]
    modules = [importlib.import_module(_module(path)) for path in SOURCES if path.name != "ui.py"]
    for module in modules:
        _fill_caches(module)
    _work()
    for path in SOURCES:
        for expression in _written_out(path):
            found.setdefault(expression)
    anchored = {pattern for path in SOURCES for pattern in _anchored(path)}
    for each in found:
        print(json.dumps([each.pattern, each.flags, each.home, each.is_bytes, (each.home, each.pattern) in anchored]))
    places = [place for path in SOURCES for place in _put_together(path)]
    missed = [place for place in places if not any((place[0], line) in seen for line in range(place[1], place[2] + 1))]
    print(*(f"{home}:{first}: not collected, add it to _work" for home, first, _ in missed), file=sys.stderr, sep="\n")
    return int(bool(missed))


def _work() -> None:
    """Do each thing for which an expression is put together only then."""
    from index import html, table
    from index.errors import CaseError
    from index.markup import RAW
    from index.synonyms import in_words_of
    from index.terminal import CommandParser
    from rag import names
    from rag.followup import standalone
    from rag.kinds import figures_of, kind_share
    from rag.question import take_apart
    from rag.types import Turn
    from rag.values import find_value, unit_of

    with suppress(CaseError):
        CommandParser(prog="x").error("none of ours")
    for name in sorted(RAW):
        html.read(f"<p>字</p><{name}>x</{name}>", "utf-8")
    table.read("甲,乙\n1,2", "utf-8")
    asked = take_apart("街道引进了多少家企业", lambda text: [text])
    assert asked.has_own_unit and kind_share(asked, "引进企业27家") == 1.0
    assert kind_share(take_apart("占地多少公顷", lambda text: [text]), "占地3公顷") == 1.0
    assert figures_of(asked, "引进企业27家") == [(4, 7)] and in_words_of("写字楼有几栋", "商务楼宇") == "商务楼宇有几栋"
    assert names._stands_in("翠竹", "小学", "翠园竹林小学")
    assert find_value(asked, "引进企业27家") and unit_of("27家") == "家"
    assert standalone("该项目何时开工？", [Turn("八卦岭城市更新项目占地多少？", "")])


def _put_together(path: Path) -> Iterator[tuple[str, int, int]]:
    """The home, first and last line of calls of `re` whose expression is no literal."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in USES and node.args:
            of = node.func.value
            if isinstance(of, ast.Name) and of.id == "re" and not isinstance(node.args[0], ast.Constant):
                yield _home(path), node.lineno, node.end_lineno or node.lineno


def _home(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _callers(frame: Any) -> Iterator[tuple[str, int]]:
    """The files and lines of the two nearest callers outside the library."""
    count = 0
    while frame is not None and count < 2:
        if not frame.f_code.co_filename.endswith("re/__init__.py"):
            count += 1
            yield frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _fill_caches(module: Any) -> None:
    """Make the tables of a room that are made once and need nothing."""
    for value in list(vars(module).values()):
        if hasattr(value, "cache_info") and not inspect.signature(value).parameters:
            value()


def _expression(pattern: str | bytes, flags: int, home: str) -> Expression:
    text = pattern if isinstance(pattern, str) else pattern.decode("latin-1")
    return Expression(text, flags & ~re.UNICODE.value, home, isinstance(pattern, bytes))


def _written_out(path: Path) -> Iterator[Expression]:
    """The expressions that stand as literals in calls of `re`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            of = node.func.value
            first = node.args[0]
            if (
                isinstance(of, ast.Name)
                and of.id == "re"
                and node.func.attr in USES
                and isinstance(first, ast.Constant)
            ):
                yield _expression(first.value, 0, str(path.relative_to(ROOT)))


def _anchored(path: Path) -> Iterator[tuple[str, str]]:
    """The home and pattern of expressions that this file only ever matches where they begin."""
    home = str(path.relative_to(ROOT))
    tree = ast.parse(path.read_text("utf-8"))
    uses: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            uses.setdefault(node.value.id, set()).add(node.attr)
    every = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    module = importlib.import_module(_module(path)) if path.name != "ui.py" else None
    for name, value in vars(module).items() if module else ():
        if isinstance(value, re.Pattern) and name in every and uses.get(name, set()) and uses[name] <= ANCHORED:
            yield home, value.pattern if isinstance(value.pattern, str) else value.pattern.decode("latin-1")
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ANCHORED:
            of, first = node.func.value, node.args[0] if node.args else None
            if isinstance(of, ast.Name) and of.id == "re" and isinstance(first, ast.Constant):
                yield home, first.value


# What follows makes texts.


def attacks(expression: Expression, length: int) -> Iterator[str]:
    """Texts of about `length` characters over which a matcher that goes back would spend the most time.

    For each part that may repeat: what must stand before it, the part over and over, and an end that does not fit.
    """
    tree = parser.parse(
        expression.pattern.encode("latin-1") if expression.is_bytes else expression.pattern, expression.flags
    )
    seen: set[tuple[str, str]] = set()
    for before, unit in _pumps(tree, ""):
        if unit and (before, unit) not in seen:
            seen.add((before, unit))
            yield before + unit * (length // len(unit)) + "\x01"
            yield (before + unit) * (length // len(before + unit)) + "\x01"
    sample = _sample(tree) or "a"
    for unit in {sample, sample[:-1] or "a", sample[0], "a", "1", " ", "\n", "一", "(", "<"}:
        yield unit * (length // len(unit)) + "\x01"


def _pumps(tree: Any, before: str) -> Iterator[tuple[str, str]]:
    """For each repeated part: a text that leads to it, and a text that is one round of it."""
    for code, argument in tree:
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            low, high, inner = argument
            if high > 8:
                for other in _variants(inner):
                    yield before, other
            yield from _pumps(inner, before)
            before += _sample(inner) * min(low, 3)
        elif code == codes.BRANCH:
            for branch in argument[1]:
                yield from _pumps(branch, before)
            before += _sample([(code, argument)])
        elif code == codes.SUBPATTERN:
            yield from _pumps(argument[3], before)
            before += _sample(argument[3])
        elif code in (codes.ASSERT, codes.ASSERT_NOT):
            yield from _pumps(argument[1], before)
        elif code == codes.ATOMIC_GROUP:
            yield from _pumps(argument, before)
            before += _sample(argument)
        else:
            before += _sample([(code, argument)])


def _variants(inner: Any) -> Iterator[str]:
    """Some texts that one round may be: each branch, and several members of a class."""
    items = list(inner)
    if len(items) == 1 and items[0][0] == codes.IN:
        yield from _members(items[0][1])
    elif len(items) == 1 and items[0][0] == codes.BRANCH:
        for branch in items[0][1][1]:
            yield _sample(branch)
    else:
        yield _sample(inner)


def _sample(tree: Any) -> str:
    """A text that the tree matches, or nearly."""
    parts = []
    for code, argument in tree:
        if code == codes.LITERAL:
            parts.append(chr(argument))
        elif code == codes.NOT_LITERAL:
            parts.append("a" if argument != ord("a") else "b")
        elif code == codes.ANY:
            parts.append("a")
        elif code == codes.IN:
            parts.append(next(_members(argument), "a"))
        elif code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            parts.append(_sample(argument[2]) * max(1, min(argument[0], 3)))
        elif code == codes.SUBPATTERN:
            parts.append(_sample(argument[3]))
        elif code == codes.ATOMIC_GROUP:
            parts.append(_sample(argument))
        elif code == codes.BRANCH:
            parts.append(_sample(argument[1][0]))
    return "".join(parts)


def _members(items: Any) -> Iterator[str]:
    """A few characters of a class: the first literals, the ends of ranges, one of each category."""
    wanted: list[str] = []
    inverted = False
    for code, argument in items:
        if code == codes.NEGATE:
            inverted = True
        elif code == codes.LITERAL:
            wanted.append(chr(argument))
        elif code == codes.RANGE:
            wanted.append(chr(argument[0]))
        elif code == codes.CATEGORY:
            wanted.append(_CATEGORIES.get(argument, "a"))
    if inverted:
        wanted = [candidate for candidate in "a1 一\n-" if candidate not in wanted]
    yield from wanted[:4]


_CATEGORIES = {
    codes.CATEGORY_DIGIT: "1",
    codes.CATEGORY_SPACE: " ",
    codes.CATEGORY_WORD: "a",
    codes.CATEGORY_NOT_DIGIT: "a",
    codes.CATEGORY_NOT_SPACE: "a",
    codes.CATEGORY_NOT_WORD: "-",
}

if __name__ == "__main__":
    sys.exit(main())
