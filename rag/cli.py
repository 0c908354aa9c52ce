"""`ask "问题"`: a door. Prints the answer with its sources, or one line that says what is wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import date

    from rag.answer import Assistant
    from rag.types import Answer, Turn

    Ask = Callable[[str, Sequence[Turn], date | None], Answer]

ANSWERED, NOT_SAID, ERROR = 0, 1, 2
_HEAD = 4096  # bytes of a batch in which a zero byte says that it is no text


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit code is 0 answered, 1 the documents do not say, 2 an error."""
    from index.terminal import run

    def command() -> int:
        options = _options(arguments)
        return _one(options) if options.batch is None else _batch(options)

    return run("ask", command)


def _options(arguments: Sequence[str] | None) -> Any:
    from index.terminal import CommandParser

    parser = CommandParser(prog="ask", description="向文档提问；每一句回答都带出处，文档没有说的就说没有。")
    parser.add_argument("question", nargs="?", help="要问的问题", metavar="问题")
    parser.add_argument("--index", metavar="目录", help="索引所在的目录（默认 .data/index，或 WENJU_INDEX）")
    parser.add_argument("--json", action="store_true", help="只输出 JSON")
    parser.add_argument("--top-k", type=int, metavar="N", help="取回多少段（默认 10）")
    parser.add_argument("--no-llm", action="store_true", help="不用语言模型，只摘录原句")
    parser.add_argument("--today", metavar="YYYY-MM-DD", help="“去年”“今年”以哪一天为准（默认今天）")
    parser.add_argument("--batch", metavar="文件", help="逐行提问（- 为标准输入），须与 --json 同用")
    options = parser.parse_args(arguments)
    if options.batch is not None and not options.json:
        parser.error("--batch 须与 --json 同用")
    if options.batch is not None and options.question is not None:
        parser.error("问题与 --batch 只能写一个")
    if options.batch is None and not (options.question or "").strip():
        parser.error('请写下问题，例如：ask "莲塘街道2024年的口岸计划是什么"')
    if options.top_k is not None and not 1 <= options.top_k <= 100:
        parser.error("--top-k 应在 1 到 100 之间")
    options.today = _day(options.today)
    return options


def _one(options: Any) -> int:
    from index.terminal import write_json

    answer = _open(options)(options.question, (), options.today)
    if options.json:
        write_json(answer.to_json())
    else:
        print(render(answer, colour=sys.stdout.isatty()))
    return NOT_SAID if answer.refused else ANSWERED


def _batch(options: Any) -> int:
    from index.terminal import write_json

    with _opened(options.batch) as lines:
        ask = _open(options)
        every = True
        for line in lines:
            if not line.strip():
                continue
            name: object = None
            try:
                text = _decoded(line)
                name = _identifier(text)
                question, history, today = _question(text)
                answer = ask(question, history, today or options.today)
                result: dict[str, object] = answer.to_json()
                if name is not None:
                    result = {"id": name, **result}
            except Exception as error:  # one bad line never ends the run
                every = False
                result = {"id": name, "error": _reason(error)}
            write_json(result)
    return ANSWERED if every else ERROR


def _opened(name: str) -> AbstractContextManager[Iterable[bytes]]:
    """The lines of a batch as bytes, so that one line in another encoding spoils no other."""
    from contextlib import nullcontext

    from index.errors import CaseError

    if name == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        with open(name, "rb") as file:
            is_text = b"\0" not in file.read(_HEAD)
        if not is_text:
            raise CaseError(f"{name} 不是 UTF-8 文本：请另存为 UTF-8，一行一个问题")
        return open(name, "rb")  # closed by whoever reads it
    except OSError as error:
        raise CaseError(f"读不了 {name}（{error.strerror}）：请检查路径，文件应为 UTF-8，一行一个问题") from error


def _decoded(line: bytes) -> str:
    from index.errors import CaseError

    try:
        return line.removeprefix(b"\xef\xbb\xbf").decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise CaseError("这一行不是 UTF-8：请把文件另存为 UTF-8") from error


def _question(line: str) -> tuple[str, list[Turn], date | None]:
    """A line of a batch: a bare question, or an object with question, history and today."""
    import json

    from index.errors import CaseError
    from rag.types import Turn

    if not line.startswith("{"):
        return line, [], None
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise CaseError(f"这一行不是有效的 JSON（{error}）：请改成一个问题或一个对象") from error
    question = value.get("question")
    if not isinstance(question, str) or not question.strip():
        raise CaseError("这一行没有 question：请写明要问的问题")
    try:
        history = [Turn(str(turn["question"]), str(turn.get("answer") or "")) for turn in value.get("history") or []]
    except (TypeError, KeyError, AttributeError) as error:
        raise CaseError('history 应是 [{"question": …, "answer": …}] 这样的列表') from error
    return question, history, _day(value.get("today"))


def _identifier(line: str) -> object:
    import json

    try:
        name: object = json.loads(line).get("id") if line.startswith("{") else None
        json.dumps(name, allow_nan=False)  # NaN can be read but not be written again
    except (ValueError, RecursionError):
        return None
    return name


def _reason(error: Exception) -> str:
    from index.errors import WenjuError
    from index.terminal import one_line

    return one_line(str(error) if isinstance(error, WenjuError) else f"程序出错（{type(error).__name__}：{error}）")


def _day(text: object) -> date | None:
    from datetime import date

    from index.errors import CaseError

    if text is None:
        return None
    try:
        if not isinstance(text, str) or len(text) != len("2024-08-25"):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError as error:
        raise CaseError(f"日期 {text} 不对：请写成 YYYY-MM-DD，例如 2024-08-25") from error


def _open(options: Any) -> Ask:
    """What answers: an assistant, and in its place the one over the last good build where a file proves damaged."""
    from dataclasses import replace

    from index.errors import IndexDamaged

    held = [_assistant(options)]

    def ask(question: str, history: Sequence[Turn], today: date | None) -> Answer:
        try:
            answer = held[0].answer(question, history, today)
        except IndexDamaged:  # found only now, in a file too large to be read at opening; that build is refused by now
            held[0] = _assistant(options)
            answer = held[0].answer(question, history, today)
        return replace(answer, degraded=answer.degraded or held[0].notice)

    return ask


def _assistant(options: Any) -> Assistant:
    from dataclasses import replace
    from pathlib import Path

    from rag.assemble import open_assistant
    from rag.settings import ModelSettings, read_settings

    settings = read_settings()
    if options.index:
        settings = replace(settings, index=Path(options.index))
    if options.top_k:
        settings = replace(settings, passages=options.top_k)
    if options.no_llm:
        settings = replace(settings, llm=ModelSettings())
    return open_assistant(settings)


def render(answer: Answer, colour: bool) -> str:
    """The answer for a terminal: sentences with their marks, sources under it."""
    from index.terminal import one_line, visible

    bold, dim, plain = ("\x1b[1m", "\x1b[2m", "\x1b[0m") if colour else ("", "", "")
    lines: list[str] = []
    if answer.standalone_question != answer.question:
        lines.append(f"{dim}理解为：{visible(answer.standalone_question)}{plain}")
    if answer.refused:
        lines.append(f"{bold}{visible(answer.text)}{plain}")
        if answer.degraded:
            lines.append(f"{dim}注意：{visible(answer.degraded)}{plain}")
        if answer.nearest:
            lines.append("")
            lines.append("可以看看（不是出处）：")
            for near in answer.nearest:
                about = "，".join(part for part in (near.title, near.date, near.place) if part)
                lines.append(f"  · {one_line(near.document)}{dim}（{one_line(about or near.why)}）{plain}")
                lines.append(f"    {dim}{visible(near.text[:120])}{plain}")
        return "\n".join(lines)
    answers = {citation.text: citation.bold for citation in answer.citations if citation.bold}
    for sentence in answer.sentences:
        marks = "".join(f"[{mark}]" for mark in sentence.marks)
        start, end = answers.get(sentence.text, (0, 0))
        before, inside, after = (
            visible(sentence.text[part]) for part in (slice(start), slice(start, end), slice(end, None))
        )
        said = f"{before}{bold}{inside}{plain}{after}" if inside else before + after
        lines.append(f"{said}{dim}{marks}{plain}" if marks else f"{dim}{said}{plain}")
    lines.append("")
    lines.append("出处：")
    for citation in answer.citations:
        about = "，".join(part for part in (citation.title, citation.date, citation.place) if part)
        lines.append(
            f"  [{citation.n}] {one_line(citation.document)}"
            f"{dim}（{one_line(about) or '未注明日期'}；第 {citation.start}–{citation.end} 字）{plain}"
        )
    if answer.degraded:
        lines.append(f"{dim}注意：{visible(answer.degraded)}{plain}")
    if answer.as_of:
        lines.append(f"{dim}资料截至 {answer.as_of}{plain}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
